//! Which spans a request was waiting for.

use crate::model::Span;
use std::collections::BTreeMap;

/// The stretches of the critical path (span id, from, to: ms from the first span's start), in order of time.
///
/// From the root's end backwards: the child that ended last before that moment held everything up; before it began its
/// parent did, and so on (the walk of Zhang and others, "CRISP", USENIX ATC 2022).
pub fn find(spans: &[Span]) -> Vec<(String, f64, f64)> {
    let Some(root) = spans.iter().filter(|s| s.parent.is_none()).max_by(|a, b| a.duration_ms.total_cmp(&b.duration_ms)) else { return Vec::new() };
    let zero = spans.iter().map(|s| s.start.nanos()).min().unwrap_or(0);
    let mut children: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        if let Some(parent) = &span.parent {
            children.entry(parent).or_default().push(span);
        }
    }
    for list in children.values_mut() {
        list.sort_by_key(|s| s.end());
    }
    let mut path = Vec::new();
    let mut stack = vec![(root, root.end().nanos())];
    while let Some((span, until)) = stack.pop() {
        let mut until = until.min(span.end().nanos());
        let mut below = Vec::new();
        for child in children.get(span.id.as_str()).into_iter().flatten().rev() {
            if child.end().nanos() > until || child.start < span.start {
                continue;
            }
            push(&mut path, span, child.end().nanos(), until, zero);
            below.push((*child, child.end().nanos()));
            until = child.start.nanos();
        }
        push(&mut path, span, span.start.nanos(), until, zero);
        stack.extend(below);
    }
    path.sort_by(|a, b| a.1.total_cmp(&b.1));
    path
}

fn push(path: &mut Vec<(String, f64, f64)>, span: &Span, from: i64, to: i64, zero: i64) {
    if to > from {
        path.push((span.id.clone(), (from - zero) as f64 / 1e6, (to - zero) as f64 / 1e6));
    }
}

#[cfg(test)]
mod tests {
    use super::super::assemble::{Marks, assemble};
    use crate::model::{LogRecord, Timestamp};

    fn span(service: &str, start: i64, took: i64) -> LogRecord {
        LogRecord {
            timestamp: Timestamp::from_millis(start + took),
            service: Some(service.into()),
            span_id: Some(service.into()),
            duration_ms: Some(took as f64),
            status: Some(200),
            ..LogRecord::default()
        }
    }

    #[test]
    fn of_two_parallel_calls_the_slower_one_counts() {
        let trace = assemble("t", vec![span("a", 0, 100), span("fast", 5, 20), span("late", 40, 50), span("early", 10, 25)], Marks::default());
        let path: Vec<_> = trace.critical_path.iter().map(|(id, from, to)| (id.as_str(), *from as i64, *to as i64)).collect();
        assert_eq!(path, [("a", 0, 10), ("early", 10, 35), ("a", 35, 40), ("late", 40, 90), ("a", 90, 100)]);
        let whole: i64 = path.iter().map(|(_, from, to)| to - from).sum();
        assert_eq!(whole, 100, "no time is counted twice or left out");
    }
}
