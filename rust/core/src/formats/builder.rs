//! From the entries of a model, in any order, to a checked [`Vocabulary`].
//!
//! In: base64 keys with an id and a count, as a file or a dictionary has them. Out: the pieces in id order. Refused, with the
//! key or id named: bad base64, ids that are not 3 to n + 2 each once, counts under 1, more pieces than the limit (at once, not
//! after reading the rest), metadata twice, and all that [`Vocabulary::new`] and [`Vocabulary::with_special_tokens`] refuse. Cost: linear; memory: the pieces twice, at the most.

use super::metadata::{KEY, Metadata};
use crate::num::{index, low_u32, to_u64};
use crate::pieces::PieceTable;
use crate::vocabulary::{FIRST_ID, MAX_PIECES, Vocabulary, show};
use crate::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Takes entries one by one.
#[derive(Debug)]
pub struct Builder {
    /// Names the model in errors: a path, or "model".
    origin: String,
    /// Pieces in the order they came.
    pieces: PieceTable,
    /// By place in `pieces`: the id less [`FIRST_ID`], under [`MAX_PIECES`].
    offsets: Vec<u32>,
    /// What is said beside the pieces.
    metadata: Option<Metadata>,
    /// The piece at hand, decoded.
    decoded: Vec<u8>,
}

impl Builder {
    /// Nothing taken yet. `origin` names the model in errors: a path, or "model".
    pub fn new(origin: &str) -> Self {
        let (pieces, offsets, decoded) = (PieceTable::new(), Vec::new(), Vec::new());
        Self { origin: origin.to_owned(), pieces, offsets, metadata: None, decoded }
    }

    /// An error about this model.
    pub fn error(&self, problem: impl Into<String>) -> Error {
        Error::model(&self.origin, problem)
    }

    /// Takes an entry.
    pub fn push(&mut self, key: &str, id: i128, count: i128) -> Result<()> {
        if self.pieces.len() == MAX_PIECES {
            return Err(self.error(format!("more than {MAX_PIECES} (2^24) pieces")));
        }
        self.decoded.clear();
        if let Err(problem) = STANDARD.decode_vec(key, &mut self.decoded) {
            let cut: String = key.chars().take(64).collect();
            return Err(self.error(format!("key {cut:?} is not base64: {problem}")));
        }
        let offset = match id - i128::from(FIRST_ID) {
            ..0 => return Err(self.error(format!("piece {} has id {id}, the first is 3", show(&self.decoded)))),
            offset => u32::try_from(offset).ok().filter(|&offset| index(offset) < MAX_PIECES).ok_or_else(|| {
                let most = MAX_PIECES + 2;
                self.error(format!("piece {} has id {id}, the limit is {most}", show(&self.decoded)))
            })?,
        };
        let count = match count {
            ..=0 => return Err(self.error(format!("piece {} has count {count}, the least is 1", show(&self.decoded)))),
            count => u64::try_from(count).map_err(|_| {
                self.error(format!("piece {} has count {count}, the limit is 2^64 - 1", show(&self.decoded)))
            })?,
        };
        self.pieces.push(&self.decoded, count);
        self.offsets.push(offset);
        Ok(())
    }

    /// Takes what is under [`KEY`].
    pub fn metadata(&mut self, metadata: Metadata) -> Result<()> {
        match self.metadata.replace(metadata) {
            None => Ok(()),
            Some(_) => Err(self.error(format!("the key {KEY:?} stands in it twice"))),
        }
    }

    /// Checks the whole.
    pub fn finish(self) -> Result<Vocabulary> {
        if self.pieces.is_empty() {
            return Err(self.error("it has no pieces"));
        }
        let unset = u32::MAX;
        let mut places = vec![unset; self.pieces.len()];
        for (place, &offset) in (0u64..).zip(&self.offsets) {
            match places.get_mut(index(offset)) {
                // a gap; found below
                None => {}
                Some(slot) if *slot == unset => *slot = low_u32(place),
                Some(_) => return Err(self.error(format!("two pieces have id {}", offset + FIRST_ID))),
            }
        }
        if let Some(gap) = places.iter().position(|&place| place == unset) {
            let (id, last) = (to_u64(gap) + u64::from(FIRST_ID), places.len() + 2);
            return Err(
                self.error(format!("no piece has id {id}; {} pieces must have the ids 3 to {last}", places.len()))
            );
        }
        let ordered = places.is_sorted();
        let pieces = if ordered { self.pieces } else { self.pieces.select(places.into_iter().map(index)) };
        let vocabulary = Vocabulary::new(pieces, &self.origin)?;
        self.metadata.unwrap_or_default().apply(&vocabulary, &self.origin)
    }
}
