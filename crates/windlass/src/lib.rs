//! Messages between threads: rings, buffers, partitions and pools under one name.
//!
//! This crate holds no code. It shows the crates of Windlass as modules, each behind a feature, and a
//! [`prelude`]. Whoever needs one layer alone can depend on that crate alone: the types are the same.
//!
//! ```
//! use windlass::ring::Builder;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // 1024 slots, two stages: the second sees each value after the first has changed it.
//!     let (mut producer, ring) = Builder::new(1024, || 0_u64)
//!         .stage("square")
//!         .each_mut(|value, _| *value *= *value)
//!         .stage("print")
//!         .after("square")
//!         .each(|value, at| println!("{}: {value}", at.sequence))
//!         .start()?;
//!     for number in 1..=5 {
//!         producer.publish(move |value| *value = number)?;
//!     }
//!     // The last producer closes the ring; the stages handle what is left, then end.
//!     drop(producer);
//!     ring.wait_end()?;
//!     Ok(())
//! }
//! ```
//!
//! # Which layer
//!
//! | you have | you want | you use |
//! |---|---|---|
//! | one stream of events | several to see each of them, in an order that you say | [`ring::Builder`] |
//! | | the quickest way from one thread to another | [`ring::one_to_one`] |
//! | | the same from many threads | [`ring::many_to_one`] |
//! | | each event to go to one of several threads | [`ring::StageBuilder::members`] |
//! | | to consume on a thread that you have already | [`ring::Poller`] |
//! | messages to move | none to be lost, and the sender to wait | [`qos::guaranteed`] |
//! | | the sender never to wait, and to know exactly what is missing | [`qos::reliable`] |
//! | | the sender never to wait, and nothing else | [`qos::best_effort`] |
//! | | the freshest first | [`qos::real_time`] |
//! | | several senders or receivers | [`qos::Builder`] |
//! | | everybody to get each of them, and slow ones to miss some | [`qos::broadcast`] |
//! | | urgent ones first | [`qos::lanes`] |
//! | | stale ones to vanish | [`qos::timed`] |
//! | values that change | the newest one | [`qos::latest`], for plain numbers [`qos::register`] |
//! | | the newest one of each key | [`qos::conflate`] |
//! | keys | to know which worker, shard or node has a key | [`partition::SlotTable`] and its like |
//! | state by key | nobody to lock it, and each key to keep its order | [`pool::Pool`], [`pool::Worker`] |
//! | | an answer from whoever has it | [`pool::Sender::ask`] |
//! | | to send from a worker into another pool | [`pool::PoolLink`] |
//! | work for whoever is free | no message to wait behind a slow one | [`pool::Spread::Shared`] |
//! | numbers | to count without slowing down | [`metrics::Counter`], [`metrics::Histogram`] |
//! | | to show them | [`metrics::Registry`], [`metrics::export`] |
//!
//! # Shapes
//!
//! ```text
//! one to one     P --> C                 ring::one_to_one, or a buffer
//!
//! many to one    P --\
//!                P ---+--> C             ring::many_to_one, or a buffer
//!                P --/                   with many senders
//!
//! multicast           /--> A             two stages without `after`:
//!                P --+                   both see everything, P waits;
//!                     \--> B             qos::broadcast: P never waits
//!
//! pipeline       P --> A --> B --> C     .stage("b").after("a")
//!
//! diamond             /--> A --\
//!                P --+          +--> C   .stage("c").after("a").after("b")
//!                     \--> B --/
//!
//! work sharing        /--> W0
//!                P --+---> W1            .stage("w").members(3):
//!                     \--> W2            each event to one of them
//!
//! keyed pool     P --\         /--> worker 0  {keys a, d}
//!                P ---+- key -+---> worker 1  {keys b, e}    pool::Pool
//!                P --/         \--> worker 2  {keys c, f}
//! ```
//!
//! | in | several consumers | order | who waits when it is full |
//! |---|---|---|---|
//! | a ring | all see each event in place, or a group shares them | one for all | the producer |
//! | a buffer | each message goes to one of them | per sender | as its level says |
//! | a broadcast | all see each message | one for all | nobody: slow readers miss some |
//! | a pool | each message goes to the owner of its key | per sender and key, also while keys move | the sender, or as the mailbox's level says |
//!
//! # From names that you know
//!
//! | there | here |
//! |---|---|
//! | LMAX Disruptor: `RingBuffer`, `EventHandler` | [`ring::Ring`], [`ring::Handler`] |
//! | LMAX: `handleEventsWith(a).then(b)` | [`ring::StageBuilder::after`] |
//! | LMAX: `WorkerPool`, `WorkHandler` | [`ring::StageBuilder::members`] |
//! | LMAX: `WaitStrategy`, `EventPoller`, `RewindableException` | [`ring::Wait`], [`ring::Poller`], [`ring::Batch::rewind`] |
//! | disruptor (Rust): `build_single_producer`, `build_multi_producer` | [`ring::Builder::start`], [`ring::Builder::start_multi`] |
//! | disruptor (Rust): `handle_events_with`, `and_then`, `event_poller` | [`ring::StageBuilder::each`], [`ring::StageBuilder::after`], [`ring::StageBuilder::poller`] |
//! | rtrb, ringbuf: `RingBuffer`, `HeapRb`; chunks, slices | [`ring::one_to_one`]; [`ring::ProducerOf::publish_batch`], [`ring::Batch::next_run`] |
//! | std: `mpsc::sync_channel` | [`qos::guaranteed`], with [`qos::Builder::many_senders`] where senders are cloned |
//! | std: `mpsc::channel` | none: nothing here is unbounded |
//! | crossbeam: `channel::bounded` | [`qos::Builder`] with `many_senders` and `many_receivers` |
//! | crossbeam: `ArrayQueue::force_push` | [`qos::Sender::force_send`] |
//! | crossbeam: `select!` | [`qos::lanes`]: one receiver, several lanes |
//! | flume: `send`, `send_async` on one handle | [`qos::Sender::send`], [`qos::Sender::send_async`] |
//! | tokio: `mpsc::channel` | [`qos::Builder`] with `many_senders`; [`qos::Receiver::recv_async`] |
//! | tokio: `broadcast`, `watch`, `oneshot` | [`qos::broadcast`], [`qos::latest::shared`], [`pool::reply::pair`] |
//! | `triple_buffer`, arc-swap | [`qos::latest::channel`], [`qos::latest::shared`] |
//! | actix, ractor: `Actor`, `Addr`, `ActorRef` | [`pool::Worker`], [`pool::Sender`] |
//! | actix, ractor: `ask`, `call!`; `do_send`, `cast!` | [`pool::Sender::ask`]; [`pool::Sender::send`] |
//! | actix, ractor: supervisors | [`pool::Restart`], [`pool::Poison`] |
//! | Kafka: the partitioner of its Java client for keys, the sticky one for none | [`partition::KafkaMurmur2`], [`partition::Sticky`] |
//! | Kafka: consumer groups over partitions | [`pool::Pool`] over slots, [`pool::Pool::resize`] for rebalancing |
//! | hashring, Ketama, Maglev, rendezvous | [`partition::HashRing`], [`partition::Ketama`], [`partition::Maglev`], [`partition::Rendezvous`] |
//! | Aeron, Agrona: `tryClaim`, `IdleStrategy`, `BroadcastTransmitter` | [`ring::ProducerOf::try_claim`], [`ring::Wait`], [`qos::broadcast`] |
//! | `HdrHistogram` | [`metrics::Histogram`] |
//!
//! The names are those of their owners and stand for what people look for; what they have and Windlass does
//! not, such as processes and hosts, is no part of this table.
//!
//! # What holds everywhere
//!
//! - A refusal gives back what it refused, and says `Full`, `Closed` or, to a reader, `Empty` and `Lagged(n)`.
//! - `try_*` never waits; the plain verb waits by a [`Wait`](ring::Wait) that you choose; `*_timeout` and
//!   `*_deadline` are bounded; `*_async` is a future for any runtime.
//! - Limits are fixed when a thing is built, and sending allocates nothing afterwards; what a layer excepts from
//!   that it says.
//! - Closing loses nothing that was accepted, unless a level or a deadline says so, and then it is counted.
//!
//! # Features
//!
//! By default `std` and the layers `ring`, `qos`, `partition` and `pool`.
//!
//! | feature | what it adds |
//! |---|---|
//! | `ring` | [`ring`]; without `std` and the layers below it is `no_std` with `alloc` |
//! | `qos` | [`qos`]; brings `std` |
//! | `partition` | [`partition`], which needs no `std` |
//! | `pool` | [`pool`]; brings `std` |
//! | `metrics` | [`metrics`], and `RingMetrics`, `BufferMetrics` and `PoolMetrics` in the layers that are there |
//! | `stream` | rings and buffers as `futures_core::Stream` |
//! | `sink` | buffers as `futures_sink::Sink` |
//! | `serde` | snapshots of pools can be written and read |
//! | `tracing` | what befalls pools is told to whoever subscribes |
//! | `quanta` | a clock for [`metrics`] that reads the processor's counter |
//! | `json`, `prometheus`, `metrics-facade`, `opentelemetry` | exporters of [`metrics`], and `metrics` with them |
//! | `full` | all of these |
//!
//! `stream`, `sink`, `serde` and `tracing` bring no layer by themselves.
//!
//! # What it does not do
//!
//! It is no async runtime, no scheduler of tasks, no unbounded queue, and does not cross processes.
//!
//! # Source
//!
//! Each layer names its own.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "std",
        feature = "ring",
        feature = "qos",
        feature = "partition",
        feature = "pool",
        feature = "metrics"
    )),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the page names every layer; one that is left out is no link then"
    )
)]

pub mod prelude;

#[cfg(feature = "metrics")]
#[doc(inline)]
pub use windlass_metrics as metrics;
#[cfg(feature = "partition")]
#[doc(inline)]
pub use windlass_partition as partition;
#[cfg(feature = "pool")]
#[doc(inline)]
pub use windlass_pool as pool;
#[cfg(feature = "qos")]
#[doc(inline)]
pub use windlass_qos as qos;
#[cfg(feature = "ring")]
#[doc(inline)]
pub use windlass_ring as ring;
