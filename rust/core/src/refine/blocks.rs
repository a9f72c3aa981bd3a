//! Blocks of text: what refinement counts in, and how they lie in memory or on the disk.
//!
//! In: the segments of documents, one after the other. Out: *blocks*, a document each, or [`BLOCK`] bytes of a long one: the unit of the
//! cross-document value. Blocks are packed into *bundles* of about [`BUNDLE`] bytes, one record a bundle:
//! ```text
//! number of blocks, then for each: source, number of segments, their lengths     32-bit integers, little-endian
//! the text of all
//! ```
//! Reading checks every length, and bundles that were on the disk have a checksum: nothing damaged is counted.
//! Cost: the bytes of the text, 4 a segment, 8 a block.

use crate::num::{index, low_u32, to_u64};
use crate::{Error, Result};

/// A document is cut into blocks behind the segment that makes one this large. Measured (DESIGN.md): 32 KB to whole documents differ by half a
/// percent, in this domain up, in that one down; this is small enough for a book to be some units.
pub(super) const BLOCK: usize = 1 << 18;
/// A bundle is full when it has so many bytes of text.
pub(super) const BUNDLE: usize = 1 << 18;

/// A block, as it is packed.
#[derive(Clone, Copy, Debug)]
struct Header {
    /// The number of its source.
    source: u32,
    /// How many segments it has.
    segments: u32,
}

/// Packs blocks.
#[derive(Debug, Default)]
pub(super) struct Packer {
    /// The blocks that have ended.
    blocks: Vec<Header>,
    /// The lengths of all segments.
    lengths: Vec<u32>,
    /// The text of all segments.
    text: Vec<u8>,
    /// How many lengths and bytes belong to blocks that have ended.
    ended: (usize, usize),
}

impl Packer {
    /// Appends a segment to the block at hand.
    pub(super) fn push(&mut self, segment: &[u8]) {
        self.lengths.push(low_u32(to_u64(segment.len()))); // a segment of training has 10,100 characters at most
        self.text.extend_from_slice(segment);
    }

    /// The text of the block at hand.
    pub(super) fn block(&self) -> &[u8] {
        &self.text[self.ended.1..]
    }

    /// Ends the block at hand, which is empty after that.
    pub(super) fn end_block(&mut self, source: u32) {
        let segments = low_u32(to_u64(self.lengths.len() - self.ended.0));
        self.blocks.push(Header { source, segments });
        self.ended = (self.lengths.len(), self.text.len());
    }

    /// Forgets the block at hand.
    pub(super) fn drop_block(&mut self) {
        self.lengths.truncate(self.ended.0);
        self.text.truncate(self.ended.1);
    }

    /// Whether there is enough for a bundle.
    pub(super) fn is_full(&self) -> bool {
        self.ended.1 >= BUNDLE
    }

    /// Whether no block has ended.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The bundle of all blocks that have ended; there must be none at hand. Nothing is left.
    pub(super) fn pack(&mut self) -> Vec<u8> {
        let mut bundle = Vec::with_capacity(4 + 8 * self.blocks.len() + 4 * self.lengths.len() + self.text.len());
        let mut put = |value: u32| bundle.extend_from_slice(&value.to_le_bytes());
        put(low_u32(to_u64(self.blocks.len())));
        let mut lengths = self.lengths.iter();
        for block in &self.blocks {
            put(block.source);
            put(block.segments);
            lengths.by_ref().take(index(block.segments)).for_each(|&length| put(length));
        }
        bundle.extend_from_slice(&self.text);
        *self = Self::default();
        bundle
    }
}

/// Calls `each` with every block of a bundle: its source and its segments.
pub(super) fn for_each_block<'b>(bundle: &'b [u8], mut each: impl FnMut(u32, &[&'b [u8]]) -> Result<()>) -> Result<()> {
    let (blocks, lengths, mut text) = parts(bundle).ok_or_else(damaged)?;
    let (mut lengths, mut segments) = (lengths.into_iter(), Vec::new());
    for Header { source, segments: number } in blocks {
        segments.clear();
        for length in lengths.by_ref().take(index(number)) {
            let (segment, rest) = text.split_at_checked(index(length)).ok_or_else(damaged)?;
            segments.push(segment);
            text = rest;
        }
        each(source, &segments)?;
    }
    Ok(())
}

/// The blocks, the lengths and the text of a bundle.
fn parts(mut bundle: &[u8]) -> Option<(Vec<Header>, Vec<u32>, &[u8])> {
    let mut next = || {
        let (value, rest) = bundle.split_first_chunk::<4>()?;
        bundle = rest;
        Some(u32::from_le_bytes(*value))
    };
    let (mut blocks, mut lengths) = (Vec::new(), Vec::new());
    for _ in 0..next()? {
        let header = Header { source: next()?, segments: next()? };
        for _ in 0..header.segments {
            lengths.push(next()?);
        }
        blocks.push(header);
    }
    Some((blocks, lengths, bundle))
}

/// A bundle that is none; its checksum was right, so nothing outside can have made it.
fn damaged() -> Error {
    Error::Panic { message: "a bundle of blocks is not whole".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_as_they_were_packed() {
        let mut packer = Packer::default();
        packer.push(b"ab\n");
        packer.push(b"c");
        packer.end_block(7);
        packer.push(b"gone");
        assert_eq!(packer.block(), b"gone");
        packer.drop_block();
        packer.end_block(1);
        packer.push(b"");
        packer.push("天".as_bytes());
        packer.end_block(0);
        let bundle = packer.pack();
        assert!(packer.is_empty() && !packer.is_full());
        let mut seen = Vec::new();
        for_each_block(&bundle, |source, segments| {
            seen.push((source, segments.iter().map(|segment| segment.to_vec()).collect::<Vec<_>>()));
            Ok(())
        })
        .expect("whole");
        let expected: Vec<(u32, Vec<Vec<u8>>)> = vec![
            (7, vec![b"ab\n".to_vec(), b"c".to_vec()]),
            (1, vec![]),
            (0, vec![b"".to_vec(), "天".as_bytes().to_vec()]),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_cut_is_an_error() {
        let mut packer = Packer::default();
        packer.push(b"abc");
        packer.end_block(7);
        let bundle = packer.pack();
        for length in 0..bundle.len() {
            assert!(for_each_block(&bundle[..length], |_, _| Ok(())).is_err(), "{length}");
        }
    }
}
