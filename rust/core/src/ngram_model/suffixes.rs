//! The kept n-grams of one length, each with what is known of its suffixes: one cache miss tells several lengths.
//!
//! In: n-grams of 4 to 8 bytes with their counts, and the tables of the shorter ones. Out: for an n-gram the places of its own count and of those of
//! its suffixes, or that it is not kept. What is kept is closed under substrings, so all of them have a place. N-grams are
//! divided into buckets as in [`super::table`]; a bucket is a cache line:
//! ```text
//! tags      5 × 32 bits   the low bits of what tells n-grams of a bucket apart and, above them, 5 bits: steps from the one chosen
//! more      5 × 6 bits    the next bits of the tags; bits 30 and 31: an n-gram with an even or odd tag went by, since the bucket was full
//! places    5 × 4 × 16 bits    from the shortest suffix; up to 6 bytes four lengths, else three and 16 more bits of the tag
//! ```
//! Where there are more places than 16 bits have, the plain tables tell the others, [`over`] those of the n-grams themselves.
//! A slot without places is empty. 38 bits, or 54, hold a tag where there are 2^16 buckets. An n-gram whose bucket is full goes on in
//! steps of 1 to 64 buckets, as its tag says: steps of 1 pile n-grams up, more than 31 steps from where they belong. A
//! full bucket sends the rarest on, so that text finds nearly all at the first look.
//!
//! Memory: 64 bytes for 5 slots at a load of 0.88: 14.5 bytes an n-gram. Cost of a look: three multiplications, a cache miss, five
//! comparisons.

mod filler;
pub(super) mod over;

use super::distinct::Counts;
use super::filling::{Source, fill};
use super::table::View;
use crate::Result;
use crate::count::key::{Key, place};
use crate::num::{low_u16, low_u32, to_u64, to_usize};
use crate::prefetch::prefetch;
use crate::region::Region;
use bytemuck::{Pod, Zeroable};
use filler::Filler;
use std::hint::select_unpredictable;
use std::num::NonZeroUsize;

/// The slots of a bucket.
const SLOTS: usize = 5;
/// Of 100 slots so many are used.
const LOAD: usize = 88;
/// The bits that say how far an n-gram is from its bucket.
const AWAY_BITS: u32 = 5;
/// The bits of a tag that a bucket has for each slot in `more`.
const MORE_BITS: u32 = 6;
/// These bits, at the low end.
const MORE_MASK: u32 = (1 << MORE_BITS) - 1;
/// The longest step, and the fewest buckets.
const STEPS: u64 = 64;
/// The place that stands for those that do not fit: see [`Counts::escape`].
pub(super) const ESCAPE: u16 = u16::MAX;
/// The longest n-grams.
pub(super) const LONGEST: usize = 8;

/// A cache line of slots, see the module.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct Bucket {
    /// The low bits of each tag.
    tags: [u32; SLOTS],
    /// The next bits of each tag, and who went by: see [`passed`].
    more: u32,
    /// The places of each slot, or the highest bits of its tag behind three of them.
    places: [[u16; 4]; SLOTS],
}

/// See the module.
#[derive(Debug)]
pub(super) struct SuffixTable {
    /// The buckets.
    buckets: Region<Bucket>,
    /// Where n-grams are.
    layout: Layout,
}

/// Where the n-grams of a table are.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// The length of the n-grams.
    length: usize,
    /// How many buckets.
    buckets: usize,
    /// An odd number, shifted so that a product has the bits of an n-gram as its highest ones.
    factor: u64,
    /// Shifts the high bits of a permuted n-gram out, which the bucket tells.
    drop_high: u32,
    /// Shifts what is left to the low end.
    to_low: u32,
    /// One bucket away, in a tag.
    away: u64,
}

/// Where to look for an n-gram.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Home {
    /// The number of the bucket.
    bucket: usize,
    /// What tells it apart there.
    tag: u64,
}

/// What a bucket tells of an n-gram.
pub(super) enum Look {
    /// It is kept: [`span`] places.
    Found(Places),
    /// It is not kept.
    Absent,
    /// It may be in the [`SuffixView::next`] bucket.
    Displaced,
}

/// How many lengths a slot has places of, the longest included.
pub(super) fn span(length: usize) -> usize {
    if length <= 6 { length.saturating_sub(2).min(4) } else { 3 }
}

/// The three or four places of a slot, the shortest suffix first, its own last.
pub(super) type Places = [u16; 4];

impl Layout {
    /// The bits of a tag.
    const fn tag_bits(length: usize) -> u32 {
        32 + MORE_BITS + if length <= 6 { 0 } else { 16 }
    }

    /// The fewest buckets that leave a tag few enough bits.
    fn least(length: usize) -> usize {
        to_usize(STEPS).max(1 << (8 * low_u32(to_u64(length)) + 1 + AWAY_BITS).saturating_sub(Self::tag_bits(length)))
    }

    fn new(length: usize, buckets: usize, factor: u64) -> Self {
        let gram_bits = 8 * low_u32(to_u64(length));
        // n-grams of a bucket are neighbours in permuted order, at most 2^gram_bits / buckets + 1 of them
        let low_bits = (gram_bits + 1).saturating_sub(to_u64(buckets).ilog2()).clamp(1, gram_bits);
        Self {
            length,
            buckets,
            factor: factor << (u64::BITS - gram_bits),
            drop_high: gram_bits - low_bits,
            to_low: u64::BITS - low_bits,
            away: 1 << low_bits,
        }
    }

    /// Where the n-gram is whose bytes are the last ones of `key`: see [`super::table`].
    #[inline(always)]
    fn home(&self, key: u64) -> Home {
        let permuted = key.times(self.factor).reversed().times(self.factor);
        Home { bucket: place(permuted, self.buckets), tag: (permuted << self.drop_high) >> self.to_low }
    }

    /// Where an n-gram goes on that a bucket has no slot for.
    #[inline(always)]
    fn next(&self, home: Home) -> Home {
        let bucket = home.bucket + 1 + to_usize(home.tag % STEPS.min(self.away));
        Home { bucket: if bucket < self.buckets { bucket } else { bucket - self.buckets }, tag: home.tag + self.away }
    }

    /// The bits of a tag that stand in `more`, and those above them.
    #[inline(always)]
    fn high(tag: u64) -> (u32, u16) {
        (low_u32(tag >> 32) & MORE_MASK, low_u16(low_u32(tag >> (32 + MORE_BITS))))
    }

    /// Whether the slot at `at` has this tag, its low 32 bits left out.
    #[inline(always)]
    fn same_high(&self, bucket: &Bucket, at: usize, places: Places, tag: u64) -> bool {
        let (more, highest) = Self::high(tag);
        let shift = MORE_BITS * low_u32(to_u64(at));
        (bucket.more >> shift) & MORE_MASK == more && (self.length <= 6 || places[3] == highest)
    }
}

impl SuffixTable {
    /// The buckets for so many n-grams.
    fn buckets_for(length: usize, ngrams: u64) -> usize {
        (to_usize(ngrams) * 100).div_ceil(LOAD * SLOTS).max(Layout::least(length))
    }

    /// The bytes of a table of `ngrams` n-grams.
    pub(super) fn bytes(length: usize, ngrams: u64) -> u64 {
        to_u64(Self::buckets_for(length, ngrams) * size_of::<Bucket>())
    }

    /// The tables of the n-grams of some lengths: how many n-grams each has, and the tables of their suffixes, the shortest first.
    pub(super) fn fill<K: Key>(
        lengths: Vec<(usize, u64, Vec<View<'_, K>>)>,
        counts: &Counts,
        source: &impl Source<K>,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Self>> {
        let first = |(length, ngrams, shorter)| {
            let layout = Layout::new(length, Self::buckets_for(length, ngrams), u64::GOLDEN);
            Filler { layout, counts, shorter }
        };
        let filled = fill(lengths.into_iter().map(first).collect(), source, threads, check)?;
        Ok(filled.into_iter().map(|(filler, buckets)| Self { buckets, layout: filler.layout }).collect())
    }

    /// The table, to be looked into.
    pub(super) fn view(&self) -> SuffixView<'_> {
        SuffixView { buckets: &self.buckets, layout: self.layout }
    }
}

/// The bit of [`Bucket::more`] that tells that n-grams with such a tag went by.
#[inline(always)]
fn passed(tag: u64) -> u32 {
    (1 << 30) << (low_u32(tag) & 1)
}

/// A table, to be looked into.
#[derive(Clone, Copy, Debug)]
pub(super) struct SuffixView<'a> {
    /// The buckets.
    buckets: &'a [Bucket],
    /// Where n-grams are.
    layout: Layout,
}

impl SuffixView<'_> {
    /// The length of its n-grams.
    pub(super) fn length(&self) -> usize {
        self.layout.length
    }

    /// Where the n-gram is, if it is kept, whose bytes are the last ones of `key`; begins to load the bucket.
    #[inline(always)]
    pub(super) fn home(&self, key: u64) -> Home {
        let home = self.layout.home(key);
        prefetch(self.buckets, home.bucket);
        home
    }

    /// What the bucket tells that `home` is of.
    #[inline(always)]
    pub(super) fn look(&self, home: &Home) -> Look {
        let bucket = &self.buckets[home.bucket];
        let (mut at, tag) = (SLOTS, low_u32(home.tag));
        // all slots: stopping at the right one is a branch that is guessed wrong every other time
        for slot in (0..SLOTS).rev() {
            at = select_unpredictable(bucket.tags[slot] == tag, slot, at);
        }
        match bucket.places.get(at) {
            Some(&places) if self.layout.same_high(bucket, at, places, home.tag) && places[0] != 0 => {
                Look::Found(places)
            }
            None if bucket.more & passed(home.tag) == 0 => Look::Absent,
            None => Look::Displaced,
            Some(_) => self.look_closely(home),
        }
    }

    /// [`SuffixView::look`] where a slot has the low bits of the tag only.
    #[cold]
    fn look_closely(&self, home: &Home) -> Look {
        let (bucket, tag) = (&self.buckets[home.bucket], home.tag);
        let here = bucket.places.iter().enumerate().find(|&(at, places)| {
            bucket.tags[at] == low_u32(tag) && self.layout.same_high(bucket, at, *places, tag) && places[0] != 0
        });
        match here {
            Some((_, &places)) => Look::Found(places),
            None if bucket.more & passed(tag) == 0 => Look::Absent,
            None => Look::Displaced,
        }
    }

    /// Where the n-gram is if its bucket has been looked at; nothing if it would be too far away. Begins to load that bucket.
    #[inline]
    pub(super) fn next(&self, home: Home) -> Option<Home> {
        let next = self.layout.next(home);
        prefetch(self.buckets, next.bucket);
        (next.tag < self.layout.away << AWAY_BITS).then_some(next)
    }
}

#[cfg(test)]
mod tests;
