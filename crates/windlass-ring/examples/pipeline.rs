//! Three stages one after another, which work on the same event in place.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::sync::mpsc;

use windlass_ring::Builder;

#[derive(Default)]
struct Order {
    pieces: u32,
    price: u32,
    total: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (ship, shipped) = mpsc::channel();
    let (mut producer, ring) = Builder::new(64, Order::default)
        .stage("price")
        .each_mut(|order, _| order.price = if order.pieces < 10 { 5 } else { 4 })
        .stage("total")
        .after("price")
        .each_mut(|order, _| order.total = order.pieces * order.price)
        .stage("ship")
        .after("total")
        .each(move |order, at| ship.send((at.sequence.get(), order.total)).expect("main listens"))
        .start()?;
    for pieces in [2, 9, 10] {
        producer.publish(move |order| *order = Order { pieces, ..Order::default() })?;
    }
    drop(producer);
    ring.wait_end()?;

    let shipped: Vec<(u64, u32)> = shipped.iter().collect();
    println!("sequences and totals: {shipped:?}");
    assert_eq!(shipped, [(0, 10), (1, 45), (2, 40)], "each stage saw what the one before did");
    Ok(())
}
