//! What people paste to name a trace: an id in any dress, a `traceparent`, a link, a sentence around one.

/// A trace id found in pasted text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TraceId(String);

/// Why a text names no trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no trace id in '{0}': paste a UUID, 16 or 32 hex digits, a traceparent, or a link or sentence with one of these in it")]
pub struct TargetError(String);

impl TraceId {
    /// The id as it was pasted.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Every form in which the id may be stored: as pasted, lower and upper case, with and without a UUID's dashes.
    pub fn forms(&self) -> Vec<String> {
        let bare: String = self.0.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
        let mut forms = vec![self.0.clone(), bare.clone(), bare.to_ascii_uppercase()];
        if bare.len() == 32 {
            let mut dashed = String::with_capacity(36);
            for (i, c) in bare.chars().enumerate() {
                if [8, 12, 16, 20].contains(&i) {
                    dashed.push('-');
                }
                dashed.push(c);
            }
            forms.push(dashed.to_ascii_uppercase());
            forms.push(dashed);
        }
        forms.sort();
        forms.dedup();
        forms
    }
}

/// All different trace ids in `text`, in order; never empty.
///
/// A word is a run of hex digits and dashes with nothing alphanumeric beside it. A `traceparent`
/// (W3C Trace Context: version-traceid-spanid-flags) gives its trace id, not its span id.
pub fn parse(text: &str) -> Result<Vec<TraceId>, TargetError> {
    let decoded = text.replace("%2D", "-").replace("%2d", "-");
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut found: Vec<TraceId> = Vec::new();
    for word in decoded.split(|c: char| !is_part(c)) {
        if let Some(id) = ids_in(word.trim_matches('-')) {
            let id = TraceId(id);
            if !found.iter().any(|known| known.forms() == id.forms()) {
                found.push(id);
            }
        }
    }
    if found.is_empty() { Err(TargetError(shorten(text.trim()))) } else { Ok(found) }
}

fn ids_in(word: &str) -> Option<String> {
    let parts: Vec<&str> = word.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|p| p.len()).collect();
    let hex = |part: &&str| part.bytes().all(|b| b.is_ascii_hexdigit());
    match (lengths.as_slice(), parts.as_slice()) {
        ([8, 4, 4, 4, 12], parts) if parts.iter().all(hex) => Some(word.to_string()),
        ([2, 32, 16, 2], [_, id, ..]) if parts.iter().all(hex) => Some((*id).to_string()),
        ([16 | 32], [id]) if hex(id) && id.bytes().any(|b| b != b'0') => Some((*id).to_string()),
        _ => None,
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(text: &str) -> Vec<String> {
        parse(text).map(|found| found.iter().map(|id| id.text().to_string()).collect()).unwrap_or_default()
    }

    const UUID: &str = "550e8400-e29b-41d4-a716-446655440000";
    const HEX: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn the_forms_a_page_or_a_colleague_pastes() {
        assert_eq!(ids(UUID), [UUID]);
        assert_eq!(ids(&format!("00-{HEX}-00f067aa0ba902b7-01")), [HEX], "a traceparent's span id is no trace");
        assert_eq!(ids(&format!("https://acme.pagerduty.com/incidents/Q1?trace_id={UUID}&at=1")), [UUID]);
        assert_eq!(ids(&format!("https://k/app/discover#/?_a=(query:(query:'trace.id:\"{HEX}\"'))")), [HEX]);
        assert_eq!(ids(&format!("look at {HEX}, please.\n")), [HEX]);
        assert_eq!(ids(&format!("{UUID} and {}", UUID.replace('-', ""))), [UUID], "one trace in two dresses");
        assert_eq!(ids("00f067aa0ba902b7"), ["00f067aa0ba902b7"]);
    }

    #[test]
    fn what_names_no_trace() {
        for text in ["", "payment is down", "deadbeef", "0000000000000000", &format!("x{HEX}"), "550e8400-e29b-41d4-a716"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_is_looked_for_in_every_form() {
        let forms = parse(&UUID.to_ascii_uppercase()).unwrap().remove(0).forms();
        assert!(forms.contains(&UUID.to_string()) && forms.contains(&UUID.replace('-', "")));
    }

    proptest! {
        #[test]
        fn hostile_text_never_panics_and_gives_only_ids(text in ".{0,300}") {
            for id in ids(&text) {
                prop_assert!(id.len() <= 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
            }
        }
    }
}
