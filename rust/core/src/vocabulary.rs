//! A checked vocabulary: the border type between training, the tokenizer and the file formats.
//!
//! In: pieces and counts in id order. Out: the same, proved to hold what every later step relies on: each of the 256
//! bytes is a piece, no piece twice, none empty or over [`MAX_PIECE_LENGTH`], every count at least 1, the sum of
//! counts in 64 bits. Checked once, here; infallible afterwards. Cost: one pass and one hash a piece.
//!
//! Ids: 0 to 2 are [`SPECIALS`], then come the pieces, then the [special tokens](special) that were added, so that adding some
//! changes no other id.

pub mod special;

use crate::corpus::normalize::Normalization;
use crate::num::{index, low_u32, to_u64};
use crate::pieces::PieceTable;
use crate::{Error, Result};
use special::SpecialTokens;
use std::sync::Arc;

/// `<pad>`, `<bos>` and `<eos>` take the ids 0, 1 and 2; they are not pieces.
pub const SPECIALS: [&str; 3] = ["<pad>", "<bos>", "<eos>"];
/// The id of the first piece.
pub const FIRST_ID: u32 = 3;
/// The most pieces a vocabulary can have.
pub const MAX_PIECES: usize = 1 << 24;
/// The longest piece, in bytes.
pub const MAX_PIECE_LENGTH: usize = 4096;

/// Pieces with counts, by id. See the module's text for what is true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Entry `i` has the id `i + FIRST_ID`. Shared with the vocabularies that differ in what follows.
    pieces: Arc<PieceTable>,
    /// Entry `i` has the id `i` behind the last piece's.
    added: SpecialTokens,
    /// How text is normalized before it is encoded.
    normalization: Normalization,
    /// The sum of all counts.
    total: u64,
    /// The length of the longest piece in bytes.
    max_piece_length: usize,
}

impl Vocabulary {
    /// Checks `pieces`, which are in id order. `origin` names the model in errors: a path, or "model".
    pub fn new(pieces: PieceTable, origin: &str) -> Result<Self> {
        if pieces.len() > MAX_PIECES {
            return Err(Error::model(origin, format!("{} pieces, the limit is {MAX_PIECES} (2^24)", pieces.len())));
        }
        let mut seen =
            hashbrown::HashSet::with_capacity_and_hasher(pieces.len(), foldhash::fast::RandomState::default());
        let mut max_piece_length = 0;
        for (piece, count) in pieces.iter() {
            check_piece(piece, count).map_err(|problem| Error::model(origin, problem))?;
            if !seen.insert(piece) {
                return Err(Error::model(origin, format!("piece {} stands in it twice", show(piece))));
            }
            max_piece_length = max_piece_length.max(piece.len());
        }
        for byte in 0..=255u8 {
            if !seen.contains(&[byte][..]) {
                return Err(Error::model(
                    origin,
                    format!("the single byte {} is missing; all 256 must be pieces", show(&[byte])),
                ));
            }
        }
        let total = pieces.total().map_err(|_| Error::model(origin, "the sum of counts is over 2^64 - 1"))?;
        drop(seen);
        let (pieces, added, normalization) = (Arc::new(pieces), SpecialTokens::default(), Normalization::Nfc);
        Ok(Self { pieces, added, normalization, total, max_piece_length })
    }

    /// The same pieces, without a copy, and `more` special tokens behind those there are.
    pub fn with_special_tokens(&self, more: impl IntoIterator<Item = String>) -> Result<Self> {
        Ok(Self { added: self.added.and(more)?, ..self.clone() })
    }

    /// The same pieces for text that is normalized in another way.
    pub fn with_normalization(self, normalization: Normalization) -> Self {
        Self { normalization, ..self }
    }

    /// How text is normalized before it is encoded; NFC where nothing was said.
    pub fn normalization(&self) -> Normalization {
        self.normalization
    }

    /// The number of ids, special tokens included.
    pub fn size(&self) -> usize {
        SPECIALS.len() + self.pieces.len() + self.added.len()
    }

    /// The pieces and counts; entry `i` has the id `i + FIRST_ID`.
    pub fn pieces(&self) -> &PieceTable {
        &self.pieces
    }

    /// The piece with this id; `None` for specials and unknown ids.
    pub fn piece(&self, id: u32) -> Option<&[u8]> {
        let index = index(id.checked_sub(FIRST_ID)?);
        (index < self.pieces.len()).then(|| self.pieces.piece(index))
    }

    /// The special tokens beside [`SPECIALS`]; entry `i` has the id [`first_added`](Self::first_added) + `i`.
    pub fn added(&self) -> &SpecialTokens {
        &self.added
    }

    /// The id behind the last piece's.
    pub fn first_added(&self) -> u32 {
        low_u32(to_u64(self.pieces.len())) + FIRST_ID // at most 2^24 + 3
    }

    /// The special token with this id: one of [`SPECIALS`], or one that was added.
    pub fn special(&self, id: u32) -> Option<&str> {
        let added = || self.added.get(index(id.checked_sub(self.first_added())?));
        SPECIALS.get(index(id)).copied().or_else(added)
    }

    /// The id of a special token: one of [`SPECIALS`], or one that was added.
    pub fn special_id(&self, token: &str) -> Option<u32> {
        let added = || self.added.find(token).map(|index| self.first_added() + index);
        (0..).zip(SPECIALS).find(|&(_, special)| special == token).map(|(id, _)| id).or_else(added)
    }

    /// All special tokens with their ids, in the order of the ids.
    pub fn specials(&self) -> impl Iterator<Item = (&str, u32)> {
        SPECIALS.into_iter().zip(0..).chain(self.added.iter().zip(self.first_added()..))
    }

    /// The sum of all counts.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The length of the longest piece in bytes.
    pub fn max_piece_length(&self) -> usize {
        self.max_piece_length
    }
}

/// What is wrong with one piece and its count.
fn check_piece(piece: &[u8], count: u64) -> Result<(), String> {
    if piece.is_empty() {
        return Err("the empty piece stands in it".to_owned());
    }
    if piece.len() > MAX_PIECE_LENGTH {
        let (len, start) = (piece.len(), show(&piece[..16]));
        return Err(format!("a piece of {len} bytes (beginning with {start}), the limit is {MAX_PIECE_LENGTH}"));
    }
    if count == 0 {
        return Err(format!("piece {} has count 0, the least is 1", show(piece)));
    }
    Ok(())
}

/// A piece as Python would write it, cut after 64 bytes: for error messages.
pub fn show(piece: &[u8]) -> String {
    let cut = &piece[..piece.len().min(64)];
    let more = if cut.len() < piece.len() { "..." } else { "" };
    format!("b\"{}\"{more}", cut.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_and(more: &[(&[u8], u64)]) -> PieceTable {
        let mut table = PieceTable::new();
        for byte in 0..=255u8 {
            table.push(&[byte], 1);
        }
        for &(piece, count) in more {
            table.push(piece, count);
        }
        table
    }

    fn problem(table: PieceTable) -> String {
        Vocabulary::new(table, "m.model").map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_good_one_knows_its_ids() {
        let vocabulary = Vocabulary::new(bytes_and(&[(b"ab", 5)]), "model").expect("valid");
        assert_eq!(vocabulary.size(), 260);
        assert_eq!(vocabulary.piece(259), Some(&b"ab"[..]));
        assert_eq!((vocabulary.piece(2), vocabulary.piece(260)), (None, None));
        assert_eq!((vocabulary.total(), vocabulary.max_piece_length()), (261, 2));
    }

    #[test]
    fn special_tokens_come_behind_the_pieces_and_change_nothing_else() {
        let plain = Vocabulary::new(bytes_and(&[(b"ab", 5)]), "model").expect("valid");
        let more = plain.with_special_tokens(["ab".to_owned(), "<x>".to_owned()]).expect("two");
        let most = more.with_special_tokens(["<y>".to_owned()]).expect("one more");
        assert_eq!((plain.size(), more.size(), most.size()), (260, 262, 263));
        assert_eq!((most.piece(259), most.piece(260), most.special(259)), (Some(&b"ab"[..]), None, None));
        assert_eq!(
            [0, 2, 260, 262, 263].map(|id| most.special(id)),
            [Some("<pad>"), Some("<eos>"), Some("ab"), Some("<y>"), None]
        );
        assert_eq!(["<bos>", "<x>", "<z>"].map(|token| most.special_id(token)), [Some(1), Some(261), None]);
        assert!(most.specials().all(|(token, id)| most.special_id(token) == Some(id)));
        assert_eq!(most.specials().count(), 6);
        assert!(Arc::ptr_eq(&plain.pieces, &most.pieces));
        assert_eq!((most.total(), most.max_piece_length()), (plain.total(), plain.max_piece_length()));
    }

    #[test]
    fn each_broken_rule_is_named() {
        assert!(problem(bytes_and(&[(b"", 1)])).contains("empty piece"));
        assert!(problem(bytes_and(&[(b"ab", 0)])).contains("b\"ab\" has count 0"));
        assert!(problem(bytes_and(&[(b"ab", 1), (b"ab", 2)])).contains("twice"));
        assert!(problem(bytes_and(&[(&[b'x'; 4097], 1)])).contains("4097 bytes"));
        assert!(problem(bytes_and(&[(b"ab", u64::MAX)])).contains("2^64"));
        assert!(problem(bytes_and(&[]).select(1..256)).contains("b\"\\x00\" is missing"));
        assert!(problem(PieceTable::new()).starts_with("m.model: "));
    }
}
