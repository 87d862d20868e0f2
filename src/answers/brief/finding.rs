//! What was noticed, each in a sentence of its own and with the command that shows it.

use crate::analysis::incident::{Ail, Evidence, Stop, TOLD, order, sentence};
use crate::answers::{Errors, State};
use crate::model::Timestamp;
use crate::model::printable::shell_word;

/// One thing that was noticed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What kind of thing.
    pub kind: &'static str,
    /// Whose.
    pub service: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// In words.
    pub sentence: String,
    /// What shows it.
    pub command: String,
}

/// A check: it looks at the evidence and says what it sees, or nothing.
trait Check {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding>;
}

struct Seen<'a> {
    evidence: &'a Evidence,
    errors: Option<&'a Errors>,
    now_ms: i64,
}

struct Symptoms;
struct Order;
struct Anew;
struct Silences;
struct Late;
struct Values;
struct Growths;
struct Changes;

/// All of them, the most telling first.
pub fn all(evidence: &Evidence, errors: Option<&Errors>, now_ms: i64) -> Vec<Finding> {
    let checks: [&dyn Check; 8] = [&Symptoms, &Order, &Anew, &Silences, &Late, &Values, &Growths, &Changes];
    let seen = Seen { evidence, errors, now_ms };
    checks.iter().flat_map(|check| check.look(&seen)).collect()
}

fn at(ms: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(ms))
}

impl Check for Symptoms {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let finding = |s: &crate::analysis::incident::Symptom| {
            let (kind, command) = match s.ail {
                Ail::Fails => ("failing", "errors --measure share"),
                Ail::Errs => ("errors", "errors"),
                Ail::Slow => ("slow", "slow"),
                Ail::Refuses => ("refused", "logs --query 'status >= 400'"),
                Ail::Surges => ("traffic", "errors --measure requests"),
                Ail::Idles => ("idle", "errors --measure records"),
            };
            let from = Timestamp::from_millis(s.stretch.from_ms - 600_000).rfc3339();
            Finding {
                kind,
                service: s.service.clone(),
                since: Some(s.stretch.since()),
                sentence: sentence::symptom(&s.service, s.ail, &s.stretch),
                command: format!("spia {command} --from {from} --filter {}", shell_word(&format!("service:{}", s.service))),
            }
        };
        seen.evidence.symptoms.iter().map(finding).collect()
    }
}

impl Check for Order {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let Some(sentence) = order(&seen.evidence.symptoms).filter(|_| !seen.evidence.ever) else { return Vec::new() };
        let since = seen.evidence.onset.map(|o| Timestamp::from_millis(o.from_ms));
        let service = seen.evidence.symptoms.first().map(|s| s.service.clone()).unwrap_or_default();
        let from = since.unwrap_or_default().plus_millis(-600_000).rfc3339();
        vec![Finding {
            kind: "order",
            service,
            since,
            sentence: format!("it began in {sentence}"),
            command: format!("spia errors --measure share --from {from}"),
        }]
    }
}

impl Check for Anew {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let of = |said: &crate::analysis::incident::SaidAnew| Finding {
            kind: "new_pattern",
            service: said.service.clone(),
            since: Some(said.first_seen),
            sentence: sentence::anew(said),
            command: format!(
                "spia patterns --from {} --filter {}",
                said.first_seen.plus_millis(-60_000).rfc3339(),
                shell_word(&format!("service:{}", said.service))
            ),
        };
        seen.evidence.said_anew.iter().map(of).collect()
    }
}

impl Check for Silences {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let stopped = seen.evidence.stops.iter().flat_map(Stop::services).cloned();
        stopped
            .map(|one| Finding {
                kind: "silent",
                since: at(one.last_ms),
                sentence: sentence::silent(&one),
                command: format!(
                    "spia logs --around {} --filter {}",
                    Timestamp::from_millis(one.last_ms).rfc3339(),
                    shell_word(&format!("service:{}", one.service))
                ),
                service: one.service,
            })
            .collect()
    }
}

impl Check for Late {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let late = seen.errors.into_iter().flat_map(|e| &e.services).filter(|s| s.state == State::Late);
        late.map(|s| Finding {
            kind: "late",
            service: s.service.clone(),
            since: s.newest,
            sentence: format!(
                "records of {} arrive late: the newest is {} old",
                s.service,
                s.newest.map_or("unknown".to_string(), |newest| crate::model::printable::age(seen.now_ms - newest.millis()))
            ),
            command: format!("spia errors --measure records --filter {}", shell_word(&format!("service:{}", s.service))),
        })
        .collect()
    }
}

impl Check for Values {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let since = seen.evidence.onset.map(|o| Timestamp::from_millis(o.from_ms));
        let apart = seen.evidence.apart.iter().flat_map(|(service, list)| list.iter().take(3).map(move |one| (service, one)));
        apart
            .map(|(service, one)| Finding {
                kind: "sets_apart",
                service: service.clone(),
                since,
                sentence: format!("{service}: {}", sentence::apart(one)),
                command: format!(
                    "spia logs --filter {} --filter {}",
                    shell_word(&format!("service:{service}")),
                    shell_word(&format!("{}:{}", one.field, one.value))
                ),
            })
            .collect()
    }
}

impl Check for Growths {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let since = seen.evidence.onset.map(|o| Timestamp::from_millis(o.from_ms));
        let growth = seen.evidence.growth.iter().filter(|(_, g)| g.share >= 0.3);
        growth
            .take(6)
            .map(|(service, one)| Finding {
                kind: "traffic",
                service: service.clone(),
                since,
                sentence: sentence::grew(service, one),
                command: format!(
                    "spia errors --measure requests --by {} --filter {}",
                    shell_word(&one.field),
                    shell_word(&format!("service:{service}"))
                ),
            })
            .collect()
    }
}

impl Check for Changes {
    fn look(&self, seen: &Seen<'_>) -> Vec<Finding> {
        let new = seen.evidence.changes.iter().filter(|c| c.is_new());
        new.map(|change| Finding {
            kind: "change",
            service: change.service.clone(),
            since: at(change.first_ms),
            sentence: sentence::deployed(change),
            command: match (change.field.as_str(), change.service.as_str()) {
                (TOLD, "") => format!("spia since {}", Timestamp::from_millis(change.first_ms).rfc3339()),
                (TOLD, service) => {
                    format!("spia since {} --filter {}", Timestamp::from_millis(change.first_ms).rfc3339(), shell_word(&format!("service:{service}")))
                }
                (field, service) => {
                    format!("spia errors --measure share --by {} --filter {}", shell_word(field), shell_word(&format!("service:{service}")))
                }
            },
        })
        .collect()
    }
}
