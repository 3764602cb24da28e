//! Broadcast against a list of all messages, over random schedules.

use proptest::prelude::*;
use windlass_qos::TryRecvError;
use windlass_qos::broadcast::{Builder, From, Reader};

const READERS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Send,
    Join(bool),
    Leave(usize),
    Another(usize),
    Recv(usize),
    Latest(usize),
    Forget(usize),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let reader = || 0..READERS;
    prop_oneof![
        8 => Just(Step::Send),
        2 => any::<bool>().prop_map(Step::Join),
        1 => reader().prop_map(Step::Leave),
        1 => reader().prop_map(Step::Another),
        8 => reader().prop_map(Step::Recv),
        2 => reader().prop_map(Step::Latest),
        1 => reader().prop_map(Step::Forget),
        1 => Just(Step::Close),
    ]
}

/// What a reader should find, if it goes on at `cursor`.
fn expected(cursor: &mut u64, sent: u64, capacity: u64, closed: bool) -> Result<u64, TryRecvError> {
    let oldest = sent.saturating_sub(capacity);
    if *cursor < oldest {
        let lost = oldest - *cursor;
        *cursor = oldest;
        return Err(TryRecvError::Lagged(lost));
    }
    if *cursor == sent {
        return Err(if closed { TryRecvError::Closed } else { TryRecvError::Empty });
    }
    *cursor += 1;
    Ok(*cursor - 1)
}

proptest! {
    #[test]
    fn a_broadcast_is_its_reference(
        capacity in 1_u64..6,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let builder = Builder::new(usize::try_from(capacity).unwrap()).readers(READERS);
        let (mut tx, readers) = builder.build::<Box<u64>>().unwrap();
        let mut there: Vec<(Reader<Box<u64>>, u64)> = Vec::new();
        let (mut sent, mut closed) = (0, false);
        for step in steps {
            match step {
                Step::Send => {
                    prop_assert_eq!(tx.send(Box::new(sent)).is_ok(), !closed);
                    sent += u64::from(!closed);
                }
                Step::Join(next) => {
                    let from = if next { From::Next } else { From::Oldest };
                    let reader = readers.subscribe(from);
                    prop_assert_eq!(reader.is_ok(), there.len() < READERS);
                    let at = if next { sent } else { sent.saturating_sub(capacity) };
                    there.extend(reader.ok().map(|reader| (reader, at)));
                }
                Step::Leave(i) if i < there.len() => drop(there.swap_remove(i)),
                Step::Another(i) if i < there.len() => {
                    let another = there[i].0.another();
                    prop_assert_eq!(another.is_ok(), there.len() < READERS);
                    let at = there[i].1;
                    there.extend(another.ok().map(|reader| (reader, at)));
                }
                Step::Recv(i) if i < there.len() => {
                    let (reader, at) = &mut there[i];
                    let found = reader.try_recv().map(|message| **message);
                    prop_assert_eq!(found, expected(at, sent, capacity, closed));
                }
                Step::Latest(i) if i < there.len() => {
                    let (reader, at) = &mut there[i];
                    let found = reader.latest().map(|message| **message);
                    let newest = match *at == sent {
                        true if closed => Err(TryRecvError::Closed),
                        true => Err(TryRecvError::Empty),
                        false => Ok(sent - 1),
                    };
                    *at = sent;
                    prop_assert_eq!(found, newest);
                }
                Step::Forget(i) if i < there.len() => {
                    let (reader, at) = &mut there[i];
                    std::mem::forget(reader.latest());
                    *at = sent;
                }
                Step::Close => {
                    tx.close();
                    closed = true;
                }
                _ => {}
            }
            for (reader, at) in &there {
                prop_assert_eq!(reader.lag(), sent - at);
            }
        }
    }
}
