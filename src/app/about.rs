//! What the cursor is on, as something to ask about: whose records, of which time, saying what.

use super::state::{Pane, State, View};
use crate::answers::{Measure, Reach, Scope};
use crate::model::printable::count;
use crate::model::{Filter, TimeRange, Timestamp, Zone};
use crate::query::grammar;
use crate::schema::Field;

/// A part of what is on screen.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct About {
    /// As a breadcrumb says it.
    pub title: String,
    /// Values that its records have.
    pub own: Vec<Filter>,
    /// What they say, in the query bar's words.
    pub words: String,
    /// When.
    pub range: Option<TimeRange>,
    /// Only those that make this figure.
    pub behind: Option<Measure>,
    /// Whatever is filtered elsewhere: what stands around a record is shown whole.
    pub unfiltered: bool,
}

impl About {
    /// A value to keep.
    pub fn value(field: &str, value: &str) -> Filter {
        Filter { field: field.to_string(), value: value.to_string(), exclude: false }
    }

    /// With a title made of what it is about.
    pub fn titled(self, zone: Zone) -> About {
        let all = (self.own.is_empty() && self.words.is_empty()).then(|| "all records".to_string());
        let own = self.own.iter().map(|filter| if Field::parse(&filter.field) == Field::Service { filter.value.clone() } else { filter.to_string() });
        let when = self.range.map(|range| format!("{}-{}", zone.clock(range.from), zone.clock(range.to)));
        let words = all.into_iter().chain(own).chain([self.words.clone()]).chain(when).filter(|word| !word.is_empty());
        About { title: words.collect::<Vec<_>>().join(" "), ..self }
    }

    /// The same with one more value.
    pub fn with(&self, field: &str, value: &str) -> About {
        let mut about = self.clone();
        about.own.retain(|f| f.field != field);
        about.own.push(About::value(field, value));
        about.title = format!("{} {field}:{value}", self.title);
        about
    }

    /// The same, of records that say this.
    pub fn saying(&self, phrase: &str) -> About {
        let quoted = format!("\"{}\"", phrase.replace('"', ""));
        let words = if self.words.is_empty() { quoted } else { format!("{} {quoted}", self.words) };
        About { title: format!("{} '{phrase}'", self.title), words, behind: None, ..self.clone() }
    }

    /// What to ask, with nothing else filtered.
    pub fn alone(&self, state: &State) -> Scope {
        let reach = self.range.map_or(state.scope.reach, Reach::Exactly);
        Scope { filters: self.own.clone(), query: grammar::parse(&self.words).ok().filter(|_| !self.words.is_empty()), reach, ..state.scope.clone() }
    }

    /// What is filtered, but for filters that keep other values of its own fields.
    fn others(&self, state: &State) -> Vec<Filter> {
        let is_own = |field: &str| self.own.iter().any(|own| Field::parse(&own.field) == Field::parse(field));
        state.filters.holding().filter(|f| f.exclude || !is_own(&f.field)).cloned().collect()
    }

    /// What is filtered around it; nothing where it is shown whole.
    pub fn around(&self, state: &State) -> Option<Scope> {
        let query = state.filters.held_query().and_then(|query| grammar::parse(query).ok());
        (!self.unfiltered).then(|| Scope { filters: self.others(state), query, ..Scope::default() })
    }

    /// What to ask, within what is filtered; its own values stand for filters that keep others of the same fields.
    pub fn within(&self, state: &State) -> Scope {
        let mut scope = self.alone(state);
        if self.unfiltered {
            return scope;
        }
        scope.filters.extend(self.others(state));
        let words: Vec<String> = [state.filters.held_query().map(|q| format!("({q})")), Some(self.words.clone())].into_iter().flatten().collect();
        let words = words.join(" ");
        scope.query = grammar::parse(&words).ok().filter(|_| !words.trim().is_empty());
        scope
    }
}

/// What the cursor is on, if it can be asked about.
pub fn under_cursor(state: &State) -> Option<About> {
    match (state.view, state.focus) {
        (View::Overview, Pane::Traces) | (View::Trace, _) => None,
        (View::Overview, Pane::Slow) => Some(of_service(state, &state.slow.selected()?.service, None, Measure::Slow)),
        (View::Overview, Pane::Errors) => {
            let cell = state.errors.cell_range();
            let about = of_service(state, &state.errors.selected()?.service, cell, state.errors.measure);
            Some(if state.errors.anchor.is_some() { of_block(about, &state.errors.chosen()) } else { about })
        }
        (View::Records, _) => Some(of_records(state)),
        (View::Explain, _) => {
            let row = state.explain.selected()?;
            Some(state.explain.about.with(&row.field, &row.value))
        }
        (View::Patterns, _) => {
            let phrase = phrase_of(&state.patterns.selected()?.pattern)?;
            Some(state.patterns.about.saying(&phrase))
        }
    }
}

/// A service of the overview: in the cell, or over the whole range.
fn of_service(state: &State, service: &str, cell: Option<TimeRange>, measure: Measure) -> About {
    let clock = |at: Timestamp| state.zone.clock(at);
    let title = cell.map_or(service.to_string(), |range| format!("{service} {}-{}", clock(range.from), clock(range.to)));
    let whole = state.errors.data.answer.as_ref().map(|e| e.range);
    About { title, own: vec![About::value("service", service)], range: cell.or(whole), behind: Some(measure), ..About::default() }
}

/// The records on screen, or the time that the selected ones span.
fn of_records(state: &State) -> About {
    let about = state.records.about.clone();
    let ends = state.records.selection().and_then(|chosen| Some((chosen.first()?.timestamp, chosen.last()?.timestamp)));
    let Some((first, last)) = ends else { return about };
    let range = TimeRange { from: first.min(last), to: first.max(last).plus_millis(1) };
    let title = format!("{} {}-{}", about.title, state.zone.clock_millis(range.from), state.zone.clock_millis(range.to));
    About { title, range: Some(range), ..about }
}

/// The same of all services of a block.
fn of_block(about: About, services: &[String]) -> About {
    let [_, _, ..] = services else { return about };
    let when = about.title.rsplit(' ').next().unwrap_or_default();
    let own = services.iter().map(|service| About::value("service", service)).collect();
    About { title: format!("{} {when}", count(services.len(), "service")), own, ..about }
}

/// The same over the whole range, and whatever is counted.
pub fn of_whole_service(state: &State) -> Option<About> {
    let about = under_cursor(state)?;
    let service = about.own.first()?.value.clone();
    Some(About { behind: None, ..of_service(state, &service, None, Measure::Records) })
}

/// What the cursor is on, of a service of the overview the whole range until one has gone to a cell.
pub fn selection(state: &State) -> Option<About> {
    let at_a_cell = state.view != View::Overview || state.errors.column.is_some();
    if at_a_cell { under_cursor(state) } else { of_whole_service(state) }
}

/// The longest run of whole words between the placeholders of a template: what all its messages say.
fn phrase_of(template: &str) -> Option<String> {
    let mut runs: Vec<String> = vec![String::new()];
    for word in template.split_whitespace() {
        let plain = !word.contains(['<', '>', '"', '…']);
        match runs.last_mut() {
            Some(run) if plain => {
                let gap = if run.is_empty() { "" } else { " " };
                run.push_str(gap);
                run.push_str(word);
            }
            _ => runs.push(String::new()),
        }
    }
    runs.into_iter().max_by_key(|run| run.chars().count()).filter(|run| run.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::phrase_of;

    #[test]
    fn what_all_messages_of_a_template_say() {
        let says = |template: &str| phrase_of(template);
        assert_eq!(
            says("TimeoutError: stripe POST /v1/charges: no answer in <ms> ms").as_deref(),
            Some("TimeoutError: stripe POST /v1/charges: no answer in")
        );
        assert_eq!(says("user <id> not found in evt_<id>").as_deref(), Some("not found in"));
        assert_eq!(says("<number> <number>"), None);
    }
}
