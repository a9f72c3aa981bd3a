//! Giving freed memory back to the system.
#![allow(unsafe_code, reason = "one call of the C library, which has no safe form")]

/// Gives back what the C library keeps of freed memory, where it can be told to: otherwise what one stage has freed counts
/// against the memory limit of the next. Milliseconds; called between stages.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` may be called at any time from any thread; it touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}
