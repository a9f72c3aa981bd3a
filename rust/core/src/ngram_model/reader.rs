//! Looking up the n-grams of segments.
//!
//! In: a stretch of segments, one behind the other. Out: [`Logs`] of each, the logarithms of its n-grams. The n-grams of a stretch are looked up
//! one table after the other, from left to right: tables are in no cache, so what a place needs begins to be loaded
//! [`AHEAD`] places before. Segments end every 50 bytes or so, which is why they come many at a time.
//! What the long n-grams do not tell, where they are not kept or would begin before the segment, is put on a list and looked
//! up together. Where pieces are whole characters, n-grams that are neither pieces nor part of a longer one's score are left out there.
//!
//! Memory: `4 × (order - 2)` bytes a byte of the stretch, and [`MOST_REQUESTS`] × 32 bytes.

use super::suffixes::{self, Look, SuffixView, span};
use super::table::{GramTable, Home, View};
use super::{FIRST, NgramModel};
use crate::count::key::Key;
use crate::num::{index, low_u32, to_u64};
use crate::segment::is_continuation;
use std::ops::Range;

/// How many places ahead loading begins.
const AHEAD: usize = 32;
/// How many looks wait at most before they are done.
const MOST_REQUESTS: usize = 1 << 10;

/// Looks up n-grams, and reuses its buffers.
#[derive(Debug)]
pub struct Reader<'a, K> {
    /// Where they come from.
    model: &'a NgramModel<K>,
    /// Entry `l - 3` is for the n-grams of `l` bytes, where they have a table of their own.
    plain: Vec<Option<View<'a, K>>>,
    /// The tables of n-grams with their suffixes, the longest first.
    suffixes: Vec<SuffixView<'a>>,
    /// What these have no places for; the same order, or none.
    over: Vec<View<'a, u128>>,
    /// How many lengths have places: those from 3 on.
    width: usize,
    /// Entry `i * width + l - 3`: the place of the count of the n-gram of `l` bytes that ends with byte `i`; 0 where it is not kept or would begin
    /// before its segment.
    places: Vec<u32>,
    /// Looks to be done.
    requests: Vec<Request<K>>,
    /// N-grams of the table at hand that are not in their own buckets.
    displaced: Vec<(usize, K, suffixes::Home)>,
}

/// An n-gram to be looked up in its own table.
#[derive(Clone, Copy, Debug)]
struct Request<K> {
    /// Its last bytes.
    key: K,
    /// Where its place goes.
    to: u32,
    /// Its length.
    length: u32,
}

/// A stretch of segments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'s> {
    /// The segments, one behind the other.
    pub(crate) text: &'s [u8],
    /// Where each of them ends.
    pub(crate) ends: &'s [usize],
    /// Whether all segments are valid UTF-8 and n-grams may be left out, that is −inf, that are neither whole characters nor `order` bytes
    /// nor the end of a kept n-gram of `order` bytes.
    pub(crate) characters: bool,
}

impl Stretch<'_> {
    /// Whether the n-gram of `length` bytes that ends with byte `at` is wanted.
    #[inline(always)]
    fn wants(&self, at: usize, length: usize) -> bool {
        let ends = || self.text.get(at + 1).is_none_or(|&byte| !is_continuation(byte));
        !self.characters || (!is_continuation(self.text[at + 1 - length]) && ends())
    }
}

impl<'a, K: Key> Reader<'a, K> {
    /// With empty buffers.
    pub(super) fn new(model: &'a NgramModel<K>) -> Self {
        let plain: Vec<_> = model.plain.iter().map(|table| table.as_ref().map(GramTable::view)).collect();
        let suffixes = model.suffixes.iter().map(super::SuffixTable::view).collect();
        let over = model.over.iter().map(GramTable::view).collect();
        let width = plain.len();
        Self { model, plain, suffixes, over, width, places: Vec::new(), requests: Vec::new(), displaced: Vec::new() }
    }

    /// The length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.model.order
    }

    /// Looks up the n-grams of `stretch`.
    pub(crate) fn read(&mut self, stretch: Stretch<'_>) {
        self.places.clear();
        self.places.resize(stretch.text.len() * self.width, 0);
        if self.suffixes.is_empty() {
            self.read_plain(stretch);
        }
        for table in 0..self.suffixes.len() {
            // the number of places is known to the compiler
            match span(self.suffixes[table].length()) {
                2 => self.read_suffixes::<2>(table, stretch),
                3 => self.read_suffixes::<3>(table, stretch),
                _ => self.read_suffixes::<4>(table, stretch),
            }
        }
        self.look_up();
    }

    /// Looks up the n-grams of one length, and their suffixes.
    fn read_suffixes<const SPAN: usize>(&mut self, table: usize, stretch: Stretch<'_>) {
        let view = self.suffixes[table];
        let (length, text, width) = (view.length(), stretch.text, self.width);
        let first = length + 1 - SPAN - FIRST;
        let mut homes = [suffixes::Home::default(); AHEAD];
        let (mut ahead, mut key, mask, mut start) = (0_u64, K::default(), K::mask(length), 0);
        for (&byte, home) in text.iter().zip(&mut homes) {
            ahead = (ahead << 8) | u64::from(byte);
            *home = view.home(ahead);
        }
        for &end in stretch.ends {
            for at in start..end {
                let home = homes[at % AHEAD];
                if let Some(&byte) = text.get(at + AHEAD) {
                    ahead = (ahead << 8) | u64::from(byte);
                    homes[at % AHEAD] = view.home(ahead);
                }
                key = key.push(text[at], mask);
                let shortest = first + FIRST;
                if at + 1 < start + length {
                    self.request_all(stretch, at, shortest..at - start + 2, key);
                    continue;
                }
                match view.look(&home) {
                    Look::Found(found) => self.put::<SPAN>((table, at, at * width + first), found, key),
                    Look::Absent => self.request_all(stretch, at, shortest..length, key),
                    Look::Displaced => self.displaced.extend(view.next(home).map(|home| (at, key, home))),
                }
            }
            start = end;
        }
        // bucket by bucket, so that the misses of all overlap
        let mut displaced = std::mem::take(&mut self.displaced);
        while !displaced.is_empty() {
            displaced.retain_mut(|(at, key, home)| {
                match view.look(home) {
                    Look::Found(found) => self.put::<SPAN>((table, *at, *at * width + first), found, *key),
                    Look::Displaced => {
                        if let Some(next) = view.next(*home) {
                            *home = next;
                            return true;
                        }
                        self.request_all(stretch, *at, first + FIRST..length, *key);
                    }
                    Look::Absent => self.request_all(stretch, *at, first + FIRST..length, *key),
                }
                false
            });
        }
        self.displaced = displaced;
    }

    /// Notes the places of the n-gram that ends with byte `at`, and of its suffixes: from `to` on.
    #[inline(always)]
    fn put<const SPAN: usize>(&mut self, (table, at, to): (usize, usize, usize), found: suffixes::Places, key: K) {
        self.places[to..][..SPAN].iter_mut().zip(found).for_each(|(to, from)| *to = u32::from(from));
        if self.model.escape.is_some_and(|escape| found[..SPAN].contains(&escape)) {
            self.put_over::<SPAN>(table, at, found, key);
        }
    }

    /// Looks up the places that were not told.
    #[cold]
    fn put_over<const SPAN: usize>(&mut self, table: usize, at: usize, found: suffixes::Places, key: K) {
        let length = self.suffixes[table].length();
        for (shorter, &place) in (length + 1 - SPAN..length).zip(&found) {
            if Some(place) == self.model.escape {
                self.request(at, shorter, key);
            }
        }
        if let Some(view) = self.over.get(table).filter(|_| Some(found[SPAN - 1]) == self.model.escape) {
            let home = view.home(u128::from(key.low_u64()));
            self.places[at * self.width + length - FIRST] = view.place(&home);
        }
    }

    /// Looks up all n-grams in the tables of their lengths.
    fn read_plain(&mut self, stretch: Stretch<'_>) {
        let (order, mut key, mut start) = (self.model.order, K::default(), 0);
        let mask = K::mask(order);
        for &end in stretch.ends {
            for at in start..end {
                key = key.push(stretch.text[at], mask);
                for length in FIRST..=order.min(at - start + 1) {
                    if length + 1 >= order || stretch.wants(at, length) {
                        self.request(at, length, key);
                    }
                }
            }
            start = end;
        }
    }

    /// Puts those n-grams on the list that are wanted.
    fn request_all(&mut self, stretch: Stretch<'_>, at: usize, lengths: Range<usize>, key: K) {
        for length in lengths {
            if stretch.wants(at, length) {
                self.request(at, length, key);
            }
        }
    }

    /// Puts an n-gram on the list.
    #[inline]
    fn request(&mut self, at: usize, length: usize, key: K) {
        let to = low_u32(to_u64(at * self.width + length - FIRST));
        self.requests.push(Request { key, to, length: low_u32(to_u64(length)) });
        if self.requests.len() == MOST_REQUESTS {
            self.look_up();
        }
    }

    /// Looks up what is on the list.
    fn look_up(&mut self) {
        let home = |request: &Request<K>| {
            self.plain[index(request.length) - FIRST].as_ref().map_or_else(Home::default, |view| view.home(request.key))
        };
        let mut homes = [Home::default(); AHEAD];
        for (request, to) in self.requests.iter().zip(&mut homes) {
            *to = home(request);
        }
        for (at, request) in self.requests.iter().enumerate() {
            if let Some(view) = &self.plain[index(request.length) - FIRST] {
                self.places[index(request.to)] = view.place(&homes[at % AHEAD]);
            }
            if let Some(request) = self.requests.get(at + AHEAD) {
                homes[at % AHEAD] = home(request);
            }
        }
        self.requests.clear();
    }

    /// The logarithms of the segment `text`, which began at byte `start` of the stretch.
    #[inline]
    pub(crate) fn logs<'r>(&'r self, text: &'r [u8], start: usize) -> Logs<'r> {
        let NgramModel { order, ln_total, single, double, logs, .. } = self.model;
        let places = &self.places[start * self.width..][..text.len() * self.width];
        Logs { order: *order, ln_total: *ln_total, single, double, logs, places, text }
    }
}

/// The logarithms of one segment's n-grams.
#[derive(Clone, Copy, Debug)]
pub struct Logs<'r> {
    /// The length of the longest n-grams.
    pub(crate) order: usize,
    /// ln of the total.
    pub(crate) ln_total: f64,
    /// By byte.
    pub(crate) single: &'r [f64],
    /// By the first byte times 256 plus the second.
    pub(crate) double: &'r [f64],
    /// By place.
    pub(crate) logs: &'r [f64],
    /// Entry `i * (order - 2) + l - 3`: the place of the n-gram of `l` bytes that ends with byte `i`.
    pub(crate) places: &'r [u32],
    /// The segment.
    pub(crate) text: &'r [u8],
}

impl Logs<'_> {
    /// ln of the count of the n-gram of `length` bytes, 1 to `order`, that ends with byte `at` of the segment; −inf where it is not kept or would
    /// begin before the segment.
    #[inline]
    pub(crate) fn ending(&self, at: usize, length: usize) -> f64 {
        match length {
            1 => self.single[usize::from(self.text[at])],
            _ if length > at + 1 => f64::NEG_INFINITY,
            2 => self.double[usize::from(self.text[at - 1]) << 8 | usize::from(self.text[at])],
            _ => self.logs[index(self.places[at * (self.order - 2) + length - FIRST])],
        }
    }
}
