//! Carries out what the app asks: on a task, cancelled by dropping it.

use super::drive::know;
use crate::answers::brief::BriefQuestion;
use crate::answers::errors::ErrorsQuestion;
use crate::answers::explain::ExplainQuestion;
use crate::answers::logs::LogsQuestion;
use crate::answers::patterns::PatternsQuestion;
use crate::answers::since::SinceQuestion;
use crate::answers::slow::SlowQuestion;
use crate::answers::trace::TraceQuestion;
use crate::answers::traces::TracesQuestion;
use crate::answers::values::ValuesQuestion;
use crate::answers::{Known, Outcome, Question, Step};
use crate::app::{Answered, Event, Lane, PaneAnswer, PaneQuestion};
use crate::model::Fault;
use crate::schema::Field;
use crate::source::{Cost, SchemaQuestion, Source, machine_clock};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

/// Questions under way, by lane.
pub struct Asker {
    source: Arc<dyn Source>,
    question: SchemaQuestion,
    deadline: Duration,
    events: UnboundedSender<Event>,
    tasks: BTreeMap<Lane, JoinHandle<()>>,
    known: Arc<Mutex<Option<(Instant, Known)>>>,
    /// With all attributes mapped: only the brief asks for those.
    attributes_known: Arc<Mutex<Option<(Instant, Known)>>>,
}

/// Fields and indices change slowly.
const FIELDS_HOLD: Duration = Duration::from_secs(60);

/// A question of a pane, with its answer's type put away.
enum Asked {
    Errors(ErrorsQuestion),
    Slow(SlowQuestion),
    Traces(TracesQuestion),
    Brief(Box<BriefQuestion>),
    Explain(ExplainQuestion),
    Values(ValuesQuestion),
    Patterns(PatternsQuestion),
    Since(SinceQuestion),
    Logs(LogsQuestion),
    Trace(Box<TraceQuestion>),
}

impl Asker {
    /// Asks that source, and sends what comes to those events.
    pub fn new(source: Arc<dyn Source>, question: SchemaQuestion, deadline: Duration, events: UnboundedSender<Event>) -> Asker {
        Asker { source, question, deadline, events, tasks: BTreeMap::new(), known: Arc::default(), attributes_known: Arc::default() }
    }

    /// Asks together; what the lane still asked is dropped, which closes its connection.
    pub fn ask(&mut self, lane: Lane, generation: u64, questions: Vec<PaneQuestion>) {
        self.cancel(lane);
        self.name_fields(&questions);
        let (source, events, deadline) = (self.source.clone(), self.events.clone(), self.deadline);
        let attributes = matches!(lane, Lane::Brief | Lane::Look | Lane::Values);
        let known = if attributes { self.attributes_known.clone() } else { self.known.clone() };
        let question = SchemaQuestion { attributes, ..self.question.clone() };
        let task = tokio::spawn(async move {
            let began = Instant::now();
            let count = questions.len();
            // A worker that panics is a fault of its pane, not of the program.
            let (early, since) = (events.clone(), began);
            let show = move |parts: Vec<PaneAnswer>, bytes| {
                let answers = parts.into_iter().map(Ok).collect();
                let wall_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                let _ended = early.send(Event::Answered(Answered { lane, generation, answers, partly: true, wall_ms, bytes, at: machine_clock() }));
            };
            let work = tokio::spawn(answers(source, known, question, questions, deadline, show));
            let abort = work.abort_handle();
            let _dropped_with_this = AbortOnDrop(abort);
            let (answers, cost) = match work.await {
                Ok((answers, cost)) => (answers, cost),
                Err(error) => (vec![Err(Fault::Lost(error.to_string())); count], Cost::default()),
            };
            let wall_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            // The loop may have ended.
            let _ended =
                events.send(Event::Answered(Answered { lane, generation, answers, partly: false, wall_ms, bytes: cost.bytes, at: machine_clock() }));
        });
        self.tasks.insert(lane, task);
    }

    /// A filter may name a field that nobody has asked for before: how it is mapped is found out with the others.
    fn name_fields(&mut self, questions: &[PaneQuestion]) {
        let named = questions.iter().filter_map(PaneQuestion::scope).flat_map(|scope| scope.named_fields());
        let new: Vec<Field> = named.filter(|field| !self.question.named.contains(field)).collect();
        if !new.is_empty() {
            self.question.named.extend(new);
            self.known = Arc::default();
            self.attributes_known = Arc::default();
        }
    }

    /// Nobody waits for the lane any more.
    pub fn cancel(&mut self, lane: Lane) {
        if let Some(task) = self.tasks.remove(&lane) {
            task.abort();
        }
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is known of the fields: of lanes that ask at once the first finds it out, and the others wait for that.
async fn fresh_known(source: &dyn Source, cache: &Mutex<Option<(Instant, Known)>>, question: &SchemaQuestion) -> Result<Known, Fault> {
    let mut held = cache.lock().await;
    if let Some((_, known)) = held.as_ref().filter(|(at, _)| at.elapsed() < FIELDS_HOLD && !source.is_file()) {
        return Ok(Known { clock: source.clock().await?, ..known.clone() });
    }
    let known = know(source, question).await?;
    *held = Some((Instant::now(), known.clone()));
    Ok(known)
}

type Answers = (Vec<Result<PaneAnswer, Fault>>, Cost);

async fn answers(
    source: Arc<dyn Source>,
    cache: Arc<Mutex<Option<(Instant, Known)>>>,
    question: SchemaQuestion,
    questions: Vec<PaneQuestion>,
    deadline: Duration,
    show: impl Fn(Vec<PaneAnswer>, u64),
) -> Answers {
    let count = questions.len();
    let known = match fresh_known(source.as_ref(), &cache, &question).await {
        Ok(known) => known,
        Err(fault) => return (vec![Err(fault); count], Cost::default()),
    };
    let mut asked: Vec<Asked> = questions.into_iter().map(Asked::new).collect();
    let mut steps: Vec<Result<Step<PaneAnswer>, Fault>> = asked.iter_mut().map(|one| one.start(&known)).collect();
    let mut cost = Cost::default();
    loop {
        // The next searches of all questions go out as one request.
        let mut searches = Vec::new();
        let mut shares = Vec::new();
        for step in &steps {
            let own = match step {
                Ok(Step::Ask(own) | Step::Part(_, own)) => own.as_slice(),
                _ => &[],
            };
            shares.push(own.len());
            searches.extend_from_slice(own);
        }
        if searches.is_empty() {
            break;
        }
        // What is known so far is shown while the rest is asked for.
        let parts: Vec<PaneAnswer> =
            steps.iter().filter_map(|step| if let Ok(Step::Part(answer, _)) = step { Some(answer.clone()) } else { None }).collect();
        if !parts.is_empty() {
            show(parts, cost.bytes);
        }
        let mut outcomes = match source.search(&searches, deadline).await {
            Ok(batch) => {
                cost.add(batch.cost);
                batch.replies
            }
            Err(fault) => searches.iter().map(|_| Err(fault.clone())).collect::<Vec<Outcome>>(),
        }
        .into_iter();
        for ((one, step), share) in asked.iter_mut().zip(&mut steps).zip(shares) {
            let own: Vec<Outcome> = outcomes.by_ref().take(share).collect();
            if share > 0 {
                *step = one.resume(&known, own);
            }
        }
    }
    let answer = |step| match step {
        Ok(Step::Done(answer)) => Ok(answer),
        Ok(Step::Ask(_) | Step::Part(..)) => Err(Fault::Lost("a question was left open".to_string())),
        Err(fault) => Err(fault),
    };
    (steps.into_iter().map(answer).collect(), cost)
}

fn put<A>(step: Result<Step<A>, Fault>, wrap: fn(Arc<A>) -> PaneAnswer) -> Result<Step<PaneAnswer>, Fault> {
    Ok(match step? {
        Step::Ask(searches) => Step::Ask(searches),
        Step::Part(answer, searches) => Step::Part(wrap(Arc::new(answer)), searches),
        Step::Done(answer) => Step::Done(wrap(Arc::new(answer))),
    })
}

impl Asked {
    fn new(question: PaneQuestion) -> Asked {
        match question {
            PaneQuestion::Errors(params, day) => Asked::Errors(ErrorsQuestion::new(params).with_day(day)),
            PaneQuestion::Slow(params, earlier) => Asked::Slow(SlowQuestion::new(params).with_earlier(earlier)),
            PaneQuestion::Traces(params) => Asked::Traces(TracesQuestion::new(params)),
            PaneQuestion::Explain(params) => Asked::Explain(ExplainQuestion::new(params)),
            PaneQuestion::Values(params) => Asked::Values(ValuesQuestion::new(params)),
            PaneQuestion::Patterns(params) => Asked::Patterns(PatternsQuestion::new(params)),
            PaneQuestion::Brief(params) => Asked::Brief(Box::new(BriefQuestion::new(params))),
            PaneQuestion::Since(params) => Asked::Since(SinceQuestion::new(params)),
            PaneQuestion::Logs(params) => Asked::Logs(LogsQuestion::new(params)),
            PaneQuestion::Trace(params) => Asked::Trace(Box::new(TraceQuestion::new(params))),
        }
    }

    fn start(&mut self, known: &Known) -> Result<Step<PaneAnswer>, Fault> {
        match self {
            Asked::Errors(q) => put(q.start(known), PaneAnswer::Errors),
            Asked::Slow(q) => put(q.start(known), PaneAnswer::Slow),
            Asked::Traces(q) => put(q.start(known), PaneAnswer::Traces),
            Asked::Explain(q) => put(q.start(known), PaneAnswer::Explain),
            Asked::Values(q) => put(q.start(known), PaneAnswer::Values),
            Asked::Patterns(q) => put(q.start(known), PaneAnswer::Patterns),
            Asked::Brief(q) => put(q.start(known), PaneAnswer::Brief),
            Asked::Since(q) => put(q.start(known), PaneAnswer::Since),
            Asked::Logs(q) => put(q.start(known), PaneAnswer::Logs),
            Asked::Trace(q) => put(q.start(known), PaneAnswer::Trace),
        }
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<PaneAnswer>, Fault> {
        match self {
            Asked::Errors(q) => put(q.resume(known, outcomes), PaneAnswer::Errors),
            Asked::Slow(q) => put(q.resume(known, outcomes), PaneAnswer::Slow),
            Asked::Traces(q) => put(q.resume(known, outcomes), PaneAnswer::Traces),
            Asked::Explain(q) => put(q.resume(known, outcomes), PaneAnswer::Explain),
            Asked::Values(q) => put(q.resume(known, outcomes), PaneAnswer::Values),
            Asked::Patterns(q) => put(q.resume(known, outcomes), PaneAnswer::Patterns),
            Asked::Brief(q) => put(q.resume(known, outcomes), PaneAnswer::Brief),
            Asked::Since(q) => put(q.resume(known, outcomes), PaneAnswer::Since),
            Asked::Logs(q) => put(q.resume(known, outcomes), PaneAnswer::Logs),
            Asked::Trace(q) => put(q.resume(known, outcomes), PaneAnswer::Trace),
        }
    }
}
