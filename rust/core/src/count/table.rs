//! The counts of one partition, in memory: a table with one integer an entry.
//!
//! In: rests of n-grams ([`super::split`]), in any order. Out: the distinct ones with 64-bit counts, ascending. A slot is
//! ```text
//! | rest | count |     0: empty; a count is at least 1
//! ```
//! in 64 bits for orders up to 8, else in 128: 25 bits are left for the count at order 6, 9 at orders 8 and 16. A count that has no
//! more room begins again at 1, and what it had is added up in a map beside: no n-gram can need that more often than once in
//! 511 bytes of text. Linear probing from a place that the hash gives by multiplication, so that the table need not
//! be a power of two and grows by halves, in place. The factor is random ([`random_factor`]): with a known one, documents can be
//! made whose n-grams all have the same place, and 80,000 of these took 9 s. No order of slots reaches the output. The bits that chose
//! the partition are not stored, and sorting the slots sorts the rests.
//!
//! Memory: 8 bytes (orders over 8: 16) a slot, at a load of 0.5 to 0.75: 11 to 16 bytes a distinct n-gram (22 to 32).
//! Cost: one cache miss an n-gram, which overlaps with those of the next [`AHEAD`].

use super::key::Key;
use crate::prefetch::prefetch;
use crate::region::Region;
use hashbrown::HashMap;
use std::hash::{BuildHasher, RandomState};

/// The slots of the smallest table.
const SMALLEST: usize = 256;
/// From this many slots on a table grows by half, before it doubles.
const DOUBLES: usize = 1 << 12;
/// How many n-grams ahead slots are loaded.
const AHEAD: usize = 32;

/// Rests and counts of one partition.
#[derive(Debug)]
pub(super) struct Table<K> {
    /// Empty, or at least one of them empty.
    slots: Region<K>,
    /// The slots in use: at most 3 in 4.
    used: usize,
    /// The bits of a slot that are its count.
    count_bits: u32,
    /// What rests are multiplied by to find their places: odd.
    factor: K,
    /// What did not fit into the count of a slot, by its rest.
    beyond: HashMap<K, u64, foldhash::fast::FixedState>,
}

impl<K: Key> Table<K> {
    /// An empty table of rests of `rest_bits` bits: at most [`Key::BITS`]` - 2`; see [`random_factor`].
    pub(super) fn new(rest_bits: u32, factor: K) -> Self {
        let beyond = HashMap::default();
        Self { slots: Region::default(), used: 0, count_bits: K::BITS - rest_bits, factor, beyond }
    }

    /// Bytes of the slots.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }

    /// How many slots it has after growing once.
    fn next_length(&self) -> usize {
        match self.slots.len() {
            length if length < DOUBLES => (2 * length).max(SMALLEST),
            length => length + length / 2,
        }
    }

    /// The bytes of the slots after growing once.
    pub(super) fn next_bytes(&self) -> usize {
        self.next_length() * size_of::<K>()
    }

    /// Makes room, in place: the slots in use are moved to the front, then the last one first to its new place. That is behind its
    /// old one, since places of all lengths have the same order; and where by chance it is not, the slot waits until the others are done.
    pub(super) fn grow(&mut self) {
        let used = compact(&mut self.slots);
        self.slots[used..].fill(K::default());
        self.slots.extend(self.next_length());
        let (slots, mut waiting) = (&mut *self.slots, Vec::new());
        for at in (0..used).rev() {
            let slot = std::mem::take(&mut slots[at]);
            let mut to = home(slot >> self.count_bits, self.factor, slots.len());
            if to < at {
                waiting.push(slot);
                continue;
            }
            while slots.get(to).is_some_and(|&other| other != K::default()) {
                to += 1;
            }
            match slots.get_mut(to) {
                Some(free) => *free = slot,
                None => waiting.push(slot),
            }
        }
        for slot in waiting {
            // as 0 is a slot's value only where it is empty, nothing but an empty one is found
            let (to, _) =
                find(slots, home(slot >> self.count_bits, self.factor, slots.len()), K::default(), K::default());
            slots[to] = slot;
        }
    }

    /// How many rests fit in.
    pub(super) fn room(&self) -> usize {
        (3 * self.slots.len() / 4).saturating_sub(self.used)
    }

    /// Counts each of `rests` once more; there is room for all.
    pub(super) fn add_all(&mut self, rests: &[K]) {
        // borrowed once: where a region is costs a few instructions to find
        let (slots, one, factor) = (&mut *self.slots, K::from(1), self.factor);
        let most = !(!K::default() << self.count_bits);
        for &rest in &rests[..rests.len().min(AHEAD)] {
            prefetch(slots, home(rest, factor, slots.len()));
        }
        for (at, &rest) in rests.iter().enumerate() {
            if let Some(&ahead) = rests.get(at + AHEAD) {
                prefetch(slots, home(ahead, factor, slots.len()));
            }
            let first = rest << self.count_bits;
            let (at, slot) = find(slots, home(rest, factor, slots.len()), first, most);
            if (slot ^ first) > most {
                slots[at] = first | one;
                self.used += 1;
            } else if slot & most != most {
                slots[at] = slot + one;
            } else {
                slots[at] = first | one;
                carry(&mut self.beyond, rest, most);
            }
        }
    }

    /// All rests, sorted in place; the table is empty afterwards.
    pub(super) fn take_sorted(&mut self) -> Sorted<K> {
        let mut slots = std::mem::take(&mut self.slots);
        let used = compact(&mut slots);
        self.used = 0;
        slots[..used].sort_unstable();
        Sorted { slots, used, next: 0, count_bits: self.count_bits, beyond: std::mem::take(&mut self.beyond) }
    }
}

/// The place of `rest` in a table of `length` slots; the order of places is the same for any length.
#[inline(always)]
fn home<K: Key>(rest: K, factor: K, length: usize) -> usize {
    rest.times(factor).place(length)
}

/// A factor for [`Table::new`], another one each time.
pub(super) fn random_factor<K: Key>() -> K {
    let random = || u128::from(RandomState::new().hash_one(0_u8));
    K::odd(random() << 64 | random())
}

/// The place, from `at` on, of the slot that begins like `first`, or of the first empty one, and what is there. `most` covers the
/// count. For rest 0 an empty slot begins like `first`: it becomes its own by adding 1, only that `used` is one short then.
#[inline(always)]
fn find<K: Key>(slots: &[K], mut at: usize, first: K, most: K) -> (usize, K) {
    loop {
        let slot = slots[at];
        if (slot ^ first) <= most || slot == K::default() {
            return (at, slot);
        }
        at = if at + 1 == slots.len() { 0 } else { at + 1 };
    }
}

/// Moves the slots in use to the front, in order; how many they are. Without a branch, which could not be guessed.
fn compact<K: Key>(slots: &mut [K]) -> usize {
    let mut used = 0;
    for at in 0..slots.len() {
        let slot = slots[at];
        slots[used] = slot;
        used += usize::from(slot != K::default());
    }
    used
}

/// Puts a full count aside.
#[cold]
fn carry<K: Key>(beyond: &mut HashMap<K, u64, foldhash::fast::FixedState>, rest: K, most: K) {
    *beyond.entry(rest).or_insert(0) += most.low_u64();
}

/// The entries of a table, ascending.
#[derive(Debug)]
pub(super) struct Sorted<K> {
    /// The first `used` are slots in use, ascending.
    slots: Region<K>,
    /// How many.
    used: usize,
    /// The one that comes next.
    next: usize,
    /// The bits of a slot that are its count.
    count_bits: u32,
    /// What did not fit into the count of a slot, by its rest.
    beyond: HashMap<K, u64, foldhash::fast::FixedState>,
}

impl<K: Key> Iterator for Sorted<K> {
    type Item = (K, u64);

    #[inline]
    fn next(&mut self) -> Option<(K, u64)> {
        let slot = *self.slots[..self.used].get(self.next)?;
        self.next += 1;
        let rest = slot >> self.count_bits;
        let count = (slot & !(!K::default() << self.count_bits)).low_u64();
        let beyond = if self.beyond.is_empty() { 0 } else { self.beyond.get(&rest).copied().unwrap_or(0) };
        Some((rest, count + beyond))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn counts<K: Key>(rests: &[K], rest_bits: u32) -> Vec<(K, u64)> {
        let mut table = Table::new(rest_bits, random_factor());
        for part in rests.chunks(100) {
            while table.room() < part.len() {
                table.grow();
            }
            table.add_all(part);
        }
        let sorted = table.take_sorted().collect();
        assert_eq!((table.used, table.bytes()), (0, 0));
        sorted
    }

    #[test]
    fn counts_beyond_the_bits_of_a_slot_are_right() {
        // rest 0 among them: its slot differs from an empty one by its count alone
        let rests: Vec<u64> = (0..200_000_u64).map(|i| (i * i) % 7919 * u64::from(i % 3 == 0)).collect();
        let mut expected = BTreeMap::new();
        rests.iter().for_each(|&rest| *expected.entry(rest).or_insert(0_u64) += 1);
        let expected: Vec<(u64, u64)> = expected.into_iter().collect();
        assert!(expected[0].1 > 100_000);
        for rest_bits in [13, 39, 55, 62] {
            assert_eq!(counts(&rests, rest_bits), expected);
        }
        let wide: Vec<u128> = rests.iter().map(|&rest| u128::from(rest) << 100).collect();
        let expected: Vec<(u128, u64)> =
            expected.iter().map(|&(rest, count)| (u128::from(rest) << 100, count)).collect();
        assert_eq!(counts(&wide, 119), expected);
    }

    /// How far slots are from their homes, added up.
    fn displacement<K: Key>(table: &Table<K>) -> usize {
        let (slots, bits) = (&*table.slots, table.count_bits);
        let used = slots.iter().enumerate().filter(|&(_, &slot)| slot != K::default());
        let from = |at: usize, slot: K| at + slots.len() - home(slot >> bits, table.factor, slots.len());
        used.map(|(at, &slot)| from(at, slot) % slots.len()).sum()
    }

    /// 40,000 rests in a table with this factor: how far each is from its home, on average.
    fn mean_displacement<K: Key>(rests: &[K], factor: K) -> usize {
        let mut table = Table::new(62, factor);
        for part in rests.chunks(256) {
            while table.room() < part.len() {
                table.grow();
            }
            table.add_all(part);
        }
        displacement(&table) / rests.len()
    }

    #[test]
    fn rests_that_are_made_to_meet_at_one_place_do_so_for_one_factor_only() {
        // multiples of a Fibonacci number: a factor that is 2^64 through the golden ratio leaves them where they were
        let rests: Vec<u64> = (1..40_000).map(|i| i * 1_548_008_755_920).collect();
        assert!(mean_displacement(&rests, u64::GOLDEN) > 5_000);
        let random = 0xD1B5_4A32_D192_ED03_AEF1_7502_108E_F2D9;
        assert!(mean_displacement(&rests, u64::odd(random)) < 100);
        let wide: Vec<u128> = rests.iter().map(|&rest| u128::from(rest)).collect();
        assert!(mean_displacement(&wide, u128::odd(random)) < 100);
        assert_ne!(random_factor::<u64>(), random_factor::<u64>());
        assert!(random_factor::<u64>() & 1 == 1 && random_factor::<u128>() & 1 == 1);
    }
}
