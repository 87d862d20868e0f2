//! `!`: what has to be known about the figures on screen, in full, and the lines that could not be read.

use super::paint::Painter;
use crate::app::State;
use crate::model::UnreadLine;
use crate::model::printable;
use ratatui::layout::Rect;

/// Draws it over the view.
pub fn draw(state: &State, scroll: usize, unread: &[UnreadLine], area: Rect, painter: &mut Painter<'_>) -> usize {
    let lines = lines(state, unread, usize::from(area.width.saturating_sub(6)));
    sheet("What has to be known", &lines, scroll, area, painter)
}

/// `w`: why the brief says what it says.
pub fn draw_why(state: &State, scroll: usize, area: Rect, painter: &mut Painter<'_>) -> usize {
    let width = usize::from(area.width.saturating_sub(6));
    let lines: Vec<String> = state.brief.why().iter().flat_map(|line| wrapped(line, width)).collect();
    sheet("Why", &lines, scroll, area, painter)
}

/// Lines over the view, from the one that is scrolled to; how far down they can be scrolled.
fn sheet(title: &str, lines: &[String], scroll: usize, area: Rect, painter: &mut Painter<'_>) -> usize {
    let width = area.width.saturating_sub(4);
    let room = usize::from(area.height.saturating_sub(6)).max(1);
    let deepest = lines.len().saturating_sub(room);
    let top = scroll.min(deepest);
    let height = (lines.len().min(room) + 2) as u16;
    let at = Rect { x: area.x + 2, y: area.y + 2, width, height };
    painter.clear(at);
    painter.title(Rect { height: 1, ..at }, title, "j k scroll, esc closes", true);
    for (i, line) in lines.iter().skip(top).take(room).enumerate() {
        painter.text(at.x + 1, at.y + 1 + i as u16, line, painter.look.plain(), width - 2);
    }
    let below = lines.len().saturating_sub(top + room);
    if below > 0 {
        painter.text(at.x + 1, at.bottom() - 1, &format!("{} below", printable::count(below, "more line")), painter.look.dim(), width - 2);
    }
    deepest
}

fn lines(state: &State, unread: &[UnreadLine], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    match state.completeness() {
        None => lines.push("nothing has been answered yet".to_string()),
        Some(said) => {
            lines.push(if said.complete { "The figures are complete." } else { "The figures are NOT complete." }.to_string());
            lines.extend(said.notes.iter().flat_map(|note| wrapped(&format!("· {note}"), width)));
        }
    }
    if !unread.is_empty() {
        lines.push(String::new());
        lines.push(format!("Lines that could not be read, the first {}:", unread.len()));
    }
    for line in unread {
        lines.extend(wrapped(&format!("· {}: {}", line.place, line.reason), width));
        lines.push(format!("    {}", line.line));
    }
    lines
}

/// Broken between words, the rest indented by two.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = printable::line(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.trim().is_empty() && printable::width(&line) + 1 + printable::width(word) > width {
            lines.push(std::mem::replace(&mut line, "  ".to_string()));
        } else if !line.is_empty() && line != "  " {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
