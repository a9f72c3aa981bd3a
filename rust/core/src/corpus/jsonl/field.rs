//! One string out of one JSON object.
//!
//! In: a line. Out: the string under one key, appended to a buffer, or what is wrong in words. The parser hands the string
//! over where it lies, and skips all other values.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What the value under the key turned out to be.
enum Found {
    /// A string; it was appended.
    Appended,
    /// Something else, in words.
    Other(&'static str),
}

/// What the line turned out to be.
enum Line {
    /// An object that has the key.
    With(Found),
    /// An object that has not.
    Without,
    /// Something else, in words.
    NoObject(&'static str),
}

/// Appends the string under `field` of the object in `line` to `text`. After an error `text` may hold part of it.
pub(super) fn append(line: &str, field: &str, text: &mut Vec<u8>) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_str(line);
    let found = json.deserialize_any(LineVisitor { field, text }).and_then(|found| json.end().map(|()| found));
    match found.map_err(|error| malformed(&error))? {
        Line::With(Found::Appended) => Ok(()),
        Line::With(Found::Other(kind)) => Err(format!("the value of {field:?} is {kind}, where a string is expected")),
        Line::NoObject(kind) => Err(format!("{kind}, where an object with the key {field:?} is expected")),
        Line::Without => Err(format!("there is no key {field:?}; {}", keys_of(line))),
    }
}

/// The parser's error in our words: every line is line 1 to it.
fn malformed(error: &serde_json::Error) -> String {
    let (message, column) = (error.to_string(), error.column());
    let message = message.strip_suffix(&format!(" at line {} column {column}", error.line())).unwrap_or(&message);
    // the parser's two ways to say it
    let half = message.contains("surrogate") || message.contains("unexpected end of hex escape");
    let message =
        if half { "half of a surrogate pair (\\ud800 to \\udfff) on its own, which is no character" } else { message };
    format!("not valid JSON: {message} (byte {column} of the line)")
}

/// The keys of an object, the first ten of them, for an error.
fn keys_of(line: &str) -> String {
    const SHOWN: usize = 10;
    let object: Vec<(String, IgnoredAny)> =
        serde_json::Deserializer::from_str(line).deserialize_map(Keys).unwrap_or_default();
    if object.is_empty() {
        return "the object is empty".to_owned();
    }
    let keys: Vec<String> = object.iter().take(SHOWN).map(|(key, _)| format!("{key:?}")).collect();
    let more = if object.len() > SHOWN { format!(" and {} more", object.len() - SHOWN) } else { String::new() };
    format!("the keys are {}{more}", keys.join(", "))
}

/// Takes the keys of an object.
struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Vec<(String, IgnoredAny)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = object.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// What a visitor answers to values that are not of the kind it looks for.
macro_rules! other_kinds {
    ($other:expr) => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a JSON value")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($other("null"))
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($other("a boolean"))
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($other("a number"))
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($other("a number"))
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($other("a number"))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
            while array.next_element::<IgnoredAny>()?.is_some() {}
            Ok($other("an array"))
        }
    };
}

/// Looks for an object, and in it for a key.
struct LineVisitor<'a> {
    /// The key.
    field: &'a str,
    /// Where its string goes.
    text: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for LineVisitor<'_> {
    type Value = Line;

    other_kinds!(Line::NoObject);

    fn visit_str<E>(self, _: &str) -> Result<Line, E> {
        Ok(Line::NoObject("a string"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Line, A::Error> {
        let start = self.text.len();
        let mut line = Line::Without;
        while let Some(is_field) = object.next_key_seed(IsField(self.field))? {
            if is_field {
                // the last one counts
                self.text.truncate(start);
                line = Line::With(object.next_value_seed(Append(&mut *self.text))?);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(line)
    }
}

/// Whether a key is the one looked for.
struct IsField<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for IsField<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<bool, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for IsField<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

/// Appends a string.
struct Append<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Found, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Append<'_> {
    type Value = Found;

    other_kinds!(Found::Other);

    fn visit_str<E>(self, string: &str) -> Result<Found, E> {
        self.0.extend_from_slice(string.as_bytes());
        Ok(Found::Appended)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Found, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Found::Other("an object"))
    }
}
