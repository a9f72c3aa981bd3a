//! An n-gram in two parts: the partition it belongs to, and the rest.
//!
//! ```text
//! n-gram of `order` bytes:  | first 3 bytes: 24 bits | the other order - 3 bytes |
//!                               times FACTOR mod 2^24
//!                           | partition: 9 | 15 bits | the other order - 3 bytes |
//!                                          |<------------- rest --------------->|
//! ```
//! Multiplying by an odd number is a permutation, so nothing is lost: partition and rest together are the n-gram. All n-grams
//! that begin with the same 3 bytes are in one partition, next to each other when sorted by their rest: so a partition derives
//! its lower orders, 3 and up, on its own. A hash of the whole n-gram would spread better (the largest of the 512 partitions has
//! about 8 times the mean), but every lower order would have to be divided and sorted again.
//!
//! *Tails*, the last 1 to `order - 1` bytes of a segment, are n-grams of `order` bytes too: zeros behind them, and their
//! length as the last byte, which is free.

use super::key::Key;
use crate::num::{index, low_u8, low_u32, to_u64};

/// The number of partitions.
pub(crate) const PARTITIONS: usize = 1 << PARTITION_BITS;
/// The bits that choose a partition.
const PARTITION_BITS: u32 = 9;
/// The bytes whose permutation chooses the partition.
pub(crate) const PREFIX: usize = 3;
/// The bits of those bytes.
const PREFIX_BITS: u32 = 24;
/// The bits of the prefix that are part of the rest.
const REST_BITS: u32 = PREFIX_BITS - PARTITION_BITS;
/// What a prefix is multiplied by: odd, near 2^24 divided by the golden ratio.
const FACTOR: u64 = 0x9E_3779;
/// The inverse of [`FACTOR`] modulo 2^24.
const INVERSE: u64 = inverse(FACTOR);

/// The inverse of an odd number modulo 2^24, by Newton's method.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd; // right in the low 3 bits; each step doubles them
    let mut bits = 3;
    while bits < PREFIX_BITS {
        x = x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x)));
        bits *= 2;
    }
    x & ((1 << PREFIX_BITS) - 1)
}

/// How n-grams of one length are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// The length of the n-grams that are counted: at least 4.
    order: usize,
}

impl Split {
    /// For n-grams of `order` bytes; shorter ones than 4 are derived from those of 4.
    pub(crate) fn new(order: usize) -> Self {
        Self { order: order.max(PREFIX + 1) }
    }

    /// The length of the n-grams that are counted.
    pub(crate) fn order(self) -> usize {
        self.order
    }

    /// The bits behind the prefix in n-grams of `length` bytes.
    pub(crate) fn low_bits(self, length: usize) -> u32 {
        8 * low_u32(to_u64(length - PREFIX))
    }

    /// The bits of the rest of an n-gram of the highest order.
    pub(crate) fn rest_bits(self) -> u32 {
        REST_BITS + self.low_bits(self.order)
    }

    /// The partition of an n-gram of `order` bytes, and its rest.
    #[inline(always)]
    pub(crate) fn part<K: Key>(self, gram: K) -> (usize, K) {
        let low = 8 * low_u32(to_u64(self.order - PREFIX));
        let prefix = (gram >> low).low_u64().wrapping_mul(FACTOR) & ((1 << PREFIX_BITS) - 1);
        let rest = (K::from(prefix & ((1 << REST_BITS) - 1)) << low) | (gram & !(!K::default() << low));
        (index(low_u32(prefix >> REST_BITS)), rest)
    }

    /// The n-gram of `length` bytes, 3 to `order`, with this rest.
    #[inline(always)]
    pub(crate) fn join<K: Key>(self, partition: usize, rest: K, length: usize) -> K {
        let low = self.low_bits(length);
        let permuted = (to_u64(partition) << REST_BITS) | (rest >> low).low_u64();
        let prefix = permuted.wrapping_mul(INVERSE) & ((1 << PREFIX_BITS) - 1);
        (K::from(prefix) << low) | (rest & !(!K::default() << low))
    }

    /// A tail of `length` bytes as an n-gram of `order` bytes.
    #[inline(always)]
    pub(crate) fn tail<K: Key>(self, tail: K, length: usize) -> K {
        let length_u64 = to_u64(length);
        (tail << (8 * low_u32(to_u64(self.order - length)))) | K::from(length_u64)
    }

    /// The rest of a tail without its length, and the length.
    #[inline(always)]
    pub(crate) fn untail<K: Key>(self, rest: K) -> (K, usize) {
        let length = rest.last_byte();
        (rest - K::from(u64::from(length)), usize::from(length))
    }

    /// The first byte, and the first two as one number, of an n-gram of 3 bytes.
    pub(crate) fn heads<K: Key>(gram: K) -> (usize, usize) {
        let gram = gram.low_u64();
        (usize::from(low_u8(gram >> 16)), index(low_u32(gram >> 8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn partition_and_rest_are_the_ngram(gram: u128, order in 4usize..=16) {
            let (split, gram) = (Split::new(order), gram & u128::mask(order));
            let (partition, rest) = split.part(gram);
            prop_assert!(partition < PARTITIONS && rest >> split.rest_bits() == 0);
            prop_assert_eq!(split.join(partition, rest, order), gram);
            for length in 3..order {
                let shift = 8 * u32::try_from(order - length).unwrap();
                prop_assert_eq!(split.join(partition, rest >> shift, length), gram >> shift);
            }
            if order <= 8 {
                let narrow = split.part(u64::try_from(gram).unwrap());
                prop_assert_eq!((narrow.0, u128::from(narrow.1)), (partition, rest));
            }
        }

        #[test]
        fn a_tail_keeps_its_bytes_and_its_length(tail: u64, length in 1usize..8) {
            let split = Split::new(8);
            let tail = tail & u64::mask(length);
            let (partition, rest) = split.part(split.tail(tail, length));
            let (padded, read) = split.untail(rest);
            prop_assert_eq!(read, length);
            prop_assert_eq!(split.join(partition, padded, 8), tail << (64 - 8 * length));
        }
    }
}
