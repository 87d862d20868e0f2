//! A trace for a ticket or a channel: Markdown that shows the same wherever it is pasted.

use crate::answers::trace::TraceAnswer;
use crate::model::printable::{self, millis};
use crate::model::{Level, Span, Trace, Zone};

/// More spans or records than this make no ticket better.
const SPANS: usize = 40;
const RECORDS: usize = 40;

/// The trace as Markdown; empty when it was not found. Nothing that a record says is taken for markup.
pub fn trace_markdown(answer: &TraceAnswer, zone: Zone) -> String {
    let Some(trace) = &answer.trace else { return String::new() };
    let (start, end) = trace.edges();
    let mut out = format!("## Trace {}\n\n", plain(&trace.trace_id));
    out.push_str(&format!(
        "{} {} {} · {} ms · {} records · {}\n\n",
        zone.day(start),
        zone.clock_millis(start),
        zone.name(),
        millis(end.millis_since(start)),
        trace.records.len(),
        plain(&trace.services.join(", "))
    ));
    match &trace.origin {
        Some(origin) => {
            let noticed = if origin.name == origin.service {
                String::new()
            } else {
                format!(" ({}, noticed by {})", origin.kind.name(), plain(&origin.service))
            };
            out.push_str(&format!(
                "**It {} at {}**{noticed}: {} _({} confidence)_\n",
                if origin.slow { "was slow" } else { "broke" },
                plain(&origin.name),
                plain(&origin.reason),
                origin.confidence
            ));
            for other in &origin.alternatives {
                out.push_str(&format!("\nOr at {}: {}\n", plain(&other.name), plain(&other.reason)));
            }
        }
        None => out.push_str("**It did not fail**, or what failed was made good.\n"),
    }
    out.push('\n');
    trace.remarks.iter().for_each(|remark| out.push_str(&format!("- {}\n", plain(remark))));
    out.push_str("\n| at ms | span | ms | of its own | |\n|---:|---|---:|---:|---|\n");
    for (i, span) in trace.spans.iter().enumerate().take(SPANS) {
        out.push_str(&row(trace, i, span));
    }
    if trace.spans.len() > SPANS {
        out.push_str(&format!("\n{} more spans\n", trace.spans.len() - SPANS));
    }
    let telling: Vec<_> = trace.records.iter().filter(|r| r.level >= Some(Level::Warn) || r.is_failed()).collect();
    out.push_str(&format!(
        "\nErrors, warnings and failed requests ({}), times in UTC:\n\n| time | level | service | message |\n|---|---|---|---|\n",
        telling.len()
    ));
    for record in telling.iter().take(RECORDS) {
        let status = record.status.map_or(String::new(), |status| format!("{status} "));
        out.push_str(&format!(
            "| {} | {} | {} | {status}{} |\n",
            record.timestamp.rfc3339(),
            record.level.map_or("-", Level::name),
            plain(record.service.as_deref().unwrap_or("-")),
            plain(record.message.as_deref().unwrap_or("-"))
        ));
    }
    out.push('\n');
    answer.completeness.notes.iter().for_each(|note| out.push_str(&format!("_{}_\n", plain(note))));
    out
}

fn row(trace: &Trace, at: usize, span: &Span) -> String {
    let (start, _) = trace.edges();
    let depth = trace.depths.get(at).copied().unwrap_or(0).min(12);
    let marks = [
        (span.failed, "failed"),
        (span.open, "never completed"),
        (span.ambiguous, "parent guessed"),
        (trace.on_path.get(at) == Some(&true), "critical path"),
    ];
    let marks: Vec<&str> = marks.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    format!(
        "| {} | {}{} {} | {} | {} | {} |\n",
        millis(Trace::true_start(span).millis_since(start)),
        "&nbsp;&nbsp;".repeat(depth),
        plain(&span.service),
        plain(&span.name),
        millis(span.duration_ms),
        millis(span.self_ms),
        marks.join(", ")
    )
}

/// One line in which nothing is markup, cut to what a table bears.
pub(super) fn plain(text: &str) -> String {
    let line = printable::line(text);
    let cut = printable::cut(&line, 200);
    let mut out = String::with_capacity(cut.len());
    for c in cut.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            // Nobody is called by an incident's records.
            '@' => out.push_str("@\u{200b}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_a_record_says_is_no_markup() {
        assert_eq!(plain("a|b `c` <img> [x](y)\n@here"), "a\\|b \\`c\\` \\<img\\> \\[x\\](y)⏎@\u{200b}here");
    }
}
