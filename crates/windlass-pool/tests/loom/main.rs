//! Models of the pool: each checks one property in every interleaving of a small case.
//!
//! A lost wake-up shows as a deadlock, which loom reports.
#![cfg(loom)]

mod desk;
mod reply;
mod route;
mod support;
