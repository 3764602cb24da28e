//! Whether a consumer shares the events it sees with others.

/// How a consumer may use an event: [`Shared`] or [`Exclusive`].
///
/// The builder checks the graph: a consumer with exclusive access never runs beside another.
/// This trait is sealed.
pub trait Access: sealed::Access + Send + 'static {}

/// Other consumers may read the same event at the same time: `&E`, for `E: Sync`.
#[derive(Debug, Clone, Copy)]
pub enum Shared {}

/// No other consumer holds the same event at the same time: `&mut E`, for `E: Send`.
#[derive(Debug, Clone, Copy)]
pub enum Exclusive {}

impl Access for Shared {}
impl Access for Exclusive {}

pub(crate) mod sealed {
    pub trait Access {
        /// Whether this is the exclusive kind.
        const EXCLUSIVE: bool;
    }

    impl Access for super::Shared {
        const EXCLUSIVE: bool = false;
    }

    impl Access for super::Exclusive {
        const EXCLUSIVE: bool = true;
    }
}
