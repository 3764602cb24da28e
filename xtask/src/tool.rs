//! Programs that are not part of Rust, which a check may need: whether they are here, and how to
//! get them.

use crate::workspace::Outcome;
use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// A program that can be installed from the registry.
pub(crate) struct Tool {
    /// The name of its executable.
    pub(crate) program: &'static str,
    /// The package that it comes in.
    pub(crate) package: &'static str,
}

pub(crate) const DENY: Tool = Tool::named("cargo-deny");
pub(crate) const HACK: Tool = Tool::named("cargo-hack");
pub(crate) const MACHETE: Tool = Tool::named("cargo-machete");
pub(crate) const PUBLIC_API: Tool = Tool::named("cargo-public-api");
pub(crate) const SEMVER: Tool = Tool::named("cargo-semver-checks");
pub(crate) const TYPOS: Tool = Tool { program: "typos", package: "typos-cli" };

impl Tool {
    const fn named(name: &'static str) -> Self {
        Self { program: name, package: name }
    }

    /// The skip of a step that cannot do without this tool, or nothing if it is here.
    pub(crate) fn missing(&self) -> Option<Outcome> {
        (!self.is_here()).then(|| Outcome::Skipped(self.hint()))
    }

    /// Looks where cargo looks for its own subcommands, and along the search path.
    pub(crate) fn is_here(&self) -> bool {
        is_in(self.program, &places(env::var_os("PATH"), env::var_os("CARGO_HOME")))
    }

    fn hint(&self) -> String {
        format!("no {}: cargo install --locked {}", self.program, self.package)
    }
}

fn places(path: Option<impl AsRef<OsStr>>, cargo_home: Option<impl AsRef<OsStr>>) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> =
        path.map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    places.extend(cargo_home.map(|home| Path::new(&home).join("bin")));
    places
}

fn is_in(program: &str, places: &[PathBuf]) -> bool {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    places.iter().any(|place| place.join(&name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_along_the_path_and_in_the_home_of_cargo() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let none = None::<&str>;
        assert!(!is_in("main.rs", &places(none, none)), "found nowhere");
        let sources = places(Some(own.join("src")), none);
        // Where executables have an ending, sources are none.
        assert_eq!(is_in("main.rs", &sources), env::consts::EXE_SUFFIX.is_empty(), "missed");
        assert!(!is_in("other.rs", &sources), "invented");
        assert_eq!(places(none, Some("x")), [Path::new("x").join("bin")], "wrong folder");
    }

    #[test]
    fn a_missing_tool_says_how_to_get_it() {
        let tool = Tool { program: "no-such-program", package: "no-such-package" };
        let hint = "no no-such-program: cargo install --locked no-such-package";
        assert_eq!(tool.missing(), Some(Outcome::Skipped(hint.to_owned())), "wrong line");
    }
}
