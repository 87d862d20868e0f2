//! A single request that was made up: who did what when, and where it broke.

use crate::model::Timestamp;

/// Somebody outside that a part asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub name: &'static str,
    pub is_database: bool,
    pub start_ms: f64,
    pub duration_ms: f64,
    pub failed: bool,
}

/// One service's part of a request.
#[derive(Clone, Debug)]
pub struct Part {
    pub id: String,
    pub parent: Option<usize>,
    pub service: &'static str,
    pub host: String,
    pub method: &'static str,
    pub path: String,
    /// From the trace's start.
    pub start_ms: f64,
    pub duration_ms: f64,
    /// `None` for one that never completes.
    pub status: Option<u16>,
    /// Class, text, when.
    pub thrown: Vec<(&'static str, String, f64)>,
    /// Warnings and notes.
    pub notes: Vec<(bool, String, f64)>,
    pub asked: Option<Asked>,
    /// Which parts it stood waiting for, from when and until when.
    pub waits: Vec<(usize, f64, f64)>,
    /// It writes no records at all.
    pub mute: bool,
}

/// A request and the truth about it.
#[derive(Clone, Debug)]
pub struct MadeTrace {
    pub trace_id: String,
    pub start: Timestamp,
    pub parts: Vec<Part>,
    /// Where it broke: one of these names, the first the best; empty when it did not.
    pub origin: Vec<String>,
}

impl MadeTrace {
    /// Who held the request up, and for how many ms: for each part the time in which it did not wait for another.
    pub fn held_up(&self) -> Vec<f64> {
        let mut held = vec![0.0; self.parts.len()];
        if let Some(root) = self.parts.first() {
            self.hold(0, root.start_ms, root.start_ms + root.duration_ms, &mut held);
        }
        held
    }

    fn hold(&self, at: usize, from_ms: f64, until_ms: f64, held: &mut [f64]) {
        let Some(part) = self.parts.get(at) else { return };
        let mut own = until_ms - from_ms;
        for (callee, began, ended) in &part.waits {
            // Nobody can be waited for longer than there is a sign of him.
            let gone = self.parts.get(*callee).map_or(*ended, |p| p.start_ms + p.duration_ms);
            let (began, ended) = (began.max(from_ms), ended.min(until_ms).min(gone));
            if ended > began {
                self.hold(*callee, began, ended, held);
                own -= ended - began;
            }
        }
        held.iter_mut().skip(at).take(1).for_each(|ms| *ms += own);
    }
}
