//! One writer, and readers that want the newest value alone.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use arc_swap::ArcSwap;
use crossbeam_utils::CachePadded;
use tokio::sync::watch;
use windlass_qos::latest::{Reader, SharedReader, SharedWriter, Writer};
use windlass_qos::register::Register;

use crate::qos::message::Message;
use crate::ring::contenders::BOTH_ENDS;

/// The newest value between a writer and a reader.
pub(in crate::qos) trait Latest<M>: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The writing end.
    type Writer: Write<M>;
    /// The reading end.
    type Reader: Read;
    /// Opens it with a first value.
    fn open(first: M) -> (Self::Writer, Self::Reader);
}

/// The writing end.
pub(in crate::qos) trait Write<M>: Send + 'static {
    /// Writes a value.
    fn write(&mut self, value: M);
}

/// The reading end.
pub(in crate::qos) trait Read: Send + 'static {
    /// The number of the newest value, all of which is read.
    fn read(&mut self) -> u64;
}

/// A bare atomic word: the floor for small values.
pub(in crate::qos) struct Word;

impl Latest<u64> for Word {
    const NAME: &'static str = "floor";
    const NOTE: &'static str = "one AtomicU64, store with Release, load with Acquire";
    type Writer = Arc<CachePadded<AtomicU64>>;
    type Reader = Arc<CachePadded<AtomicU64>>;

    fn open(first: u64) -> (Self::Writer, Self::Reader) {
        let word = Arc::new(CachePadded::new(AtomicU64::new(first)));
        (Arc::clone(&word), word)
    }
}

impl Write<u64> for Arc<CachePadded<AtomicU64>> {
    #[inline]
    fn write(&mut self, value: u64) {
        self.store(value, Ordering::Release);
    }
}

impl Read for Arc<CachePadded<AtomicU64>> {
    #[inline]
    fn read(&mut self) -> u64 {
        self.load(Ordering::Acquire)
    }
}

/// `windlass-qos`, a register.
pub(in crate::qos) struct WindlassRegister;

impl Latest<u64> for WindlassRegister {
    const NAME: &'static str = "windlass_register";
    const NOTE: &'static str = "Register, write and read";
    type Writer = Arc<CachePadded<Register<u64>>>;
    type Reader = Arc<CachePadded<Register<u64>>>;

    fn open(first: u64) -> (Self::Writer, Self::Reader) {
        let register = Arc::new(CachePadded::new(Register::new(first)));
        (Arc::clone(&register), register)
    }
}

impl Write<u64> for Arc<CachePadded<Register<u64>>> {
    #[inline]
    fn write(&mut self, value: u64) {
        Register::write(self, value);
    }
}

impl Read for Arc<CachePadded<Register<u64>>> {
    #[inline]
    fn read(&mut self) -> u64 {
        Register::read(self)
    }
}

/// `windlass-qos`, the newest value for one reader.
pub(in crate::qos) struct Windlass;

impl<M: Message> Latest<M> for Windlass {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "latest::channel, set and read";
    type Writer = Writer<M>;
    type Reader = Reader<M>;

    fn open(first: M) -> (Self::Writer, Self::Reader) {
        let (mut writer, reader) = windlass_qos::latest::channel();
        writer.set(first);
        (writer, reader)
    }
}

impl<M: Message> Write<M> for Writer<M> {
    #[inline]
    fn write(&mut self, value: M) {
        self.set(value);
    }
}

impl<M: Message> Read for Reader<M> {
    #[inline]
    fn read(&mut self) -> u64 {
        Self::read(self).expect("it begins with a value").number()
    }
}

/// `windlass-qos`, the newest value for several readers.
pub(in crate::qos) struct WindlassShared;

impl<M: Message> Latest<M> for WindlassShared {
    const NAME: &'static str = "windlass_shared";
    const NOTE: &'static str = "latest::shared with one reader, write and read";
    type Writer = SharedWriter<M>;
    type Reader = SharedReader<M>;

    fn open(first: M) -> (Self::Writer, Self::Reader) {
        let (mut writer, readers) = windlass_qos::latest::shared(1).expect("a valid number");
        let reader = readers.reader().expect("the only reader");
        Write::write(&mut writer, first);
        (writer, reader)
    }
}

impl<M: Message> Write<M> for SharedWriter<M> {
    #[inline]
    fn write(&mut self, value: M) {
        assert!(Self::write(self, value).is_ok(), "{BOTH_ENDS}");
    }
}

impl<M: Message> Read for SharedReader<M> {
    #[inline]
    fn read(&mut self) -> u64 {
        Self::read(self).expect("it begins with a value").number()
    }
}

/// `triple_buffer`.
pub(in crate::qos) struct TripleBuffer;

impl<M: Message> Latest<M> for TripleBuffer {
    const NAME: &'static str = "triple_buffer";
    const NOTE: &'static str = "write and read";
    type Writer = triple_buffer::Input<M>;
    type Reader = triple_buffer::Output<M>;

    fn open(first: M) -> (Self::Writer, Self::Reader) {
        triple_buffer::triple_buffer(&first)
    }
}

impl<M: Message> Write<M> for triple_buffer::Input<M> {
    #[inline]
    fn write(&mut self, value: M) {
        triple_buffer::Input::write(self, value);
    }
}

impl<M: Message> Read for triple_buffer::Output<M> {
    #[inline]
    fn read(&mut self) -> u64 {
        triple_buffer::Output::read(self).number()
    }
}

/// `arc-swap`.
pub(in crate::qos) struct Swapped;

impl<M: Message> Latest<M> for Swapped {
    const NAME: &'static str = "arc-swap";
    const NOTE: &'static str = "store of a new Arc, load";
    type Writer = Arc<ArcSwap<M>>;
    type Reader = Arc<ArcSwap<M>>;

    fn open(first: M) -> (Self::Writer, Self::Reader) {
        let shared = Arc::new(ArcSwap::from_pointee(first));
        (Arc::clone(&shared), shared)
    }
}

impl<M: Message> Write<M> for Arc<ArcSwap<M>> {
    #[inline]
    fn write(&mut self, value: M) {
        self.store(Arc::new(value));
    }
}

impl<M: Message> Read for Arc<ArcSwap<M>> {
    #[inline]
    fn read(&mut self) -> u64 {
        self.load().number()
    }
}

/// `tokio`, a watch.
pub(in crate::qos) struct TokioWatch;

impl<M: Message> Latest<M> for TokioWatch {
    const NAME: &'static str = "tokio_watch";
    const NOTE: &'static str = "sync::watch, send_replace and borrow";
    type Writer = watch::Sender<M>;
    type Reader = watch::Receiver<M>;

    fn open(first: M) -> (Self::Writer, Self::Reader) {
        watch::channel(first)
    }
}

impl<M: Message> Write<M> for watch::Sender<M> {
    #[inline]
    fn write(&mut self, value: M) {
        drop(self.send_replace(value));
    }
}

impl<M: Message> Read for watch::Receiver<M> {
    #[inline]
    fn read(&mut self) -> u64 {
        self.borrow().number()
    }
}
