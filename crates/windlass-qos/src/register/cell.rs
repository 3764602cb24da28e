//! One word.

use core::fmt;
use core::marker::PhantomData;

use windlass_sync::atomic::{AtomicU64, Ordering};

use super::word::Word;

/// A small plain value that any number of threads read and write, never torn.
///
/// It is shared by reference, an `Arc` for example. What a thread wrote elsewhere before it wrote here is
/// visible to whoever reads the value.
///
/// # Examples
///
/// ```
/// use windlass_qos::register::Register;
///
/// let position = Register::new((0_i32, 0_i32));
/// std::thread::scope(|scope| {
///     scope.spawn(|| position.write((3, 4)));
///     let seen = position.read();
///     assert!(seen == (0, 0) || seen == (3, 4));
/// });
/// ```
pub struct Register<T: Word> {
    bits: AtomicU64,
    of: PhantomData<T>,
}

impl<T: Word> Register<T> {
    /// A register with a first value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { bits: AtomicU64::new(value.to_bits()), of: PhantomData }
    }

    /// Replaces the value. Wait-free: one store.
    #[inline]
    pub fn write(&self, value: T) {
        // ORDERING(register): Release. What the writer did before is visible to whoever reads this value.
        // Other end: `read`.
        self.bits.store(value.to_bits(), Ordering::Release);
    }

    /// The value that was written last. Wait-free: one load.
    #[inline]
    #[must_use]
    pub fn read(&self) -> T {
        // ORDERING(register): Acquire. Other end: `write`, `swap`.
        T::of_bits(self.bits.load(Ordering::Acquire))
    }

    /// Replaces the value and returns the one before. Wait-free: one exchange.
    #[inline]
    pub fn swap(&self, value: T) -> T {
        // ORDERING(register): AcqRel. As `write` and as `read`.
        T::of_bits(self.bits.swap(value.to_bits(), Ordering::AcqRel))
    }
}

impl<T: Word + Default> Default for Register<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Word + fmt::Debug> fmt::Debug for Register<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Register").field(&self.read()).finish()
    }
}
