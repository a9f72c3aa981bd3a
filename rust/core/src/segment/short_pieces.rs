//! A counter of pieces of at most 15 bytes, which are nearly all: each is an integer, in the table itself.
//!
//! ```text
//! | 15 bytes, the first one highest, zeros behind the piece | its length: 8 bits |      ascends as byte strings do
//! ```
//! In: pieces and counts. Out: the distinct ones, ascending. Linear probing; a piece is counted for one cache miss.
//! Memory: 24 bytes a slot at a load of 0.53 to 0.8: 30 to 45 bytes a piece. Cost: two multiplications and a cache miss.

use crate::count::key::{Key, place};
use crate::num::to_u64;
use crate::prefetch::prefetch;

/// The longest piece, in bytes.
pub(super) const LONGEST: usize = 15;
/// Of 10 slots so many are used at most.
const LOAD: usize = 8;
/// The fewest slots.
const LEAST: usize = 64;

/// By length: the bits of the bytes.
const MASKS: [u128; 16] = {
    let (mut masks, mut length) = ([0; 16], 1);
    while length < 16 {
        masks[length] = u128::MAX << (8 * (16 - length));
        length += 1;
    }
    masks
};

/// A piece of 1 to [`LONGEST`] bytes as an integer, see the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Short {
    /// The first 8 bytes.
    high: u64,
    /// The others, and the length: 0 only where there is no piece.
    low: u64,
}

impl Short {
    /// The piece of `length` bytes, 1 to [`LONGEST`], that begins at `start`.
    #[inline(always)]
    pub(super) fn new(text: &[u8], start: usize, length: usize) -> Self {
        let mut bytes = [0; 16];
        match text.get(start..start + 16) {
            Some(more) => bytes.copy_from_slice(more),
            None => bytes[..length].copy_from_slice(&text[start..start + length]),
        }
        let value = (u128::from_be_bytes(bytes) & MASKS[length % 16]) | u128::from(to_u64(length));
        Self { high: (value >> 64).low_u64(), low: value.low_u64() }
    }

    /// A hash: the high bits are the good ones.
    #[inline(always)]
    pub(super) fn hash(self) -> u64 {
        ((u128::from(self.high) << 64) | u128::from(self.low)).hash64()
    }

    /// The bytes, and behind them others; the last one is the length.
    pub(super) fn bytes(self) -> [u8; 16] {
        ((u128::from(self.high) << 64) | u128::from(self.low)).to_be_bytes()
    }
}

/// A piece with its count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    /// The piece; the default where there is none.
    pub(super) piece: Short,
    /// How often it was counted.
    pub(super) count: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ShortPieces {
    /// The slots.
    slots: Vec<Counted>,
    /// How many are used.
    used: usize,
}

impl ShortPieces {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Counted>()
    }

    /// Adds up counts. All hashes may have the same `skip` highest bits.
    pub(super) fn add_all(&mut self, counted: &[Counted], skip: u32) {
        self.reserve(counted.len(), skip);
        let load = |counted: &Counted| prefetch(&self.slots, place(counted.piece.hash() << skip, self.slots.len()));
        counted.iter().for_each(load);
        counted.iter().for_each(|&counted| self.put(counted, skip));
    }

    /// Adds up a count; there is a free slot.
    #[inline(always)]
    fn put(&mut self, Counted { piece, count }: Counted, skip: u32) {
        let mut at = place(piece.hash() << skip, self.slots.len());
        loop {
            let slot = &mut self.slots[at];
            if slot.piece == piece {
                slot.count += count;
                return;
            }
            if slot.piece.low == 0 {
                *slot = Counted { piece, count };
                self.used += 1;
                return;
            }
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
    }

    /// Makes room for so many more.
    fn reserve(&mut self, more: usize, skip: u32) {
        let least = (self.used + more) * 10 / LOAD + 1;
        if least > self.slots.len() {
            let slots = least.max(self.slots.len() + self.slots.len() / 2).max(LEAST);
            let old = std::mem::replace(&mut self.slots, vec![Counted::default(); slots]);
            self.used = 0;
            old.into_iter().filter(|slot| slot.piece.low != 0).for_each(|slot| self.put(slot, skip));
        }
    }

    /// All pieces, ascending.
    pub(super) fn ascending(mut self) -> Vec<Counted> {
        self.slots.retain(|slot| slot.piece.low != 0);
        self.slots.sort_unstable_by_key(|slot| slot.piece);
        self.slots
    }
}

/// A piece on its way to a merge.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Its bytes and its length, see [`Short::bytes`].
    Short([u8; 16]),
    /// Its bytes.
    Long(&'a [u8]),
}

impl AsRef<[u8]> for Piece<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => &bytes[..usize::from(bytes[LONGEST]).min(LONGEST)],
            Self::Long(bytes) => bytes,
        }
    }
}

/// Both kinds of pieces, each ascending, as one.
pub(super) fn ascending<'a>(
    short: Vec<Counted>,
    long: impl Iterator<Item = (&'a [u8], u64)>,
) -> impl Iterator<Item = (Piece<'a>, u64)> {
    let mut short = short.into_iter().map(|slot| (Piece::Short(slot.piece.bytes()), slot.count)).peekable();
    let mut long = long.map(|(piece, count)| (Piece::Long(piece), count)).peekable();
    std::iter::from_fn(move || match (short.peek(), long.peek()) {
        (Some((a, _)), Some((b, _))) if a.as_ref() > b.as_ref() => long.next(),
        (Some(_), _) => short.next(),
        (None, _) => long.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn pieces_are_counted_and_ascend(
            pieces in prop::collection::vec((prop::collection::vec(0_u8..3, 1..=LONGEST), 1_u64..9), 0..300), skip in 0_u32..8, more in 0_usize..20
        ) {
            let mut expected = BTreeMap::new();
            let mut counter = ShortPieces::default();
            for chunk in pieces.chunks(37) {
                let counted: Vec<Counted> = chunk.iter().map(|(piece, count)| {
                    *expected.entry(piece.clone()).or_insert(0) += count;
                    let text = [&[7; 3][..], piece, &vec![9; more]].concat();
                    Counted { piece: Short::new(&text, 3, piece.len()), count: *count }
                }).collect();
                counter.add_all(&counted, skip);
            }
            let long = [(&[1_u8; 20][..], 5)];
            expected.insert(long[0].0.to_vec(), 5);
            let all: Vec<(Vec<u8>, u64)> =
                ascending(counter.ascending(), long.into_iter()).map(|(piece, count)| (piece.as_ref().to_vec(), count)).collect();
            prop_assert_eq!(all, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
