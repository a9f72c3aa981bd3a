//! The parser's visitors: values on the wanted paths are looked at, all others passed over.
//!
//! In: a value, and what is left of each path at it: both, one, or an end of one. Out: where strings are found, they go
//! where they are wanted. Cost: nothing is built but what is wanted; each key is compared with the next key of each
//! path.

use super::{Found, Wanted};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value with the paths that lead through it or end at it.
pub(super) struct Value<'a> {
    /// What is left of the path to the text; `None`: it does not lead here.
    text_path: Option<&'a [String]>,
    /// What is left of the path to the source; `None`: it does not lead here.
    source_path: Option<&'a [String]>,
    /// How many keys led here.
    depth: usize,
    /// Where the text goes, and where in it the text begins.
    text: (&'a mut Vec<u8>, usize),
    /// Where the source goes.
    source: &'a mut String,
    /// What was found of both.
    found: Both,
}

/// What was found: under the path to the text, and under that to the source.
#[derive(Default)]
struct Both {
    /// Of the text.
    text: Found,
    /// Of the source.
    source: Found,
}

impl<'a> Value<'a> {
    /// The value of a line.
    pub(super) fn new(wanted: &'a Wanted, text: &'a mut Vec<u8>, source: &'a mut String) -> Self {
        let start = text.len();
        Self {
            text_path: Some(&wanted.text),
            source_path: wanted.source.as_deref(),
            depth: 0,
            text: (text, start),
            source,
            found: Both::default(),
        }
    }

    /// To visit it and look at it afterwards.
    pub(super) fn reborrow(&mut self) -> Visit<'_, 'a> {
        Visit(self)
    }

    /// What was found under the path to the text, and under that to the source.
    pub(super) fn found(self) -> (Found, Found) {
        (self.found.text, self.found.source)
    }

    /// A value that is neither string nor object.
    fn other(&mut self, kind: impl Fn() -> String) {
        let depth = self.depth;
        let found = |path: &[String]| {
            if path.is_empty() { Found::Other(kind()) } else { Found::NoObject(depth, kind()) }
        };
        if let Some(path) = self.text_path {
            self.found.text = found(path);
        }
        if let Some(path) = self.source_path {
            self.found.source = found(path);
        }
    }

    /// A string.
    fn string(&mut self, string: &str) {
        if !(self.ends(self.text_path) || self.ends(self.source_path)) {
            return self.other(|| "a string".to_owned());
        }
        if self.ends(self.text_path) {
            self.text.0.extend_from_slice(string.as_bytes());
            self.found.text = Found::String;
        } else if self.text_path.is_some() {
            self.found.text = Found::NoObject(self.depth, "a string".to_owned());
        }
        if self.ends(self.source_path) {
            string.clone_into(self.source);
            self.found.source = Found::String;
        } else if self.source_path.is_some() {
            self.found.source = Found::NoObject(self.depth, "a string".to_owned());
        }
    }

    /// Whether a path leads here and no further.
    fn ends(&self, path: Option<&[String]>) -> bool {
        path.is_some_and(<[String]>::is_empty)
    }

    /// What is found of a path where an object begins.
    fn at_object(&self, path: &[String]) -> Found {
        if path.is_empty() { Found::Other("an object".to_owned()) } else { Found::NoKey(self.depth) }
    }

    /// An object begins: of paths that go on, the next key is missing so far.
    fn object(&mut self) {
        if let Some(path) = self.text_path {
            self.found.text = self.at_object(path);
        }
        if let Some(path) = self.source_path {
            self.found.source = self.at_object(path);
        }
    }

    /// Reads the value of a key that the paths marked in `leads` have next; the last one of a key counts.
    fn enter<'de, A: MapAccess<'de>>(&mut self, object: &mut A, leads: Leads) -> Result<(), A::Error> {
        let (text_path, source_path) = (self.text_path, self.source_path);
        let next = |path: Option<&'a [String]>, leads: bool| path.filter(|_| leads).map(|path| &path[1..]);
        self.text_path = next(text_path, leads.text);
        self.source_path = next(source_path, leads.source);
        if leads.text {
            self.text.0.truncate(self.text.1);
        }
        self.depth += 1;
        let read = object.next_value_seed(self.reborrow());
        self.depth -= 1;
        (self.text_path, self.source_path) = (text_path, source_path);
        read
    }
}

/// Which paths a key is the next one of.
struct Leads {
    /// That to the text.
    text: bool,
    /// That to the source.
    source: bool,
}

/// See [`Value::reborrow`].
pub(super) struct Visit<'v, 'a>(&'v mut Value<'a>);

impl<'de> DeserializeSeed<'de> for Visit<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Visit<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.other(|| "null".to_owned());
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.other(|| format!("the boolean {value}"));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.other(|| format!("the number {value}"));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.other(|| format!("the number {value}"));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.other(|| format!("the number {value}"));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        self.0.other(|| "an array".to_owned());
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, string: &str) -> Result<(), E> {
        self.0.string(string);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        self.0.object();
        let first = |path: Option<&'_ [String]>| path.and_then(<[String]>::first).cloned();
        let next = (first(self.0.text_path), first(self.0.source_path));
        while let Some(leads) = object.next_key_seed(Key(next.0.as_deref(), next.1.as_deref()))? {
            if leads.text || leads.source {
                self.0.enter(&mut object, leads)?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Compares a key with the next one of each path.
struct Key<'a>(Option<&'a str>, Option<&'a str>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Leads;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Leads, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Leads;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Leads, E> {
        Ok(Leads { text: self.0 == Some(key), source: self.1 == Some(key) })
    }
}

/// The keys of the object under a path, for an error.
pub(super) struct Keys<'a>(&'a [String]);

impl<'a> Keys<'a> {
    /// See the type; `None` where there is none.
    pub(super) fn of(line: &str, path: &'a [String]) -> Option<Vec<String>> {
        Keys(path).deserialize(&mut serde_json::Deserializer::from_str(line)).ok()
    }
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Vec<String>, D::Error> {
        value.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Vec<String>, A::Error> {
        let mut keys = Vec::new();
        let mut last = None;
        while let Some(key) = object.next_key::<String>()? {
            if self.0.first() == Some(&key) {
                last = Some(object.next_value_seed(Keys(&self.0[1..]))?);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
            keys.push(key);
        }
        Ok(last.unwrap_or(keys))
    }
}
