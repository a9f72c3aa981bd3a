//! Special tokens in text: where those that a call allows stand, and where one stands that it refuses.
//!
//! In: a text as it is given, before NFC, and two sets of special tokens. Out: its [`Part`]s, in order; together they are all of it.
//! A part is a special token, or text between two that is encoded as a text of its own: nothing is normalized, cut into
//! lines or made a piece across a special token. Tokens are sought from left to right, the longest first where several begin; the
//! two sets are sought as one, so a refused token inside a longer allowed one is no problem, and one that begins before it is.
//! Without this no text gives a special token's id, whatever it says.
//!
//! The search is that of the crate `aho-corasick`: leftmost-longest, linear in the text for any set, and nearly as fast as
//! `memchr` where all tokens begin with the same sign or there are few. A [`Finder`] takes 0.1 ms to build, 0.2 ms for 256 tokens
//! and 80 ms for 65,000: keep it where the same sets come again. Searching each token on its own (`memmem`) costs a pass
//! each. Memory: up to 40 bytes a byte of the tokens, twice that while it is built; and 40 a part.

use super::Tokenizer;
use crate::error::WhichText;
use crate::{Error, Result};
use aho_corasick::{AhoCorasick, Input, MatchKind};
use std::collections::BTreeSet;
use std::ops::Range;

/// How many bytes are searched before the search asks whether to give up: some milliseconds.
const WINDOW: usize = 1 << 22;

/// A stretch of a text, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it stands, in bytes of the text as it is given.
    pub range: Range<usize>,
    /// Its id, if it is a special token; else it is to be encoded.
    pub special: Option<u32>,
}

/// Finds special tokens.
#[derive(Debug)]
pub struct Finder {
    /// Matches them all, leftmost and longest first.
    automaton: AhoCorasick,
    /// By the number of the pattern.
    sought: Vec<Sought>,
    /// The longest token, in bytes.
    longest: usize,
    /// See [`WINDOW`]; small in tests.
    window: usize,
}

/// One of the tokens to be found.
#[derive(Debug)]
struct Sought {
    /// Its text.
    token: String,
    /// Its id.
    id: u32,
    /// Whether it is parsed; else it is an error.
    allowed: bool,
}

impl Tokenizer {
    /// Finds the special tokens whose ids are in `allowed`, and complains about those in `refused`; an id in both is allowed, and
    /// one that is no special token's is sought nowhere. `None` where there is nothing to find.
    pub fn finder(&self, allowed: &BTreeSet<u32>, refused: &BTreeSet<u32>) -> Result<Option<Finder>> {
        let sought = |&id: &u32| {
            let token = self.vocabulary().special(id)?.to_owned();
            Some(Sought { token, id, allowed: allowed.contains(&id) })
        };
        Finder::new(allowed.union(refused).filter_map(sought).collect(), WINDOW)
    }
}

impl Finder {
    /// See [`Tokenizer::finder`].
    fn new(sought: Vec<Sought>, window: usize) -> Result<Option<Self>> {
        let Some(longest) = sought.iter().map(|sought| sought.token.len()).max() else { return Ok(None) };
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(sought.iter().map(|sought| &sought.token))
            .map_err(|error| Error::External(Box::new(error)))?;
        Ok(Some(Self { automaton, sought, longest, window }))
    }

    /// Whether a token goes on behind a newline run in it. If none does, lines can be searched on their own.
    pub fn crosses_lines(&self) -> bool {
        self.sought.iter().any(|sought| sought.token.trim_end_matches('\n').contains('\n'))
    }

    /// Appends the parts of what is `within` the text. The first refused token is an [`Error::SpecialInText`]. `give_up` is asked
    /// every few milliseconds; where it says so, parts are missing.
    pub fn parts_into(
        &self,
        text: &[u8],
        within: Range<usize>,
        give_up: &dyn Fn() -> bool,
        parts: &mut Vec<Part>,
    ) -> Result<()> {
        let mut at = within.start;
        while let Some((range, sought)) = self.next(text, at..within.end, give_up) {
            if !sought.allowed {
                return Err(refused(sought, text, range.start));
            }
            if at < range.start {
                parts.push(Part { range: at..range.start, special: None });
            }
            at = range.end;
            parts.push(Part { range, special: Some(sought.id) });
        }
        if at < within.end {
            parts.push(Part { range: at..within.end, special: None });
        }
        Ok(())
    }

    /// The first token that is `within` the text.
    fn next(&self, text: &[u8], within: Range<usize>, give_up: &dyn Fn() -> bool) -> Option<(Range<usize>, &Sought)> {
        let mut from = within.start;
        while from < within.end && !give_up() {
            let end = within.end.min(from + self.window + self.longest);
            let found = self.automaton.find(Input::new(text).range(from..end));
            // whatever begins here ends in the window
            let safe = if end == within.end { end } else { end - self.longest };
            match found.filter(|found| found.start() <= safe) {
                Some(found) => return Some((found.range(), &self.sought[found.pattern().as_usize()])),
                None => from = safe + 1,
            }
        }
        None
    }
}

/// The error for a token that is not allowed.
fn refused(sought: &Sought, text: &[u8], byte: usize) -> Error {
    let character = std::str::from_utf8(&text[..byte]).ok().map(|before| before.chars().count());
    Error::SpecialInText { token: sought.token.clone(), text: WhichText::Only, byte, character }
}

#[cfg(test)]
mod tests;
