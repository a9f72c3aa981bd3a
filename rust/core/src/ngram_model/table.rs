//! The logarithms of the kept n-grams of one length: exact, one integer an n-gram, one cache miss a look.
//!
//! In: n-grams with their counts. Out: for any n-gram ln of its count, or that it is not kept. The bytes of an n-gram are
//! permuted as one integer; the high bits of the result choose a *bucket* of 64 bytes, and only as many low bits as tell apart the n-grams of a
//! bucket are stored (a quotient filter's idea, with buckets). Counts repeat: an entry holds the place of its
//! logarithm in a list of the distinct ones. A slot is
//! ```text
//! | low bits of the permuted n-gram | buckets from the one chosen: 5 | place of the logarithm, from 1 |     0: empty
//! ```
//! in 64 bits for orders up to 8, else in 128. Where the three parts do not fit, a short list of n-grams with many counts, there are
//! more buckets than needed: twice as many make the first part a bit shorter.
//! An n-gram whose bucket is full goes to the next one that is not. Slots fill from the front, so an empty one ends every
//! search; frequent n-grams go in first, and most looks end at the first slot or two.
//!
//! Memory: 8 bytes a slot at a load of 0.8: 10 bytes an n-gram (20 at orders over 8).
//! Cost of a look: a multiplication or two, a cache miss, two or three comparisons.

use crate::count::key::{Key, place};
use crate::ln::ln;
use crate::num::{low_u32, to_u64, to_usize};
use crate::prefetch::prefetch;
use crate::region::Region;
use crate::Result;
use std::collections::BTreeSet;

/// Of 100 slots so many are used.
const LOAD: usize = 80;
/// The bits that say how far an n-gram is from its bucket.
const AWAY_BITS: u32 = 5;
/// Counts from here on are inserted first.
const FREQUENT: u64 = 16;
/// Bytes of a bucket: a cache line.
const BUCKET_BYTES: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct GramTable<K> {
    /// Buckets, one behind the other.
    slots: Region<K>,
    /// How many buckets; at least 1.
    buckets: usize,
    /// The bits of an n-gram.
    gram_bits: u32,
    /// How many of its low bits, once permuted, are stored.
    low_bits: u32,
    /// The bits of the last part of a slot.
    place_bits: u32,
    /// The distinct logarithms.
    logs: Vec<f64>,
}

/// Where to look for an n-gram.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Home<K> {
    /// The number of the bucket.
    bucket: usize,
    /// The upper two parts of its slot, if it is there.
    tag: K,
}

/// The distinct counts, ascending.
struct Counts {
    /// By count, below [`Counts::SMALL`]: its place; 0 where there is none.
    small: Vec<usize>,
    /// The others, ascending.
    large: Vec<u64>,
    /// The place of the first of the others.
    first_large: usize,
}

impl Counts {
    /// Counts below this are looked up by index.
    const SMALL: u64 = 1 << 12;

    /// The place of a count, from 1.
    #[inline]
    fn place(&self, count: u64) -> u64 {
        let place = match self.small.get(to_usize(count)) {
            Some(&place) => place,
            None => self.first_large + self.large.partition_point(|&other| other < count),
        };
        to_u64(place)
    }
}

/// Calls a function with every n-gram that is kept and its count; the same ones each time.
pub(super) trait Grams<K>: Fn(&mut dyn FnMut(K, u64)) -> Result<()> {}
impl<K, F: Fn(&mut dyn FnMut(K, u64)) -> Result<()>> Grams<K> for F {}

impl<K: Key> GramTable<K> {
    /// The slots of a bucket.
    const BUCKET: usize = BUCKET_BYTES / size_of::<K>();

    /// The bytes of a table of `ngrams` n-grams.
    pub(super) fn bytes(ngrams: u64) -> u64 {
        to_u64(Self::buckets_for(to_usize(ngrams)) * BUCKET_BYTES)
    }

    /// The buckets for so many n-grams.
    fn buckets_for(ngrams: usize) -> usize {
        (ngrams * 100).div_ceil(LOAD * Self::BUCKET).max(1)
    }

    /// The table of the `ngrams` n-grams of `length` bytes that `grams` gives.
    pub(super) fn new(length: usize, ngrams: u64, grams: impl Grams<K>) -> Result<Self> {
        let (counts, logs) = distinct(&grams)?;
        let mut buckets = Self::buckets_for(to_usize(ngrams));
        loop {
            if let Some(mut table) = Self::empty(length, buckets, logs.clone()) {
                let mut fits = true;
                for frequent in [true, false] {
                    grams(&mut |gram, count| {
                        if fits && (count >= FREQUENT) == frequent {
                            fits = table.insert(gram, counts.place(count));
                        }
                    })?;
                }
                if fits {
                    return Ok(table);
                }
            }
            buckets += buckets / 4 + 1; // an n-gram would be too far from its bucket, or a slot is too small
        }
    }

    /// A table without n-grams; `None` if slots cannot hold their parts.
    fn empty(length: usize, buckets: usize, logs: Vec<f64>) -> Option<Self> {
        let gram_bits = 8 * low_u32(to_u64(length));
        // n-grams of a bucket are neighbours in permuted order, at most 2^gram_bits / buckets + 1 of them
        let low_bits = (gram_bits + 1).saturating_sub(to_u64(buckets).ilog2()).min(gram_bits);
        let place_bits = to_u64(logs.len() + 1).next_power_of_two().ilog2();
        let fits = low_bits + AWAY_BITS + place_bits <= K::BITS;
        fits.then(|| {
            let slots = Region::zeroed(buckets * Self::BUCKET).in_huge_pages();
            Self { slots, buckets, gram_bits, low_bits, place_bits, logs }
        })
    }

    /// Where `gram` is, if it is kept.
    #[inline(always)]
    pub(super) fn home(&self, gram: K) -> Home<K> {
        let permuted = permute(gram, self.gram_bits);
        let high = (permuted << (K::BITS - self.gram_bits)) >> (K::BITS - u64::BITS);
        let low = permuted & !(!K::default() << (self.low_bits - 1) << 1);
        Home { bucket: place(high.low_u64(), self.buckets), tag: low << AWAY_BITS }
    }

    /// Begins to load the bucket.
    #[inline(always)]
    pub(super) fn prefetch(&self, home: &Home<K>) {
        prefetch(&self.slots, home.bucket * Self::BUCKET);
    }

    /// ln of the count of the n-gram that `home` is of; −inf if it is not kept.
    #[inline(always)]
    pub(super) fn log(&self, home: &Home<K>) -> f64 {
        let (mut bucket, mut tag) = (home.bucket, home.tag);
        let places = !(!K::default() << self.place_bits);
        loop {
            for &slot in &self.slots[bucket * Self::BUCKET..][..Self::BUCKET] {
                if slot >> self.place_bits == tag && slot != K::default() {
                    return self.logs[to_usize((slot & places).low_u64()) - 1];
                }
                if slot == K::default() {
                    return f64::NEG_INFINITY;
                }
            }
            bucket = if bucket + 1 == self.buckets { 0 } else { bucket + 1 };
            tag = tag + K::from(1);
            if tag.low_u64() & ((1 << AWAY_BITS) - 1) == 0 {
                return f64::NEG_INFINITY;
            }
        }
    }

    /// Puts an n-gram in; false if all buckets it may be in are full.
    fn insert(&mut self, gram: K, place: u64) -> bool {
        let Home { mut bucket, tag } = self.home(gram);
        for away in 0..(1 << AWAY_BITS).min(to_u64(self.buckets)) {
            let slots = &mut self.slots[bucket * Self::BUCKET..][..Self::BUCKET];
            if let Some(slot) = slots.iter_mut().find(|slot| **slot == K::default()) {
                *slot = ((tag + K::from(away)) << self.place_bits) | K::from(place);
                return true;
            }
            bucket = if bucket + 1 == self.buckets { 0 } else { bucket + 1 };
        }
        false
    }
}

/// A permutation of the integers of `bits` bits whose high bits depend on all bits: multiplications by odd numbers and a shift.
#[inline(always)]
fn permute<K: Key>(gram: K, bits: u32) -> K {
    let mask = !(!K::default() << (bits - 1) << 1);
    let odd = K::from(0x9E37_79B9_7F4A_7C15);
    let mixed = gram.times(odd) & mask;
    (mixed ^ (mixed >> (bits / 2))).times(odd) & mask
}

/// The distinct counts and their logarithms, ascending.
fn distinct<K>(grams: &impl Grams<K>) -> Result<(Counts, Vec<f64>)> {
    let (mut small, mut large) = (vec![0; to_usize(Counts::SMALL)], BTreeSet::new());
    grams(&mut |_, count| match small.get_mut(to_usize(count)) {
        Some(there) => *there = 1,
        None => drop(large.insert(count)),
    })?;
    let mut logs = Vec::new();
    for (count, place) in (0..).zip(&mut small).filter(|(_, there)| **there > 0) {
        logs.push(ln(count));
        *place = logs.len();
    }
    let first_large = logs.len() + 1;
    logs.extend(large.iter().map(|&count| ln(count)));
    Ok((Counts { small, large: large.into_iter().collect(), first_large }, logs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check<K: Key>(length: usize, grams: &BTreeMap<u64, u64>, absent: &[u64]) {
        let key = |gram: u64| K::from(gram) & K::mask(length);
        let kept: BTreeMap<K, u64> = grams.iter().map(|(&gram, &count)| (key(gram), count)).collect();
        let give = |each: &mut dyn FnMut(K, u64)| {
            kept.iter().for_each(|(&gram, &count)| each(gram, count));
            Ok(())
        };
        let table = GramTable::new(length, to_u64(kept.len()), give).unwrap();
        let log = |gram| {
            let home = table.home(gram);
            table.prefetch(&home);
            table.log(&home)
        };
        assert!(kept.iter().all(|(&gram, &count)| log(gram) == ln(count)));
        let others = absent.iter().map(|&gram| key(gram)).filter(|gram| !kept.contains_key(gram));
        others.for_each(|gram| assert_eq!(log(gram), f64::NEG_INFINITY));
    }

    proptest! {
        #[test]
        fn a_table_has_what_was_put_in_and_nothing_else(
            grams in prop::collection::btree_map(any::<u64>(), prop_oneof![1_u64..10, 1..u64::MAX], 0..300),
            length in 3usize..=8, absent in prop::collection::vec(any::<u64>(), 20)
        ) {
            let near: Vec<u64> = grams.keys().flat_map(|gram| [gram ^ 1, gram ^ (1 << 40), gram.wrapping_add(256)]).chain(absent).collect();
            check::<u64>(length, &grams, &near);
            check::<u128>(2 * length, &grams, &near);
        }
    }

    #[test]
    fn a_large_table_has_what_was_put_in() {
        let grams: BTreeMap<u64, u64> = (0..300_000).map(|i: u64| (i * i, i % 5000 + 1)).collect();
        let absent: Vec<u64> = grams.keys().map(|gram| gram + 2).collect();
        for length in [5, 6, 8] {
            check::<u64>(length, &grams, &absent);
        }
        check::<u128>(16, &grams, &absent);
    }
}
