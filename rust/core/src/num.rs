//! The only numeric conversions that are not `From` or `TryFrom`: each has a name, a range and a reason.
#![allow(clippy::as_conversions, reason = "this file is where the `as` casts live")]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("bytepiece counts and indexes with 64-bit integers: build it for a 64-bit target");

/// A 32-bit index as `usize`: lossless on every supported target.
#[inline(always)]
pub const fn index(value: u32) -> usize {
    value as usize
}

/// A 64-bit count as `usize`: lossless on 64-bit targets, the only ones that compile.
#[inline(always)]
pub const fn to_usize(value: u64) -> usize {
    value as usize
}

/// A length as a 64-bit count: lossless on every target.
#[inline(always)]
pub const fn to_u64(value: usize) -> u64 {
    value as u64
}

/// The low 32 bits, on purpose: for hashes and generators, and for values already known to be under 2^32.
#[inline(always)]
pub const fn low_u32(value: u64) -> u32 {
    value as u32
}

/// The low 16 bits, on purpose: for ids already known to be under 2^16.
#[inline(always)]
pub const fn low_u16(value: u32) -> u16 {
    value as u16
}

/// The low 8 bits, on purpose: for keys that are taken apart byte by byte.
#[inline(always)]
pub const fn low_u8(value: u64) -> u8 {
    value as u8
}

/// A count as the nearest `f64` (ties to even), as Python's `float(int)` gives it.
#[inline(always)]
pub const fn to_f64(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_count_above_2_to_the_53_rounds_to_even() {
        assert_eq!(super::to_f64((1 << 53) + 1), 9_007_199_254_740_992.0);
        assert_eq!(super::to_f64((1 << 53) + 3), 9_007_199_254_740_996.0);
    }
}
