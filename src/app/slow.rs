//! Slow requests: where the cursor is.

use super::state::PaneData;
use crate::answers::{ServiceSlow, Slow};

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct SlowPane {
    /// What is shown.
    pub data: PaneData<Slow>,
    /// The row under the cursor, by name.
    pub service: Option<String>,
    /// Services as fast as usual are shown too.
    pub show_quiet: bool,
}

/// Slower than this times its usual p95 is worth a row.
const SLOWER: f64 = 1.2;

/// Whether a service is slower than usual, or has slow or hanging requests.
pub fn is_notable(service: &ServiceSlow) -> bool {
    let worse = service.p95_ms.zip(service.usual_p95_ms).is_some_and(|(now, usual)| usual > 0.0 && now > usual * SLOWER);
    let hangs = service.unfinished.unwrap_or(0) > service.usual_unfinished.unwrap_or(0) * 2 + 3;
    worse || service.slow > 0 || hangs
}

impl SlowPane {
    /// The rows: as the answer orders them, those worth one first.
    pub fn rows(&self) -> Vec<&ServiceSlow> {
        let Some(slow) = &self.data.answer else { return Vec::new() };
        let (notable, quiet): (Vec<&ServiceSlow>, Vec<&ServiceSlow>) = slow.services.iter().partition(|s| is_notable(s));
        if self.show_quiet { notable.into_iter().chain(quiet).collect() } else { notable }
    }

    /// How many are hidden.
    pub fn hidden(&self) -> usize {
        self.data.answer.as_ref().map_or(0, |slow| slow.services.len()).saturating_sub(self.rows().len())
    }

    /// The place of the cursor.
    pub fn row(&self) -> usize {
        let rows = self.rows();
        self.service.as_ref().and_then(|name| rows.iter().position(|s| s.service == *name)).unwrap_or(0)
    }

    /// The service under the cursor.
    pub fn selected(&self) -> Option<&ServiceSlow> {
        self.rows().get(self.row()).copied()
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        let rows = self.rows();
        let to = self.row().saturating_add_signed(by).min(rows.len().saturating_sub(1));
        let name = rows.get(to).map(|s| s.service.clone());
        self.service = name;
    }
}
