//! The random numbers of [`super`], compiled for AVX2.
#![allow(unsafe_code, reason = "a function that needs AVX2, called only after the processor was asked")]

use super::{DRAWS, Draws};

/// [`Draws::units`]. Only where a kernel has this form.
pub(super) fn units(draws: Draws, group: usize) -> [f64; DRAWS] {
    debug_assert!(std::arch::is_x86_feature_detected!("avx2"));
    // SAFETY: the caller has a `Kernel` of this form, and none is made where the processor does not have AVX2.
    unsafe { wide(draws, group) }
}

/// The same code as for any machine: the compiler uses wider vectors here.
#[target_feature(enable = "avx2")]
fn wide(draws: Draws, group: usize) -> [f64; DRAWS] {
    draws.units_inline(group)
}
