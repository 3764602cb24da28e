//! Models of the pool: each checks one property in every interleaving of a small case.
#![cfg(loom)]

mod route;
