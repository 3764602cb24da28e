//! How many senders and receivers a buffer has, as types: who is alone pays for nobody else.

/// How many senders and receivers: [`OneToOne`], [`ManyToOne`] or [`ManyToMany`]. Sealed.
#[expect(private_bounds, reason = "sealed: paths are chosen here")]
pub trait Paths: sealed::Paths + Send + Sync + 'static {}

/// One sender, one receiver; neither can be cloned.
#[derive(Debug, Clone, Copy)]
pub struct OneToOne;

/// Senders that can be cloned, one receiver.
#[derive(Debug, Clone, Copy)]
pub struct ManyToOne;

/// Senders and receivers that can be cloned; each message goes to one receiver.
#[derive(Debug, Clone, Copy)]
pub struct ManyToMany;

/// Paths with one receiver, which may look at a message before it takes it.
pub trait OneReceiver: Paths {}

/// Paths whose senders can be cloned.
pub trait ManySenders: Paths {}

/// Paths whose receivers can be cloned.
pub trait ManyReceivers: Paths {}

impl OneReceiver for OneToOne {}
impl OneReceiver for ManyToOne {}
impl ManySenders for ManyToOne {}
impl ManySenders for ManyToMany {}
impl ManyReceivers for ManyToMany {}

impl Paths for OneToOne {}
impl Paths for ManyToOne {}
impl Paths for ManyToMany {}

pub(crate) mod sealed {
    use crate::store::{IndexQueue, Peek, StampQueue};

    /// What the algorithms ask.
    pub(crate) trait Paths {
        /// Whether senders can be cloned.
        const MANY_SENDERS: bool;
        /// Whether receivers can be cloned.
        const MANY_RECEIVERS: bool;

        /// The store of [`Guaranteed`](crate::Guaranteed).
        type Queue<T: Send>: Peek<T>;
    }

    impl Paths for super::OneToOne {
        const MANY_SENDERS: bool = false;
        const MANY_RECEIVERS: bool = false;

        type Queue<T: Send> = IndexQueue<T>;
    }
    impl Paths for super::ManyToOne {
        const MANY_SENDERS: bool = true;
        const MANY_RECEIVERS: bool = false;

        type Queue<T: Send> = StampQueue<T>;
    }
    impl Paths for super::ManyToMany {
        const MANY_SENDERS: bool = true;
        const MANY_RECEIVERS: bool = true;

        type Queue<T: Send> = StampQueue<T>;
    }
}
