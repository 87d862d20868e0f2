//! The brief on screen: a statement stands until another one has held, and what was said before is kept.

use super::state::{PaneData, State};
use crate::answers::brief::{Brief, Cause, Confidence, Found};
use crate::answers::{BriefParams, Scope};
use crate::export::{hit, statement, what_broke};
use crate::model::{Fault, Timestamp, Zone};
use std::sync::Arc;

/// What the first two lines say, and what they said.
#[derive(Clone, Debug, Default)]
pub struct BriefPane {
    /// The statement on screen.
    pub data: PaneData<Brief>,
    /// Another one that has come so often in a row.
    rival: Option<(Arc<Brief>, u32)>,
    /// What stands is kept, whatever comes.
    pub pinned: bool,
    /// When what stands was first said, and what was said before it.
    pub changed: Option<(Timestamp, String)>,
    /// Earlier statements with the time at which each was first said, the oldest first.
    pub earlier: Vec<(Timestamp, String)>,
}

/// Another statement takes the place of one when it has come so often in a row.
const HELD: u32 = 2;
/// So many earlier statements are kept.
const KEPT: usize = 50;

/// Kind, name and service: two briefs with the same say the same.
fn said(brief: &Brief) -> (Found, Option<(&str, &str)>) {
    (brief.found, brief.origin.as_ref().map(|o: &Cause| (o.name.as_str(), o.service.as_str())))
}

/// A statement in a few words.
pub fn words(brief: &Brief) -> String {
    match (&brief.origin, brief.found) {
        (Some(origin), _) => format!("{} {} of {}", origin.kind.name(), origin.name, origin.service),
        (None, Found::Blind) => "blind".to_string(),
        (None, _) => "nothing unusual".to_string(),
    }
}

impl BriefPane {
    /// What to ask.
    pub fn params(state: &State) -> BriefParams {
        // What it found to be the time before is not what it is to look for again.
        let scope = Scope { query: None, baseline: state.baseline, ..state.scope.clone() };
        BriefParams { scope, who: state.start.who.clone(), told: state.told.clone() }
    }

    /// Takes in what came. A first finding is said at once; what stands is replaced by what has held for two refreshes.
    pub fn take(&mut self, outcome: Result<Arc<Brief>, Fault>) {
        let brief = match outcome {
            Ok(brief) => brief,
            Err(fault) => {
                self.data.take(Err(fault));
                return;
            }
        };
        let Some(stands) = self.data.answer.clone() else {
            self.say(brief);
            return;
        };
        if said(&stands) == said(&brief) {
            self.rival = None;
            self.data.take(Ok(brief));
            return;
        }
        let alarm = stands.found != Found::Found && brief.origin.as_ref().is_some_and(|o| o.confidence > Confidence::Low);
        let before = self.rival.take().filter(|(rival, _)| said(rival) == said(&brief)).map_or(0, |(_, times)| times);
        if !self.pinned && (alarm || before + 1 >= HELD) {
            let was = (stands.clock, words(&stands));
            self.changed = Some((brief.clock, was.1.clone()));
            self.earlier.push(was);
            let over = self.earlier.len().saturating_sub(KEPT);
            self.earlier.drain(..over);
            self.say(brief);
        } else {
            self.rival = Some((brief, before + 1));
        }
    }

    /// What would be said if what stands were not pinned.
    pub fn else_says(&self) -> Option<String> {
        let (rival, times) = self.rival.as_ref().filter(|_| self.pinned)?;
        (*times >= HELD).then(|| words(rival))
    }

    fn say(&mut self, brief: Arc<Brief>) {
        self.rival = None;
        self.data.take(Ok(brief));
    }

    /// What broke, and since when.
    pub fn headline(&self, zone: Zone) -> Option<String> {
        let brief = self.data.answer.as_ref()?;
        brief.origin.as_ref().map(|origin| statement(origin, brief.clock, zone))
    }

    /// Who is hit, in a few words.
    pub fn hit(&self) -> Option<String> {
        self.data.answer.as_ref().map(|brief| hit(brief))
    }

    /// What there is to read behind `w`.
    pub fn why(&self) -> Vec<String> {
        let Some(brief) = &self.data.answer else { return vec!["the brief has not been answered yet".to_string()] };
        let mut lines = vec![brief.origin.as_ref().map_or_else(|| words(brief), what_broke)];
        lines.extend(self.else_says().map(|says| format!("pinned; it would say now: {says}")));
        if let Some((at, was)) = &self.changed {
            lines.push(format!("changed {}, was: {was}", at.rfc3339()));
        }
        let list = |lines: &mut Vec<String>, title: &str, sentences: &[String]| {
            if !sentences.is_empty() {
                lines.push(String::new());
                lines.push(title.to_string());
                lines.extend(sentences.iter().map(|sentence| format!("· {sentence}")));
            }
        };
        if let Some(origin) = &brief.origin {
            list(&mut lines, &format!("Because ({} confidence)", origin.confidence.name()), &origin.because);
            list(&mut lines, "Against", &origin.against);
        }
        let others: Vec<String> = brief
            .alternatives
            .iter()
            .map(|o| format!("{} {} of {} ({}): {}", o.kind.name(), o.name, o.service, o.confidence.name(), o.because.join("; ")))
            .collect();
        list(&mut lines, "Other candidates", &others);
        let findings: Vec<String> = brief.findings.iter().map(|f| f.sentence.clone()).collect();
        list(&mut lines, "What was noticed", &findings);
        let earlier: Vec<String> = self.earlier.iter().rev().map(|(at, words)| format!("{}: {words}", at.rfc3339())).collect();
        list(&mut lines, "Said before", &earlier);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::brief::{CauseKind, Impact};
    use crate::model::{Completeness, TimeRange};

    fn brief(name: Option<&str>) -> Arc<Brief> {
        let at = Timestamp::from_millis(0);
        let origin = name.map(|name| Cause {
            kind: CauseKind::Service,
            name: name.to_string(),
            service: name.to_string(),
            since: Some(at),
            until: None,
            confidence: Confidence::High,
            because: vec!["it fails".to_string()],
            against: Vec::new(),
            sets_apart: Vec::new(),
        });
        Arc::new(Brief {
            range: TimeRange { from: at, to: at },
            found: if name.is_some() { Found::Found } else { Found::Nothing },
            baseline: None,
            origin,
            alternatives: Vec::new(),
            affected: Vec::new(),
            impact: Impact::default(),
            changes: Vec::new(),
            findings: Vec::new(),
            traces: Vec::new(),
            blind_since: None,
            clock: at,
            completeness: Completeness::default(),
        })
    }

    fn says(pane: &BriefPane) -> String {
        pane.data.answer.as_ref().map(|b| words(b)).unwrap_or_default()
    }

    #[test]
    fn it_does_not_flip() {
        let mut pane = BriefPane::default();
        pane.take(Ok(brief(None)));
        pane.take(Ok(brief(Some("cart"))));
        assert_eq!(says(&pane), "service cart of cart", "an alarm is said at once");
        pane.take(Ok(brief(Some("tax"))));
        pane.take(Ok(brief(Some("cart"))));
        pane.take(Ok(brief(Some("tax"))));
        assert_eq!(says(&pane), "service cart of cart", "another one has not held");
        pane.take(Ok(brief(Some("tax"))));
        assert_eq!(says(&pane), "service tax of tax");
        assert_eq!(pane.changed.as_ref().map(|c| c.1.as_str()), Some("service cart of cart"));
        pane.pinned = true;
        (0..3).for_each(|_| pane.take(Ok(brief(Some("cart")))));
        assert_eq!((says(&pane).as_str(), pane.else_says().as_deref()), ("service tax of tax", Some("service cart of cart")), "it is pinned");
        pane.pinned = false;
        pane.take(Ok(brief(Some("tax"))));
        pane.take(Ok(brief(None)));
        assert_eq!(says(&pane), "service tax of tax", "nor is an all-clear given at the first sight of one");
    }
}
