//! The CPU time that threads use, as the system counts it.

use core::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// The CPU time of all threads of this process so far.
#[must_use]
pub fn of_process() -> Duration {
    duration(clock_gettime(ClockId::ProcessCPUTime))
}

/// The CPU time of the calling thread so far.
#[must_use]
pub fn of_this_thread() -> Duration {
    duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn duration(time: Timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use core::hint::black_box;

    use super::*;

    #[test]
    fn work_of_this_thread_counts_for_the_process_too() {
        let (process, thread) = (of_process(), of_this_thread());
        // The clock of the thread itself says when it has done enough.
        while of_this_thread() < thread + Duration::from_millis(2) {
            black_box(());
        }
        assert!(of_process() >= process + Duration::from_millis(2), "a part is no more than all");
    }
}
