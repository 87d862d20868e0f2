//! One line of NDJSON: the values at the wanted paths and nothing else.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A scalar found at a wanted path, borrowed from the line where it can be.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Slot<'de> {
    /// Nothing there, or null, or an object.
    #[default]
    None,
    /// A string.
    Text(Cow<'de, str>),
    /// An integer.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// true or false.
    Bool(bool),
}

/// The wanted paths, as a tree of their parts.
#[derive(Default, Debug)]
pub struct Wanted {
    children: Vec<(String, Wanted)>,
    slot: Option<usize>,
}

impl Wanted {
    /// A tree in which the value at the n-th path goes to slot n.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Wanted {
        let mut root = Wanted::default();
        for (slot, path) in paths.into_iter().enumerate() {
            root.add(path.split('.'), slot);
        }
        root
    }

    /// A further path, whose value goes to that slot unless it goes to another one already: to which.
    pub fn add_unless_there(&mut self, path: &str, slot: usize) -> usize {
        let there = path.split('.').try_fold(&*self, |at, part| at.children.iter().find(|(name, _)| name == part).map(|(_, below)| below));
        let known = there.and_then(|at| at.slot);
        if known.is_none() {
            self.add(path.split('.'), slot);
        }
        known.unwrap_or(slot)
    }

    fn add<'a>(&mut self, mut parts: impl Iterator<Item = &'a str>, slot: usize) {
        let Some(part) = parts.next() else {
            self.slot = Some(slot);
            return;
        };
        if !self.children.iter().any(|(name, _)| name == part) {
            self.children.push((part.to_string(), Wanted::default()));
        }
        if let Some((_, child)) = self.children.iter_mut().find(|(name, _)| name == part) {
            child.add(parts, slot);
        }
    }

    /// The branch of a key, which may hold dots itself.
    fn child(&self, key: &str) -> Option<&Wanted> {
        if let Some((_, child)) = self.children.iter().find(|(name, _)| name == key) {
            return Some(child);
        }
        let (head, tail) = key.split_once('.')?;
        self.children.iter().find(|(name, _)| name == head)?.1.child(tail)
    }
}

/// The lines of a block with the place of each; blank ones are left out.
pub fn lines(block: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    block.split(|b| *b == b'\n').filter_map(move |line| {
        let start = at;
        at += line.len() + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.iter().all(u8::is_ascii_whitespace)).then_some((start, line))
    })
}

/// Fills the slots from a line; an error when it is no JSON object.
pub fn read<'de>(line: &'de [u8], wanted: &Wanted, slots: &mut [Slot<'de>]) -> Result<(), serde_json::Error> {
    slots.fill(Slot::None);
    let mut json = serde_json::Deserializer::from_slice(line);
    ObjectInto { wanted, slots }.deserialize(&mut json)?;
    json.end()
}

struct ObjectInto<'w, 's, 'de> {
    wanted: &'w Wanted,
    slots: &'s mut [Slot<'de>],
}

impl<'de> DeserializeSeed<'de> for ObjectInto<'_, '_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectInto<'_, '_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            match self.wanted.child(&key) {
                Some(wanted) => map.next_value_seed(ValueInto { wanted, slots: &mut *self.slots })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct ValueInto<'w, 's, 'de> {
    wanted: &'w Wanted,
    slots: &'s mut [Slot<'de>],
}

impl<'de> ValueInto<'_, '_, 'de> {
    fn put(self, value: Slot<'de>) {
        if let Some(slot) = self.wanted.slot.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = value;
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueInto<'_, '_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueInto<'_, '_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.put(Slot::Text(Cow::Borrowed(text)));
        Ok(())
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(Slot::Text(Cow::Owned(text.to_string())));
        Ok(())
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.put(Slot::Integer(number));
        Ok(())
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.put(i64::try_from(number).map_or(Slot::Float(number as f64), Slot::Integer));
        Ok(())
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(Slot::Float(number));
        Ok(())
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(Slot::Bool(value));
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        ObjectInto { wanted: self.wanted, slots: self.slots }.visit_map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        // The first of several values stands for all of them.
        if values.next_element_seed(ValueInto { wanted: self.wanted, slots: self.slots })?.is_some() {
            while values.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }
}

struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_string())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl Slot<'_> {
    /// As an exact value, the way a cluster prints the key of a bucket.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Slot::None => None,
            Slot::Text(text) => Some(Cow::Borrowed(text)),
            Slot::Integer(number) => Some(Cow::Owned(number.to_string())),
            Slot::Float(number) => Some(Cow::Owned(number.to_string())),
            Slot::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        }
    }

    /// As a finite number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Slot::Integer(number) => Some(*number as f64),
            Slot::Float(number) => Some(*number),
            Slot::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|n: &f64| n.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(line: &str, paths: &[&str]) -> Vec<Option<String>> {
        let wanted = Wanted::new(paths.iter().copied());
        let mut slots = vec![Slot::None; paths.len()];
        read(line.as_bytes(), &wanted, &mut slots).unwrap();
        slots.iter().map(|slot| slot.text().map(Cow::into_owned)).collect()
    }

    #[test]
    fn wanted_values_in_any_nesting() {
        let line =
            r#"{"a":{"b":"x","c":[1,2]},"log.level":"er\u0072or","skip":{"deep":[{"a":1}]},"n":1.5,"log":{"origin":{"file.line":7}},"z":null}"#;
        let found = texts(line, &["a.b", "a.c", "log.level", "n", "log.origin.file.line", "z", "missing"]);
        let some = |text: &str| Some(text.to_string());
        assert_eq!(found, [some("x"), some("1"), some("error"), some("1.5"), some("7"), None, None]);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for line in ["", "[1]", "{\"a\":", "{\"a\":1} x", "plain", "\u{0}\u{1}"] {
            assert!(read(line.as_bytes(), &Wanted::new(["a"]), &mut [Slot::None]).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, &Wanted::new(["a.b"]), &mut [Slot::None]);
        }
    }
}
