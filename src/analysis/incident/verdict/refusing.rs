//! From requests that were turned away to a cause: nothing else is wrong.

use super::Evidence;
use super::causes::PLAINLY;
use crate::analysis::incident::apart::Apart;
use crate::analysis::incident::course::Ail;
use crate::analysis::incident::sentence as say;
use crate::analysis::incident::{Cause, CauseKind, Confidence};

/// Refusals of a smaller share, or fewer of them, may be those of any day.
const MANY_REFUSED: f64 = 0.2;
const LEAST_REFUSED: f64 = 12.0;
const ONLY_REFUSALS: &str = "only refusals (4xx) show it: what is asked for may be wrong, or rightly refused";

impl Evidence {
    /// Requests that are turned away, and by whom in the end.
    pub(super) fn of_refused(&self) -> Option<Cause> {
        let symptom = self.symptoms.iter().find(|s| s.ail == Ail::Refuses)?;
        let (stretch, suspect) = (&symptom.stretch, self.refused.as_ref()?);
        let plain = stretch.share() >= PLAINLY * stretch.usual() && stretch.share() >= MANY_REFUSED && stretch.bad >= LEAST_REFUSED;
        let service = suspect.service.clone();
        let mut cause = Cause {
            kind: suspect.kind,
            name: suspect.name.clone(),
            confidence: Confidence::Medium,
            because: vec![say::turned_away(suspect), say::symptom(&symptom.service, symptom.ail, stretch)],
            sets_apart: self.apart.get(&service).cloned().unwrap_or_default(),
            service,
            ..self.guess(symptom, ONLY_REFUSALS)
        };
        self.sharpen(&mut cause);
        plain.then_some(cause)
    }

    /// Requests of one side that are refused, and hardly anybody else's.
    pub(super) fn of_refusals(&self) -> Option<Cause> {
        let refusing = self.symptoms.iter().filter(|s| s.ail == Ail::Refuses);
        // Nearly all of them, or most where others are hardly ever refused.
        let most = |a: &Apart| a.share_bad >= 0.8 || (a.share_bad >= 0.6 && a.bad as f64 >= 10.0 * a.rate_rest * a.of as f64);
        let clear = |a: &&Apart| a.is_clear() && most(a) && a.bad >= 8;
        let whose = |a: &Apart| self.kind_of(&a.field).filter(|kind| matches!(kind, CauseKind::Tenant | CauseKind::Client | CauseKind::Version));
        let (symptom, kind, apart) = refusing.into_iter().find_map(|symptom| {
            let (kind, apart) = self.apart.get(&symptom.service)?.iter().filter(clear).find_map(|a| Some((whose(a)?, a)))?;
            Some((symptom, kind, apart))
        })?;
        Some(Cause {
            kind,
            name: apart.value.clone(),
            confidence: Confidence::Medium,
            because: vec![say::apart(apart), say::symptom(&symptom.service, symptom.ail, &symptom.stretch)],
            ..self.guess(symptom, ONLY_REFUSALS)
        })
    }
}
