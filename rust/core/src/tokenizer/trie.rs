//! A double-array trie over bytes: all pieces that start at a place of the text, shortest first, one step a byte.
//!
//! In: distinct pieces in any order, with a score each. Out: nodes in one array; from node `n` the byte `b` leads to the slot
//! `base(n) ^ b` if that slot's `check` is `n`. A node is 16 bytes, a quarter of a cache line, and says all that matching
//! needs: where its children are, whose child it is, what its piece scores:
//! ```text
//! | base: u32 | check: u32 | score: f64 |      score is −inf where no piece ends
//! ```
//! Nodes are placed breadth first, so that the shallow ones, which every place of the text visits, lie together at the front.
//! `base ^ b` stays inside a block of 256 slots; only the last [`OPEN_BLOCKS`] blocks that are not full are searched for room, and
//! each only a few times, which keeps building linear in the number of nodes for any vocabulary, at some unused slots.
//! Building sorts the pieces: O(total bytes · log pieces) comparisons at worst. Memory: 20 bytes a slot, about 1.1 slots a node.

use crate::num::{index, low_u8, low_u32, to_u64};
use crate::pieces::PieceTable;
use crate::{Error, Result};
use std::collections::VecDeque;
use std::ops::Range;

/// The root's number.
pub const ROOT: u32 = 0;
/// The slots of a block: one for each byte.
const BLOCK: usize = 256;
/// How many blocks are searched for room.
const OPEN_BLOCKS: usize = 16;
/// After how many searches in vain a block is given up.
const MAX_MISSES: u8 = 32;
/// The `check` of an unused slot. No node has this number.
const UNUSED: u32 = u32::MAX;

/// A slot of the array. See the module's text.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Children are at `base ^ byte`.
    base: u32,
    /// The number of the parent; [`UNUSED`] for the root, as for slots not in use.
    check: u32,
    /// The score of the piece that ends here, −inf if none does.
    score: f64,
}

/// Pieces to be matched. See the module's text.
#[derive(Debug)]
pub struct Trie {
    /// A multiple of 256 slots, so that `base ^ byte` is always inside.
    nodes: Vec<Node>,
    /// By node: the index of the piece that ends there; meaningless where none does.
    values: Vec<u32>,
    /// The length of the longest piece.
    max_length: usize,
}

impl Trie {
    /// Builds the trie of `pieces`, which are distinct and not empty; entry `i` has `scores[i]`, a finite number.
    pub fn build(pieces: &PieceTable, scores: &[f64]) -> Result<Self> {
        let mut order: Vec<u32> = (0..to_u64(pieces.len())).map(low_u32).collect();
        order.sort_unstable_by(|&a, &b| pieces.piece(index(a)).cmp(pieces.piece(index(b))));
        let mut builder = Builder::new(pieces, scores, order);
        builder.place_all()?;
        Ok(Self { nodes: builder.nodes, values: builder.values, max_length: builder.max_length })
    }

    /// The length of the longest piece.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The node that `byte` leads to from `node`.
    #[inline(always)]
    pub fn child(&self, node: u32, byte: u8) -> Option<u32> {
        let base = self.nodes.get(index(node))?.base;
        let child = base ^ u32::from(byte);
        (self.nodes.get(index(child))?.check == node).then_some(child)
    }

    /// The score of the piece that ends at `node`; −inf if none does.
    #[inline(always)]
    pub fn score(&self, node: u32) -> f64 {
        self.nodes[index(node)].score
    }

    /// The index of the piece that ends at `node`, if one does.
    #[inline]
    pub fn value(&self, node: u32) -> Option<u32> {
        (self.score(node) > f64::NEG_INFINITY).then(|| self.values[index(node)])
    }

    /// The index of `piece`, if it is one.
    pub fn find(&self, piece: &[u8]) -> Option<u32> {
        let node = piece.iter().try_fold(ROOT, |node, &byte| self.child(node, byte))?;
        self.value(node)
    }

    /// Memory of the array in bytes.
    pub fn memory(&self) -> usize {
        self.nodes.len() * (size_of::<Node>() + size_of::<u32>())
    }
}

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
struct Builder<'a> {
    /// What is placed.
    pieces: &'a PieceTable,
    /// By index of a piece.
    scores: &'a [f64],
    /// Indices of pieces, sorted by their bytes.
    order: Vec<u32>,
    /// The slots so far.
    nodes: Vec<Node>,
    /// By slot: the piece that ends there.
    values: Vec<u32>,
    /// The length of the longest piece so far.
    max_length: usize,
    /// Blocks with room, oldest first.
    open: VecDeque<OpenBlock>,
    /// The bytes that lead on from the node at hand, ascending, and how many pieces have gone by before each.
    branches: Vec<(u8, usize)>,
}

impl<'a> Builder<'a> {
    fn new(pieces: &'a PieceTable, scores: &'a [f64], order: Vec<u32>) -> Self {
        let (nodes, values, open, branches) = Default::default();
        Self { pieces, scores, order, nodes, values, max_length: 0, open, branches }
    }

    /// Places the root, then every node's children, breadth first.
    fn place_all(&mut self) -> Result<()> {
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
        self.nodes.resize(first + BLOCK, Node { base: 0, check: UNUSED, score: f64::NEG_INFINITY });
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

#[cfg(test)]
mod tests;
