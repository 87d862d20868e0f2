//! Where the time of a request went that nobody says failed.

use super::Suspect;
use crate::analysis::outside::says;
use crate::analysis::tree::Tree;
use crate::model::printable::millis;
use crate::model::{Level, Origin, SpanKind};
use std::collections::HashSet;

/// What takes less is not slow to whoever waits for it, ns.
const SLOW: i64 = 3_000_000_000;

/// The span, or whom it waited for, that took most of a request that was slow and did not fail; `None` where nobody did.
pub fn slowest(tree: &Tree<'_>) -> Option<Origin> {
    let answered = |i: &usize| tree.spans.get(*i).is_some_and(|s| s.kind == SpanKind::Service && (s.status.is_some() || !s.inferred));
    let root = (0..tree.spans.len()).filter(|i| tree.is_root(*i) && answered(i) && !tree.is_late(*i)).max_by_key(|i| tree.length(*i))?;
    let whole = tree.length(root);
    if let Some(late) = waited_in_queue(tree, root) {
        return tree.told(&[late]).map(|origin| Origin { slow: true, ..origin });
    }
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

/// Work that was sent on and began long after, for most of the time that all took, where whoever does it says that it waited: that it
/// began so late may else have been meant.
fn waited_in_queue(tree: &Tree<'_>, root: usize) -> Option<Suspect> {
    const WAITED: [&str; 6] = ["waited", "backlog", "consumer lag", "queue age", "queue delay", "in queue"];
    let end = (0..tree.spans.len()).map(|i| tree.edge(i).1).max()?;
    let all = end - tree.edge(root).0;
    let late = |i: &usize| {
        let parent = tree.parents.get(*i).copied().flatten()?;
        let waited = tree.edge(*i).0 - tree.edge(parent).1;
        (tree.is_late(*i) && waited >= SLOW && waited * 2 > all).then_some(waited)
    };
    let (waited, at) = (0..tree.spans.len()).filter_map(|i| Some((late(&i)?, i))).max()?;
    let warned = tree.latest(at).filter(|r| r.level >= Some(Level::Warn)).filter_map(|r| r.message.as_deref());
    let said = warned.into_iter().find(|text| says(text, &WAITED))?;
    let reason = format!("it began {} ms after it was sent: {said}", millis(waited as f64 / 1e6));
    Some(Suspect { at, outside: None, reason, sure: 2 })
}
