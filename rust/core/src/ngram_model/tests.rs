//! Models of any number of places against a map.

use super::filling::tests::Maps;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The n-grams of 3 bytes and more that occur at least twice.
fn counted(text: &[u8], order: usize) -> Maps<u64> {
    let count = |length: usize| {
        let mut map = BTreeMap::new();
        for gram in text.windows(length) {
            let gram = gram.iter().fold(0, |gram, &byte| gram << 8 | u64::from(byte));
            *map.entry(gram).or_insert(0) += 1;
        }
        map.retain(|_, count| *count >= 2);
        (length, map)
    };
    (FIRST..=order).map(count).collect()
}

/// A model in which so many counts have places of their own in the tables of suffixes.
fn model(maps: &Maps<u64>, order: usize, escape: u16) -> NgramModel<u64> {
    let (places, logs) = Counts::new(maps.values().flat_map(BTreeMap::values).map(|&count| (count, 1)), escape);
    let over = |length: usize| maps[&length].values().filter(|&&count| places.is_over(count)).count();
    let ngrams = |length: usize| (to_u64(maps[&length].len()), to_u64(over(length)));
    let threads = NonZeroUsize::new(2).unwrap();
    let (plain, suffixes, over) = tables((maps, order), ngrams, &places, threads, &mut || Ok(())).unwrap();
    let (single, double) = (vec![0.0; 1 << 8], vec![0.0; 1 << 16]);
    NgramModel { order, ln_total: 0.0, single, double, logs, plain, suffixes, over, escape: places.escape() }
}

proptest! {
    #[test]
    fn places_that_do_not_fit_are_told_all_the_same(
        text in prop::collection::vec(prop_oneof![4 => Just(b'a'), 2 => Just(b'b'), 1 => b'c'..b'f'], 1..400),
        order in 4_usize..=8, escape in prop_oneof![2_u16..12, Just(ESCAPE)]
    ) {
        let maps = counted(&text, order);
        let model = model(&maps, order, escape);
        let distinct: std::collections::BTreeSet<u64> = maps.values().flat_map(BTreeMap::values).copied().collect();
        prop_assert_eq!(model.escape.is_some(), distinct.len() >= usize::from(escape));
        let mut reader = model.reader();
        reader.read(Stretch { text: &text, ends: &[text.len()], characters: false });
        let logs = reader.logs(&text, 0);
        for end in 0..text.len() {
            for length in FIRST..=order.min(end + 1) {
                let gram = text[end + 1 - length..=end].iter().fold(0, |gram, &byte| gram << 8 | u64::from(byte));
                let expected = maps[&length].get(&gram).map_or(f64::NEG_INFINITY, |&count| ln(count));
                prop_assert_eq!(logs.ending(end, length), expected, "{} bytes that end with byte {}", length, end);
            }
        }
    }
}
