//! The barrier on Linux: membarrier on the rare side, if the kernel has it.

use super::decision::{Decision, Kind};
use super::strong;
use crate::CachePadded;
use crate::atomic::Ordering;

/// Padded: a neighbour that is written often would take this line from every notifier.
static DECISION: CachePadded<Decision> = CachePadded::new(Decision::new());

#[inline(always)]
pub(super) fn light() {
    if DECISION.is_asymmetric() {
        #[expect(clippy::disallowed_methods, reason = "the light side of the barrier is this")]
        core::sync::atomic::compiler_fence(Ordering::SeqCst);
    } else {
        light_fence();
    }
}

/// In line, because a call would make callers save registers before they know; cold, so that it
/// stands out of their way.
#[cold]
#[inline(always)]
fn light_fence() {
    strong::light();
}

pub(super) fn init() {
    decided();
}

pub(super) fn heavy() {
    if decided() == Kind::Asymmetric {
        // The kernel passes full barriers on this thread at entry and at exit. The call is
        // opaque to the compiler, which moves no shared access across it.
        let done = membarrier(PRIVATE_EXPEDITED).is_some();
        assert!(done, "membarrier worked when the process started and is refused now");
    } else {
        strong::heavy();
    }
}

/// Returns the kind of this process, deciding it first if nobody has.
fn decided() -> Kind {
    DECISION.get_or(register)
}

/// Registers the process, and returns whether a membarrier then works.
fn register() -> bool {
    let needed = PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED;
    membarrier(QUERY).is_some_and(|commands| commands & needed == needed)
        && membarrier(REGISTER_PRIVATE_EXPEDITED).is_some()
        && membarrier(PRIVATE_EXPEDITED).is_some()
}

// Commands of linux/membarrier.h; they are the same on every architecture.
const QUERY: libc::c_int = 0;
const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

/// Returns what the kernel answers, or `None` if it refuses.
fn membarrier(command: libc::c_int) -> Option<libc::c_int> {
    const NO_FLAGS: libc::c_uint = 0;
    // SAFETY: the call takes two integers and touches no memory of the program.
    let answer = unsafe { libc::syscall(libc::SYS_membarrier, command, NO_FLAGS) };
    libc::c_int::try_from(answer).ok().filter(|&answer| 0 <= answer)
}

#[cfg(test)]
#[path = "../../tests/litmus/mod.rs"]
mod litmus;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread;

    #[test]
    fn a_decision_stays() {
        init();
        let first = decided();
        assert_eq!(DECISION.is_asymmetric(), first == Kind::Asymmetric, "both sides agree");
        heavy();
        light();
        init();
        assert_eq!(decided(), first, "the same for the life of the process");
    }

    #[test]
    fn a_kernel_that_refuses_is_noticed() {
        init();
        // The filter holds for the thread that installs it and ends with it.
        let (registered, result) = thread::spawn(|| {
            forbid_membarrier();
            (register(), std::panic::catch_unwind(heavy))
        })
        .join()
        .unwrap();
        assert!(!registered, "a refusal is a decision for the fence");
        let asymmetric = decided() == Kind::Asymmetric;
        assert_eq!(result.is_err(), asymmetric, "too late to fall back once others rely on it");
    }

    /// The other kind of barrier, in a process of its own that is refused from the start.
    #[test]
    fn where_the_kernel_refuses_fences_keep_the_promise() {
        const NAME: &str =
            "barrier::asymmetric::tests::where_the_kernel_refuses_fences_keep_the_promise";
        const INSIDE: &str = "WINDLASS_TEST_WITHOUT_MEMBARRIER";
        if std::env::var_os(INSIDE).is_none() {
            let mut again = std::process::Command::new(std::env::current_exe().unwrap());
            let status = again.args(["--exact", NAME]).env(INSIDE, "1").status().unwrap();
            assert!(status.success(), "the same test without membarrier");
            return;
        }
        // Threads started from here on inherit the filter.
        forbid_membarrier();
        assert_eq!(litmus::misses(20_000, light, heavy), 0, "rounds both missed");
        assert_eq!(decided(), Kind::Strong, "decided by the first heavy side");
    }

    /// Makes membarrier answer `ENOSYS` on this thread, as an old kernel does.
    fn forbid_membarrier() {
        let step = |code: u32, jt, k| {
            let code = code.try_into().expect("instructions have 16 bits");
            libc::sock_filter { code, jt, jf: 0, k }
        };
        let number = libc::SYS_membarrier.try_into().expect("system calls have small numbers");
        let refusal = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs();
        let mut steps = [
            // The number of the call is the first word of what the filter is given.
            step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
            step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, number),
            step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
            step(libc::BPF_RET | libc::BPF_K, 0, refusal),
        ];
        let filter = libc::sock_fprog { len: 4, filter: steps.as_mut_ptr() };
        let (on, off): (libc::c_ulong, libc::c_ulong) = (1, 0);
        // SAFETY: the call takes integers and gives up privileges of this thread only.
        let answer = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, on, off, off, off) };
        assert_eq!(answer, 0, "privileges can always be given up");
        let filter = &raw const filter;
        // SAFETY: `filter` points to a program of the length it states; the kernel copies it.
        let answer =
            unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, filter) };
        assert_eq!(answer, 0, "a thread may install a filter for itself");
    }
}
