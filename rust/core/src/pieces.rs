//! Byte strings with counts, in one flat allocation: what piece counts and vocabularies are made of.

use crate::ln::ln;
use crate::num::to_usize;
use crate::{Error, Result};

/// Byte strings and a count for each, by index. Memory: the bytes, plus 16 bytes an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PieceTable {
    /// All strings, one behind the other.
    bytes: Vec<u8>,
    /// Where each string ends in `bytes`; it begins where the one before ends.
    ends: Vec<u64>,
    /// The count of each string.
    counts: Vec<u64>,
}

impl PieceTable {
    /// No entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an entry; its index is the length before.
    pub fn push(&mut self, piece: &[u8], count: u64) {
        self.bytes.extend_from_slice(piece);
        self.ends.push(crate::num::to_u64(self.bytes.len()));
        self.counts.push(count);
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The sum of the lengths of all strings, in bytes.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes it takes, grown vectors' free places included.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity() + size_of::<u64>() * (self.ends.capacity() + self.counts.capacity())
    }

    /// The string at `index`. Panics when out of range, as a slice does.
    #[inline]
    pub fn piece(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { to_usize(self.ends[index - 1]) };
        &self.bytes[start..to_usize(self.ends[index])]
    }

    /// The count at `index`. Panics when out of range, as a slice does.
    #[inline]
    pub fn count(&self, index: usize) -> u64 {
        self.counts[index]
    }

    /// All counts, by index.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// All counts, to be changed in place.
    pub fn counts_mut(&mut self) -> &mut [u64] {
        &mut self.counts
    }

    /// The sum of all counts, checked.
    pub fn total(&self) -> Result<u64> {
        self.counts
            .iter()
            .try_fold(0u64, |sum, &count| sum.checked_add(count))
            .ok_or(Error::CountOverflow { what: "pieces" })
    }

    /// The score of each entry under the unigram model of all: ln(count) − ln(total), by index. No count may be 0.
    pub fn scores(&self) -> Result<Vec<f64>> {
        let log_total = ln(self.total()?);
        Ok(self.counts.iter().map(|&count| ln(count) - log_total).collect())
    }

    /// Entries by index.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], u64)> + '_ {
        (0..self.len()).map(|index| (self.piece(index), self.counts[index]))
    }

    /// The entries that `keep` names, in its order.
    pub fn select(&self, keep: impl IntoIterator<Item = usize>) -> Self {
        let mut selected = Self::new();
        for index in keep {
            selected.push(self.piece(index), self.count(index));
        }
        selected
    }
}

impl<'a> FromIterator<(&'a [u8], u64)> for PieceTable {
    fn from_iter<I: IntoIterator<Item = (&'a [u8], u64)>>(entries: I) -> Self {
        let mut table = Self::new();
        for (piece, count) in entries {
            table.push(piece, count);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_by_index_and_in_order() {
        let table: PieceTable = [(&b"ab"[..], 3), (b"", 1), (b"c", 7)].into_iter().collect();
        assert_eq!(table.len(), 3);
        assert_eq!((table.piece(0), table.piece(1), table.piece(2)), (&b"ab"[..], &b""[..], &b"c"[..]));
        assert_eq!(table.total().unwrap_or(0), 11);
        assert_eq!(table.select([2, 0]).iter().collect::<Vec<_>>(), [(&b"c"[..], 7), (b"ab", 3)]);
    }

    #[test]
    fn a_total_over_64_bits_is_an_error() {
        let table: PieceTable = [(&b"a"[..], u64::MAX), (b"b", 1)].into_iter().collect();
        assert!(table.total().is_err());
    }
}
