//! Counting, the n-gram model and both cutting rules against their naive twins, on random segments, for several threads.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use bytepiece_core::Result;
use bytepiece_core::checkpoint::Saving;
use bytepiece_core::corpus::normalize::Normalization;
use bytepiece_core::corpus::pass::{Pass, Totals};
use bytepiece_core::corpus::segments::SegmentRule;
use bytepiece_core::corpus::{Corpus, Documents, Part};
use bytepiece_core::count::key::Key;
use bytepiece_core::count::{Counting, NgramCounts, count_ngrams};
use bytepiece_core::naive;
use bytepiece_core::ngram_model::NgramModel;
use bytepiece_core::progress::Silent;
use bytepiece_core::prune::Limits;
use bytepiece_core::rules::{Digits, PieceRules, Required};
use bytepiece_core::segment::{Cutting, PieceCounting, Segmenter, count_pieces};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Documents in memory.
struct Memory(Vec<Vec<u8>>);

impl Corpus for Memory {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        Ok(Box::new(MemoryPass(self.0.clone().into_iter())))
    }
}

struct MemoryPass(std::vec::IntoIter<Vec<u8>>);

impl Documents for MemoryPass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        Ok(self.0.next().map(|document| {
            text.extend_from_slice(&document);
            Part { ends_document: true, source: 0, file: 0 }
        }))
    }
}

/// Text that meets every branch: few symbols, so that n-grams repeat and scores tie; characters of 1 to 4 bytes; combining
/// marks that NFC composes; bytes that are not UTF-8; no newline, so that a document is a segment.
fn segment() -> impl Strategy<Value = Vec<u8>> {
    let unit = prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "ab", "aa", " "]).prop_map(|text| text.as_bytes().to_vec()),
        3 => prop::sample::select(vec!["天", "地", "é", "ß", "😀", "😁"]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::sample::select(vec![vec![0xFF], vec![0xE5, 0xA4], vec![0x80], vec![0], vec![0xC3]]),
    ];
    prop::collection::vec(unit, 1..40).prop_map(|units| units.concat())
}

fn pass(threads: usize) -> Pass {
    Pass {
        rule: SegmentRule::training(Digits::Free, true, Normalization::Nfc),
        threads: NonZeroUsize::new(threads).expect("not zero"),
    }
}

/// Counts with so much memory for tables.
fn counted<K: Key>(
    corpus: &Memory,
    order: usize,
    min_count: u64,
    table_bytes: usize,
    threads: usize,
) -> (NgramCounts<K>, Totals) {
    let counting = Counting { order, min_count, table_bytes, temp_dir: None };
    count_ngrams(corpus, &counting, Saving::none(), pass(threads), &mut Silent).expect("counts")
}

/// The model of what has `min_count`.
fn modelled<K: Key>(counts: &NgramCounts<K>) -> NgramModel<K> {
    NgramModel::new(counts, &counts.thresholds(None), NonZeroUsize::MIN, &mut Silent).expect("model")
}

fn bytes_of<K: Key>(mut key: K, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for byte in bytes.iter_mut().rev() {
        *byte = key.last_byte();
        key = key.without_last();
    }
    bytes
}

fn as_map<K: Key>(counts: &NgramCounts<K>) -> BTreeMap<Vec<u8>, u64> {
    let mut map = BTreeMap::from([(Vec::new(), counts.total())]);
    for length in 1..=counts.order() {
        let all = counts.all(length).expect("readable");
        map.extend(all.into_iter().map(|(key, count)| (bytes_of(key, length), count)));
    }
    map
}

fn check<K: Key>(segments: Vec<Vec<u8>>, order: usize, min_count: u64) {
    let views: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    let naive_counts = naive::count::count_ngrams(&views, order);
    let corpus = Memory(segments.clone());
    let kept =
        |(ngram, &count): (&Vec<u8>, &u64)| (ngram.len() < 2 || count >= min_count).then(|| (ngram.clone(), count));
    let expected: BTreeMap<Vec<u8>, u64> = naive_counts.iter().filter_map(kept).collect();
    let (counts, totals) = counted::<K>(&corpus, order, min_count, 0, 1);
    assert_eq!(as_map(&counts), expected);
    for threads in [2, 3] {
        let (again, totals_again) = counted::<K>(&corpus, order, min_count, 1 << 30, threads);
        assert_eq!((as_map(&again), totals_again), (expected.clone(), totals));
    }
    let naive_model = naive::segment::Model::new(naive_counts, order, min_count);
    let model = modelled(&counts);
    for (ensure_unicode, compat) in [(false, false), (false, true), (true, false), (true, true)] {
        let cutting = Cutting { ensure_unicode, compat };
        let mut segmenter = Segmenter::new(&model, cutting);
        let mut expected_counts: BTreeMap<&[u8], u64> = BTreeMap::new();
        for segment in &views {
            let mut pieces: Vec<&[u8]> = Vec::new();
            segmenter.cut(segment, |piece| pieces.push(piece));
            let cut = if compat { naive::segment::Model::cut_compat } else { naive::segment::Model::cut };
            assert_eq!(pieces, cut(&naive_model, segment, ensure_unicode), "{cutting:?} {}", segment.escape_ascii());
            pieces.iter().for_each(|piece| *expected_counts.entry(piece).or_insert(0) += 1);
        }
        for (threads, piece_bytes) in [(1, 0), (3, 1 << 30)] {
            let limits = Limits {
                rules: PieceRules { max_piece_length: 4, ..PieceRules::NONE },
                min_count,
                required: Required::default(),
            };
            let counting = PieceCounting { cutting, limits, piece_bytes, temp_dir: None };
            let (pieces, again) =
                count_pieces(&corpus, modelled(&counts), &counting, Saving::none(), (pass(threads), 0), &mut Silent)
                    .expect("pieces");
            let mut counted = BTreeMap::new();
            pieces.for_each(|piece, count| assert!(counted.insert(piece.to_vec(), count).is_none())).expect("readable");
            assert!(counted.iter().map(|(piece, &count)| (&piece[..], count)).eq(expected_counts.clone()));
            assert_eq!(again, totals);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn narrow_keys(segments in prop::collection::vec(segment(), 1..6), order in 1usize..=8, min_count in 1u64..5) {
        check::<u64>(nfc_all(segments), order, min_count);
    }

    #[test]
    fn wide_keys(segments in prop::collection::vec(segment(), 1..6), order in 1usize..=16, min_count in 1u64..5) {
        check::<u128>(nfc_all(segments), order, min_count);
    }
}

/// The naive twins see segments after normalization, as the fast paths do.
fn nfc_all(segments: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    segments.iter().map(|segment| bytepiece_core::corpus::normalize::nfc(segment).into_owned()).collect()
}

#[test]
fn a_broken_character_is_cut_into_its_bytes_and_the_path_goes_on() {
    // 天 occurs once: its n-grams fall under min_count 2; "abab" occurs often on both sides
    let text = "abababababab天abababababab".as_bytes().to_vec();
    let corpus = Memory(vec![text.clone()]);
    let (counts, _) = counted::<u64>(&corpus, 4, 2, 1 << 30, 1);
    let model = modelled(&counts);
    let mut lengths = Vec::new();
    Segmenter::new(&model, Cutting { ensure_unicode: true, compat: false })
        .cut(&text, |piece| lengths.push(piece.len()));
    let before: usize = lengths.iter().take_while(|&&length| length > 1).sum();
    let behind: usize = lengths.iter().rev().take_while(|&&length| length > 1).sum();
    assert_eq!((before, behind), (12, 12), "{lengths:?}");
    assert_eq!(lengths.iter().filter(|&&length| length == 1).count(), 3);

    let mut poisoned = Vec::new();
    Segmenter::new(&model, Cutting { ensure_unicode: true, compat: true })
        .cut(&text, |piece| poisoned.push(piece.len()));
    assert!(poisoned.ends_with(&[1; 15]), "0.6.3 cuts everything from the character on into bytes: {poisoned:?}");
}
