//! Making a [`super::SuffixTable`].
//!
//! In: n-grams with the places of their counts. Out: the buckets. A few n-grams wait while their buckets, and those of their suffixes in
//! the tables of the shorter lengths, are loaded.

use super::{AWAY_BITS, Bucket, Home, Layout, MORE_BITS, passed};
use crate::count::key::Key;
use crate::ngram_model::table::{self, View};
use crate::num::{low_u16, low_u32, to_u64};
use crate::prefetch::prefetch;
use crate::region::Region;

/// How many n-grams wait for their buckets to be loaded.
const WAITING: usize = 16;

/// A table that is being made.
pub(super) struct Filling<'a, K> {
    /// The buckets.
    buckets: Region<Bucket>,
    /// Where n-grams are.
    layout: Layout,
    /// The tables of the suffixes, the shortest first.
    shorter: &'a [View<'a, K>],
    /// N-grams whose buckets are being loaded: where they belong, where their suffixes are, and their own places.
    waiting: Vec<(Home, [table::Home<K>; 3], u32)>,
    /// Whether every n-gram so far was near enough to its bucket.
    fits: bool,
}

impl<'a, K: Key> Filling<'a, K> {
    /// Nothing in it yet.
    pub(super) fn new(layout: Layout, shorter: &'a [View<'a, K>]) -> Self {
        let buckets = Region::zeroed(layout.buckets).in_huge_pages();
        Self { buckets, layout, shorter, waiting: Vec::with_capacity(WAITING), fits: true }
    }

    /// The buckets, unless an n-gram was too far from its own.
    pub(super) fn finish(mut self) -> Option<Region<Bucket>> {
        self.insert_waiting();
        self.fits.then_some(self.buckets)
    }

    /// Takes an n-gram.
    #[inline]
    pub(super) fn push(&mut self, gram: K, place: u32) {
        let home = self.layout.home(gram.low_u64());
        prefetch(&self.buckets, home.bucket);
        let mut suffixes = [table::Home::default(); 3];
        self.shorter.iter().zip(&mut suffixes).for_each(|(view, suffix)| *suffix = view.home(gram));
        self.waiting.push((home, suffixes, place));
        if self.waiting.len() == WAITING {
            self.insert_waiting();
        }
    }

    /// Puts what waits into its buckets.
    fn insert_waiting(&mut self) {
        let Self { buckets, layout, shorter, waiting, fits } = self;
        for (mut home, suffixes, own) in waiting.drain(..) {
            let mut places = [0; 4];
            let of_suffixes = shorter.iter().zip(&suffixes).map(|(view, suffix)| view.place(suffix));
            of_suffixes.chain([own]).zip(&mut places).for_each(|(from, to)| *to = low_u16(from));
            let last = (1 << AWAY_BITS).min(layout.buckets);
            let found = (0..last).any(|_| {
                put(&mut buckets[home.bucket], home.tag, places, layout.length > 6) || {
                    home = layout.next(home);
                    false
                }
            });
            *fits &= found;
        }
    }
}

/// Puts an n-gram into a bucket, unless that is full.
fn put(bucket: &mut Bucket, tag: u64, mut places: super::Places, long: bool) -> bool {
    let (more, highest) = Layout::high(tag);
    if long {
        places[3] = highest;
    }
    // the first place is that of a kept n-gram, never 0
    let Some(at) = bucket.places.iter().position(|places| places[0] == 0) else {
        bucket.more |= passed(tag);
        return false;
    };
    bucket.tags[at] = low_u32(tag);
    bucket.more |= more << (MORE_BITS * low_u32(to_u64(at)));
    bucket.places[at] = places;
    true
}
