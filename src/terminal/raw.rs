//! The terminal is left as it was found: on quit, on an error, on a panic.

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use std::io::{self, Stdout, Write};

/// The alternate screen in raw mode, for as long as this lives.
pub struct Screen {
    out: Stdout,
}

impl Screen {
    /// Takes the terminal; a panic gives it back before its message is printed.
    pub fn take() -> io::Result<Screen> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A fault of a worker is told in its pane; only the main thread's ends the program.
            if std::thread::current().name() == Some("main") {
                let _best_effort = restore(&mut io::stdout());
                before(info);
            }
        }));
        enable_raw_mode()?;
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen, EnableBracketedPaste)?;
        Ok(Screen { out })
    }

    /// Gives it back, stops as the shell's Ctrl-Z does, and takes it again when the shell says to go on.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore(&mut self.out)?;
        // Raw mode has kept the terminal from sending the signal; it comes back from here once the process goes on.
        let _stopped = std::process::Command::new("kill").args(["-TSTP", &std::process::id().to_string()]).status();
        enable_raw_mode()?;
        execute!(self.out, EnterAlternateScreen, EnableBracketedPaste)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _best_effort = restore(&mut self.out);
    }
}

fn restore(out: &mut Stdout) -> io::Result<()> {
    execute!(out, DisableBracketedPaste, LeaveAlternateScreen, crossterm::cursor::Show)?;
    out.flush()?;
    disable_raw_mode()
}

/// Whether more than one client looks at this tmux session: then a single `q` must not end it for all.
pub fn is_shared() -> bool {
    if std::env::var_os("TMUX").is_none() {
        return false;
    }
    let listed = std::process::Command::new("tmux").args(["display-message", "-p", "#{session_attached}"]).output();
    let count = listed.ok().and_then(|out| String::from_utf8(out.stdout).ok()).and_then(|text| text.trim().parse::<u32>().ok());
    count.is_some_and(|clients| clients > 1)
}
