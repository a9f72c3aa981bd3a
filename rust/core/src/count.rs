//! Stage 1: how often each byte n-gram occurs.
//!
//! In: segments, in any order. Out: [`NgramCounts`], for every length 1 to `order` the distinct n-grams, sorted, with
//! 64-bit counts: the same for any number of threads. Only the longest n-gram that fits at each byte is counted; shorter
//! ones follow, since every occurrence of an n-gram is either followed by a byte or stands at the end of a segment:
//! `c(w) = Σ over b of c(wb) + (segments that end in w)`. That is one key a byte instead of `order`.
//!
//! Cost: a hash table access a byte, a sort of the distinct n-grams of the highest order, a linear merge for each lower one.

pub mod key;
pub mod sharded;

use crate::Result;
use crate::corpus::Corpus;
use crate::corpus::pass::{Pass, Totals};
use crate::num::to_u64;
use crate::progress::{Progress, Stage};
use key::Key;
use sharded::{Adder, ShardedCounter};

/// The n-grams merged between two checks for an interrupt.
const CHECK_ENTRIES: usize = 1 << 20;

/// The n-grams of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NgramTable<K> {
    /// Distinct n-grams, ascending.
    pub keys: Vec<K>,
    /// How often each occurs; at least 1.
    pub counts: Vec<u64>,
}

impl<K: Key> NgramTable<K> {
    /// N-grams and counts, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        self.keys.iter().copied().zip(self.counts.iter().copied())
    }
}

/// The border between counting and the n-gram model. Memory: `size_of::<K>() + 8` bytes a distinct n-gram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NgramCounts<K> {
    /// Entry `l - 1` holds the n-grams of `l` bytes; there are `order` entries.
    pub tables: Vec<NgramTable<K>>,
    /// The number of bytes, which is the count of the empty n-gram.
    pub total: u64,
}

/// Counts the n-grams of 1 to `order` bytes in the corpus. `order` is 1 to `K::MAX_ORDER`.
pub fn count_ngrams<K: Key>(
    corpus: &dyn Corpus,
    order: usize,
    pass: Pass,
    progress: &mut dyn Progress,
) -> Result<(NgramCounts<K>, Totals)> {
    let counters = Counters { order, full: ShardedCounter::new(), tails: ShardedCounter::new() };
    let (adders, totals) = pass.run(
        corpus,
        (Stage::Count, corpus.total_bytes()),
        progress,
        || SegmentCounter::new(&counters),
        |counter, segment| counter.add(segment),
    )?;
    let total = adders.into_iter().map(SegmentCounter::finish).sum();
    let check = &mut || progress.check();
    let (keys, counts) = counters.full.into_sorted(pass.threads, check)?;
    let (tails, tail_counts) = counters.tails.into_sorted(pass.threads, check)?;
    let tables = derive(order, NgramTable { keys, counts }, &tails, &tail_counts, check)?;
    Ok((NgramCounts { tables, total }, totals))
}

/// What all threads count into.
#[derive(Debug)]
struct Counters<K> {
    /// The length of the n-grams in `full`.
    order: usize,
    /// N-grams of `order` bytes.
    full: ShardedCounter<K>,
    /// The last 1 to `order - 1` bytes of every segment, tagged with their length.
    tails: ShardedCounter<K>,
}

/// One thread's part of [`Counters`].
struct SegmentCounter<'a, K: Key> {
    /// The length of the n-grams.
    order: usize,
    /// Takes n-grams of `order` bytes.
    full: Adder<'a, K>,
    /// Takes tagged tails.
    tails: Adder<'a, K>,
    /// Bytes of all segments so far.
    bytes: u64,
}

impl<'a, K: Key> SegmentCounter<'a, K> {
    fn new(counters: &'a Counters<K>) -> Self {
        Self { order: counters.order, full: counters.full.adder(), tails: counters.tails.adder(), bytes: 0 }
    }

    /// Counts one segment.
    fn add(&mut self, segment: &[u8]) {
        let mask = K::mask(self.order);
        let mut key = K::default();
        let head = segment.len().min(self.order - 1);
        for &byte in &segment[..head] {
            key = key.push(byte, mask);
        }
        for &byte in &segment[head..] {
            key = key.push(byte, mask);
            self.full.add(key);
        }
        for length in 1..=head {
            self.tails.add(key.masked(K::mask(length)).tagged(length));
        }
        self.bytes += to_u64(segment.len());
    }

    /// Counts what is still buffered; gives the number of bytes.
    fn finish(mut self) -> u64 {
        self.full.flush();
        self.tails.flush();
        self.bytes
    }
}

/// From the n-grams of the highest order and all tails to the tables of every order.
fn derive<K: Key>(
    order: usize,
    highest: NgramTable<K>,
    tails: &[K],
    tail_counts: &[u64],
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<NgramTable<K>>> {
    let mut tables = vec![highest];
    for length in (1..order).rev() {
        // tails are sorted by (length, bytes), the tag being the top byte
        let start = tails.partition_point(|tail| tail.untagged().1 < length);
        let end = tails.partition_point(|tail| tail.untagged().1 <= length);
        let tails_here =
            tails[start..end].iter().map(|tail| tail.untagged().0).zip(tail_counts[start..end].iter().copied());
        let longer = &tables[tables.len() - 1];
        let prefixes = longer.keys.iter().map(|key| key.without_last()).zip(longer.counts.iter().copied());
        let table = merge(prefixes, tails_here, check)?;
        tables.push(table);
    }
    tables.reverse();
    Ok(tables)
}

/// Merges two ascending sequences, adding up the counts of equal keys (also within a sequence). The sums are numbers of
/// bytes read, so they fit.
fn merge<K: Key>(
    a: impl Iterator<Item = (K, u64)>,
    b: impl Iterator<Item = (K, u64)>,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<NgramTable<K>> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    let mut table = NgramTable::default();
    for number in 0_usize.. {
        if number % CHECK_ENTRIES == 0 {
            check()?;
        }
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.0 <= y.0 => a.next(),
            (Some(_), None) => a.next(),
            _ => b.next(),
        };
        let Some((key, count)) = next else { break };
        match (table.keys.last(), table.counts.last_mut()) {
            (Some(&last), Some(sum)) if last == key => *sum += count,
            _ => {
                table.keys.push(key);
                table.counts.push(count);
            }
        }
    }
    table.keys.shrink_to_fit();
    table.counts.shrink_to_fit();
    Ok(table)
}
