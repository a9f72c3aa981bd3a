//! Room for the children of trie nodes in one array of slots: the child of a node along `label` is at `base ^ label`.
//!
//! In: the labels of one node after the other. Out: a base for each, so that no slot is given twice and **no base is given
//! twice**; so the label alone, kept in a slot, tells whose child is there. `base ^ label` stays inside a block of 256 slots;
//! only the last few blocks that are not full are searched for room, and each only a few times, which keeps building linear
//! in the number of nodes for any vocabulary, at some unused slots. Nodes asked for early get low slots: ask for those first
//! that are visited most.

use crate::num::{index, low_u32, to_u64};
use std::collections::VecDeque;

/// The slots of a block where labels are bytes.
pub(crate) const BLOCK: usize = 256;
/// How many blocks are searched for room.
pub(crate) const OPEN_BLOCKS: usize = 16;
/// After how many searches in vain a block is given up.
const MAX_MISSES: u8 = 32;
/// How many free slots of a block are tried for the first label.
const MAX_TRIES: usize = BLOCK;

/// Gives out slots. See the module's text.
#[derive(Debug)]
pub(crate) struct Rooms {
    /// The slots of a block.
    size: usize,
    /// Blocks with room, oldest first.
    open: VecDeque<OpenBlock>,
    /// The number of blocks so far.
    blocks: usize,
}

impl Rooms {
    /// No slot is given out. Labels are under `size`, a power of two, at least [`BLOCK`].
    pub(crate) fn new(size: usize) -> Self {
        debug_assert!(size.is_power_of_two() && size >= BLOCK);
        Self { size, open: VecDeque::new(), blocks: 0 }
    }

    /// The number of slots so far, given out or not.
    pub(crate) fn slots(&self) -> usize {
        self.blocks * self.size
    }

    /// Takes one slot of the first block that is nobody's child; a new block begins if there is none open.
    pub(crate) fn take(&mut self, slot: u32) {
        if self.open.is_empty() {
            self.add_block();
        }
        self.open[0].take(slot);
    }

    /// A base whose slots for all `labels`, which are distinct, were not given out; they are now. A block of its own, with an
    /// unused base beside, has room for all labels but one; all of them take a new block with the base at its start.
    pub(crate) fn room<L: Copy + Into<u32>>(&mut self, labels: &[L]) -> u32 {
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
        self.open.push_back(OpenBlock::new(first, self.size));
        self.blocks += 1;
    }
}

/// A block that may have room.
#[derive(Debug)]
struct OpenBlock {
    /// The number of its first slot, a multiple of the block's size.
    first: u32,
    /// One bit a slot.
    used: Vec<u64>,
    /// One bit a base given out.
    bases: Vec<u64>,
    /// The slots not used.
    free: usize,
    /// The words of `used` that are full, from the front on, as far as is known.
    full: usize,
    /// How often no room was found.
    misses: u8,
}

/// Whether a bit is set.
fn is_set(bits: &[u64], at: u32) -> bool {
    bits[index(at >> 6)] >> (at & 63) & 1 == 1
}

impl OpenBlock {
    /// With nothing in it.
    fn new(first: u32, size: usize) -> Self {
        let words = vec![0; size / 64];
        Self { first, used: words.clone(), bases: words, free: size, full: 0, misses: 0 }
    }

    /// Marks a slot as used.
    fn take(&mut self, slot: u32) {
        self.used[index(slot >> 6)] |= 1 << (slot & 63);
        self.free -= 1;
    }

    /// Whether it is not worth a further search.
    fn is_done(&self) -> bool {
        self.free == 0 || self.misses >= MAX_MISSES
    }

    /// Takes room for these labels, if there is.
    fn fit<L: Copy + Into<u32>>(&mut self, labels: &[L]) -> Option<u32> {
        let found = if labels.len() <= self.free { self.search(labels) } else { None };
        let Some(offset) = found else {
            self.misses = self.misses.saturating_add(1);
            return None;
        };
        labels.iter().for_each(|&label| self.take(offset ^ label.into()));
        self.bases[index(offset >> 6)] |= 1 << (offset & 63);
        Some(self.first + offset)
    }

    /// An offset in the block, not given out as a base, that puts every label on an unused slot. Tried in the order of the
    /// first label's slots. Offset 0 is kept back, so that a slot never given out can say "child of offset 0", which
    /// nobody's child is; but for the block that all labels fill.
    fn search<L: Copy + Into<u32>>(&mut self, labels: &[L]) -> Option<u32> {
        let (&first, rest) = labels.split_first()?;
        while self.used.get(self.full) == Some(&u64::MAX) {
            self.full += 1;
        }
        let (size, mut tries) = (self.used.len() * 64, 0);
        for (word, used) in self.used.iter().enumerate().skip(self.full) {
            let mut free = !used;
            while free != 0 {
                let offset = (low_u32(to_u64(word * 64)) + free.trailing_zeros()) ^ first.into();
                let is_base = offset == 0 && labels.len() < size || is_set(&self.bases, offset);
                if !is_base && rest.iter().all(|&label| !is_set(&self.used, offset ^ label.into())) {
                    return Some(offset);
                }
                tries += 1;
                if tries == MAX_TRIES {
                    return None;
                }
                free &= free - 1;
            }
        }
        None
    }
}
