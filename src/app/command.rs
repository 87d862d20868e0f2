//! The command line that leads back to what is on screen.

use super::about::About;
use super::{Pane, State, View};
use crate::answers::{Measure, Reach};
use crate::model::printable::shell_word;

/// `spia …` with the source, the range, the filters and what is looked at; quoted for a shell.
pub fn resume_command(state: &State) -> String {
    let mut words = vec!["spia".to_string()];
    words.extend(state.start.command.iter().cloned());
    match state.scope.reach {
        Reach::Last(900_000) => {}
        Reach::Last(ms) => words.extend(["--from".to_string(), format!("now-{}", crate::model::Interval::from_millis(ms))]),
        Reach::Exactly(range) => words.extend(["--from".to_string(), range.from.rfc3339(), "--to".to_string(), range.to.rfc3339()]),
    }
    for filter in &state.scope.filters {
        words.extend(["--filter".to_string(), filter.to_string()]);
    }
    for chip in state.filters.chips.iter().filter(|chip| !chip.on) {
        words.extend(["--off".to_string(), chip.filter.to_string()]);
    }
    let baseline = state.baseline.map(|range| format!("{}/{}", range.from.rfc3339(), range.to.rfc3339()));
    words.extend(baseline.into_iter().flat_map(|range| ["--baseline".to_string(), range]));
    words.extend(state.filters.held_query().into_iter().map(|query| format!("--query={query}")));
    let measure = state.errors.measure;
    words.extend((measure != Measure::default()).then(|| format!("--cells={}", measure.name())));
    let (pane, about) = match (state.view, state.focus) {
        (View::Records, _) => (Some("records"), Some(&state.records.about)),
        (View::Patterns, _) => (Some("patterns"), Some(&state.patterns.about)),
        (View::Explain, _) => (Some("explain"), Some(&state.explain.about)),
        (_, Pane::Slow) => (Some("slow"), None),
        (_, Pane::Traces) => (Some("traces"), None),
        (_, Pane::Errors) => (state.zoomed.then_some("errors"), None),
    };
    words.extend(pane.into_iter().map(|pane| format!("--pane={pane}")));
    words.extend(about.into_iter().flat_map(of));
    words.extend(state.zoomed.then(|| "--alone".to_string()));
    // The demo makes other traces each time.
    let trace = state.trace.id.as_ref().filter(|_| state.view == View::Trace && !state.start.command.iter().any(|word| word == "demo"));
    words.extend(trace.map(|id| id.text().to_string()));
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// What a list is about.
fn of(about: &About) -> Vec<String> {
    let mut words = Vec::new();
    let mut put = |name: &str, value: String| words.push(format!("{name}={value}"));
    about.own.iter().for_each(|filter| put("--of", filter.to_string()));
    if !about.words.is_empty() {
        put("--saying", about.words.clone());
    }
    if let Some(range) = about.range {
        put("--at", format!("{}/{}", range.from.rfc3339(), range.to.rfc3339()));
    }
    if let Some(measure) = about.behind {
        put("--only", measure.name().to_string());
    }
    words.extend(about.unfiltered.then(|| "--unfiltered".to_string()));
    words
}
