//! Which cores exist, and which thread runs where.
//!
//! The cores are read once, by the main thread, before anything is pinned: a pinned thread only
//! sees its own core. The main thread itself is never pinned.

use std::fs;
use std::io;
use std::thread::{Builder, JoinHandle};

use core_affinity::CoreId;

/// The cores that this process may use.
#[derive(Clone, Debug)]
pub struct Cores {
    usable: Vec<CoreId>,
    distinct: Vec<CoreId>,
}

impl Cores {
    /// Reads the mask of the calling thread; call it before anything is pinned.
    #[must_use]
    pub fn read() -> Self {
        let usable = core_affinity::get_core_ids().unwrap_or_default();
        let mut seen = Vec::new();
        let mut distinct = Vec::new();
        for core in &usable {
            let siblings = siblings(core.id);
            if !seen.contains(&siblings) {
                seen.push(siblings);
                distinct.push(*core);
            }
        }
        Self { usable, distinct }
    }

    /// How many logical cores may be used.
    #[must_use]
    pub fn count(&self) -> usize {
        self.usable.len().max(1)
    }

    /// A physical core of its own for each of `threads`, or `None` where there are too few.
    #[must_use]
    pub fn place(&self, threads: usize) -> Option<Vec<CoreId>> {
        let enough = threads >= 2 && threads <= self.distinct.len();
        enough.then(|| self.distinct.iter().copied().take(threads).collect())
    }
}

/// The hardware threads that share a core with `id`, as the kernel writes them.
fn siblings(id: usize) -> String {
    let path = format!("/sys/devices/system/cpu/cpu{id}/topology/thread_siblings_list");
    fs::read_to_string(path).unwrap_or_else(|_| id.to_string())
}

/// Pins the calling thread.
///
/// # Panics
///
/// Where the system refuses: a figure said to be pinned must be pinned.
pub fn pin(core: CoreId) {
    assert!(core_affinity::set_for_current(core), "could not pin a thread to core {}", core.id);
}

/// Starts a named thread, on `core` if one is given.
///
/// # Errors
///
/// Where the system refuses another thread.
pub fn spawn<T: Send + 'static>(
    name: &str,
    core: Option<CoreId>,
    body: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(move || {
        if let Some(core) = core {
            pin(core);
        }
        body()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cores(count: usize) -> Cores {
        let usable: Vec<CoreId> = (0..count).map(|id| CoreId { id }).collect();
        Cores { distinct: usable.clone(), usable }
    }

    #[test]
    fn pins_only_where_every_thread_gets_a_core() {
        assert!(cores(2).place(2).is_some(), "two threads, two cores");
        assert!(cores(2).place(3).is_none(), "three threads, two cores");
        assert!(cores(1).place(2).is_none(), "two threads, one core");
    }

    #[test]
    fn places_each_thread_elsewhere() {
        let ids: Vec<usize> = cores(4).place(3).into_iter().flatten().map(|core| core.id).collect();
        assert_eq!(ids, [0, 1, 2], "three different cores");
    }
}
