//! How far an answer can be trusted: printed with every figure.

use super::Timestamp;

/// Whether anything took something from a count, and the sentences that say what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completeness {
    /// False when a shard, an index, a time-out, a bad line or late data took something from a count.
    pub complete: bool,
    /// The newest record of all that the source holds before the end of the range.
    pub newest: Option<Timestamp>,
    /// One sentence each; those that make the answer incomplete come first.
    pub notes: Vec<String>,
}

impl Default for Completeness {
    fn default() -> Self {
        Completeness { complete: true, newest: None, notes: Vec::new() }
    }
}

impl Completeness {
    /// Something is missing from the figures.
    pub fn missing(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        let at = if self.complete { 0 } else { self.notes.len() };
        self.complete = false;
        if !self.notes.contains(&sentence) {
            self.notes.insert(at.min(self.notes.len()), sentence);
        }
    }

    /// Something to know that takes nothing away: sampling, inference, a cut list, missing history.
    pub fn note(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.notes.contains(&sentence) {
            self.notes.push(sentence);
        }
    }

    /// Takes over what another part of the same answer has to say.
    pub fn join(&mut self, other: &Completeness) {
        for note in &other.notes {
            if other.complete { self.note(note.clone()) } else { self.missing(note.clone()) }
        }
        self.complete &= other.complete;
        self.newest = self.newest.max(other.newest);
    }
}
