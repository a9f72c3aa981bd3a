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
//! order 6 on 46 MB of text. At orders over 8 19 bytes. Cost: one cache miss a byte, two from order 7 on, `order - 2` from 9 on;
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
use suffixes::{MOST_PLACES, SuffixTable};
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
    /// The n-grams of [`tops`] with their suffixes, the longest first; or none.
    suffixes: Vec<SuffixTable>,
}

/// The tables of a model: [`NgramModel::plain`] and [`NgramModel::suffixes`].
type Tables<K> = (Vec<Option<GramTable<K>>>, Vec<SuffixTable>);

/// Builds them; `kept` begins with length 2.
fn tables<K: Key>(
    source: &Source<'_, K>,
    kept: &[Kept],
    places: &Counts,
    threads: NonZeroUsize,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Tables<K>> {
    let order = kept.len() + 1;
    let tops = if places.len() <= MOST_PLACES { tops::<K>(order) } else { Vec::new() };
    let ngrams = |length: usize| kept[length - 2].ngrams;
    // the longest first: it takes longest
    let lengths = (FIRST..=order).rev().filter(|length| !tops.contains(length));
    let lengths: Vec<_> = lengths.map(|length| (length, ngrams(length))).collect();
    let filled = GramTable::fill(&lengths, places, source, threads, check)?;
    let mut plain: Vec<_> = (FIRST..=order).map(|_| None).collect();
    lengths.iter().zip(filled).for_each(|(&(length, _), table)| plain[length - FIRST] = Some(table));
    let with_shorter = |&length: &usize| {
        let shorter = &plain[length + 1 - suffixes::span(length) - FIRST..length - FIRST];
        (length, ngrams(length), shorter.iter().flatten().map(GramTable::view).collect())
    };
    let suffixes = SuffixTable::fill(tops.iter().map(with_shorter).collect(), places, source, threads, check)?;
    Ok((plain, suffixes))
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
        let (places, logs) = Counts::new(counts.distinct_counts(FIRST, kept));
        let (plain, suffixes) = tables(&source, kept, &places, threads, &mut tell)?;
        tell()?;
        Ok(Self { order, ln_total: ln(counts.total() + to_u64(missing)), single, double, logs, plain, suffixes })
    }

    /// How many steps [`NgramModel::new`] reports.
    pub(crate) fn steps(order: usize) -> u64 {
        to_u64((order + 1).saturating_sub(FIRST) * PARTITIONS)
    }

    /// The bytes of a model of these n-grams; `kept` begins with length 2.
    pub fn bytes(kept: &[Kept]) -> u64 {
        let dense = (SINGLE_BYTES + (1 << 16)) * to_u64(size_of::<f64>());
        let tops = tops::<K>(kept.len() + 1);
        let bytes = |(length, kept): (usize, &Kept)| {
            if tops.contains(&length) {
                SuffixTable::bytes(length, kept.ngrams)
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
