//! The overview: which panes stand where.
//!
//! ```text
//! wide and high            80x24
//! ┌ errors ────────────┐   ┌ errors ────────────┐
//! │                    │   │                    │
//! ├ slow ───┬ traces ──┤   ├ the focused one ───┤
//! └─────────┴──────────┘   └ slow, in one line ─┘
//! ```

use super::paint::Painter;
use super::{heatmap, marks, slow, traces};
use crate::app::{Pane, Seen, State};
use ratatui::layout::Rect;

/// Draws the panes.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    if state.zoomed {
        return match state.focus {
            Pane::Errors => heatmap::draw(state, area, painter),
            Pane::Slow => slow::draw(state, area, painter),
            Pane::Traces => traces::draw(state, area, painter),
        };
    }
    let marks = marks::rows(state).min(area.height.saturating_sub(16));
    marks::lines(state, Rect { y: area.bottom() - marks, height: marks, ..area }, painter);
    let area = Rect { height: area.height - marks, ..area };
    let rows = state.errors.rows().len() as u16 + 4;
    // The heatmap keeps what it needs, but leaves the panes below a third, or on a low screen a few lines.
    let least = if area.height >= 24 { area.height / 3 } else { 5 };
    let below = area.height.saturating_sub(rows).clamp(least, (area.height * 3 / 5).max(least));
    let top = Rect { height: area.height.saturating_sub(below), ..area };
    let bottom = Rect { y: top.bottom(), height: below, ..area };
    let of_errors = heatmap::draw(state, top, painter);
    let seen = if area.width >= 100 && area.height >= 18 {
        let half = bottom.width / 2;
        let left = slow::draw(state, Rect { width: half.saturating_sub(1), ..bottom }, painter);
        let right = traces::draw(state, Rect { x: bottom.x + half, width: bottom.width - half, ..bottom }, painter);
        if state.focus == Pane::Slow { left } else { right }
    } else {
        let pane = Rect { height: bottom.height.saturating_sub(1), ..bottom };
        let line = Rect { y: bottom.bottom().saturating_sub(1), height: 1, ..bottom };
        if state.focus == Pane::Slow {
            let seen = slow::draw(state, pane, painter);
            traces::line(state, line, painter);
            seen
        } else {
            let seen = traces::draw(state, pane, painter);
            slow::line(state, line, painter);
            seen
        }
    };
    match state.focus {
        Pane::Errors => of_errors,
        _ => seen,
    }
}
