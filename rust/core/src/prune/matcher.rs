//! All pieces that end at a place of a text, from one automaton state a byte: Aho-Corasick from left to right.
//!
//! In: the pieces, every single byte among them, in lexicographic order. Out: an automaton whose state behind a byte is
//! the longest end of the text so far that some piece begins with. Its *head* is the longest piece that ends there, and
//! each piece links to the next shorter one, down to the single byte. The scores of pieces are beside it and change
//! from round to round: a piece that is gone has −inf.
//!
//! States are slots of a double array (see [`crate::tokenizer::double_array`]) of 16 bytes, whole in one load. From
//! state `s` and the byte `b` the slot `base(s) ^ b` is the next state if its `check` is `base(s)`; else the same is
//! asked of `fail(s)`, the state of the longest proper end. A state that nothing follows has the base and `fail` of the
//! one that it would send to. Building goes from depth to depth over the sorted pieces: linear in their bytes. Memory:
//! some 18 bytes a state, at most as many as the pieces have bytes; and 16 bytes a piece. Pieces are visited as
//! neighbours, so nothing is searched.

use crate::num::index;
use crate::parallel::Stop;
use crate::pieces::PieceTable;
use crate::prefetch::prefetch;
use crate::region::Region;
use crate::tokenizer::double_array::{BLOCK, Rooms};
use crate::{Error, Result};
use std::hint::select_unpredictable;

/// The state of the empty text. Its slot is nobody's child.
const ROOT: u32 = 0;
/// The `check` of a slot not in use: no base, since every base is followed by others in its block of 256.
const UNUSED: u32 = u32::MAX;
/// The link of a single byte.
pub(super) const NONE: u32 = u32::MAX;
/// Pieces between two looks at [`Stop`].
const STOP_PIECES: usize = 1 << 14;

/// A state. See the module's text.
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Slot {
    /// Where the states that follow are.
    base: u32,
    /// The base of the state it follows; [`UNUSED`] for the root, too.
    check: u32,
    /// The state of the longest proper end of its string.
    fail: u32,
    /// The longest piece that its string ends with.
    head: u32,
}

const EMPTY: Slot = Slot { base: UNUSED, check: UNUSED, fail: ROOT, head: NONE };

/// A state, as a walk needs it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Its number.
    pub(super) state: u32,
    /// Where the states that follow are.
    base: u32,
    /// The state of the longest proper end of its string.
    fail: u32,
    /// The longest piece that its string ends with.
    pub(super) head: u32,
}

/// A piece, as the end of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// Its score; −inf if it is gone.
    pub(super) score: f64,
    /// The longest piece that it ends with, but itself; [`NONE`] for a single byte.
    pub(super) next: u32,
    /// Its length in bytes.
    pub(super) length: u32,
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    /// The states; a multiple of 256, so that `base ^ byte` is always inside.
    slots: Region<Slot>,
    /// By index of a piece.
    pub(super) endings: Vec<Ending>,
}

impl Matcher {
    /// Builds it: `order` has the indices of all pieces by their bytes. Nothing of use comes out when `stop` says so.
    pub(super) fn build(pieces: &PieceTable, order: &[u32], stop: &Stop) -> Result<Self> {
        let ending = |(piece, _): (&[u8], u64)| {
            let length = u32::try_from(piece.len()).map_err(|_| too_many())?;
            Ok(Ending { score: f64::NEG_INFINITY, next: NONE, length })
        };
        let endings = pieces.iter().map(ending).collect::<Result<_>>()?;
        let mut builder = Builder { slots: Region::default(), endings, rooms: Rooms::new(BLOCK), depth: 0 };
        builder.rooms.take(ROOT);
        builder.extend()?;
        let begun = |&piece: &u32| Begun { node: ROOT, piece, text: pieces.piece(index(piece)) };
        let mut begun: Vec<Begun<'_>> = order.iter().map(begun).collect();
        while !begun.is_empty() {
            builder.place(&mut begun, stop)?;
            builder.link(&begun, stop);
            if stop.requested() {
                break;
            }
            builder.depth += 1;
            begun.retain(|piece| piece.text.len() > builder.depth);
        }
        drop(begun);
        Ok(Self { slots: builder.slots, endings: builder.endings })
    }

    /// One look at a state: where `byte` leads to, or where to look next.
    #[inline(always)]
    pub(super) fn look(&self, place: Place, byte: u8) -> (bool, Place) {
        let next = place.base ^ u32::from(byte);
        let found = self.slots[index(next)].check == place.base;
        // without a branch: it would be wrong every third time
        (found, self.place(select_unpredictable(found, next, place.fail)))
    }

    /// Begins to load what [`Matcher::look`] will look at.
    #[inline(always)]
    pub(super) fn prepare(&self, place: Place, byte: u8) {
        prefetch(&self.slots, index(place.base ^ u32::from(byte)));
    }

    /// A state, with what is known of it.
    #[inline(always)]
    pub(super) fn place(&self, state: u32) -> Place {
        let Slot { base, fail, head, .. } = self.slots[index(state)];
        Place { state, base, fail, head }
    }

    /// The state before any text.
    pub(super) fn root(&self) -> Place {
        self.place(ROOT)
    }
}

/// A piece of which a beginning is placed.
struct Begun<'a> {
    /// The state of that beginning.
    node: u32,
    /// The index of the piece.
    piece: u32,
    /// All of it.
    text: &'a [u8],
}

/// A [`Matcher`] while it is built.
struct Builder {
    /// The states so far.
    slots: Region<Slot>,
    /// By index of a piece.
    endings: Vec<Ending>,
    /// Which slots are free.
    rooms: Rooms,
    /// The length of all beginnings that are placed.
    depth: usize,
}

impl Builder {
    /// Places the beginnings that are one byte longer. Each takes over the `fail` of the one before, for
    /// [`Builder::link`].
    fn place(&mut self, begun: &mut [Begun<'_>], stop: &Stop) -> Result<()> {
        let (depth, mut labels) = (self.depth, Vec::new());
        for (at, siblings) in begun.chunk_by_mut(|a, b| a.node == b.node).enumerate() {
            if at % STOP_PIECES == 0 && stop.requested() {
                return Ok(());
            }
            labels.clear();
            labels.extend(siblings.iter().map(|piece| piece.text[depth]));
            labels.dedup();
            let base = self.rooms.room(&labels);
            self.extend()?;
            let parent = &mut self.slots[index(siblings[0].node)];
            parent.base = base;
            let fail = parent.fail;
            for piece in siblings {
                piece.node = base ^ u32::from(piece.text[depth]);
                self.slots[index(piece.node)] = Slot { check: base, fail, ..EMPTY };
            }
        }
        Ok(())
    }

    /// Finds out where the new states fail to, and which pieces end there: all shorter ones have all they need.
    fn link(&mut self, begun: &[Begun<'_>], stop: &Stop) {
        for (at, same) in begun.chunk_by(|a, b| a.node == b.node).enumerate() {
            if at % STOP_PIECES == 0 && stop.requested() {
                return;
            }
            let Begun { node, piece, text } = same[0];
            let label = text[self.depth];
            let fail = if self.depth == 0 { ROOT } else { self.step(self.slots[index(node)].fail, label) };
            let end = self.slots[index(fail)];
            let ends_here = text.len() == self.depth + 1;
            let is_last = ends_here && same.len() == 1;
            let slot = &mut self.slots[index(node)];
            slot.head = if ends_here { piece } else { end.head };
            (slot.fail, slot.base) = if is_last { (end.fail, end.base) } else { (fail, slot.base) };
            if ends_here {
                self.endings[index(piece)].next = end.head;
            }
        }
    }

    /// The state behind `byte`.
    fn step(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            let Slot { base, fail, .. } = self.slots[index(state)];
            let next = base ^ u32::from(byte);
            if self.slots[index(next)].check == base {
                return next;
            }
            state = fail;
        }
    }

    /// Appends the slots that are new.
    fn extend(&mut self) -> Result<()> {
        if self.rooms.slots() > index(UNUSED) {
            return Err(too_many());
        }
        let before = self.slots.len();
        if self.rooms.slots() > before {
            self.slots.extend(self.rooms.slots());
            self.slots[before..].fill(EMPTY);
        }
        Ok(())
    }
}

/// More than 32 bits count.
fn too_many() -> Error {
    Error::parameter("pieces", "those to prune", "pieces of fewer than 2^32 - 1 bytes together")
}
