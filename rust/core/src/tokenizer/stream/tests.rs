use super::*;
use crate::corpus::normalize::nfc;
use crate::formats::model;
use crate::naive;
use crate::pieces::PieceTable;
use crate::tokenizer::Mode;
use crate::vocabulary::Vocabulary;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// A tokenizer of all bytes and `more`.
fn tokenizer(more: &BTreeMap<Vec<u8>, u64>) -> Arc<Tokenizer> {
    let mut pieces: BTreeMap<Vec<u8>, u64> = (0..=255u8).map(|byte| (vec![byte], 1)).collect();
    pieces.extend(more.clone());
    let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
    Arc::new(Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer"))
}

/// The model in the folder of goldens.
fn small() -> Arc<Tokenizer> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/small.model");
    Arc::new(Tokenizer::new(model::load(&path).expect("the model is there")).expect("a tokenizer"))
}

/// The text of the goldens, as the lines of JSON that it is in.
fn corpus() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/corpus.jsonl");
    std::fs::read(path).expect("the corpus is there")
}

/// The ids of the whole.
fn whole(tokenizer: &Tokenizer, text: &[u8]) -> Vec<u32> {
    let mut ids = Vec::new();
    tokenizer.encode_into(text, Mode::BestPath, &mut Worker::default(), &Stop::default(), &mut ids);
    ids
}

/// The ids of pieces.
fn pushed<'t>(encoder: &mut StreamEncoder, pieces: impl IntoIterator<Item = &'t [u8]>) -> Vec<u32> {
    let mut ids = Vec::new();
    for piece in pieces {
        encoder.push(piece, &mut || Ok(()), &mut ids).expect("no interrupt");
    }
    encoder.finish(&mut || Ok(()), &mut ids).expect("no interrupt");
    ids
}

/// `text`, cut at places given as fractions of 1,000.
fn cut<'t>(text: &'t [u8], places: &[usize]) -> Vec<&'t [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place * text.len() / 1000).collect();
    places.sort_unstable();
    places.push(text.len());
    let mut start = 0;
    places.into_iter().map(|end| &text[std::mem::replace(&mut start, end)..end]).collect()
}

/// Nested pieces, newlines inside, halves of characters.
fn pieces() -> impl Strategy<Value = BTreeMap<Vec<u8>, u64>> {
    let symbols =
        prop::sample::select(vec![&b"a"[..], b"a", b"a", b"e", b"\n", b"\n\n", b" ", b"\xCC", b"\x81", b"\xE5"]);
    let words = prop::sample::select(vec!["é", "e\u{301}", "天", "地", "각", "\u{1100}", "😀", "a\n", "\na"]);
    let piece = prop_oneof![symbols.prop_map(<[u8]>::to_vec), words.prop_map(|word| word.as_bytes().to_vec())];
    let piece = prop::collection::vec(piece, 1..5).prop_map(|parts| parts.concat());
    let count = prop_oneof![prop::sample::select(vec![1u64, 2, 4, 64, 4096]), 1u64..50, Just(1u64 << 40)];
    prop::collection::btree_map(piece, count, 0..40)
}

/// Text that the normalizer, the cutting and the pieces all have to do with.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let runs = (prop::sample::select(vec!["a", "\n", "a\n", "e\u{301}", "天"]), 1..30_usize);
    let parts = prop_oneof![
        3 => naive::normalize::strategy::text(20),
        2 => runs.prop_map(|(part, times)| part.repeat(times).into_bytes()),
    ];
    prop::collection::vec(parts, 0..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pieces_give_the_ids_of_the_whole(
        more in pieces(), text in text(), places in prop::collection::vec(0..=1000_usize, 0..8), size in 1..6_usize,
    ) {
        let tokenizer = tokenizer(&more);
        let (expected, mut encoder) = (whole(&tokenizer, &text), StreamEncoder::new(Arc::clone(&tokenizer)));
        // one encoder, so that nothing may be left over from the text before
        prop_assert_eq!(&pushed(&mut encoder, cut(&text, &places)), &expected);
        prop_assert_eq!(&pushed(&mut encoder, text.chunks(size)), &expected);
        prop_assert_eq!(&pushed(&mut encoder, text.chunks(1)), &expected);
    }

    #[test]
    fn what_was_given_does_not_hang_on_what_follows(more in pieces(), text in text(), other in text(), place in 0..=1000_usize) {
        let tokenizer = tokenizer(&more);
        let begun = &text[..place * text.len() / 1000];
        let (mut encoder, mut given) = (StreamEncoder::new(Arc::clone(&tokenizer)), Vec::new());
        encoder.push(begun, &mut || Ok(()), &mut given).expect("no interrupt");
        prop_assert!(whole(&tokenizer, &[begun, &other[..]].concat()).starts_with(&given));
        prop_assert!(whole(&tokenizer, begun).starts_with(&given));
    }
}

#[test]
fn ids_come_soon() {
    let (tokenizer, text) = (small(), nfc(&corpus()).into_owned());
    let (mut encoder, mut given, mut bytes, mut lags) =
        (StreamEncoder::new(Arc::clone(&tokenizer)), Vec::new(), 0, Vec::new());
    for (at, byte) in text.iter().enumerate() {
        let first = given.len();
        encoder.push(&[*byte], &mut || Ok(()), &mut given).expect("no interrupt");
        bytes +=
            given[first..].iter().filter_map(|&id| tokenizer.vocabulary().piece(id)).map(<[u8]>::len).sum::<usize>();
        lags.push(at + 1 - bytes);
    }
    lags.sort_unstable();
    let (median, late) = (lags[lags.len() / 2], lags[lags.len() * 99 / 100]);
    assert!(median <= 8 && late < 40, "half of the time at most {median} bytes wait, 99 % of the time at most {late}");
}

#[test]
fn large_and_small_pieces_of_real_text_give_the_ids_of_the_whole() {
    let (tokenizer, text) = (small(), corpus());
    let text = [&text[..], b"\n\n", &text.escape_ascii().to_string().replace("\\n", " ").into_bytes(), &text].concat();
    let (expected, mut encoder) = (whole(&tokenizer, &text), StreamEncoder::new(Arc::clone(&tokenizer)));
    for size in [1, 7, 1000, PART - 1, PART, text.len()] {
        assert_eq!(pushed(&mut encoder, text.chunks(size)), expected, "pieces of {size} bytes");
    }
}

#[test]
fn memory_does_not_grow_with_the_text() {
    let (tokenizer, text) = (small(), corpus());
    let one_line = text.escape_ascii().to_string().into_bytes();
    let (mut encoder, mut ids) = (StreamEncoder::new(tokenizer), Vec::new());
    for part in [&text[..], &one_line].into_iter().cycle().take(20).flat_map(|text| text.chunks(1000)) {
        ids.clear();
        encoder.push(part, &mut || Ok(()), &mut ids).expect("no interrupt");
        let held = encoder.normalizer.capacity() + encoder.segments.path.capacity();
        assert!(held < 1 << 15, "{held} bytes are held");
    }
}

#[test]
fn an_interrupt_comes_through() {
    let mut encoder = StreamEncoder::new(tokenizer(&BTreeMap::new()));
    let mut calls = 0;
    let mut check = || {
        calls += 1;
        if calls > 3 { Err(crate::Error::parameter("interrupted", 1, "2")) } else { Ok(()) }
    };
    let mut ids = Vec::new();
    assert!(encoder.push(&b"a\n".repeat(PART), &mut check, &mut ids).is_err());
    assert!(ids.len() < 3 * PART);
}

#[test]
fn borders_are_seen_when_the_next_segment_begins() {
    assert_eq!(
        [&b"a\n\nb"[..], b"a\n\n", b"ab", b"\nb"].map(|text| first_border(text, false)),
        [Some(3), None, None, Some(1)]
    );
    assert_eq!([&b"\n\nb"[..], b"\n", b"b\n"].map(|text| first_border(text, true)), [Some(2), None, Some(0)]);
    assert_eq!(
        [&b"a\nb\n\nc"[..], b"a\nb\n\n", b"a\n\n", b"\n", b""].map(last_border),
        [Some(5), Some(2), None, None, None]
    );
}
