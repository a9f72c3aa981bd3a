//! One or two strings out of one JSON object.
//!
//! In: a line, the path of keys to the text, and perhaps that to the name of its source. Out: the string under the one
//! path appended to a buffer, that under the other by itself, or what is wrong in words. Where an object has a key
//! twice the last one counts. The parser hands strings over where they lie, and passes over all other values.

mod visit;

use crate::corpus::tally::Flaw;
use serde::de::DeserializeSeed;
use visit::{Keys, Value};

/// Keys that lead from the object of a line to a value: at least one.
pub type Path = Vec<String>;

/// What is wanted of each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Where the text is.
    pub(super) text: Path,
    /// Where the name of its source is, if that is wanted.
    pub(super) source: Option<Path>,
}

/// What was found under a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Found {
    /// Nothing so far: as many keys of the path as are there.
    #[default]
    Nothing,
    /// So many keys are there, and the next one is not.
    NoKey(usize),
    /// A string.
    String,
    /// Something else, in words, where a string should be.
    Other(String),
    /// Something else, in words, behind so many keys, where an object should be.
    NoObject(usize, String),
}

/// What is wrong with a line.
#[derive(Debug)]
pub(super) struct Problem {
    /// Of what kind it is.
    pub(super) flaw: Flaw,
    /// What is wrong, in words.
    pub(super) words: String,
}

/// Appends the text of the object in `line` to `text`, and puts the name of its source into `source`. After an error
/// `text` is as before.
pub(super) fn append(line: &str, wanted: &Wanted, text: &mut Vec<u8>, source: &mut String) -> Result<(), Problem> {
    let mut json = serde_json::Deserializer::from_str(line);
    let start = text.len();
    let mut value = Value::new(wanted, text, source);
    let read = value.reborrow().deserialize(&mut json).and_then(|()| json.end());
    let (found, found_source) = value.found();
    let checked = read.map_err(|error| malformed(&error)).and_then(|()| {
        check(line, &wanted.text, found)?;
        wanted.source.as_ref().map_or(Ok(()), |path| check(line, path, found_source))
    });
    checked.inspect_err(|_| text.truncate(start))
}

/// Whether there is a string under a path.
fn check(line: &str, path: &[String], found: Found) -> Result<(), Problem> {
    let name = |keys: usize| format!("{:?}", path[..keys].join("."));
    let (flaw, words) = match found {
        Found::String => return Ok(()),
        Found::Other(kind) => {
            let flaw = if kind == "null" { Flaw::Null } else { Flaw::NotString };
            (flaw, format!("the value of {} is {kind}, where a string is expected", name(path.len())))
        }
        Found::NoObject(0, kind) => {
            (Flaw::NotJson, format!("{kind}, where an object with the key {:?} is expected", path[0]))
        }
        Found::NoObject(keys, kind) => {
            let flaw = if kind == "null" { Flaw::Null } else { Flaw::Missing };
            (
                flaw,
                format!(
                    "the value of {} is {kind}, where an object with the key {:?} is expected",
                    name(keys),
                    path[keys]
                ),
            )
        }
        Found::Nothing | Found::NoKey(0) => {
            (Flaw::Missing, format!("there is no key {:?}; {}", path[0], keys_of(line, &[])))
        }
        Found::NoKey(keys) => {
            let keys_there = keys_of(line, &path[..keys]);
            (Flaw::Missing, format!("there is no key {:?} in {}; {keys_there}", path[keys], name(keys)))
        }
    };
    Err(Problem { flaw, words })
}

/// The parser's error in our words: every line is line 1 to it.
fn malformed(error: &serde_json::Error) -> Problem {
    let (message, column) = (error.to_string(), error.column());
    let message = message.strip_suffix(&format!(" at line {} column {column}", error.line())).unwrap_or(&message);
    // the parser's two ways to say it
    let half = message.contains("surrogate") || message.contains("unexpected end of hex escape");
    let message =
        if half { "half of a surrogate pair (\\ud800 to \\udfff) on its own, which is no character" } else { message };
    let flaw = if half { Flaw::InvalidUtf8 } else { Flaw::NotJson };
    Problem { flaw, words: format!("not valid JSON: {message} (byte {column} of the line)") }
}

/// The keys of the object under a path, the first ten of them, for an error.
fn keys_of(line: &str, path: &[String]) -> String {
    const SHOWN: usize = 10;
    let object = Keys::of(line, path).unwrap_or_default();
    if object.is_empty() {
        return "the object is empty".to_owned();
    }
    let keys: Vec<String> = object.iter().take(SHOWN).map(|key| format!("{key:?}")).collect();
    let more = if object.len() > SHOWN { format!(" and {} more", object.len() - SHOWN) } else { String::new() };
    format!("the keys are {}{more}", keys.join(", "))
}

/// The line with `\ufffd` for each half of a surrogate pair in its escapes, and how many there were. Of a line that is
/// no JSON nothing is promised.
pub(super) fn without_halves(line: &str) -> (String, u64) {
    /// The number of the escape that `text` begins with.
    fn escape(text: &str) -> Option<u32> {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
    const LENGTH: usize = 6;
    let (mut out, mut replaced, mut rest) = (String::with_capacity(line.len()), 0, line);
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match escape(rest) {
            Some(0xD800..=0xDBFF) if matches!(escape(&rest[LENGTH..]), Some(0xDC00..=0xDFFF)) => 2 * LENGTH,
            Some(0xD800..=0xDFFF) => {
                out.push_str("\\ufffd");
                replaced += 1;
                rest = &rest[LENGTH..];
                continue;
            }
            // what is escaped may be another backslash
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    (out, replaced)
}

#[cfg(test)]
mod tests;
