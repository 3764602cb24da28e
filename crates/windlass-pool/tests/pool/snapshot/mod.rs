//! Copies of what workers keep, and what begins with them.
//!
//! Not in the interpreter: there is no unsafe code here, and it would take minutes.

mod fragile;
mod replayed;
mod restarts;
mod whole;
