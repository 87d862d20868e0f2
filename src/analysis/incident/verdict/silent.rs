//! From what is not heard of, or hardly does anything, to a cause.

use super::Evidence;
use super::causes::FIRST_MS;
use crate::analysis::incident::course::Ail;
use crate::analysis::incident::sentence as say;
use crate::analysis::incident::stopped::{Resumed, Stop};
use crate::analysis::incident::unheard::Unheard;
use crate::analysis::incident::{Cause, CauseKind, Confidence, PIPELINE_OF};
use crate::analysis::outside::says;
use crate::model::Timestamp;

/// What has been silent for less than this may only be slow to be heard of, ms.
const SURELY_GONE_MS: i64 = 90_000;

/// Whether a service is one of those that carry the others' records, by its name.
pub(super) fn carries_logs(service: &str) -> bool {
    const CARRIERS: [&str; 13] = [
        "vector",
        "fluent",
        "filebeat",
        "logstash",
        "promtail",
        "otel-col",
        "otelcol",
        "alloy",
        "syslog",
        "log-ship",
        "log-agent",
        "log-forward",
        "log-collector",
    ];
    says(service, &CARRIERS)
}

impl Evidence {
    /// Who is there and hardly does anything, where nothing tells why: the one by whom most is left undone.
    pub(super) fn of_idle(&self) -> Option<Cause> {
        let symptom = self.symptoms.iter().filter(|s| s.ail == Ail::Idles).max_by(|a, b| a.stretch.gain.total_cmp(&b.stretch.gain))?;
        let caller = self.unasked.get(&symptom.service);
        let service = caller.unwrap_or(&symptom.service).clone();
        let mut because = vec![say::symptom(&symptom.service, symptom.ail, &symptom.stretch)];
        because.extend(caller.map(|caller| say::asks_no_more(caller, &symptom.service)));
        Some(Cause {
            kind: CauseKind::Service,
            name: service.clone(),
            service,
            since: Some(symptom.stretch.since()),
            until: None,
            confidence: Confidence::Medium,
            because,
            against: vec!["nothing fails by it: whoever gives it work may have none".to_string()],
            sets_apart: Vec::new(),
        })
    }

    /// Whether a service is only not asked any more, by one that others of its callees show to have gone on without them.
    pub(super) fn is_unasked(&self, service: &str) -> bool {
        let idle = |name: &String| self.symptoms.iter().any(|s| s.ail == Ail::Idles && s.service == *name);
        self.unasked.get(service).is_some_and(|caller| self.unasked.iter().any(|(name, by)| by == caller && idle(name)))
    }

    /// A machine whose records do not arrive.
    pub(super) fn of_unheard(&self, unheard: &Unheard) -> Cause {
        Cause {
            kind: CauseKind::Pipeline,
            name: format!("{PIPELINE_OF}{}", unheard.host),
            service: unheard.services.first().cloned().unwrap_or_default(),
            since: Some(Timestamp::from_millis(unheard.last_ms)),
            until: None,
            confidence: if unheard.services.len() > 3 { Confidence::High } else { Confidence::Medium },
            because: vec![say::unheard(unheard)],
            against: Vec::new(),
            sets_apart: Vec::new(),
        }
    }

    /// Who was silent and is back: of several together the way that their records take.
    pub(super) fn of_resumed(&self) -> Option<Cause> {
        let resumed = || self.resumed.iter().filter(|r| !self.is_unasked(&r.stopped.service));
        let first = resumed().max_by_key(|r| r.back_ms - r.stopped.last_ms)?;
        let near = |a: i64, b: i64| (a - b).abs() <= FIRST_MS;
        let together: Vec<&Resumed> =
            resumed().filter(|r| near(r.back_ms, first.back_ms) && near(r.stopped.last_ms, first.stopped.last_ms)).collect();
        let alone = together.len() < 2;
        Some(Cause {
            kind: if alone { CauseKind::Service } else { CauseKind::Pipeline },
            name: if alone { first.stopped.service.clone() } else { "log pipeline".to_string() },
            service: first.stopped.service.clone(),
            since: Some(Timestamp::from_millis(first.stopped.last_ms)),
            until: Some(Timestamp::from_millis(first.back_ms)),
            confidence: Confidence::Medium,
            because: together.into_iter().map(say::resumed).collect(),
            against: Vec::new(),
            sets_apart: Vec::new(),
        })
    }

    pub(super) fn of_stop(&self, stop: &Stop) -> Cause {
        let (kind, name, service, first, because, confidence) = match stop {
            Stop::Dead(one) => {
                // Shortly after it others may prove to have stopped with it.
                let sure = if one.gone_ms >= SURELY_GONE_MS { Confidence::High } else { Confidence::Medium };
                (CauseKind::Service, one.service.clone(), one.service.clone(), one.last_ms, vec![say::silent(one)], sure)
            }
            Stop::Unheard(all, why) => {
                let names: Vec<&str> = all.iter().map(|s| s.service.as_str()).collect();
                let mut because: Vec<String> = all.iter().map(say::silent).collect();
                because.push(why.clone());
                let service = all.iter().max_by(|a, b| a.per_minute.total_cmp(&b.per_minute)).map(|s| s.service.clone()).unwrap_or_default();
                let first = all.iter().map(|s| s.last_ms).max().unwrap_or_default();
                let sure = if all.len() >= 3 { Confidence::High } else { Confidence::Medium };
                because.push(format!("records of {} do not arrive; the services need not be down", names.join(", ")));
                (CauseKind::Pipeline, "log pipeline".to_string(), service, first, because, sure)
            }
        };
        Cause {
            kind,
            name,
            service,
            since: Some(Timestamp::from_millis(first)),
            until: None,
            confidence,
            because,
            against: Vec::new(),
            sets_apart: Vec::new(),
        }
    }
}
