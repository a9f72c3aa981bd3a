//! The states of an [`super::Automaton`], checked once so that a step needs no check.
#![allow(unsafe_code, reason = "a load a step, in bounds by what `States::new` has checked")]

use super::MAX_SLOTS;
use super::symbols::Symbol;
use crate::num::{index, low_u16, low_u32, to_u64};
use crate::region::Region;

/// A state with all that a step needs of it. See the text of [`super`].
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(in crate::tokenizer) struct State(u64);

impl State {
    /// Packs the three numbers; `fail` and `base` are under 2^24.
    pub(super) fn new(fail: u32, base: u32, label: Symbol) -> Self {
        Self(u64::from(base) << 40 | u64::from(fail) << 16 | u64::from(label))
    }

    /// The slot of the state to go on from where no child fits.
    #[inline(always)]
    pub(in crate::tokenizer) fn fail(self) -> u32 {
        low_u32(self.0 >> 16) & (low_u32(to_u64(MAX_SLOTS)) - 1)
    }

    /// Where children are, up to their label.
    #[inline(always)]
    pub(super) fn base(self) -> u32 {
        low_u32(self.0 >> 40)
    }

    /// Where the child along `symbol` would be.
    #[inline(always)]
    pub(in crate::tokenizer) fn child(self, symbol: Symbol) -> u32 {
        self.base() ^ u32::from(symbol)
    }

    /// The symbol that leads here.
    #[inline(always)]
    pub(in crate::tokenizer) fn label(self) -> Symbol {
        low_u16(low_u32(self.0))
    }
}

/// States by slot. The number of slots is a multiple of a block, a power of two that is above every symbol, and not 0; every
/// `base` and `fail` is one of them, and so is every child, in the same block as the base.
#[derive(Debug)]
pub(in crate::tokenizer) struct States(Region<State>);

impl States {
    /// `None` if that is not so.
    pub(super) fn new(states: Vec<State>, block: usize) -> Option<Self> {
        let is_slot = |slot| index(slot) < states.len();
        let good = !states.is_empty()
            && block.is_power_of_two()
            && states.len().is_multiple_of(block)
            && states.iter().all(|state| is_slot(state.base()) && is_slot(state.fail()));
        good.then(|| Self(Region::of(states)))
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
    /// The slot is the `fail` of a state that came from here, or its child along a symbol of the same automaton.
    #[inline(always)]
    pub(in crate::tokenizer) unsafe fn get_unchecked(&self, slot: u32) -> State {
        debug_assert!(index(slot) < self.0.len());
        // SAFETY: `States::new` has checked every base and every link, and a child is in the block of its base.
        unsafe { *self.0.get_unchecked(index(slot)) }
    }
}
