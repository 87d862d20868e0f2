//! Messages as templates: what varies becomes a named placeholder, and messages with the same template are one pattern.
//!
//! The masking of tokens is that of Drain's first step (He, Zhu, Zheng, Lyu 2017); instead of its similarity tree, templates that
//! differ in one place alone are joined afterwards over all of them, so that the order of messages does not matter.

mod tally;

pub use tally::{Said, TREND, Tally, names};

use std::collections::{BTreeMap, BTreeSet};

/// Longer messages are told by their beginning, in characters.
const LONGEST: usize = 400;
/// So many templates that differ in one word alone are one with a placeholder there.
const ALIKE: usize = 4;

/// The template of a message: numbers, ids, addresses, lengths of time, paths and quoted values as placeholders.
pub fn template(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LONGEST).collect();
    let unquoted = quotes(&cut);
    let words: Vec<String> = unquoted.split_whitespace().map(mask).collect();
    words.join(" ")
}

/// Quoted values as `<text>`; an apostrophe within a word is none.
fn quotes(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len());
    let mut i = 0;
    while let Some(c) = chars.get(i).copied() {
        let opens = matches!(c, '\'' | '"' | '`') && i.checked_sub(1).and_then(|before| chars.get(before)).is_none_or(|b| !b.is_alphanumeric());
        let end = opens.then(|| chars.iter().skip(i + 1).position(|other| *other == c)).flatten();
        match end {
            Some(length) => {
                out.push_str("<text>");
                i += length + 2;
            }
            None => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// A word with what varies in it as a placeholder; what is around it stays.
fn mask(word: &str) -> String {
    let is_edge = |c: char| matches!(c, ',' | ';' | '.' | ':' | '!' | '?' | '(' | ')' | '[' | ']' | '{' | '}');
    let core = word.trim_matches(is_edge);
    if core.is_empty() {
        return word.to_string();
    }
    let start = word.find(core).unwrap_or(0);
    let (before, after) = (word.get(..start).unwrap_or_default(), word.get(start + core.len()..).unwrap_or_default());
    // `key=value`, `key:value`: the key is the pattern's.
    let masked = match core
        .split_once(['=', ':'])
        .filter(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_alphabetic() || matches!(c, '_' | '-' | '.')))
    {
        Some((key, value)) if !value.is_empty() && !value.starts_with("//") => {
            let sign = core.get(key.len()..key.len() + 1).unwrap_or("=");
            format!("{key}{sign}{}", placeholder(value).map_or_else(|| value.to_string(), str::to_string))
        }
        _ => placeholder(core).map_or_else(|| digits(core), str::to_string),
    };
    format!("{before}{masked}{after}")
}

/// What kind of value a word is, if it is one.
fn placeholder(word: &str) -> Option<&'static str> {
    let all = |test: fn(char) -> bool| word.chars().all(test);
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    if all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '%')) && has_digit {
        let is_address = word.split('.').count() == 4 && word.split('.').all(|part| part.parse::<u8>().is_ok());
        return Some(if is_address { "<address>" } else { "<number>" });
    }
    if word.contains("://") {
        return Some("<url>");
    }
    let bare: String = word.chars().filter(|c| *c != '-').collect();
    if bare.len() >= 12 && bare.chars().all(|c| c.is_ascii_hexdigit()) && has_digit {
        return Some("<id>");
    }
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if has_digit && unit.len() < word.len() {
        if ["ns", "us", "ms", "s", "m", "h", "d", "min"].contains(&unit) {
            return Some("<duration>");
        }
        if ["B", "KB", "MB", "GB", "KiB", "MiB", "GiB", "kB"].contains(&unit) {
            return Some("<size>");
        }
    }
    if word.contains('@') && word.contains('.') && !word.starts_with('@') {
        return Some("<mail>");
    }
    let address = word
        .rsplit_once(':')
        .is_some_and(|(host, port)| host.split('.').count() == 4 && port.parse::<u16>().is_ok() && host.split('.').all(|p| p.parse::<u8>().is_ok()));
    if address {
        return Some("<address>");
    }
    if has_digit && word.starts_with('/') {
        return Some("<path>");
    }
    // `user_12345`, `evt_3Pq9`, `order-7712`: a word and digits.
    let tail = word.rsplit(['_', '-', '#']).next().unwrap_or(word);
    let joined =
        tail.len() < word.len() && tail.len() >= 3 && tail.bytes().any(|b| b.is_ascii_digit()) && tail.bytes().all(|b| b.is_ascii_alphanumeric());
    joined.then_some("<id>")
}

/// Runs of digits within a word.
fn digits(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut in_digits = false;
    for c in word.chars() {
        if c.is_ascii_digit() {
            if !in_digits {
                out.push_str("<n>");
            }
            in_digits = true;
        } else {
            out.push(c);
            in_digits = false;
        }
    }
    out
}

/// The values that a message has in place of the placeholders of its template, with the place of each among its words; none where
/// words cannot be told apart, as within quotes.
fn values<'a>(template: &'a str, message: &'a str) -> Vec<(usize, &'a str, &'a str)> {
    let line = message.lines().next().unwrap_or_default();
    let (named, said): (Vec<&str>, Vec<&str>) = (template.split_whitespace().collect(), line.split_whitespace().collect());
    if named.len() != said.len() {
        return Vec::new();
    }
    let is_edge = |c: char| matches!(c, ',' | ';' | ':' | '!' | '?' | '(' | ')' | '[' | ']' | '{' | '}');
    let varies = named.into_iter().zip(said).enumerate().filter(|(_, (name, value))| name.contains('<') && name != value);
    varies.map(|(at, (name, value))| (at, name.trim_matches(is_edge), value.trim_matches(is_edge))).collect()
}

/// For each template the one it belongs to: those that differ in one word alone, where there are several such, are one with
/// `<word>` in its place.
fn join(templates: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut holes: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
    for template in templates {
        let words: Vec<&str> = template.split(' ').collect();
        // A message of two words is as much its words as anything.
        if words.len() < 3 {
            continue;
        }
        for at in 1..words.len() {
            let with_hole: Vec<&str> = words.iter().enumerate().map(|(i, word)| if i == at { "<word>" } else { word }).collect();
            holes.entry(with_hole.join(" ")).or_default().insert(template);
        }
    }
    let mut joined: BTreeMap<String, String> = templates.iter().map(|t| (t.clone(), t.clone())).collect();
    let mut wide: Vec<(String, BTreeSet<&String>)> = holes.into_iter().filter(|(_, of)| of.len() >= ALIKE).collect();
    wide.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    for (hole, of) in wide {
        for template in of {
            if joined.get(template) == Some(template) {
                joined.insert(template.clone(), hole.clone());
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_varies_has_a_name() {
        for (message, expected) in [
            ("stripe POST /v1/charges: no answer in 3000 ms", "stripe POST <path>: no answer in <number> ms"),
            ("Request completed in 12.5ms status=200", "Request completed in <duration> status=<number>"),
            ("webhook signature invalid for evt_3Pq9", "webhook signature invalid for <id>"),
            ("connect to 10.0.0.5:5432 refused", "connect to <address> refused"),
            ("KeyError: 'session' of user_12345", "KeyError: <text> of <id>"),
            ("trace 550e8400-e29b-41d4-a716-446655440000 done", "trace <id> done"),
            ("it's fine", "it's fine"),
            ("支付失败 订单 7712", "支付失败 订单 <number>"),
        ] {
            assert_eq!(template(message), expected);
        }
    }

    #[test]
    fn what_stands_in_place_of_a_placeholder() {
        let of =
            |message: &str| values(&template(message), message).into_iter().map(|(_, name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(of("no answer in 3000 ms from 10.0.0.5:5432"), ["<number>=3000", "<address>=10.0.0.5:5432"]);
        assert_eq!(of("user 'a b' not found"), Vec::<String>::new(), "what is quoted has more words than its placeholder");
    }

    #[test]
    fn one_word_that_varies_is_a_hole() {
        let templates: BTreeSet<String> =
            ["cart: red sold out", "cart: blue sold out", "cart: green sold out", "cart: grey sold out", "user logged in"].map(String::from).into();
        let joined = join(&templates);
        assert_eq!(joined["cart: red sold out"], "cart: <word> sold out");
        assert_eq!(joined["user logged in"], "user logged in");
    }

    proptest! {
        #[test]
        fn a_template_is_its_own_and_never_panics(message in ".{0,120}") {
            let once = template(&message);
            prop_assert!(once.chars().count() <= 3 * LONGEST + 40);
            prop_assert_eq!(template(&message), once);
        }

        #[test]
        fn figures_do_not_matter(a in 0u32..1_000_000, b in 0u32..1_000_000) {
            prop_assert_eq!(template(&format!("took {a} ms for order {b}")), template(&format!("took {b} ms for order {a}")));
        }
    }
}
