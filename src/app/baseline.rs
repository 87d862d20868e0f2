//! What "usual" means: the time before the incident, or what somebody has chosen.

use super::event::Effect;
use super::state::State;
use super::update::ask_anew;
use crate::model::TimeRange;

/// Chooses the cells under the cursor, else the range on screen; once one is chosen it goes back to the time before the incident.
pub fn choose(state: &mut State) -> Vec<Effect> {
    if state.baseline.is_some() {
        state.baseline = None;
        state.scope.baseline = of_brief(state);
        state.message = Some("held against the time before the incident again".to_string());
        return ask_anew(state);
    }
    let whole = state.errors.data.answer.as_ref().map(|errors| errors.range);
    let gone_to_a_cell = state.errors.column.is_some() || state.errors.anchor.is_some();
    let Some(chosen) = state.errors.cell_range().filter(|_| gone_to_a_cell).or(whole) else { return Vec::new() };
    if let Some(incident) = incident(state).filter(|incident| incident.meets(chosen)) {
        let since = state.zone.clock(incident.from);
        state.message = Some(format!("that is the incident itself (since {since}): v selects a quiet stretch before it, , goes earlier"));
        return Vec::new();
    }
    state.errors.anchor = None;
    state.baseline = Some(chosen);
    state.scope.baseline = Some(chosen);
    state.message =
        Some(format!("everything is held against {}-{} now; b again undoes it", state.zone.clock(chosen.from), state.zone.clock(chosen.to)));
    ask_anew(state)
}

/// Takes over the time before the incident that the brief has found; whether that changes anything.
pub fn follow_brief(state: &mut State) -> bool {
    let baseline = state.baseline.or_else(|| of_brief(state));
    std::mem::replace(&mut state.scope.baseline, baseline) != baseline
}

fn of_brief(state: &State) -> Option<TimeRange> {
    let brief = state.brief.data.answer.as_ref()?;
    let during = incident(state)?;
    brief.baseline.filter(|baseline| !baseline.meets(during))
}

/// From its onset to its end, as far as that is known.
fn incident(state: &State) -> Option<TimeRange> {
    let brief = state.brief.data.answer.as_ref()?;
    let origin = brief.origin.as_ref()?;
    Some(TimeRange { from: origin.since?, to: origin.until.unwrap_or(brief.clock) })
}
