//! The example `log_tally`, run as its users run it.
//!
//! The runs under Miri and the thread sanitizer (`windlass_strong_barrier`) build no examples.
#![cfg(not(any(loom, miri, windlass_strong_barrier)))]
#![allow(
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test has the standard library, and may panic in its helpers too"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run said.
struct Ran {
    code: Option<i32>,
    out: String,
    complaints: String,
}

/// What a program said on its standard error, without the lines on how far it is: a run that takes
/// long says so, and that is no complaint.
fn complaints(said: &str) -> String {
    let is_progress = |line: &&str| line.contains(" MB/s, ") && line.contains(", held: ");
    said.split_inclusive('\n').filter(|line| !is_progress(line)).collect()
}

/// Runs the example with something on its standard input.
fn run(args: &[&str], input: &[u8]) -> Ran {
    let mut child = start(args);
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        complaints: complaints(&String::from_utf8(output.stderr).unwrap()),
    }
}

fn start(args: &[&str]) -> std::process::Child {
    let mut example = Command::new(example());
    example.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    example.spawn().unwrap()
}

/// Where cargo builds the example: beside the folder of the tests. It does so for `cargo test`,
/// but not for `cargo test --test log_tally`, which could find one of yesterday.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let path = profile.join("examples").join(format!("log_tally{}", std::env::consts::EXE_SUFFIX));
    let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/log_tally");
    let newest = fs::read_dir(sources).unwrap().map(|entry| changed(&entry.unwrap().path())).max();
    assert!(
        newest.unwrap() <= changed(&path),
        "run `cargo build -p windlass-pool --example log_tally` first"
    );
    path
}

/// An empty folder for a test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("log_tally").join(test);
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

impl Ran {
    /// The words and how often they came, in the order in which they were written.
    fn words(&self) -> Vec<(&str, u64)> {
        let rows = self.out.lines().skip(1).take_while(|row| !row.is_empty());
        rows.map(|row| {
            let (count, word) = row.trim().split_once("  ").unwrap();
            (word, count.parse().unwrap())
        })
        .collect()
    }

    /// What stands behind a label.
    fn says(&self, label: &str) -> &str {
        let row = self.out.lines().find_map(|row| row.strip_prefix(label)?.strip_prefix(": "));
        row.unwrap_or_else(|| panic!("no `{label}` in\n{}\n{}", self.out, self.complaints))
    }

    /// How many workers of each kind there were later.
    fn resized(&self) -> Vec<&str> {
        let rows = self.out.lines().filter_map(|row| row.strip_prefix("resized: "));
        rows.map(|row| row.split_once(" from ").unwrap().0).collect()
    }

    fn is_clean(&self) -> bool {
        self.code == Some(0) && self.complaints.is_empty()
    }
}

#[test]
fn words_are_counted_and_ordered() {
    let text = "b a, b-c; a_1\nÉtienne étienne 東京\r\n\nb a.";
    let file = write(&folder("words"), "text", text);
    let ran = run(&[&file], b"");
    assert!(ran.is_clean(), "{}", ran.complaints);
    let words =
        [("b", 3), ("a", 2), ("a_1", 1), ("c", 1), ("Étienne", 1), ("étienne", 1), ("東京", 1)];
    assert_eq!(ran.words(), words, "by count, then by bytes");
    assert_eq!(ran.says("words"), "10, 7 different", "in all");
    assert_eq!(ran.says("lines"), "4, 0 of them not UTF-8", "the last one has no end");
    assert_eq!(ran.says("bytes"), text.len().to_string(), "all of them");

    let top = run(&["--top", "2", &file], b"");
    assert_eq!(top.words(), words[..2], "only so many");
}

#[test]
fn nothing_is_lost_while_workers_come_and_go() {
    let text: String = (0..20_000).map(|n| format!("{} of {}\n", n % 7, n % 1_000)).collect();
    let file = write(&folder("resize"), "text", &text);
    for wait in ["adaptive", "blocking", "sleeping", "yielding"] {
        let small = ["--check", "--block", "1000", "--capacity", "1", "--wait", wait];
        let ran = run(&[&small[..], &["--workers", "3", "--resize", "1,4,2", &file]].concat(), b"");
        assert!(ran.is_clean(), "{wait}: {}", ran.complaints);
        assert_eq!(ran.words()[0], ("of", 20_000), "{wait}: the most frequent");
        assert_eq!(ran.says("words"), "60000, 1001 different", "{wait}: in all");
        assert_eq!(ran.says("lines"), "20000, 0 of them not UTF-8", "{wait}: each once");
        assert!(ran.out.contains("\nchecked: "), "{wait}: compared");
        assert_eq!(ran.says("workers"), "3 that parse and 3 that count", "{wait}: at first");
        assert_eq!(ran.resized(), ["1 and 1", "4 and 4", "2 and 2"], "{wait}: as asked");
        for worker in ["parse 0", "parse 2", "count 0", "count 2"] {
            assert!(ran.out.contains(&format!("\n{worker} ")), "{wait}: what {worker} held");
        }
    }
}

#[test]
fn it_grows_in_the_middle_unless_it_is_told_how_many_there_are() {
    let file = write(&folder("grows"), "text", "a word\n".repeat(1_000));
    let ran = run(&["--check", &file], b"");
    assert!(ran.is_clean(), "{}", ran.complaints);
    assert_eq!(ran.says("workers"), "1 that parse and 1 that count", "at first");
    assert_eq!(ran.resized().len(), 1, "in the middle");

    let ran = run(&["--check", "--workers", "2", &file], b"");
    assert!(ran.is_clean(), "{}", ran.complaints);
    assert_eq!(ran.says("workers"), "2 that parse and 2 that count", "from the beginning");
    assert_eq!(ran.resized().len(), 0, "to the end");
}

#[test]
fn standard_input_is_read_once_or_kept_for_the_check() {
    for args in [&["-"][..], &["-", "--check"]] {
        let ran = run(args, b"one two\ntwo");
        assert!(ran.is_clean(), "{}", ran.complaints);
        assert_eq!(ran.words(), [("two", 2), ("one", 1)], "counted");
        assert_eq!(ran.out.contains("\nchecked: "), args.len() == 2, "as asked");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_check_that_finds_a_difference_fails() {
    // As a file, standard input is empty the second time.
    let ran = run(&["--check", "/dev/stdin"], b"one\ntwo\n");
    assert_eq!(ran.code, Some(1), "{}", ran.complaints);
    assert!(ran.out.is_empty(), "no result that is in doubt: {}", ran.out);
    let said = "log_tally: check failed: lines: 2 by the pools, 0 on one thread; ";
    assert!(ran.complaints.starts_with(said), "{}", ran.complaints);
}

#[test]
fn empty_input_has_an_empty_result() {
    let empty = write(&folder("empty"), "text", "");
    for args in [&["--check", &empty][..], &["--check", "-"]] {
        let ran = run(args, b"");
        assert!(ran.is_clean(), "{}", ran.complaints);
        assert_eq!(ran.words(), [], "none");
        assert_eq!(ran.says("lines"), "0, 0 of them not UTF-8", "none");
    }
}

#[test]
fn a_missing_file_is_named_and_the_others_are_counted() {
    let folder = folder("missing");
    let file = write(&folder, "text", "here");
    let missing = folder.join("missing");
    let missing = missing.to_str().unwrap();
    let ran = run(&[missing, &file], b"");
    assert_eq!(ran.code, Some(2), "not everything was read");
    assert!(ran.complaints.starts_with(&format!("log_tally: {missing}: ")), "{}", ran.complaints);
    assert!(ran.complaints.ends_with("; check that it exists and may be read\n"), "what to do");
    assert_eq!(ran.words(), [("here", 1)], "the other one");
}

#[test]
fn a_wrong_option_is_explained() {
    let ran = run(&["--capacity", "0"], b"");
    assert_eq!(ran.code, Some(2), "wrong use");
    assert!(ran.complaints.contains("0 is not in 1..=65536"), "{}", ran.complaints);
    let ran = run(&["--resize", "2,0"], b"");
    assert_eq!(ran.code, Some(2), "wrong use");
    assert!(ran.complaints.contains("0 is not in 1..=64"), "{}", ran.complaints);
}

#[test]
fn bytes_that_are_not_utf8_end_words_and_warn() {
    let file = write(&folder("utf8"), "text", b"fine\na\xffb\xe6\x9d\nfine\n\xc3\x28\n");
    let ran = run(&["--check", &file], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.complaints);
    assert_eq!(ran.words(), [("fine", 2), ("a", 1), ("b", 1)], "what can be read");
    assert_eq!(ran.says("lines"), "4, 2 of them not UTF-8", "counted");
    let warning = format!("log_tally: warning: {file}:2: not UTF-8, the first of several; ");
    assert!(ran.complaints.starts_with(&warning), "{}", ran.complaints);
    assert_eq!(ran.complaints.lines().count(), 1, "one for a file");
}

#[test]
fn a_line_in_pieces_is_one_line() {
    let file = write(&folder("pieces"), "text", b"a\xff b c d\xff\n\xff\ne f g h i j\n");
    let ran = run(&["--check", "--block", "5", &file], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.complaints);
    assert_eq!(ran.says("words"), "10, 10 different", "none was cut");
    assert_eq!(ran.says("lines"), "3, 2 of them not UTF-8", "counted");
}

#[test]
fn long_lines_are_cut_between_words() {
    let file = write(&folder("long"), "text", "größe ".repeat(100_000) + "\nend\n");
    let ran = run(&["--check", &file], b"");
    assert!(ran.is_clean(), "{}", ran.complaints);
    assert_eq!(ran.words(), [("größe", 100_000), ("end", 1)], "none was cut in two");
    assert_eq!(ran.says("lines"), "2, 0 of them not UTF-8", "pieces are no lines");
}

#[test]
fn what_cannot_be_cut_is_no_text() {
    let file = write(&folder("no_text"), "text", "fine\n".to_owned() + &"x".repeat(1 << 20));
    let ran = run(&[&file], b"");
    assert_eq!(ran.code, Some(2), "not everything was read");
    assert!(ran.complaints.starts_with(&format!("log_tally: {file}:2: ")), "{}", ran.complaints);
    assert_eq!(ran.words(), [("fine", 1)], "what came before");
}

#[test]
fn folders_are_searched_for_text() {
    let folder = folder("folders");
    write(&folder, "a.txt", "top");
    write(&folder, "deep/er/b.txt", "deep");
    write(&folder, ".hidden_file", "dot");
    write(&folder, ".hidden/c.txt", "hidden");
    write(&folder, "target/d.txt", "built");
    let binary = write(&folder, "binary", "zero\0");
    let ran = run(&["--check", folder.to_str().unwrap()], b"");
    assert!(ran.is_clean(), "{}", ran.complaints);
    assert_eq!(ran.words(), [("deep", 1), ("dot", 1), ("top", 1)], "hidden files are files");
    assert_eq!(ran.says("inputs"), "3 counted, 1 binary left out", "how many");

    let named = run(&[&binary], b"");
    assert_eq!(named.words(), [("zero", 1)], "who names it wants it");
}

#[test]
fn without_a_path_the_repository_is_counted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let unnamed = run(&[], b"");
    assert_eq!(unnamed.code, Some(0), "{}", unnamed.complaints);
    assert_ne!(unnamed.words(), [], "there are words");
    let named = run(&[root.to_str().unwrap()], b"");
    assert_eq!(unnamed.says("inputs"), named.says("inputs"), "the same files");
    let here = run(&["."], b"");
    assert_ne!(here.says("inputs"), named.says("inputs"), "tests run in the folder of the crate");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = start(&["-"]);
    // The result is written after the input has ended, so nobody can read it.
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b"one two\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "no failure");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "no complaint");
}
