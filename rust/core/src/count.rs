//! Stage 1: how often each byte n-gram occurs.
//!
//! In: segments, in any order. Out: [`NgramCounts`], for every length 1 to `order` the distinct n-grams with 64-bit counts:
//! the same for any number of threads and any memory. Only the longest n-gram that fits at each byte is counted; the shorter
//! ones are derived ([`derive`](mod@derive)). N-grams are divided into 512 partitions ([`split`]), each counted in a compact
//! table in memory ([`table`]) which goes to the disk as a sorted run when memory is short ([`partitions`]); at the end each partition
//! is merged ([`merge`]) and derived on its own. So one way of counting serves any ratio of text to memory.
//!
//! Cost: a table access a byte that overlaps with others, and a sort of the distinct n-grams. Memory: see [`table`] and
//! [`partitions`]; what is handed on, 4 to 6 bytes an n-gram with at least `min_count`, goes to the disk where memory has no room.

pub(crate) mod derive;
pub(crate) mod histogram;
pub mod key;
pub(crate) mod merge;
pub(crate) mod partitions;
pub(crate) mod run;
pub(crate) mod split;
pub(crate) mod table;
pub mod threshold;

use crate::Result;
use crate::checkpoint::Saving;
use crate::corpus::Corpus;
use crate::corpus::pass::{Legs, Pass, Totals};
use crate::num::to_u64;
use crate::parallel::stream;
use crate::progress::{Progress, Stage};
use crate::spill::{Budget, CHUNK, Store};
use derive::{Derivation, Heads, Sink};
use histogram::Histogram;
use key::Key;
use partitions::{Adder, Partitions};
use run::{Run, RunReader, RunWriter};
use split::{PARTITIONS, PREFIX, Split};
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use threshold::{Kept, thresholds};

/// What counting is told.
#[derive(Clone, Debug)]
pub struct Counting {
    /// The longest n-gram, in bytes: 1 to `K::MAX_ORDER`.
    pub order: usize,
    /// The least count of an n-gram of 2 bytes or more.
    pub min_count: u64,
    /// Memory for tables, in bytes, above what the smallest need.
    pub table_bytes: usize,
    /// Where runs go; `None` is the system's folder for temporary files.
    pub temp_dir: Option<PathBuf>,
}

/// The border between counting and the n-gram model.
#[derive(Debug)]
pub struct NgramCounts<K> {
    /// The length of the longest n-grams.
    order: usize,
    /// How n-grams are divided.
    split: Split,
    /// By partition, then by length from 3 on: the n-grams that have `min_count`.
    grams: Vec<Vec<Run>>,
    /// N-grams of 1 and 2 bytes, all of them.
    heads: Heads,
    /// What is known of each length.
    statistics: Statistics,
    /// The number of bytes, which is the count of the empty n-gram.
    total: u64,
    /// The least count of an n-gram of 2 bytes or more.
    min_count: u64,
    /// Where n-grams are that memory had no room for.
    store: Store,
    /// The keys that were counted.
    key: std::marker::PhantomData<K>,
}

/// Numbers of n-grams by length.
#[derive(Clone, Debug, Default)]
struct Statistics {
    /// Entry `l - 2`: the counts of the n-grams of `l` bytes that have `min_count`.
    histograms: Vec<Histogram>,
    /// Entry `l - 1`: how many distinct n-grams of `l` bytes there are.
    distinct: Vec<u64>,
}

impl Statistics {
    fn new(order: usize) -> Self {
        Self { histograms: vec![Histogram::default(); order - 1], distinct: vec![0; order] }
    }

    /// One more n-gram.
    #[inline]
    fn add(&mut self, length: usize, count: u64, min_count: u64) -> bool {
        self.distinct[length - 1] += 1;
        let kept = count >= min_count;
        if kept {
            self.histograms[length - 2].add(count);
        }
        kept
    }

    /// Adds up both.
    fn merge(&mut self, other: &Self) {
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(sum, more)| sum.merge(more));
        self.distinct.iter_mut().zip(&other.distinct).for_each(|(sum, more)| *sum += more);
    }
}

/// Counts the n-grams of 1 to `order` bytes in the corpus. `order` is 1 to `K::MAX_ORDER`.
pub fn count_ngrams<K: Key>(
    corpus: &dyn Corpus,
    counting: &Counting,
    mut saving: Saving<'_>,
    pass: Pass,
    progress: &mut dyn Progress,
) -> Result<(NgramCounts<K>, Totals)> {
    let store = saving.store(counting.temp_dir.as_deref())?;
    let budget = Budget::new(counting.table_bytes);
    let partitions = Partitions::<K>::new(Split::new(counting.order), &budget, &store);
    let saved = saving.saved();
    partitions.restore(&saved.runs);
    let mut total = saved.bytes;
    let legs = Legs {
        from: saved.position,
        every: saving.every(),
        end: &mut |counters: Vec<SegmentCounter<'_, '_, K>>, position, check| {
            for counter in counters {
                check()?;
                total += counter.finish()?;
            }
            saving.save(position, total, &store, || {
                partitions.write_all(pass.threads, check)?;
                Ok(partitions.index())
            })
        },
    };
    let totals = pass.run(
        corpus,
        (Stage::Count, corpus.total_bytes()),
        progress,
        || SegmentCounter::new(&partitions),
        |counter, segment| counter.add(segment),
        legs,
    )?;
    let derived = derive_all(&partitions, counting, (&budget, &store), pass, progress)?;
    drop(partitions);
    let (grams, heads, statistics) = derived;
    let (order, split, min_count) = (counting.order, Split::new(counting.order), counting.min_count);
    let key = std::marker::PhantomData;
    Ok((NgramCounts { order, split, grams, heads, statistics, total, min_count, store, key }, totals))
}

/// One thread's part of the counting.
struct SegmentCounter<'p, 'a, K: Key> {
    /// The length of the n-grams.
    order: usize,
    /// Takes n-grams and tails.
    adder: Adder<'p, 'a, K>,
    /// Bytes of all segments so far.
    bytes: u64,
}

impl<'p, 'a, K: Key> SegmentCounter<'p, 'a, K> {
    fn new(partitions: &'p Partitions<'a, K>) -> Self {
        Self { order: partitions.order(), adder: partitions.adder(), bytes: 0 }
    }

    /// Counts one segment.
    fn add(&mut self, segment: &[u8]) -> Result<()> {
        let mask = K::mask(self.order);
        let mut key = K::default();
        let head = segment.len().min(self.order - 1);
        for &byte in &segment[..head] {
            key = key.push(byte, mask);
        }
        for &byte in &segment[head..] {
            key = key.push(byte, mask);
            self.adder.add(key)?;
        }
        for length in 1..=head {
            self.adder.add_tail(key.masked(K::mask(length)), length)?;
        }
        self.bytes += to_u64(segment.len());
        Ok(())
    }

    /// Counts what is still buffered; gives the number of bytes.
    fn finish(mut self) -> Result<u64> {
        self.adder.flush()?;
        Ok(self.bytes)
    }
}

/// All partitions' n-grams by length, the short ones, and what is known of them.
type Derived = (Vec<Vec<Run>>, Heads, Statistics);

/// Derives all partitions, each as one task.
fn derive_all<K: Key>(
    partitions: &Partitions<'_, K>,
    counting: &Counting,
    (budget, store): (&Budget, &Store),
    pass: Pass,
    progress: &mut dyn Progress,
) -> Result<Derived> {
    progress.begin(Stage::NgramModel, Some(to_u64(PARTITIONS)));
    let (mut tasks, progress) = (0..PARTITIONS, RefCell::new(progress));
    // each thread reads two chunks a run, compressed and not, of n-grams and of tails
    let most = counting.table_bytes / (4 * CHUNK * partitions.most_runs()).max(1);
    let threads = pass.threads.min(NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN));
    let new_state = || (Vec::new(), Heads::new(), Statistics::new(counting.order));
    let states = stream(
        threads,
        || {
            progress.borrow_mut().advance(u64::from(tasks.start > 0));
            Ok(tasks.next())
        },
        new_state,
        |(done, heads, statistics): &mut (Vec<(usize, Vec<Run>)>, Heads, Statistics), partition, _| {
            let mut levels = Levels::new(counting, (budget, store), statistics);
            partitions.take(partition, |full, tails| {
                Derivation::new(partitions.split(), partition, &mut levels, heads).run(full, tails)
            })?;
            done.push((partition, levels.finish()?));
            Ok(())
        },
        &mut || progress.borrow_mut().check(),
    )?;
    let (mut grams, mut heads, mut statistics) = new_state();
    for (done, more_heads, more_statistics) in states {
        grams.extend(done);
        heads.add(&more_heads);
        statistics.merge(&more_statistics);
    }
    heads.finish();
    grams.sort_unstable_by_key(|&(partition, _)| partition);
    statistics.distinct[0] = to_u64(heads.singles.iter().filter(|&&count| count > 0).count());
    if counting.order > 1 {
        for &count in heads.doubles.iter().filter(|&&count| count > 0) {
            statistics.add(2, count, counting.min_count);
        }
    }
    Ok((grams.into_iter().map(|(_, runs)| runs).collect(), heads, statistics))
}

/// Takes the n-grams of a partition, each length into a run of its own.
struct Levels<'a, K> {
    /// By length, from 3 on.
    runs: Vec<RunWriter<'a, K>>,
    /// The longest n-gram asked for.
    order: usize,
    /// The least count.
    min_count: u64,
    /// Knows how many there were.
    statistics: &'a mut Statistics,
}

impl<'a, K: Key> Levels<'a, K> {
    fn new(counting: &Counting, (budget, store): (&'a Budget, &'a Store), statistics: &'a mut Statistics) -> Self {
        let runs = (PREFIX..=counting.order).map(|_| RunWriter::new(store, Some(budget))).collect();
        Self { runs, order: counting.order, min_count: counting.min_count, statistics }
    }

    fn finish(self) -> Result<Vec<Run>> {
        self.runs.into_iter().map(RunWriter::finish).collect()
    }
}

impl<K: Key> Sink<K> for Levels<'_, K> {
    #[inline]
    fn gram(&mut self, length: usize, rest: K, count: u64) -> Result<()> {
        if length <= self.order && self.statistics.add(length, count, self.min_count) {
            self.runs[length - PREFIX].push(rest, count)?;
        }
        Ok(())
    }
}

impl<K: Key> NgramCounts<K> {
    /// The length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.order
    }

    /// The number of bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// By length from 1 on: how many distinct n-grams there are.
    pub fn distinct(&self) -> &[u64] {
        &self.statistics.distinct
    }

    /// Moves n-grams that are in memory to the disk, where they take more than `bytes`.
    pub(crate) fn limit_memory(&mut self, bytes: u64) -> Result<()> {
        let runs = || self.grams.iter().flatten();
        if runs().map(Run::memory).sum::<u64>() > bytes {
            self.grams.iter_mut().flatten().try_for_each(|run| run.write(&self.store))?;
        }
        Ok(())
    }

    /// Bytes written to the disk so far.
    pub fn spilled(&self) -> u64 {
        self.store.written()
    }

    /// By length from 2 on: what is kept when there may be at most `max_ngrams`.
    pub fn thresholds(&self, max_ngrams: Option<u64>) -> Vec<Kept> {
        thresholds(&self.statistics.histograms, self.min_count, max_ngrams)
    }

    /// The count of each single byte.
    pub fn singles(&self) -> &[u64] {
        &self.heads.singles
    }

    /// By the first byte times 256 plus the second: the counts of all pairs.
    pub fn doubles(&self) -> &[u64] {
        &self.heads.doubles
    }

    /// Calls `each` with the n-grams of `length` bytes, 3 to `order`, of one partition that have `min_count`, in the order of
    /// their rests.
    pub(crate) fn for_each(&self, length: usize, partition: usize, mut each: impl FnMut(K, u64)) -> Result<()> {
        let mut reader = RunReader::<K>::new(&self.store, &self.grams[partition][length - PREFIX]);
        while let Some((rest, count)) = reader.next()? {
            each(self.split.join(partition, rest, length), count);
        }
        Ok(())
    }

    /// All n-grams of `length` bytes, 1 to `order`, that have `min_count`, in no order: for tests, since it is in memory.
    pub fn all(&self, length: usize) -> Result<Vec<(K, u64)>> {
        let dense = |counts: &[u64], least| {
            let some = (0_u64..).zip(counts).filter(|&(_, &count)| count >= least);
            some.map(|(gram, &count)| (K::from(gram), count)).collect()
        };
        match length {
            1 => Ok(dense(self.singles(), 1)),
            2 => Ok(dense(self.doubles(), self.min_count)),
            _ => {
                let mut all = Vec::new();
                for partition in 0..PARTITIONS {
                    self.for_each(length, partition, |gram, count| all.push((gram, count)))?;
                }
                Ok(all)
            }
        }
    }
}
