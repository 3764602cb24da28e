//! Many values through broadcast, latest and registers, with checksums and exact accounting.

use std::sync::Arc;
use windlass_sync::thread;

use windlass_qos::broadcast::{Builder, From};
use windlass_qos::register::snapshot;
use windlass_qos::{RecvError, TryRecvError, latest};

/// Words that belong together, and something whose drops are counted.
struct Value([u64; 6], #[expect(dead_code, reason = "its count tells")] Arc<()>);

impl Value {
    fn new(n: u64, alive: &Arc<()>) -> Self {
        Self([n; 6].map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), Arc::clone(alive))
    }

    fn check(&self, n: u64) {
        assert!(self.is(n), "whole, and the one it should be");
    }

    fn is(&self, n: u64) -> bool {
        self.0 == [n.wrapping_mul(0x9e37_79b9_7f4a_7c15); 6]
    }
}

const N: u64 = 100_000;

#[test]
fn three_readers_see_each_message_or_are_told() {
    for capacity in [1, 2, 7, 64] {
        let alive = Arc::new(());
        let (mut tx, readers) = Builder::new(capacity).readers(3).build::<Value>().unwrap();
        let threads: Vec<_> = (0..3)
            .map(|kind| {
                let mut reader = readers.subscribe(From::Next).unwrap();
                thread::spawn(move || {
                    let mut next = 0;
                    loop {
                        let turn = kind == 2 && next % 3 == 0;
                        let found = match turn {
                            true => reader.latest().map(|message| message.0[0]).map_err(|e| (e, 0)),
                            false => {
                                reader.recv().map(|message| message.0[0]).map_err(|e| match e {
                                    RecvError::Closed => (TryRecvError::Closed, 0),
                                    RecvError::Lagged(n) => (TryRecvError::Lagged(n), n),
                                })
                            }
                        };
                        match found {
                            Ok(word) => {
                                let stats = reader.stats();
                                let at = stats.delivered + stats.lagged + stats.passed_over - 1;
                                assert_eq!(word, at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                                assert!(at >= next, "never back");
                                next = at + 1;
                            }
                            Err((TryRecvError::Lagged(n), _)) => next += n,
                            Err((TryRecvError::Empty, _)) => thread::yield_now(),
                            Err((TryRecvError::Closed, _)) => break,
                        }
                    }
                    let stats = reader.stats();
                    assert_eq!(stats.delivered + stats.lagged + stats.passed_over, N);
                })
            })
            .collect();
        for n in 0..N {
            tx.send(Value::new(n, &alive)).ok().unwrap();
        }
        tx.close();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let stats = tx.stats();
        assert_eq!(stats.delivered + stats.lagged + stats.passed_over, 3 * N);
        let mut late = readers.subscribe(From::Oldest).unwrap();
        late.latest().unwrap().check(N - 1);
        drop((tx, readers, late));
        assert_eq!(Arc::strong_count(&alive), 1, "each dropped once");
    }
}

#[test]
fn readers_come_and_go_while_messages_are_sent() {
    let alive = Arc::new(());
    let (mut tx, readers) = Builder::new(4).readers(2).build::<Value>().unwrap();
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let readers = readers.clone();
            thread::spawn(move || {
                loop {
                    let Ok(mut reader) = readers.subscribe(From::Oldest) else { continue };
                    match reader.recv() {
                        Err(RecvError::Closed) => return,
                        Err(RecvError::Lagged(_)) => {}
                        Ok(message) => {
                            assert!(message.0.iter().all(|word| *word == message.0[0]));
                            if message.is(N - 1) {
                                return;
                            }
                        }
                    }
                    if reader.is_closed() {
                        return;
                    }
                }
            })
        })
        .collect();
    for n in 0..N {
        tx.send(Value::new(n, &alive)).ok().unwrap();
    }
    tx.close();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop((tx, readers));
    assert_eq!(Arc::strong_count(&alive), 1, "each dropped once");
}

#[test]
fn each_latest_value_is_seen_or_comes_back() {
    let alive = Arc::new(());
    let (mut writer, mut reader) = latest::channel();
    let writes = thread::spawn({
        let alive = Arc::clone(&alive);
        move || (0..N).filter(|n| writer.write(Value::new(*n, &alive)).is_some()).count() as u64
    });
    let mut seen = 0;
    while reader.changed().is_ok() {
        let value = reader.read().unwrap().0;
        assert!(value.iter().all(|word| *word == value[0]), "whole");
        assert!(Value(value, Arc::clone(&alive)).is(reader.generation() - 1), "and which");
        seen += 1;
    }
    let back = writes.join().unwrap();
    assert_eq!((seen + back, reader.skipped(), reader.generation()), (N, back, N));
    drop(reader);
    assert_eq!(Arc::strong_count(&alive), 1, "each dropped once");
}

#[test]
fn several_readers_of_the_latest_value_see_whole_ones() {
    let alive = Arc::new(());
    let (mut writer, readers) = latest::shared(2).unwrap();
    let threads = [(); 2].map(|()| {
        let mut reader = readers.reader().unwrap();
        thread::spawn(move || {
            let mut seen = 0;
            while reader.changed().is_ok() {
                let value = reader.read().map(|value: &Value| value.0).unwrap();
                assert!(value.iter().all(|word| *word == value[0]), "whole");
                seen += 1;
                assert_eq!(seen + reader.skipped(), reader.generation(), "none is unaccounted for");
            }
            assert_eq!(reader.generation(), N, "the last one");
        })
    });
    for n in 0..N {
        writer.write(Value::new(n, &alive)).ok().unwrap();
    }
    drop(writer);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(readers);
    assert_eq!(Arc::strong_count(&alive), 1, "each dropped once");
}

#[test]
fn snapshots_are_whole() {
    let (mut writer, reader) = snapshot([0_u64; 8]);
    let writes = thread::spawn(move || (1..=N).for_each(|n| writer.write([n; 8])));
    let mut last = 0;
    while last < N {
        if let Some((value, version)) = reader.try_read_versioned() {
            assert_eq!(value, [version; 8], "whole, and of its version");
            assert!(version >= last, "never back");
            last = version;
        }
    }
    writes.join().unwrap();
}
