//! N-grams packed into integers: 8 bytes in a `u64`, 16 in a `u128`.
//!
//! The bytes stand big-endian in the low end, the rest is zero, so that keys of one length sort as their bytes do and a
//! shift by one byte takes the last byte away:
//! ```text
//! u64, "abc":  00 00 00 00 00 61 62 63
//! ```

use crate::num::{low_u8, low_u32, to_u64, to_usize};
use std::hash::Hash;
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Shl, Shr, Sub};

/// An integer that holds an n-gram of up to [`Key::MAX_ORDER`] bytes.
pub trait Key:
    Copy
    + Ord
    + Hash
    + Default
    + Send
    + Sync
    + std::fmt::Debug
    + bytemuck::Pod
    + From<u64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<u32, Output = Self>
    + Shr<u32, Output = Self>
{
    /// The most bytes it holds.
    const MAX_ORDER: usize;
    /// The bits it has.
    const BITS: u32;
    /// 2^[`Key::BITS`] divided by the golden ratio, odd: a product with it has high bits that depend on all bits.
    const GOLDEN: Self;

    /// An odd number made of random bits. Who chooses n-grams cannot know which products with it are near each other.
    fn odd(random: u128) -> Self;

    /// This n-gram with `byte` behind it, cut to its last bytes by `mask`.
    fn push(self, byte: u8, mask: Self) -> Self;
    /// All ones in the low `length` bytes.
    fn mask(length: usize) -> Self;
    /// The n-gram without its last byte.
    fn without_last(self) -> Self;
    /// The last bytes that `mask` covers.
    fn masked(self, mask: Self) -> Self;
    /// The last byte.
    fn last_byte(self) -> u8;
    /// The low 32 bits: an index for n-grams of at most 4 bytes.
    fn low_u32(self) -> u32;
    /// The low 64 bits.
    fn low_u64(self) -> u64;
    /// 64 bits that all bits of the key have a part in; the high ones are the good ones.
    fn hash64(self) -> u64;
    /// The product's low [`Key::BITS`].
    fn times(self, factor: Self) -> Self;
    /// The bytes of the integer in reverse.
    fn reversed(self) -> Self;
    /// Which of `length` places the integer is in, when they divide all integers evenly, in order.
    fn place(self, length: usize) -> usize;
}

/// A place in a table of `length` entries, by a hash whose high bits are good: no power of two is needed, so tables can grow
/// by less than a factor of 2.
#[inline(always)]
pub(crate) fn place(hash: u64, length: usize) -> usize {
    to_usize(low_half((u128::from(hash) * u128::from(to_u64(length))) >> 64))
}

/// 2^64 divided by the golden ratio: multiplying by it spreads keys that differ in their low bits over the high ones.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The high and low half of a product, folded: every bit of the result depends on every bit of `value`.
#[inline(always)]
fn mix(value: u64) -> u64 {
    let product = u128::from(value ^ 0x2545_F491_4F6C_DD1D) * u128::from(GOLDEN);
    fold(product)
}

/// The exclusive or of both halves.
#[inline(always)]
fn fold(value: u128) -> u64 {
    let bytes = value.to_le_bytes();
    let half = |start: usize| {
        let mut half = [0; 8];
        half.copy_from_slice(&bytes[start..start + 8]);
        u64::from_le_bytes(half)
    };
    half(0) ^ half(8)
}

/// The low 64 bits of a `u128`.
#[inline(always)]
fn low_half(value: u128) -> u64 {
    fold(value & u128::from(u64::MAX))
}

macro_rules! impl_key {
    ($integer:ty, $golden:expr, $of:expr, $low:expr, $high:expr, $hash:expr) => {
        impl Key for $integer {
            const MAX_ORDER: usize = size_of::<$integer>();
            const BITS: u32 = <$integer>::BITS;
            const GOLDEN: Self = $golden;

            fn odd(random: u128) -> Self {
                let random: $integer = $of(random);
                random | 1
            }

            #[inline(always)]
            fn push(self, byte: u8, mask: Self) -> Self {
                ((self << 8) | Self::from(byte)) & mask
            }

            #[inline(always)]
            fn mask(length: usize) -> Self {
                if length >= Self::MAX_ORDER { Self::MAX } else { (1 << (8 * length)) - 1 }
            }

            #[inline(always)]
            fn without_last(self) -> Self {
                self >> 8
            }

            #[inline(always)]
            fn masked(self, mask: Self) -> Self {
                self & mask
            }

            #[inline(always)]
            fn last_byte(self) -> u8 {
                low_u8($low(self))
            }

            #[inline(always)]
            fn low_u32(self) -> u32 {
                low_u32($low(self))
            }

            #[inline(always)]
            fn low_u64(self) -> u64 {
                $low(self)
            }

            #[inline(always)]
            fn hash64(self) -> u64 {
                $hash(self)
            }

            #[inline(always)]
            fn times(self, factor: Self) -> Self {
                self.wrapping_mul(factor)
            }

            #[inline(always)]
            fn reversed(self) -> Self {
                self.swap_bytes()
            }

            #[inline(always)]
            fn place(self, length: usize) -> usize {
                place($high(self), length)
            }
        }
    };
}

impl_key!(u64, GOLDEN, low_half, |key: u64| key, |key: u64| key, mix);
impl_key!(
    u128,
    0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835,
    |random: u128| random,
    low_half,
    |key: u128| low_half(key >> 64),
    |key: u128| mix(low_half(key) ^ mix(low_half(key >> 64)))
);

#[cfg(test)]
mod tests {
    use super::*;

    fn packed<K: Key>(bytes: &[u8], order: usize) -> K {
        bytes.iter().fold(K::default(), |key, &byte| key.push(byte, K::mask(order)))
    }

    fn laws<K: Key>() {
        assert!(packed::<K>(b"abd", 3) > packed::<K>(b"abc", 3));
        assert_eq!(packed::<K>(b"xabc", 3), packed::<K>(b"abc", 3));
        assert_eq!(packed::<K>(b"abc", 3).without_last(), packed::<K>(b"ab", 2));
        assert_eq!(packed::<K>(b"abc", 3).masked(K::mask(2)), packed::<K>(b"bc", 2));
        assert_eq!(packed::<K>(b"abc", 3).last_byte(), b'c');
        assert_eq!(packed::<K>(b"abc", 3).low_u32(), 0x61_6263);
        let full = vec![0xFF; K::MAX_ORDER];
        assert_eq!(packed::<K>(&full, K::MAX_ORDER), K::mask(K::MAX_ORDER));
    }

    #[test]
    fn both_widths_obey_the_same_laws() {
        laws::<u64>();
        laws::<u128>();
    }

    #[test]
    fn hashes_of_neighbours_differ_in_the_high_bits() {
        let mut shards: Vec<u64> = (0..4096u64).map(|key| key.hash64() >> 52).collect();
        shards.sort_unstable();
        shards.dedup();
        assert!(shards.len() > 2000, "{} of 4096 values", shards.len());
        assert_ne!((1u128 << 64).hash64(), 0u128.hash64());
    }
}
