//! What a producer does about its core when another one won a claim.

use windlass_sync::{hint, thread};

/// Spin-loop hints of the longest standing back between two producers, as a power of two.
const LONGEST_BACK_OFF: u32 = if cfg!(loom) { 0 } else { 6 };

/// What a producer does about its core when another one won a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GivingWay {
    /// It keeps its core: it must not wait, or asked to spin.
    Never,
    /// It yields where more threads take part than there are cores.
    BeyondCores(usize),
}

impl GivingWay {
    /// Stands back, after so many claims that were lost in a row.
    ///
    /// Standing back lets the other one claim and write several events in a row, which costs less
    /// than taking the lines from each other. In a crowd the core goes to another thread meanwhile:
    /// a consumer may need it. Otherwise it takes twice as long each time.
    #[cold]
    pub(super) fn stand_back(self, lost: u32, crowded: impl FnOnce(usize) -> bool) {
        match self {
            Self::BeyondCores(cores) if crowded(cores) => give_core(),
            _ => (0..1_u32 << lost.min(LONGEST_BACK_OFF)).for_each(|_| hint::spin_loop()),
        }
    }
}

fn give_core() {
    #[cfg(all(test, not(loom), feature = "std"))]
    tests::GIVEN.with(|given| given.set(given.get() + 1));
    thread::yield_now();
}

#[cfg(all(test, not(loom), feature = "std"))]
#[expect(clippy::unwrap_used, reason = "what cannot be built fails the test")]
mod tests {
    use core::cell::Cell;
    use core::pin::pin;
    use core::task::{Context, Waker};

    use crate::{Builder, MultiProducer, Wait};

    std::thread_local! {
        /// How often this thread gave its core away.
        pub(super) static GIVEN: Cell<u32> = const { Cell::new(0) };
    }

    /// How often a producer gives its core away that loses one claim, in a ring of three threads:
    /// another one has published since it last looked.
    fn given(wait: Wait, publish: fn(&mut MultiProducer<u64>)) -> u32 {
        let builder = Builder::new(64, || 0_u64).producer_wait(wait);
        let (mut late, mut ring) = builder.stage("reader").poller_mut().start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        late.publish(|_| {}).unwrap();
        let mut other = late.clone();
        other.publish(|_| {}).unwrap();
        let before = GIVEN.get();
        publish(&mut late);
        assert_eq!(reader.poll().unwrap().len(), 3, "the claim was had all the same");
        GIVEN.get() - before
    }

    fn publish(producer: &mut MultiProducer<u64>) {
        producer.publish(|_| {}).unwrap();
    }

    #[test]
    fn who_loses_a_claim_in_a_crowd_gives_its_core_away() {
        let waiting: [fn(&mut MultiProducer<u64>); 4] = [
            publish,
            |producer| _ = producer.publish_batch(1, |_| {}).unwrap(),
            |producer| _ = producer.publish_timeout(core::time::Duration::ZERO, |_| {}).unwrap(),
            |producer| _ = producer.claim(1).unwrap().publish(),
        ];
        for (verb, publish) in waiting.into_iter().enumerate() {
            assert_eq!(given(Wait::adaptive_on(2), publish), 1, "verb {verb}");
        }
    }

    #[test]
    fn who_has_a_core_or_asked_to_spin_keeps_it_when_it_loses_a_claim() {
        assert_eq!(given(Wait::adaptive_on(3), publish), 0, "a core for each thread");
        assert_eq!(given(Wait::busy_spin(), publish), 0, "it asked to spin");
    }

    #[test]
    fn who_must_not_wait_keeps_its_core_when_it_loses_a_claim() {
        let trying: [fn(&mut MultiProducer<u64>); 4] = [
            |producer| _ = producer.try_publish(|_| {}).unwrap(),
            |producer| _ = producer.try_publish_batch(1, |_| {}).unwrap(),
            |producer| _ = producer.try_claim(1).unwrap().publish(),
            |producer| {
                let mut cx = Context::from_waker(Waker::noop());
                let publishing = pin!(producer.publish_async(|_| {}));
                assert!(publishing.poll(&mut cx).is_ready(), "there is room");
            },
        ];
        for (verb, publish) in trying.into_iter().enumerate() {
            assert_eq!(given(Wait::adaptive_on(1), publish), 0, "verb {verb}");
        }
    }
}
