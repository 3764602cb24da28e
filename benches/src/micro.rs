//! Operations on the harness's own thread: a clock before many of them and one after.

use std::time::Instant;

use crate::case::{Failure, Run, Sample, run};

/// A contender of which each round does `count` operations of a few nanoseconds.
///
/// `work` gets the count. Whatever it reads has to come through [`core::hint::black_box`], and what
/// it finds has to go there, or the optimiser does the work beforehand or not at all. What is built
/// first, such as tables, is built outside and moved in, so that only the operations are timed.
pub fn operations(
    contender: &'static str,
    note: impl Into<String>,
    unit: &'static str,
    work: impl Fn(u64) -> Result<(), Failure> + 'static,
) -> Run {
    run(contender, note, move |load| {
        let start = Instant::now();
        work(load.count)?;
        let wall = start.elapsed();
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(unit, each, wall).with_messages(load.count))
    })
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::time::Duration;
    use std::rc::Rc;

    use super::*;
    use crate::case::Load;

    #[test]
    fn each_round_does_what_the_load_says() -> Result<(), Failure> {
        let done = Rc::new(Cell::new(0));
        let counted = Rc::clone(&done);
        let run = operations("a", "a test", "ns_per_op", move |count| {
            counted.set(counted.get() + count);
            Ok(())
        });
        let load = Load { count: 7, slice: Duration::from_millis(1) };
        let sample = (run.round)(&load)?;
        assert_eq!((done.get(), sample.messages), (7, 7), "operations done and operations told");
        Ok(())
    }

    #[test]
    fn a_failure_is_passed_on() {
        let wrong = Failure::WrongSum { expected: 1, got: 2 };
        let cause = wrong.clone();
        let run = operations("a", "a test", "ns_per_op", move |_| Err(cause.clone()));
        let load = Load { count: 7, slice: Duration::from_millis(1) };
        assert_eq!((run.round)(&load).err(), Some(wrong), "the cause");
    }
}
