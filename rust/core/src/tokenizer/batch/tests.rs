//! Batches against texts encoded one by one; everything is cut as often as it can be.

use super::*;
use crate::naive::normalize::strategy;
use crate::pieces::PieceTable;
use crate::vocabulary::Vocabulary;
use proptest::prelude::*;

/// A tokenizer of all bytes and some pieces that nest, with a long one.
fn tokenizer() -> Tokenizer {
    let more: [(&[u8], u64); 9] = [
        (b"ab", 40),
        (b"bc", 30),
        (b"a\n", 9),
        (b"\n\n", 12),
        (b"e ", 25),
        ("é".as_bytes(), 60),
        ("天".as_bytes(), 70),
        ("天地".as_bytes(), 5),
        (&[b'x'; 40], 1 << 40),
    ];
    let mut table: PieceTable = more.into_iter().collect();
    (0..=255u8).for_each(|byte| table.push(&[byte], if byte.is_ascii_lowercase() { 20 } else { 1 }));
    Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer")
}

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("not zero")
}

/// Divides work at every so many bytes, on threads whatever its size.
fn tiny(task: usize, call: usize) -> Sizes {
    Sizes { inline: 0, inline_one_thread: 0, least_task: task, task, call }
}

/// The row of a text as the request defines it.
fn naive_row(tokenizer: &Tokenizer, request: &Request, at: usize, text: &[u8]) -> Vec<u32> {
    let mut ids = Vec::new();
    tokenizer.encode_into(text, request.mode(at), &mut Worker::default(), &Stop::default(), &mut ids);
    ids.truncate(request.room().expect("room").unwrap_or(usize::MAX));
    let (bos, eos) = (request.add_bos.then_some(BOS), request.add_eos.then_some(EOS));
    bos.into_iter().chain(ids).chain(eos).collect()
}

fn requests() -> impl Strategy<Value = Request> {
    let alpha = Alpha::new(0.3).expect("a number").expect("not negative");
    let sampling = Just(Some(Sampling { alpha, seed: 5, first_index: u64::MAX - 1 }));
    let limit = prop_oneof![2 => Just(None), 3 => (2..30usize).prop_map(Some), 1 => (100..2000usize).prop_map(Some)];
    (prop_oneof![2 => Just(None), 1 => sampling], any::<bool>(), any::<bool>(), limit).prop_map(
        |(sampling, add_bos, add_eos, limit)| {
            let max_length = limit.and_then(NonZeroUsize::new);
            Request { sampling, add_bos, add_eos, max_length, specials: None }
        },
    )
}

fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let lines = prop::collection::vec(prop::sample::select(vec!["abc", "e\u{301} ", "\n", "\n\n", "天地"]), 0..60);
    let long =
        (1..40usize, 1..30usize).prop_map(|(letters, lines)| [&vec![b'x'; letters][..], b"\n"].concat().repeat(lines));
    let text = prop_oneof![strategy::text(20), lines.prop_map(|units| units.concat().into_bytes()), long];
    prop::collection::vec(text, 0..8)
}

/// Two rows end in every third part, one in the next, none in the one after that; all leave one begun.
fn fill(sink: &mut impl Sink, number: u32) {
    for _ in 0..2 - number % 3 {
        sink.ids(&[number]);
        sink.end_row();
    }
    sink.ids(&[100 + number]);
}

proptest! {
    #[test]
    fn rows_and_counts_are_those_of_single_texts(
        texts in texts(), request in requests(), task in 1..60usize, call in 1..60usize, n in 1..5usize,
    ) {
        let tokenizer = tokenizer();
        let texts: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
        let expected: Vec<Vec<u32>> =
            texts.iter().enumerate().map(|(at, text)| naive_row(&tokenizer, &request, at, text)).collect();
        for sizes in [tiny(task, call), Sizes::USUAL] {
            let rows: Rows = tokenizer.run(&texts, &request, threads(n), sizes, &mut || Ok(())).expect("no error");
            prop_assert!(rows.iter().eq(expected.iter().map(|row| &row[..])), "{:?}, not {:?}", rows, expected);
            let narrow: Rows<u16> = tokenizer.run(&texts, &request, threads(n), sizes, &mut || Ok(())).expect("no error");
            prop_assert_eq!(narrow.ends, rows.ends);
            prop_assert!(narrow.ids.into_iter().map(u32::from).eq(rows.ids));
            let counts: Counts = tokenizer.run(&texts, &request, threads(n), sizes, &mut || Ok(())).expect("no error");
            prop_assert!(counts.into_counts().into_iter().eq(expected.iter().map(|row| to_u64(row.len()))));
        }
        for (text, row) in texts.iter().zip(expected).take(usize::from(request.sampling.is_none()) * texts.len()) {
            let mut ids = vec![7];
            tokenizer.encode_text(text, &request, &mut Buffers::default(), &Stop::default(), &mut ids).expect("no error");
            prop_assert_eq!(&ids[1..], &row[..]);
        }
    }

    #[test]
    fn tasks_are_all_of_the_texts_in_order_cut_between_segments(texts in texts(), size in 1..60usize) {
        let (tokenizer, request) = (tokenizer(), Request::default());
        let texts: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
        let job = Job::new(&tokenizer, &texts, &request, Sizes::USUAL).expect("no error");
        let tasks: Vec<_> = Tasks::new(&job, size).collect();
        let parts: Vec<_> = tasks.iter().flat_map(|task| tasks::parts(&texts, task.clone())).collect();
        let mut segments = vec![Vec::new(); texts.len()];
        for part in &parts {
            segments[part.text].extend(crate::corpus::segments::lines(&texts[part.text][part.bytes.clone()]));
        }
        for (text, segments) in texts.iter().zip(segments) {
            prop_assert!(crate::corpus::segments::lines(text).eq(segments));
        }
        prop_assert!(parts.is_sorted_by_key(|part| (part.text, part.bytes.start)));
        prop_assert_eq!(parts.iter().filter(|part| part.bytes.start == 0).count(), texts.len());
    }

    #[test]
    fn padding_is_the_naive_one(
        rows in prop::collection::vec(prop::collection::vec(1..9u32, 0..6), 0..6),
        least in 0..9usize, multiple in 1..5usize, left in any::<bool>(),
    ) {
        let ends = rows.iter().scan(0, |end, row| { *end += row.len(); Some(*end) }).collect();
        let side = if left { Side::Left } else { Side::Right };
        let padding = Padding { least, multiple: threads(multiple), side };
        let padded = Rows { ids: rows.concat(), ends }.pad(padding).expect("small");
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0).max(least);
        let width = (longest..).find(|width| width % multiple == 0).expect("a multiple");
        prop_assert_eq!((padded.rows, padded.width), (rows.len(), width));
        let fill = |row: &Vec<u32>| vec![PAD; width - row.len()];
        let expected = rows.iter().map(|row| if left { [fill(row), row.clone()] } else { [row.clone(), fill(row)] });
        prop_assert_eq!(&padded.ids, &expected.map(|parts| parts.concat()).collect::<Vec<_>>().concat());
        prop_assert_eq!(padded.mask, padded.ids.iter().map(|&id| id != PAD).collect::<Vec<_>>());
    }

    #[test]
    fn parts_are_joined_in_order_however_they_come(order in Just((0..9u32).collect::<Vec<_>>()).prop_shuffle()) {
        let (mut rows, mut counts) = (Joined::<Rows>::default(), Joined::<Counts>::default());
        for number in order {
            let (mut part, mut count) = (Rows::default(), Counts::default());
            fill(&mut part, number);
            fill(&mut count, number);
            rows.put(crate::num::index(number), &mut part);
            counts.put(crate::num::index(number), &mut count);
            prop_assert!(part.ids.is_empty() && part.ends.is_empty());
        }
        let rows = rows.into_whole();
        let expected = [0, 0, 100, 1, 101, 102, 3, 3, 103, 4, 104, 105, 6, 6, 106, 7, 107, 108];
        prop_assert_eq!(&rows.ids[..], expected);
        prop_assert_eq!(&rows.ends[..], [1, 2, 4, 7, 8, 10, 13, 14, 16]);
        prop_assert_eq!(counts.into_whole().into_counts(), [1, 1, 2, 3, 1, 2, 3, 1, 2]);
    }
}

#[test]
fn a_long_text_and_many_short_ones_are_both_divided() {
    let (tokenizer, request) = (tokenizer(), Request::default());
    // a short text weighs 16 more than its 100 bytes, so that 87 of them make a task
    let long = "ten bytes\n".repeat(100_000).into_bytes();
    let short: Vec<&[u8]> = long.chunks(100).collect();
    for (texts, expected) in [(&[&long[..]][..], 100), (&short[..], 115)] {
        let job = Job::new(&tokenizer, texts, &request, Sizes::USUAL).expect("no error");
        assert_eq!(Tasks::new(&job, 10_000).count(), expected);
    }
}

#[test]
fn with_a_limit_the_rest_of_a_long_text_is_left_alone() {
    let (tokenizer, mut buffers) = (tokenizer(), Buffers::default());
    let request = Request { max_length: NonZeroUsize::new(50), add_eos: true, ..Request::default() };
    // 3 ids a line of 4 bytes; 2 ids a line of 41 bytes, so that eight bytes an id are too few and more is fetched
    for (line, most) in [("abc\n", 294), (concat!("xxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxx", "\n"), 60)] {
        let (text, mut ids) = (line.repeat(100_000), Vec::new());
        tokenizer.encode_text(text.as_bytes(), &request, &mut buffers, &Stop::default(), &mut ids).expect("no error");
        assert_eq!((ids.len(), ids[49]), (50, EOS));
        assert!(buffers.ids.len() <= most, "{} ids in one call", buffers.ids.len());
        let texts = vec![text.as_bytes(); 20];
        let job = Job::new(&tokenizer, &texts, &request, Sizes::USUAL).expect("no error");
        assert_eq!(Tasks::new(&job, 10_000).count(), 1, "20 texts of 50 ids are little work");
    }
}

#[test]
fn what_cannot_be() {
    let tokenizer = tokenizer();
    let request = Request { max_length: NonZeroUsize::new(1), add_bos: true, add_eos: true, ..Request::default() };
    let error = tokenizer.encode_batch::<u32>(&[b"a"], &request, threads(1), &mut || Ok(())).expect_err("no room");
    assert_eq!(error.to_string(), "max_length must be at least 2 with add_bos and add_eos, not 1");
    let padding = Padding { least: usize::MAX / 2, multiple: NonZeroUsize::MIN, side: Side::Left };
    let rows = Rows { ids: vec![1u32, 2, 3], ends: vec![1, 2, 3] };
    assert!(matches!(rows.pad(padding), Err(Error::Rectangle { rows: 3, width }) if width == usize::MAX / 2));
    let rows = Rows { ids: vec![1u32], ends: vec![1] };
    let words = format!(
        "a padded batch of 1 rows of {} ids does not fit into memory; pass fewer texts at a time, or a smaller \
         max_length or pad_to_multiple_of",
        usize::MAX / 2
    );
    assert_eq!(rows.pad(padding).expect_err("too large").to_string(), words);
    let padding = Padding { least: 5, multiple: NonZeroUsize::MAX, side: Side::Left };
    let rows = Rows { ids: vec![1u32], ends: vec![1] };
    assert!(matches!(rows.pad(padding), Err(Error::Rectangle { rows: 1, width: usize::MAX })));
    assert!(u16::holds(1 << 16).is_ok() && u16::holds((1 << 16) + 1).is_err() && u32::holds(1 << 24).is_ok());
}
