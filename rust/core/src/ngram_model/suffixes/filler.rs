//! Making a [`super::SuffixTable`].
//!
//! In: n-grams and their counts. Out: slots with the places of these counts and of those of the suffixes, whose buckets in the tables of the
//! shorter lengths are loaded for a few n-grams at a time; each slot in a bucket, from which it sends the rarest one on, if that is full.
//! So a bucket ends up with the same n-grams in whatever order they come, but for equal counts.

use super::{AWAY_BITS, Bucket, Home, Layout, MORE_BITS, MORE_MASK, Places, SLOTS, passed, span};
use crate::count::key::Key;
use crate::ngram_model::distinct::Counts;
use crate::ngram_model::filling::{self, Put, WAITING};
use crate::ngram_model::table::{self, View};
use crate::num::{low_u32, to_u64};

/// See the module.
pub(super) struct Filler<'a, K> {
    /// Where n-grams are.
    pub(super) layout: Layout,
    /// Knows their places.
    pub(super) counts: &'a Counts,
    /// The tables of the suffixes, the shortest first.
    pub(super) shorter: Vec<View<'a, K>>,
}

/// What a slot tells.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// What tells the n-gram apart in its bucket.
    tag: u64,
    /// The places of its suffixes and its own.
    places: Places,
}

impl<K: Key> filling::Filler<K> for Filler<'_, K> {
    type Word = Bucket;
    type Entry = Entry;
    const WORDS: usize = 1;

    fn length(&self) -> usize {
        self.layout.length
    }

    fn buckets(&self) -> usize {
        self.layout.buckets
    }

    fn larger(self) -> Self {
        let Layout { length, buckets, factor, .. } = self.layout;
        let factor = (factor >> (u64::BITS - 8 * low_u32(to_u64(length)))).times(u64::GOLDEN);
        Self { layout: Layout::new(length, buckets + buckets / 8 + 1, factor), ..self }
    }

    #[inline]
    fn enter(&self, grams: &[(K, u64)], mut each: impl FnMut(usize, Entry)) {
        let mut places = [Places::default(); WAITING];
        let mut homes = [[table::Home::default(); WAITING]; 3];
        for (view, homes) in self.shorter.iter().zip(&mut homes) {
            grams.iter().zip(homes).for_each(|(&(gram, _), home)| *home = view.home(gram));
        }
        let mut displaced = Vec::new();
        for (nth, (view, homes)) in self.shorter.iter().zip(&mut homes).enumerate() {
            for ((at, home), places) in homes.iter_mut().enumerate().zip(&mut places).take(grams.len()) {
                match view.look(home) {
                    Some(place) => places[nth] = self.counts.short(place),
                    None => displaced.push((nth, at)),
                }
            }
        }
        for (nth, at) in displaced {
            places[at][nth] = self.counts.short(self.shorter[nth].place(&homes[nth][at]));
        }
        for (&(gram, count), places) in grams.iter().zip(&mut places) {
            let home = self.layout.home(gram.low_u64());
            places[self.shorter.len()] = self.counts.short(self.counts.place(count));
            if self.layout.length > 6 {
                places[3] = Layout::high(home.tag).1;
            }
            each(home.bucket, Entry { tag: home.tag, places: *places });
        }
    }

    #[inline]
    fn put(&self, words: &mut [Bucket], number: usize, mut entry: Entry) -> Put<Entry> {
        let Some(bucket) = words.first_mut() else { return Put::In };
        // slots fill from the front, and the first place is that of a kept n-gram, never 0
        let used: usize = bucket.places.iter().map(|places| usize::from(places[0] != 0)).sum();
        if used < SLOTS {
            bucket.set(used, entry);
            return Put::In;
        }
        // the rarest goes on; among equals the one that has come the shortest way, so that none has to go too far
        let (own, long) = (span(self.layout.length) - 1, self.layout.length > 6);
        let rank = |entry: Entry| (entry.places[own], entry.tag >> self.layout.away.trailing_zeros());
        let ranks = (0..SLOTS).map(|at| (rank(bucket.get(at, long)), at));
        if let Some((_, at)) = ranks.min().filter(|&(least, _)| least < rank(entry)) {
            let rarer = bucket.get(at, long);
            bucket.set(at, entry);
            entry = rarer;
        }
        bucket.more |= passed(entry.tag);
        let Home { bucket, tag } = self.layout.next(Home { bucket: number, tag: entry.tag });
        if long {
            entry.places[3] = Layout::high(tag).1;
        }
        if tag < self.layout.away << AWAY_BITS { Put::On(bucket, Entry { tag, ..entry }) } else { Put::TooFar }
    }
}

impl Bucket {
    /// Fills a slot.
    #[inline]
    fn set(&mut self, at: usize, Entry { tag, places }: Entry) {
        let shift = MORE_BITS * low_u32(to_u64(at));
        self.tags[at] = low_u32(tag);
        self.more = (self.more & !(MORE_MASK << shift)) | (Layout::high(tag).0 << shift);
        self.places[at] = places;
    }

    /// What is in a slot; `long` says that behind three places there are bits of the tag.
    #[inline]
    fn get(&self, at: usize, long: bool) -> Entry {
        let more = (self.more >> (MORE_BITS * low_u32(to_u64(at)))) & MORE_MASK;
        let highest = if long { self.places[at][3] } else { 0 };
        let high = u64::from(more) | u64::from(highest) << MORE_BITS;
        Entry { tag: u64::from(self.tags[at]) | high << 32, places: self.places[at] }
    }
}
