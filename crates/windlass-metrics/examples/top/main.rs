//! One screen that shows a program's numbers and refreshes twice a second.
//!
//! Two threads do made-up work and count it. Every number comes from a snapshot of the registry,
//! every rate from the difference of two; the threads notice neither. `q` or Ctrl-C ends it. With
//! `--once`, or where there is no terminal, it prints one screen as text.

#![allow(clippy::print_stdout, reason = "a program that talks to its user")]
#![allow(clippy::std_instead_of_core, reason = "a program that always has std")]

mod screen;
mod work;

use std::error::Error;
use std::io::{IsTerminal, stdout};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};
use ratatui::{DefaultTerminal, Terminal, backend::TestBackend};
use windlass_metrics::Registry;

use screen::Screen;
use work::Work;

/// How often the screen is refreshed.
const REFRESH: Duration = Duration::from_millis(500);

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::new(100);
    let work = Work::start(&registry)?;
    let screen = Screen::new(&registry);
    if std::env::args().any(|argument| argument == "--once") || !stdout().is_terminal() {
        println!("{}", once(screen)?);
    } else {
        // Also restores the terminal if something panics.
        ratatui::run(|terminal| watch(terminal, screen))?;
    }
    work.stop();
    Ok(())
}

fn watch(terminal: &mut DefaultTerminal, mut screen: Screen) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    loop {
        screen.look(start.elapsed())?;
        terminal.draw(|frame| screen.draw(frame))?;
        let next = Instant::now() + REFRESH;
        while event::poll(next.saturating_duration_since(Instant::now()))? {
            let Event::Key(key) = event::read()? else { continue };
            let interrupt = key.modifiers.contains(KeyModifiers::CONTROL);
            if key.code == KeyCode::Char('q') || (interrupt && key.code == KeyCode::Char('c')) {
                return Ok(());
            }
        }
    }
}

/// Draws a few refreshes on a screen in memory and returns the last one as text.
fn once(mut screen: Screen) -> Result<String, Box<dyn Error>> {
    let mut terminal = Terminal::new(TestBackend::new(80, 24))?;
    let start = Instant::now();
    for _ in 0..3 {
        screen.look(start.elapsed())?;
        windlass_sync::thread::sleep(REFRESH / 5);
    }
    terminal.draw(|frame| screen.draw(frame))?;
    let buffer = terminal.backend().buffer();
    let lines = buffer.content().chunks(usize::from(buffer.area.width));
    let text = |line: &[ratatui::buffer::Cell]| {
        let line: String = line.iter().map(|cell| cell.symbol()).collect();
        line.trim_end().to_owned()
    };
    Ok(lines.map(text).collect::<Vec<_>>().join("\n"))
}
