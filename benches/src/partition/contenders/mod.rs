//! Who takes part. Each file is one crate; each contender one scheme of it.

pub mod consistent_choose_k;
pub mod fliphash;
pub mod hashring;
pub mod hrw;
pub mod jumphash;
pub mod maglev;
pub mod windlass;
pub mod xxh3_modulo;

/// A key of sixteen bytes, such as a UUID.
pub type Bytes = [u8; 16];

/// Points of a member on the rings of all contenders.
pub const POINTS: u32 = 160;

/// A partitioner with members 0 to `n - 1`.
pub trait Contender: Sized + 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;

    /// Builds it; the members are all there.
    fn build(n: usize) -> Self;

    /// The member of an integer.
    fn of_integer(&self, key: u64) -> usize;

    /// The member of some bytes.
    fn of_bytes(&self, key: &Bytes) -> usize;
}

/// A contender that can go on with one member more.
pub trait Joins: Contender {
    /// The same with members 0 to `n`.
    #[must_use]
    fn join(&self, n: usize) -> Self {
        Self::build(n + 1)
    }
}

/// A contender of which any member can leave.
pub trait Leaves: Joins {
    /// The same without member `gone`.
    #[must_use]
    fn leave(&self, n: usize, gone: usize) -> Self;

    /// The name of the member that a look-up found; some give the place in what is left.
    fn name(found: usize, _gone: usize) -> usize {
        found
    }
}
