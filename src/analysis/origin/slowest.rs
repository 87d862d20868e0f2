//! Where the time of a request went that nobody says failed.

use super::Suspect;
use crate::analysis::tree::Tree;
use crate::model::printable::millis;
use crate::model::{Origin, SpanKind};
use std::collections::HashSet;

/// What takes less is not slow to whoever waits for it, ns.
const SLOW: i64 = 3_000_000_000;

/// The span, or whom it waited for, that took most of a request that was slow and did not fail; `None` where nobody did.
pub fn slowest(tree: &Tree<'_>) -> Option<Origin> {
    let answered = |i: &usize| tree.spans.get(*i).is_some_and(|s| s.kind == SpanKind::Service && (s.status.is_some() || !s.inferred));
    let root = (0..tree.spans.len()).filter(|i| tree.is_root(*i) && answered(i) && !tree.is_late(*i)).max_by_key(|i| tree.length(*i))?;
    let whole = tree.length(root);
    if whole < SLOW {
        return None;
    }
    let found = tree.slow(root, tree.edge(root).1, &mut HashSet::new(), 2).into_iter().next()?;
    // What failed in between was made good: that it took its time is no secret.
    if tree.is_broken(found.at) {
        return None;
    }
    let (own, span) = (tree.length(found.at), tree.spans.get(found.at)?);
    // What is left when its own calls are taken away is most of all.
    let asked: i64 = tree.calls(found.at).into_iter().map(|i| tree.length(i)).sum();
    let reason = format!("{} took {} of {} ms; nothing failed", span.name, millis(own as f64 / 1e6), millis(whole as f64 / 1e6));
    ((own - asked) * 2 > whole).then(|| tree.told(&[Suspect { reason, ..found }])).flatten().map(|origin| Origin { slow: true, ..origin })
}
