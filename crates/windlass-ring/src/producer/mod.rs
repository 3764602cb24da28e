//! The producers' side: claiming slots, writing events, publishing them.

mod batch;
mod claim;
mod forgotten;
mod giving_way;
mod go_on;
mod held;
mod lines;
mod producer_of;
mod publish;
#[cfg(feature = "std")]
mod publish_async;
mod sequencer;
mod waiting;

pub use claim::Claim;
pub use producer_of::ProducerOf;
#[cfg(feature = "std")]
pub use publish_async::PublishAsync;
pub use sequencer::{Multi, Sequencer, Single};
pub(crate) use waiting::producer_key;

/// The producer of a ring that has one.
///
/// It is the only handle that can publish, which its type ensures: it cannot be cloned, and it
/// publishes through `&mut self`. So claiming needs no read-modify-write. Dropping it closes the
/// ring.
///
/// # Examples
///
/// ```
/// let (mut producer, mut poller) = windlass_ring::one_to_one(1024, || 0_u64)?;
/// let sequence = producer.publish(|event| *event = 42)?;
/// assert_eq!(sequence.get(), 0);
/// assert_eq!(poller.wait()?.next(), Some(&42));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail
/// let (producer, _poller) = windlass_ring::one_to_one(1024, || 0_u64).unwrap();
/// let second = producer.clone();
/// ```
pub type Producer<E> = ProducerOf<E, Single>;

/// One of several producers of a ring.
///
/// Clones publish into the same ring, each from a thread of its own. Dropping the last one closes
/// the ring.
///
/// # Examples
///
/// ```
/// let (producer, mut poller) = windlass_ring::many_to_one(1024, || 0_u64)?;
/// std::thread::scope(|scope| {
///     for i in 0..4 {
///         let mut producer = producer.clone();
///         scope.spawn(move || producer.publish(move |event| *event = i));
///     }
/// });
/// drop(producer);
/// let mut sum = 0;
/// while let Ok(mut batch) = poller.wait() {
///     batch.for_each(|event, _| sum += event);
/// }
/// assert_eq!(sum, 0 + 1 + 2 + 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type MultiProducer<E> = ProducerOf<E, Multi>;
