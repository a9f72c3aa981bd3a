//! The states of an [`super::Automaton`], checked once so that a step needs no check.
#![allow(unsafe_code, reason = "a load a step, in bounds by what `States::new` has checked")]

use crate::num::{index, low_u8, low_u32};
use crate::tokenizer::double_array::BLOCK;
use crate::tokenizer::table::Table;

/// A state with all that a step needs of it. See the text of [`super`].
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(in crate::tokenizer) struct State(u64);

impl State {
    /// Packs the three numbers; `base` is under 2^24.
    pub(super) fn new(fail: u32, base: u32, label: u8) -> Self {
        Self(u64::from(fail) << 32 | u64::from(base) << 8 | u64::from(label))
    }

    /// The slot of the state to go on from where no child fits.
    #[inline(always)]
    pub(in crate::tokenizer) fn fail(self) -> u32 {
        low_u32(self.0 >> 32)
    }

    /// Where children are, up to their label.
    pub(super) fn base(self) -> u32 {
        low_u32(self.0) >> 8
    }

    /// Where the child along `byte` would be.
    #[inline(always)]
    pub(in crate::tokenizer) fn child(self, byte: u8) -> u32 {
        (low_u32(self.0) >> 8) ^ u32::from(byte)
    }

    /// The byte that leads here.
    #[inline(always)]
    pub(in crate::tokenizer) fn label(self) -> u8 {
        low_u8(self.0)
    }
}

/// States by slot. The number of slots is a multiple of 256 and not 0, and every `base` and `fail` is one of them; so is every
/// child, in the same block of 256 as the base.
#[derive(Debug)]
pub(in crate::tokenizer) struct States(Table<State>);

impl States {
    /// `None` if that is not so.
    pub(super) fn new(states: Vec<State>) -> Option<Self> {
        let is_slot = |slot| index(slot) < states.len();
        let good = !states.is_empty()
            && states.len().is_multiple_of(BLOCK)
            && states.iter().all(|state| is_slot(state.base()) && is_slot(state.fail()));
        good.then(|| Self(Table::new(states)))
    }

    /// The same, to be read.
    pub(in crate::tokenizer) fn view(&self) -> StatesView<'_> {
        StatesView(&self.0)
    }
}

/// The states of a [`States`].
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct StatesView<'a>(&'a [State]);

impl StatesView<'_> {
    /// The state in a slot.
    pub(in crate::tokenizer) fn get(&self, slot: u32) -> State {
        self.0[index(slot)]
    }

    /// The state in a slot.
    ///
    /// # Safety
    /// The slot is a child or the `fail` of a state that came from here.
    #[inline(always)]
    pub(in crate::tokenizer) unsafe fn get_unchecked(&self, slot: u32) -> State {
        debug_assert!(index(slot) < self.0.len());
        // SAFETY: `States::new` has checked every base and every link, and a child is in the block of its base.
        unsafe { *self.0.get_unchecked(index(slot)) }
    }
}
