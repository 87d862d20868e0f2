//! A cursor that stays on a name when rows move.

/// The place of the name among the rows; the first when it is not there.
pub fn place<'a>(mut names: impl Iterator<Item = &'a str>, name: Option<&String>) -> usize {
    name.and_then(|wanted| names.position(|n| n == wanted)).unwrap_or(0)
}

/// The next row below (or the last one above) for which it holds.
pub fn next_where(from: usize, forward: bool, rows: usize, holds: impl Fn(usize) -> bool) -> Option<usize> {
    if forward { (from + 1..rows).find(|i| holds(*i)) } else { (0..from).rev().find(|i| holds(*i)) }
}

/// Where so many rows down (or up) leads.
pub fn stepped(from: usize, by: isize, rows: usize) -> usize {
    from.saturating_add_signed(by).min(rows.saturating_sub(1))
}
