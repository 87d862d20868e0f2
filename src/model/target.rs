//! What people paste to name a trace: an id in any dress, a `traceparent`, a link, a sentence around one.

use super::{TimeRange, Timestamp};

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

    /// Every form in which the id may be stored: as pasted, lower and upper case, with and without a UUID's dashes and leading
    /// zeros, as AWS X-Ray and Datadog write it.
    pub fn forms(&self) -> Vec<String> {
        let bare = self.bare();
        let mut forms = vec![self.0.clone(), bare.clone(), bare.to_ascii_uppercase()];
        // Datadog keeps the lower half as a decimal number.
        let lower = bare.get(bare.len().saturating_sub(16)..).and_then(|half| u64::from_str_radix(half, 16).ok());
        forms.extend(lower.map(|half| half.to_string()));
        // Jaeger has stored ids without their leading zeros, and the shorter half where the longer is all zeros.
        let short = bare.trim_start_matches('0');
        if short.len() < bare.len() && short.len() >= 8 {
            forms.push(short.to_string());
            if short.len() <= 16 {
                forms.push(format!("{short:0>16}"));
            }
        }
        if bare.len() == 16 {
            forms.push(format!("{bare:0>32}"));
        }
        if bare.len() == 32 {
            let mut dashed = String::with_capacity(36);
            for (i, c) in bare.chars().enumerate() {
                if [8, 12, 16, 20].contains(&i) {
                    dashed.push('-');
                }
                dashed.push(c);
            }
            // X-Ray begins its ids with the time, in seconds.
            let (time, rest) = bare.split_at(8);
            let is_time = u32::from_str_radix(time, 16).is_ok_and(|seconds| XRAY_TIMES.contains(&seconds));
            forms.extend(is_time.then(|| format!("1-{time}-{rest}")));
            forms.push(dashed.to_ascii_uppercase());
            forms.push(dashed);
        }
        forms.sort();
        forms.dedup();
        forms
    }

    /// Its hex digits, in small letters.
    fn bare(&self) -> String {
        if is_decimal(&self.0) {
            return self.0.parse::<u64>().map_or_else(|_| self.0.clone(), |number| format!("{number:016x}"));
        }
        let id = self.0.strip_prefix("1-").filter(|rest| rest.find('-') == Some(8)).unwrap_or(&self.0);
        id.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase()
    }
}

/// The years 2015 to 2050.
const XRAY_TIMES: std::ops::Range<u32> = 1_420_070_400..2_524_608_000;

/// A Datadog id: a decimal number of 64 bits, too long for a time in ms.
fn is_decimal(word: &str) -> bool {
    (17..=20).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit()) && word.parse::<u64>().is_ok_and(|number| number > 0)
}

/// What a text names: traces, and when to look for them.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// All different ids, those first that are called a trace's; never empty.
    pub ids: Vec<TraceId>,
    /// Around the time, or the two times, that stand beside them.
    pub around: Option<TimeRange>,
}

/// Around a single time so much is looked at on either side, ms.
const AROUND_MS: i64 = 1_800_000;

/// How an id is called in the text before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Called {
    Trace,
    Nothing,
    /// A 16-digit id beside longer ones, an index pattern, a span.
    SomethingElse,
}

/// All different trace ids in `text`, and the times beside them.
///
/// A word is a run of hex digits and dashes with nothing alphanumeric beside it; AWS X-Ray's `1-58406520-a006649127e371903a2de979` and, where it
/// is called a trace's, Datadog's decimal number are ids too. A `traceparent`
/// (W3C Trace Context: version-traceid-spanid-flags) gives its trace id, not its span id. Where one id is called a
/// trace's (`trace_id=`, `"traceId":`, `/trace/`), ids that are not are left out.
pub fn parse(text: &str) -> Result<Target, TargetError> {
    let decoded = percent_decoded(text);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut found: Vec<(Called, TraceId)> = Vec::new();
    let mut at = 0;
    for word in decoded.split(|c: char| !is_part(c)) {
        let before = decoded.get(..at).unwrap_or_default();
        at += word.len();
        at += decoded.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let called = called(before);
        // A number is one only where it is called so.
        let number = || Some(word).filter(|word| called == Called::Trace && is_decimal(word)).map(str::to_string);
        if let Some(id) = ids_in(word.trim_matches('-')).or_else(number) {
            let id = TraceId(id);
            match found.iter_mut().find(|(_, known)| known.forms() == id.forms()) {
                Some((known, _)) => *known = called.min(*known),
                None => found.push((called, id)),
            }
        }
    }
    let long = |id: &TraceId| id.0.len() > 16;
    let any_long = found.iter().any(|(_, id)| long(id));
    for (called, id) in &mut found {
        if any_long && !long(id) && *called == Called::Nothing {
            *called = Called::SomethingElse;
        }
    }
    let best = found.iter().map(|(called, _)| *called).min();
    let ids: Vec<TraceId> = found.into_iter().filter(|(called, _)| Some(*called) == best).map(|(_, id)| id).collect();
    if ids.is_empty() { Err(TargetError(shorten(text.trim()))) } else { Ok(Target { ids, around: times(&decoded) }) }
}

fn called(before: &str) -> Called {
    let tail: String = before.chars().rev().take(24).collect::<String>().to_ascii_lowercase();
    // The word right before the id, backwards.
    let word: String =
        tail.chars().skip_while(|c| !c.is_ascii_alphabetic()).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
    let word: String = word.chars().rev().collect();
    let others = [
        "span",
        "request",
        "user",
        "index",
        "dataview",
        "dashboard",
        "parent",
        "transaction",
        "session",
        "org",
        "incident",
        "event_id",
        "fingerprint",
        "tenant",
        "account",
    ];
    match () {
        () if word.contains("trace") => Called::Trace,
        () if others.iter().any(|other| word.contains(other)) => Called::SomethingElse,
        () => Called::Nothing,
    }
}

/// One time stands for what is around it, two for a range.
fn times(text: &str) -> Option<TimeRange> {
    let mut found: Vec<Timestamp> = Vec::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+');
    for word in text.split(|c: char| !is_part(c)) {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_date = word.len() >= 19 && word.get(4..5) == Some("-") && word.get(10..11).is_some_and(|c| c.eq_ignore_ascii_case("t"));
        found.extend(is_date.then(|| Timestamp::parse(word)).flatten().map(|(at, _)| at));
    }
    for (name, value) in text.split(['&', '?', '#', ',', '(', ' ', '"', '{']).filter_map(|pair| pair.split_once(['=', ':'])) {
        let is_time =
            ["from", "to", "start", "end", "at", "time", "ts", "timestamp", "since", "until"].contains(&name.trim().to_ascii_lowercase().as_str());
        let digits: String = value.trim_matches(['"', '\'', ' ']).chars().take_while(char::is_ascii_digit).collect();
        if let (true, Ok(number)) = (is_time, digits.parse::<i64>()) {
            let scale = match digits.len() {
                10 => 1_000_000_000,
                13 => 1_000_000,
                16 => 1_000,
                19 => 1,
                _ => continue,
            };
            found.extend(number.checked_mul(scale).map(Timestamp::from_nanos));
        }
    }
    let (first, last) = (found.iter().min().copied()?, found.iter().max().copied()?);
    let wide = if last.millis() - first.millis() < 60_000 { AROUND_MS } else { 0 };
    TimeRange::new(first.plus_millis(-wide), last.plus_millis(wide)).ok()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let raw = text.as_bytes();
    let mut i = 0;
    while let Some(byte) = raw.get(i) {
        let hex = raw.get(i + 1..i + 3).and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                bytes.push(value);
                i += 3;
            }
            _ => {
                bytes.push(*byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ids_in(word: &str) -> Option<String> {
    let parts: Vec<&str> = word.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|p| p.len()).collect();
    let hex = |part: &&str| part.bytes().all(|b| b.is_ascii_hexdigit());
    let real = |id: &str| id.bytes().any(|b| b != b'0' && b != b'-');
    match (lengths.as_slice(), parts.as_slice()) {
        ([8, 4, 4, 4, 12], parts) if parts.iter().all(hex) && real(word) => Some(word.to_string()),
        ([1, 8, 24], ["1", rest @ ..]) if rest.iter().all(hex) && real(rest.last()?) => Some(word.to_string()),
        ([2, 32, 16, 2], [_, id, ..]) if parts.iter().all(hex) && real(id) => Some((*id).to_string()),
        ([16 | 32], [id]) if hex(id) && real(id) && !(id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit())) => Some((*id).to_string()),
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
        parse(text).map(|found| found.ids.iter().map(|id| id.text().to_string()).collect()).unwrap_or_default()
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
        let xray = "1-58406520-a006649127e371903a2de979";
        assert_eq!(ids(&format!("X-Amzn-Trace-Id: Root={xray};Parent=0123456789abcdef;Sampled=1")), [xray]);
        assert_eq!(ids("dd.trace_id=1234567890123456789 dd.span_id=1234567890123456780"), ["1234567890123456789"]);
    }

    #[test]
    fn of_several_ids_the_one_that_is_called_a_trace() {
        let other = "9d6c6a20-1111-2222-3333-444455556666";
        assert_eq!(ids(&format!("{{\"request_id\":\"{other}\",\"span_id\":\"00f067aa0ba902b7\",\"trace_id\":\"{UUID}\"}}")), [UUID]);
        assert_eq!(ids(&format!("https://k/app/discover#/?_a=(index:'{other}',query:(query:'trace.id%3A{HEX}'))")), [HEX]);
        assert_eq!(ids(&format!("https://jaeger/trace/{HEX}?uiFind=00f067aa0ba902b7")), [HEX]);
        assert_eq!(ids(&format!("Labels:\n - alertname = X\n - trace_id = {UUID}\n - incident = {other}\n")), [UUID]);
        assert_eq!(ids(&format!("{UUID} or {HEX}?")), [UUID, HEX], "which of them is not said");
        assert_eq!(ids(&format!("https://k/app/apm/services/x/transactions/view?traceId={HEX}&transactionId=00f067aa0ba902b7")), [HEX]);
    }

    #[test]
    fn a_time_beside_it_says_when() {
        let range = |text: &str| parse(text).unwrap().around.map(|r| (r.from.rfc3339(), r.to.rfc3339()));
        let of = |from: &str, to: &str| Some((format!("2026-01-15T{from}.000Z"), format!("2026-01-15T{to}.000Z")));
        assert_eq!(range(&format!("https://pd/incidents/Q1?trace_id={UUID}&at=2026-01-15T10:30:00Z")), of("10:00:00", "11:00:00"));
        assert_eq!(
            range(&format!("https://k/#/?_g=(time:(from:'2026-01-15T10:00:00.000Z',to:'2026-01-15T10:15:00.000Z'))&trace.id={HEX}")),
            of("10:00:00", "10:15:00")
        );
        assert_eq!(range(&format!("https://grafana/explore?from=1768471200000&to=1768474800000&traceId={HEX}")), of("10:00:00", "11:00:00"));
        assert_eq!(range(&format!("https://jaeger/trace/{HEX}?start=1768471200000000&end=1768474800000000")), of("10:00:00", "11:00:00"));
        assert_eq!(range(&format!("https://k/app/apm?rangeFrom=now-15m&rangeTo=now&traceId={HEX}")), None);
    }

    #[test]
    fn what_names_no_trace() {
        for text in ["", "payment is down", "deadbeef", "0000000000000000", &format!("x{HEX}"), "550e8400-e29b-41d4-a716"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_is_looked_for_in_every_form() {
        let forms = parse(&UUID.to_ascii_uppercase()).unwrap().ids.remove(0).forms();
        assert!(forms.contains(&UUID.to_string()) && forms.contains(&UUID.replace('-', "")));
        let of = |text: &str| parse(text).unwrap().ids.remove(0).forms();
        let (xray, plain) = ("1-58406520-a006649127e371903a2de979", "58406520a006649127e371903a2de979");
        assert!(of(xray).contains(&plain.to_string()) && of(plain).contains(&xray.to_string()));
        let (hex, decimal) = ("0000000000000000112210f47de98115", "1234567890123456789");
        assert!(of(hex).contains(&decimal.to_string()));
        assert!(of(&format!("trace_id={decimal}")).contains(&"112210f47de98115".to_string()));
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
