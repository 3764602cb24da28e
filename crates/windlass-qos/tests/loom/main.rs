//! Models of the buffers: each checks one property in every interleaving of a small case.
//!
//! A race on a slot shows as a failed access to the cell that stands for it, a lost wake-up as a deadlock,
//! which loom reports.
#![cfg(loom)]

mod adaptive;
mod broadcast;
mod conflate;
mod ends;
mod lanes;
mod latest;
mod queue;
mod register;
mod support;
mod swap;
