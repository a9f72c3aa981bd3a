//! Stage 2: from n-gram counts to logarithms that a segment's n-grams are looked up in.
//!
//! In: [`NgramCounts`], and the least count of each length. Out: [`NgramModel`], for each n-gram of a segment the natural logarithm of its
//! count, or −inf where it is not kept. Kept are all 256 single bytes (one that never occurs gets count 1, and the total
//! grows by 1 for it) and longer n-grams with at least the least count, which never falls with the length: what is kept
//! is closed under substrings, so conditional probabilities are differences of two logarithms that are both there.
//!
//! Lengths 1 and 2 are direct tables, longer ones tables of one integer an n-gram ([`table`]). [`NgramModel::logs`] goes through a
//! segment [`BLOCK`] bytes at a time: it begins to load what the next block needs, then looks up this one, so that misses overlap.
//! Shorter n-grams come first, and where one is not kept the longer ones that end there are not either.
//!
//! Memory: 10 bytes a kept n-gram at orders up to 8, else 20. Cost: up to `order - 2` cache misses a byte, overlapping.

mod table;

use crate::Result;
use crate::count::NgramCounts;
use crate::count::key::Key;
use crate::count::split::PARTITIONS;
use crate::count::threshold::{Kept, SINGLE_BYTES};
use crate::ln::ln;
use crate::num::{index, to_u64};
use crate::parallel::{Stop, map};
use std::num::NonZeroUsize;
use table::{GramTable, Home};

/// How many bytes are looked up together.
const BLOCK: usize = 16;
/// The length of the first n-grams that have a [`GramTable`].
const FIRST: usize = 3;

/// The logarithms of all kept n-grams.
#[derive(Debug)]
pub struct NgramModel<K> {
    /// The length of the longest n-grams.
    order: usize,
    /// ln of the total, which is the count of the empty n-gram.
    ln_total: f64,
    /// By byte: all finite.
    single: Vec<f64>,
    /// By the first byte times 256 plus the second; −inf where not kept.
    double: Vec<f64>,
    /// Entry `l - 3` holds the kept n-grams of `l` bytes.
    longer: Vec<GramTable<K>>,
}

impl<K: Key> NgramModel<K> {
    /// Takes logarithms of the n-grams that `kept` says are kept, one length a task; `kept` begins with length 2.
    pub fn new(
        counts: &NgramCounts<K>,
        kept: &[Kept],
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        let order = counts.order();
        let missing = counts.singles().iter().filter(|&&count| count == 0).count();
        let single = counts.singles().iter().map(|&count| ln(count.max(1))).collect();
        let threshold = kept.first().map_or(u64::MAX, |pairs| pairs.threshold);
        let log = |&count: &u64| if count >= threshold { ln(count) } else { f64::NEG_INFINITY };
        let double = counts.doubles().iter().map(log).collect();
        // the longest first: it takes longest to build
        let build = |task: usize, stop: &Stop| {
            let length = order - task;
            let Kept { threshold, ngrams } = kept[length - 2];
            GramTable::new(length, ngrams, |each: &mut dyn FnMut(K, u64)| {
                for partition in (0..PARTITIONS).take_while(|_| !stop.requested()) {
                    counts.for_each(length, partition, |gram, count| {
                        if count >= threshold {
                            each(gram, count);
                        }
                    })?;
                }
                Ok(())
            })
        };
        let mut longer = map(threads, (order + 1).saturating_sub(FIRST), build, check)?;
        longer.reverse();
        Ok(Self { order, ln_total: ln(counts.total() + to_u64(missing)), single, double, longer })
    }

    /// The bytes of a model of these n-grams; `kept` begins with length 2.
    pub fn bytes(kept: &[Kept]) -> u64 {
        let dense = (SINGLE_BYTES + (1 << 16)) * to_u64(size_of::<f64>());
        dense + kept.iter().skip(1).map(|kept| GramTable::<K>::bytes(kept.ngrams)).sum::<u64>()
    }

    /// The length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.order
    }

    /// ln of the total.
    pub fn ln_total(&self) -> f64 {
        self.ln_total
    }

    /// Looks up every n-gram of `segment`.
    pub fn logs(&self, segment: &[u8], logs: &mut Logs<K>) {
        let Logs { order, values, keys, homes } = logs;
        *order = self.order;
        values.clear();
        values.resize(segment.len() * self.order, f64::NEG_INFINITY);
        keys.clear();
        let mask = K::mask(self.order);
        keys.extend(segment.iter().scan(K::default(), |key, &byte| {
            *key = key.push(byte, mask);
            Some(*key)
        }));
        homes.resize(2 * BLOCK * self.longer.len(), Home::default());
        let (mut this, mut next) = homes.split_at_mut(BLOCK * self.longer.len());
        self.prepare(keys, 0, this);
        for start in (0..segment.len()).step_by(BLOCK) {
            self.prepare(keys, start + BLOCK, next);
            let end = segment.len().min(start + BLOCK);
            let ends = (start..end).zip(values[start * self.order..].chunks_exact_mut(self.order));
            for ((at, values), homes) in ends.zip(this.chunks(self.longer.len().max(1)).chain(std::iter::repeat(&[][..]))) {
                self.look_up(at, keys[at], values, homes);
            }
            std::mem::swap(&mut this, &mut next);
        }
    }

    /// Finds out where the n-grams that end with the bytes from `start` on are, and begins to load them.
    #[inline]
    fn prepare(&self, keys: &[K], start: usize, homes: &mut [Home<K>]) {
        let Some(keys) = keys.get(start..) else { return };
        for (&key, homes) in keys.iter().zip(homes.chunks_exact_mut(self.longer.len().max(1))) {
            for ((length, table), home) in (FIRST..).zip(&self.longer).zip(homes) {
                *home = table.home(key.masked(K::mask(length)));
                table.prefetch(home);
            }
        }
    }

    /// Looks up the n-grams that end with byte `at`.
    #[inline]
    fn look_up(&self, at: usize, key: K, values: &mut [f64], homes: &[Home<K>]) {
        values[0] = self.single[usize::from(key.last_byte())];
        if at == 0 || self.order == 1 {
            return;
        }
        values[1] = self.double[index(key.masked(K::mask(2)).low_u32())];
        let longest = self.order.min(at + 1);
        for length in FIRST..=longest {
            if values[length - 2] == f64::NEG_INFINITY {
                return;
            }
            values[length - 1] = self.longer[length - FIRST].log(&homes[length - FIRST]);
        }
    }
}

/// The logarithms of one segment's n-grams, and buffers that are reused.
#[derive(Debug)]
pub struct Logs<K> {
    /// The length of the longest n-grams.
    order: usize,
    /// Entry `i * order + l - 1`: ln of the count of the n-gram of `l` bytes that ends with byte `i`; −inf where not kept or
    /// where it would begin before the segment.
    values: Vec<f64>,
    /// The last bytes up to each position, as a key.
    keys: Vec<K>,
    /// Where the n-grams of two blocks are, by byte and length.
    homes: Vec<Home<K>>,
}

impl<K> Default for Logs<K> {
    fn default() -> Self {
        Self { order: 1, values: Vec::new(), keys: Vec::new(), homes: Vec::new() }
    }
}

impl<K> Logs<K> {
    /// ln of the counts of the n-grams that end with byte `at`, the shortest first; −inf where not kept.
    #[inline(always)]
    pub fn ending(&self, at: usize) -> &[f64] {
        &self.values[at * self.order..][..self.order]
    }
}
