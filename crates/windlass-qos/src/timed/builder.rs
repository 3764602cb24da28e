//! Building a timed buffer.

use core::fmt;
use core::time::Duration;

#[cfg(all(feature = "metrics", not(loom)))]
use windlass_metrics::SharedHistogram;
use windlass_sync::sync::Arc;

use super::clock::{Clock, StdClock, whole};
use super::numbers::Numbers;
use super::receiver::Receiver;
use super::sender::{Sender, Stamped};
use super::watch::Watch;
use crate::builder::Builder as Plain;
use crate::error::BuildError;
use crate::level::Level;
use crate::paths::{OneToOne, Paths};

/// Builds a timed buffer over a plain one of any level, with any number of ends.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use windlass_qos::timed::{self, Stamped};
/// use windlass_qos::{Builder, DropReason, RealTime};
///
/// let plain = Builder::new(RealTime, 16).many_senders(4).on_drop(|old: Stamped<u64>, reason| {
///     println!("{} of {:?}: {reason:?}", old.into_inner(), old.sent_at());
/// });
/// let (mut tx, mut rx) = timed::Builder::over(plain)
///     .time_to_live(Duration::from_secs(60))
///     .receive_every(Duration::from_secs(3600))
///     .build()?;
/// tx.send(1_u64)?;
/// assert_eq!(rx.recv()?, 1);
/// assert_eq!(rx.deadline_missed().total, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder<T, L, P = OneToOne, C = StdClock> {
    plain: Plain<Stamped<T>, L, P>,
    clock: C,
    time_to_live: u64,
    receive_every: Option<u64>,
    send_every: Option<u64>,
    numbers: Numbers,
}

impl<T, L: Level, P: Paths> Builder<T, L, P> {
    /// A timed buffer over what this builder builds: no time to live, no deadlines, the clock of the
    /// standard library.
    pub fn over(plain: Plain<Stamped<T>, L, P>) -> Self {
        Self {
            plain,
            clock: StdClock::new(),
            time_to_live: u64::MAX,
            receive_every: None,
            send_every: None,
            numbers: Numbers::default(),
        }
    }
}

impl<T, L: Level, P: Paths, C: Clock> Builder<T, L, P, C> {
    /// A message that is older than this when a receiver meets it is not delivered.
    pub fn time_to_live(self, time: Duration) -> Self {
        Self { time_to_live: whole(time), ..self }
    }

    /// Each receiver expects a message at least once in this period.
    pub fn receive_every(self, period: Duration) -> Self {
        Self { receive_every: Some(whole(period)), ..self }
    }

    /// Each sender offers a message at least once in this period.
    pub fn send_every(self, period: Duration) -> Self {
        Self { send_every: Some(whole(period)), ..self }
    }

    /// Where times come from.
    pub fn clock<D: Clock>(self, clock: D) -> Builder<T, L, P, D> {
        Builder {
            plain: self.plain,
            clock,
            time_to_live: self.time_to_live,
            receive_every: self.receive_every,
            send_every: self.send_every,
            numbers: self.numbers,
        }
    }

    /// Records in this histogram how long each message was held, in nanoseconds.
    #[cfg(all(feature = "metrics", not(loom)))]
    #[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
    pub fn time_held_in(mut self, histogram: SharedHistogram) -> Self {
        self.numbers.histogram = Some(histogram);
        self
    }

    /// Allocates the buffer. Nothing allocates afterwards but cloning a handle.
    ///
    /// # Errors
    ///
    /// [`BuildError`] of the plain buffer.
    #[expect(clippy::type_complexity, reason = "two ends with the same parameters")]
    pub fn build(self) -> Result<(Sender<T, L, P, C>, Receiver<T, L, P, C>), BuildError>
    where
        T: Send,
    {
        let (sender, receiver) = self.plain.build()?;
        let now = self.clock.nanos();
        let numbers = Arc::new(self.numbers);
        let sender = Sender {
            plain: sender,
            clock: self.clock.clone(),
            latest: now,
            watch: self.send_every.map(|period| Watch::new(period, now)),
            numbers: Arc::clone(&numbers),
        };
        let receiver = Receiver {
            plain: receiver,
            clock: self.clock,
            time_to_live: self.time_to_live,
            last_age: 0,
            watch: self.receive_every.map(|period| Watch::new(period, now)),
            numbers,
        };
        Ok((sender, receiver))
    }
}

impl<T, L: fmt::Debug, P, C> fmt::Debug for Builder<T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("plain", &self.plain)
            .field("time_to_live", &Duration::from_nanos(self.time_to_live))
            .finish_non_exhaustive()
    }
}
