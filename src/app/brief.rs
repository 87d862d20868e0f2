//! The brief on screen: a statement stands until another one has held, and what was said before is kept.

use super::state::{PaneData, State};
use crate::answers::brief::{Brief, Cause, CauseKind, Confidence, Found};
use crate::answers::{BriefParams, Scope};
use crate::export::{hit, statement, what_broke};
use crate::model::{Fault, TimeRange, Timestamp, Zone};
use std::sync::Arc;

/// What the first two lines say, and what they said.
#[derive(Clone, Debug, Default)]
pub struct BriefPane {
    /// The statement on screen.
    pub data: PaneData<Brief>,
    /// Another one that has come so often in a row.
    rival: Option<(Arc<Brief>, u32)>,
    /// What stands has come so often in a row with less confidence than it is shown with.
    weaker: u32,
    /// What stands is kept, whatever comes.
    pub pinned: bool,
    /// Another range or other filters were chosen since the last answer.
    pub moved: bool,
    /// When what stands was first said, and what was said before it.
    pub changed: Option<(Timestamp, String)>,
    /// Earlier statements with the time at which each was first said, the oldest first.
    pub earlier: Vec<(Timestamp, String)>,
}

/// A better statement takes the place of one when it has come so often in a row.
const HELD: u32 = 2;
/// One that is founded worse, or takes back what was said, must hold for longer.
const HELD_LONG: u32 = 6;
/// What stands is as sure as it was, and as much over, until it has come so often in a row with less.
const HELD_SURE: u32 = 12;
/// So many earlier statements are kept.
const KEPT: usize = 50;

/// Name and service: two briefs with the same say the same. Of a machine it does not matter which of its services suffers most.
pub fn said(brief: &Brief) -> (Found, Option<(&str, &str)>) {
    let service = |o: &Cause| o.kind != CauseKind::Host;
    (brief.found, brief.origin.as_ref().map(|o| (o.name.as_str(), if service(o) { o.service.as_str() } else { "" })))
}

/// How often in a row a statement must come before it takes the place of the one that stands.
fn must_hold(stands: &Brief, rival: &Brief) -> u32 {
    let (Some(was), Some(now)) = (&stands.origin, &rival.origin) else {
        // What broke is not forgotten because a look did not see it; that nothing can be seen is said soon.
        return if stands.origin.is_some() && rival.found == Found::Nothing { HELD_LONG } else { HELD };
    };
    // Of what is over nothing better will be known.
    if was.until.is_some() && now.until.is_some() && now.confidence < was.confidence {
        return u32::MAX;
    }
    let suffered = now.name == now.service && stands.affected.contains(&now.service);
    // Whose requests they are is what was said; where they fail most is not.
    let elsewhere = now.name == was.name;
    if suffered || elsewhere || now.confidence < was.confidence { HELD_LONG } else { HELD }
}

/// Whether what was said is of an incident that the range of another brief shows as well.
fn is_about(stands: &Brief, brief: &Brief) -> bool {
    let during = |origin: &Cause| Some(TimeRange { from: origin.since?, to: origin.until.unwrap_or(stands.clock) });
    stands.origin.as_ref().is_some_and(|origin| during(origin).is_none_or(|during| during.meets(brief.range)))
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
        let moved = std::mem::take(&mut self.moved);
        let Some(stands) = self.data.answer.clone() else {
            self.say(brief);
            return;
        };
        if said(&stands) == said(&brief) {
            self.rival = None;
            let brief = self.as_sure_as(&stands, brief);
            self.data.take(Ok(brief));
            return;
        }
        if moved && !self.pinned && !is_about(&stands, &brief) {
            self.changed = None;
            self.say(brief);
            return;
        }
        let alarm = stands.found != Found::Found && brief.origin.as_ref().is_some_and(|o| o.confidence > Confidence::Low);
        let before = self.rival.take().filter(|(rival, _)| said(rival) == said(&brief)).map_or(0, |(_, times)| times);
        if !self.pinned && (alarm || before + 1 >= must_hold(&stands, &brief)) {
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

    /// What stands is as sure as it was until it has been less so for a while; what is over is as sure as it was when it went on.
    fn as_sure_as(&mut self, stands: &Brief, brief: Arc<Brief>) -> Arc<Brief> {
        let (Some(was), Some(now)) = (&stands.origin, &brief.origin) else { return brief };
        let goes_on = was.until.is_some() && now.until.is_none();
        self.weaker = if now.confidence < was.confidence || goes_on { self.weaker + 1 } else { 0 };
        if self.weaker == 0 || (self.weaker >= HELD_SURE && now.until.is_none()) {
            self.weaker = 0;
            return brief;
        }
        let mut kept = Brief::clone(&brief);
        if let Some(origin) = &mut kept.origin {
            origin.confidence = origin.confidence.max(was.confidence);
            origin.until = origin.until.or(was.until);
        }
        Arc::new(kept)
    }

    fn say(&mut self, brief: Arc<Brief>) {
        (self.rival, self.weaker) = (None, 0);
        self.data.take(Ok(brief));
    }

    /// What broke, and since when.
    pub fn headline(&self, zone: Zone) -> Option<String> {
        let brief = self.data.answer.as_ref()?;
        brief.origin.as_ref().map(|origin| statement(origin, brief.now(), zone))
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
    use crate::answers::brief::Impact;
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
        (0..5).for_each(|_| pane.take(Ok(brief(None))));
        assert_eq!(says(&pane), "service tax of tax", "nor is an all-clear given before it has held");
        pane.take(Ok(brief(None)));
        assert_eq!(says(&pane), "nothing unusual");
    }

    /// The same with other words.
    fn with(brief: &Arc<Brief>, confidence: Confidence, affected: &[&str]) -> Arc<Brief> {
        let mut brief = Brief::clone(brief);
        brief.affected = affected.iter().map(|name| name.to_string()).collect();
        brief.origin.iter_mut().for_each(|origin| origin.confidence = confidence);
        Arc::new(brief)
    }

    #[test]
    fn who_suffers_from_what_was_named_takes_its_place_only_after_a_while() {
        let mut pane = BriefPane::default();
        pane.take(Ok(with(&brief(Some("tax")), Confidence::High, &["cart"])));
        (0..4).for_each(|_| pane.take(Ok(brief(Some("cart")))));
        assert_eq!(says(&pane), "service tax of tax");
        (0..2).for_each(|_| pane.take(Ok(brief(Some("cart")))));
        assert_eq!(says(&pane), "service cart of cart");
    }

    #[test]
    fn what_was_said_of_another_time_does_not_stand_for_the_one_on_screen() {
        let mut pane = BriefPane::default();
        let of = |name, minutes: i64| {
            let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
            Arc::new(Brief { range: TimeRange { from: at(minutes), to: at(minutes + 15) }, clock: at(60), ..Brief::clone(&brief(name)) })
        };
        pane.take(Ok(of(Some("tax"), 45)));
        pane.moved = true;
        pane.take(Ok(of(None, 50)));
        assert_eq!(says(&pane), "service tax of tax", "it is the same incident");
        pane.moved = true;
        pane.take(Ok(of(None, -60)));
        assert_eq!((says(&pane).as_str(), &pane.changed), ("nothing unusual", &None));
    }

    #[test]
    fn confidence_rises_at_once_and_falls_after_a_while() {
        let mut pane = BriefPane::default();
        let cart = brief(Some("cart"));
        let sure = |pane: &BriefPane| pane.data.answer.as_ref().and_then(|b| b.origin.as_ref()).map(|o| o.confidence);
        pane.take(Ok(with(&cart, Confidence::Medium, &[])));
        pane.take(Ok(cart.clone()));
        (0..11).for_each(|_| pane.take(Ok(with(&cart, Confidence::Medium, &[]))));
        assert_eq!(sure(&pane), Some(Confidence::High));
        pane.take(Ok(with(&cart, Confidence::Medium, &[])));
        assert_eq!(sure(&pane), Some(Confidence::Medium));
    }
}
