//! Filling tables of buckets by many threads.
//!
//! In: n-grams with their counts, a partition of one length a task. Out: every one of them in its bucket or, where that is full, in one
//! behind it. The buckets of a table are divided into ranges with a lock each. A thread collects entries a range and puts in 64
//! at a time, loading their buckets 24 entries ahead; what has to go on comes with the next ones, so that its bucket is loaded
//! by then, too: to follow it at once took a fourth longer. What goes on into another range waits until the threads are done. Which n-gram is where may depend
//! on the threads, what is found does not.
//! Smaller ranges, so that each would be in a near cache, gained nothing: a range is not there any more when the next 64 come.
//!
//! Memory: [`WAITING`] entries a range and thread, 8 ranges a thread: 12 KB times the square of the number of threads.

use crate::Result;
use crate::count::key::Key;
use crate::count::split::PARTITIONS;
use crate::parallel::{Stop, lock, stream};
use crate::prefetch::prefetch;
use crate::region::Region;
use bytemuck::Pod;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many entries wait for a range, and n-grams for what they need.
pub(super) const WAITING: usize = 64;
/// How many entries ahead buckets are loaded.
const AHEAD: usize = 24;
/// The least bytes of a range.
const RANGE_BYTES: usize = 1 << 18;
/// The most ranges a thread: so seldom two want the same.
const RANGES: usize = 8;

/// How the entries of a table are made and put into buckets.
pub(super) trait Filler<K>: Sync + Sized {
    /// What a table is an array of.
    type Word: Pod + Send;
    /// What is put into a bucket.
    type Entry: Copy + Send;
    /// So many words are a bucket.
    const WORDS: usize;

    /// The length of the n-grams.
    fn length(&self) -> usize;

    /// How many buckets there are to be.
    fn buckets(&self) -> usize;

    /// One with more buckets and another order of n-grams.
    fn larger(self) -> Self;

    /// Makes entries of at most [`WAITING`] n-grams and their counts; the numbers of their buckets.
    fn enter(&self, grams: &[(K, u64)], each: impl FnMut(usize, Self::Entry));

    /// Puts `entry` into a bucket, the one with number `bucket`.
    fn put(&self, words: &mut [Self::Word], bucket: usize, entry: Self::Entry) -> Put<Self::Entry>;
}

/// Where n-grams come from; from several threads, as often as need be.
pub(super) trait Source<K>: Sync {
    /// Calls `each` with the n-grams of `length` bytes of one of [`PARTITIONS`], and their counts.
    fn read(&self, length: usize, partition: usize, each: impl FnMut(K, u64)) -> Result<()>;
}

/// What became of an entry.
pub(super) enum Put<E> {
    /// Every entry is in.
    In,
    /// This one goes on to another bucket.
    On(usize, E),
    /// There is one that is too far from where it belongs.
    TooFar,
}

/// Makes a table of each of `fillers`.
pub(super) fn fill<K: Key, F: Filler<K>>(
    fillers: Vec<F>,
    source: &impl Source<K>,
    threads: NonZeroUsize,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<(F, Region<F::Word>)>> {
    let region = |filler: &F| Region::zeroed(filler.buckets() * F::WORDS).in_huge_pages();
    let mut regions: Vec<_> = fillers.iter().map(region).collect();
    let fillings: Vec<_> =
        fillers.iter().zip(&mut regions).map(|(filler, region)| Filling::new(filler, region, threads)).collect();
    let mut tasks = 0..fillings.len() * PARTITIONS;
    let work = |buffers: &mut Buffers<K, F::Entry>, task: usize, _: &Stop| {
        let filling = &fillings[task / PARTITIONS];
        source.read(filling.filler.length(), task % PARTITIONS, |gram, count| filling.push(buffers, gram, count))?;
        filling.flush_all(buffers);
        Ok(())
    };
    stream(threads, || Ok(tasks.next()), Buffers::default, work, check)?;
    let fits: Vec<bool> = fillings.iter().map(Filling::finish).collect();
    drop(fillings);
    let retry = |((filler, region), fits)| {
        if fits {
            return Ok((filler, region));
        }
        drop(region);
        fill(vec![F::larger(filler)], source, threads, check).map(|mut one| one.remove(0))
    };
    fillers.into_iter().zip(regions).zip(fits).map(retry).collect()
}

/// A table that is being filled.
struct Filling<'a, K, F: Filler<K>> {
    /// Makes and puts entries.
    filler: &'a F,
    /// The buckets, range by range.
    ranges: Vec<Mutex<Range<'a, F::Word, F::Entry>>>,
    /// 2 to this power is the number of buckets of a range.
    range_bits: u32,
    /// Whether every entry so far was near enough to its bucket.
    fits: AtomicBool,
    /// The n-grams that entries are made of.
    key: std::marker::PhantomData<fn(K)>,
}

/// Some of the buckets.
struct Range<'a, T, E> {
    /// The buckets.
    words: &'a mut [T],
    /// Entries that go on to buckets of other ranges.
    others: Vec<(usize, E)>,
}

/// What a thread has collected; reused from task to task.
struct Buffers<K, E> {
    /// N-grams and their counts.
    grams: Vec<(K, u64)>,
    /// By range: entries and the numbers of their buckets.
    ranges: Vec<Vec<(usize, E)>>,
}

impl<K, E> Default for Buffers<K, E> {
    fn default() -> Self {
        Self { grams: Vec::with_capacity(WAITING), ranges: Vec::new() }
    }
}

impl<'a, K: Copy, F: Filler<K>> Filling<'a, K, F> {
    /// Nothing in it yet.
    fn new(filler: &'a F, region: &'a mut Region<F::Word>, threads: NonZeroUsize) -> Self {
        let least = RANGE_BYTES / (F::WORDS * size_of::<F::Word>());
        let size = filler.buckets().div_ceil(RANGES * threads.get()).max(least).next_power_of_two();
        let range = |words| Mutex::new(Range { words, others: Vec::new() });
        let ranges = region.chunks_mut(size * F::WORDS).map(range).collect();
        Self { filler, ranges, range_bits: size.ilog2(), fits: AtomicBool::new(true), key: std::marker::PhantomData }
    }

    /// Takes an n-gram.
    #[inline(always)]
    fn push(&self, buffers: &mut Buffers<K, F::Entry>, gram: K, count: u64) {
        buffers.grams.push((gram, count));
        if buffers.grams.len() == WAITING {
            self.enter(buffers);
        }
    }

    /// Makes entries of what waits.
    fn enter(&self, buffers: &mut Buffers<K, F::Entry>) {
        let Buffers { grams, ranges } = buffers;
        if ranges.len() < self.ranges.len() {
            ranges.resize_with(self.ranges.len(), || Vec::with_capacity(WAITING));
        }
        self.filler.enter(grams, |bucket, entry| {
            let range = bucket >> self.range_bits;
            let entries = &mut ranges[range];
            entries.push((bucket, entry));
            if entries.len() == WAITING {
                self.flush(range, entries);
            }
        });
        grams.clear();
    }

    /// Puts everything that waits into its buckets.
    fn flush_all(&self, buffers: &mut Buffers<K, F::Entry>) {
        self.enter(buffers);
        for (range, entries) in buffers.ranges.iter_mut().enumerate() {
            while !entries.is_empty() {
                self.flush(range, entries);
            }
        }
    }

    /// Puts entries into their buckets; leaves those that have to go on.
    fn flush(&self, number: usize, entries: &mut Vec<(usize, F::Entry)>) {
        let first = number << self.range_bits;
        let mut range = lock(&self.ranges[number]);
        let Range { words, others } = &mut *range;
        for &(bucket, _) in entries.iter().take(AHEAD) {
            prefetch(words, (bucket - first) * F::WORDS);
        }
        let mut left = 0;
        for at in 0..entries.len() {
            if let Some((bucket, _)) = entries.get(at + AHEAD) {
                prefetch(words, (bucket - first) * F::WORDS);
            }
            let Some((bucket, entry)) = self.insert(words, first, entries[at]) else { continue };
            if bucket.wrapping_sub(first) < words.len() / F::WORDS {
                entries[left] = (bucket, entry);
                left += 1;
            } else {
                others.push((bucket, entry));
            }
        }
        entries.truncate(left);
    }

    /// Puts an entry into one of the buckets from number `first` on; which one has to go on, if any.
    #[inline(always)]
    fn insert(
        &self,
        words: &mut [F::Word],
        first: usize,
        (bucket, entry): (usize, F::Entry),
    ) -> Option<(usize, F::Entry)> {
        match self.filler.put(&mut words[(bucket - first) * F::WORDS..][..F::WORDS], bucket, entry) {
            Put::In => None,
            Put::On(next, other) => Some((next, other)),
            Put::TooFar => {
                self.fits.store(false, Ordering::Relaxed);
                None
            }
        }
    }

    /// Puts in what crosses from range to range; whether everything is in.
    fn finish(&self) -> bool {
        let all: Vec<_> = self.ranges.iter().flat_map(|range| std::mem::take(&mut lock(range).others)).collect();
        for entry in all {
            let mut on = Some(entry);
            while let Some((bucket, entry)) = on {
                let number = bucket >> self.range_bits;
                on = self.insert(lock(&self.ranges[number]).words, number << self.range_bits, (bucket, entry));
            }
        }
        self.fits.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Result, Source};
    use std::collections::BTreeMap;

    /// N-grams by length.
    pub(in super::super) type Maps<K> = BTreeMap<usize, BTreeMap<K, u64>>;

    impl<K: Copy + Ord + Sync> Source<K> for Maps<K> {
        fn read(&self, length: usize, partition: usize, mut each: impl FnMut(K, u64)) -> Result<()> {
            let map = &self[&length];
            // in two partitions, so that two threads have something to do
            let half = map.len() / 2;
            let (skip, take) = [(0, half), (half, map.len())].get(partition).copied().unwrap_or_default();
            map.iter().skip(skip).take(take).for_each(|(&gram, &count)| each(gram, count));
            Ok(())
        }
    }
}
