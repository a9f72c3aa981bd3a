//! The trie of the reversed pieces, as lists: what [`super::build`] lays out.
//!
//! In: pieces as symbols, and which of them to take. Out: nodes, a parent before its children, the children of a node by label.
//! Pieces are sorted by their last 4 symbols as one number, then by the rest, so that neighbours share their ends.

use super::MAX_SLOTS;
use super::symbols::{Spelled, Symbol};
use crate::num::{index, low_u32, to_u64};
use crate::pieces::PieceTable;

/// The piece of a node that is none.
pub(super) const NO_PIECE: u32 = u32::MAX;

/// The nodes; 0 is the root. See the module's text.
#[derive(Default)]
pub(super) struct Reversed {
    /// The node one symbol nearer to the root; of the root itself.
    pub(super) parent: Vec<u32>,
    /// The symbol that leads here from the parent.
    pub(super) label: Vec<Symbol>,
    /// The index of the piece that ends here, or [`NO_PIECE`].
    pub(super) piece: Vec<u32>,
    /// The sum of the counts of all pieces below: how often the node is visited, about.
    pub(super) weight: Vec<u64>,
    /// Entry `i` and the next: where the children of node `i` are in `children`.
    pub(super) child_ends: Vec<u32>,
    /// Nodes by parent, then by label.
    pub(super) children: Vec<u32>,
}

impl Reversed {
    /// Makes the trie of the pieces that `take` wants. `None` when there are more nodes than slots.
    pub(super) fn new(pieces: &PieceTable, spelled: &Spelled, take: impl Fn(&[u8]) -> bool) -> Option<Self> {
        let mut trie = Self::default();
        trie.push(0, 0);
        let mut path = vec![0];
        let mut before: &[Symbol] = &[];
        for (_, at) in sorted(pieces, spelled, take) {
            let piece = spelled.piece(at);
            let shared = before.iter().rev().zip(piece.iter().rev()).take_while(|(a, b)| a == b).count();
            path.truncate(shared + 1);
            for &symbol in piece.iter().rev().skip(shared) {
                let node = u32::try_from(trie.parent.len()).ok().filter(|&node| index(node) < MAX_SLOTS)?;
                trie.push(path[path.len() - 1], symbol);
                path.push(node);
            }
            let node = index(path[path.len() - 1]);
            trie.piece[node] = at;
            trie.weight[node] = pieces.count(index(at));
            before = piece;
        }
        trie.sum_weights();
        trie.list_children();
        Some(trie)
    }

    /// The number of nodes.
    pub(super) fn len(&self) -> usize {
        self.parent.len()
    }

    /// The children of a node, by label.
    pub(super) fn children(&self, node: u32) -> &[u32] {
        let node = index(node);
        &self.children[index(self.child_ends[node])..index(self.child_ends[node + 1])]
    }

    /// Appends a node.
    fn push(&mut self, parent: u32, label: Symbol) {
        self.parent.push(parent);
        self.label.push(label);
        self.piece.push(NO_PIECE);
        self.weight.push(0);
    }

    /// Adds every node's weight to its parent's, which stands before it.
    fn sum_weights(&mut self) {
        for node in (1..self.len()).rev() {
            let parent = index(self.parent[node]);
            // a vocabulary's counts sum to 64 bits
            self.weight[parent] = self.weight[parent].saturating_add(self.weight[node]);
        }
    }

    /// Sorts the nodes by parent, by counting. They were made in the order of their labels.
    fn list_children(&mut self) {
        let mut ends = vec![0u32; self.len() + 2];
        for &parent in &self.parent[1..] {
            ends[index(parent) + 2] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        self.children = vec![0; self.len() - 1];
        for (node, &parent) in self.parent.iter().enumerate().skip(1) {
            let end = &mut ends[index(parent) + 1];
            self.children[index(*end)] = low_u32(to_u64(node));
            *end += 1;
        }
        self.child_ends = ends;
    }
}

/// The wanted pieces by their symbols from the last to the first, each with its last 4 symbols as a number.
fn sorted(pieces: &PieceTable, spelled: &Spelled, take: impl Fn(&[u8]) -> bool) -> Vec<(u64, u32)> {
    let key = |piece: &[Symbol]| {
        piece.iter().rev().zip((0..4).rev()).fold(0, |key, (&symbol, at)| key | u64::from(symbol) << (16 * at))
    };
    let numbers = (0..).map(low_u32).zip(pieces.iter());
    let wanted = numbers.filter(|(_, (piece, _))| take(piece));
    let mut order: Vec<(u64, u32)> = wanted.map(|(at, _)| (key(spelled.piece(at)), at)).collect();
    let reversed = |at| spelled.piece(at).iter().rev();
    order.sort_unstable_by(|&(a, x), &(b, y)| a.cmp(&b).then_with(|| reversed(x).cmp(reversed(y))));
    order
}
