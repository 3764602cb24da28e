//! One screen that shows what rings, buffers and pools do, and refreshes twice a second.
//!
//! A thread publishes made-up requests into a ring; a stage hands each to the worker that owns its key, and puts
//! a copy into a buffer whose reader is too slow. Every number comes from a snapshot of the registry, every rate
//! from the difference of two; the threads notice neither. `q` or Ctrl-C ends it. With `--once`, or where there is
//! no terminal, it prints one screen as text.
//!
//! ```sh
//! cargo run --release -p windlass --features metrics --example top
//! ```

#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_methods,
    reason = "a program prints, and has the standard library and its threads"
)]

mod screen;
mod work;

use std::error::Error;
use std::io::{IsTerminal, stdout};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};
use ratatui::{DefaultTerminal, Terminal, backend::TestBackend};
use windlass::metrics::Registry;

use screen::Screen;
use work::Work;

/// How often the screen is refreshed.
const REFRESH: Duration = Duration::from_millis(500);

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::new(500);
    let work = Work::start(&registry)?;
    let screen = Screen::new(&registry);
    if std::env::args().any(|argument| argument == "--once") || !stdout().is_terminal() {
        println!("{}", once(screen)?);
    } else {
        // Also restores the terminal if something panics.
        ratatui::run(|terminal| watch(terminal, screen))?;
    }
    println!("{}", work.stop()?);
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
            match key.code {
                KeyCode::Char('q') => return Ok(()),
                KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    return Ok(());
                }
                KeyCode::Down => screen.scroll(1),
                KeyCode::Up => screen.scroll(-1),
                _ => continue,
            }
            terminal.draw(|frame| screen.draw(frame))?;
        }
    }
}

/// Draws a few refreshes on a screen in memory and returns the last one as text.
fn once(mut screen: Screen) -> Result<String, Box<dyn Error>> {
    let mut terminal = Terminal::new(TestBackend::new(120, 40))?;
    let start = Instant::now();
    for _ in 0..3 {
        screen.look(start.elapsed())?;
        std::thread::sleep(REFRESH / 5);
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
