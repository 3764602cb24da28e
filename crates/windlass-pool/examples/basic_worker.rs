//! Accounts that nobody locks: each belongs to one worker, and moves to another one when the pool grows.
//!
//! ```sh
//! cargo run --example basic_worker
//! ```
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program prints, and has the standard library"
)]

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use windlass_pool::{Arrived, Context, Pool, Shutdown, Slot, Worker};

/// The accounts of one worker, by the slot of their number.
#[derive(Default)]
struct Accounts(HashMap<Slot, HashMap<u64, i64>>);

/// An amount that is paid in, or out.
struct Payment {
    account: u64,
    cents: i64,
}

impl Worker for Accounts {
    type Message = Payment;
    type Control = ();
    type Slot = HashMap<u64, i64>;

    fn on_message(&mut self, _: &mut Context<'_, Self>, Payment { account, cents }: Payment) {
        let slot = Slot::of_key(&account);
        *self.0.entry(slot).or_default().entry(account).or_default() += cents;
    }

    fn slot_out(&mut self, slot: Slot) -> Option<Self::Slot> {
        self.0.remove(&slot)
    }

    fn slot_in(&mut self, slot: Slot, accounts: Arrived<Self::Slot>) {
        if let Arrived::State(accounts) = accounts {
            self.0.insert(slot, accounts);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = Pool::builder(|_| Accounts::default()).workers(2).name("accounts").build()?;
    let mut tx = pool.sender()?;
    for payment in 0..60_000_u64 {
        if payment == 30_000 {
            // Half of the accounts move, with what is in them, while payments come in.
            pool.resize(4, Duration::from_secs(10))?;
        }
        let account = payment % 1000;
        tx.send(&account, Payment { account, cents: 5 })?;
    }
    // Each worker answers behind a batch, so that all of this is asked again until it is there.
    let everything = Duration::from_secs(10);
    let of_one = |accounts: &mut Accounts| {
        let balances = accounts.0.values().flat_map(HashMap::values);
        (balances.clone().count(), balances.sum::<i64>())
    };
    let total = |all: &[(usize, (usize, i64))]| all.iter().map(|(_, (_, sum))| sum).sum::<i64>();
    let all = loop {
        let all = pool.gather(of_one, everything);
        if total(&all.answers) == 300_000 {
            break all;
        }
    };
    for (worker, (accounts, cents)) in &all.answers {
        println!("worker {worker}: {accounts} accounts, {cents} cents");
    }
    let report = pool.shutdown(Shutdown::drain_for(everything).then_abort());
    println!("{} payments handled, {} left", report.handled, report.undelivered.len());
    assert!(report.is_balanced(), "every payment went somewhere");
    Ok(())
}
