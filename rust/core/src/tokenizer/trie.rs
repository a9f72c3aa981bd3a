//! A double-array trie over bytes: all pieces that start at a place of the text, shortest first, one step a byte.
//!
//! In: distinct pieces in any order, with a score each. Out: nodes in one array; from node `n` the byte `b` leads to the slot
//! `base(n) ^ b` if that slot's `check` is `n`. A node is 16 bytes, a quarter of a cache line, and says all that matching
//! needs: where its children are, whose child it is, what its piece scores:
//! ```text
//! | base: u32 | check: u32 | score: f64 |      score is −inf where no piece ends
//! ```
//! Nodes are placed breadth first, so that the shallow ones, which every place of the text visits, lie together at the front.
//! `base ^ b` stays inside a block of 256 slots, see [`super::double_array`], which finds room.
//! Building sorts the pieces: O(total bytes · log pieces) comparisons at worst. Memory: 20 bytes a slot, about 1.1 slots a node.

mod build;

use crate::Result;
use crate::num::{index, low_u32, to_u64};
use crate::pieces::PieceTable;
use build::Builder;

/// The root's number.
pub const ROOT: u32 = 0;
/// The `check` of an unused slot. No node has this number.
const UNUSED: u32 = u32::MAX;
/// The `base` of a node without children: with any byte it leads beyond the last slot.
const NO_CHILDREN: u32 = u32::MAX;

/// A slot of the array. See the module's text.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Children are at `base ^ byte`; [`NO_CHILDREN`] where there are none.
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

    /// The score of every node, by its number: −inf where no piece ends.
    pub fn scores(&self) -> impl ExactSizeIterator<Item = f64> {
        self.nodes.iter().map(|node| node.score)
    }

    /// Where every walk begins.
    #[inline(always)]
    pub fn root(&self) -> Place {
        Place { node: ROOT, base: self.nodes[index(ROOT)].base, score: f64::NEG_INFINITY }
    }

    /// Where `byte` leads to from `place`: one load.
    #[inline(always)]
    pub fn step(&self, place: Place, byte: u8) -> Option<Place> {
        let node = place.base ^ u32::from(byte);
        let Node { base, check, score } = *self.nodes.get(index(node))?;
        (check == place.node).then_some(Place { node, base, score })
    }

    /// Whether any byte leads on from `place`.
    #[inline]
    pub fn leads_on(&self, place: Place) -> bool {
        place.base != NO_CHILDREN
    }

    /// The index of the piece that ends at `node`, if one does.
    #[inline]
    pub fn value(&self, node: u32) -> Option<u32> {
        (self.nodes[index(node)].score > f64::NEG_INFINITY).then(|| self.values[index(node)])
    }

    /// The index of `piece`, if it is one.
    pub fn find(&self, piece: &[u8]) -> Option<u32> {
        let place = piece.iter().try_fold(self.root(), |place, &byte| self.step(place, byte))?;
        self.value(place.node)
    }
}

/// A node on a walk through the trie, with what the walk needs of it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its number.
    pub node: u32,
    /// Where its children are.
    base: u32,
    /// The score of the piece that ends here, −inf if none does.
    pub score: f64,
}

#[cfg(test)]
mod tests;
