//! Building a [`super::Trie`]: the pieces are sorted, then every node's children are placed, breadth first.

use super::super::double_array::{BLOCK, Rooms};
use super::{NO_CHILDREN, Node, ROOT, UNUSED};
use crate::num::index;
use crate::pieces::PieceTable;
use crate::{Error, Result};
use std::collections::VecDeque;
use std::ops::Range;

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
    /// Which slots are free.
    rooms: Rooms,
    /// The bytes that lead on from the node at hand, ascending.
    branches: Vec<u8>,
    /// For each of them, where in the sorted order the pieces begin that go on with it.
    starts: Vec<usize>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(pieces: &'a PieceTable, scores: &'a [f64], order: Vec<u32>) -> Self {
        let (nodes, values, branches, starts) = Default::default();
        Self { pieces, scores, order, nodes, values, max_length: 0, rooms: Rooms::new(BLOCK), branches, starts }
    }

    /// Places the root, then every node's children, breadth first.
    pub(super) fn place_all(&mut self) -> Result<()> {
        self.rooms.take(ROOT); // nobody's child
        self.extend()?;
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
        self.starts.clear();
        let mut at = below.pieces.start;
        while at < below.pieces.end {
            let byte = self.sorted(at)[below.depth];
            self.branches.push(byte);
            self.starts.push(at);
            let rest = &self.order[at..below.pieces.end];
            // galloping would not pay: the range is halved in a few steps
            at += rest.partition_point(|&piece| self.pieces.piece(index(piece))[below.depth] <= byte);
        }
        let base = self.rooms.room(&self.branches);
        self.extend()?;
        self.nodes[index(below.node)].base = base;
        let ends = self.starts[1..].iter().copied().chain([below.pieces.end]);
        for ((&byte, &start), end) in self.branches.iter().zip(&self.starts).zip(ends) {
            let node = base ^ u32::from(byte);
            self.nodes[index(node)].check = below.node;
            queue.push_back(Below { node, depth: below.depth + 1, pieces: start..end });
        }
        Ok(())
    }

    /// Appends the slots that are new, unused as yet.
    fn extend(&mut self) -> Result<()> {
        let slots = self.rooms.slots();
        if slots > index(u32::MAX) {
            let expected = "pieces with fewer than 2^32 - 1 trie nodes together";
            return Err(Error::parameter("vocabulary", self.nodes.len(), expected));
        }
        self.nodes.resize(slots, Node { base: NO_CHILDREN, check: UNUSED, score: f64::NEG_INFINITY });
        self.values.resize(slots, 0);
        Ok(())
    }
}
