//! Pairs of pieces that stand side by side, added up by many threads in the memory given.
//!
//! In: pairs with a [`Tally`] each, from any thread, in any order. Out: for each pair of a range of *shards* the sum. The hash of a pair says which of
//! [`SHARDS`] it is in. Where the tables get larger than their budget, the upper half of the range is given up, and counted in another pass over the
//! text: what is left has been counted from the beginning, so the sums are whole, and do not depend on the memory there is.
//!
//! Memory: 25 bytes a slot, 29 to 57 a pair (tables double); a thread holds [`BUFFER`] pairs a shard. A shard is never divided, so the least
//! is a 256th of all pairs. A text has about a fourth as many pairs as tokens.

use super::spread::Tally;
use crate::num::{index, low_u32, to_u64, to_usize};
use crate::parallel::lock;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of shards, a power of two.
pub(super) const SHARDS: usize = 256;
/// So many pairs a thread holds for a shard before it locks it.
const BUFFER: usize = 128;
/// The bytes of a slot: key, tally, and a byte of the table's own.
const SLOT: usize = 25;
/// The same number for all hashes, so that shards are the same in each run.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Two pieces, by index, the left one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pair(u64);

impl Pair {
    /// A pair.
    #[inline]
    pub(super) fn new(left: u32, right: u32) -> Self {
        Self(u64::from(left) << 32 | u64::from(right))
    }

    /// The index of the left one.
    pub(super) fn left(self) -> u32 {
        low_u32(self.0 >> 32)
    }

    /// The index of the right one.
    pub(super) fn right(self) -> u32 {
        low_u32(self.0)
    }

    /// Which shard it is in: bits that the tables do not look at.
    #[inline]
    fn shard(self) -> usize {
        let mixed = (self.0 ^ SEED).wrapping_mul(SEED);
        index(low_u32((mixed ^ mixed >> 29) >> 24)) % SHARDS
    }
}

/// One shard.
type Table = HashMap<Pair, Tally, FixedState>;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Pairs {
    /// By number; those out of the range are empty.
    shards: Vec<Mutex<Table>>,
    /// The first shard that is counted.
    first: usize,
    /// The one behind the last.
    end: AtomicUsize,
    /// The bytes of all tables.
    bytes: AtomicUsize,
    /// How many they may be.
    budget: usize,
}

impl Pairs {
    /// Counts the shards from `first` on, as many as `budget` bytes have room for, but at least one.
    pub(super) fn new(first: usize, budget: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Table::with_hasher(FixedState::with_seed(SEED)))).collect();
        Self { shards, first, end: AtomicUsize::new(SHARDS), bytes: AtomicUsize::new(0), budget }
    }

    /// The part of one thread.
    pub(super) fn adder(&self) -> PairAdder<'_> {
        PairAdder { pairs: self, held: vec![Vec::new(); SHARDS] }
    }

    /// The shards that were counted. To be asked when all threads are done.
    pub(super) fn range(&self) -> Range<usize> {
        self.first..self.end.load(Ordering::Relaxed)
    }

    /// Calls `each` with every pair of a shard, in no order.
    pub(super) fn for_each(&self, shard: usize, mut each: impl FnMut(Pair, Tally)) {
        lock(&self.shards[shard]).iter().for_each(|(&pair, &tally)| each(pair, tally));
    }

    /// Adds up pairs of one shard, which are gone after that.
    fn add_all(&self, shard: usize, held: &mut Vec<(Pair, Tally)>) {
        if self.range().contains(&shard) {
            let mut table = lock(&self.shards[shard]);
            let before = bytes(&table);
            held.iter().for_each(|&(pair, tally)| table.entry(pair).or_default().add(tally));
            let grown = bytes(&table) - before;
            drop(table);
            if grown > 0 && self.bytes.fetch_add(grown, Ordering::Relaxed) + grown > self.budget {
                self.give_up_half();
            }
        }
        held.clear();
    }

    /// Gives up shards until the tables are within the budget, or one is left.
    fn give_up_half(&self) {
        while self.bytes.load(Ordering::Relaxed) > self.budget {
            let Range { start, end } = self.range();
            let kept = start + (end - start).div_ceil(2);
            if kept == end {
                return; // one shard
            }
            if self.end.compare_exchange(end, kept, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                self.clear(kept..end);
            }
        }
    }

    /// Empties shards that are out of the range.
    fn clear(&self, shards: Range<usize>) {
        for shard in &self.shards[shards] {
            let mut table = lock(shard);
            self.bytes.fetch_sub(bytes(&table), Ordering::Relaxed);
            *table = Table::with_hasher(FixedState::with_seed(SEED));
        }
    }
}

/// The bytes of a table: slots are a power of two, of which seven eighths are used.
fn bytes(table: &Table) -> usize {
    if table.capacity() == 0 { 0 } else { table.capacity().next_power_of_two() * SLOT }
}

/// What one thread holds. To be [`finished`](PairAdder::finish).
#[derive(Debug)]
pub(super) struct PairAdder<'a> {
    /// Where it goes.
    pairs: &'a Pairs,
    /// By shard.
    held: Vec<Vec<(Pair, Tally)>>,
}

impl PairAdder<'_> {
    /// Adds a pair.
    #[inline]
    pub(super) fn add(&mut self, pair: Pair, tally: Tally) {
        let shard = pair.shard();
        let held = &mut self.held[shard];
        held.push((pair, tally));
        if held.len() == BUFFER {
            self.pairs.add_all(shard, held);
        }
    }

    /// Adds up what is held.
    pub(super) fn finish(mut self) {
        for (shard, held) in self.held.iter_mut().enumerate() {
            self.pairs.add_all(shard, held);
        }
    }
}

/// How many bytes tables may take of what is left beside everything else.
pub(super) fn budget(left: u64) -> usize {
    // a table that doubles is there twice, and threads hold some
    to_usize(left.saturating_sub(to_u64(SHARDS * BUFFER * size_of::<(Pair, Tally)>())) / 3 * 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refine::spread::Weight;
    use std::collections::HashMap as Naive;

    /// Adds the same pairs in a given order, on two threads, in as many passes as the budget needs.
    fn counted(numbers: &[u32], budget: usize) -> (Naive<Pair, Tally>, usize) {
        let (mut all, mut first, mut passes) = (Naive::new(), 0, 0);
        while first < SHARDS {
            let pairs = Pairs::new(first, budget);
            std::thread::scope(|scope| {
                let pairs = &pairs;
                for half in numbers.chunks(numbers.len() / 2 + 1) {
                    scope.spawn(move || {
                        let mut adder = pairs.adder();
                        for &number in half {
                            let mut tally = Tally::default();
                            tally.add_block(u64::from(number % 5) + 1, Weight { weight: 1, repeats: 1 });
                            adder.add(Pair::new(number % 5000, number % 7), tally);
                        }
                        adder.finish();
                    });
                }
            });
            let range = pairs.range();
            for shard in range.clone() {
                pairs.for_each(shard, |pair, tally| assert!(all.insert(pair, tally).is_none()));
            }
            assert!(!range.is_empty());
            (first, passes) = (range.end, passes + 1);
        }
        (all, passes)
    }

    #[test]
    fn the_sums_do_not_depend_on_the_memory() {
        let numbers: Vec<u32> = (0..100_000u32).map(|at| at.wrapping_mul(2_654_435_761) >> 10).collect();
        let (plenty, once) = counted(&numbers, usize::MAX);
        let (little, often) = counted(&numbers, 1 << 18);
        assert_eq!(once, 1);
        assert!(often > 2, "{often} passes");
        assert_eq!(plenty, little);
        let (least, most) = counted(&numbers[..2000], 0);
        assert_eq!(most, SHARDS);
        assert_eq!(
            least.values().map(|tally| tally.count).sum::<u64>(),
            numbers[..2000].iter().map(|n| u64::from(n % 5) + 1).sum::<u64>()
        );
    }
}
