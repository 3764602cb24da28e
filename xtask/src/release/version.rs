//! Versions of three numbers, and the date of today.

use anyhow::{Context, Result};
use std::{
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

/// A version without a suffix: what is released is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u64; 3]);

impl Version {
    pub(super) fn tag(self) -> String {
        format!("v{self}")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| {
            let is_plain = part == "0" || !part.starts_with(['0', '+']);
            part.parse().ok().filter(|_| is_plain)
        };
        let parts: Option<Vec<u64>> = text.split('.').map(number).collect();
        let parts = parts.and_then(|parts| <[u64; 3]>::try_from(parts).ok());
        parts.map(Self).ok_or_else(|| format!("`{text}` is not three numbers, as in 0.2.0"))
    }
}

/// The date in UTC, as 2026-01-31.
pub(super) fn today() -> Result<String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(date(since.as_secs() / (24 * 3600)))
}

/// The date so many days after 1970-01-01.
fn date(mut days: u64) -> String {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_numbers() {
        let version: Version = "1.20.3".parse().unwrap();
        assert_eq!(
            (version.to_string(), version.tag()),
            ("1.20.3".into(), "v1.20.3".into()),
            "text"
        );
        for bad in ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "1.02.3", "1.+2.3", "1.2.3-rc.1"]
        {
            assert!(bad.parse::<Version>().is_err(), "`{bad}` is taken");
        }
    }

    #[test]
    fn versions_are_ordered_by_number() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("0.9.0") < version("0.10.0"), "as texts");
    }

    #[test]
    fn days_become_dates() {
        let known =
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_454, "2026-01-01")];
        for (days, expected) in known {
            assert_eq!(date(days), expected, "day {days}");
        }
        assert_eq!(date(20_453), "2025-12-31", "the last of a year");
    }
}
