//! Every different text of a column once; columns hold its number.

use rustc_hash::FxHashMap;
use std::sync::{Arc, RwLock};

/// Numbers for texts; 0 is "no value".
#[derive(Default)]
pub struct Dictionary {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

/// No value.
pub const NONE: u32 = 0;

impl Dictionary {
    /// The numbers of these texts, in order, made where there are none yet.
    pub fn numbers(&self, texts: &[Box<str>]) -> Vec<u32> {
        let Ok(mut inner) = self.inner.write() else { return vec![NONE; texts.len()] };
        texts.iter().map(|text| inner.number(text)).collect()
    }

    /// The number of a text, if it was ever seen.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.inner.read().ok()?.numbers.get(text).copied()
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> Option<Arc<str>> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.inner.read().ok()?.texts.get(index).cloned()
    }

    /// All numbers whose text passes a test.
    pub fn matching(&self, test: impl Fn(&str) -> bool) -> Vec<u32> {
        let Ok(inner) = self.inner.read() else { return Vec::new() };
        (1..).zip(&inner.texts).filter(|(_, text)| test(text)).map(|(number, _)| number).collect()
    }
}

impl Inner {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text, number);
        number
    }
}

/// The texts of one block, numbered without a lock and translated at its end.
#[derive(Default)]
pub struct BlockTexts {
    numbers: FxHashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl BlockTexts {
    /// The number within this block.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.texts.push(text.into());
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        number
    }

    /// From numbers within this block to numbers of the dictionary.
    pub fn translate(&self, dictionary: &Dictionary, column: &mut [u32]) {
        let numbers = dictionary.numbers(&self.texts);
        for cell in column {
            if let Some(number) = cell.checked_sub(1).and_then(|i| numbers.get(i as usize)) {
                *cell = *number;
            }
        }
    }
}
