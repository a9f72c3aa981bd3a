//! Stage 2: from n-gram counts to logarithms that a segment's n-grams are looked up in.
//!
//! In: [`NgramCounts`], and the least count of each length. Out: [`NgramModel`], for each n-gram of a segment the natural logarithm of its
//! count, or −inf where it is not kept. Kept are all 256 single bytes (one that never occurs gets count 1, and the total
//! grows by 1 for it) and longer n-grams with at least the least count, which never falls with the length: what is kept
//! is closed under substrings, so conditional probabilities are differences of two logarithms that are both there.
//!
//! Lengths 1 and 2 are direct tables. Longer n-grams are in tables that tell the place of a count among the distinct ones ([`distinct`]),
//! so that there is one short list of logarithms. At orders up to 8 a [`suffixes`] table tells three or four lengths at one look:
//! all of order 6, half of order 8. The other lengths are in tables of one integer an n-gram ([`table`]), which are
//! needed where the long n-gram is not kept, a tenth of all places in the text that was counted. How segments are read: [`reader`].
//!
//! Memory: 14.5 bytes a kept n-gram of the lengths `order` and, from order 7 on, `order - 3`; 9.4 a shorter one: 11.9 on average at
//! order 6 on 46 MB of text. At orders over 8 23 bytes. Cost: one cache miss a byte, two from order 7 on, `order - 2` from 9 on;
//! overlapping.

mod distinct;
mod filling;
mod reader;
mod source;
mod suffixes;
mod table;

use crate::Result;
use crate::count::NgramCounts;
use crate::count::key::Key;
use crate::count::split::PARTITIONS;
use crate::count::threshold::{Kept, SINGLE_BYTES};
use crate::ln::ln;
use crate::num::to_u64;
use crate::progress::Progress;
use distinct::Counts;
pub(crate) use reader::Stretch;
pub use reader::{Logs, Reader};
use source::Source;
use std::num::NonZeroUsize;
use suffixes::over::{Over, OverTable};
use suffixes::{ESCAPE, SuffixTable};
use table::GramTable;

/// The length of the first n-grams that have a table.
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
    /// The logarithms of the distinct counts by place; the first is −inf, that of what is not kept.
    logs: Vec<f64>,
    /// Entry `l - 3` holds the kept n-grams of `l` bytes, where they are not in `suffixes`.
    plain: Vec<Option<GramTable<K>>>,
    /// The n-grams of [`tops`] with their suffixes, the longest first; none at orders over 8.
    suffixes: Vec<SuffixTable>,
    /// What `suffixes` have no places for; the same order.
    over: Vec<OverTable>,
    /// The place that says so there; `None` where there is nothing in `over`.
    escape: Option<u16>,
}

/// The tables of a model: [`NgramModel::plain`], [`NgramModel::suffixes`], [`NgramModel::over`].
type Tables<K> = (Vec<Option<GramTable<K>>>, Vec<SuffixTable>, Vec<OverTable>);

/// Builds them; `ngrams` tells how many n-grams of a length there are, and how many of them have a place that is [`Counts::is_over`].
fn tables<K: Key, S: filling::Source<K>>(
    (source, order): (&S, usize),
    ngrams: impl Fn(usize) -> (u64, u64),
    places: &Counts,
    threads: NonZeroUsize,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Tables<K>> {
    let tops = tops::<K>(order);
    // the longest first: it takes longest
    let lengths = (FIRST..=order).rev().filter(|length| !tops.contains(length));
    let lengths: Vec<_> = lengths.map(|length| (length, ngrams(length).0)).collect();
    let filled = GramTable::fill(&lengths, places, source, threads, check)?;
    let mut plain: Vec<_> = (FIRST..=order).map(|_| None).collect();
    lengths.iter().zip(filled).for_each(|(&(length, _), table)| plain[length - FIRST] = Some(table));
    let with_shorter = |&length: &usize| {
        let shorter = &plain[length + 1 - suffixes::span(length) - FIRST..length - FIRST];
        (length, ngrams(length).0, shorter.iter().flatten().map(GramTable::view).collect())
    };
    let suffixes = SuffixTable::fill(tops.iter().map(with_shorter).collect(), places, source, threads, check)?;
    let mut over = Vec::new();
    if places.escape().is_some() {
        let lengths: Vec<_> = tops.iter().map(|&length| (length, ngrams(length).1)).collect();
        let source = Over { source, counts: places, key: std::marker::PhantomData };
        over = OverTable::fill(&lengths, places, &source, threads, check)?;
    }
    Ok((plain, suffixes, over))
}

/// The places of the counts that are kept, and their logarithms.
fn places<K: Key>(counts: &NgramCounts<K>, kept: &[Kept]) -> (Counts, Vec<f64>) {
    Counts::new((FIRST..=kept.len() + 1).flat_map(|length| counts.distinct_counts(length, kept)), ESCAPE)
}

/// How many n-grams of a length have a place that is [`Counts::is_over`].
fn over<K: Key>(counts: &NgramCounts<K>, kept: &[Kept], places: &Counts, length: usize) -> u64 {
    let over = counts.distinct_counts(length, kept).filter(|&(count, _)| places.is_over(count));
    over.map(|(_, ngrams)| ngrams).sum()
}

/// The lengths that have a [`SuffixTable`], the longest first.
fn tops<K: Key>(order: usize) -> Vec<usize> {
    let (mut tops, mut length) = (Vec::new(), order);
    while K::MAX_ORDER == suffixes::LONGEST && length > FIRST {
        tops.push(length);
        length -= suffixes::span(length);
    }
    tops
}

impl<K: Key> NgramModel<K> {
    /// Takes logarithms of the n-grams that `kept` says are kept; `kept` begins with length 2.
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
        let (source, check) = (Source::new(counts, kept), progress);
        let mut tell = || source.tell(check);
        let (places, logs) = places(counts, kept);
        let ngrams = |length: usize| (kept[length - 2].ngrams, over(counts, kept, &places, length));
        let (plain, suffixes, over) = tables((&source, order), ngrams, &places, threads, &mut tell)?;
        tell()?;
        let (ln_total, escape) = (ln(counts.total() + to_u64(missing)), places.escape());
        Ok(Self { order, ln_total, single, double, logs, plain, suffixes, over, escape })
    }

    /// How many steps [`NgramModel::new`] reports.
    pub(crate) fn steps(order: usize) -> u64 {
        to_u64((order + 1).saturating_sub(FIRST) * PARTITIONS)
    }

    /// The bytes of a model of these n-grams; `kept` begins with length 2.
    pub fn bytes(counts: &NgramCounts<K>, kept: &[Kept]) -> u64 {
        let (all, dense) = (kept, (SINGLE_BYTES + (1 << 16)) * to_u64(size_of::<f64>()));
        let (tops, (places, _)) = (tops::<K>(kept.len() + 1), places(counts, kept));
        let bytes = |(length, kept): (usize, &Kept)| {
            if tops.contains(&length) {
                let over = places.escape().map_or(0, |_| OverTable::bytes(over(counts, all, &places, length)));
                SuffixTable::bytes(length, kept.ngrams) + over
            } else {
                GramTable::<K>::bytes(kept.ngrams)
            }
        };
        dense + (FIRST..).zip(kept.iter().skip(1)).map(bytes).sum::<u64>()
    }

    /// The model, to be looked into by one thread.
    pub fn reader(&self) -> Reader<'_, K> {
        Reader::new(self)
    }
}

#[cfg(test)]
mod tests;
