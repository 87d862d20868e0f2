//! The app on a test backend with a fake clock: keys in, frames out, over the demo's records.
#![allow(dead_code)]

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use spia::answers::Scope;
use spia::app::{Event, Key, Keymap, Start, State, update};
use spia::demo::{Incident, Scenario};
use spia::model::{Timestamp, Zone};
use spia::runtime::Asker;
use spia::source::SchemaQuestion;
use spia::source::local::MadeUp;
use spia::ui::{Look, draw};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Always the same moment.
fn clock() -> Timestamp {
    Timestamp::parse("2026-11-23T03:16:41.2Z").unwrap().0
}

/// The app, its answers, and a terminal that is only a buffer.
pub struct Stage {
    pub state: State,
    asker: Asker,
    messages: UnboundedReceiver<Event>,
    pub terminal: Terminal<TestBackend>,
    pub look: Look,
    /// What was to be done beside asking.
    pub done: Vec<spia::app::Effect>,
}

impl Stage {
    pub async fn new(size: (u16, u16), incident: Option<Incident>, late_ms: i64) -> Stage {
        let onset = clock().plus_millis(-14 * 60_000 - 11_200);
        let scenario = Scenario { seed: 1, incident, onset, end: None, rate: 4.0, late_ms };
        let source = Arc::new(MadeUp::new(scenario, clock).unwrap());
        let start = Start {
            source: "demo".into(),
            target: "made up".into(),
            is_file: false,
            command: vec!["demo".into()],
            scope: Scope::default(),
            query: None,
            live: true,
            zone: Zone::UTC,
            ascii: false,
            refresh_ms: 10_000,
            now: clock(),
            trace: None,
            shown: Default::default(),
            shared: false,
            who: Vec::new(),
            marks: Vec::new(),
            columns: Vec::new(),
            kept_as: String::new(),
            keeps: false,
        };
        let (sender, messages) = unbounded_channel();
        let asker = Asker::new(source, SchemaQuestion::default(), Duration::from_secs(30), sender);
        let state = State::new(start, Keymap::default_map().unwrap());
        let mut stage = Stage {
            state,
            asker,
            messages,
            terminal: Terminal::new(TestBackend::new(size.0, size.1)).unwrap(),
            look: Look { colour: true, ascii: false },
            done: Vec::new(),
        };
        stage.event(Event::Resize(size.0, size.1)).await;
        stage
    }

    /// An event and all that follows from it.
    pub async fn event(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in update(&mut self.state, event) {
                match effect {
                    spia::app::Effect::Ask { lane, generation, questions } => self.asker.ask(lane, generation, questions),
                    spia::app::Effect::Cancel(lane) => self.asker.cancel(lane),
                    other => self.done.push(other),
                }
            }
            if events.is_empty() && !self.state.asking.is_empty() {
                // Costs depend on the machine, and are not what is looked at.
                if let Some(Event::Answered(answered)) = self.messages.recv().await {
                    events.push(Event::Answered(spia::app::Answered { wall_ms: 7, at: clock(), ..answered }));
                }
            }
        }
        let (state, look) = (&self.state, self.look);
        let mut seen = None;
        self.terminal.draw(|frame| seen = Some(draw(state, look, frame.buffer_mut()))).unwrap();
        update(&mut self.state, Event::Seen(seen.unwrap()));
    }

    pub async fn keys(&mut self, names: &str) {
        for name in names.split_whitespace() {
            self.event(Event::Key(Key::parse(name).unwrap())).await;
        }
    }

    pub fn screen(&self) -> String {
        self.terminal.backend().to_string().replace('"', "").lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}
