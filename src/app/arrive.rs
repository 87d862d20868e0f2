//! What becomes of answers: each goes to its pane, and may set off the next question.

use super::event::{Answered, Effect, Lane, PaneAnswer};
use super::overlay::Overlay;
use super::state::{State, View};
use super::update::{beside, refresh};
use crate::model::Fault;

/// An overloaded cluster is asked no more often than this.
const SLOWEST_MS: i64 = 60_000;

/// Takes in answers; late ones to earlier questions are dropped.
pub fn answered_by(state: &mut State, answered: Answered) -> Vec<Effect> {
    let Answered { lane, generation, answers, wall_ms, bytes, at, partly } = answered;
    state.now = state.now.max(at);
    if state.asking.get(&lane).is_none_or(|asking| asking.generation != generation) {
        return Vec::new();
    }
    if !partly {
        state.asking.remove(&lane);
    }
    state.answered.insert(lane, at);
    if lane == Lane::Refresh || (lane == Lane::Drill && state.follows()) {
        state.cost = (wall_ms, bytes);
        slow_down(state, &answers);
    }
    for (place, answer) in answers.into_iter().enumerate() {
        store(state, lane, place, answer);
    }
    let waited = lane == Lane::Drill && !partly && !state.answered.contains_key(&Lane::Brief);
    let mut effects = if waited { beside(state) } else { Vec::new() };
    if lane == Lane::Brief && super::baseline::follow_brief(state) {
        effects.extend(refresh(state));
    }
    effects
}

/// Twice as long between refreshes each time the cluster is overloaded, as before once it answers.
fn slow_down(state: &mut State, answers: &[Result<PaneAnswer, Fault>]) {
    let overloaded = answers.iter().any(|answer| answer.as_ref().is_err_and(Fault::is_overload));
    state.refresh_ms = if overloaded { (state.refresh_ms * 2).min(SLOWEST_MS) } else { state.start.refresh_ms };
}

fn store(state: &mut State, lane: Lane, place: usize, answer: Result<PaneAnswer, Fault>) {
    match (lane, place, answer) {
        (Lane::Ghost, _, answer) => {
            let answer = answer.and_then(|answer| match answer {
                PaneAnswer::Errors(errors) => Ok(errors),
                _ => Err(Fault::Lost("another answer than was asked for".to_string())),
            });
            if let Some(ghost) = &mut state.errors.ghost {
                ghost.data.take(answer);
            }
        }
        (_, _, Ok(PaneAnswer::Errors(errors))) => {
            state.errors.data.take(Ok(errors));
            state.errors.of_part = !state.reading.done;
            state.errors.answered();
        }
        (_, _, Ok(PaneAnswer::Slow(slow))) => state.slow.data.take(Ok(slow)),
        (_, _, Ok(PaneAnswer::Traces(traces))) => state.traces.data.take(Ok(traces)),
        (_, _, Ok(PaneAnswer::Brief(brief))) => state.brief.take(Ok(brief)),
        (_, _, Ok(PaneAnswer::Explain(explain))) => state.explain.data.take(Ok(explain)),
        (_, _, Ok(PaneAnswer::Patterns(patterns))) => state.patterns.data.take(Ok(patterns)),
        (_, _, Ok(PaneAnswer::Values(values))) => {
            if let Some(Overlay::Query(bar)) = &mut state.overlay {
                bar.learn(&values);
            }
        }
        // Without them what is on screen is proposed.
        (Lane::Values, _, Err(_)) => {}
        (Lane::Look, _, Err(fault)) if state.view == View::Explain => state.explain.data.take(Err(fault)),
        (Lane::Look, _, Err(fault)) => state.patterns.data.take(Err(fault)),
        (Lane::Brief, _, Err(fault)) => state.brief.take(Err(fault)),
        (_, place, Ok(PaneAnswer::Since(since))) => state.marks.take(place, Ok(since)),
        (Lane::Marks, place, Err(fault)) => state.marks.take(place, Err(fault)),
        (_, _, Ok(PaneAnswer::Logs(logs))) => {
            state.records.data.take(Ok(logs));
            state.records.arrived();
        }
        (_, _, Ok(PaneAnswer::Trace(trace))) => {
            state.trace.data.take(Ok(trace));
            state.trace.arrived(state.now);
        }
        (Lane::Refresh, 0, Err(fault)) => state.errors.data.take(Err(fault)),
        (Lane::Refresh, _, Err(fault)) => state.slow.data.take(Err(fault)),
        (Lane::Traces, _, Err(fault)) => state.traces.data.take(Err(fault)),
        (Lane::Drill, _, Err(fault)) if state.view == View::Trace => state.trace.data.take(Err(fault)),
        (Lane::Drill, _, Err(fault)) => state.records.data.take(Err(fault)),
    }
}
