//! Moving through time: live or still, nearer and further, earlier and later.

use super::actions::Action;
use super::drill::remember;
use super::event::Effect;
use super::state::State;
use super::update::ask_anew;
use crate::answers::Reach;
use crate::model::{TimeRange, Timestamp};

/// At least so much of the time before an onset is shown, ms.
const LEAST_BEFORE_MS: i64 = 120_000;

/// Follow the clock, or stand still with what is on screen.
pub fn toggle_live(state: &mut State) -> Vec<Effect> {
    state.live = !state.live;
    match (state.live, &state.errors.data.answer) {
        (true, _) => {
            if let Reach::Exactly(range) = state.scope.reach {
                state.scope.reach = Reach::Last(range.millis());
            }
            ask_anew(state)
        }
        (false, Some(errors)) => {
            state.scope.reach = Reach::Exactly(errors.range);
            Vec::new()
        }
        (false, None) => Vec::new(),
    }
}

/// To another range, to come back from.
pub fn go(state: &mut State, reach: Reach) -> Vec<Effect> {
    remember(state);
    state.scope.reach = reach;
    state.live = matches!(reach, Reach::Last(_));
    ask_anew(state)
}

/// From a third of the incident before its onset to now: what it was like before, and all of it.
pub fn to_onset(state: &mut State) -> Vec<Effect> {
    let Some(brief) = state.brief.data.answer.clone() else { return Vec::new() };
    let Some(since) = brief.origin.as_ref().and_then(|origin| origin.since) else { return Vec::new() };
    let before = ((brief.clock.millis() - since.millis()) / 3).max(LEAST_BEFORE_MS);
    go(state, Reach::Exactly(TimeRange { from: since.plus_millis(-before), to: brief.clock.max(since.plus_millis(1000)) }))
}

/// Another range, by zooming or by half a screen.
pub fn move_range(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(shown) = state.errors.data.answer.as_ref().map(|e| (e.range, e.clock)) else { return Vec::new() };
    let (range, clock) = shown;
    let length = range.millis();
    let middle = state.errors.column.map_or(range.from.millis() + length / 2, |at| at);
    let between = |from: i64, length: i64| TimeRange { from: Timestamp::from_millis(from), to: Timestamp::from_millis(from + length.max(1000)) };
    let is_last = matches!(state.scope.reach, Reach::Last(_));
    let next = match action {
        Action::Now => return go(state, Reach::Last(900_000)),
        Action::ZoomOut if is_last => return go(state, Reach::Last((length * 2).min(86_400_000))),
        Action::ZoomIn if is_last && state.errors.column.is_none() => return go(state, Reach::Last((length / 2).max(30_000))),
        Action::ZoomIn if state.errors.anchor.is_some() => {
            let block = state.errors.cell_range().unwrap_or(range);
            state.errors.anchor = None;
            block
        }
        Action::ZoomIn => between((middle - length / 4).clamp(range.from.millis(), range.to.millis() - length / 2), length / 2),
        Action::ZoomOut => between(range.from.millis() - length / 2, length * 2),
        Action::Earlier => between(range.from.millis() - length / 2, length),
        // At the end it stays as long as it is.
        _ => between((range.from.millis() + length / 2).min(clock.millis() - length).max(range.from.millis()), length),
    };
    if action == Action::Later && next.from == range.from {
        state.message = Some("this is the end: nothing is newer".to_string());
        return Vec::new();
    }
    let to = next.to.min(clock.max(next.from.plus_millis(1000)));
    go(state, Reach::Exactly(TimeRange { from: next.from, to }))
}
