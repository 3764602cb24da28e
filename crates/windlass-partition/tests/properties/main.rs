//! What holds for all keys, members, weights and orders.

#![cfg(not(miri))]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod any_input;
mod balance;
mod plans;
mod ranges;
mod schemes;

use proptest::prelude::*;
use windlass_partition::{BuildError, Member, MemberId, Members, Partitioner, Weight};

/// Builds a scheme for members, and says who a key belongs to by name.
trait Owners {
    fn owner(&self, key: u64) -> MemberId;
}

struct Named<P>(P, Members);

impl<P: Partitioner<u64>> Owners for Named<P> {
    fn owner(&self, key: u64) -> MemberId {
        self.1.get(self.0.partition(&key)).map_or(MemberId(u64::MAX), |member| member.id)
    }
}

fn weight(quarters: u32) -> Weight {
    Weight::try_from(f64::from(quarters) / 4.0).unwrap_or_default()
}

/// Members with distinct names and, where asked, weights from a quarter to three.
fn members(most: usize, weighted: bool) -> impl Strategy<Value = Vec<Member>> {
    let weights = if weighted { 1..=12_u32 } else { 4..=4 };
    prop::collection::btree_map(any::<u64>(), weights, 1..=most).prop_map(|map| {
        map.into_iter().map(|(id, quarters)| Member::new(id, weight(quarters))).collect()
    })
}

fn built(members: &[Member]) -> Result<Members, TestCaseError> {
    Members::new(members.iter().copied()).map_err(fail)
}

fn fail(error: BuildError) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}
