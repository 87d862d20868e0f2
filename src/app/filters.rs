//! Chips and the query: what is looked at, and what was and can be again by one key.

use crate::answers::Scope;
use crate::model::Filter;
use crate::query::grammar::{self, QueryError};

/// A filter that can be switched off without being forgotten.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chip {
    /// Which values to keep or to leave out.
    pub filter: Filter,
    /// Whether it holds.
    pub on: bool,
}

/// What narrows the panes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filters {
    /// In the order in which they came.
    pub chips: Vec<Chip>,
    /// The query bar's text as it was last taken.
    pub query: String,
    /// Whether the query holds.
    pub query_on: bool,
    /// Earlier queries, the newest last, each once.
    pub history: Vec<String>,
}

/// What to do with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Only records with it: other filters on its field go.
    Only,
    /// Records with it too.
    Include,
    /// No record with it.
    Exclude,
}

/// So many queries are kept.
const KEPT: usize = 50;

impl Filters {
    /// As the command line says.
    pub fn new(filters: &[Filter], off: &[Filter], query: Option<&str>) -> Filters {
        let chip = |filter: &Filter, on| Chip { filter: filter.clone(), on };
        let chips = filters.iter().map(|filter| chip(filter, true)).chain(off.iter().map(|filter| chip(filter, false))).collect();
        let query = query.unwrap_or_default().to_string();
        Filters { chips, query_on: !query.is_empty(), query, history: Vec::new() }
    }

    /// Adds a value; the opposite of it goes.
    pub fn put(&mut self, keep: Keep, field: &str, value: &str) {
        let filter = Filter { field: field.to_string(), value: value.to_string(), exclude: keep == Keep::Exclude };
        self.chips.retain(|chip| match keep {
            Keep::Only => chip.filter.field != field,
            Keep::Include | Keep::Exclude => chip.filter.field != field || chip.filter.value != value,
        });
        self.chips.push(Chip { filter, on: true });
    }

    /// Takes a query, or says where it cannot be read.
    pub fn take_query(&mut self, text: &str) -> Result<(), QueryError> {
        let text = text.trim();
        grammar::parse(text)?;
        if !text.is_empty() {
            self.history.retain(|known| known != text);
            self.history.push(text.to_string());
            let over = self.history.len().saturating_sub(KEPT);
            self.history.drain(..over);
        }
        self.query = text.to_string();
        self.query_on = !text.is_empty();
        Ok(())
    }

    /// All off when any is on, else all on again.
    pub fn toggle_all(&mut self) {
        let on = !self.any_on();
        self.chips.iter_mut().for_each(|chip| chip.on = on);
        self.query_on = on && !self.query.is_empty();
    }

    /// Whether there is anything to show, on or off.
    pub fn is_empty(&self) -> bool {
        self.chips.is_empty() && self.query.is_empty()
    }

    /// How many lines an editor of them has.
    pub fn count(&self) -> usize {
        self.chips.len() + usize::from(!self.query.is_empty())
    }

    /// Switches the one in that line of an editor on or off.
    pub fn toggle(&mut self, at: usize) {
        match self.chips.get_mut(at) {
            Some(chip) => chip.on = !chip.on,
            None => self.query_on = !self.query_on && !self.query.is_empty(),
        }
    }

    /// Keeps what was left out, and the other way round.
    pub fn invert(&mut self, at: usize) {
        if let Some(chip) = self.chips.get_mut(at) {
            chip.filter.exclude = !chip.filter.exclude;
        }
    }

    /// Forgets the one in that line.
    pub fn remove(&mut self, at: usize) {
        if at < self.chips.len() {
            self.chips.remove(at);
        } else {
            self.query.clear();
            self.query_on = false;
        }
    }

    /// Those that hold.
    pub fn holding(&self) -> impl Iterator<Item = &Filter> {
        self.chips.iter().filter(|chip| chip.on).map(|chip| &chip.filter)
    }

    /// The query that holds.
    pub fn held_query(&self) -> Option<&str> {
        Some(self.query.as_str()).filter(|_| self.query_on)
    }

    /// What holds narrows the scope, and nothing else does.
    pub fn narrow(&self, scope: &mut Scope) {
        scope.filters = self.holding().cloned().collect();
        scope.query = self.held_query().and_then(|text| grammar::parse(text).ok());
    }

    fn any_on(&self) -> bool {
        self.query_on || self.chips.iter().any(|chip| chip.on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(filters: &Filters) -> Vec<String> {
        filters.holding().map(ToString::to_string).collect()
    }

    #[test]
    fn values_are_kept_left_out_and_kept_alone() {
        let mut filters = Filters::default();
        filters.put(Keep::Include, "service", "cart");
        filters.put(Keep::Include, "service", "tax");
        filters.put(Keep::Exclude, "path", "/healthz");
        assert_eq!(shown(&filters), ["service:cart", "service:tax", "-path:/healthz"]);
        filters.put(Keep::Exclude, "service", "tax");
        assert_eq!(shown(&filters), ["service:cart", "-path:/healthz", "-service:tax"], "a value is kept or left out, never both");
        filters.put(Keep::Only, "service", "tax");
        assert_eq!(shown(&filters), ["-path:/healthz", "service:tax"]);
    }

    #[test]
    fn what_is_off_is_not_forgotten() {
        let mut filters = Filters::new(&[Filter::parse("service:cart").unwrap()], &[], Some("status>=500"));
        let mut scope = Scope::default();
        filters.toggle_all();
        filters.narrow(&mut scope);
        assert!(scope.filters.is_empty() && scope.query.is_none() && filters.count() == 2);
        filters.toggle(1);
        filters.narrow(&mut scope);
        assert!(scope.filters.is_empty() && scope.query.is_some());
        filters.toggle_all();
        filters.toggle_all();
        filters.narrow(&mut scope);
        assert!(scope.filters.len() == 1 && scope.query.is_some());
    }

    #[test]
    fn a_query_that_cannot_be_read_changes_nothing() {
        let mut filters = Filters::default();
        filters.take_query("service:cart").unwrap();
        assert_eq!(filters.take_query("level:(ERROR").unwrap_err().column, 13);
        assert_eq!((filters.query.as_str(), filters.history.len()), ("service:cart", 1));
        filters.take_query("").unwrap();
        assert!(filters.is_empty() && filters.history == ["service:cart"]);
    }
}
