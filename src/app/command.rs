//! The command line that leads back to what is on screen.

use super::{Pane, State, View};
use crate::answers::Reach;

/// `spia …` with the source, the range and the filters; quoted for a shell.
pub fn resume_command(state: &State) -> String {
    let mut words = vec!["spia".to_string()];
    words.extend(state.start.command.iter().cloned());
    let of_records = (state.view == View::Records).then(|| state.records.about.clone());
    let reach = of_records.as_ref().and_then(|about| about.range).map_or(state.scope.reach, Reach::Exactly);
    match reach {
        Reach::Last(900_000) => {}
        Reach::Last(ms) => words.extend(["--from".to_string(), format!("now-{}", crate::model::Interval::from_millis(ms))]),
        Reach::Exactly(range) => words.extend(["--from".to_string(), range.from.rfc3339(), "--to".to_string(), range.to.rfc3339()]),
    }
    let filters = of_records.map_or_else(|| state.scope.filters.clone(), |about| about.within(state).filters);
    for filter in &filters {
        words.extend(["--filter".to_string(), filter.to_string()]);
    }
    for chip in state.filters.chips.iter().filter(|chip| !chip.on) {
        words.extend(["--off".to_string(), chip.filter.to_string()]);
    }
    let baseline = state.baseline.map(|range| format!("{}/{}", range.from.rfc3339(), range.to.rfc3339()));
    words.extend(baseline.into_iter().flat_map(|range| ["--baseline".to_string(), range]));
    let query = match state.view {
        View::Records if !state.records.about.words.is_empty() => Some(state.records.about.words.as_str()),
        _ => state.filters.held_query(),
    };
    words.extend(query.into_iter().flat_map(|query| ["--query".to_string(), query.to_string()]));
    let pane = match (state.view, state.focus) {
        (View::Records, _) => Some("records"),
        (_, Pane::Slow) => Some("slow"),
        (_, Pane::Traces) => Some("traces"),
        (_, Pane::Errors) => state.zoomed.then_some("errors"),
    };
    words.extend(pane.into_iter().map(|pane| format!("--pane={pane}")));
    words.extend(state.zoomed.then(|| "--alone".to_string()));
    // The demo makes other traces each time.
    let trace = state.trace.id.as_ref().filter(|_| state.view == View::Trace && !state.start.command.iter().any(|word| word == "demo"));
    words.extend(trace.map(|id| id.text().to_string()));
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// For a POSIX shell; characters that a terminal would obey do not survive.
fn quote(word: &str) -> String {
    let word = crate::model::printable::line(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | '+' | ',' | '@');
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        assert_eq!(quote("service:cart"), "service:cart");
        assert_eq!(quote("logs-*"), "'logs-*'");
        assert_eq!(quote("it's"), "'it'\\''s'");
        assert_eq!(quote("a\u{1b}[2J"), "'a[ESC][2J'");
    }
}
