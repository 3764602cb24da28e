//! Which worker gets a message that is for any.

/// Which worker [`Sender::send_any`](crate::Sender::send_any) chooses. Each sender chooses for itself.
///
/// # Source
///
/// Two by chance, and the emptier one: Mitzenmacher, "The power of two choices in randomized load balancing",
/// 2001. The same one for a while: Kafka's sticky partitioner, KIP-480 and KIP-794.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Spread {
    /// Each in turn; costs least, and is even where messages take the same time.
    #[default]
    RoundRobin,
    /// The emptier of two by chance: a worker that is behind gets less. Reads two mailboxes for each message.
    Emptier,
    /// The same one for so many messages, then the emptier of two by chance: batches fill sooner, and fewer workers
    /// wake. With 0 and 1 it is [`Emptier`](Self::Emptier).
    Sticky(u32),
    /// All workers take from one queue, each when it comes to it: no message waits behind a slow one while a worker
    /// is free. All senders and workers share its ends, so that a message costs more than by the others.
    ///
    /// A worker handles so many, one at least, before it looks into its mailbox again: 16 are a good number, and fewer
    /// if messages take long and what is for one worker alone must not wait so long. Behind each batch of that it takes
    /// some, however full its mailbox: neither waits for the other for ever. One that is paused, retires or is gone
    /// takes none, nor does one that left some of its batch until that is handled.
    ///
    /// The queue holds as many messages as a mailbox; it is [`Guaranteed`](crate::QosLevel::Guaranteed),
    /// whatever the level of those.
    Shared(u32),
}
