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
//! Memory: 8 bytes a slot at a load of 0.85: 9.4 bytes an n-gram (16 at 0.7 at orders over 8: 23).
//! Cost of a look: four multiplications, a cache miss, a bucket of comparisons.

use super::distinct::Counts;
use super::filling::{self, Put, Source, fill};
use crate::Result;
use crate::count::key::Key;
use crate::num::{low_u32, to_u64, to_usize};
use crate::prefetch::prefetch;
use crate::region::Region;
use std::hint::select_unpredictable;
use std::num::NonZeroUsize;

/// Of 100 slots so many are used where a bucket has 8; of buckets of 4, which overflow sooner, fewer: at more of them an n-gram
/// ends too far from its own bucket, and all is filled again.
const LOADS: [usize; 2] = [85, 70];
/// The bits that say how far an n-gram is from its bucket.
const AWAY_BITS: u32 = 5;
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
    /// The length of the n-grams.
    length: usize,
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

impl<K: Key> GramTable<K> {
    /// The slots of a bucket.
    const BUCKET: usize = BUCKET_BYTES / size_of::<K>();

    /// The bytes of a table of `ngrams` n-grams.
    pub(super) fn bytes(ngrams: u64) -> u64 {
        to_u64(Self::buckets_for(to_usize(ngrams)) * BUCKET_BYTES)
    }

    /// The buckets for so many n-grams.
    fn buckets_for(ngrams: usize) -> usize {
        (ngrams * 100).div_ceil(LOADS[usize::from(Self::BUCKET < 8)] * Self::BUCKET).max(1)
    }

    /// The tables of the n-grams of some lengths: how many n-grams each has.
    pub(super) fn fill(
        lengths: &[(usize, u64)],
        counts: &Counts,
        source: &impl Source<K>,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Self>> {
        let first = |&(length, ngrams): &(usize, u64)| Filler {
            layout: Layout::new(length, Self::buckets_for(to_usize(ngrams)), counts.len(), K::GOLDEN),
            counts,
        };
        let filled = fill(lengths.iter().map(first).collect(), source, threads, check)?;
        Ok(filled.into_iter().map(|(filler, slots)| Self { slots, layout: filler.layout }).collect())
    }

    /// The table, to be looked into.
    pub(super) fn view(&self) -> View<'_, K> {
        View { slots: &self.slots, layout: self.layout }
    }
}

impl<K: Key> Layout<K> {
    /// At least so many buckets, and so many that slots can hold their parts.
    fn new(length: usize, mut buckets: usize, places: usize, factor: K) -> Self {
        let gram_bits = 8 * low_u32(to_u64(length));
        let place_bits = to_u64(places).next_power_of_two().ilog2();
        loop {
            // n-grams of a bucket are neighbours in permuted order, at most 2^gram_bits / buckets + 1 of them
            let low_bits = (gram_bits + 1).saturating_sub(to_u64(buckets).ilog2()).min(gram_bits);
            if low_bits + AWAY_BITS + place_bits <= K::BITS {
                let (drop_high, away) = (K::from(1) << (gram_bits - low_bits), K::from(1) << place_bits);
                return Self { length, buckets, factor: factor << (K::BITS - gram_bits), drop_high, away };
            }
            buckets += buckets / 8 + 1;
        }
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

/// Makes a table.
struct Filler<'a, K> {
    /// Where n-grams are.
    layout: Layout<K>,
    /// Knows their places.
    counts: &'a Counts,
}

impl<K: Key> filling::Filler<K> for Filler<'_, K> {
    type Word = K;
    type Entry = K;
    const WORDS: usize = GramTable::<K>::BUCKET;

    fn length(&self) -> usize {
        self.layout.length
    }

    fn buckets(&self) -> usize {
        self.layout.buckets
    }

    fn larger(self) -> Self {
        let Layout { length, buckets, factor, .. } = self.layout;
        let gram_bits = 8 * low_u32(to_u64(length));
        let factor = (factor >> (K::BITS - gram_bits)).times(K::GOLDEN);
        Self { layout: Layout::new(length, buckets + buckets / 8 + 1, self.counts.len(), factor), ..self }
    }

    #[inline]
    fn enter(&self, grams: &[(K, u64)], mut each: impl FnMut(usize, K)) {
        for &(gram, count) in grams {
            let home = self.layout.home(gram);
            each(home.bucket, home.tag + K::from(u64::from(self.counts.place(count))));
        }
    }

    #[inline]
    fn put(&self, words: &mut [K], bucket: usize, entry: K) -> Put<K> {
        // slots fill from the front; to stop at the first one that is empty is a branch that is guessed wrong
        let used: usize = words.iter().map(|&slot| usize::from(slot != K::default())).sum();
        if let Some(free) = words.get_mut(used) {
            *free = entry;
            return Put::In;
        }
        let last = self.layout.away.times(K::from((1 << AWAY_BITS) - 1));
        if entry & last == last { Put::TooFar } else { Put::On(self.layout.behind(bucket), entry + self.layout.away) }
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
        let mut home = *home;
        for _ in 0..1 << AWAY_BITS {
            if let Some(place) = self.look(&mut home) {
                return place;
            }
        }
        0
    }

    /// [`View::place`], as far as the first bucket tells it; otherwise `home` is where to look next, and that begins to be loaded.
    #[inline(always)]
    pub(super) fn look(&self, home: &mut Home<K>) -> Option<u32> {
        let mut place = K::default();
        let slots = &self.slots[home.bucket * GramTable::<K>::BUCKET..][..GramTable::<K>::BUCKET];
        for &slot in slots {
            let differs = slot ^ home.tag;
            // an empty slot differs by nothing from the tag 0: it adds place 0, as if it were not there
            place = place | select_unpredictable(differs < self.layout.away, differs, K::default());
        }
        if place != K::default() || slots[slots.len() - 1] == K::default() {
            return Some(place.low_u32());
        }
        *home = Home { bucket: self.layout.behind(home.bucket), tag: home.tag + self.layout.away };
        prefetch(self.slots, home.bucket * GramTable::<K>::BUCKET);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::filling::tests::Maps;
    use super::*;
    use crate::ln::ln;
    use crate::num::index;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The table of n-grams of one length, and the logarithms by place.
    fn filled<K: Key>(length: usize, kept: BTreeMap<K, u64>, threads: usize) -> (GramTable<K>, Vec<f64>) {
        let (counts, logs) = Counts::new(kept.values().map(|&count| (count, 1)), u16::MAX);
        let (lengths, threads) = ([(length, to_u64(kept.len()))], NonZeroUsize::new(threads).unwrap());
        let tables = GramTable::fill(&lengths, &counts, &Maps::from([(length, kept)]), threads, &mut || Ok(()));
        (tables.unwrap().remove(0), logs)
    }

    fn check<K: Key>(length: usize, grams: &BTreeMap<u64, u64>, absent: &[u64], threads: usize) {
        let key = |gram: u64| K::from(gram) & K::mask(length);
        let kept: BTreeMap<K, u64> = grams.iter().map(|(&gram, &count)| (key(gram), count)).collect();
        let (table, logs) = filled(length, kept.clone(), threads);
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
            check::<u64>(length, &grams, &near, 1);
            check::<u128>(2 * length, &grams, &near, 1);
        }
    }

    #[test]
    fn ngrams_that_end_alike_are_spread() {
        for shift in [0, 32, 64, 88] {
            let (table, _) = filled(16, (0..40_000_u128).map(|gram| (gram << shift, 1)).collect(), 1);
            // a multiplication by 64 bits needed thousands of times as many
            assert!(2 * table.layout.buckets < 3 * GramTable::<u128>::buckets_for(40_000), "shift {shift}");
        }
    }

    #[test]
    fn a_large_table_has_what_was_put_in() {
        let grams: BTreeMap<u64, u64> = (0..300_000).map(|i: u64| (i * i, i % 5000 + 1)).collect();
        let absent: Vec<u64> = grams.keys().map(|gram| gram + 2).collect();
        for (length, threads) in [(5, 1), (6, 2), (8, 3)] {
            check::<u64>(length, &grams, &absent, threads);
        }
        check::<u128>(16, &grams, &absent, 2);
    }
}
