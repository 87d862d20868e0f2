//! Evidence in words.

use super::apart::{Apart, Growth};
use super::course::{Ail, Stretch};
use super::sample::{Slower, Suspect};
use super::stopped::{Resumed, Stopped};
use super::unheard::Unheard;
use super::{Cause, Change, SaidAnew, TOLD};
use crate::model::Timestamp;
use crate::model::printable::{age, cut, few, line, millis, percent, thousands};

fn clock(ms: i64) -> String {
    Timestamp::from_millis(ms).rfc3339().get(11..19).unwrap_or_default().to_string()
}

fn count(n: f64) -> String {
    thousands(n.max(0.0).round() as u64)
}

/// What speaks against what has been so since the first record.
pub const EVER: &str = "there is no record from before it: it may always have been so";

/// What traces say.
pub fn blamed(suspect: &Suspect) -> String {
    let said = line(&suspect.reason);
    format!("{} of {} failing traces read break there: {}", suspect.traces, suspect.of, cut(&said, 160))
}

/// Where requests were turned away, by how many of them.
pub fn turned_away(suspect: &Suspect) -> String {
    let said = line(&suspect.reason);
    format!("{} of {} requests read that were turned away (4xx) were so there: {}", suspect.traces, suspect.of, cut(&said, 160))
}

/// Who goes on without one that it used to ask.
pub fn asks_no_more(caller: &str, service: &str) -> String {
    format!("{caller} used to ask {service} for many of its requests, and goes on without it")
}

/// What is wrong with a service.
pub fn symptom(service: &str, ail: Ail, stretch: &Stretch) -> String {
    let (share, usual) = (percent(stretch.share()), percent(stretch.usual()));
    let (bad, of) = (count(stretch.bad), count(stretch.of));
    let from = clock(stretch.from_ms);
    let since = if stretch.lasts { format!("since {from}") } else { format!("from {from} to {}", clock(stretch.to_ms)) };
    match ail {
        Ail::Fails if stretch.usual_of <= 0.0 => {
            format!(
                "{service} fails {share} of its requests since the first record that there is, {from} ({bad} of {of}); what is usual is not known"
            )
        }
        Ail::Fails => format!("{service} fails {share} of its requests {since} ({bad} of {of}), before {usual}"),
        Ail::Errs => format!("{share} of the records of {service} are errors {since} ({bad} of {of}), before {usual}"),
        Ail::Slow => {
            let (now, before) = (millis(stretch.share()), millis(stretch.usual()));
            format!("requests of {service} take {now} ms {since} ({of} of them), before {before} ms")
        }
        Ail::Refuses => format!("{service} refuses {share} of its requests (4xx) {since} ({bad} of {of}), before {usual}"),
        Ail::Idles => {
            let (now, before) = (millis(stretch.share()), millis(stretch.usual()));
            format!("{service} does less than usual {since}: {now} requests or records a minute, before {before}")
        }
        Ail::Surges => format!("{service} gets {} requests a minute {since}, before {}", millis(stretch.share()), millis(stretch.usual())),
    }
}

/// What a service says, mostly, in the errors that it writes outside of any trace.
pub fn complaint(service: &str, text: &str) -> String {
    format!("{service} says: {}", cut(&line(text), 160))
}

/// Whose own part takes longer.
pub fn slower(slower: &Slower) -> String {
    format!(
        "the own part of {} in a request takes {} ms, before {} ms (traces of {} requests)",
        slower.service,
        millis(slower.now_ms),
        millis(slower.usual_ms),
        slower.visits
    )
}

/// Whom its records name.
pub fn complains(service: &str, party: &str) -> String {
    format!("its warnings and errors name {party}, more often than before ({service})")
}

/// Who failed only later.
pub fn before_failures(service: &str, since_ms: i64) -> String {
    format!("that began before {} failed ({})", line(service), clock(since_ms))
}

/// No trace links the two.
pub const ONLY_TIME: &str = "only the time speaks for it: no trace leads from the one to the other";

/// Which of two parties was complained of first.
pub fn earlier(first: &Cause, then: &Cause) -> String {
    format!("{} complained of {} before it complained of {}", first.service, first.name, then.name)
}

/// Who is gone to instead.
pub fn instead(text: &str) -> String {
    format!("others go elsewhere instead of to it: {}", cut(&line(text), 140))
}

/// Whom its records name with the time that it takes.
pub fn waits_for(service: &str, party: &str) -> String {
    format!("{service}'s own records say that most of that time goes to {party}")
}

/// What the bad ones have in common.
pub fn apart(apart: &Apart) -> String {
    format!(
        "{} of the bad requests have {} {}: {} of {} with it are bad ({}), without it {}",
        percent(apart.share_bad),
        apart.field,
        cut(&line(&apart.value), 60),
        thousands(apart.bad),
        thousands(apart.of),
        percent(apart.rate()),
        percent(apart.rate_rest)
    )
}

/// Whose traffic grew.
pub fn grew(service: &str, growth: &Growth) -> String {
    format!(
        "{} {} sends {} {} requests a minute, before {}: {} of what {service} gets more",
        growth.field,
        cut(&line(&growth.value), 60),
        service,
        millis(growth.now),
        millis(growth.before),
        percent(growth.share.min(1.0))
    )
}

/// A service that says nothing more.
pub fn silent(stopped: &Stopped) -> String {
    format!("{} wrote its last record at {}, usual are {} a minute", stopped.service, clock(stopped.last_ms), millis(stopped.per_minute))
}

/// A machine that is not heard of.
pub fn unheard(unheard: &Unheard) -> String {
    let few = few(&unheard.services, 3, "services");
    format!(
        "nothing has come from {} since {}; what runs there ({few}) goes on elsewhere, and {} records are missing",
        unheard.host,
        clock(unheard.last_ms),
        count(unheard.missing)
    )
}

/// A service that said nothing for a while.
pub fn resumed(resumed: &Resumed) -> String {
    let Stopped { service, last_ms, per_minute, .. } = &resumed.stopped;
    format!("{service} wrote nothing from {} to {}, usual are {} a minute", clock(*last_ms), clock(resumed.back_ms), millis(*per_minute))
}

/// A version that came with it.
pub fn deployed(change: &Change) -> String {
    if change.field == TOLD {
        let whose = if change.service.is_empty() { String::new() } else { format!(" ({})", change.service) };
        return format!("told: {}{whose} at {}", cut(&line(&change.value), 100), clock(change.first_ms));
    }
    format!("{} {} of {} was first seen at {}", change.field, change.value, change.service, clock(change.first_ms))
}

/// A change that somebody told, which may be it.
pub fn told(change: &Change, onset_ms: i64) -> String {
    let apart = onset_ms - change.first_ms;
    let when = if apart < 0 { format!("{} after", age(-apart)) } else { format!("{} before", age(apart)) };
    format!("told: {} at {}, {when} the onset", cut(&line(&change.value), 100), clock(change.first_ms))
}

/// Whom an overrun service complained of first.
pub fn began_with(service: &str, party: &str, at_ms: i64) -> String {
    format!("it began with {party}: {service} complained of it from {} on, before it was overrun", clock(at_ms))
}

/// A cache of which somebody complains as it did not before.
pub fn cache_gone(service: &str, pattern: &str, at_ms: i64, database: &str) -> String {
    let said = line(pattern);
    let said = cut(&said, 120);
    format!("{service} says since {} what it did not say before: {said}; {} is asked for what was held there", clock(at_ms), line(database))
}

/// A job that runs at another time than it does else.
pub fn began_to_work(service: &str, since_ms: i64) -> String {
    format!("{service} began to work at {}, as at no such time of the day before", clock(since_ms))
}

/// That two things began together is no proof.
pub fn only_at_that_time(suffers: &str) -> String {
    format!("only the time speaks for it: whether it uses {} is not shown", line(suffers))
}

/// Traffic that only grew once something was wrong.
pub fn grew_after(service: &str, growth: &Growth, trouble_ms: i64) -> String {
    let since = growth.since_ms.map_or(String::new(), clock);
    format!(
        "{} sends more only since {since}, and {service} was in trouble from {} on: it may try again for want of answers",
        line(&growth.value),
        clock(trouble_ms)
    )
}

/// A new version of a caller under which a service broke down.
pub fn overrun_by(change: &Change, service: &str, since_ms: i64) -> String {
    let (version, caller) = (line(&change.value), line(&change.service));
    format!("it began with version {version} of {caller}: its calls of {service} failed from {} on, before {service} failed anybody", clock(since_ms))
}

/// A service that is blamed and is well.
pub fn serves_others(service: &str, requests: u64, failed: u64) -> String {
    format!("{service} itself is as it was: {} of its {} requests failed meanwhile", thousands(failed), thousands(requests))
}

/// A caller that does not wait long enough.
pub fn impatient(service: &str, waits_ms: f64, usual_ms: f64) -> String {
    format!(
        "{service} gives up after {} ms, and its own part of a request usually takes {} ms: its limit is too short",
        millis(waits_ms),
        millis(usual_ms)
    )
}

/// What runs out of memory, and since when it runs.
pub fn leaks(change: &Change) -> String {
    format!("it runs out of memory; version {} of {} runs since {}", change.value, change.service, clock(change.first_ms))
}

/// What is said now and was not before.
pub fn anew(said: &SaidAnew) -> String {
    format!("{} says in {} of {} traces what none said before: {}", said.service, said.traces, said.of, cut(&line(&said.pattern), 140))
}

/// A change that is not it.
pub fn other_change(change: &Change, onset_ms: i64, cause: &Cause) -> String {
    let apart = change.first_ms - onset_ms;
    let when = if apart < 0 { format!("{} before", age(-apart)) } else { format!("{} after", age(apart)) };
    let what = if change.field == TOLD {
        format!("{} ({})", cut(&line(&change.value), 60), change.service)
    } else {
        format!("{} {} of {}", change.field, change.value, change.service)
    };
    format!("{what} came {when} the onset; nothing ties it to {}", cause.name)
}

/// Who else it could be.
pub fn runner_up(other: &Cause) -> String {
    let why = other.because.first().cloned().unwrap_or_default();
    format!("{} could be it as well ({} confidence): {why}", other.name, other.confidence.name())
}
