//! Building an [`Automaton`]: the reversed trie is laid out in slots, the most visited nodes first; then, breadth first, every
//! state gets its `fail` and its row. Linear but for two sorts.

use super::cells::Cells;
use super::reversed::Reversed;
use super::rows::{Rows, Shape};
use super::symbols::{Spelled, Symbol, Symbols};
use super::{Automaton, MAX_SLOTS, START, Spelling, State, States};
use crate::num::{index, low_u16, low_u32, to_u64};
use crate::pieces::PieceTable;
use crate::region::Region;
use crate::tokenizer::double_array::{BLOCK, Rooms};
use crate::vocabulary::FIRST_ID;

/// See [`Automaton::build`].
pub(super) fn build(pieces: &PieceTable, scores: &[f64]) -> Option<Automaton> {
    let symbols = Symbols::new(pieces, scores);
    let spelled = Spelled::new(pieces, &symbols);
    let trie = Reversed::new(pieces, &spelled, is_in_a_line)?;
    let block = symbols.count().next_power_of_two().max(BLOCK);
    let layout = lay_out(&trie, block)?;
    let shape = Shape { spelled: &spelled, scores };
    let mut rows = Rows::new(&trie, layout.states.len(), &shape)?;
    let mut links = Links::new(&trie, layout);
    for node in breadth_first(&trie) {
        let fail = links.find(node);
        rows.fill(links.slots[index(node)], fail, trie.piece[index(node)], &shape);
    }
    let Rows { refs, cells, ids, longs, .. } = rows;
    Some(Automaton {
        states: States::new(links.states, block)?,
        cells: Cells::new(cells, refs)?,
        ids: Region::of(ids),
        longest_long: longs.iter().map(|long| index(long.length)).max().unwrap_or(0),
        longs,
        lowest: scores.iter().copied().fold(0.0, f64::min),
        spellings: spellings(pieces, &spelled, symbols.count()),
        reach: spelled.longest(),
        separator: separator(pieces),
        symbols,
    })
}

/// By symbol: the ids of its bytes.
fn spellings(pieces: &PieceTable, spelled: &Spelled, count: usize) -> Vec<Spelling> {
    let mut spellings = vec![Spelling::default(); count];
    let mut bytes = [0; 256];
    for ((piece, _), id) in pieces.iter().zip(FIRST_ID..) {
        if let &[byte] = piece {
            bytes[usize::from(byte)] = id;
        }
    }
    for ((piece, _), number) in pieces.iter().zip(0..) {
        if let &[symbol] = spelled.piece(number) {
            let spelling = &mut spellings[usize::from(symbol)];
            for (id, &byte) in spelling.ids.iter_mut().zip(piece) {
                *id = bytes[usize::from(byte)];
            }
            spelling.count = low_u32(to_u64(piece.len()));
        }
    }
    spellings
}

/// Whether a piece can match inside a line: it has no newline before another byte.
fn is_in_a_line(piece: &[u8]) -> bool {
    piece.iter().skip_while(|&&byte| byte != b'\n').all(|&byte| byte == b'\n')
}

/// See [`Automaton::separator`].
fn separator(pieces: &PieceTable) -> Option<u8> {
    let mut inside = [false; 128];
    inside[usize::from(b'\n')] = true;
    for &byte in pieces.iter().flat_map(|(piece, _)| piece.iter().skip(1)) {
        if let Some(inside) = inside.get_mut(usize::from(byte)) {
            *inside = true;
        }
    }
    (0..128).zip(inside).find(|(_, inside)| !inside).map(|(byte, _)| byte)
}

/// Where each node is.
struct Layout {
    /// By node.
    slots: Vec<u32>,
    /// By slot, without `fail`; those without children also without `base`.
    states: Vec<State>,
}

/// Gives every node a slot and a base, in blocks of `block` slots; those that are visited most first. `None` when there are too
/// many.
fn lay_out(trie: &Reversed, block: usize) -> Option<Layout> {
    let mut rooms = Rooms::new(block);
    rooms.take(START);
    let mut parents: Vec<u32> =
        (0..to_u64(trie.len())).map(low_u32).filter(|&node| !trie.children(node).is_empty()).collect();
    // the root is the heaviest; of equal weights the one made first
    parents.sort_by_key(|&node| std::cmp::Reverse(trie.weight[index(node)]));
    let mut slots = vec![START; trie.len()];
    let mut bases = vec![START; trie.len()];
    let mut labels: Vec<Symbol> = Vec::with_capacity(block);
    for parent in parents {
        labels.clear();
        labels.extend(trie.children(parent).iter().map(|&child| trie.label[index(child)]));
        let base = rooms.room(&labels);
        if rooms.slots() > MAX_SLOTS {
            return None;
        }
        bases[index(parent)] = base;
        for &child in trie.children(parent) {
            slots[index(child)] = base ^ u32::from(trie.label[index(child)]);
        }
    }
    let size = low_u32(to_u64(block));
    // a slot that is not given out says that it is the child of offset 0 of its block, which is nobody's base
    let mut states: Vec<State> =
        (0..low_u32(to_u64(rooms.slots()))).map(|slot| State::new(START, 0, low_u16(slot % size))).collect();
    for (node, &slot) in slots.iter().enumerate().skip(1) {
        states[index(slot)] = State::new(START, bases[node], trie.label[node]);
    }
    states[index(START)] = State::new(START, bases[0], 0);
    Some(Layout { slots, states })
}

/// All nodes but the root, nearer to the root first.
fn breadth_first(trie: &Reversed) -> Vec<u32> {
    let mut order = Vec::with_capacity(trie.len());
    order.extend_from_slice(trie.children(0));
    let mut at = 0;
    while at < order.len() {
        order.extend_from_slice(trie.children(order[at]));
        at += 1;
    }
    order
}

/// Finds where to go on from each state when no child fits, for states nearer to the root first.
///
/// A state without children, asked, would always say no. So nobody is sent to one: the link skips it, as it skips states whose
/// children have no other labels than those that were asked for in vain already. And the state itself asks for the
/// children of the one it would send to: it has that one's base and link. This saves every third step.
struct Links<'a> {
    /// The nodes.
    trie: &'a Reversed,
    /// By node: its slot.
    slots: Vec<u32>,
    /// By slot: done for the nodes so far.
    states: Vec<State>,
    /// By slot: the node in it.
    nodes: Vec<u32>,
    /// By node: the slot of the longest proper beginning of its string that is a node.
    beginnings: Vec<u32>,
}

impl<'a> Links<'a> {
    /// Nothing is done yet but for the root.
    fn new(trie: &'a Reversed, layout: Layout) -> Self {
        let Layout { slots, states } = layout;
        let mut nodes = vec![0; states.len()];
        for (node, &slot) in slots.iter().enumerate() {
            nodes[index(slot)] = low_u32(to_u64(node));
        }
        Self { trie, beginnings: vec![START; slots.len()], slots, states, nodes }
    }

    /// Completes the state of a node; returns the slot of the longest proper beginning of its string.
    fn find(&mut self, node: u32) -> u32 {
        let beginning = self.beginning(node);
        self.beginnings[index(node)] = beginning;
        let mut asked = self.with_children(beginning);
        let slot = index(self.slots[index(node)]);
        let label = self.states[slot].label();
        if self.trie.children(node).is_empty() {
            let other = self.states[index(asked)];
            self.states[slot] = State::new(other.fail(), other.base(), label);
            return beginning;
        }
        while asked != START && self.has_labels(node, self.nodes[index(asked)]) {
            asked = self.states[index(asked)].fail();
        }
        self.states[slot] = State::new(asked, self.states[slot].base(), label);
        beginning
    }

    /// The slot of the longest proper beginning of a node's string that is a node: a child of a beginning of its parent's.
    fn beginning(&self, node: u32) -> u32 {
        let parent = self.trie.parent[index(node)];
        if parent == 0 {
            return START;
        }
        let label = self.trie.label[index(node)];
        let mut state = self.states[index(self.beginnings[index(parent)])];
        loop {
            let child = state.child(label);
            if self.states[index(child)].label() == label {
                return child;
            }
            // the root has a child for every byte, so this ends
            state = self.states[index(state.fail())];
        }
    }

    /// The slot itself, or the next along the beginnings that has children.
    fn with_children(&self, mut slot: u32) -> u32 {
        while self.trie.children(self.nodes[index(slot)]).is_empty() {
            slot = self.beginnings[index(self.nodes[index(slot)])];
        }
        slot
    }

    /// Whether `node` has children with all the labels that `other` has. Both are in order.
    fn has_labels(&self, node: u32, other: u32) -> bool {
        let labels = |node| self.trie.children(node).iter().map(|&child| self.trie.label[index(child)]);
        let mut own = labels(node);
        labels(other).all(|label| own.find(|&own| own >= label) == Some(label))
    }
}
