//! Models of the buffers: each checks one property in every interleaving of a small case.
//!
//! A race on a slot shows as a failed access to the cell that stands for it, a lost wake-up as a deadlock,
//! which loom reports.
#![cfg(loom)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_types,
    reason = "tests have std"
)]

mod adaptive;
mod broadcast;
#[path = "../linearizable/buffer.rs"]
mod buffer;
mod conflate;
mod ends;
#[path = "../linearizable/history.rs"]
mod history;
mod lanes;
mod late;
mod latest;
mod linearizable;
mod queue;
mod register;
mod runs;
mod support;
mod swap;
#[path = "../linearizable/wgl.rs"]
mod wgl;
