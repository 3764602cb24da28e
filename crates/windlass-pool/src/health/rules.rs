//! What counts as ill.

use core::time::Duration;

/// From when on a worker is not healthy; see [`Builder::health`](crate::Builder::health).
///
/// ```
/// use std::time::Duration;
///
/// use windlass_pool::HealthRules;
///
/// let strict = HealthRules::default()
///     .stuck_after(Duration::from_millis(100))
///     .window(Duration::from_secs(300))
///     .mailbox_mark(50);
/// # let _ = strict;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it is for `Builder::health`"]
pub struct HealthRules {
    pub(super) stuck_after: Duration,
    pub(super) window: Duration,
    pub(super) mailbox_mark: u32,
}

impl Default for HealthRules {
    fn default() -> Self {
        Self {
            stuck_after: Duration::from_secs(5),
            window: Duration::from_secs(60),
            mailbox_mark: 75,
        }
    }
}

impl HealthRules {
    /// How long a call may last that somebody looks at; 5 seconds by default. A batch is one call.
    pub const fn stuck_after(self, time: Duration) -> Self {
        Self { stuck_after: time, ..self }
    }

    /// For how long a restart and a dead letter count; 60 seconds by default.
    pub const fn window(self, time: Duration) -> Self {
        Self { window: time, ..self }
    }

    /// How many percent of a lane of messages may be in use; 75 by default, and never ill from 100 on.
    pub const fn mailbox_mark(self, percent: u32) -> Self {
        Self { mailbox_mark: percent, ..self }
    }
}
