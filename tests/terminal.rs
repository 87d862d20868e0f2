//! The binary in a terminal: start, look, press, quit, and the terminal is as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

struct Terminal {
    parser: vt100::Parser,
    raw: Vec<u8>,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
}

/// A cluster or a machine under load may take its time; a hang takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

impl Terminal {
    fn start(columns: u16, rows: u16, words: &[&str]) -> Terminal {
        let pair = native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_spia"));
        command.args(words);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let input = pair.master.take_writer().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let _keeps_the_terminal_open = pair.master;
            let mut buffer = [0; 65_536];
            while let Ok(got @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..got].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal { parser: vt100::Parser::new(rows, columns, 0), raw: Vec::new(), output, input, child }
    }

    fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    fn wait_for(&mut self, what: impl Fn(&vt100::Screen) -> bool, name: &str) {
        let until = Instant::now() + PATIENCE;
        while !what(self.parser.screen()) {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(_) => panic!("{name} never came; the screen is\n{}", self.screen()),
            }
        }
    }

    fn wait_for_text(&mut self, text: &str) {
        self.wait_for(|screen| screen.contents().contains(text), text);
    }

    fn press(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }
}

#[test]
fn the_demo_is_seen_walked_through_and_left() {
    let mut terminal = Terminal::start(100, 30, &["demo", "--onset", "now-14m"]);
    terminal.wait_for(|screen| screen.alternate_screen(), "the alternate screen");
    terminal.wait_for_text("▲ payment-gateway");
    terminal.wait_for_text("stripe < payment-gateway");
    terminal.press("\r");
    terminal.wait_for_text("TimeoutError: stripe");
    terminal.press("T");
    terminal.wait_for_text("Waterfall");
    terminal.wait_for_text("): stripe (dependency");
    terminal.press("<<");
    terminal.wait_for_text("1 Errors");
    terminal.press("?");
    terminal.wait_for_text("Keys here");
    terminal.press("q");
    terminal.wait_for(|screen| !screen.contents().contains("Keys here"), "help closed");
    terminal.press("q");
    terminal.wait_for(|screen| !screen.alternate_screen(), "the terminal given back");
    terminal.wait_for_text("spia demo --incident payment");
    assert!(terminal.child.wait().unwrap().success());
    assert!(!terminal.parser.screen().bracketed_paste() && !terminal.parser.screen().hide_cursor());
}

#[test]
fn a_range_of_a_file_is_held_against_all_of_the_file() {
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("silence.ndjson");
    let file = file.to_str().unwrap();
    let made = ["demo", "--write", file, "--incident", "silence", "--records", "60000", "--to", "2026-11-23T03:16:45Z"];
    assert!(std::process::Command::new(env!("CARGO_BIN_EXE_spia")).args(made).status().unwrap().success());
    let range = ["--from", "2026-11-23T02:16:45Z", "--to", "2026-11-23T03:16:45Z"];
    let mut terminal = Terminal::start(100, 30, &[&["--file", file][..], &range].concat());
    terminal.wait_for_text(" · silent");
    let screen = terminal.screen();
    assert!(screen.contains("all reporting") && !screen.contains("+ 0 services"), "{screen}");
    terminal.press("q");
    terminal.wait_for(|screen| !screen.alternate_screen(), "the terminal given back");
}

#[test]
fn it_draws_anew_and_never_asks_the_terminal_anything() {
    let mut terminal = Terminal::start(80, 24, &["demo", "--onset", "now-14m"]);
    terminal.wait_for_text("stripe < payment-gateway");
    for key in ["\u{c}", "\u{1a}"] {
        let before = terminal.raw.len();
        terminal.press(key);
        terminal.wait_for(|screen| screen.contents().is_empty() || screen.contents().contains("1 Errors"), "a cleared screen");
        terminal.press("?");
        terminal.wait_for_text("Keys here");
        terminal.press("\u{1b}");
        terminal.wait_for(|screen| screen.contents().contains("1 Errors") && !screen.contents().contains("Keys here"), "help closed");
        assert!(terminal.raw.len() - before > 1500, "the whole screen was drawn again");
    }
    let asks = |question: &[u8]| terminal.raw.windows(question.len()).any(|bytes| bytes == question);
    for question in [&b"\x1b[6n"[..], b"\x1b[c", b"\x1b]11;?", b"\x1b[?u"] {
        assert!(!asks(question), "{question:?}");
    }
}

#[test]
fn it_quits_at_once_with_a_request_in_flight() {
    // It listens and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut terminal = Terminal::start(80, 24, &["--url", &url]);
    terminal.wait_for_text("asking 127.0.0.1");
    terminal.press("\u{3}");
    terminal.wait_for(|screen| !screen.alternate_screen(), "the terminal given back");
    assert!(terminal.child.wait().unwrap().success());
}

#[test]
fn a_cluster_that_is_not_there_is_a_sentence_on_screen() {
    let mut terminal = Terminal::start(80, 24, &["--url", "http://127.0.0.1:1"]);
    terminal.wait_for_text("? cannot reach http://127.0.0.1:1");
    terminal.press("q");
    terminal.wait_for(|screen| !screen.alternate_screen(), "the terminal given back");
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let mut terminal = Terminal::start(80, 24, &["demo"]);
    terminal.wait_for_text("1 Errors");
    let id = terminal.child.process_id().unwrap();
    assert!(std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap().success());
    terminal.wait_for(|screen| !screen.alternate_screen(), "the terminal given back");
    assert!(terminal.child.wait().unwrap().success());
}

#[test]
fn a_key_costs_few_bytes() {
    let mut terminal = Terminal::start(200, 60, &["demo", "--onset", "now-14m"]);
    terminal.wait_for_text("stripe < payment-gateway");
    assert!(terminal.raw.len() < 60_000, "the first frames took {} bytes", terminal.raw.len());
    // Standing still: what is counted is the key's, not a refresh's.
    terminal.press("F");
    terminal.wait_for_text(" still");
    let before = terminal.raw.len();
    terminal.press("j");
    terminal.wait_for_text(">checkout");
    let cost = terminal.raw.len() - before;
    assert!(cost < 600, "a line down took {cost} bytes");
}
