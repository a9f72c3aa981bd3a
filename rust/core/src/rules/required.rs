//! Pieces that every vocabulary has, whatever their counts.
//!
//! In: pieces as a user gives them, and the [`PieceRules`]. Out: them, normalized, in ascending order, none twice, without single bytes (which every
//! vocabulary has anyway), each of them allowed. Being found is a binary search.

use super::{Forbid, PieceRules, ask};
use crate::corpus::normalize::Normalization;
use crate::vocabulary::show;
use crate::{Error, Result};
use std::sync::Arc;

/// See the module's text. A copy costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// The pieces, ascending.
    pieces: Arc<[Vec<u8>]>,
}

impl Required {
    /// Checks `pieces`.
    pub fn new(pieces: &[Vec<u8>], rules: &PieceRules, normalization: Normalization) -> Result<Self> {
        let mut normalized = Vec::new();
        for piece in pieces {
            let piece = normalization.apply(piece).into_owned();
            if let Some(problem) = problem(&piece, rules) {
                return Err(refused(&piece, problem));
            }
            normalized.push(piece);
        }
        normalized.retain(|piece| piece.len() > 1);
        normalized.sort_unstable();
        normalized.dedup();
        Ok(Self { pieces: normalized.into() })
    }

    /// Whether none of them is forbidden.
    pub fn check(&self, forbid: &mut dyn Forbid, check: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let forbidden = ask(forbid, self.iter(), check)?;
        match self.iter().zip(forbidden).find(|(_, forbidden)| *forbidden) {
            Some((piece, _)) => Err(refused(piece, "is forbidden".to_owned())),
            None => Ok(()),
        }
    }

    /// Whether `piece` is one of them.
    #[inline]
    pub fn contains(&self, piece: &[u8]) -> bool {
        self.position(piece).is_some()
    }

    /// Which of them `piece` is.
    #[inline]
    pub(crate) fn position(&self, piece: &[u8]) -> Option<usize> {
        if self.pieces.is_empty() { None } else { self.pieces.binary_search_by(|one| one[..].cmp(piece)).ok() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pieces.iter().map(|piece| &piece[..])
    }
}

/// The error about one of them.
fn refused(piece: &[u8], problem: String) -> Error {
    Error::RequiredPiece(show(piece), problem)
}

/// Why a piece cannot be required, as "it …".
fn problem(piece: &[u8], rules: &PieceRules) -> Option<String> {
    if piece.is_empty() {
        return Some("is empty".to_owned());
    }
    let body = piece.iter().rposition(|&byte| byte != b'\n').map_or(0, |last| last + 1);
    if piece[..body].contains(&b'\n') {
        return Some("goes on behind a line feed, where text is always cut, so it would never be used".to_owned());
    }
    rules.flaw(piece).map(|flaw| rules.words(flaw))
}

#[cfg(test)]
mod tests {
    use super::super::{Digits, ForbidBy};
    use super::*;

    fn required(pieces: &[&[u8]], rules: &PieceRules) -> Result<Required> {
        Required::new(&pieces.iter().map(|piece| piece.to_vec()).collect::<Vec<_>>(), rules, Normalization::Nfc)
    }

    #[test]
    fn they_are_normalized_sorted_and_found() {
        let pieces =
            required(&[b"the", "e\u{301}t".as_bytes(), b"x", b"\n\n", "ét".as_bytes()], &PieceRules::NONE).unwrap();
        assert_eq!(pieces.iter().collect::<Vec<_>>(), [&b"\n\n"[..], b"the", "ét".as_bytes()]);
        assert!(pieces.contains(b"the") && !pieces.contains(b"th") && !pieces.contains(b"x"));
        assert_eq!((pieces.len(), pieces.is_empty(), Required::default().is_empty()), (3, false, true));
    }

    #[test]
    fn what_cannot_be_kept_is_refused_in_words() {
        let rules =
            PieceRules { max_piece_length: 4, digits: Digits::Groups, cross_words: false, ensure_unicode: true };
        let refused = |piece: &[u8]| required(&[b"ok", piece], &rules).unwrap_err().to_string();
        assert_eq!(refused(b""), "required piece b\"\" cannot be kept: it is empty");
        assert_eq!(
            refused(b"hello"),
            "required piece b\"hello\" cannot be kept: it is longer than max_piece_length, which is 4"
        );
        assert!(
            refused(b"\na")
                .ends_with("it goes on behind a line feed, where text is always cut, so it would never be used")
        );
        assert!(refused(b"a1").contains("digits=\"groups\""), "{}", refused(b"a1"));
        assert!(refused(b"a b").contains("cross_words=False") && refused(b"\xE5\xA4").contains("ensure_unicode"));
    }

    #[test]
    fn one_that_is_forbidden_too_is_an_error() {
        let pieces = required(&[b"good", b"bad"], &PieceRules::NONE).unwrap();
        let error = pieces.check(&mut ForbidBy(|piece: &[u8]| piece == b"bad"), &mut || Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "required piece b\"bad\" cannot be kept: it is forbidden");
        pieces.check(&mut ForbidBy(|piece: &[u8]| piece == b"x"), &mut || Ok(())).unwrap();
    }
}
