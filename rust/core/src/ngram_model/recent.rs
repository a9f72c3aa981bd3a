//! The n-grams that were looked up last, with the logarithms of all orders: text repeats itself.
//!
//! In: the last `order` bytes at a place, and the logarithms that were found there. Out: the same for the same bytes, if nothing
//! else has taken their place since. A third (Chinese) to two thirds (code) of all places are found at order 6, each for one
//! look into the second-level cache instead of `order - 2` looks into tables that are in none.
//! Memory: [`ENTRIES`]` × (16 + 8 × order)` bytes a thread, twice the 16 at orders over 8: half a megabyte at order 6.

use crate::count::key::{Key, place};

/// How many there are.
const ENTRIES: usize = 1 << 13;

/// See the module.
#[derive(Debug)]
pub(super) struct Recent<K> {
    /// The bytes of each entry; `None` where there is none yet.
    keys: Vec<Option<K>>,
    /// The logarithms of each entry, the shortest n-gram first: `order` of them.
    logs: Vec<f64>,
    /// The number of logarithms of an entry.
    order: usize,
}

impl<K: Key> Recent<K> {
    /// Nothing looked up yet.
    pub(super) fn new(order: usize) -> Self {
        Self { keys: vec![None; ENTRIES], logs: vec![0.0; ENTRIES * order], order }
    }

    /// What was found for these bytes.
    #[inline(always)]
    pub(super) fn find(&self, key: K) -> Option<&[f64]> {
        let entry = place(key.hash64(), ENTRIES);
        (self.keys[entry] == Some(key)).then(|| &self.logs[entry * self.order..][..self.order])
    }

    /// Remembers what was found.
    #[inline(always)]
    pub(super) fn put(&mut self, key: K, logs: &[f64]) {
        let entry = place(key.hash64(), ENTRIES);
        self.keys[entry] = Some(key);
        self.logs[entry * self.order..][..self.order].copy_from_slice(logs);
    }
}
