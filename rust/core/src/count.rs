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

mod adder;
mod buffers;
mod counts;
pub(crate) mod derive;
pub(crate) mod histogram;
pub mod key;
mod levels;
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
use crate::ngram_model::NgramModel;
use crate::num::to_u64;
use crate::parallel::stream;
use crate::progress::{Progress, Stage};
use crate::spill::{Budget, CHUNK, Store};
use adder::Adder;
pub use counts::NgramCounts;
use counts::Statistics;
use derive::{Derivation, Heads};
use key::Key;
use levels::Levels;
use partitions::Partitions;
use run::Run;
use split::{PARTITIONS, Split};
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::PathBuf;

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
    let partitions = Partitions::<K>::new(Split::new(counting.order), &budget, &store, pass.threads);
    let saved = saving.saved();
    partitions.restore(&saved.runs);
    let mut total = saved.bytes;
    let legs = Legs {
        from: saved.position,
        every: saving.every(),
        end: &mut |counters: Vec<SegmentCounter<'_, '_, K>>, position, check| {
            total += counters.iter().map(|counter| counter.bytes).sum::<u64>();
            partitions.flush(counters.into_iter().map(|counter| counter.adder).collect(), pass.threads, check)?;
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
        let push = |key: &mut K, &byte: &u8| {
            *key = key.push(byte, mask);
            Some(*key)
        };
        let (head, rest) = segment.split_at(segment.len().min(self.order - 1));
        let begun = head.iter().scan(K::default(), push).last().unwrap_or_default();
        self.adder.add(rest.iter().scan(begun, push))?;
        let last = segment.iter().rev().take(head.len()).rev().scan(K::default(), push).last().unwrap_or_default();
        self.adder.add_tails((1..=head.len()).map(|length| (last.masked(K::mask(length)), length)))?;
        self.bytes += to_u64(segment.len());
        Ok(())
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
    progress.begin(Stage::NgramModel, Some(to_u64(PARTITIONS) + NgramModel::<K>::steps(counting.order)));
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
        |(done, heads, statistics): &mut (Vec<(usize, Vec<Run>)>, Heads, Statistics), partition, stop| {
            let mut levels = Levels::new(counting, budget, store, statistics);
            partitions.take(partition, |full, tails| {
                Derivation::new(partitions.split(), partition, &mut levels, heads).run(full, tails, stop)
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
