//! The whole app on a test backend with a fake clock: keys in, frames out, over the demo's records.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

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

fn clock() -> Timestamp {
    Timestamp::parse("2026-11-23T03:16:41.2Z").unwrap().0
}

/// The app, its answers, and a terminal that is only a buffer.
struct Stage {
    state: State,
    asker: Asker,
    messages: UnboundedReceiver<Event>,
    terminal: Terminal<TestBackend>,
    look: Look,
}

impl Stage {
    async fn new(size: (u16, u16), incident: Option<Incident>, late_ms: i64) -> Stage {
        let onset = clock().plus_millis(-14 * 60_000 - 11_200);
        let scenario = Scenario { seed: 1, incident, onset, rate: 4.0, late_ms };
        let source = Arc::new(MadeUp::new(scenario, clock).unwrap());
        let start = Start {
            source: "demo".into(),
            target: "made up".into(),
            is_file: false,
            command: vec!["demo".into()],
            scope: Scope::default(),
            live: true,
            zone: Zone::UTC,
            ascii: false,
            refresh_ms: 10_000,
            now: clock(),
            trace: None,
            shared: false,
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
        };
        stage.event(Event::Resize(size.0, size.1)).await;
        stage
    }

    /// An event and all that follows from it.
    async fn event(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in update(&mut self.state, event) {
                match effect {
                    spia::app::Effect::Ask { lane, generation, questions } => self.asker.ask(lane, generation, questions),
                    spia::app::Effect::Cancel(lane) => self.asker.cancel(lane),
                    _ => {}
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

    async fn keys(&mut self, names: &str) {
        for name in names.split_whitespace() {
            self.event(Event::Key(Key::parse(name).unwrap())).await;
        }
    }

    fn screen(&self) -> String {
        self.terminal.backend().to_string().replace('"', "").lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test]
async fn each_incident_looks_like_itself() {
    for incident in Incident::ALL {
        let stage = Stage::new((100, 30), Some(incident), 0).await;
        insta::assert_snapshot!(format!("overview_{incident}"), stage.screen());
    }
}

#[tokio::test]
async fn a_quiet_day_has_no_alarm() {
    let stage = Stage::new((80, 24), None, 0).await;
    insta::assert_snapshot!(stage.screen());
}

#[tokio::test]
async fn late_data_are_never_an_all_clear() {
    let stage = Stage::new((100, 30), None, 720_000).await;
    let screen = stage.screen();
    assert!(screen.starts_with("? BLIND"), "{screen}");
    assert!(screen.contains("/////"), "what has not arrived is no blank\n{screen}");
    insta::assert_snapshot!(screen);
}

#[tokio::test]
async fn from_a_cell_to_its_records_and_their_trace() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("enter").await;
    insta::assert_snapshot!("records", stage.screen());
    stage.keys("T").await;
    insta::assert_snapshot!("trace", stage.screen());
    stage.keys("< <").await;
    assert!(stage.screen().contains("1 Errors"), "back where it began\n{}", stage.screen());
}

#[tokio::test]
async fn nothing_overlaps_from_the_smallest_to_the_largest() {
    for size in [(40, 10), (60, 15), (72, 18), (80, 24), (99, 29), (100, 30), (132, 43), (200, 60), (250, 80)] {
        let mut stage = Stage::new(size, Some(Incident::Payment), 0).await;
        let first = stage.screen().lines().next().unwrap_or_default().to_string();
        assert!(first.contains("payment-gateway"), "{size:?}: {first}");
        assert!(first.contains('%') || first.contains('…'), "{size:?}: a figure that is cut says so: {first}");
        for keys in ["?", "esc t", "esc z", "z tab", "tab tab enter", "enter", "T"] {
            stage.keys(keys).await;
        }
    }
}

#[tokio::test]
async fn ranges_are_chosen_and_typed() {
    let mut stage = Stage::new((100, 30), None, 0).await;
    stage.keys("t down enter").await;
    assert!(stage.screen().contains("02:47:00-03:17:00"), "half an hour\n{}", stage.screen());
    stage.keys("t 0 3 : 0 5 . . 0 3 : 1 0 enter").await;
    assert!(stage.screen().contains("03:05:00-03:10:00") && stage.screen().contains("still"), "{}", stage.screen());
    stage.keys("t 1 x enter").await;
    assert!(stage.screen().contains("is no time"), "{}", stage.screen());
    stage.keys("esc $").await;
    assert!(stage.screen().contains("03:01:45-03:16:45") && stage.screen().contains("live 10s"), "{}", stage.screen());
}

#[tokio::test]
async fn without_colour_the_glyphs_still_tell() {
    let mut stage = Stage::new((80, 24), Some(Incident::Silence), 0).await;
    stage.look = Look { colour: false, ascii: true };
    stage.keys("j").await;
    let screen = stage.screen();
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("ooooo"), "a silence is seen\n{screen}");
    let cells = stage.terminal.backend().buffer().content().iter();
    assert!(cells.clone().all(|cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset));
}

#[tokio::test]
async fn a_paste_opens_a_trace_and_never_runs_a_key() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.event(Event::Paste("no id in here\nq\n".into())).await;
    assert!(stage.screen().contains("no trace id in"), "{}", stage.screen());
    let id = stage.state.traces.shapes()[0].example.clone();
    stage.event(Event::Paste(format!("https://acme.pagerduty.com/incidents/Q1?trace_id={id}&x=1\n"))).await;
    assert!(stage.screen().contains("Waterfall"), "{}", stage.screen());
}
