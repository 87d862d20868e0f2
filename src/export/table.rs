//! Aligned columns for people.

use crate::model::printable::{left, line, right, width};

/// How text output may look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Escape sequences for colour: only on a terminal, and not with NO_COLOR.
    pub colour: bool,
    /// ASCII instead of block characters.
    pub ascii: bool,
}

/// A table with a header.
pub struct Table {
    header: Vec<String>,
    /// Columns of words are flush left, of figures flush right.
    words: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns: a name, and whether it holds words.
    pub fn new(columns: &[(&str, bool)]) -> Table {
        Table {
            header: columns.iter().map(|(name, _)| (*name).to_string()).collect(),
            words: columns.iter().map(|(_, words)| *words).collect(),
            rows: Vec::new(),
        }
    }

    /// One more row; what a log wrote is made printable.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| line(&cell).into_owned()).collect());
    }

    /// As lines, each ending with a newline.
    pub fn text(&self) -> String {
        let widths: Vec<usize> = (0..self.header.len())
            .map(|i| std::iter::once(&self.header).chain(&self.rows).filter_map(|row| row.get(i)).map(|cell| width(cell)).max().unwrap_or(0).min(60))
            .collect();
        let mut out = String::new();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .zip(&self.words)
                .map(|((cell, width), words)| if *words { left(cell, *width) } else { right(cell, *width) })
                .collect();
            out.push_str(cells.join("  ").trim_end());
            out.push('\n');
        }
        out
    }
}
