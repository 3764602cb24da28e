//! Hints to the processor, and one about it. None of them changes what a program means.

/// Tells the processor that this thread spins.
///
/// Wait-free. Under loom the model switches to another thread, without which it would explore the
/// same empty turn for ever.
#[inline(always)]
#[cfg_attr(not(loom), expect(clippy::disallowed_methods, reason = "the one place that calls it"))]
pub fn spin_loop() {
    #[cfg(loom)]
    loom::hint::spin_loop();
    #[cfg(not(loom))]
    core::hint::spin_loop();
}

/// Asks for the cache line at `ptr` in a state that this core may write.
///
/// Wait-free, and never faults: `ptr` may dangle or be null. It helps before a store to a line that
/// another core wrote last. Old processors treat it as no operation, and so do architectures other
/// than x86-64 and AArch64, loom and Miri.
#[inline(always)]
pub fn prefetch_write<T>(ptr: *const T) {
    #[cfg(all(target_arch = "x86_64", not(any(loom, miri))))]
    // SAFETY: a prefetch does not fault and has no effect that a program can see, whatever the
    // address is. Processors without the instruction decode it as a no-op.
    unsafe {
        core::arch::asm!(
            "prefetchw [{line}]",
            line = in(reg) ptr.addr(),
            options(nomem, nostack, preserves_flags),
        );
    }
    #[cfg(all(target_arch = "aarch64", not(any(loom, miri))))]
    // SAFETY: a prefetch does not fault and has no effect that a program can see, whatever the
    // address is.
    unsafe {
        core::arch::asm!(
            "prfm pstl1keep, [{line}]",
            line = in(reg) ptr.addr(),
            options(nomem, nostack, preserves_flags),
        );
    }
    let _ = ptr;
}

/// Asks for the cache line at `ptr` in a state that this core may read.
///
/// Wait-free, and never faults: `ptr` may dangle or be null. No operation on architectures other
/// than x86-64 and AArch64, under loom and under Miri.
#[inline(always)]
pub fn prefetch_read<T>(ptr: *const T) {
    #[cfg(all(target_arch = "x86_64", not(any(loom, miri))))]
    // SAFETY: a prefetch does not fault and has no effect that a program can see, whatever the
    // address is. Every x86-64 processor has the instruction.
    unsafe {
        core::arch::asm!(
            "prefetcht0 [{line}]",
            line = in(reg) ptr.addr(),
            options(nomem, nostack, preserves_flags),
        );
    }
    #[cfg(all(target_arch = "aarch64", not(any(loom, miri))))]
    // SAFETY: a prefetch does not fault and has no effect that a program can see, whatever the
    // address is.
    unsafe {
        core::arch::asm!(
            "prfm pldl1keep, [{line}]",
            line = in(reg) ptr.addr(),
            options(nomem, nostack, preserves_flags),
        );
    }
    let _ = ptr;
}

/// Whether a value of this type is passed on in registers, as far as anybody can tell: two words at most.
///
/// To choose how a quick way leaves the rest to a function that is seldom called. A small value is passed on, by the last
/// call, so that there is nothing to keep over it. A larger one is passed by its address; then the compiler keeps it in
/// memory on the quick way too, and it is copied from there by loads that are wider than the stores which wrote it. Such
/// a load waits until these have left the core, and with them all stores before: a stream waits for each cache line.
///
/// # Examples
///
/// ```
/// use windlass_sync::hint::is_small;
///
/// assert!(is_small::<u64>() && is_small::<Box<[u8]>>() && !is_small::<[u64; 8]>());
/// ```
#[must_use]
pub const fn is_small<T>() -> bool {
    size_of::<T>() <= 2 * size_of::<usize>()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn prefetching_takes_any_address() {
        let value = 7_u64;
        prefetch_read(&raw const value);
        prefetch_write(&raw const value);
        prefetch_read(core::ptr::null::<u8>());
        prefetch_write(core::ptr::null::<u8>());
        prefetch_read(core::ptr::without_provenance::<u8>(usize::MAX));
        prefetch_write(core::ptr::without_provenance::<u8>(usize::MAX));
        assert_eq!(value, 7, "a prefetch writes nothing");
    }
}
