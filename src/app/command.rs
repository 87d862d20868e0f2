//! The command line that leads back to what is on screen.

use super::State;
use crate::answers::Reach;

/// `spia …` with the source, the range and the filters; quoted for a shell.
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
    if let Some(query) = state.filters.held_query() {
        words.extend(["--query".to_string(), query.to_string()]);
    }
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
