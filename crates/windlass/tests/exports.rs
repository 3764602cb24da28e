//! Each feature shows what it says, and no name of the prelude means two things.
#![cfg(not(loom))]
#![allow(unused_imports, reason = "which of the names are used depends on the features")]

#[cfg(feature = "ring")]
mod ring {
    #[test]
    fn a_ring_is_there() {
        use windlass::ring::{
            At, Batch, Builder, Gate, JoinFrom, Poller, Producer, Sequence, Wait,
        };
        let made: Result<(Producer<u8>, Poller<u8, _>), _> = windlass::ring::one_to_one(8, || 0);
        assert!(made.is_ok(), "a ring of eight");
        drop(Builder::new(8, || 0_u8).wait(Wait::busy_spin()));
    }

    #[cfg(feature = "std")]
    #[test]
    fn std_brings_threads_to_rings() {
        use windlass::ring::{Flow, Handler, PanicPolicy, Report, StageReport};
        let started = windlass::ring::Builder::new(8, || 0_u8).stage("a").each(|_, _| {}).start();
        assert!(started.is_ok_and(|(producer, ring)| {
            drop(producer);
            ring.wait_end().is_ok()
        }));
    }

    #[cfg(feature = "metrics")]
    #[test]
    fn metrics_shows_rings() {
        let registry = windlass::metrics::Registry::new(100);
        assert!(windlass::ring::RingMetrics::new(&registry, 1, 1).is_ok(), "room for one");
    }

    #[cfg(feature = "stream")]
    #[test]
    fn stream_makes_pollers_streams() {
        use windlass::ring::Events;
        let made =
            windlass::ring::one_to_one(8, || 0_u8).map(|(_, poller)| poller.stream(|n, _| *n));
        assert!(made.is_ok(), "a stream of copies");
    }
}

#[cfg(feature = "qos")]
mod qos {
    use windlass::qos::{self, adaptive, broadcast, conflate, lanes, latest, register, timed};

    #[test]
    fn every_level_is_there() {
        assert!(qos::best_effort::<u8>(1).is_ok(), "best effort");
        assert!(qos::reliable::<u8>(1).is_ok(), "reliable");
        assert!(qos::guaranteed::<u8>(1).is_ok(), "guaranteed");
        assert!(qos::real_time::<u8>(1).is_ok(), "real time");
    }

    #[cfg(feature = "metrics")]
    #[test]
    fn metrics_shows_buffers() {
        let registry = windlass::metrics::Registry::new(100);
        assert!(qos::BufferMetrics::new(&registry, 1).is_ok(), "room for one");
    }

    #[cfg(feature = "stream")]
    #[test]
    fn stream_makes_receivers_streams() {
        assert!(qos::guaranteed::<u8>(1).map(|(_, rx)| rx.stream()).is_ok(), "a stream");
    }

    #[cfg(feature = "sink")]
    #[test]
    fn sink_makes_senders_sinks() {
        assert!(qos::guaranteed::<u8>(1).map(|(tx, _)| tx.sink()).is_ok(), "a sink");
    }
}

#[cfg(feature = "partition")]
#[test]
fn partitions_are_there() {
    use windlass::partition::{Members, Partitioner, SlotTable};
    let table = Members::count(3).and_then(|members| SlotTable::new(&members));
    assert!(table.is_ok_and(|table| table.partition("key") < 3), "one of three");
}

#[cfg(feature = "pool")]
mod pool {
    use windlass::pool::{self, reply, snapshot, trace};

    #[test]
    fn a_pool_is_there() {
        let built = pool::Pool::each(|_| |_: u8| {}).build();
        let report = built.map(|pool| pool.shutdown(pool::Shutdown::drain()));
        assert!(report.is_ok_and(|report| report.is_balanced()), "an empty pool ends");
    }

    #[test]
    fn what_a_pool_is_given_can_be_named_without_other_layers() {
        let wait = pool::Wait::custom(|_: pool::Round| pool::Pause::Park);
        let built = pool::Pool::each(|_| |_: u8| {}).wait(wait).build();
        let sent = built.map(|pool| {
            let mut tx = pool.sender()?;
            let sent = tx.send_deadline(&1, 1, pool::Deadline::never());
            Ok::<_, pool::BuildError>(
                sent.is_ok() && pool.shutdown(pool::Shutdown::drain()).handled == 1,
            )
        });
        assert!(matches!(sent, Ok(Ok(true))), "one message");
        let unknown: Result<pool::QosLevel, pool::UnknownLevel> = "some level".parse();
        assert!(unknown.is_err(), "no such level");
    }

    #[cfg(feature = "metrics")]
    #[test]
    fn metrics_shows_pools() {
        let registry = windlass::metrics::Registry::new(1000);
        assert!(pool::PoolMetrics::new(&registry, 1, 2).is_ok(), "room for one");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_writes_what_is_saved() {
        fn is_written<T: serde::Serialize + for<'a> serde::Deserialize<'a>>() {}
        is_written::<pool::Saved<u8>>();
    }
}

#[cfg(feature = "metrics")]
mod metrics {
    #[test]
    fn counters_are_there() {
        let mut counter = windlass::metrics::Counter::new();
        counter.increment();
    }

    #[cfg(feature = "std")]
    #[test]
    fn std_brings_a_clock() {
        let _ = windlass::metrics::StdClock;
    }

    #[test]
    fn exporters_are_there() {
        #[cfg(feature = "quanta")]
        use windlass::metrics::QuantaClock;
        #[cfg(feature = "metrics-facade")]
        use windlass::metrics::export::facade;
        #[cfg(feature = "opentelemetry")]
        use windlass::metrics::export::opentelemetry;
        #[cfg(feature = "prometheus")]
        use windlass::metrics::export::prometheus;
        #[cfg(feature = "json")]
        assert!(windlass::metrics::Registry::new(1).snapshot().to_json().is_ok(), "JSON");
    }
}

#[cfg(all(
    feature = "ring",
    feature = "qos",
    feature = "partition",
    feature = "pool",
    feature = "metrics"
))]
mod prelude {
    // All that a program could import at once.
    use windlass::{metrics::*, partition::*, pool::*, prelude::*, qos::*, ring::*};

    macro_rules! names {
        ($($name:ident)*) => {
            /// Compiles only if each of them means one thing.
            mod named {
                use super::{$($name),*};
            }
            const NAMES: &[&str] = &[$(stringify!($name)),*];
        };
    }

    names! {
        Arrived At BestEffort BufferMetrics Context Counter Deadline Flow Gate Gauge Guaranteed Handler
        Histogram JoinFrom Key Members MultiProducer PanicPolicy Partitioner Placement Poller Pool
        PoolMetrics Producer QosLevel RealTime Registry Reliable Restart Ring RingMetrics Sequence
        Shutdown Slot SlotTable Spec StopReason Wait Worker best_effort guaranteed many_to_one
        one_to_one real_time reliable
    }

    /// What `std::prelude` has in the edition 2024.
    const TAKEN: &[&str] = &[
        "AsMut",
        "AsRef",
        "AsyncFn",
        "AsyncFnMut",
        "AsyncFnOnce",
        "Box",
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "DoubleEndedIterator",
        "Drop",
        "Eq",
        "Err",
        "ExactSizeIterator",
        "Extend",
        "Fn",
        "FnMut",
        "FnOnce",
        "From",
        "FromIterator",
        "Future",
        "Hash",
        "Into",
        "IntoFuture",
        "IntoIterator",
        "Iterator",
        "None",
        "Ok",
        "Option",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Result",
        "Send",
        "Sized",
        "Some",
        "String",
        "Sync",
        "ToOwned",
        "ToString",
        "TryFrom",
        "TryInto",
        "Unpin",
        "Vec",
        "drop",
    ];

    /// All names that the prelude exports, under whatever feature.
    fn exported() -> impl Iterator<Item = &'static str> {
        let statements = include_str!("../src/prelude.rs").split("\npub use ").skip(1);
        let lists =
            statements.filter_map(|statement| statement.split_once(';')?.0.split_once("::"));
        lists.flat_map(|(_, list)| list.split(|c: char| !c.is_alphanumeric() && c != '_'))
    }

    #[test]
    fn no_name_of_the_prelude_means_two_things() {
        for name in exported().filter(|name| !name.is_empty()) {
            assert!(NAMES.contains(&name), "{name} is not among the names that are compared");
            assert!(!TAKEN.contains(&name), "{name} hides one of the standard library");
        }
        assert!(exported().count() > NAMES.len(), "the names were found");
    }
}
