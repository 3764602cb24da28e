//! What the figures were measured on.

use core::hint::spin_loop;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::pin::Cores;

/// The machine, the toolchain and the state of the sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Model name of the processor.
    pub cpu: String,
    /// Logical cores that the process may use.
    pub cores: usize,
    /// Name and release of the kernel.
    pub kernel: String,
    /// The compiler, as it names itself.
    pub rustc: String,
    /// The cargo profile of this binary.
    #[serde(default)]
    pub profile: String,
    /// Short hash of the commit.
    pub commit: String,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// When the run began, in UTC.
    pub date: String,
}

impl Host {
    /// Asks the system; what it does not know reads `unknown`.
    #[must_use]
    pub fn read(cores: &Cores) -> Self {
        Self {
            cpu: cpu(),
            cores: cores.count(),
            kernel: run("uname", &["-sr"]),
            rustc: run("rustc", &["-V"]),
            profile: if cfg!(debug_assertions) { "dev" } else { "release" }.to_owned(),
            commit: run("git", &["rev-parse", "--short", "HEAD"]),
            dirty: !run("git", &["status", "--porcelain"]).is_empty(),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}

/// The root of the workspace, where `target/bench` is.
#[must_use]
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// How many `PAUSE` instructions come nearest to `nanos`, at least one.
#[must_use]
pub fn pauses_in(nanos: f64) -> u32 {
    const TRIES: u32 = 20_000;
    let start = Instant::now();
    for _ in 0..TRIES {
        spin_loop();
    }
    let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(TRIES);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a small number")]
    #[expect(clippy::cast_sign_loss, reason = "clamped to a positive number")]
    let pauses = (nanos / each).round().clamp(1.0, 1000.0) as u32;
    pauses
}

/// How many threads wanted to run in the last minute, where the system counts them.
#[must_use]
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split(':').nth(1)).unwrap_or("unknown");
    let number = |key: &str| {
        let line = info.lines().find(|line| line.starts_with(key))?;
        line.split(':').nth(1).map(|text| text.trim().to_owned())
    };
    match (number("cpu family"), number("model\t")) {
        (Some(family), Some(model)) => format!("{} (family {family}, model {model})", name.trim()),
        _ => name.trim().to_owned(),
    }
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "unknown".to_owned(),
    }
}
