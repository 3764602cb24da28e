//! Messages that carry the span in which they were sent.

use core::fmt;

use tracing::Span;

/// A message, and the span in which it was sent: what its handler tells belongs to the same trace.
///
/// Whoever sends it pays for a clone of the span, and whoever handles it for entering it: what the subscriber takes
/// for that, and next to nothing if it is not interested. It is an ordinary message; so it can be used for some
/// of them, with any [`Worker`](crate::Worker), by key or by a link into another pool. One that is tried again or sent
/// again is in the same span.
///
/// # Examples
///
/// ```
/// use tracing::info_span;
/// use windlass_pool::trace::InSpan;
/// use windlass_pool::{Pool, Shutdown};
///
/// let pool = Pool::each(|_| {
///     |order: InSpan<u64>| {
///         // Within `request`, whichever thread this is.
///         order.handle(|number| tracing::info!(number, "booked"));
///     }
/// })
/// .build()?;
/// let mut tx = pool.sender()?;
/// info_span!("request").in_scope(|| tx.send(&7, InSpan::new(7)))?;
/// # drop(pool.shutdown(Shutdown::drain()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct InSpan<M> {
    message: M,
    span: Span,
}

impl<M> InSpan<M> {
    /// A message in the span that this thread is in.
    pub fn new(message: M) -> Self {
        Self::within(Span::current(), message)
    }

    /// A message in this span.
    pub const fn within(span: Span, message: M) -> Self {
        Self { message, span }
    }

    /// Calls `handle` with the message, within the span.
    pub fn handle<R>(self, handle: impl FnOnce(M) -> R) -> R {
        let Self { message, span } = self;
        span.in_scope(|| handle(message))
    }

    /// The message.
    pub const fn message(&self) -> &M {
        &self.message
    }

    /// The span, as a parent for others, say.
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// The message without its span.
    pub fn into_inner(self) -> M {
        self.message
    }
}

impl<M> fmt::Debug for InSpan<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").field("span", &self.span.id()).finish_non_exhaustive()
    }
}
