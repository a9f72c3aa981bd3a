//! The kept n-grams of one length: exact, one integer an n-gram, one cache miss a look.
//!
//! In: n-grams with their counts. Out: for any n-gram the place of its count among the distinct ones ([`super::distinct`]), or that it
//! is not kept. The bytes of an n-gram are permuted as one integer; the high bits of the result choose a *bucket* of 64 bytes, and only
//! as many low bits as tell apart the n-grams of a bucket are stored. A slot is
//! ```text
//! | low bits of the permuted n-gram | unused | buckets from the one chosen: 5 | place of the count, from 1 |     0: empty
//! ```
//! in 64 bits for orders up to 8, else in 128. Where the three parts do not fit (few n-grams with many counts) there are
//! more buckets than needed: twice as many make the first part a bit shorter.
//! An n-gram whose bucket is full goes to the next one that is not. Slots fill from the front, so a bucket whose last slot is
//! empty ends every search. A look compares all slots of a bucket: stopping at the right one is a branch that is guessed
//! wrong every other time, which costs more than the comparisons.
//!
//! Memory: 8 bytes a slot at a load of 0.85: 9.4 bytes an n-gram (19 at orders over 8).
//! Cost of a look: four multiplications, a cache miss, a bucket of comparisons.

use super::distinct::Counts;
use crate::Result;
use crate::count::key::Key;
use crate::num::{low_u32, to_u64, to_usize};
use crate::prefetch::prefetch;
use crate::region::Region;
use std::hint::select_unpredictable;

/// Of 100 slots so many are used.
const LOAD: usize = 85;
/// The bits that say how far an n-gram is from its bucket.
const AWAY_BITS: u32 = 5;
/// How many n-grams wait for their buckets to be loaded.
const WAITING: usize = 16;
/// Bytes of a bucket: a cache line.
const BUCKET_BYTES: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct GramTable<K> {
    /// Buckets, one behind the other.
    slots: Region<K>,
    /// Where n-grams are.
    layout: Layout<K>,
}

/// Where the n-grams of a table are.
#[derive(Clone, Copy, Debug)]
struct Layout<K> {
    /// How many buckets; at least 1.
    buckets: usize,
    /// An odd number, shifted so that a product has the bits of an n-gram as its highest ones.
    factor: K,
    /// Shifts the high bits of a permuted n-gram out, which the bucket tells.
    drop_high: K,
    /// One bucket away, in a slot.
    away: K,
}

/// Where to look for an n-gram.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Home<K> {
    /// The number of the bucket.
    bucket: usize,
    /// Its slot, if it is there, without the place of the logarithm.
    tag: K,
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
    pub(super) fn new(length: usize, ngrams: u64, counts: &Counts, grams: impl Grams<K>) -> Result<Self> {
        let mut buckets = Self::buckets_for(to_usize(ngrams));
        let mut factor = K::GOLDEN;
        loop {
            if let Some(layout) = Layout::new(length, buckets, counts.len(), factor) {
                let slots = Region::zeroed(buckets * Self::BUCKET).in_huge_pages();
                let mut filling = Filling { slots, layout, waiting: Vec::with_capacity(WAITING), fits: true };
                grams(&mut |gram, count| filling.push(gram, counts.place(count)))?;
                filling.insert_waiting();
                if filling.fits {
                    return Ok(Self { slots: filling.slots, layout });
                }
            }
            // an n-gram would be too far from its bucket, or a slot is too small: more buckets and another permutation
            (buckets, factor) = (buckets + buckets / 8 + 1, factor.times(K::GOLDEN));
        }
    }

    /// The table, to be looked into.
    pub(super) fn view(&self) -> View<'_, K> {
        View { slots: &self.slots, layout: self.layout }
    }
}

impl<K: Key> Layout<K> {
    /// `None` if slots cannot hold their parts.
    fn new(length: usize, buckets: usize, places: usize, factor: K) -> Option<Self> {
        let gram_bits = 8 * low_u32(to_u64(length));
        // n-grams of a bucket are neighbours in permuted order, at most 2^gram_bits / buckets + 1 of them
        let low_bits = (gram_bits + 1).saturating_sub(to_u64(buckets).ilog2()).min(gram_bits);
        let place_bits = to_u64(places).next_power_of_two().ilog2();
        let fits = low_bits + AWAY_BITS + place_bits <= K::BITS;
        fits.then(|| Self {
            buckets,
            factor: factor << (K::BITS - gram_bits),
            drop_high: K::from(1) << (gram_bits - low_bits),
            away: K::from(1) << place_bits,
        })
    }

    /// Where the n-gram is whose bytes are the last ones of `key`. Multiplying by an odd number and reversing bytes are
    /// permutations; the second product's high bits depend on all bits.
    #[inline(always)]
    fn home(&self, key: K) -> Home<K> {
        let permuted = key.times(self.factor).reversed().times(self.factor);
        Home { bucket: permuted.place(self.buckets), tag: permuted.times(self.drop_high) }
    }

    /// The bucket behind another.
    #[inline(always)]
    fn behind(&self, bucket: usize) -> usize {
        if bucket + 1 == self.buckets { 0 } else { bucket + 1 }
    }
}

/// A table that is being made.
struct Filling<K> {
    /// The buckets.
    slots: Region<K>,
    /// Where n-grams are.
    layout: Layout<K>,
    /// N-grams whose buckets are being loaded, and the places of their logarithms.
    waiting: Vec<(Home<K>, K)>,
    /// Whether every n-gram so far was near enough to its bucket.
    fits: bool,
}

impl<K: Key> Filling<K> {
    /// Takes an n-gram.
    #[inline]
    fn push(&mut self, gram: K, place: u32) {
        let home = self.layout.home(gram);
        prefetch(&self.slots, home.bucket * GramTable::<K>::BUCKET);
        self.waiting.push((home, K::from(u64::from(place))));
        if self.waiting.len() == WAITING {
            self.insert_waiting();
        }
    }

    /// Puts what waits into its buckets.
    fn insert_waiting(&mut self) {
        let Self { slots, layout, waiting, fits } = self;
        for (Home { mut bucket, tag }, place) in waiting.drain(..) {
            let (mut slot, last) = (tag + place, (1 << AWAY_BITS).min(layout.buckets));
            let found = (0..last).any(|_| {
                let free = slots[bucket * GramTable::<K>::BUCKET..][..GramTable::<K>::BUCKET]
                    .iter_mut()
                    .find(|slot| **slot == K::default());
                free.map(|free| *free = slot).is_some() || {
                    (bucket, slot) = (layout.behind(bucket), slot + layout.away);
                    false
                }
            });
            *fits &= found;
        }
    }
}

/// A table, to be looked into.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a, K> {
    /// Buckets, one behind the other.
    slots: &'a [K],
    /// Where n-grams are.
    layout: Layout<K>,
}

impl<K: Key> View<'_, K> {
    /// Where the n-gram is, if it is kept, whose bytes are the last ones of `key`; begins to load the bucket.
    #[inline(always)]
    pub(super) fn home(&self, key: K) -> Home<K> {
        let home = self.layout.home(key);
        prefetch(self.slots, home.bucket * GramTable::<K>::BUCKET);
        home
    }

    /// The place of the count of the n-gram that `home` is of; 0 if it is not kept.
    #[inline(always)]
    pub(super) fn place(&self, home: &Home<K>) -> u32 {
        let (mut bucket, mut tag) = (home.bucket, home.tag);
        for _ in 0..1 << AWAY_BITS {
            let mut place = K::default();
            let slots = &self.slots[bucket * GramTable::<K>::BUCKET..][..GramTable::<K>::BUCKET];
            for &slot in slots {
                let differs = slot ^ tag;
                // an empty slot differs by nothing from the tag 0: it adds place 0, as if it were not there
                place = place | select_unpredictable(differs < self.layout.away, differs, K::default());
            }
            if place != K::default() || slots[slots.len() - 1] == K::default() {
                return place.low_u32();
            }
            (bucket, tag) = (self.layout.behind(bucket), tag + self.layout.away);
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::super::distinct::Distinct;
    use super::*;
    use crate::ln::ln;
    use crate::num::index;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check<K: Key>(length: usize, grams: &BTreeMap<u64, u64>, absent: &[u64]) {
        let key = |gram: u64| K::from(gram) & K::mask(length);
        let kept: BTreeMap<K, u64> = grams.iter().map(|(&gram, &count)| (key(gram), count)).collect();
        let give = |each: &mut dyn FnMut(K, u64)| {
            kept.iter().for_each(|(&gram, &count)| each(gram, count));
            Ok(())
        };
        let (counts, logs) = Counts::new(&[Distinct::new::<K>(&give).unwrap()]);
        let table = GramTable::new(length, to_u64(kept.len()), &counts, give).unwrap();
        let view = table.view();
        let log = |gram| logs[index(view.place(&view.home(gram)))];
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
    fn ngrams_that_end_alike_are_spread() {
        for shift in [0, 32, 64, 88] {
            let give = |each: &mut dyn FnMut(u128, u64)| {
                (0..40_000_u128).for_each(|gram| each(gram << shift, 1));
                Ok(())
            };
            let (counts, _) = Counts::new(&[Distinct::new::<u128>(&give).unwrap()]);
            let table = GramTable::<u128>::new(16, 40_000, &counts, give).unwrap();
            // a multiplication by 64 bits needed thousands of times as many
            assert!(2 * table.layout.buckets < 3 * GramTable::<u128>::buckets_for(40_000), "shift {shift}");
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
