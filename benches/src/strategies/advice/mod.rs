//! Which strategy to take on this machine: rules over the figures of a record.
//!
//! What was not measured, as in a run with a filter, leads to no advice.

use crate::advice::Advice;
use crate::record::Record;

mod overload;
mod partition;
mod pool;
mod wait;

/// All advice that the record allows.
#[must_use]
pub(super) fn advise(record: &Record) -> Vec<Advice> {
    [wait::advise, overload::advise, partition::advise, pool::advise]
        .into_iter()
        .flat_map(|rules| rules(record))
        .collect()
}

fn advice(topic: &str, question: impl Into<String>, choice: &str, figures: String) -> Advice {
    Advice {
        topic: topic.to_owned(),
        question: question.into(),
        choice: choice.to_owned(),
        figures,
    }
}
