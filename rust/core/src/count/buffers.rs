//! What a thread has collected for each partition.
//!
//! Memory: `PARTITIONS` times the length of a stretch.

use super::key::Key;
use super::split::PARTITIONS;

/// N-grams not counted yet, by partition.
pub(super) struct Buffers<K> {
    /// `PARTITIONS` stretches of `length` n-grams.
    rests: Vec<K>,
    /// How many of each stretch are in use: fewer than `length`.
    used: Vec<usize>,
    /// The length of a stretch.
    length: usize,
}

impl<K: Key> Buffers<K> {
    pub(super) fn new(length: usize) -> Self {
        Self { rests: vec![K::default(); PARTITIONS * length], used: vec![0; PARTITIONS], length }
    }

    /// Collects `rest`; gives the whole stretch when it is full.
    #[inline(always)]
    pub(super) fn push(&mut self, partition: usize, rest: K) -> Option<&[K]> {
        let (start, used) = (partition * self.length, self.used[partition]);
        self.rests[start + used] = rest;
        let full = used + 1 == self.length;
        self.used[partition] = if full { 0 } else { used + 1 };
        full.then(|| &self.rests[start..start + self.length])
    }

    /// Gives every stretch that is not empty.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (usize, &[K])> {
        let used = std::mem::replace(&mut self.used, vec![0; PARTITIONS]);
        let stretches = self.rests.chunks_exact(self.length);
        used.into_iter().zip(stretches).enumerate().map(|(at, (used, rests))| (at, &rests[..used]))
    }
}
