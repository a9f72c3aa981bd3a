//! A counter of keys that many threads add to.
//!
//! In: keys, from any thread, in any order. Out: every distinct key with its 64-bit count, sorted by key: the same for any
//! number of threads. Keys are collected per shard in small buffers of each thread ([`Adder`]) and counted a buffer at a
//! time under the shard's lock, so that one shard's table (some hundred KB on tens of MB of text) stays in the cache
//! meanwhile. A single table for all keys is a cache miss a key, about half as fast; sorting all keys four times slower.
//!
//! Memory: `size_of::<(K, u64)>()` bytes a distinct key at a load of 0.35 to 0.7, and `SHARDS * BUFFER * size_of::<K>()` a thread.

use super::key::Key;
use crate::Result;
use crate::num::to_usize;
use crate::parallel::{lock, map};
use std::num::NonZeroUsize;
use std::sync::Mutex;

/// The number of shards; the top bits of the hash choose one.
const SHARDS: usize = 512;
/// The number of keys a thread collects for a shard before it takes the lock.
const BUFFER: usize = 512;
/// The number of ranges the keys are cut into for sorting.
const RANGES: usize = 64;

/// The shard of a hash.
#[inline(always)]
fn shard_of(hash: u64) -> usize {
    to_usize(hash >> (64 - SHARDS.trailing_zeros()))
}

/// Counts keys in [`SHARDS`] tables, each behind a lock of its own.
#[derive(Debug)]
pub struct ShardedCounter<K> {
    /// Table `s` holds the keys whose hash has `s` as its top bits.
    shards: Vec<Mutex<Table<K>>>,
}

impl<K: Key> ShardedCounter<K> {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(Table::default())).collect() }
    }

    /// The part of one thread. What it has collected is counted when its buffers are full and by [`Adder::flush`].
    pub fn adder(&self) -> Adder<'_, K> {
        Adder { counter: self, buffers: vec![Vec::new(); SHARDS] }
    }

    /// All keys with their counts, sorted by key. Cost: a sort of the distinct keys, on `threads` threads.
    pub fn into_sorted(
        self,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<(Vec<K>, Vec<u64>)> {
        let splitters = self.splitters();
        let shards = &self.shards;
        let buckets = map(
            threads,
            SHARDS,
            |shard, _| Ok(std::mem::take(&mut *lock(&shards[shard])).into_buckets(&splitters)),
            check,
        )?;
        let ranges = map(
            threads,
            splitters.len() + 1,
            |range, _| {
                let mut entries: Vec<(K, u64)> = Vec::new();
                for shard in &buckets {
                    entries.extend_from_slice(&shard[range]);
                }
                entries.sort_unstable_by_key(|&(key, _)| key);
                Ok(entries)
            },
            check,
        )?;
        drop(buckets);
        let distinct = ranges.iter().map(Vec::len).sum();
        let (mut keys, mut counts) = (Vec::with_capacity(distinct), Vec::with_capacity(distinct));
        for range in ranges {
            keys.extend(range.iter().map(|&(key, _)| key));
            counts.extend(range.iter().map(|&(_, count)| count));
        }
        Ok((keys, counts))
    }

    /// Keys that cut the sorted order into about equal ranges. Which ones does not matter for the result: ranges are
    /// sorted and put together again.
    fn splitters(&self) -> Vec<K> {
        let mut sample: Vec<K> = lock(&self.shards[0]).entries().map(|(key, _)| key).collect();
        sample.sort_unstable();
        let step = sample.len() / RANGES;
        if step == 0 { Vec::new() } else { sample.into_iter().step_by(step).skip(1).collect() }
    }
}

impl<K: Key> Default for ShardedCounter<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// One thread's way into a [`ShardedCounter`].
#[derive(Debug)]
pub struct Adder<'a, K: Key> {
    /// Where full buffers go.
    counter: &'a ShardedCounter<K>,
    /// For each shard, keys not counted yet: fewer than [`BUFFER`].
    buffers: Vec<Vec<K>>,
}

impl<K: Key> Adder<'_, K> {
    /// Counts `key` once more.
    #[inline]
    pub fn add(&mut self, key: K) {
        let shard = shard_of(key.hash64());
        let buffer = &mut self.buffers[shard];
        if buffer.capacity() == 0 {
            buffer.reserve_exact(BUFFER);
        }
        buffer.push(key);
        if buffer.len() == BUFFER {
            lock(&self.counter.shards[shard]).add_all(buffer);
            buffer.clear();
        }
    }

    /// Counts what is left in the buffers.
    pub fn flush(&mut self) {
        for (shard, buffer) in self.buffers.iter_mut().enumerate() {
            lock(&self.counter.shards[shard]).add_all(buffer);
            buffer.clear();
        }
    }
}

/// An open-addressing hash table with linear probing; a slot with count 0 is empty.
#[derive(Debug)]
struct Table<K> {
    /// A power of two slots, or none.
    slots: Vec<(K, u64)>,
    /// The slots in use: at most 7 in 10.
    used: usize,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { slots: Vec::new(), used: 0 }
    }
}

impl<K: Key> Table<K> {
    /// Counts each of `keys` once more.
    fn add_all(&mut self, keys: &[K]) {
        while 10 * (self.used + keys.len()) > 7 * self.slots.len() {
            self.grow();
        }
        for &key in keys {
            self.add(key, 1);
        }
    }

    /// Adds to the count of `key`; there is room. A sum over 2^64 cannot occur: counts are numbers of bytes read.
    #[inline]
    fn add(&mut self, key: K, count: u64) {
        let last = self.slots.len() - 1;
        // the top bits chose the shard: use the low ones here
        let mut at = to_usize(key.hash64()) & last;
        loop {
            let slot = &mut self.slots[at];
            if slot.1 == 0 {
                *slot = (key, count);
                self.used += 1;
                return;
            }
            if slot.0 == key {
                slot.1 += count;
                return;
            }
            at = (at + 1) & last;
        }
    }

    /// Doubles the slots.
    fn grow(&mut self) {
        let slots = vec![(K::default(), 0); (2 * self.slots.len()).max(1024)];
        let old = std::mem::replace(&mut self.slots, slots);
        self.used = 0;
        for (key, count) in old {
            if count > 0 {
                self.add(key, count);
            }
        }
    }

    /// Keys and counts by the range they are in, in no order within it; `splitters` are where the ranges after the first begin.
    fn into_buckets(self, splitters: &[K]) -> Vec<Vec<(K, u64)>> {
        let mut buckets = vec![Vec::new(); splitters.len() + 1];
        for entry in self.entries() {
            buckets[splitters.partition_point(|&splitter| splitter <= entry.0)].push(entry);
        }
        buckets
    }

    /// Keys and counts, in no order.
    fn entries(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        self.slots.iter().copied().filter(|&(_, count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn threads_count_together_what_one_map_counts() {
        let keys: Vec<u64> = (0..200_000u64).map(|i| (i * i) % 7919 * 1_000_003).collect();
        let mut expected = BTreeMap::new();
        for &key in &keys {
            *expected.entry(key).or_insert(0u64) += 1;
        }
        for threads in 1..4 {
            let counter = ShardedCounter::new();
            std::thread::scope(|scope| {
                for part in keys.chunks(keys.len() / threads + 1) {
                    let counter = &counter;
                    scope.spawn(move || {
                        let mut adder = counter.adder();
                        part.iter().for_each(|&key| adder.add(key));
                        adder.flush();
                    });
                }
            });
            let threads = NonZeroUsize::new(threads).expect("not zero");
            let (sorted, counts) = counter.into_sorted(threads, &mut || Ok(())).expect("no error");
            assert_eq!(sorted, expected.keys().copied().collect::<Vec<_>>());
            assert_eq!(counts, expected.values().copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_counted_is_nothing() {
        let (keys, counts) =
            ShardedCounter::<u128>::new().into_sorted(NonZeroUsize::MIN, &mut || Ok(())).expect("no error");
        assert!(keys.is_empty() && counts.is_empty());
    }
}
