//! Colours and glyphs: six indexed colours, only on what is wrong; the glyph carries the level, colour repeats it.

use ratatui::style::{Color, Modifier, Style};

/// How frames look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    /// With colour: not with NO_COLOR.
    pub colour: bool,
    /// No glyph beyond ASCII.
    pub ascii: bool,
}

/// What a cell has to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    /// Records but nothing of what is counted.
    Nothing,
    /// Some.
    Some,
    /// Over the warning.
    Warning,
    /// Over the critical threshold.
    Critical,
    /// It has stopped writing.
    Silent,
    /// Not arrived yet.
    NotArrived,
    /// A part of it did not answer.
    Incomplete,
}

impl Look {
    fn coloured(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    fn marked(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { self.strong() }
    }

    /// Wrong; without colour it is bold.
    pub fn critical(self) -> Style {
        self.marked(Color::Indexed(1))
    }

    /// Worth a look.
    pub fn warning(self) -> Style {
        self.coloured(Color::Indexed(3))
    }

    /// Silence; without colour it is bold.
    pub fn silent(self) -> Style {
        self.marked(Color::Indexed(5))
    }

    /// Not known.
    pub fn unknown(self) -> Style {
        self.coloured(Color::Indexed(6))
    }

    /// Beside the point.
    pub fn dim(self) -> Style {
        self.coloured(Color::Indexed(8))
    }

    /// As usual.
    pub fn plain(self) -> Style {
        Style::new()
    }

    /// Headings.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Services of a waterfall.
    pub fn service(self, number: usize) -> Style {
        const COLOURS: [u8; 6] = [4, 2, 6, 3, 5, 12];
        self.coloured(Color::Indexed(COLOURS.get(number % COLOURS.len()).copied().unwrap_or(4)))
    }

    /// The glyph of a cell and its style.
    pub fn cell(self, cell: Cell) -> (char, Style) {
        let pick = |fine: char, plain: char| if self.ascii { plain } else { fine };
        match cell {
            Cell::Nothing => (' ', self.plain()),
            Cell::Some => (pick('▁', '.'), self.plain()),
            Cell::Warning => (pick('▄', '+'), self.warning()),
            Cell::Critical => (pick('█', '#'), self.critical()),
            Cell::Silent => ('o', self.silent()),
            Cell::NotArrived => ('/', self.unknown()),
            Cell::Incomplete => ('!', self.unknown()),
        }
    }

    /// One of eight heights for a share of the greatest.
    pub fn spark(self, share: f64) -> char {
        let glyphs = if self.ascii { ['.', '.', ':', '-', '=', '+', '*', '#'] } else { ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] };
        glyphs.get((share.clamp(0.0, 1.0) * 7.0).round() as usize).copied().unwrap_or(' ')
    }

    /// The line in a title.
    pub fn rule(self) -> char {
        if self.ascii { '-' } else { '─' }
    }
}
