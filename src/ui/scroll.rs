//! Which part of a long list is shown.

/// The first row that is shown of `rows`, where `room` of them fit and the cursor is on `at`.
///
/// The cursor moves within the middle third; then the list moves by a third. A list that moved with every step would be
/// drawn anew with every step, and over a slow line that is what one waits for.
pub fn top(at: usize, rows: usize, room: usize) -> usize {
    if room < 3 {
        return at.min(rows.saturating_sub(room));
    }
    let third = room / 3;
    ((at / third).saturating_sub(1) * third).min(rows.saturating_sub(room))
}

#[cfg(test)]
mod tests {
    use super::top;

    #[test]
    fn the_cursor_is_always_in_view_and_most_steps_leave_the_list_where_it_is() {
        for room in 1..40 {
            let tops: Vec<usize> = (0..200).map(|at| top(at, 200, room)).collect();
            assert!(tops.iter().enumerate().all(|(at, top)| (*top..top + room).contains(&at)), "{room}");
            let moved = tops.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert!(moved <= 200 / (room / 3).max(1), "{room}: {moved}");
        }
        assert_eq!(top(5, 4, 10), 0);
    }
}
