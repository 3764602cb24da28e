//! What becomes of slots whose owner is gone for good.

/// What becomes of the slots of a worker that is gone for good; see [`Builder::orphans`](crate::Builder::orphans).
///
/// A worker is gone for good when its budget of restarts is spent, by [`Poison::Stop`](crate::Poison::Stop), or when it
/// asked for it by [`Context::stop`](crate::Context::stop). What was in its mailbox is dead in any case, and can be sent
/// again by [`Sender::resend`](crate::Sender::resend).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Orphans {
    /// They stay: what is sent for their keys is refused, until somebody moves them. It is noticed.
    #[default]
    Stay,
    /// Those that live share them at once, each as many as the others, and no change of the pool gives any to one
    /// that is gone. What is sent before that is done is refused.
    ///
    /// The state of each slot arrives as its newest copy, in a pool with
    /// [`snapshots`](crate::Builder::snapshots), and else as [`Arrived::Lost`](crate::Arrived::Lost). Beware of keys
    /// whose messages are what kills: they go on to the next worker.
    Move,
}
