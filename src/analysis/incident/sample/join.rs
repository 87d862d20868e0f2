//! Suspects that are one and the same under several names.

use super::{NAMELESS, Suspect};
use crate::analysis::incident::CauseKind;
use crate::analysis::outside;

/// What is known by its make alone ("postgres", "database") is the host that the same service names, where it names one.
pub(super) fn join_nameless(suspects: &mut Vec<Suspect>) {
    let makes: Vec<String> = suspects.iter().filter(|s| outside::is_make(&s.name)).map(|s| s.name.clone()).collect();
    for make in makes {
        let Some(at) = suspects.iter().position(|s| s.name == make) else { continue };
        let nameless = suspects.remove(at);
        let named = suspects
            .iter_mut()
            .filter(|s| s.kind == CauseKind::Database && s.service == nameless.service && (!outside::is_make(&s.name) || make == NAMELESS));
        match named.max_by(|a, b| a.share.total_cmp(&b.share)) {
            Some(named) => {
                named.share += nameless.share;
                named.traces += nameless.traces;
            }
            None => suspects.push(nameless),
        }
    }
}

/// So many different names that are not found are the resolver's fault, not their owners'.
const UNRESOLVED: usize = 3;

/// Where ever other names are not found it is who finds them.
pub(super) fn join_unresolved(suspects: &mut Vec<Suspect>) {
    let (lost, mut others): (Vec<Suspect>, Vec<Suspect>) = std::mem::take(suspects).into_iter().partition(|s| outside::is_unresolved(&s.reason));
    let most = lost.iter().max_by(|a, b| a.share.total_cmp(&b.share)).cloned().filter(|_| lost.len() >= UNRESOLVED);
    match most {
        Some(most) => {
            let share = lost.iter().map(|s| s.share).sum::<f64>().min(1.0);
            let (traces, examples) = (lost.iter().map(|s| s.traces).sum(), lost.iter().flat_map(|s| s.examples.clone()).collect());
            others.push(Suspect { kind: CauseKind::Dependency, name: "dns".to_string(), share, traces, examples, ..most });
        }
        None => others.extend(lost),
    }
    *suspects = others;
}
