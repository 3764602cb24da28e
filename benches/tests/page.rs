//! The page of the committed records: it stands alone, and fits a telephone.
//!
//! What a browser has to say is asked of one that runs without a screen, where there is one.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]
#![allow(clippy::disallowed_methods, reason = "a test of a page; loom never sees it")]

use core::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, process};

use benches::against::Changes;
use benches::record::Record;
use benches::report;
use benches::suite::SUITES;

/// Where browsers that know these flags are found.
const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Widths in pixels: a small telephone, a usual one, a tablet, a screen.
const WIDTHS: [u32; 4] = [360, 390, 768, 1280];

/// All suites in one record: the longest names and the widest tables that there are.
fn everything() -> Result<Record, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("record");
    let mut files = Vec::new();
    for folder in fs::read_dir(root)? {
        for file in fs::read_dir(folder?.path())? {
            files.push(file?.path());
        }
    }
    files.sort();
    let mut whole: Option<Record> = None;
    for file in files.into_iter().filter(|file| file.extension() == Some(OsStr::new("json"))) {
        let record = Record::read(&file)?;
        match &mut whole {
            None => whole = Some(record),
            Some(whole) => {
                let known: Vec<String> = whole.ids().into_iter().map(str::to_owned).collect();
                let new = record.results.into_iter().filter(|one| !known.contains(&one.id));
                whole.results.extend(new);
                whole.advice.extend(record.advice);
            }
        }
    }
    whole.ok_or_else(|| "no record is kept".into())
}

/// Everything that a page may have, changes as well.
fn page() -> Result<String, Box<dyn Error>> {
    let now = everything()?;
    let mut before = now.clone();
    for one in before.results.iter_mut().step_by(3) {
        // A third of it was much quicker.
        (one.min, one.median, one.max) = (one.min / 9.0, one.median / 9.0, one.max / 9.0);
    }
    Ok(report::page(&now, Some(&Changes::between(&before, &now)))?)
}

#[test]
fn the_page_of_the_records_stands_alone() -> Result<(), Box<dyn Error>> {
    let page = page()?;
    for suite in SUITES {
        let there = page.contains(&format!("<h2 id=\"{}\">", suite.name));
        let measured = everything()?.ids().iter().any(|id| suite.owns(id));
        assert_eq!(there, measured, "the section of {}", suite.name);
    }
    assert!(page.contains("name=\"viewport\""), "it says how wide it wants to be");
    assert!(!page.contains("<script"), "no scripts");
    let plain = page.replace("http://www.w3.org/2000/svg", "");
    for word in ["src=", "url(", "@import", "<link", "http://", "https://"] {
        assert!(!plain.contains(word), "{word} would load something from elsewhere");
    }
    let boxed = page.matches("<div class=\"scroll\" tabindex=\"0\"><table>").count();
    assert_eq!(page.matches("<table").count(), boxed, "each table scrolls in a box of its own");
    assert!(page.contains("▲"), "what got slower is marked");
    Ok(())
}

#[test]
fn the_page_is_no_wider_than_the_screen() -> Result<(), Box<dyn Error>> {
    let Some(browser) = BROWSERS.into_iter().find_map(in_path) else {
        eprintln!("skipped: none of {} is installed", BROWSERS.join(", "));
        return Ok(());
    };
    let folder = env::temp_dir().join(format!("windlass-page-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let measured = widths(&browser, &folder, &page()?);
    fs::remove_dir_all(&folder)?;
    for (width, wanted) in measured?.into_iter().zip(WIDTHS) {
        assert!(width <= wanted, "{width} pixels on a screen of {wanted}");
    }
    Ok(())
}

/// How wide the page gets in frames of all widths, each of which is a screen to what is in it.
fn widths(browser: &Path, folder: &Path, page: &str) -> Result<Vec<u32>, Box<dyn Error>> {
    let inside = page.replace('&', "&amp;").replace('"', "&quot;");
    let frames = WIDTHS.map(|width| {
        format!(
            "<iframe style=\"border:0;width:{width}px;height:800px\" srcdoc=\"{inside}\"></iframe>"
        )
    });
    let script = "onload=()=>document.body.replaceChildren('widths '+[...document.querySelectorAll(\
                  'iframe')].map(one=>one.contentDocument.scrollingElement.scrollWidth).join(' '))";
    let wrapper = folder.join("wrapper.html");
    let head = "<!doctype html><html><head><meta charset=\"utf-8\"></head><body>";
    let html = format!("{head}{}<script>{script}</script></body></html>", frames.concat());
    fs::write(&wrapper, html)?;
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", wrapper.display()))
        .stderr(Stdio::null())
        .output()?;
    let dom = String::from_utf8(output.stdout)?;
    let (_, told) = dom.rsplit_once("<body>widths ").ok_or("the browser measured nothing")?;
    let told = told.split('<').next().unwrap_or_default();
    let widths: Vec<u32> = told.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    assert_eq!(widths.len(), WIDTHS.len(), "a width for each frame: {told}");
    Ok(widths)
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
