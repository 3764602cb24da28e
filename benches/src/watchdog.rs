//! Ends the process when a contender hangs.
//!
//! A round that never returns cannot be interrupted from outside, so the whole run ends, and says
//! who hung where. What was measured before is not written: half a table invites wrong readings.

use core::time::Duration;
use std::process;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

/// The exit code of a run that hung.
pub const HUNG: i32 = 3;

/// Watches one round at a time from a thread of its own.
pub struct Watchdog {
    watch: SyncSender<Option<Watched>>,
}

struct Watched {
    who: String,
    limit: Duration,
}

impl Watchdog {
    /// Starts the watching thread; it sleeps until something is to be watched.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(|message| {
            eprintln!("\nerror: {message}");
            process::exit(HUNG);
        })
    }

    fn start_with(bark: impl Fn(String) + Send + 'static) -> Self {
        let (watch, orders) = sync_channel::<Option<Watched>>(4);
        thread::spawn(move || {
            let mut watched: Option<Watched> = None;
            loop {
                let order = match &watched {
                    Some(round) => orders.recv_timeout(round.limit),
                    None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match (order, watched.take()) {
                    (Ok(next), _) => watched = next,
                    (Err(RecvTimeoutError::Timeout), Some(Watched { who, limit })) => {
                        bark(format!("{who} hangs: no end after {limit:?}; the run is abandoned"));
                    }
                    (Err(_), _) => return,
                }
            }
        });
        Self { watch }
    }

    /// Runs `round` and gives up on the process when it takes longer than `limit`.
    pub fn watch<T>(
        &self,
        id: &str,
        contender: &str,
        limit: Duration,
        round: impl FnOnce() -> T,
    ) -> T {
        let who = format!("{contender} in {id}");
        self.tell(Some(Watched { who, limit }));
        let result = round();
        self.tell(None);
        result
    }

    fn tell(&self, order: Option<Watched>) {
        // The watching thread lives as long as this sender; a refusal cannot happen.
        drop(self.watch.send(order));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn names_who_hangs() {
        let (bark, barks) = channel();
        let watchdog = Watchdog::start_with(move |message| drop(bark.send(message)));
        let message = watchdog.watch("ring/x", "peer", Duration::ZERO, || barks.recv());
        let message = message.unwrap_or_default();
        assert!(message.starts_with("peer in ring/x hangs"), "{message}");
    }

    #[test]
    fn lets_a_round_that_ends_go() {
        let watchdog = Watchdog::start_with(|message| panic!("{message}"));
        let result = watchdog.watch("ring/x", "peer", Duration::from_secs(3600), || 7);
        assert_eq!(result, 7, "the round's own result");
    }
}
