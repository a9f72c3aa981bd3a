//! What a thread has collected for each partition.
//!
//! In: n-grams, one at a time. Out: those of one partition, a whole *stretch* of them at once, so that the partition's table is in a
//! near cache while they are counted. Stretches are short at first and get four times as long, up to a limit, whenever all of
//! them have been filled twice: a little text needs little memory.
//!
//! Memory: [`bytes`]. Cost: 4 ns an n-gram; lines that are written combined (staged in a cache line, then stored past the caches) took 5.

use super::key::Key;
use super::split::PARTITIONS;
use crate::Result;
use crate::num::{index, low_u32, to_u64};
use crate::region::Region;

/// The factor by which stretches get longer.
const LONGER: usize = 4;
/// How often stretches are filled before they get longer.
const FILLED: usize = 2;

/// The bytes of buffers with stretches of `length` n-grams.
pub(super) const fn bytes<K>(length: usize) -> usize {
    PARTITIONS * length * size_of::<K>()
}

/// N-grams not counted yet, by partition.
pub(super) struct Buffers<K> {
    /// `PARTITIONS` stretches of `length` n-grams.
    rests: Region<K>,
    /// Where the next n-gram of each partition goes.
    next: [u32; PARTITIONS],
    /// The length of a stretch: a power of two.
    length: usize,
    /// The length that stretches may get.
    longest: usize,
    /// How many stretches were given away since they have this length.
    given: usize,
}

impl<K: Key> Buffers<K> {
    /// Stretches of `length` n-grams that may get up to `longest`; both are powers of two.
    pub(super) fn new(length: usize, longest: usize) -> Self {
        debug_assert!(length.is_power_of_two() && longest.is_power_of_two());
        let rests = Region::zeroed(PARTITIONS * length).in_huge_pages();
        let mut next = [0; PARTITIONS];
        next.iter_mut().enumerate().for_each(|(partition, next)| *next = low_u32(to_u64(partition * length)));
        Self { rests, next, length, longest, given: 0 }
    }

    /// Collects rests, each for its partition; calls `full` with every stretch that is full.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        rests: impl Iterator<Item = (usize, K)>,
        mut full: impl FnMut(usize, &[K]) -> Result<()>,
    ) -> Result<()> {
        // borrowed once: where a region is costs a few instructions to find
        let (stretches, next, length) = (&mut *self.rests, &mut self.next, self.length);
        for (partition, rest) in rests {
            let at = index(next[partition]);
            stretches[at] = rest;
            let end = at + 1;
            next[partition] = low_u32(to_u64(end));
            if end & (length - 1) == 0 {
                next[partition] = low_u32(to_u64(end - length));
                self.given += 1;
                full(partition, &stretches[end - length..end])?;
            }
        }
        Ok(())
    }

    /// Whether stretches should get longer.
    #[inline]
    pub(super) fn are_short(&self) -> bool {
        self.given >= FILLED * PARTITIONS && self.length < self.longest
    }

    /// The bytes of the stretches.
    pub(super) fn bytes(&self) -> usize {
        bytes::<K>(self.length)
    }

    /// The length that comes next.
    fn next_length(&self) -> usize {
        (LONGER * self.length).min(self.longest)
    }

    /// The bytes of the stretches once they are longer.
    pub(super) fn next_bytes(&self) -> usize {
        bytes::<K>(self.next_length())
    }

    /// Longer stretches, empty ones.
    pub(super) fn longer(&mut self) {
        let (length, longest) = (self.next_length(), self.longest);
        self.rests = Region::default(); // before the others come
        *self = Self::new(length, longest);
    }

    /// What is in the stretch of a partition.
    pub(super) fn stretch(&self, partition: usize) -> &[K] {
        &self.rests[partition * self.length..index(self.next[partition])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_back_in_order_while_stretches_get_longer() {
        let (mut buffers, mut expected, mut given) =
            (Buffers::new(2, 64), vec![vec![]; PARTITIONS], vec![vec![]; PARTITIONS]);
        let mut lengths = Vec::new();
        for i in 0..300_000_u64 {
            let partition = index(low_u32(i * i % 997)) % PARTITIONS;
            expected[partition].push(i);
            let full = |partition: usize, rests: &[u64]| {
                given[partition].extend_from_slice(rests);
                lengths.push(rests.len());
                Ok(())
            };
            buffers.push(std::iter::once((partition, i)), full).unwrap();
            if buffers.are_short() {
                (0..PARTITIONS).for_each(|at| given[at].extend_from_slice(buffers.stretch(at)));
                assert!(buffers.next_bytes() > buffers.bytes());
                buffers.longer();
            }
        }
        (0..PARTITIONS).for_each(|at| given[at].extend_from_slice(buffers.stretch(at)));
        assert!(given == expected);
        lengths.dedup();
        assert_eq!(lengths, [2, 8, 32, 64]);
    }
}
