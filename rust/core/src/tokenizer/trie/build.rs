//! Building a [`super::Trie`]: the pieces are sorted, then every node's children are placed, breadth first.

use super::{BLOCK, NO_CHILDREN, Node, ROOT, UNUSED};
use crate::num::{index, low_u8, low_u32, to_u64};
use crate::pieces::PieceTable;
use crate::{Error, Result};
use std::collections::VecDeque;
use std::ops::Range;

/// How many blocks are searched for room.
pub(super) const OPEN_BLOCKS: usize = 16;
/// After how many searches in vain a block is given up.
const MAX_MISSES: u8 = 32;

/// The pieces below one node.
struct Below {
    /// The node.
    node: u32,
    /// Its depth, which is the length of the prefix it stands for.
    depth: usize,
    /// The sorted pieces with that prefix.
    pieces: Range<usize>,
}

/// A trie while it is built.
pub(super) struct Builder<'a> {
    /// What is placed.
    pieces: &'a PieceTable,
    /// By index of a piece.
    scores: &'a [f64],
    /// Indices of pieces, sorted by their bytes.
    order: Vec<u32>,
    /// The slots so far.
    pub(super) nodes: Vec<Node>,
    /// By slot: the piece that ends there.
    pub(super) values: Vec<u32>,
    /// The length of the longest piece so far.
    pub(super) max_length: usize,
    /// Blocks with room, oldest first.
    open: VecDeque<OpenBlock>,
    /// The bytes that lead on from the node at hand, ascending, and how many pieces have gone by before each.
    branches: Vec<(u8, usize)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(pieces: &'a PieceTable, scores: &'a [f64], order: Vec<u32>) -> Self {
        let (nodes, values, open, branches) = Default::default();
        Self { pieces, scores, order, nodes, values, max_length: 0, open, branches }
    }

    /// Places the root, then every node's children, breadth first.
    pub(super) fn place_all(&mut self) -> Result<()> {
        self.add_block()?;
        // the root's slot is taken, and nobody's child
        self.open[0].take(0);
        let mut queue = VecDeque::from([Below { node: ROOT, depth: 0, pieces: 0..self.order.len() }]);
        while let Some(mut below) = queue.pop_front() {
            if below.pieces.start < below.pieces.end && self.sorted(below.pieces.start).len() == below.depth {
                let piece = self.order[below.pieces.start];
                self.nodes[index(below.node)].score = self.scores[index(piece)];
                self.values[index(below.node)] = piece;
                self.max_length = self.max_length.max(below.depth);
                below.pieces.start += 1;
            }
            if below.pieces.start < below.pieces.end {
                self.place_children(&below, &mut queue)?;
            }
        }
        Ok(())
    }

    /// The piece at a place of the sorted order.
    fn sorted(&self, at: usize) -> &'a [u8] {
        self.pieces.piece(index(self.order[at]))
    }

    /// Finds room for the children of one node and queues them.
    fn place_children(&mut self, below: &Below, queue: &mut VecDeque<Below>) -> Result<()> {
        self.branches.clear();
        let mut at = below.pieces.start;
        while at < below.pieces.end {
            let byte = self.sorted(at)[below.depth];
            self.branches.push((byte, at));
            let rest = &self.order[at..below.pieces.end];
            // galloping would not pay: the range is halved in a few steps
            at += rest.partition_point(|&piece| self.pieces.piece(index(piece))[below.depth] <= byte);
        }
        let base = self.room()?;
        self.nodes[index(below.node)].base = base;
        let ends = self.branches.iter().skip(1).map(|&(_, start)| start).chain([below.pieces.end]);
        for (&(byte, start), end) in self.branches.iter().zip(ends) {
            let node = base ^ u32::from(byte);
            self.nodes[index(node)].check = below.node;
            queue.push_back(Below { node, depth: below.depth + 1, pieces: start..end });
        }
        Ok(())
    }

    /// A base whose slots for all `branches` are unused; marks them as used.
    fn room(&mut self) -> Result<u32> {
        for at in 0..self.open.len() {
            if let Some(base) = self.open[at].fit(&self.branches) {
                if self.open[at].is_done() {
                    self.open.remove(at);
                }
                return Ok(base);
            }
        }
        self.open.retain(|block| !block.is_done());
        self.add_block()?;
        let newest = self.open.len() - 1;
        // a block without a single node in it has room for any set of bytes
        self.open[newest]
            .fit(&self.branches)
            .ok_or(Error::Panic { message: "trie: no room in an empty block".to_owned() })
    }

    /// Appends a block of unused slots.
    fn add_block(&mut self) -> Result<()> {
        let first = self.nodes.len();
        let too_many = || Error::parameter("vocabulary", first, "pieces with fewer than 2^32 - 1 trie nodes together");
        if first + BLOCK > index(u32::MAX) {
            return Err(too_many());
        }
        self.nodes.resize(first + BLOCK, Node { base: NO_CHILDREN, check: UNUSED, score: f64::NEG_INFINITY });
        self.values.resize(first + BLOCK, 0);
        if self.open.len() == OPEN_BLOCKS {
            self.open.pop_front();
        }
        self.open.push_back(OpenBlock { first: low_u32(to_u64(first)), used: [0; 4], free: BLOCK, misses: 0 });
        Ok(())
    }
}

/// A block that may have room.
#[derive(Debug)]
struct OpenBlock {
    /// The number of its first slot, a multiple of 256.
    first: u32,
    /// One bit a slot.
    used: [u64; 4],
    /// The slots not used.
    free: usize,
    /// How often no room was found.
    misses: u8,
}

impl OpenBlock {
    fn is_used(&self, slot: u8) -> bool {
        self.used[usize::from(slot >> 6)] >> (slot & 63) & 1 == 1
    }

    fn take(&mut self, slot: u8) {
        self.used[usize::from(slot >> 6)] |= 1 << (slot & 63);
        self.free -= 1;
    }

    /// Whether it is not worth a further search.
    fn is_done(&self) -> bool {
        self.free == 0 || self.misses >= MAX_MISSES
    }

    /// Takes room for these bytes, if there is.
    fn fit(&mut self, branches: &[(u8, usize)]) -> Option<u32> {
        let found = if branches.len() <= self.free { self.search(branches) } else { None };
        match found {
            Some(offset) => branches.iter().for_each(|&(byte, _)| self.take(offset ^ byte)),
            None => self.misses += 1,
        }
        Some(self.first + u32::from(found?))
    }

    /// An offset in the block that puts every byte on an unused slot. Tried in the order of the first byte's slots.
    fn search(&self, branches: &[(u8, usize)]) -> Option<u8> {
        let (first, rest) = branches.split_first()?;
        for (word, used) in self.used.iter().enumerate() {
            let mut free = !used;
            while free != 0 {
                let slot = low_u8(to_u64(word * 64) + u64::from(free.trailing_zeros()));
                let offset = slot ^ first.0;
                if rest.iter().all(|&(byte, _)| !self.is_used(offset ^ byte)) {
                    return Some(offset);
                }
                free &= free - 1;
            }
        }
        None
    }
}
