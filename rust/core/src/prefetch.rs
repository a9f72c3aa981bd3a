//! Asking the processor to load memory that will be needed soon.
#![allow(unsafe_code, reason = "the one instruction has no safe form; it cannot fault, whatever the address")]

/// Begins to load the entry at `index`, if there is one, into the nearest cache. Nothing happens on processors for which Rust
/// has no such instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(entries: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(entry) = entries.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of x86-64, and a prefetch neither faults nor changes what the program can see.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(entry).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (entries, index);
}
