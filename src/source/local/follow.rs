//! Files that go on growing: known by device and inode, so that one that is replaced or cut is noticed and read anew.

use super::content::Content;
use super::engine::Engine;
use super::open::is_cut_short;
use crate::source::machine_clock;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

/// A plain file, and up to where it was read.
#[derive(Clone)]
pub struct Followed {
    path: PathBuf,
    content: Arc<Content>,
    reached: u64,
    known: Option<(u64, u64)>,
}

/// So much of a file that has grown is read at a time.
const MOST_AT_ONCE: u64 = 64 << 20;

impl Followed {
    /// From where reading ended.
    pub fn new(path: PathBuf, content: Arc<Content>, reached: u64) -> Followed {
        let known = std::fs::metadata(&path).ok().map(|m| (m.dev(), m.ino()));
        Followed { path, content, reached, known }
    }

    /// Its length now.
    pub fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(self.reached, |m| m.len())
    }

    /// Takes in whole lines that were added; a file that is gone for a moment is waited for.
    pub fn catch_up(&mut self, engine: &Engine) {
        let Ok(now) = std::fs::metadata(&self.path) else { return };
        let is_same = self.known == Some((now.dev(), now.ino()));
        if !is_same || now.len() < self.reached {
            let how = if is_same { "cut" } else { "replaced" };
            let name = self.path.display().to_string();
            let Ok(file) = File::open(&self.path) else { return };
            engine.say(format!("{name} was {how} while it was followed: it is read anew, and what it held before is counted as well"));
            self.content = Arc::new(Content::of_file(file, &name));
            self.reached = 0;
            self.known = Some((now.dev(), now.ino()));
        }
        while self.reached < now.len() {
            let length = (now.len() - self.reached).min(MOST_AT_ONCE);
            let Ok(mut block) = self.content.read(self.reached, usize::try_from(length).unwrap_or(usize::MAX)) else { return };
            let end = block.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
            let whole = match end {
                0 if is_cut_short(&block) => 0,
                0 => block.len(),
                end => end,
            };
            block.truncate(whole);
            if block.is_empty() {
                return;
            }
            if let Some(newest) = engine.take_in(&block, self.reached, &self.content) {
                engine.grew(machine_clock(), newest);
            }
            self.reached += block.len() as u64;
        }
    }
}
