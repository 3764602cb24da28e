//! Finding what is to be read.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::Problem;

/// Something to read.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file that was named, or that was found in a folder.
    File { path: PathBuf, size: u64, found: bool },
    /// Standard input.
    Stdin,
    /// Standard input, kept to be read twice.
    Kept(Vec<u8>),
}

impl Source {
    /// What messages call it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } => path,
            Self::Stdin | Self::Kept(_) => Path::new("standard input"),
        }
    }

    /// Whether it is left out if it is binary: files that were named are always counted.
    pub(crate) fn was_found(&self) -> bool {
        matches!(self, Self::File { found: true, .. })
    }

    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::File { path, .. } => Box::new(File::open(path)?),
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::Kept(bytes) => Box::new(bytes.as_slice()),
        })
    }

    /// How many bytes it has, if that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::File { size, .. } => Some(*size),
            Self::Stdin => None,
            Self::Kept(bytes) => Some(bytes.len() as u64),
        }
    }
}

/// Everything to read, in the order in which it is read.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) sources: Vec<Source>,
    pub(crate) problems: Vec<Problem>,
}

impl Inputs {
    /// Finds what `paths` name. With `keep`, standard input is read here and now.
    pub(crate) fn gather(paths: &[PathBuf], keep: bool) -> Self {
        let mut inputs = Self::default();
        if paths.is_empty() {
            inputs.add(&repository(), keep);
        }
        for path in paths {
            inputs.add(path, keep);
        }
        inputs
    }

    /// How many bytes there are in all, if that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.sources.iter().map(Source::size).sum()
    }

    fn add(&mut self, path: &Path, keep: bool) {
        let added = match path.to_str() {
            Some("-") if keep => self.keep_stdin(),
            Some("-") => {
                self.sources.push(Source::Stdin);
                Ok(())
            }
            _ => self.add_path(path),
        };
        self.note(path, added);
    }

    fn keep_stdin(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        self.sources.push(Source::Kept(bytes));
        Ok(())
    }

    fn add_path(&mut self, path: &Path) -> io::Result<()> {
        let found = fs::metadata(path)?;
        if found.is_dir() {
            return self.search(path);
        }
        self.sources.push(Source::File { path: path.into(), size: found.len(), found: false });
        Ok(())
    }

    /// Adds the files below a folder, in the order of their names. Links are not followed.
    fn search(&mut self, folder: &Path) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<DirEntry>>>()?;
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let added = self.add_found(&entry, &path);
            self.note(&path, added);
        }
        Ok(())
    }

    fn add_found(&mut self, entry: &DirEntry, path: &Path) -> io::Result<()> {
        let kind = entry.file_type()?;
        if kind.is_dir() && !is_left_out(entry) {
            return self.search(path);
        }
        if kind.is_file() {
            let size = entry.metadata()?.len();
            self.sources.push(Source::File { path: path.into(), size, found: true });
        }
        Ok(())
    }

    fn note(&mut self, path: &Path, added: io::Result<()>) {
        if let Err(error) = added {
            self.problems.push(Problem::Closed { path: path.into(), error });
        }
    }
}

/// Whether a folder is hidden, or holds what cargo has built.
fn is_left_out(folder: &DirEntry) -> bool {
    let name = folder.file_name();
    name == "target" || name.as_encoded_bytes().starts_with(b".")
}

/// The folder of this repository if it is still where it was compiled, else the current one.
fn repository() -> PathBuf {
    let here = PathBuf::from(".");
    let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2) else { return here };
    let is_here = here.canonicalize().is_ok_and(|here| here == root);
    if !is_here && root.join("Cargo.toml").is_file() { root.into() } else { here }
}
