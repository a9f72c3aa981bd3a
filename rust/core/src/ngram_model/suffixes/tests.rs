//! Against a map, and where buckets overflow.

use super::*;
use crate::ngram_model::filling::tests::Maps;
use crate::ngram_model::table::GramTable;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Map = BTreeMap<u64, u64>;

/// The n-grams and their suffixes, counted.
fn with_suffixes(length: usize, grams: &Map) -> Maps<u64> {
    let suffixes = |length: usize| {
        let mut map = Map::new();
        grams.iter().for_each(|(&gram, &count)| *map.entry(gram & u64::mask(length)).or_insert(0) += count);
        (length, map)
    };
    (3..=length).map(suffixes).collect()
}

/// What the table tells, from bucket to bucket.
fn find(view: &SuffixView<'_>, key: u64) -> Option<Places> {
    let mut home = view.home(key);
    loop {
        match view.look(&home) {
            Look::Found(places) => return Some(places),
            Look::Absent => return None,
            Look::Displaced => home = view.next(home)?,
        }
    }
}

/// How many n-grams are not in their own bucket.
fn check(length: usize, grams: &Map, absent: impl Iterator<Item = u64>, threads: usize) -> usize {
    let maps = with_suffixes(length, grams);
    let (counts, _) = Counts::new(maps.values().flat_map(Map::values).map(|&count| (count, 1)), ESCAPE);
    let threads = NonZeroUsize::new(threads).unwrap();
    let first = length + 1 - span(length);
    let lengths: Vec<_> = (first..length).map(|length| (length, to_u64(maps[&length].len()))).collect();
    let tables = GramTable::fill(&lengths, &counts, &maps, threads, &mut || Ok(())).unwrap();
    let all = &maps[&length];
    let top = vec![(length, to_u64(all.len()), tables.iter().map(GramTable::view).collect())];
    let table = SuffixTable::fill(top, &counts, &maps, threads, &mut || Ok(())).unwrap().remove(0);
    let view = table.view();
    for &gram in all.keys() {
        let found = find(&view, gram).unwrap();
        for (l, &place) in (first..=length).zip(&found) {
            assert_eq!(u32::from(place), counts.place(maps[&l][&(gram & u64::mask(l))]), "{l} of {length} bytes");
        }
    }
    absent
        .map(|gram| gram & u64::mask(length))
        .for_each(|gram| assert_eq!(find(&view, gram).is_some(), all.contains_key(&gram)));
    all.keys().filter(|&&gram| matches!(view.look(&view.home(gram)), Look::Displaced)).count()
}

proptest! {
    #[test]
    fn a_table_has_what_was_put_in_and_nothing_else(
        grams in prop::collection::btree_map(any::<u64>(), 1_u64..9, 0..600), length in 4_usize..=8
    ) {
        let grams: Map = grams.into_iter().map(|(gram, count)| (gram & u64::mask(length), count)).collect();
        let near = grams.keys().flat_map(|gram| [gram ^ 1, gram ^ (1 << 24), gram.wrapping_add(256)]);
        check(length, &grams, near.chain([0]), 1);
    }
}

#[test]
fn full_buckets_send_ngrams_on() {
    for (length, n, threads) in [(4, 40_000, 1), (5, 40_000, 2), (6, 300_000, 3), (7, 40_000, 1), (8, 300_000, 2)] {
        let grams: Map =
            (0..n).map(|i: u64| (i.wrapping_mul(0x1234_5678_9ABC_DEF1) & u64::mask(length), i % 7 + 1)).collect();
        assert!(check(length, &grams, grams.keys().map(|gram| gram ^ 2), threads) > 0, "length {length}");
    }
}
