//! Stage 2: from n-gram counts to logarithms that a segment's n-grams are looked up in.
//!
//! In: [`NgramCounts`], and the least count of each length. Out: [`NgramModel`], for each n-gram of a segment the natural logarithm of its
//! count, or −inf where it is not kept. Kept are all 256 single bytes (one that never occurs gets count 1, and the total
//! grows by 1 for it) and longer n-grams with at least the least count, which never falls with the length: what is kept
//! is closed under substrings, so conditional probabilities are differences of two logarithms that are both there.
//!
//! Lengths 1 and 2 are direct tables, longer ones tables of one integer an n-gram ([`table`]). [`Reader::read`] goes through a
//! segment [`BLOCK`] bytes at a time: it begins to load what the next block needs, then looks up this one, so that misses
//! overlap. Where pieces are whole characters, n-grams that are neither pieces nor part of a longer one's score are not looked up, and what was looked up
//! lately is remembered ([`recent`]).
//!
//! Memory: 10 bytes a kept n-gram at orders up to 8, else 20. Cost: up to `order - 2` cache misses a byte, overlapping.

mod distinct;
mod recent;
mod table;

use crate::Result;
use crate::count::NgramCounts;
use crate::count::key::Key;
use crate::count::split::PARTITIONS;
use crate::count::threshold::{Kept, SINGLE_BYTES};
use crate::ln::ln;
use crate::num::{index, to_u64};
use crate::parallel::{Stop, map};
use crate::progress::Progress;
use crate::segment::is_continuation;
use recent::Recent;
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use table::{GramTable, Home, View};

/// How many bytes are looked up together.
const BLOCK: usize = 16;
/// How often a [`GramTable`] reads its n-grams, where it fits at once.
const READS: u64 = 2;
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
        progress: &mut dyn Progress,
    ) -> Result<Self> {
        let order = counts.order();
        let missing = counts.singles().iter().filter(|&&count| count == 0).count();
        let single = counts.singles().iter().map(|&count| ln(count.max(1))).collect();
        let threshold = kept.first().map_or(u64::MAX, |pairs| pairs.threshold);
        let log = |&count: &u64| if count >= threshold { ln(count) } else { f64::NEG_INFINITY };
        let double = counts.doubles().iter().map(log).collect();
        let done = AtomicU64::new(0);
        // the longest first: it takes longest to build
        let build = |task: usize, stop: &Stop| {
            let length = order - task;
            let Kept { threshold, ngrams } = kept[length - 2];
            let left = Cell::new(READS * to_u64(PARTITIONS));
            let table = GramTable::new(length, ngrams, |each: &mut dyn FnMut(K, u64)| {
                for partition in (0..PARTITIONS).take_while(|_| !stop.requested()) {
                    counts.for_each(length, partition, |gram, count| {
                        if count >= threshold {
                            each(gram, count);
                        }
                    })?;
                    // a table that has to be filled again is no step further
                    done.fetch_add(left.get().min(1), Ordering::Relaxed);
                    left.set(left.get().saturating_sub(1));
                }
                Ok(())
            });
            done.fetch_add(left.get(), Ordering::Relaxed);
            table
        };
        let mut longer = map(threads, (order + 1).saturating_sub(FIRST), build, &mut || {
            progress.advance(done.swap(0, Ordering::Relaxed));
            progress.check()
        })?;
        progress.advance(done.into_inner());
        longer.reverse();
        Ok(Self { order, ln_total: ln(counts.total() + to_u64(missing)), single, double, longer })
    }

    /// How many steps [`NgramModel::new`] reports.
    pub(crate) fn steps(order: usize) -> u64 {
        READS * to_u64((order + 1).saturating_sub(FIRST) * PARTITIONS)
    }

    /// The bytes of a model of these n-grams; `kept` begins with length 2.
    pub fn bytes(kept: &[Kept]) -> u64 {
        let dense = (SINGLE_BYTES + (1 << 16)) * to_u64(size_of::<f64>());
        dense + kept.iter().skip(1).map(|kept| GramTable::<K>::bytes(kept.ngrams)).sum::<u64>()
    }

    /// The model, to be looked into by one thread. With `characters`, n-grams that neither are whole characters nor have at least
    /// `order - 1` bytes may be left out where a segment is valid UTF-8: they are −inf.
    pub fn reader(&self, characters: bool) -> Reader<'_, K> {
        let longer: Vec<_> = self.longer.iter().map(GramTable::view).collect();
        let homes = vec![Home::default(); 2 * BLOCK * longer.len()];
        let recent = Recent::new(self.order);
        Reader { model: self, longer, characters, values: Vec::new(), keys: Vec::new(), homes, recent }
    }
}

/// The logarithms of one segment's n-grams, and buffers that are reused.
#[derive(Debug)]
pub struct Reader<'a, K> {
    /// Where they come from.
    model: &'a NgramModel<K>,
    /// Entry `l - 3` is for the n-grams of `l` bytes.
    longer: Vec<View<'a, K>>,
    /// Whether n-grams that are not whole characters may be left out.
    characters: bool,
    /// Entry `i * order + l - 1`: ln of the count of the n-gram of `l` bytes that ends with byte `i`; −inf where not kept or
    /// where it would begin before the segment.
    values: Vec<f64>,
    /// The last bytes up to each position, as a key.
    keys: Vec<K>,
    /// Where the n-grams of two blocks are, by byte and length.
    homes: Vec<Home<K>>,
    /// What was looked up last, where a whole n-gram of `order` bytes ended.
    recent: Recent<K>,
}

impl<K: Key> Reader<'_, K> {
    /// The length of the longest n-grams.
    #[inline]
    pub fn order(&self) -> usize {
        self.model.order
    }

    /// ln of the total.
    pub fn ln_total(&self) -> f64 {
        self.model.ln_total
    }

    /// ln of the counts of the n-grams that end with byte `at` of the segment, the shortest first; −inf where not kept.
    #[inline(always)]
    pub fn ending(&self, at: usize) -> &[f64] {
        &self.values[at * self.model.order..][..self.model.order]
    }

    /// Looks up the n-grams of `segment`.
    pub fn read(&mut self, segment: &[u8]) {
        let order = self.model.order;
        let characters = self.characters && simdutf8::basic::from_utf8(segment).is_ok();
        self.values.clear();
        self.values.resize(segment.len() * order, f64::NEG_INFINITY);
        self.keys.clear();
        let mask = K::mask(order);
        self.keys.extend(segment.iter().scan(K::default(), |key, &byte| {
            *key = key.push(byte, mask);
            Some(*key)
        }));
        // what is wanted depends on the last bytes alone, but where the reader leaves out what this segment needs, or the
        // n-gram begins before the segment
        let first_recent = if characters == self.characters { order - 1 } else { usize::MAX };
        let mut homes = std::mem::take(&mut self.homes);
        let (mut this, mut next) = homes.split_at_mut(BLOCK * self.longer.len());
        let mut wanted = Wanted::new(order, characters);
        let mut found = self.prepare(0, first_recent, this);
        for start in (0..segment.len()).step_by(BLOCK) {
            let found_next = self.prepare(start + BLOCK, first_recent, next);
            for at in start..segment.len().min(start + BLOCK) {
                let lengths = wanted.next(segment, at);
                if found & (1 << (at - start)) == 0 {
                    self.look_up(at, lengths, &this[(at - start) * self.longer.len()..]);
                    if at >= first_recent {
                        self.recent.put(self.keys[at], &self.values[at * order..][..order]);
                    }
                }
            }
            std::mem::swap(&mut this, &mut next);
            found = found_next;
        }
        self.homes = homes;
    }

    /// For the bytes from `start` on: finds what was looked up lately, of which it gives a bit a byte; finds out where the other
    /// n-grams that end with these bytes are, and begins to load them.
    #[inline]
    fn prepare(&mut self, start: usize, first_recent: usize, homes: &mut [Home<K>]) -> u32 {
        let (order, width, mut found) = (self.model.order, self.longer.len(), 0);
        for at in start..self.keys.len().min(start + BLOCK) {
            let key = self.keys[at];
            if at >= first_recent
                && let Some(logs) = self.recent.find(key)
            {
                self.values[at * order..][..order].copy_from_slice(logs);
                found |= 1 << (at - start);
                continue;
            }
            for (table, home) in self.longer.iter().zip(&mut homes[(at - start) * width..][..width]) {
                *home = table.home(key);
            }
        }
        found
    }

    /// Looks up the n-grams that end with byte `at`.
    #[inline]
    fn look_up(&mut self, at: usize, lengths: u32, homes: &[Home<K>]) {
        let (key, order) = (self.keys[at], self.model.order);
        let values = &mut self.values[at * order..][..order];
        values[0] = self.model.single[usize::from(key.last_byte())];
        if at == 0 || order == 1 {
            return;
        }
        values[1] = self.model.double[index(key.masked(K::mask(2)).low_u32())];
        let longest = order.min(at + 1);
        for (((length, table), home), value) in (FIRST..=longest).zip(&self.longer).zip(homes).zip(&mut values[2..]) {
            if lengths & (1 << length) != 0 {
                *value = table.log(home);
            }
        }
    }
}

/// Which n-grams of a segment are wanted, byte by byte.
struct Wanted {
    /// Bit `l`: a character begins `l` bytes before the end of the byte at hand. All ones where that does not matter.
    begins: u32,
    /// The bits of the lengths that are wanted in any case.
    always: u32,
    /// Whether characters matter.
    characters: bool,
}

impl Wanted {
    fn new(order: usize, characters: bool) -> Self {
        let always = if characters { 3 << (order - 1) } else { u32::MAX };
        Self { begins: 0, always, characters }
    }

    /// Bit `l` is set if the n-gram of `l` bytes that ends with byte `at` is wanted. To be called for one byte after the other.
    #[inline(always)]
    fn next(&mut self, segment: &[u8], at: usize) -> u32 {
        if !self.characters {
            return self.always;
        }
        self.begins = (self.begins | u32::from(!is_continuation(segment[at]))) << 1;
        let ends = segment.get(at + 1).is_none_or(|&byte| !is_continuation(byte));
        if ends { self.begins | self.always } else { self.always }
    }
}
