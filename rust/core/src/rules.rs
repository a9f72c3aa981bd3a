//! Which byte strings may be pieces.
//!
//! In: a piece, by itself. Out: yes or no, the same on every thread and in every round: what makes a candidate asks here, what prunes
//! asks here, and what a user requires is checked here. There are two kinds of rules:
//! - [`PieceRules`], pure functions of the piece, cheap enough for every candidate: its length, whole characters, [`Digits`], [`words`];
//! - [`Forbid`], what the user forbids. That may be slow and may fail (it may be Python), so pieces are asked about in batches, on the
//!   thread that called training.
//!
//! Single bytes are always allowed: without them there is no vocabulary. The training text is cut where no allowed piece could go on
//! ([`crate::corpus::segments`]), for good candidates; that alone does not make all of them allowed, since a border can be there for a piece that
//! is not there in the text it comes from: `can'` of `can't`.
//!
//! Cost: constant where nothing but the length is limited; else linear in the piece.

pub mod digits;
pub mod required;
pub mod words;

use crate::{Error, Result};
pub use digits::Digits;
pub use required::Required;

/// See the module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PieceRules {
    /// The longest piece, in bytes.
    pub max_piece_length: usize,
    /// Whether pieces of 2 bytes or more are whole characters.
    pub ensure_unicode: bool,
    /// How many digits a piece may have, and beside what.
    pub digits: Digits,
    /// Whether a piece may go on behind the end of a word.
    pub cross_words: bool,
}

/// What is wrong with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is too long.
    Long,
    /// It is not made of whole characters.
    Characters,
    /// Its digits are too many, or with others.
    Digits,
    /// It goes on behind the end of a word.
    Words,
}

impl PieceRules {
    /// Everything is allowed.
    pub const NONE: Self =
        Self { max_piece_length: usize::MAX, ensure_unicode: false, digits: Digits::Free, cross_words: true };

    /// Whether `piece` may be a piece.
    #[inline]
    pub fn allows(&self, piece: &[u8]) -> bool {
        self.flaw(piece).is_none()
    }

    /// The first rule that `piece` breaks.
    #[inline]
    pub fn flaw(&self, piece: &[u8]) -> Option<Flaw> {
        if piece.len() == 1 {
            return None;
        }
        let broken = [
            (piece.len() > self.max_piece_length, Flaw::Long),
            (self.ensure_unicode && simdutf8::basic::from_utf8(piece).is_err(), Flaw::Characters),
            (!self.digits.allows(piece), Flaw::Digits),
            (!self.cross_words && !words::is_one(piece), Flaw::Words),
        ];
        broken.into_iter().find(|(broken, _)| *broken).map(|(_, flaw)| flaw)
    }

    /// What [`flaw`](Self::flaw) means, as "it …".
    pub fn words(&self, flaw: Flaw) -> String {
        match flaw {
            Flaw::Long => format!("is longer than max_piece_length, which is {}", self.max_piece_length),
            Flaw::Characters => "is not made of whole characters, as ensure_unicode asks".to_owned(),
            Flaw::Digits => self.digits.words().to_owned(),
            Flaw::Words => "goes on behind the end of a word, which cross_words=False forbids".to_owned(),
        }
    }
}

/// What the user forbids, asked on the thread that called training.
pub trait Forbid {
    /// Whether there is nothing to ask.
    fn is_empty(&self) -> bool {
        false
    }

    /// For each of `pieces`, none of them a single byte, whether it is forbidden. An error ends training and comes out unchanged.
    fn forbidden(&mut self, pieces: &[&[u8]]) -> Result<Vec<bool>>;
}

/// Nothing is forbidden.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Forbid for Nothing {
    fn is_empty(&self) -> bool {
        true
    }

    fn forbidden(&mut self, pieces: &[&[u8]]) -> Result<Vec<bool>> {
        Ok(vec![false; pieces.len()])
    }
}

/// A function forbids: for callers in Rust, and tests.
#[derive(Debug)]
pub struct ForbidBy<F>(pub F);

impl<F: FnMut(&[u8]) -> bool> Forbid for ForbidBy<F> {
    fn forbidden(&mut self, pieces: &[&[u8]]) -> Result<Vec<bool>> {
        Ok(pieces.iter().map(|piece| (self.0)(piece)).collect())
    }
}

/// The most pieces that are asked about at a time: between two batches Ctrl-C gets through.
const BATCH: usize = 1 << 12;

/// Asks about `pieces` in batches, never about single bytes; `check` is called between two.
pub fn ask<'p>(
    forbid: &mut dyn Forbid,
    pieces: impl ExactSizeIterator<Item = &'p [u8]>,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<bool>> {
    if forbid.is_empty() {
        return Ok(vec![false; pieces.len()]);
    }
    let mut answers = vec![false; pieces.len()];
    let mut asked: Vec<(usize, &[u8])> = Vec::with_capacity(BATCH.min(pieces.len()));
    let mut numbered = pieces.enumerate().filter(|(_, piece)| piece.len() > 1).peekable();
    while numbered.peek().is_some() {
        check()?;
        asked.clear();
        asked.extend(numbered.by_ref().take(BATCH));
        let batch: Vec<&[u8]> = asked.iter().map(|&(_, piece)| piece).collect();
        let forbidden = forbid.forbidden(&batch)?;
        if forbidden.len() != batch.len() {
            let message = format!("{} answers for {} pieces", forbidden.len(), batch.len());
            return Err(Error::Panic { message });
        }
        asked.iter().zip(forbidden).for_each(|(&(at, _), forbidden)| answers[at] = forbidden);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests;
