//! Where a request broke: the deepest span whose failure the others inherit, or what that span was waiting for.

use crate::model::{LogRecord, Origin, OriginKind, Span};

/// The origin among spans in tree order; `None` when nothing failed.
pub fn find(spans: &[Span], records: &[LogRecord]) -> Option<Origin> {
    let has_failed_child = |span: &Span| spans.iter().any(|child| child.parent.as_ref() == Some(&span.id) && child.failed);
    let mut deepest: Vec<&Span> = spans.iter().filter(|span| span.failed && !has_failed_child(span)).collect();
    // Inherited by most first: the deeper a failure, the more callers failed with it.
    deepest.sort_by(|a, b| inherited(b, spans).cmp(&inherited(a, spans)).then_with(|| a.start.cmp(&b.start)));
    let first = deepest.first()?;
    let mut origin = describe(first, records);
    let others = deepest.iter().skip(1).filter(|span| span.service != first.service);
    origin.alternatives = others.take(3).map(|span| describe(span, records)).collect();
    if first.ambiguous || !origin.alternatives.is_empty() {
        origin.confidence = "medium";
    }
    Some(origin)
}

/// How many spans above it failed as well.
fn inherited(span: &Span, spans: &[Span]) -> usize {
    let mut count = 0;
    let mut parent = span.parent.as_ref();
    while let Some(above) = parent.and_then(|id| spans.iter().find(|s| s.id == *id)) {
        count += usize::from(above.failed);
        parent = above.parent.as_ref();
        if count > spans.len() {
            break;
        }
    }
    count
}

fn describe(span: &Span, records: &[LogRecord]) -> Origin {
    let own = |r: &&LogRecord| {
        r.service.as_deref() == Some(&span.service) && r.span_id.as_deref().or(r.request_id.as_deref()).is_none_or(|id| span.id.ends_with(id))
    };
    let thrown = records.iter().filter(own).find(|r| r.exception.is_some());
    let text = thrown.and_then(|r| r.exception.as_ref()?.message.clone());
    let kind = thrown.and_then(|r| r.exception.as_ref()?.kind.clone());
    let at = thrown.or_else(|| records.iter().filter(own).find(|r| r.is_error() || r.is_failed())).map_or(span.start, |r| r.timestamp);
    let outside = text.as_deref().zip(kind.as_deref()).and_then(|(text, kind)| outside_party(text, kind));
    let said = match (&kind, &text) {
        (Some(kind), Some(text)) => format!("{kind}: {text}"),
        (Some(kind), None) => kind.clone(),
        _ if span.open => "it started and never completed".to_string(),
        _ => format!("{} answered with a failure and called nothing that failed", span.name),
    };
    let (kind, name, confidence) = match outside {
        Some(name) => (OriginKind::Dependency, name, "high"),
        None => (OriginKind::Service, span.service.clone(), if text.is_some() { "high" } else { "medium" }),
    };
    Origin { kind, name, service: span.service.clone(), span: span.id.clone(), timestamp: at, reason: said, confidence, alternatives: Vec::new() }
}

/// The party that an exception blames: `stripe POST /v1/…: no answer`, `… https://api.stripe.com/…`, where the type speaks
/// of a connection or its time.
fn outside_party(text: &str, kind: &str) -> Option<String> {
    let lower = kind.to_ascii_lowercase();
    if !["timeout", "connect", "unavailable", "socket", "gateway", "dns", "ssl", "refused", "reset"].iter().any(|w| lower.contains(w)) {
        return None;
    }
    if let Some((_, rest)) = text.split_once("://") {
        let host: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
        return (!host.is_empty()).then_some(host);
    }
    let mut words = text.split_whitespace();
    let (name, method) = (words.next()?, words.next()?);
    let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&method);
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    (is_method && is_name).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::outside_party;

    #[test]
    fn who_is_blamed() {
        assert_eq!(outside_party("stripe POST /v1/charges: no answer", "TimeoutError").as_deref(), Some("stripe"));
        assert_eq!(outside_party("GET https://api.adyen.com/x failed", "ConnectTimeout").as_deref(), Some("api.adyen.com"));
        assert_eq!(outside_party("stripe POST /v1/charges", "ValueError"), None);
        assert_eq!(outside_party("Connection reset by peer", "ConnectionResetError"), None);
    }
}
