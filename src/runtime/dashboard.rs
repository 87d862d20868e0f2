//! The loop: all waiting events are taken, then one frame is drawn.

use super::asking::Asker;
use crate::app::{Effect, Event, State, update};
use crate::config::{save_columns, save_marks};
use crate::model::Timestamp;
use crate::source::{Progress, SchemaQuestion, Source, machine_clock};
use crate::terminal::{Screen, copy, event_of};
use crate::ui::{Look, draw};
use crossterm::event::EventStream;
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use std::io::{self, Stdout, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often reading a file is looked at.
const READING: Duration = Duration::from_millis(80);
/// How often a file that was read is looked at for more.
const GROWING: Duration = Duration::from_secs(1);

/// Shows the dashboard until it is left; returns the command that leads back.
pub async fn run(
    source: Arc<dyn Source>,
    changes: Option<Arc<dyn Source>>,
    question: SchemaQuestion,
    deadline: Duration,
    mut state: State,
    look: Look,
) -> io::Result<String> {
    let mut screen = Screen::take()?;
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    let (sender, mut messages) = unbounded_channel();
    if let Some(changes) = changes {
        super::told::follow(changes, deadline, sender.clone());
    }
    let mut asker = Asker::new(source.clone(), question, deadline, sender);
    let mut keys = EventStream::new();
    let size = terminal.size()?;
    let mut effects = update(&mut state, Event::Resize(size.width, size.height));
    let mut ending = Ending::new()?;
    loop {
        if let Some(command) = carry_out(&mut effects, &mut asker, source.as_ref(), &mut state, &mut screen, &mut terminal)? {
            return Ok(command);
        }
        frame(&mut state, look, &mut terminal)?;
        let first = next(&mut keys, &mut messages, &state, &mut ending, source.as_ref()).await;
        let Some(first) = first else { return Ok(crate::app::resume_command(&state)) };
        state.now = state.now.max(machine_clock());
        effects.extend(update(&mut state, first));
        while let Some(more) = at_once(&mut keys, &mut messages).await {
            effects.extend(update(&mut state, more));
        }
    }
}

/// Does what is to be done; a command when it is time to leave.
fn carry_out(
    effects: &mut Vec<Effect>,
    asker: &mut Asker,
    source: &dyn Source,
    state: &mut State,
    screen: &mut Screen,
    terminal: &mut Terminal<CrosstermBackend<Stdout>>,
) -> io::Result<Option<String>> {
    for effect in effects.drain(..) {
        match effect {
            Effect::Ask { lane, generation, questions } => asker.ask(lane, generation, questions),
            Effect::Cancel(lane) => asker.cancel(lane),
            Effect::ListUnread => drop(update(state, Event::Unread(source.unread()))),
            Effect::Redraw => draw_anew(terminal)?,
            Effect::Suspend => {
                screen.suspend()?;
                draw_anew(terminal)?;
            }
            Effect::Quit(command) => return Ok(Some(command)),
            Effect::SaveMarks(marks) => {
                if let Some(error) = state.start.keeps.then(|| save_marks(&state.start.kept_as, &marks).err()).flatten() {
                    state.message = Some(format!("the mark is on screen, but could not be kept: {error}"));
                }
            }
            Effect::KeepColumns(columns) => {
                if let Some(error) = state.start.keeps.then(|| save_columns(&state.start.kept_as, &columns).err()).flatten() {
                    state.message = Some(format!("the columns are on screen, but could not be kept: {error}"));
                }
            }
            Effect::Write { path, text } => state.message = Some(write_file(&path, &text)),
            Effect::Copy(text) => {
                state.message = Some(match copy(&text) {
                    Ok(how) => format!("{how}: {text}"),
                    Err(error) => format!("cannot copy: {error}"),
                });
            }
        }
    }
    Ok(None)
}

/// Writes a new file, never over one that is there; what came of it.
fn write_file(path: &str, text: &str) -> String {
    let home = || std::env::var_os("HOME").map(std::path::PathBuf::from);
    let place = path.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))).unwrap_or_else(|| path.into());
    let written = std::fs::File::create_new(&place).and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => format!("{} lines written to {path}", text.lines().count()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => format!("{path} is there already and was left alone: W takes another name"),
        Err(error) => format!("{path} could not be written: {error}"),
    }
}

/// Clears the screen, so that the next frame is drawn whole. `Terminal::clear` would ask the terminal where its cursor is, and
/// take the answer from the keys.
fn draw_anew(terminal: &mut Terminal<CrosstermBackend<Stdout>>) -> io::Result<()> {
    let size = terminal.size()?;
    terminal.resize(Rect::new(0, 0, size.width, size.height))
}

fn frame(state: &mut State, look: Look, terminal: &mut Terminal<CrosstermBackend<Stdout>>) -> io::Result<()> {
    let mut seen = None;
    terminal.draw(|frame| seen = Some(draw(state, look, frame.buffer_mut())))?;
    if let Some(seen) = seen {
        let _nothing = update(state, Event::Seen(seen));
    }
    Ok(())
}

/// Signals that end the program, as the terminal's own closing does.
struct Ending {
    term: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

impl Ending {
    fn new() -> io::Result<Ending> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Ending { term: signal(SignalKind::terminate())?, hangup: signal(SignalKind::hangup())? })
    }
}

/// The next event; `None` when the terminal is gone or a signal says to end.
async fn next(
    keys: &mut EventStream,
    messages: &mut UnboundedReceiver<Event>,
    state: &State,
    ending: &mut Ending,
    source: &dyn Source,
) -> Option<Event> {
    loop {
        tokio::select! {
            biased;
            _ = ending.term.recv() => return None,
            _ = ending.hangup.recv() => return None,
            raw = keys.next() => match raw {
                Some(Ok(raw)) => if let Some(event) = event_of(raw) { return Some(event) },
                Some(Err(_)) | None => return None,
            },
            message = messages.recv() => return message,
            () = wait_until(state.wake_at()) => return Some(Event::Tick(machine_clock())),
            () = tokio::time::sleep(if state.reading.done { GROWING } else { READING }), if state.start.is_file => {
                let Progress { read, total, done, followed } = source.progress();
                let known = state.reading;
                if (read, done, followed) != (known.read, known.done, known.followed) {
                    return Some(Event::Progress { read, total, done, followed });
                }
            }
        }
    }
}

async fn wait_until(at: Option<Timestamp>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::from_millis(u64::try_from(at.millis() - machine_clock().millis()).unwrap_or(0).max(1))).await,
        None => std::future::pending().await,
    }
}

/// An event that is already there.
async fn at_once(keys: &mut EventStream, messages: &mut UnboundedReceiver<Event>) -> Option<Event> {
    if let Ok(message) = messages.try_recv() {
        return Some(message);
    }
    tokio::select! {
        biased;
        raw = keys.next() => raw?.ok().and_then(event_of),
        () = std::future::ready(()) => None,
    }
}
