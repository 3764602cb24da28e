//! Small plain values.

use super::support::{model, tells};
use loom::sync::Arc;
use loom::thread;
use windlass_qos::register::{Register, Versioned, snapshot};

#[test]
fn who_reads_a_value_sees_what_was_done_before_it_was_written() {
    let register = || both(Register::new(false));
    tells(register, |said| said.write(true), |said| said.read());
    tells(register, |said| drop(said.swap(true)), |said| said.read());
    tells(register, |said| said.write(true), |said| said.swap(false));
    tells(|| both(Versioned::new(false)), |said| drop(said.write(true)), |said| said.read().value);
}

#[test]
fn who_reads_a_snapshot_or_its_version_sees_what_was_done_before_it_was_written() {
    let new = || snapshot([0_u64; 2]);
    tells(new, |said| said.write([1; 2]), |said| said.try_read() == Some([1; 2]));
    tells(new, |said| said.write([1; 2]), |said| said.version() == 1);
}

fn both<R>(register: R) -> (Arc<R>, Arc<R>) {
    let register = Arc::new(register);
    (Arc::clone(&register), register)
}

#[test]
fn two_writers_make_two_versions() {
    model(|| {
        let shared = Arc::new(Versioned::new(0_u32));
        let writes = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.write(1)
        });
        let here = shared.write(2);
        let there = writes.join().unwrap();
        assert_ne!(here, there, "each its own");
        let last = shared.read();
        assert_eq!((last.version, last.value), (2, if here == 2 { 2 } else { 1 }));
    });
}

#[test]
fn a_snapshot_is_never_torn() {
    model(|| {
        let (mut writer, reader) = snapshot([0_u64; 2]);
        let writes = thread::spawn(move || {
            writer.write([1; 2]);
            writer.write([2; 2]);
        });
        thread::yield_now();
        if let Some(([first, second], version)) = reader.try_read_versioned() {
            assert_eq!(first, second, "the words of one value");
            assert_eq!(first, version, "and of its version");
        }
        writes.join().unwrap();
        assert_eq!(reader.try_read(), Some([2; 2]), "nobody is in between");
    });
}

#[test]
fn who_sees_a_version_reads_at_least_that_one() {
    model(|| {
        let (mut writer, reader) = snapshot([0_u64]);
        let writes = thread::spawn(move || writer.write([1]));
        thread::yield_now();
        let version = reader.version();
        if let Some([value]) = reader.try_read() {
            assert!(value >= version, "or a later one");
        }
        writes.join().unwrap();
    });
}
