//! The same time of yesterday, or of a week ago, as a row below the one under the cursor.

use super::event::{Effect, Lane, PaneQuestion};
use super::state::{PaneData, State};
use super::update::ask;
use crate::answers::{Errors, ErrorsParams, Reach, Scope, ServiceErrors};
use crate::model::TimeRange;

/// What was then.
#[derive(Clone, Debug, Default)]
pub struct Ghost {
    /// So long ago, ms.
    pub back_ms: i64,
    /// What was asked about it.
    pub data: PaneData<Errors>,
}

/// So long ago it is looked at, one after the other.
const BACK: [i64; 2] = [86_400_000, 7 * 86_400_000];

impl Ghost {
    /// As a row is called.
    pub fn name(&self) -> &'static str {
        if self.back_ms == BACK[0] { "yesterday" } else { "a week ago" }
    }

    /// What a service was like then; `None` where it wrote nothing.
    pub fn of(&self, service: &str) -> Option<&ServiceErrors> {
        let answer = self.data.answer.as_ref()?;
        let wrote = |s: &&ServiceErrors| s.newest.is_some_and(|newest| newest >= answer.range.from);
        answer.services.iter().find(|s| s.service == service).filter(wrote)
    }
}

/// Yesterday, a week ago, nothing.
pub fn next(state: &mut State) -> Vec<Effect> {
    let now = state.errors.ghost.as_ref().map(|ghost| ghost.back_ms);
    let back = match now {
        None => BACK.first(),
        Some(now) => BACK.iter().find(|back| **back > now),
    };
    state.errors.ghost = back.map(|back_ms| Ghost { back_ms: *back_ms, ..Ghost::default() });
    state.asking.remove(&Lane::Ghost);
    ask_ghost(state).into_iter().collect()
}

/// Asks what was at the same time then.
pub fn ask_ghost(state: &mut State) -> Option<Effect> {
    let back = state.errors.ghost.as_ref()?.back_ms;
    let shown = state.errors.data.answer.as_ref()?;
    let then = TimeRange { from: shown.range.from.plus_millis(-back), to: shown.range.to.plus_millis(-back) };
    let scope = Scope { reach: Reach::Exactly(then), interval: Some(shown.interval), ..state.scope.clone() };
    let params = ErrorsParams { scope, measure: shown.measure, ..ErrorsParams::default() };
    Some(ask(state, Lane::Ghost, vec![PaneQuestion::Errors(params, None)]))
}
