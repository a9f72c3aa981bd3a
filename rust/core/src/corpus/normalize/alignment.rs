//! Which bytes of a text became which bytes of its normal form.
//!
//! In: a text as given. Out: [`Stretch`]es in order; together they are all of the text, and all of its NFC (or NFKC, of which the same is true). A stretch is the same in
//! both, or it is one *cluster* that NFC changed: what lies between two neighbouring normalization boundaries. There is a
//! boundary before every character whose decomposition begins with a starter that composes with nothing before it, behind
//! every newline, and on both sides of an invalid byte: NFC of what is before and NFC of what is behind do not depend on each
//! other there, whatever the two are. Inside a cluster no byte of the result can be told to come from less than all of it.
//! The runs of [`super`] are longer: they also go on before singletons (Å, Ω) and composition exclusions (U+0958), each of which is
//! a cluster of its own. Its one walk decides what changed; only the runs that did are cut into clusters here.
//! Cost: that of the walk; the library's time for the runs that changed, twice. No memory.

use super::form::{Form, Nfc, Nfkc};
use super::{Normalization, for_each_changed};
use crate::parallel::Stop;

/// Consecutive bytes of a text, and what they are in its NFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// So many bytes that are the same in both.
    Same(usize),
    /// A cluster that NFC changed.
    Changed {
        /// Its length as given.
        given: usize,
        /// Its length in NFC.
        normalized: usize,
    },
}

/// Calls `each` with the stretches of `text`. Gives up when `stop` says so.
pub(crate) fn for_each_stretch(text: &[u8], normalization: Normalization, stop: &Stop, mut each: impl FnMut(Stretch)) {
    match normalization {
        Normalization::Nfc => for_each_of::<Nfc>(text, stop, each),
        Normalization::Nfkc => for_each_of::<Nfkc>(text, stop, each),
        Normalization::None => each(Stretch::Same(text.len())),
    }
}

/// The same of a form.
fn for_each_of<F: Form>(text: &[u8], stop: &Stop, mut each: impl FnMut(Stretch)) {
    let mut at = 0;
    for_each_changed::<F>(text, stop, |start, run| {
        each(Stretch::Same(start - at));
        for cluster in clusters::<F>(run) {
            each(stretch::<F>(cluster));
        }
        at = start + run.len();
    });
    each(Stretch::Same(text.len() - at));
}

/// What becomes of one cluster.
fn stretch<F: Form>(cluster: &str) -> Stretch {
    if F::is_normal(cluster) {
        return Stretch::Same(cluster.len());
    }
    let mut normalized = 0;
    F::normalize(cluster, |character| normalized += character.len_utf8());
    Stretch::Changed { given: cluster.len(), normalized }
}

/// Cuts `run` into clusters.
fn clusters<F: Form>(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        let newline = rest.starts_with('\n');
        let next = rest.char_indices().skip(1).find(|&(_, character)| newline || begins_cluster::<F>(character));
        let (cluster, behind) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        rest = behind;
        (!cluster.is_empty()).then_some(cluster)
    })
}

/// Whether there is a boundary before `character`, whatever is before it.
fn begins_cluster<F: Form>(character: char) -> bool {
    let mut first = None;
    F::decompose(character, |part| first = first.or(Some(part)));
    first.is_some_and(F::is_starter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::{normalize as naive, offsets};
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use unicode_normalization::UnicodeNormalization;

    fn stretches(text: &[u8]) -> Vec<Stretch> {
        normal_stretches(text, Normalization::Nfc)
    }

    fn normal_stretches(text: &[u8], normalization: Normalization) -> Vec<Stretch> {
        let mut all = Vec::new();
        for_each_stretch(text, normalization, &Stop::default(), |stretch| all.push(stretch));
        all.retain(|&stretch| stretch != Stretch::Same(0));
        all
    }

    fn normal<F: Form>(characters: impl IntoIterator<Item = char>) -> String {
        let (text, mut normal) = (characters.into_iter().collect::<String>(), String::new());
        F::normalize(&text, |character| normal.push(character));
        normal
    }

    fn composes<F: Form>(first: char, second: char) -> bool {
        normal::<F>([first, second]) != normal::<F>([first]) + &normal::<F>([second])
    }

    #[test]
    fn a_boundary_is_where_nothing_before_makes_a_difference() {
        boundaries_are_where_nothing_before_makes_a_difference::<Nfc>();
        boundaries_are_where_nothing_before_makes_a_difference::<Nfkc>();
    }

    fn boundaries_are_where_nothing_before_makes_a_difference<F: Form>() {
        let every = || '\0'..=char::MAX;
        let composed: Vec<char> = every().filter(|c| !('가'..='힣').contains(c) && c.nfd().nth(1).is_some()).collect();
        // first halves, and U+0345, behind which every other mark is sorted forward
        let before: BTreeSet<char> =
            composed.iter().flat_map(|c| c.nfd()).chain(['ᄀ', '가', '\u{345}']).chain(composed.clone()).collect();
        for second in every().filter(|&c| !F::is_starter(c)) {
            let found = before.iter().find(|&&first| composes::<F>(first, second));
            assert_eq!(begins_cluster::<F>(second), found.is_none(), "{second:?} behind {found:?}");
        }
        // the others are plain, of which another test says the same
        assert!(every().filter(|&c| F::is_starter(c)).all(begins_cluster::<F>));
    }

    #[test]
    fn only_a_cluster_that_changed_is_one() {
        let changed = |given, normalized| Stretch::Changed { given, normalized };
        assert_eq!(stretches(b"abc\xFF"), [Stretch::Same(4)]);
        assert_eq!(stretches("aé각".as_bytes()), [Stretch::Same(6)]);
        // each of a row of singletons on its own, and a cluster between them that was in order
        let signs = "x\u{2126}\u{212B}\u{E9}\u{323}\u{2126}y";
        let expected = [Stretch::Same(1), changed(3, 2), changed(3, 2), changed(4, 5), changed(3, 2), Stretch::Same(1)];
        assert_eq!(stretches(signs.as_bytes()), expected);
        // the marks of the second line have nothing to do with the newline
        assert_eq!(stretches("\n\u{344}".as_bytes()), [Stretch::Same(1), changed(2, 4)]);
        // U+0958 is taken apart
        assert_eq!(stretches("\u{958}\u{915}".as_bytes()), [changed(3, 6), Stretch::Same(3)]);
        assert_eq!(stretches(b"e\xCC\x81\xFF\xCD\x84"), [changed(3, 2), Stretch::Same(1), changed(2, 4)]);
    }

    proptest! {
        #[test]
        fn stretches_are_all_of_both_texts(
            text in naive::strategy::text(60), normalization in naive::strategy::normalization()
        ) {
            let normalized = normalization.apply(&text);
            let (mut given, mut made) = (&text[..], &normalized[..]);
            for stretch in normal_stretches(&text, normalization) {
                let (left, right) = match stretch {
                    Stretch::Same(bytes) => (bytes, bytes),
                    Stretch::Changed { given, normalized } => (given, normalized),
                };
                prop_assert_eq!(&*normalization.apply(&given[..left]), &made[..right]);
                prop_assert_eq!(given[..left] == made[..right], matches!(stretch, Stretch::Same(_)));
                (given, made) = (&given[left..], &made[right..]);
            }
            prop_assert!(given.is_empty() && made.is_empty());
        }

        #[test]
        fn equals_the_naive_twin(text in naive::strategy::text(60), normalization in naive::strategy::normalization()) {
            let (mut map, mut at) = (Vec::new(), 0);
            for stretch in normal_stretches(&text, normalization) {
                match stretch {
                    Stretch::Same(bytes) => map.extend((at..at + bytes).map(|byte| byte..byte + 1)),
                    Stretch::Changed { given, normalized } => map.extend(std::iter::repeat_n(at..at + given, normalized)),
                }
                at += match stretch { Stretch::Same(bytes) => bytes, Stretch::Changed { given, .. } => given };
            }
            prop_assert_eq!(map, offsets::origins(&text, normalization));
        }
    }
}
