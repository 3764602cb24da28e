//! Lists of numbers as Linux writes them: `0-3,8`.

use alloc::vec::Vec;

/// More cores than a kernel can be built for: a list that names a higher one is nonsense, and must not
/// make us claim memory for it.
const LIMIT: usize = 65_536;

/// The numbers of a list, rising and each once. `None` if it is no list.
pub(super) fn parse(text: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    let text = text.trim();
    // The kernel writes an empty mask as an empty line.
    for range in text.split(',').filter(|_| !text.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (number(first)?, number(last)?);
        if last < first {
            return None;
        }
        numbers.extend(first..=last);
        if LIMIT < numbers.len() {
            return None;
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

/// Digits only: the standard library would take a sign.
fn number(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.filter(|&number| number < LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_real_machines_are_understood() {
        assert_eq!(parse("0\n"), Some([0].into()), "one core");
        assert_eq!(parse("0-3,8\n"), Some([0, 1, 2, 3, 8].into()), "a range and a number");
        assert_eq!(parse("\t0-1\n"), Some([0, 1].into()), "as in the status of a process");
        assert_eq!(parse("\n"), Some([].into()), "a node with memory only");
        assert_eq!(parse("2,1-2"), Some([1, 2].into()), "sorted, and each once");
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["a", "1-", "-1", "3-1", "1,,2", "0x1", "+1", "1 2", "0-65536", "1-2-3", ","] {
            assert_eq!(parse(text), None, "{text:?} is no list");
        }
    }

    #[cfg(not(loom))]
    mod properties {
        use super::*;
        use alloc::{collections::BTreeSet, string::String};
        use core::fmt::Write;
        use proptest::prelude::*;

        /// As the kernel writes it: runs of neighbours as ranges.
        fn written(numbers: &BTreeSet<usize>) -> String {
            let mut text = String::new();
            let mut rest = numbers.iter().copied().peekable();
            while let Some(first) = rest.next() {
                let mut last = first;
                while let Some(next) = rest.next_if_eq(&(last + 1)) {
                    last = next;
                }
                let comma = if text.is_empty() { "" } else { "," };
                let _ = match first == last {
                    true => write!(text, "{comma}{first}"),
                    false => write!(text, "{comma}{first}-{last}"),
                };
            }
            text
        }

        proptest! {
            #![proptest_config(ProptestConfig {
                cases: 1_000,
                failure_persistence: None,
                ..ProptestConfig::default()
            })]

            #[test]
            #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
            fn what_is_written_is_read(
                numbers in prop::collection::btree_set(0..200_usize, 0..100),
                high in prop::collection::btree_set(0..LIMIT, 0..3),
            ) {
                let numbers: BTreeSet<_> = numbers.union(&high).copied().collect();
                let read = parse(&written(&numbers));
                prop_assert_eq!(read, Some(numbers.into_iter().collect()), "read back");
            }

            #[test]
            #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
            fn no_text_panics(text in "[-0-9,a \n]{0,20}") {
                if let Some(numbers) = parse(&text) {
                    prop_assert!(numbers.is_sorted(), "sorted");
                }
            }
        }
    }
}
