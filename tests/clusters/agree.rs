//! The same question asked of the generator, of a cluster and of a file.

use crate::cluster::Cluster;
use crate::wait;
use spia::answers::brief::{Brief, BriefParams, BriefQuestion, CauseKind};
use spia::answers::errors::ErrorsQuestion;
use spia::answers::explain::{ExplainParams, ExplainQuestion};
use spia::answers::logs::LogsQuestion;
use spia::answers::patterns::{PatternsParams, PatternsQuestion};
use spia::answers::since::{Side, SinceParams, SinceQuestion};
use spia::answers::slow::SlowQuestion;
use spia::answers::trace::TraceQuestion;
use spia::answers::traces::TracesQuestion;
use spia::answers::*;
use spia::demo::{Dress, Incident, Made, Scenario, Truth, exactly, render};
use spia::model::{Interval, Level, TimeRange, Timestamp, target};
use spia::runtime::drive::{drive, know, read_whole};
use spia::schema::Field;
use spia::source::elastic::{Access, ElasticSource};
use spia::source::local::LocalSource;
use spia::source::{SchemaQuestion, Source};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

/// Generated records, and a file of them.
pub struct Case {
    pub records: Vec<Made>,
    pub range: TimeRange,
}

/// One source with what is known of it; the clock stands at the range's end, so that both see the same moment.
struct Asked {
    source: Box<dyn Source>,
    known: Known,
}

impl Asked {
    fn new(source: Box<dyn Source>, clock: Timestamp) -> Asked {
        wait(read_whole(source.as_ref()));
        let known = wait(know(source.as_ref(), &SchemaQuestion::default())).expect("fields");
        Asked { source, known: Known { clock, ..known } }
    }

    /// What sets failed requests apart from the others, or from those before.
    fn explain(&self, scope: Scope, against_before: bool) -> Vec<(String, String, u64, u64)> {
        let question = SchemaQuestion { attributes: true, ..SchemaQuestion::default() };
        let known = Known { clock: self.known.clock, ..wait(know(self.source.as_ref(), &question)).expect("fields") };
        let asked = ExplainQuestion::new(ExplainParams { scope, against_before, limit: 5, ..ExplainParams::default() });
        let (explain, _) = wait(drive(self.source.as_ref(), &known, asked, DEADLINE)).expect("an answer");
        explain.attributes.into_iter().map(|a| (a.field, a.value, a.bad, a.of)).collect()
    }

    /// What broke, and in how many requests that was found out.
    fn brief(&self, scope: Scope) -> (Brief, u64) {
        let question = SchemaQuestion { attributes: true, ..SchemaQuestion::default() };
        let known = Known { clock: self.known.clock, ..wait(know(self.source.as_ref(), &question)).expect("fields") };
        let asked = BriefQuestion::new(BriefParams { scope, ..BriefParams::default() });
        let (brief, cost) = wait(drive(self.source.as_ref(), &known, asked, DEADLINE)).expect("a brief");
        (brief, cost.requests)
    }

    fn ask<Q: Question>(&self, question: Q) -> Q::Answer {
        wait(drive(self.source.as_ref(), &self.known, question, DEADLINE)).expect("an answer").0
    }
}

pub fn elastic(cluster: &Cluster, pattern: &str) -> ElasticSource {
    ElasticSource::new(&Access { url: cluster.url.clone(), ..Access::default() }, pattern).expect("a source")
}

impl Case {
    pub fn new(count: u64, seed: u64) -> Case {
        let to = Timestamp::parse("2026-11-23T03:16:45Z").expect("a time").0;
        let scenario = Scenario { seed, incident: Some(Incident::Payment), onset: to.plus_millis(-14 * 60_000), end: None, rate: 5.0, late_ms: 0 };
        let mut records = Vec::new();
        exactly(scenario, count, to.millis(), |batch| records.extend(batch));
        Case { records, range: TimeRange { from: to.plus_millis(-900_000), to } }
    }

    fn file(&self, dress: Dress) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let mut out = std::io::BufWriter::new(&mut file);
        for made in &self.records {
            writeln!(out, "{}", render(made, dress)).expect("room");
        }
        out.flush().expect("room");
        drop(out);
        file
    }

    fn scope(&self) -> Scope {
        Scope { reach: Reach::Exactly(self.range), ..Scope::default() }
    }

    fn both(&self, cluster: &Cluster, pattern: &str, dress: Dress) -> [Asked; 2] {
        // Read to its end before this returns; then it may be unlinked.
        let file = self.file(dress);
        let path = file.path().display().to_string();
        let local = LocalSource::open(&[path], &SchemaQuestion::default()).expect("a file");
        [Asked::new(Box::new(elastic(cluster, pattern)), self.range.to), Asked::new(Box::new(local), self.range.to)]
    }

    fn errors(&self, measure: Measure, by: By) -> ErrorsQuestion {
        ErrorsQuestion::new(ErrorsParams { scope: self.scope(), measure, by, ..ErrorsParams::default() })
    }

    /// All questions.
    pub fn check(&self, cluster: &Cluster, pattern: &str, dress: Dress) {
        let [cluster, file] = self.both(cluster, pattern, dress);
        let truth = Truth::of(&self.records, self.range);
        for measure in Measure::ALL {
            let (a, b) = (cluster.ask(self.errors(measure, By::Time)), file.ask(self.errors(measure, By::Time)));
            same_errors(&a, &b, measure);
            self.true_errors(&a, &truth, measure);
        }
        for field in [Field::Level, Field::Version, Field::Path, Field::Status] {
            let (a, b) = (
                cluster.ask(self.errors(Measure::Records, By::Field(field.clone()))),
                file.ask(self.errors(Measure::Records, By::Field(field.clone()))),
            );
            same_columns(&a, &b, &field);
        }
        let slow = || SlowQuestion::new(SlowParams { scope: self.scope() });
        let (a, b) = (cluster.ask(slow()), file.ask(slow()));
        same_slow(&a, &b);
        let usual = Truth::of(&self.records, self.range.before());
        true_slow(&a, &truth, &usual);
        true_slow(&b, &truth, &usual);
        self.check_traces(&cluster, &file);
        self.check_brief(&cluster, &file, dress);
        let logs = || LogsQuestion::new(LogsParams { scope: self.scope(), behind: None, limit: 12_000, around: None });
        let (a, b) = (cluster.ask(logs()), file.ask(logs()));
        let key = |logs: &Logs| logs.records.iter().map(|r| (r.timestamp, r.service.clone(), r.message.clone(), r.level)).collect::<Vec<_>>();
        let (mut a, mut b) = (key(&a), key(&b));
        assert_eq!(a.len(), 12_000, "more than one page");
        // Of records of one millisecond any order will do, and at the far end any choice.
        let edge = a[0].0;
        a.retain(|r| r.0 > edge);
        b.retain(|r| r.0 > edge);
        a.sort();
        b.sort();
        let differs = a.iter().zip(&b).find(|(a, b)| a != b);
        assert!(a == b, "the records differ: {} and {}, first {differs:?}", a.len(), b.len());
    }

    /// The same brief from both, in three requests, and the true one.
    fn check_brief(&self, cluster: &Asked, file: &Asked, dress: Dress) {
        let (a, requests) = cluster.brief(self.scope());
        let (b, _) = file.brief(self.scope());
        assert!(requests <= 3, "{requests} requests");
        let told = |brief: &Brief| {
            let origin = brief.origin.clone().expect("an origin");
            (brief.found, origin.kind, origin.name, origin.service, origin.since, brief.affected.clone(), brief.impact.requests, brief.impact.failed)
        };
        assert_eq!(told(&a), told(&b));
        let (_, kind, name, service, ..) = told(&a);
        assert_eq!((kind, name.as_str(), service.as_str()), (CauseKind::Dependency, "stripe", "payment-gateway"));
        let apart = |brief: &Brief| brief.origin.iter().flat_map(|o| &o.sets_apart).map(|a| (a.value.clone(), a.bad, a.of)).collect::<Vec<_>>();
        if dress == Dress::Spia {
            assert_eq!(apart(&a), apart(&b), "the same values, counted alike");
            let explained = cluster.explain(self.scope(), false);
            assert_eq!(explained, file.explain(self.scope(), false));
            assert!(!explained.is_empty());
            // A field that some index maps as text alone cannot be counted on a cluster: what both count is the same.
            let (mut then, mut of_file) = (cluster.explain(self.scope(), true), file.explain(self.scope(), true));
            let (known, counted) = (of_file.clone(), then.clone());
            let same = |list: &[(String, String, u64, u64)], one: &(String, String, u64, u64)| list.iter().any(|o| (&o.0, &o.1) == (&one.0, &one.1));
            then.retain(|one| same(&known, one));
            of_file.retain(|one| same(&counted, one));
            assert_eq!(then, of_file);
            assert!(then.len() >= 2, "{then:?}");
            let patterns = |asked: &Asked| {
                let found = asked.ask(PatternsQuestion::new(PatternsParams { scope: self.scope(), behind: None, sample: 200_000, limit: 500 }));
                found.patterns.into_iter().map(|p| (p.pattern, p.count, p.change, p.levels, p.services)).collect::<Vec<_>>()
            };
            assert_eq!(patterns(cluster), patterns(file));
        }
        // What became of requests since the middle of the range; percentiles of a cluster are estimates beyond small counts.
        let at = self.range.from.plus_millis(self.range.millis() / 2);
        let since = |asked: &Asked| {
            let found = asked.ask(SinceQuestion::new(SinceParams { scope: self.scope(), at }));
            let side = |side: Side| (side.requests, side.failed, side.p95_ms.is_some());
            found.services.into_iter().map(|s| (s.service, s.turn, side(s.before), side(s.after))).collect::<Vec<_>>()
        };
        assert_eq!(since(cluster), since(file));
    }

    /// Services that write into indices of both mappings: counts are added, percentiles are not known.
    pub fn check_joined(&self, cluster: &Cluster, pattern: &str) {
        let [cluster, file] = self.both(cluster, pattern, Dress::Spia);
        assert_eq!(cluster.known.schemas.groups.len(), 2);
        for measure in [Measure::Errors, Measure::Requests, Measure::Records, Measure::Share] {
            same_errors(&cluster.ask(self.errors(measure, By::Time)), &file.ask(self.errors(measure, By::Time)), measure);
        }
        let slow = cluster.ask(SlowQuestion::new(SlowParams { scope: self.scope() }));
        assert!(slow.services.iter().filter(|s| s.requests > 50).all(|s| s.p95_ms.is_none()));
        assert!(slow.completeness.notes.iter().any(|n| n.contains("percentiles cannot be joined")), "{:?}", slow.completeness);
        let truth = Truth::of(&self.records, self.range);
        for service in &slow.services {
            assert_eq!(service.requests, truth.services[service.service.as_str()].durations.len() as u64);
        }
    }

    fn true_errors(&self, errors: &Errors, truth: &Truth, measure: Measure) {
        for (name, row) in &truth.services {
            let service = errors.services.iter().find(|s| s.service == *name).unwrap_or_else(|| panic!("{name} has no row"));
            assert_eq!((service.requests, service.failed), (row.requests, row.failed), "{name}");
            assert_eq!(service.newest.map(Timestamp::millis), Some(row.newest_ms), "{name}");
            let total = match measure {
                Measure::Errors => Some(row.errors),
                Measure::Failed => Some(row.failed),
                Measure::Requests => Some(row.requests),
                Measure::Records => Some(row.records),
                Measure::Slow => Some(row.durations.iter().filter(|ms| **ms > 1000.0).count() as u64),
                Measure::Share | Measure::P95 => None,
            };
            if let Some(total) = total {
                assert_eq!(service.total, Some(total as f64), "{name} {}", measure.name());
                assert_eq!(service.cells.iter().flatten().sum::<f64>(), total as f64, "{name} {}", measure.name());
            }
        }
        let states: BTreeMap<&str, State> = errors.services.iter().map(|s| (s.service.as_str(), s.state)).collect();
        assert_eq!(states["payment-gateway"], State::Failing);
        assert_eq!(states["checkout"], State::Failing);
        assert_eq!(states["reporting"], State::Ok, "chronic noise is not failing");
        assert!(errors.completeness.complete, "{:?}", errors.completeness);
    }

    fn check_traces(&self, cluster: &Asked, file: &Asked) {
        let params = TracesParams { scope: self.scope(), sample: 20_000, most_traces: 20_000, services: 0, level: Level::Error, limit: 100_000 };
        let (a, b) = (cluster.ask(TracesQuestion::new(params.clone())), file.ask(TracesQuestion::new(params)));
        assert_eq!((a.sampled, a.errors_total, a.traces_seen, a.running), (b.sampled, b.errors_total, b.traces_seen, b.running));
        assert_eq!(a.shapes, b.shapes);
        // A record may be both an error and a failed request, and is one failing record.
        let failing: Vec<&Made> = self.records.iter().filter(|m| self.range.contains(m.at) && (m.is_error() || m.is_failed())).collect();
        assert_eq!(a.errors_total, failing.len() as u64);
        let ids: std::collections::BTreeSet<&str> = failing.iter().map(|m| m.trace_id.as_str()).collect();
        let bare: std::collections::BTreeSet<String> = ids.iter().map(|id| id.replace('-', "")).collect();
        assert_eq!(a.traces_seen + a.running, bare.len() as u64);
        let first = a.shapes.first().expect("a shape");
        assert_eq!(first.origin.as_deref(), Some("stripe"));
        self.check_trace(cluster, file, &first.example);
    }

    fn check_trace(&self, cluster: &Asked, file: &Asked, id: &str) {
        let id = target::parse(id).expect("an id").ids.remove(0);
        let question = || TraceQuestion::new(TraceParams { id: id.clone(), around: Some(self.range), only: true, limit: 1000, usual: false });
        let (a, b) = (cluster.ask(question()).trace.expect("found"), file.ask(question()).trace.expect("found"));
        let own: Vec<&Made> = self.records.iter().filter(|m| id.forms().contains(&m.trace_id) && self.range.contains(m.at)).collect();
        assert_eq!((a.records.len(), b.records.len()), (own.len(), own.len()));
        let tree = |trace: &spia::model::Trace| {
            trace.spans.iter().map(|s| (s.id.clone(), s.parent.clone(), s.start, s.duration_ms.round() as i64)).collect::<Vec<_>>()
        };
        assert_eq!(tree(&a), tree(&b));
        for span in a.spans.iter().filter(|s| s.kind != spia::model::SpanKind::External) {
            let made = own.iter().find(|m| m.span_id == span.id).expect("a true span");
            assert_eq!(span.parent, made.parent_span, "the parent of {} {}", span.service, span.name);
        }
    }
}

fn same_errors(a: &Errors, b: &Errors, measure: Measure) {
    assert_eq!((&a.columns, &a.partial, a.baseline), (&b.columns, &b.partial, b.baseline));
    assert_eq!(a.markers, b.markers);
    let names = |e: &Errors| e.services.iter().map(|s| s.service.clone()).collect::<Vec<_>>();
    if measure != Measure::P95 {
        assert_eq!(names(a), names(b), "{}", measure.name());
    }
    for one in &a.services {
        let other = b.services.iter().find(|s| s.service == one.service).unwrap_or_else(|| panic!("{} is in one only", one.service));
        assert_eq!(
            (one.requests, one.failed, one.unfinished, one.newest, one.state),
            (other.requests, other.failed, other.unfinished, other.newest, other.state),
            "{}",
            one.service
        );
        assert_eq!((one.error_share, one.usual, one.surprise), (other.error_share, other.usual, other.surprise), "{}", one.service);
        assert_eq!(one.usual_per_min, other.usual_per_min, "{}", one.service);
        if measure == Measure::P95 {
            near(one.total, other.total, &one.service, one.requests);
        } else {
            assert_eq!((one.total, &one.cells), (other.total, &other.cells), "{} {}", one.service, measure.name());
        }
    }
}

fn same_columns(a: &Errors, b: &Errors, field: &Field) {
    let rows = |e: &Errors| {
        let cells =
            e.services.iter().flat_map(|s| s.cells.iter().zip(&e.columns).map(|(cell, column)| ((s.service.clone(), format!("{column:?}")), *cell)));
        cells.collect::<BTreeMap<_, _>>()
    };
    assert_eq!(rows(a), rows(b), "by {field}");
    assert!(!a.columns.is_empty(), "by {field}");
}

/// Percentiles of many values: an engine may estimate, within 2 %.
fn near(a: Option<f64>, b: Option<f64>, what: &str, count: u64) {
    let (Some(a), Some(b)) = (a, b) else { return assert_eq!(a, b, "{what}") };
    let within = if count >= 100 { 0.02 } else { 0.6 };
    assert!((a - b).abs() <= within * b.abs().max(0.01), "{what}: {a} is not {b}");
}

fn same_slow(a: &Slow, b: &Slow) {
    assert_eq!((&a.starts, &a.partial, a.baseline), (&b.starts, &b.partial, b.baseline));
    assert_eq!(a.services.len(), b.services.len());
    for one in &a.services {
        let other = b.services.iter().find(|s| s.service == one.service).expect("in both");
        assert_eq!(
            (one.requests, one.slow, one.unfinished, one.usual_unfinished),
            (other.requests, other.slow, other.unfinished, other.usual_unfinished),
            "{}",
            one.service
        );
        for (p, q) in one.points.iter().zip(&other.points) {
            assert_eq!((p.start, p.requests, p.slow), (q.start, q.requests, q.slow), "{}", one.service);
        }
    }
}

fn true_slow(slow: &Slow, truth: &Truth, usual: &Truth) {
    for service in &slow.services {
        let mut durations = truth.services[service.service.as_str()].durations.clone();
        durations.sort_by(f64::total_cmp);
        assert_eq!(service.requests, durations.len() as u64, "{}", service.service);
        let over: Vec<f64> = durations.iter().copied().filter(|ms| *ms > 1000.0).collect();
        assert_eq!(service.slow, over.len() as u64);
        if let Some(average) = service.avg_slow_ms {
            let true_average = over.iter().sum::<f64>() / over.len() as f64;
            assert!((average - true_average).abs() <= 1e-5 * true_average, "{}: {average} is not {true_average}", service.service);
        }
        true_p95(service.p95_ms, &durations, &service.service);
        let mut before = usual.services.get(service.service.as_str()).map(|row| row.durations.clone()).unwrap_or_default();
        before.sort_by(f64::total_cmp);
        true_p95(service.usual_p95_ms, &before, &service.service);
    }
}

/// Between the neighbouring ranks, and within 2 % where an engine estimates.
fn true_p95(p95: Option<f64>, sorted: &[f64], what: &str) {
    let rank = 0.95 * (sorted.len().saturating_sub(1)) as f64;
    let (Some(low), Some(high)) = (sorted.get(rank.floor() as usize), sorted.get(rank.ceil() as usize)) else {
        return assert_eq!(p95, None, "{what}");
    };
    let p95 = p95.expect("a percentile");
    assert!(p95 >= low * 0.98 - 0.01 && p95 <= high * 1.02 + 0.01, "{what}: p95 {p95} is not between {low} and {high}");
}

/// A refresh is one request of bounded size, and so is what is asked anew each minute.
pub fn costs_little(cluster: &Cluster, pattern: &str) {
    let proxy = crate::faults::Counting::new(&cluster.url);
    let source = ElasticSource::new(&Access { url: proxy.url.clone(), ..Access::default() }, pattern).expect("a source");
    let to = Timestamp::parse("2026-11-23T03:16:45Z").expect("a time").0;
    let known = Known { clock: to, ..wait(know(&source, &SchemaQuestion::default())).expect("fields") };
    let scope = Scope { interval: Interval::parse("15s").ok(), ..Scope::default() };
    let params = ErrorsParams { scope, ..ErrorsParams::default() };
    let slow = || SlowQuestion::new(SlowParams { scope: params.scope.clone() });
    let (first, _) = wait(drive(&source, &known, ErrorsQuestion::new(params.clone()), DEADLINE)).expect("an answer");
    let (first_slow, _) = wait(drive(&source, &known, slow(), DEADLINE)).expect("an answer");
    let asked = |known: &Known, day: Option<std::sync::Arc<errors::DayLook>>, earlier: Option<(std::sync::Arc<Slow>, Timestamp)>| {
        let before = proxy.bytes();
        let mut searches = searches_of(&mut ErrorsQuestion::new(params.clone()).with_day(day), known);
        searches.extend(searches_of(&mut slow().with_earlier(earlier), known));
        let batch = wait(source.search(&searches, DEADLINE)).expect("an answer");
        assert_eq!(batch.cost.requests, 1);
        proxy.bytes() - before
    };
    let full = asked(&known, None, None);
    let earlier = Some((std::sync::Arc::new(first_slow.clone()), to.plus_millis(-4000 - 30_000)));
    let steady = asked(&known, Some(first.day.clone()), earlier.clone());
    // What was not asked again is as it was.
    let (again, _) = wait(drive(&source, &known, slow().with_earlier(earlier), DEADLINE)).expect("an answer");
    same_slow(&again, &first_slow);
    println!("on the wire: {full} bytes with the day before, {steady} for a refresh");
    assert!(full <= 64 * 1024, "a full read took {full} bytes");
    assert!(steady <= 8 * 1024, "a refresh took {steady} bytes");
}

fn searches_of<Q: Question>(question: &mut Q, known: &Known) -> Vec<spia::query::Search> {
    match question.start(known).expect("searches") {
        Step::Ask(searches) | Step::Part(_, searches) => searches,
        Step::Done(_) => Vec::new(),
    }
}
