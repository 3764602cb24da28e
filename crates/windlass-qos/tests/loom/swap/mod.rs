//! The swap cells: send, evict, receive, share, give up, close, with the sums exact.

mod ends;
mod latest;
mod sums;

use windlass_qos::TryRecvError;

/// What one receiver got.
#[derive(Default)]
struct Got {
    messages: Vec<u64>,
    lost: u64,
    /// Whether it was told that nothing will come.
    ended: bool,
}

impl Got {
    /// Notes an answer. Says whether there may be more now.
    fn note(&mut self, answer: Result<u64, TryRecvError>) -> bool {
        match answer {
            Ok(message) => {
                assert!(!self.ended, "nothing comes after the end");
                self.messages.push(message);
            }
            Err(TryRecvError::Lagged(lost)) => self.lost += lost,
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Closed) => {
                self.ended = true;
                return false;
            }
        }
        true
    }

    /// What came of each sender, whose messages lie ten apart from those of others, came in its order.
    fn keeps_order(&self) {
        for (n, &message) in self.messages.iter().enumerate() {
            let of_this = |later: &&u64| **later / 10 == message / 10;
            let ordered =
                self.messages[n + 1..].iter().filter(of_this).all(|&later| message < later);
            assert!(ordered, "each sender's order: {:?}", self.messages);
        }
    }

    /// Each of so many messages was delivered, or came back to a sender, or was passed and left, once.
    fn adds_up(mut self, elsewhere: Vec<u64>, accepted: u64) {
        self.messages.extend(elsewhere);
        let count = self.messages.len();
        self.messages.sort_unstable();
        self.messages.dedup();
        assert_eq!(self.messages.len(), count, "none twice");
        assert_eq!(count as u64, accepted, "each once");
    }
}
