//! On which cores workers run.

mod error;
mod list;
mod machine;
mod plan;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod system;

use alloc::{vec, vec::Vec};

pub use self::error::PlacementError;

/// Where the workers of a pool run: by default, wherever the system puts them.
///
/// A pinned worker keeps its caches and its memory near, and cannot get out of the way when something
/// else wants its core. So it helps on a machine that the pool has to itself, and hurts elsewhere.
///
/// Each pinned worker gets a core of its own. Which cores there are is the affinity mask of the
/// process's main thread, not of the thread that builds the pool: that one may be pinned itself. A
/// worker that is added later gets the next core; those that run stay where they are.
///
/// Made for Linux; on Windows and FreeBSD, which show neither nodes nor the threads of a core, both
/// `Compact` and `Spread` take the cores by number. Where threads cannot be pinned, as on macOS,
/// everything but `None` is an error when the pool is built.
///
/// # Examples
///
/// ```
/// use windlass_pool::Placement;
///
/// assert_eq!(Placement::default(), Placement::None);
/// let own = Placement::Cores(vec![2, 3]);
/// # _ = own;
/// ```
///
/// # Source
///
/// `glommio` in `docs/references.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// Not pinned.
    #[default]
    None,
    /// As near to each other as can be: both threads of a core before the next core, all cores of one
    /// NUMA node before the next node. The node with the most cores comes first.
    ///
    /// For workers that talk to each other more than they compute.
    Compact,
    /// As far from each other as can be: round robin over the NUMA nodes, and a second thread of a core
    /// only after all cores have a worker.
    ///
    /// For workers that compute, or that need memory bandwidth.
    Spread,
    /// The first worker on the first of these cores, and so on. There may be more cores than workers.
    Cores(Vec<usize>),
    /// On this NUMA node, a thread of each core before the second threads. Linux only.
    Node(usize),
}

/// The core that a worker is to be pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) core: usize,
}

impl Placement {
    /// The core for each of so many workers, or none where they are not pinned.
    ///
    /// A plan for more workers begins with the plan for fewer. Reads the mask and the topology anew.
    ///
    /// # Errors
    ///
    /// [`PlacementError`], before anything is pinned.
    pub(crate) fn plan(&self, workers: usize) -> Result<Vec<Option<Pin>>, PlacementError> {
        if *self == Self::None {
            // Reads nothing: a pool that pins nothing works where nothing can be read.
            return Ok(vec![None; workers]);
        }
        plan::plan(self, &system::machine()?, workers)
    }
}

/// Pins the calling thread, and asks the system, where it tells, whether it did.
///
/// # Errors
///
/// [`PlacementError::Refused`] if the thread is not on the core afterwards,
/// [`PlacementError::OutOfReach`] for a core that cannot be named to the system, and
/// [`PlacementError::Unsupported`] where no thread can be pinned.
pub(crate) fn pin_current(pin: Pin) -> Result<(), PlacementError> {
    let Pin { core } = pin;
    if !system::SUPPORTED {
        return Err(PlacementError::Unsupported);
    }
    if system::CORES <= core {
        return Err(PlacementError::OutOfReach { core, limit: system::CORES });
    }
    let pinned = core_affinity::set_for_current(core_affinity::CoreId { id: core });
    if pinned && system::is_on(core) { Ok(()) } else { Err(PlacementError::Refused { core }) }
}

#[cfg(all(test, target_os = "linux", not(loom)))]
mod tests {
    use super::*;
    use windlass_sync::thread;

    /// In a thread of its own, so that no other test is pinned.
    fn apart<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
        thread::spawn(body).join().expect("its assertions hold")
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the system about cores")]
    fn a_pinned_thread_is_on_its_core_and_still_plans_for_the_process() {
        let before = Placement::Spread.plan(1).unwrap();
        let all = system::machine().unwrap().cores.len();
        let after = apart(move || {
            pin_current(before[0].unwrap()).unwrap();
            // A mask of one core is now this thread's own; the plan must not see it.
            (Placement::Spread.plan(all).map(|plan| plan.len()), before)
        });
        assert_eq!(after.0, Ok(all), "a worker for each core of the process");
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the system about cores")]
    fn a_core_outside_of_the_mask_is_refused_by_plan_and_pin() {
        let core = system::CORES - 1;
        let refused = Placement::Cores(vec![core]).plan(1);
        assert!(matches!(refused, Err(PlacementError::NotAllowed { .. })), "{refused:?}");
        let refused = apart(move || pin_current(Pin { core }));
        assert_eq!(refused, Err(PlacementError::Refused { core }), "not a silent no");
        let limit = system::CORES;
        let far = apart(move || pin_current(Pin { core: limit }));
        assert_eq!(far, Err(PlacementError::OutOfReach { core: limit, limit }), "no panic");
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the system about cores")]
    fn a_thread_that_is_elsewhere_is_found_out() {
        let on = apart(|| {
            let core = Placement::Spread.plan(1).unwrap()[0].unwrap().core;
            pin_current(Pin { core }).unwrap();
            (system::is_on(core), system::is_on(core + 1))
        });
        assert_eq!(on, (true, false), "read back");
    }

    #[test]
    fn without_placement_nothing_is_pinned() {
        assert_eq!(Placement::None.plan(3), Ok(vec![None; 3]), "three free workers");
    }
}
