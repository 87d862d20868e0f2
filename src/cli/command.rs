//! Command lines that ask the same source as this one.

use super::args::Common;
use crate::answers::brief::Brief;
use crate::model::printable::shell_word;

/// The options that lead to the same source; never a secret, for those are no options.
pub fn source_words(common: &Common) -> Vec<String> {
    let mut words = Vec::new();
    let mut put = |name: &str, value: Option<String>| words.extend(value.into_iter().flat_map(|v| [name.to_string(), v]));
    put("--profile", common.profile.clone());
    put("--url", common.url.clone());
    put("--ca", common.ca.as_ref().map(|p| p.display().to_string()));
    put("--index", common.index.clone());
    put("--schema", common.schema.clone());
    put("--tz", common.tz.clone());
    put("--interval", common.interval.clone());
    put("--changes", common.changes.clone());
    put("--threshold", Some(common.threshold.to_string()).filter(|_| common.threshold != 1000.0));
    for file in &common.file {
        put("--file", Some(file.clone()));
    }
    words
}

/// The same for a shell; begins with a blank, or is empty.
pub fn source_options(common: &Common) -> String {
    source_words(common).iter().map(|word| format!(" {}", shell_word(word))).collect()
}

/// The end of the range, where that is not the newest there is.
pub fn until(common: &Common, brief: &Brief) -> String {
    let is_earlier = common.to.is_some() && brief.range.to < brief.clock;
    if is_earlier { format!(" --to {}", brief.range.to.rfc3339()) } else { String::new() }
}
