//! The bytes that records are places in: a file itself, or an unlinked private one for what cannot be read twice.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that stay where they are.
pub struct Content {
    file: File,
    /// What `--file` called it.
    pub name: String,
    written: AtomicU64,
    writer: Mutex<()>,
}

impl Content {
    /// A regular file, read in place.
    pub fn of_file(file: File, name: &str) -> Content {
        Content { file, name: name.to_string(), written: AtomicU64::new(0), writer: Mutex::new(()) }
    }

    /// A private file without a name, for standard input and compressed files; it is gone with this process.
    pub fn spool(name: &str) -> io::Result<Content> {
        Ok(Content::of_file(tempfile::tempfile()?, name))
    }

    /// Adds bytes to a private file; returns where they begin.
    pub fn append(&self, bytes: &[u8]) -> io::Result<u64> {
        let _one_at_a_time = self.writer.lock();
        let mut file = &self.file;
        file.write_all(bytes)?;
        Ok(self.written.fetch_add(bytes.len() as u64, Ordering::SeqCst))
    }

    /// The bytes at a place; shorter when the file has shrunk since.
    pub fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut got = 0;
        while let Some(rest) = bytes.get_mut(got..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset + got as u64)? {
                0 => break,
                n => got += n,
            }
        }
        bytes.truncate(got);
        Ok(bytes)
    }
}
