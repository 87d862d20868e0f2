//! Every action, once: its name, its group, one line about it, and when it is possible.
//!
//! Keymaps bind names; the handler, `?`, `spia keys` and README's table come out of the two joined.

use super::{Pane, State, View};

/// Under which heading help shows an action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// Within a pane.
    Move,
    /// Between panes and views.
    Go,
    /// The range and the refreshing.
    Time,
    /// What a pane shows.
    Show,
    /// The program itself.
    Program,
}

macro_rules! actions {
    ($($variant:ident $name:literal $group:ident $doc:literal $possible:expr;)+) => {
        /// What a key can do.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Action { $(#[doc = $doc] $variant),+ }

        impl Action {
            /// All of them, in the order of help.
            pub const ALL: &'static [Action] = &[$(Action::$variant),+];

            /// As keymaps call it.
            pub const fn name(self) -> &'static str { match self { $(Action::$variant => $name),+ } }

            /// Under which heading it stands.
            pub const fn group(self) -> Group { match self { $(Action::$variant => Group::$group),+ } }

            /// One line about it.
            pub const fn doc(self) -> &'static str { match self { $(Action::$variant => $doc),+ } }

            /// Whether it does something here and now.
            pub fn is_possible(self, state: &State) -> bool { match self { $(Action::$variant => $possible(state)),+ } }
        }
    };
}

fn always(_: &State) -> bool {
    true
}

fn on_overview(state: &State) -> bool {
    state.view == View::Overview
}

fn in_errors(state: &State) -> bool {
    on_overview(state) && state.focus == Pane::Errors
}

fn can_compare(state: &State) -> bool {
    in_errors(state) || (in_trace(state) && state.trace.usual().is_some())
}

fn can_go_back(state: &State) -> bool {
    !state.back.is_empty()
}

fn has_trace(state: &State) -> bool {
    state.trace_under_cursor().is_some()
}

fn in_trace(state: &State) -> bool {
    state.view == View::Trace
}

fn can_be_asked_about(state: &State) -> bool {
    super::about::under_cursor(state).is_some()
}

fn can_go_forward(state: &State) -> bool {
    !state.forward.is_empty()
}

fn can_filter(state: &State) -> bool {
    !in_trace(state)
}

fn has_filters(state: &State) -> bool {
    !state.filters.is_empty()
}

fn has_marks(state: &State) -> bool {
    !state.marks.list.is_empty()
}

fn can_query(state: &State) -> bool {
    matches!(state.view, View::Overview | View::Records)
}

fn has_origin(state: &State) -> bool {
    in_trace(state) || state.brief.data.answer.as_ref().is_some_and(|brief| brief.origin.is_some())
}

fn can_search(state: &State) -> bool {
    matches!(state.view, View::Records | View::Trace)
}

fn has_statement(state: &State) -> bool {
    state.brief.data.answer.is_some()
}

fn has_onset(state: &State) -> bool {
    on_overview(state) && state.brief.data.answer.as_ref().is_some_and(|brief| brief.origin.as_ref().is_some_and(|origin| origin.since.is_some()))
}

fn can_look_wider(state: &State) -> bool {
    on_overview(state) || (in_trace(state) && state.trace.trace().is_none())
}

fn lists_records(state: &State) -> bool {
    state.view == View::Records || in_trace(state)
}

fn on_a_record(state: &State) -> bool {
    match state.view {
        View::Records => state.records.selected_record().is_some(),
        View::Trace => state.trace.in_records && state.trace.selected_record().is_some(),
        _ => false,
    }
}

fn can_select(state: &State) -> bool {
    in_errors(state) || state.view == View::Records
}

fn has_a_baseline(state: &State) -> bool {
    in_errors(state) || state.view == View::Explain
}

fn can_write(state: &State) -> bool {
    match state.view {
        View::Records => !state.records.records().is_empty(),
        View::Trace => state.trace.trace().is_some(),
        _ => false,
    }
}

fn has_wrong_clocks(state: &State) -> bool {
    in_trace(state) && state.trace.trace().is_some_and(|trace| !trace.clocks.is_empty())
}

fn can_find_errors(state: &State) -> bool {
    in_errors(state) || !on_overview(state)
}

actions! {
    Down "down" Move "next row, record or span" always;
    Up "up" Move "previous row, record or span" always;
    Left "left" Move "cell to the left; fold" always;
    Right "right" Move "cell to the right; unfold" always;
    First "first" Move "first" always;
    Last "last" Move "last, newest" always;
    PageDown "page_down" Move "a page down" always;
    PageUp "page_up" Move "a page up" always;
    NextError "next_error" Move "next error: red cell, failing span, ERROR record" can_find_errors;
    PreviousError "previous_error" Move "previous error" can_find_errors;
    Origin "origin" Move "to the origin: the span where it broke; on the overview what proves the brief" has_origin;
    Explain "explain" Show "what sets the failed requests of this service and cell, or the records under the cursor, apart" can_be_asked_about;
    Patterns "patterns" Show "what the records under the cursor say, by template: new ones first" can_be_asked_about;
    Why "why" Show "why the brief says so: evidence, counter-evidence, other candidates" always;
    Pin "pin" Show "keep what the first line says, whatever the brief finds, and let it go again" has_statement;
    Search "search" Move "search names, attributes and messages" can_search;
    NextMatch "next_match" Move "next match of the search" can_search;
    PreviousMatch "previous_match" Move "previous match" can_search;
    Open "open" Go "into what is under the cursor" always;
    StepBack "step_back" Go "one step back: stop asking, close, else back; never quits" always;
    Back "back" Go "back to the view before" can_go_back;
    Forward "forward" Go "forward to the view that one came back from" can_go_forward;
    NextPane "next_pane" Go "next pane" always;
    PreviousPane "previous_pane" Go "previous pane" always;
    PaneErrors "pane_errors" Go "errors" on_overview;
    PaneSlow "pane_slow" Go "slow requests" on_overview;
    PaneTraces "pane_traces" Go "failing traces" on_overview;
    PaneRecords "pane_records" Go "records" always;
    ZoomPane "zoom_pane" Go "this pane alone, and back" on_overview;
    Trace "trace" Go "open the trace of this record, or the one that a span links to" has_trace;
    Select "select" Show "select a block of cells or records: move to its other end; x, p, y, W, enter and + are about it" can_select;
    Baseline "baseline" Time "hold everything against the cells or the range on screen, again: against the time before the incident; what is explained against the others or the time before" has_a_baseline;
    Compare "compare" Time "the same time of yesterday, of a week ago, below the row under the cursor; in a trace each service's own time beside its usual" can_compare;
    Range "range" Time "choose the range: presets or free entry" on_overview;
    Live "live" Time "follow live, or stand still; records: the newest as they come, until one moves up" always;
    Refresh "refresh" Time "ask now, once, even when slowed" always;
    ZoomIn "zoom_in" Time "half the range, around the cell" on_overview;
    ZoomOut "zoom_out" Time "twice the range; for a trace that was not found: a week back, then 90 days" can_look_wider;
    Earlier "earlier" Time "half a screen earlier" on_overview;
    Later "later" Time "half a screen later" on_overview;
    Onset "onset" Time "the whole incident, with a while before its onset" has_onset;
    Now "now" Time "the last 15 minutes, live" on_overview;
    Zone "zone" Time "clock times in UTC or the zone of --tz" always;
    Measure "measure" Show "next measure: errors, failed, share, requests, records, slow, p95" in_errors;
    ShowHidden "show_hidden" Show "show what is hidden: quiet services; what the same instance wrote around a record" always;
    LastWords "last_words" Show "the last records of this service before it fell silent or first failed" in_errors;
    FilterOnly "filter_only" Show "only the value under the cursor; in a trace only what failed, only this service, all again" always;
    FilterInclude "filter_include" Show "records with the value under the cursor too" can_filter;
    FilterExclude "filter_exclude" Show "no record with the value under the cursor" can_filter;
    FilterToggle "filter_toggle" Show "all filters off, and on again" has_filters;
    FilterClear "filter_clear" Show "forget all filters" has_filters;
    FilterEdit "filter_edit" Show "the list of filters: switch off, turn around, forget" has_filters;
    Query "query" Show "query bar: field:value, quotes, and or not, ranges; tab completes" can_query;
    Mark "mark" Time "mark now, or the cell that one has gone to, with a note; what becomes of requests since is shown" always;
    Marks "marks" Time "the list of marks: go there, forget" has_marks;
    CopyValue "copy_value" Program "copy the value under the cursor, or one of its record; selected records as NDJSON" always;
    Bookmark "bookmark" Show "keep this record among the marks, or let it go" on_a_record;
    Write "write" Program "write the records, selected or all, or the trace, to a file: .ndjson, .md or text" can_write;
    Columns "columns" Show "choose the columns of lists of records; they are kept" lists_records;
    Wrap "wrap" Show "long messages in one line, or wrapped" lists_records;
    Json "json" Show "a record or span in full as it is stored, as JSON" lists_records;
    Clocks "clocks" Show "times as recorded, or with wrong clocks put right" has_wrong_clocks;
    Order "order" Show "order rows by surprise again" on_overview;
    Notes "notes" Show "what has to be known about these figures; lines that could not be read" always;
    CopyCommand "copy_command" Program "copy this view as a command" always;
    Palette "palette" Program "find an action by its name" always;
    Help "help" Program "keys of this pane" always;
    Redraw "redraw" Program "draw everything again" always;
    Suspend "suspend" Program "give the terminal back to the shell for a while (fg comes back)" always;
    Quit "quit" Program "close what is open, else quit" always;
    QuitNow "quit_now" Program "quit at once" always;
}

impl Action {
    /// Its name without the group that a chord stands for.
    pub fn short(self) -> &'static str {
        self.name().rsplit_once('_').map_or(self.name(), |(_, last)| last)
    }

    /// Why it does nothing here.
    pub fn why_not(self, state: &State) -> String {
        let keys = state.keymap.keys_of(Action::Help).first().cloned().unwrap_or_default();
        match self {
            Action::Back => "there is nothing to go back to".to_string(),
            Action::Forward => "there is nothing to go forward to".to_string(),
            _ => format!("{}: not here; {keys} lists the keys that do something here", self.name().replace('_', " ")),
        }
    }

    /// The action of that name.
    pub fn named(name: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.name() == name)
    }
}

impl Group {
    /// Its heading.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Go => "Go",
            Group::Time => "Time",
            Group::Show => "Show",
            Group::Program => "Program",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_found_again() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|a| a.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(Action::ALL.iter().all(|a| Action::named(a.name()) == Some(*a)));
    }
}
