//! Marks: the newest in lines below the panes, all in a list, and the note that is typed.

use super::paint::Painter;
use crate::app::State;
use crate::model::Timestamp;
use crate::model::printable;
use ratatui::layout::Rect;

/// The service that the brief is about: what became of it is what one wants to know.
fn service(state: &State) -> Option<&str> {
    state.brief.data.answer.as_ref()?.origin.as_ref().map(|origin| origin.service.as_str())
}

/// How many lines the newest take.
pub fn rows(state: &State) -> u16 {
    state.marks.recent(crate::app::marks::clock(state)).count() as u16
}

/// A line for each of the newest.
pub fn lines(state: &State, area: Rect, painter: &mut Painter<'_>) {
    for (y, mark) in (area.y..area.bottom()).zip(state.marks.recent(crate::app::marks::clock(state))) {
        let head = format!("m {} {}", state.zone.clock(mark.at), mark.note);
        let most = area.width / 3;
        let taken = painter.text(area.x + 1, y, &head, painter.look.strong(), most);
        let words = state.marks.words(mark, service(state));
        painter.text(area.x + taken + 4, y, &words, painter.look.plain(), area.width.saturating_sub(taken + 4));
    }
}

/// All of them, over the view, the newest first.
pub fn list(state: &State, at: usize, area: Rect, painter: &mut Painter<'_>) {
    let row = |mark: &crate::model::Mark| {
        let what = match &mark.record {
            Some(of) => format!("* {} {}", of.service.as_deref().unwrap_or_default(), of.message.as_deref().unwrap_or_default()),
            None => format!("m {}", mark.note),
        };
        let head = format!("{} {}  {what}", state.zone.day(mark.at), state.zone.clock(mark.at));
        if state.marks.since.contains_key(&mark.at) { format!("{head}   {}", state.marks.words(mark, service(state))) } else { head }
    };
    let rows: Vec<String> = state.marks.list.iter().rev().map(row).collect();
    super::filters::list("Marks", "enter goes there  d forgets it  esc", &rows, at, area, painter);
}

/// The note that is typed.
pub fn note(state: &State, at: Timestamp, line: &str, area: Rect, painter: &mut Painter<'_>) {
    let place = Rect { y: area.bottom().saturating_sub(3), height: 3, ..area };
    painter.clear(place);
    let title = format!("Mark {} {}", state.zone.clock(at), state.zone.name());
    painter.title(Rect { height: 1, ..place }, &title, "what was done or seen; enter keeps it, esc leaves it", true);
    painter.text(place.x + 1, place.y + 1, &format!("> {line}"), painter.look.strong(), place.width.saturating_sub(2));
    painter.reverse(place.x + 3 + printable::width(line) as u16, place.y + 1);
}
