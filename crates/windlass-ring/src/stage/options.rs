//! What can be chosen for a stage.

use crate::wait::Wait;

/// Everything that was chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) wait: Option<Wait>,
    pub(crate) max_batch: Option<usize>,
    #[cfg(feature = "std")]
    pub(crate) timeout: Option<core::time::Duration>,
    #[cfg(feature = "std")]
    pub(crate) on_panic: super::PanicPolicy,
    #[cfg(feature = "std")]
    pub(crate) rewinds: super::Rewinds,
}
