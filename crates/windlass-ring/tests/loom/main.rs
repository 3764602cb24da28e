//! Models of the ring: each checks one property in every interleaving of a small case.
//!
//! A block holds two events here and a ring of two slots is one block, so two events fill it and
//! the third one wraps. A race on a slot shows as a failed access to the cell that stands for it; a
//! lost wake-up shows as a deadlock, which loom reports.
#![cfg(loom)]

mod close;
mod gate;
mod group;
mod join;
mod large;
mod leave;
mod multi;
mod park;
mod single;
mod stage;
mod support;
mod task;
