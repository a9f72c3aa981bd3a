//! The places that a [`super::SuffixTable`] has no room for, of the n-grams themselves.
//!
//! In: n-grams and their counts. Out: a table of those whose count has a place above [`Counts::escape`]: few, but 128 bits each, since a table
//! of few n-grams of 8 bytes has no room for many places in 64. Memory: 19 bytes such an n-gram.

use crate::Result;
use crate::count::key::Key;
use crate::ngram_model::distinct::Counts;
use crate::ngram_model::filling::Source;
use crate::ngram_model::table::GramTable;

/// See the module.
pub(in super::super) type OverTable = GramTable<u128>;

/// Only the n-grams whose places are above the others.
pub(in super::super) struct Over<'a, S, K> {
    /// All n-grams.
    pub(in super::super) source: &'a S,
    /// The places.
    pub(in super::super) counts: &'a Counts,
    /// The n-grams that come from `source`.
    pub(in super::super) key: std::marker::PhantomData<fn(K)>,
}

impl<K: Key, S: Source<K>> Source<u128> for Over<'_, S, K> {
    fn read(&self, length: usize, partition: usize, mut each: impl FnMut(u128, u64)) -> Result<()> {
        self.source.read(length, partition, |gram, count| {
            if self.counts.is_over(count) {
                each(u128::from(gram.low_u64()), count);
            }
        })
    }
}
