//! How many threads of this process can run at once.
//!
//! `std::thread::available_parallelism` answers for the calling thread: a thread that pinned itself
//! to one core is told 1. A wait strategy that asks from such a thread must not conclude that the
//! process has one core, so the group leader's mask counts as well.

use core::num::NonZeroUsize;

/// Returns how many threads of the process can run at once, at least 1.
///
/// The larger of the core masks of the group leader (the thread that runs `main`) and of the
/// calling thread. A cgroup quota that leaves less counts as well, unless the first caller was a
/// pinned thread. Asked once and remembered: the first call reads a few files, later ones a word.
///
/// Two under loom, where the answer must be the same in each execution.
#[must_use]
pub fn cores() -> usize {
    #[cfg(loom)]
    return 2;
    #[cfg(not(loom))]
    remembered()
}

#[cfg(not(loom))]
fn remembered() -> usize {
    use crate::atomic::{AtomicUsize, Ordering};

    const UNKNOWN: usize = 0;
    static CORES: AtomicUsize = AtomicUsize::new(UNKNOWN);

    // ORDERING: Relaxed. The number is all there is; two threads that both count agree or differ
    // by what their masks were.
    match CORES.load(Ordering::Relaxed) {
        UNKNOWN => {
            let cores = count();
            CORES.store(cores, Ordering::Relaxed);
            cores
        }
        cores => cores,
    }
}

/// Counts anew.
#[cfg_attr(loom, expect(dead_code, reason = "the model has a fixed number of cores"))]
fn count() -> usize {
    // Knows the mask of this thread and the quotas of both cgroup versions.
    let for_thread = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    match (masks::thread(), masks::leader()) {
        // Less than the mask allows: that is a quota, and it holds for the whole process.
        (Some(thread), _) if for_thread < thread => for_thread,
        (Some(thread), Some(leader)) => thread.max(leader),
        _ => for_thread,
    }
}

#[cfg(all(target_os = "linux", feature = "std", not(miri)))]
mod masks {
    use core::mem::size_of_val;

    /// Words for 65,536 cores, more than the kernel can be built for. It refuses a mask that is too
    /// small for the machine, and fills in what it needs of one that is larger.
    const WORDS: usize = 1024;

    /// Cores in the mask of the calling thread.
    pub(super) fn thread() -> Option<usize> {
        of(0)
    }

    /// Cores in the mask of the thread that runs `main`: its id is that of the process.
    pub(super) fn leader() -> Option<usize> {
        // SAFETY: the call takes nothing and always succeeds.
        of(unsafe { libc::getpid() })
    }

    fn of(thread: libc::pid_t) -> Option<usize> {
        let mut mask = [0_u64; WORDS];
        // SAFETY: the kernel writes at most `size_of_val(&mask)` bytes to `mask`, which is that
        // large, at least as aligned as a `cpu_set_t`, and valid for any bit pattern.
        let answer =
            unsafe { libc::sched_getaffinity(thread, size_of_val(&mask), (&raw mut mask).cast()) };
        let cores: usize = mask.iter().map(|word| word.count_ones() as usize).sum();
        (answer == 0 && 0 < cores).then_some(cores)
    }
}

#[cfg(not(all(target_os = "linux", feature = "std", not(miri))))]
mod masks {
    pub(super) fn thread() -> Option<usize> {
        None
    }

    pub(super) fn leader() -> Option<usize> {
        None
    }
}

#[cfg(all(test, target_os = "linux", feature = "std", not(any(loom, miri))))]
mod tests {
    use super::*;
    use crate::thread;

    #[test]
    fn a_pinned_thread_sees_the_cores_of_the_process() {
        let expected = count();
        let (own_mask, seen) = thread::spawn(|| {
            pin_to_first_allowed_core();
            (masks::thread(), count())
        })
        .join()
        .unwrap();
        assert_eq!(own_mask, Some(1), "the thread is pinned");
        assert_eq!(seen, expected, "and is told what everybody is told");
    }

    #[test]
    fn the_answer_is_positive_and_stays() {
        assert!(0 < cores(), "somebody is running this");
        assert_eq!(cores(), cores(), "asked once and remembered");
    }

    fn pin_to_first_allowed_core() {
        // SAFETY: a `cpu_set_t` is an array of integers, for which zero is a value.
        let mut allowed: libc::cpu_set_t = unsafe { core::mem::zeroed() };
        let size = size_of_val(&allowed);
        // SAFETY: `allowed` is valid for writes of its own size.
        let answer = unsafe { libc::sched_getaffinity(0, size, &raw mut allowed) };
        assert_eq!(answer, 0, "the mask of this thread can be read");
        let mut cores = 0..libc::CPU_SETSIZE as usize;
        // SAFETY: the index is less than the size of the set.
        let first = cores.find(|&core| unsafe { libc::CPU_ISSET(core, &allowed) });
        let first = first.expect("this thread runs on one of its cores");
        // SAFETY: as above.
        let mut one: libc::cpu_set_t = unsafe { core::mem::zeroed() };
        // SAFETY: the index is less than the size of the set.
        unsafe { libc::CPU_SET(first, &mut one) };
        // SAFETY: `one` is valid for reads of its own size.
        let answer = unsafe { libc::sched_setaffinity(0, size, &raw const one) };
        assert_eq!(answer, 0, "a thread may pin itself to a core of its mask");
    }
}
