//! Room for the children of trie nodes in one array of slots: the child of a node along `label` is at `base ^ label`.
//!
//! In: the labels of one node after the other. Out: a base for each, so that no slot is given twice and **no base is given
//! twice**; so the label alone, kept in a slot, tells whose child is there. `base ^ label` stays inside a block of 256 slots;
//! only the last few blocks that are not full are searched for room, and each only a few times, which keeps building linear
//! in the number of nodes for any vocabulary, at some unused slots. Nodes asked for early get low slots: ask for those first
//! that are visited most.

use crate::num::{low_u8, low_u32, to_u64};
use std::collections::VecDeque;

/// The slots of a block: one for each label.
pub(crate) const BLOCK: usize = 256;
/// How many blocks are searched for room.
pub(crate) const OPEN_BLOCKS: usize = 16;
/// After how many searches in vain a block is given up.
const MAX_MISSES: u8 = 32;

/// Gives out slots. See the module's text.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    /// Blocks with room, oldest first.
    open: VecDeque<OpenBlock>,
    /// The number of blocks so far.
    blocks: usize,
}

impl Rooms {
    /// The number of slots so far, given out or not.
    pub(crate) fn slots(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Takes one slot that is nobody's child; a new block begins if there is none open.
    pub(crate) fn take(&mut self, slot: u8) {
        if self.open.is_empty() {
            self.add_block();
        }
        self.open[0].take(slot);
    }

    /// A base whose slots for all `labels`, which are distinct, were not given out; they are now. A block of its own, with an
    /// unused base beside, has room for up to 255 labels; all 256 take a new block with the base at its start.
    pub(crate) fn room(&mut self, labels: &[u8]) -> u32 {
        for at in 0..self.open.len() {
            if let Some(base) = self.open[at].fit(labels) {
                if self.open[at].is_done() {
                    self.open.remove(at);
                }
                return base;
            }
        }
        self.open.retain(|block| !block.is_done());
        self.add_block();
        let newest = self.open.len() - 1;
        // a block with nothing in it has room for any labels; base 0 of it is what remains if all others were refused
        let first = self.open[newest].first;
        self.open[newest].fit(labels).unwrap_or(first)
    }

    /// Begins a block.
    fn add_block(&mut self) {
        if self.open.len() == OPEN_BLOCKS {
            self.open.pop_front();
        }
        let first = low_u32(to_u64(self.slots()));
        self.open.push_back(OpenBlock { first, used: [0; 4], bases: [0; 4], free: BLOCK, misses: 0 });
        self.blocks += 1;
    }
}

/// A block that may have room.
#[derive(Debug)]
struct OpenBlock {
    /// The number of its first slot, a multiple of 256.
    first: u32,
    /// One bit a slot.
    used: [u64; 4],
    /// One bit a base given out.
    bases: [u64; 4],
    /// The slots not used.
    free: usize,
    /// How often no room was found.
    misses: u8,
}

/// Whether a bit is set.
fn is_set(bits: &[u64; 4], at: u8) -> bool {
    bits[usize::from(at >> 6)] >> (at & 63) & 1 == 1
}

impl OpenBlock {
    /// Marks a slot as used.
    fn take(&mut self, slot: u8) {
        self.used[usize::from(slot >> 6)] |= 1 << (slot & 63);
        self.free -= 1;
    }

    /// Whether it is not worth a further search.
    fn is_done(&self) -> bool {
        self.free == 0 || self.misses >= MAX_MISSES
    }

    /// Takes room for these labels, if there is.
    fn fit(&mut self, labels: &[u8]) -> Option<u32> {
        let found = if labels.len() <= self.free { self.search(labels) } else { None };
        let Some(offset) = found else {
            self.misses = self.misses.saturating_add(1);
            return None;
        };
        labels.iter().for_each(|&label| self.take(offset ^ label));
        self.bases[usize::from(offset >> 6)] |= 1 << (offset & 63);
        Some(self.first + u32::from(offset))
    }

    /// An offset in the block, not given out as a base, that puts every label on an unused slot. Tried in the order of the
    /// first label's slots. Offset 0 is kept back, so that a slot never given out can say "child of offset 0", which
    /// nobody's child is; but for the block that all 256 labels fill.
    fn search(&self, labels: &[u8]) -> Option<u8> {
        let (&first, rest) = labels.split_first()?;
        for (word, used) in self.used.iter().enumerate() {
            let mut free = !used;
            while free != 0 {
                let slot = low_u8(to_u64(word * 64) + u64::from(free.trailing_zeros()));
                let offset = slot ^ first;
                let is_base = offset == 0 && labels.len() < BLOCK || is_set(&self.bases, offset);
                if !is_base && rest.iter().all(|&label| !is_set(&self.used, offset ^ label)) {
                    return Some(offset);
                }
                free &= free - 1;
            }
        }
        None
    }
}
