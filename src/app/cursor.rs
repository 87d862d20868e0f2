//! A cursor that stays on a name when rows move.

/// The place of the name among the rows; the first when it is not there.
pub fn place<'a>(mut names: impl Iterator<Item = &'a str>, name: Option<&String>) -> usize {
    name.and_then(|wanted| names.position(|n| n == wanted)).unwrap_or(0)
}

/// Where so many rows down (or up) leads.
pub fn stepped(from: usize, by: isize, rows: usize) -> usize {
    from.saturating_add_signed(by).min(rows.saturating_sub(1))
}
