//! Stage 2: the byte n-gram language model, as one logarithm a kept n-gram.
//!
//! In: [`NgramCounts`]. Out: [`NgramModel`], which gives for every position of a segment and every length 1 to `order` the
//! logarithm of the count of the n-gram that ends there, or −inf where it is not kept. Kept are all 256 single bytes (one
//! that never occurs gets count 1, and the total grows by 1 for it) and longer n-grams with at least `min_count`. What is
//! kept is closed under substrings, so conditional probabilities are differences of two logarithms that are both there.
//!
//! Lengths 1 and 2 are direct tables, longer ones hash tables. [`NgramModel::logs`] goes through a segment one length at a
//! time: the lookups of one pass do not depend on each other, so their cache misses overlap, without explicit prefetching;
//! position by position, longest last, was half as fast. Memory: `size_of::<(K, f64)>()` bytes a kept n-gram at a load
//! of 0.35 to 0.7. Cost: `order - 2` cache misses a byte, overlapping.

use crate::Result;
use crate::count::key::Key;
use crate::count::{NgramCounts, NgramTable};
use crate::ln::ln;
use crate::num::{index, to_u64, to_usize};
use crate::parallel::{Stop, map};
use std::num::NonZeroUsize;

/// The n-grams between two looks at [`Stop`].
const STOP_ENTRIES: usize = 1 << 16;

/// The logarithms of all kept n-grams.
#[derive(Debug)]
pub struct NgramModel<K> {
    /// The length of the longest n-grams.
    order: usize,
    /// ln of the total, which is the count of the empty n-gram.
    ln_total: f64,
    /// By byte: all finite.
    single: Vec<f64>,
    /// By the first byte times 256 plus the second; −inf where not kept. Empty at order 1.
    double: Vec<f64>,
    /// Entry `l - 3` holds the kept n-grams of `l` bytes.
    longer: Vec<LogTable<K>>,
}

impl<K: Key> NgramModel<K> {
    /// Prunes and takes logarithms, one length a task.
    pub fn new(
        counts: NgramCounts<K>,
        min_count: u64,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        let order = counts.tables.len();
        let logarithms = Logarithms::new();
        let mut single = vec![f64::NEG_INFINITY; 256];
        for (key, count) in counts.tables[0].iter() {
            single[usize::from(key.last_byte())] = logarithms.of(count);
        }
        let missing = single.iter_mut().filter(|log| **log == f64::NEG_INFINITY).map(|log| *log = ln(1)).count();
        let ln_total = ln(counts.total + to_u64(missing));
        let double = counts.tables.get(1).map_or_else(Vec::new, |table| {
            let mut double = vec![f64::NEG_INFINITY; 1 << 16];
            for (key, count) in table.iter().filter(|&(_, count)| count >= min_count) {
                double[index(key.low_u32())] = logarithms.of(count);
            }
            double
        });
        // the longest first: it is the largest, and the others fit beside it
        let lengths: Vec<&NgramTable<K>> = counts.tables.iter().skip(2).rev().collect();
        let build = |task: usize, stop: &Stop| Ok(LogTable::new(lengths[task], min_count, &logarithms, stop));
        let mut longer = map(threads, lengths.len(), build, check)?;
        longer.reverse();
        Ok(Self { order, ln_total, single, double, longer })
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
        let n = segment.len();
        logs.length = n;
        logs.values.clear();
        logs.values.resize(n * self.order, f64::NEG_INFINITY);
        logs.keys.clear();
        let mask = K::mask(self.order);
        logs.keys.extend(segment.iter().scan(K::default(), |key, &byte| {
            *key = key.push(byte, mask);
            Some(*key)
        }));
        for (length, row) in (1..).zip(logs.values.chunks_exact_mut(n.max(1))) {
            let ends = row.iter_mut().zip(&logs.keys).skip(length - 1);
            match length {
                1 => ends.for_each(|(log, key)| *log = self.single[usize::from(key.last_byte())]),
                2 => ends.for_each(|(log, key)| *log = self.double[index(key.masked(K::mask(2)).low_u32())]),
                _ => self.longer[length - 3].look_up(K::mask(length), ends),
            }
        }
    }
}

/// The logarithms of one segment's n-grams, and buffers that are reused.
#[derive(Debug)]
pub struct Logs<K> {
    /// The length of the segment.
    length: usize,
    /// Row `l - 1`, column `i`: ln of the count of the n-gram of `l` bytes that ends with byte `i`; −inf where not kept or
    /// where it would begin before the segment.
    values: Vec<f64>,
    /// The last bytes up to each position, as a key.
    keys: Vec<K>,
}

impl<K> Default for Logs<K> {
    fn default() -> Self {
        Self { length: 0, values: Vec::new(), keys: Vec::new() }
    }
}

impl<K> Logs<K> {
    /// For each byte of the segment, ln of the count of the n-gram of `length` bytes that ends with it, or −inf.
    #[inline]
    pub fn row(&self, length: usize) -> &[f64] {
        &self.values[(length - 1) * self.length..length * self.length]
    }
}

/// Kept n-grams of one length: open addressing, linear probing; an empty slot holds NaN.
#[derive(Debug)]
struct LogTable<K> {
    /// A power of two slots, at least one of them empty.
    slots: Vec<(K, f64)>,
}

impl<K: Key> LogTable<K> {
    /// Builds the table of the n-grams with at least `min_count`; part of it when `stop` says so.
    fn new(table: &NgramTable<K>, min_count: u64, logarithms: &Logarithms, stop: &Stop) -> Self {
        let kept = to_u64(table.counts.iter().filter(|&&count| count >= min_count).count());
        let slots = to_usize((kept + kept / 2 + 1).next_power_of_two());
        let mut slots = vec![(K::default(), f64::NAN); slots];
        let last = slots.len() - 1;
        for (number, (key, count)) in table.iter().filter(|&(_, count)| count >= min_count).enumerate() {
            if number % STOP_ENTRIES == 0 && stop.requested() {
                break;
            }
            let mut at = to_usize(key.hash64()) & last;
            while !slots[at].1.is_nan() {
                at = (at + 1) & last;
            }
            slots[at] = (key, logarithms.of(count));
        }
        Self { slots }
    }

    /// Sets each logarithm to that of the last bytes of its key, where they are in the table.
    #[inline]
    fn look_up<'a>(&self, mask: K, ends: impl Iterator<Item = (&'a mut f64, &'a K)>) {
        let last = self.slots.len() - 1;
        for (log, key) in ends {
            let key = key.masked(mask);
            let mut at = to_usize(key.hash64()) & last;
            loop {
                let slot = &self.slots[at];
                if slot.1.is_nan() {
                    break;
                }
                if slot.0 == key {
                    *log = slot.1;
                    break;
                }
                at = (at + 1) & last;
            }
        }
    }
}

/// Logarithms of small counts, which most n-grams have, from a table.
struct Logarithms {
    /// By count, from 0.
    small: Vec<f64>,
}

impl Logarithms {
    fn new() -> Self {
        Self { small: (0..1 << 12).map(|count: u64| ln(count.max(1))).collect() }
    }

    #[inline]
    fn of(&self, count: u64) -> f64 {
        self.small.get(to_usize(count)).copied().unwrap_or_else(|| ln(count))
    }
}
