//! The bell of senders that wait for room: there always, or only if they were built to wait.

use alloc::boxed::Box;

use windlass_sync::EventCount;

/// Where senders wait, if they do.
pub(crate) trait Bell: Send + Sync {
    /// For up to so many senders that wait.
    fn new(waiting_senders: usize) -> Self;
    /// What receivers ring behind what they took.
    fn get(&self) -> Option<&EventCount>;
}

/// At levels whose senders wait.
impl Bell for EventCount {
    fn new(waiting_senders: usize) -> Self {
        Self::new(waiting_senders)
    }

    #[inline(always)]
    fn get(&self) -> Option<&EventCount> {
        Some(self)
    }
}

/// At levels that overwrite: a word, unless the buffer is built to wait first.
impl Bell for Option<Box<EventCount>> {
    fn new(waiting_senders: usize) -> Self {
        (waiting_senders != 0).then(|| Box::new(EventCount::new(waiting_senders)))
    }

    #[inline(always)]
    fn get(&self) -> Option<&EventCount> {
        self.as_deref()
    }
}
