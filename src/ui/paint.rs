//! Putting text into a buffer: whatever a log wrote is made printable here, and nothing runs over its place.

use super::look::Look;
use crate::model::printable;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// A buffer with a look.
pub struct Painter<'a> {
    buffer: &'a mut Buffer,
    /// Colours and glyphs.
    pub look: Look,
}

impl<'a> Painter<'a> {
    /// Paints into that buffer.
    pub fn new(buffer: &'a mut Buffer, look: Look) -> Painter<'a> {
        Painter { buffer, look }
    }

    /// Text from a place on, cut with `…` to `width` columns; returns the columns it took.
    pub fn text(&mut self, x: u16, y: u16, text: &str, style: Style, width: u16) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() {
            return 0;
        }
        let room = usize::from(width.min(area.right() - x));
        let line = printable::line(text);
        let cut = printable::cut(&line, room);
        let ascii = if self.look.ascii { plain(&cut) } else { cut.into_owned() };
        self.buffer.set_stringn(x, y, &ascii, room, style);
        u16::try_from(printable::width(&ascii)).unwrap_or(u16::MAX)
    }

    /// Text flush right, ending before column `right`.
    pub fn text_right(&mut self, right: u16, y: u16, text: &str, style: Style, width: u16) {
        let line = printable::line(text);
        let cut = printable::cut(&line, usize::from(width)).into_owned();
        let taken = u16::try_from(printable::width(&cut)).unwrap_or(width);
        self.text(right.saturating_sub(taken), y, &cut, style, taken);
    }

    /// One glyph.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: char, style: Style) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_char(glyph).set_style(style);
        }
    }

    /// Turns a cell around: the cursor.
    pub fn reverse(&mut self, x: u16, y: u16) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_style(Style::new().add_modifier(Modifier::REVERSED));
        }
    }

    /// Underlines where a line has these words, whatever their case.
    pub fn highlight(&mut self, line: Rect, words: &str) {
        let wanted: Vec<char> = words.to_lowercase().chars().collect();
        if wanted.is_empty() {
            return;
        }
        let letter = |x: u16| self.buffer.cell((x, line.y)).and_then(|cell| cell.symbol().to_lowercase().chars().next()).unwrap_or(' ');
        let letters: Vec<char> = (line.x..line.right()).map(letter).collect();
        for (at, _) in letters.windows(wanted.len()).enumerate().filter(|(_, here)| **here == *wanted) {
            for x in at..at + wanted.len() {
                if let Some(cell) = self.buffer.cell_mut((line.x + x as u16, line.y)) {
                    cell.set_style(Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD));
                }
            }
        }
    }

    /// `─ title ──── right ─` over a whole line; the title of the pane with the focus is bold.
    pub fn title(&mut self, area: Rect, title: &str, right: &str, focused: bool) {
        let rule = self.look.rule();
        for x in area.x..area.right() {
            self.glyph(x, area.y, rule, self.look.dim());
        }
        let style = if focused { self.look.strong() } else { self.look.plain() };
        let width = area.width.saturating_sub(4);
        let taken = self.text(area.x + 2, area.y, &format!("{title} "), style, width);
        if !right.is_empty() && u16::try_from(printable::width(right)).unwrap_or(u16::MAX) + taken + 4 <= width {
            self.text_right(area.right() - 2, area.y, &format!(" {right} "), self.look.dim(), width - taken);
        }
        self.glyph(area.x + 1, area.y, ' ', self.look.plain());
    }

    /// Empties an area, for what lies over the view.
    pub fn clear(&mut self, area: Rect) {
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }
}

/// Without the few glyphs beyond ASCII that our own sentences use.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '▲' => '^',
            '▾' => 'v',
            '▸' => '>',
            '·' => '|',
            '…' => '~',
            '≥' => '>',
            '╷' => '|',
            '×' => 'x',
            '░' => '.',
            '█' => '#',
            '─' => '-',
            '↵' => 'E',
            c => c,
        })
        .collect()
}
