//! What a model file says beside its pieces: the object under [`KEY`].
//!
//! In and out: `{"format": 1, "special_tokens": […], "normalization": "…"}`, as FORMAT.md states it. A file without special tokens whose text
//! is put into NFC has none, so that 0.6.3 reads it. What is not known here is refused: it could mean other ids. The same JSON is in a pickle, and what a dictionary
//! has under the key is put through it too, so there is one reader for all three.

use super::model::write_escaped;
use crate::corpus::normalize::Normalization;
use crate::vocabulary::Vocabulary;
use crate::vocabulary::special::SpecialTokens;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::io::Write;

/// The key of the object. No base64, strict or lax, has nine letters, so it is no piece to any reader.
pub const KEY: &str = "bytepiece";
/// The only format there is.
const FORMAT: u64 = 1;
/// What to do about what is not known.
pub(super) const NEWER: &str = "a newer bytepiece wrote this model; update to read it";

/// What is under [`KEY`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The special tokens beside `<pad>`, `<bos>` and `<eos>`, in the order of their ids; not checked yet.
    pub special_tokens: Vec<String>,
    /// How text is normalized.
    pub normalization: Normalization,
}

impl Metadata {
    /// Reads the JSON of the object alone; the error is in words.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| format!("{KEY}: {error}"))
    }

    /// The vocabulary with what is said here; `origin` names the model in errors.
    pub fn apply(self, vocabulary: &Vocabulary, origin: &str) -> crate::Result<Vocabulary> {
        let vocabulary = vocabulary.with_special_tokens(self.special_tokens);
        vocabulary.map(|vocabulary| vocabulary.with_normalization(self.normalization)).map_err(|error| match error {
            crate::Error::SpecialToken { place, problem } => {
                crate::Error::model(origin, format!("{KEY}: special_tokens[{place}]: {problem}"))
            }
            other => other,
        })
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Reads the fields.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Metadata;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "an object under the key {KEY:?}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let (mut format, mut special_tokens, mut normalization) = (None, None, None);
        while let Some(field) = map.next_key::<Cow<'_, str>>()? {
            let twice = match &*field {
                "format" => format.replace(map.next_value::<u64>().map_err(|error| of(&field, error))?).is_some(),
                "special_tokens" => {
                    let Strings(strings) = map.next_value().map_err(|error| of(&field, error))?;
                    special_tokens.replace(strings).is_some()
                }
                "normalization" => {
                    let Name(name) = map.next_value().map_err(|error| of(&field, error))?;
                    normalization.replace(name).is_some()
                }
                other => return Err(A::Error::custom(format!("the metadata has the field {other:?}: {NEWER}"))),
            };
            if twice {
                return Err(A::Error::custom(format!("the metadata has the field {field:?} twice")));
            }
            if let Some(other) = format.filter(|&format| format != FORMAT) {
                return Err(A::Error::custom(format!("the field \"format\" is {other}, not {FORMAT}: {NEWER}")));
            }
        }
        if format.is_none() {
            return Err(A::Error::custom("the metadata has no field \"format\""));
        }
        let (special_tokens, normalization) = (special_tokens.unwrap_or_default(), normalization.unwrap_or_default());
        Ok(Metadata { special_tokens, normalization })
    }
}

/// Says in which field an error is.
fn of<E: serde::de::Error>(field: &str, error: E) -> E {
    E::custom(format!("the field {field:?}: {error}"))
}

/// The name of a normalization.
struct Name(Normalization);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        let found = Normalization::NAMES.iter().find(|(known, _)| *known == name);
        found
            .map(|&(_, normalization)| Self(normalization))
            .ok_or_else(|| D::Error::custom(format!("{name:?}: {NEWER}")))
    }
}

/// An array of strings; an error names the first element that is none.
struct Strings(Vec<String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements)
    }
}

/// Reads the elements.
struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Strings;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "an array of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Strings, A::Error> {
        let mut strings = Vec::new();
        let at = |place: usize| move |error: A::Error| A::Error::custom(format!("element {place}: {error}"));
        while let Some(string) = array.next_element().map_err(at(strings.len()))? {
            strings.push(string);
        }
        Ok(Strings(strings))
    }
}

/// Whether there is anything to say.
pub fn is_needed(vocabulary: &Vocabulary) -> bool {
    !vocabulary.added().is_empty() || vocabulary.normalization() != Normalization::Nfc
}

/// Writes the object as Python's `json.dump(…, indent=4)` writes it in a model.
pub fn write(vocabulary: &Vocabulary, out: &mut dyn Write) -> std::io::Result<()> {
    write!(out, "{{\n        \"format\": {FORMAT}")?;
    if !vocabulary.added().is_empty() {
        write_tokens(vocabulary.added(), out)?;
    }
    if vocabulary.normalization() != Normalization::Nfc {
        write!(out, ",\n        \"normalization\": \"{}\"", vocabulary.normalization().name())?;
    }
    out.write_all(b"\n    }")
}

/// Writes the special tokens.
fn write_tokens(special_tokens: &SpecialTokens, out: &mut dyn Write) -> std::io::Result<()> {
    write!(out, ",\n        \"special_tokens\": [")?;
    for (at, token) in special_tokens.iter().enumerate() {
        out.write_all(if at == 0 { b"\n            \"" } else { b",\n            \"" })?;
        write_escaped(token, out)?;
        out.write_all(b"\"")?;
    }
    out.write_all(b"\n        ]")
}

#[cfg(test)]
mod tests;
