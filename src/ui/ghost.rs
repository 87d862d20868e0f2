//! Below a row of the heatmap: what it was at the same time of an earlier day.

use super::heatmap::{Columns, figures, level};
use super::paint::Painter;
use crate::answers::{Column, Errors};
use crate::app::ghost::Ghost;
use ratatui::layout::Rect;

/// Draws it, dim: cell below cell, and the figures of the whole range.
pub fn row(ghost: &Ghost, service: &str, shown: &Errors, area: Rect, at: Columns, first: usize, painter: &mut Painter<'_>) {
    let dim = painter.look.dim();
    painter.text(area.x + 2, area.y, ghost.name(), dim, at.name - 2);
    let (Some(then), Some(answer)) = (ghost.of(service), &ghost.data.answer) else {
        let (text, style) = match (&ghost.data.answer, &ghost.data.fault) {
            (_, Some(fault)) => (fault.to_string(), painter.look.unknown()),
            (Some(_), None) => ("no record of it then".to_string(), dim),
            (None, None) => ("…".to_string(), dim),
        };
        painter.text(at.grid.x, area.y, &text, style, at.grid.width);
        return;
    };
    for (i, column) in shown.columns.iter().enumerate().skip(first).take(usize::from(at.grid.width)) {
        let Column::Start(ms) = column else { continue };
        let start = Column::Start(ms - ghost.back_ms);
        let Some(was) = answer.columns.iter().position(|column| *column == start) else { continue };
        let (glyph, _) = painter.look.cell(level(then, answer, was, then.cells.get(was).copied().flatten()));
        painter.glyph(at.grid.x + (i - first) as u16, area.y, glyph, dim);
    }
    let (total, now, usual, _) = figures(then, answer, painter);
    for (right, left, text) in [(at.total, at.grid.right(), total), (at.fails, at.total, now), (at.usual, at.fails, usual)] {
        painter.text_right(right, area.y, &text, dim, right - left);
    }
}
