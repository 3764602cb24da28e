//! The chapters of the book, the first pages of the crates and whatever else of the documentation has programs, as
//! documentation: so every one of them is compiled and run by `cargo test -p book`.
//!
//! A crate of its own, and not published: what is packaged has no pages beside it.
#![forbid(unsafe_code)]

macro_rules! pages {
    ($($name:ident: $path:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($path)]
            mod $name {}
        )*

        #[cfg(test)]
        const PAGES: &[&str] = &[$($path),*];
    };
}

pages! {
    first_ring: "../1-first-ring.md"
    waits: "../2-waits.md"
    full: "../3-full.md"
    keys: "../4-keys.md"
    pool: "../5-pool.md"
    end: "../6-end.md"
    measuring: "../7-measuring.md"
    machine: "../8-machine.md"
    project: "../../../README.md"
    style: "../../style.md"
    windlass: "../../../crates/windlass/README.md"
    windlass_metrics: "../../../crates/windlass-metrics/README.md"
    windlass_partition: "../../../crates/windlass-partition/README.md"
    windlass_pool: "../../../crates/windlass-pool/README.md"
    windlass_qos: "../../../crates/windlass-qos/README.md"
    windlass_ring: "../../../crates/windlass-ring/README.md"
    windlass_sync: "../../../crates/windlass-sync/README.md"
}

#[cfg(test)]
mod tests {
    use super::PAGES;
    use std::path::{Path, PathBuf};
    use std::{fs, io};

    /// What stands in a folder below the root of the repository.
    fn entries(folder: &str) -> io::Result<impl Iterator<Item = PathBuf>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Ok(fs::read_dir(root.join(folder))?.filter_map(|entry| Some(entry.ok()?.path())))
    }

    #[test]
    fn every_chapter_and_first_page_is_tested() -> io::Result<()> {
        let chapters = entries("docs/book")?.filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            (name.ends_with(".md") && name != "README.md").then(|| format!("../{name}"))
        });
        let pages = entries("crates")?.filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            path.join("README.md").is_file().then(|| format!("../../../crates/{name}/README.md"))
        });
        for page in chapters.chain(pages) {
            assert!(PAGES.contains(&page.as_str()), "{page} is not among the pages");
        }
        Ok(())
    }

    #[test]
    fn every_program_of_the_documentation_is_compiled() -> io::Result<()> {
        let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
        let mut programs = 0;
        for path in entries("docs")?.chain(entries("docs/decisions")?).filter(is_page) {
            let text = fs::read_to_string(&path)?;
            let Some(fence) = text.lines().find(|line| line.starts_with("```rust")) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            assert_eq!(fence, "```rust", "{name}: something keeps it from being compiled or run");
            assert!(
                PAGES.contains(&format!("../../{name}").as_str()),
                "{name} is not among the pages"
            );
            programs += 1;
        }
        assert!(programs > 0, "nothing was looked at");
        Ok(())
    }

    #[test]
    fn every_package_has_a_first_page_and_both_licences() -> io::Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut packages = 0;
        for folder in entries("crates")? {
            let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
            if manifest.contains("publish = false") {
                continue;
            }
            packages += 1;
            let here = folder.display();
            assert!(
                manifest.contains("\ninclude.workspace = true\n"),
                "{here}: packs what it likes"
            );
            assert!(folder.join("README.md").is_file(), "{here}: no first page");
            for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
                let (own, of_all) = (folder.join(licence), root.join(licence));
                assert_eq!(fs::read(own)?, fs::read(of_all)?, "{here}: another {licence}");
            }
        }
        assert!(packages > 6, "{packages} packages");
        Ok(())
    }
}
