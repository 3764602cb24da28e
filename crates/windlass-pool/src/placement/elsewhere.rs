//! Systems that tell which cores there are, but neither nodes nor threads of a core; and those where
//! threads cannot be pinned at all.

use super::{
    PlacementError,
    machine::{Core, Machine},
};

/// Cores that `core_affinity` can name: bits of a word on Windows, of a set on FreeBSD.
pub(super) const CORES: usize = if cfg!(windows) { usize::BITS as usize } else { 256 };

/// Whether `core_affinity` can pin threads here, and tells which cores there are.
///
/// On macOS it can only ask that threads be near each other, and not even that on Apple's own
/// processors. On NetBSD it takes every core for one that may be used.
pub(super) const SUPPORTED: bool = cfg!(any(target_os = "freebsd", windows));

pub(super) fn machine() -> Result<Machine, PlacementError> {
    if !SUPPORTED {
        return Err(PlacementError::Unsupported);
    }
    // The process's mask on Windows; the calling thread's on FreeBSD, for want of a better one.
    let mut allowed = core_affinity::get_core_ids().unwrap_or_default();
    if allowed.is_empty() {
        return Err(PlacementError::Unreadable { what: "the affinity mask" });
    }
    allowed.sort_unstable();
    let core = |id: core_affinity::CoreId| Core { number: id.id, physical: id.id, node: 0 };
    Ok(Machine { cores: allowed.into_iter().map(core).collect(), nodes: false })
}

/// Windows does not tell what a thread is pinned to, so there the answer to the request must do.
pub(super) fn is_on(core: usize) -> bool {
    if cfg!(windows) {
        return true;
    }
    let mask = core_affinity::get_core_ids().unwrap_or_default();
    matches!(mask[..], [only] if only.id == core)
}
