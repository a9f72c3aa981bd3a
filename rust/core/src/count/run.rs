//! Ascending n-grams with their counts, as bytes.
//!
//! A record is the difference to the rest before it (the first one of a chunk: to 0), doubled, plus 1 if the count is 1; then,
//! if it is not, the count less 2; both as variable-length integers, 7 bits a byte, the lowest first. Half of all distinct
//! n-grams occur once. Memory: 4 to 6 bytes an n-gram of order 6 before compression.

use super::key::Key;
use crate::Result;
use crate::num::{index, low_u8};
use crate::spill::{Budget, Chunk, ChunkIndex, ChunkReader, ChunkWriter, Store};

/// Ascending n-grams, each once.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The records.
    chunks: Vec<Chunk>,
}

impl Run {
    /// Where its chunks are, which are all on the disk.
    pub(super) fn index(&self) -> Vec<ChunkIndex> {
        self.chunks.iter().filter_map(Chunk::index).collect()
    }

    /// The run whose chunks are there.
    pub(super) fn at(index: &[ChunkIndex]) -> Self {
        Self { chunks: index.iter().map(Chunk::at).collect() }
    }

    /// The bytes it takes in memory.
    pub(super) fn memory(&self) -> u64 {
        self.chunks.iter().map(Chunk::memory).sum()
    }

    /// Moves what is in memory to the disk.
    pub(super) fn write(&mut self, store: &Store) -> Result<()> {
        self.chunks.iter_mut().try_for_each(|chunk| store.move_in(chunk))
    }
}

/// Writes a [`Run`].
#[derive(Debug)]
pub(super) struct RunWriter<'a, K> {
    /// The records so far.
    chunks: ChunkWriter<'a>,
    /// The rest before.
    last: K,
}

impl<'a, K: Key> RunWriter<'a, K> {
    /// Begins a run: in memory as long as there is a budget.
    pub(super) fn new(store: &'a Store, budget: Option<&'a Budget>) -> Self {
        Self { chunks: ChunkWriter::new(store, budget), last: K::default() }
    }

    /// Appends an n-gram, which is greater than the one before. `rest` leaves its highest bit free.
    #[inline]
    pub(super) fn push(&mut self, rest: K, count: u64) -> Result<()> {
        let (records, begins) = self.chunks.record();
        let difference = if begins { rest } else { rest - self.last };
        push_integer(records, (difference << 1) | K::from(u64::from(count == 1)));
        if count != 1 {
            push_integer(records, count - 2);
        }
        self.last = rest;
        self.chunks.end_record()
    }

    /// All of it.
    pub(super) fn finish(self) -> Result<Run> {
        Ok(Run { chunks: self.chunks.finish()? })
    }
}

/// Reads a [`Run`].
#[derive(Debug)]
pub(super) struct RunReader<'a, K> {
    /// The records to come.
    chunks: ChunkReader<'a>,
    /// The rest before.
    last: K,
}

impl<'a, K: Key> RunReader<'a, K> {
    /// From the beginning.
    pub(super) fn new(store: &'a Store, run: &'a Run) -> Self {
        Self { chunks: ChunkReader::new(store, &run.chunks), last: K::default() }
    }

    /// The next n-gram and its count.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(K, u64)>> {
        let (left, begins) = self.chunks.left()?;
        if left.is_empty() {
            return Ok(None);
        }
        let (coded, mut used) = read_integer::<K>(left);
        let mut count = 1;
        if coded.low_u64() & 1 == 0 {
            let (less, more) = read_integer::<u64>(&left[used..]);
            (count, used) = (less + 2, used + more);
        }
        self.last = if begins { coded >> 1 } else { self.last + (coded >> 1) };
        self.chunks.consume(used);
        Ok(Some((self.last, count)))
    }
}

/// The bits of an integer that is coded at once, in one word.
const WORD_BITS: u32 = 56;
/// The bit that says that another byte follows, in each byte of a word.
const MORE: u64 = 0x8080_8080_8080_8080;

/// Appends an integer, without a branch on its length but for very large ones.
#[inline(always)]
fn push_integer<K: Key>(records: &mut Vec<u8>, mut value: K) {
    if value >> WORD_BITS == K::default() {
        let value = value.low_u64();
        let bytes = ((u64::BITS + 6 - (value | 1).leading_zeros()) / 7).max(1);
        let coded = spread(value) | (MORE & ((1 << (8 * (bytes - 1))) - 1));
        let end = records.len() + index(bytes);
        records.extend_from_slice(&coded.to_le_bytes());
        records.truncate(end);
        return;
    }
    while value >= K::from(0x80) {
        records.push(low_u8(value.low_u64()) | 0x80);
        value = value >> 7;
    }
    records.push(low_u8(value.low_u64()));
}

/// Reads an integer; how many bytes it has. Byte by byte: lengths repeat often enough that the guess is faster than to compute where
/// the next one begins.
#[inline(always)]
fn read_integer<K: Key>(records: &[u8]) -> (K, usize) {
    let (mut value, mut shift) = (K::default(), 0);
    for (used, &byte) in (1..).zip(records) {
        value = value | (K::from(u64::from(byte & 0x7F)) << shift);
        if byte < 0x80 {
            return (value, used);
        }
        shift += 7;
    }
    // records are whole, or their checksum would have been wrong
    (value, records.len())
}

/// Each 7 of the low [`WORD_BITS`] bits in a byte of their own: by halves, quarters, eighths.
#[inline(always)]
fn spread(value: u64) -> u64 {
    let value = (value & 0x0FFF_FFFF) | ((value << 4) & 0x0FFF_FFFF_0000_0000);
    let value = (value & 0x0000_3FFF_0000_3FFF) | ((value << 2) & 0x3FFF_0000_3FFF_0000);
    (value & 0x007F_007F_007F_007F) | ((value << 1) & 0x7F00_7F00_7F00_7F00)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip<K: Key>(entries: &[(K, u64)]) {
        for budget in [None, Some(Budget::new(usize::MAX))] {
            let store = Store::new(None);
            let mut writer = RunWriter::new(&store, budget.as_ref());
            entries.iter().for_each(|&(rest, count)| writer.push(rest, count).unwrap());
            let run = writer.finish().unwrap();
            let mut reader = RunReader::<K>::new(&store, &run);
            let read: Vec<(K, u64)> = std::iter::from_fn(|| reader.next().unwrap()).collect();
            assert_eq!(read, entries);
        }
    }

    /// The definition: 7 bits a byte, the lowest first, a bit on all but the last.
    fn naive(mut value: u128) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(u8::try_from(value & 0x7F).unwrap() | 0x80);
            value >>= 7;
        }
        bytes.push(u8::try_from(value).unwrap());
        bytes
    }

    fn integer<K: Key>(value: K, expected: &[u8]) {
        let mut records = vec![9];
        push_integer(&mut records, value);
        assert_eq!(&records[1..], expected);
        assert_eq!(read_integer::<K>(&records[1..]), (value, expected.len()));
        records.extend([0xFF; 20]);
        assert_eq!(read_integer::<K>(&records[1..]), (value, expected.len()));
    }

    proptest! {
        #[test]
        fn integers_are_what_the_naive_twin_makes_of_them(value: u128, shift in 0_u32..128) {
            for value in [value >> shift, u128::MAX >> shift, 1 << shift] {
                integer(value, &naive(value));
                if let Ok(narrow) = u64::try_from(value) {
                    integer(narrow, &naive(value));
                }
            }
        }

        #[test]
        fn ngrams_come_back(entries: std::collections::BTreeMap<u64, u64>) {
            let entries: Vec<(u64, u64)> = entries.into_iter().filter(|&(rest, count)| rest >> 63 == 0 && count > 0).collect();
            round_trip(&entries);
            round_trip(&entries.iter().map(|&(rest, count)| (u128::from(rest) << 60, count)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn ngrams_of_several_chunks_come_back() {
        round_trip(&(0..100_000).map(|i: u64| (i * i, i % 300 + 1)).collect::<Vec<_>>());
    }
}
