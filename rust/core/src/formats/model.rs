//! The model file of 0.6.3: JSON, `{base64 of the piece: [id, text, count]}`, and what it lacks under a key that is no piece
//! ([`metadata`]).
//!
//! Written byte for byte as Python's `json.dump(…, indent=4, ensure_ascii=False)` writes it; read with its laxness (the id is the
//! first and the count the last of two or more fields) but for what FORMAT.md refuses. Read as a stream: memory is that of the
//! pieces. Cost: linear, about 100 MB/s.

use super::atomic;
use super::builder::Builder;
use super::metadata::{self, Metadata};
use crate::pieces::PieceTable;
use crate::vocabulary::{FIRST_ID, Vocabulary};
use crate::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

/// Reads a model file.
pub fn load(path: &Path) -> Result<Vocabulary> {
    let file = File::open(path).map_err(|error| Error::io(path, error))?;
    read(BufReader::with_capacity(1 << 20, file), path)
}

/// Reads a model; `path` names it in errors.
pub fn read(input: impl Read, path: &Path) -> Result<Vocabulary> {
    let origin = path.display().to_string();
    let mut entries = Entries { builder: Builder::new(&origin), refused: None };
    let mut json = serde_json::Deserializer::from_reader(input);
    let outcome = json.deserialize_map(&mut entries).and_then(|()| json.end());
    match (entries.refused, outcome) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => entries.builder.finish(),
        (None, Err(error)) if error.is_io() => Err(Error::io(path, error.into())),
        (None, Err(error)) if error.is_eof() => {
            Err(Error::model(&origin, format!("{error}: it is cut off; copy it again, whole")))
        }
        (None, Err(error)) => Err(Error::model(&origin, error.to_string())),
    }
}

/// Takes the entries of the object.
struct Entries {
    /// Where they go.
    builder: Builder,
    /// What was wrong with the last one, if anything: errors of ours do not survive serde's.
    refused: Option<Error>,
}

impl<'de> Visitor<'de> for &mut Entries {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object of pieces")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let taken = match map.next_value_seed(Entry { key: &key })? {
                Value::Piece(id, count) => self.builder.push(&key, id, count),
                Value::Metadata(metadata) => self.builder.metadata(metadata),
            };
            if let Err(error) = taken {
                self.refused = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// What an entry has.
enum Value {
    /// The id and the count of a piece.
    Piece(i128, i128),
    /// The object that is no piece.
    Metadata(Metadata),
}

/// Reads the value of one entry.
struct Entry<'a> {
    /// Its key, for errors.
    key: &'a str,
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "[id, text, count] for the key {:?}", self.key)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (mut first, mut last) = (None, None);
        while let Some(field) = fields.next_element::<Field>()? {
            if first.is_none() {
                first = Some(field);
            } else {
                last = Some(field);
            }
        }
        match (first, last) {
            (Some(Field::Integer(id)), Some(Field::Integer(count))) => Ok(Value::Piece(id, count)),
            (Some(Field::Integer(_)), Some(Field::Other(kind))) => {
                Err(A::Error::custom(format!("the count of the key {:?} is {kind}, not an integer", self.key)))
            }
            (Some(Field::Other(kind)), Some(_)) => {
                Err(A::Error::custom(format!("the id of the key {:?} is {kind}, not an integer", self.key)))
            }
            _ => Err(A::Error::custom(format!(
                "the key {:?} has fewer than two fields; [id, text, count] wanted",
                self.key
            ))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        if self.key == metadata::KEY {
            return Metadata::deserialize(MapAccessDeserializer::new(map)).map(Value::Metadata);
        }
        let (key, only, newer) = (self.key, metadata::KEY, metadata::NEWER);
        Err(A::Error::custom(format!("the key {key:?} has an object, as only {only:?} may: {newer}")))
    }
}

/// A field of an entry.
enum Field {
    /// An integer that fits 64 bits, signed or not.
    Integer(i128),
    /// Anything else, in words.
    Other(&'static str),
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

/// Tells integers from the rest.
struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a field of an entry")
    }
    fn visit_u64<E>(self, value: u64) -> Result<Field, E> {
        Ok(Field::Integer(i128::from(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Field, E> {
        Ok(Field::Integer(i128::from(value)))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Other("a float (or over 2^64 - 1)"))
    }
    fn visit_str<E>(self, _: &str) -> Result<Field, E> {
        Ok(Field::Other("a string"))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Other("a boolean"))
    }
    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Other("null"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other("an array"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
        while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Other("an object"))
    }
}

/// Writes the bytes that 0.6.3 would have written for these pieces in this order, with the metadata, if any, before them.
pub fn write(vocabulary: &Vocabulary, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(b"{")?;
    if metadata::is_needed(vocabulary) {
        write!(out, "\n    \"{}\": ", metadata::KEY)?;
        metadata::write(vocabulary, out)?;
        out.write_all(b",")?;
    }
    write_pieces(vocabulary.pieces(), out)?;
    out.write_all(b"\n}")
}

/// See [`write()`].
fn write_pieces(pieces: &PieceTable, out: &mut dyn Write) -> std::io::Result<()> {
    for (id, (piece, count)) in (FIRST_ID..).zip(pieces.iter()) {
        let separator = if id == FIRST_ID { "" } else { "," };
        write!(out, "{separator}\n    \"{}\": [\n        {id},\n        \"", STANDARD.encode(piece))?;
        for chunk in piece.utf8_chunks() {
            write_escaped(chunk.valid(), out)?;
        }
        write!(out, "\",\n        {count}\n    ]")?;
    }
    Ok(())
}

/// The text of a JSON string as Python writes it: quotes, backslashes and control characters under 0x20 escaped, all else raw.
pub(super) fn write_escaped(text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    for character in text.chars() {
        match character {
            '"' => out.write_all(b"\\\"")?,
            '\\' => out.write_all(b"\\\\")?,
            '\n' => out.write_all(b"\\n")?,
            '\r' => out.write_all(b"\\r")?,
            '\t' => out.write_all(b"\\t")?,
            '\u{8}' => out.write_all(b"\\b")?,
            '\u{c}' => out.write_all(b"\\f")?,
            '\0'..'\u{20}' => write!(out, "\\u{:04x}", u32::from(character))?,
            _ => write!(out, "{character}")?,
        }
    }
    Ok(())
}

/// [`write()`] into a file, whole or not at all.
pub fn save(vocabulary: &Vocabulary, path: &Path) -> Result<()> {
    atomic::write_file(path, |out| write(vocabulary, out))
}

#[cfg(test)]
pub(super) mod tests;
