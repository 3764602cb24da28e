//! Threads: starting, parking, naming, and how many of them can run at once.
//!
//! Without `std` there are no threads to start; [`yield_now`] spins once and [`cores`] is one.

#[cfg(any(feature = "std", loom))]
pub use threads::*;

#[cfg(not(any(feature = "std", loom)))]
pub use no_threads::*;

#[cfg(any(feature = "std", loom))]
mod threads {
    use crate::Deadline;
    use alloc::string::String;
    use core::time::Duration;
    use std::io;

    #[cfg(loom)]
    use loom::thread as backend;

    #[cfg(not(loom))]
    use std::thread as backend;

    pub use crate::cores::cores;

    #[cfg(loom)]
    pub use crate::parker::{Thread, current, park};

    /// Owned permission to join a thread.
    pub type JoinHandle<T> = backend::JoinHandle<T>;

    /// A handle to a thread, with which it can be unparked.
    #[cfg(not(loom))]
    pub type Thread = backend::Thread;

    /// Starts a thread.
    ///
    /// # Panics
    ///
    /// If the operating system starts no thread; [`spawn_named`] returns the error instead.
    #[cfg_attr(
        not(loom),
        expect(clippy::disallowed_methods, reason = "the one place that calls it")
    )]
    pub fn spawn<F, T>(body: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        backend::spawn(body)
    }

    /// Starts a thread that debuggers and panic messages show as `name`.
    ///
    /// # Errors
    ///
    /// What the operating system says if it starts no thread; [`io::ErrorKind::InvalidInput`] if
    /// `name` contains a zero byte, which no system takes.
    pub fn spawn_named<F, T>(name: String, body: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        spawn_sized(name, None, body)
    }

    /// As [`spawn_named`], with a stack of so many bytes. Loom's threads have the one that they have.
    ///
    /// # Errors
    ///
    /// As [`spawn_named`].
    #[cfg_attr(
        not(loom),
        expect(clippy::disallowed_methods, reason = "the one place that calls it")
    )]
    pub fn spawn_sized<F, T>(
        name: String,
        stack: Option<usize>,
        body: F,
    ) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if name.contains('\0') {
            // Refused here, since the standard library panics.
            let reason = "the name of a thread contains a zero byte";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let builder = backend::Builder::new().name(name);
        match stack {
            Some(bytes) => builder.stack_size(bytes).spawn(body),
            None => builder.spawn(body),
        }
    }

    /// Returns a handle to the calling thread.
    #[cfg(not(loom))]
    #[inline]
    #[must_use]
    pub fn current() -> Thread {
        backend::current()
    }

    /// Lets another thread run on this core, if one wants to.
    #[inline]
    #[cfg_attr(
        not(loom),
        expect(clippy::disallowed_methods, reason = "the one place that calls it")
    )]
    pub fn yield_now() {
        backend::yield_now();
    }

    /// Puts the calling thread to sleep for at least `time`. Under loom it only yields.
    #[cfg_attr(
        not(loom),
        expect(clippy::disallowed_methods, reason = "the one place that calls it")
    )]
    pub fn sleep(time: Duration) {
        #[cfg(loom)]
        {
            let _ = time;
            backend::yield_now();
        }
        #[cfg(not(loom))]
        backend::sleep(time);
    }

    /// Blocks until somebody unparks the calling thread.
    ///
    /// May return for no reason, and returns at once if an unpark came before it.
    #[cfg(not(loom))]
    #[inline]
    #[expect(clippy::disallowed_methods, reason = "the one place that calls it")]
    pub fn park() {
        backend::park();
    }

    /// Blocks until somebody unparks the calling thread or the deadline comes.
    ///
    /// May return for no reason. Under loom a deadline other than never only yields.
    #[inline]
    #[cfg_attr(
        not(loom),
        expect(clippy::disallowed_methods, reason = "the one place that calls it")
    )]
    pub fn park_until(deadline: Deadline) {
        match deadline.remaining() {
            None => park(),
            #[cfg(loom)]
            Some(_) => backend::yield_now(),
            #[cfg(not(loom))]
            Some(left) => backend::park_timeout(left),
        }
    }
}

#[cfg(not(any(feature = "std", loom)))]
mod no_threads {
    /// Lets other work run: without threads, one turn of a spin loop.
    #[inline]
    pub fn yield_now() {
        crate::hint::spin_loop();
    }

    /// Returns how many threads can run at once: without an operating system to ask, one.
    #[inline]
    #[must_use]
    pub fn cores() -> usize {
        1
    }
}

#[cfg(all(test, feature = "std", not(loom)))]
mod tests {
    use super::*;
    use crate::Deadline;
    use alloc::string::ToString;
    use core::time::Duration;

    #[test]
    fn a_named_thread_has_its_name() {
        let name = || current().name().map(ToString::to_string);
        let named = spawn_named("windlass".to_string(), name).unwrap();
        assert_eq!(named.join().unwrap().as_deref(), Some("windlass"), "as asked");
    }

    #[test]
    fn a_name_with_a_zero_byte_is_refused() {
        let refused = spawn_named("wind\0lass".to_string(), || ()).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "{refused}");
    }

    #[test]
    fn an_unpark_before_a_park_is_not_lost() {
        current().unpark();
        park();
        current().unpark();
        park_until(Deadline::never());
    }

    #[test]
    fn a_deadline_ends_a_park() {
        let deadline = Deadline::after(Duration::from_millis(1));
        while !deadline.has_passed() {
            park_until(deadline);
        }
        park_until(deadline);
    }
}
