//! Marks: moments that somebody wrote down, and what has become of requests since.

use super::drill::open_marked;
use super::event::{Effect, Lane, PaneQuestion};
use super::input::Input;
use super::keymap::{Key, KeyCode};
use super::overlay::Overlay;
use super::state::{PaneData, State, View};
use super::travel::go;
use super::update::ask;
use crate::answers::Reach;
use crate::answers::since::{Since, SinceParams};
use crate::export::since_words;
use crate::model::{LogRecord, Mark, TimeRange, Timestamp};
use std::collections::BTreeMap;

/// The marks.
#[derive(Clone, Debug, Default)]
pub struct MarksPane {
    /// By time.
    pub list: Vec<Mark>,
    /// What has become of it since, by the mark's time.
    pub since: BTreeMap<Timestamp, PaneData<Since>>,
    /// The marks that are asked about, in the order of the questions.
    asked: Vec<Timestamp>,
}

/// What has become of so many of the newest is asked.
const ASKED: usize = 3;
/// A mark older than this is history, ms.
const RECENT_MS: i64 = 6 * 3_600_000;
/// To both sides of a mark that one goes to, ms.
const AROUND_MS: i64 = 900_000;

impl MarksPane {
    /// With the marks of earlier runs.
    pub fn of(list: Vec<Mark>) -> MarksPane {
        MarksPane { list, ..MarksPane::default() }
    }

    /// Takes in what came to the question in that place.
    pub fn take(&mut self, place: usize, outcome: Result<std::sync::Arc<Since>, crate::model::Fault>) {
        if let Some(at) = self.asked.get(place) {
            self.since.entry(*at).or_default().take(outcome);
        }
    }

    /// The newest ones of the last hours, the newest first.
    pub fn recent(&self, now: Timestamp) -> impl Iterator<Item = &Mark> {
        self.list.iter().rev().filter(move |mark| mark.record.is_none() && mark.at.millis() > now.millis() - RECENT_MS).take(ASKED)
    }

    /// The moments, without bookmarks.
    pub fn moments(&self) -> impl Iterator<Item = &Mark> {
        self.list.iter().filter(|mark| mark.record.is_none())
    }

    /// Whether a record has a bookmark.
    pub fn has(&self, record: &LogRecord) -> bool {
        self.list.iter().any(|mark| mark.is_of(record))
    }

    /// What has become of it, in words: of that service, or of the one that changed most.
    pub fn words(&self, mark: &Mark, service: Option<&str>) -> String {
        match self.since.get(&mark.at) {
            Some(PaneData { fault: Some(fault), .. }) => fault.to_string(),
            Some(PaneData { answer: Some(since), .. }) => since.of(service).map_or("no requests".to_string(), since_words),
            _ => "…".to_string(),
        }
    }
}

/// The source's time, as far as an answer has told it.
pub fn clock(state: &State) -> Timestamp {
    state.errors.data.answer.as_ref().map_or(state.now, |errors| errors.clock)
}

/// Typing the note of a mark: now, or at the cell that one has gone to.
pub fn begin(state: &mut State) {
    let cell = state.errors.column.filter(|_| state.view == View::Overview).map(Timestamp::from_millis);
    state.overlay = Some(Overlay::Note { at: cell.unwrap_or_else(|| clock(state)), text: Box::default() });
}

/// What a key does to the note.
pub fn note_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Overlay::Note { at, text }) = &mut state.overlay else { return Vec::new() };
    if key.code != KeyCode::Enter {
        text.key(key);
        return Vec::new();
    }
    let mark = Mark { at: *at, note: Input::line(text).trim().to_string(), record: None };
    state.overlay = None;
    state.message = Some(format!("marked {}", state.zone.clock(mark.at)));
    state.marks.list.push(mark);
    state.marks.list.sort_by_key(|mark| mark.at);
    let mut effects = vec![Effect::SaveMarks(state.marks.list.clone())];
    effects.extend(ask_since(state));
    effects
}

/// Keeps the record under the cursor among the marks, or lets it go.
pub fn toggle(state: &mut State) -> Vec<Effect> {
    let record = if state.view == View::Records { state.records.selected_record() } else { state.trace.selected_record() };
    let Some(mark) = record.map(Mark::of) else { return Vec::new() };
    match state.marks.list.iter().position(|known| *known == mark) {
        Some(at) => drop(state.marks.list.remove(at)),
        None => {
            state.marks.list.push(mark);
            state.marks.list.sort_by_key(|mark| mark.at);
        }
    }
    vec![Effect::SaveMarks(state.marks.list.clone())]
}

/// What a key does in the list of marks; the newest stands first.
pub fn list_key(state: &mut State, key: Key, at: usize) -> Vec<Effect> {
    let count = state.marks.list.len();
    let place = count.checked_sub(at + 1);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => state.overlay = Some(Overlay::Marks { at: (at + 1).min(count.saturating_sub(1)) }),
        KeyCode::Char('k') | KeyCode::Up => state.overlay = Some(Overlay::Marks { at: at.saturating_sub(1) }),
        KeyCode::Char('d') | KeyCode::Delete => {
            if let Some(place) = place.filter(|place| *place < count) {
                state.marks.list.remove(place);
            }
            let left = count.saturating_sub(1);
            state.overlay = (left > 0).then(|| Overlay::Marks { at: at.min(left - 1) });
            return vec![Effect::SaveMarks(state.marks.list.clone())];
        }
        KeyCode::Enter => {
            state.overlay = None;
            let Some(mark) = place.and_then(|place| state.marks.list.get(place)) else { return Vec::new() };
            if mark.record.is_some() {
                let mark = mark.clone();
                return open_marked(state, &mark);
            }
            let to = mark.at.plus_millis(AROUND_MS).min(clock(state).max(mark.at.plus_millis(1000)));
            let around = Reach::Exactly(TimeRange { from: mark.at.plus_millis(-AROUND_MS), to });
            let effects = go(state, around);
            state.view = View::Overview;
            return effects;
        }
        _ => {}
    }
    Vec::new()
}

/// Asks what has become of the newest marks.
pub fn ask_since(state: &mut State) -> Option<Effect> {
    let moments: Vec<Timestamp> = state.marks.recent(clock(state)).map(|mark| mark.at).collect();
    if moments.is_empty() {
        return None;
    }
    let questions = moments.iter().map(|at| PaneQuestion::Since(SinceParams { scope: state.scope.clone(), at: *at })).collect();
    state.marks.asked = moments;
    Some(ask(state, Lane::Marks, questions))
}
