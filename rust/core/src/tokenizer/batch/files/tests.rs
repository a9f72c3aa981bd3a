//! Documents read in batches against the same documents encoded at once, with batches and tasks so small that all is divided.

use super::*;
use crate::corpus::Part;
use crate::error::WhichText;
use crate::pieces::PieceTable;
use crate::tokenizer::special::Finder;
use crate::vocabulary::Vocabulary;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Special tokens, with the ids 265, 266, and so on; the last one goes on behind a newline.
const TOKENS: [&str; 4] = ["ba", "b\n", "天", "\nb"];
/// The id of the first one.
const FIRST_TOKEN: u32 = 265;

/// Documents, each in its parts; behind them an error where one is wanted.
struct Given {
    /// What is left, the next one last.
    parts: Vec<(Vec<u8>, bool)>,
    /// Whether reading fails in the end.
    fails: bool,
}

impl Given {
    fn new(documents: &[Vec<Vec<u8>>], fails: bool) -> Box<Self> {
        let ended = |document: &Vec<Vec<u8>>| {
            let last = document.len() - 1;
            document.iter().cloned().enumerate().map(|(at, part)| (part, at == last)).collect::<Vec<_>>()
        };
        Box::new(Self { parts: documents.iter().flat_map(ended).rev().collect(), fails })
    }
}

impl Documents for Given {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        let Some((part, ends_document)) = self.parts.pop() else {
            return if self.fails { Err(Error::parameter("file", 1, "2")) } else { Ok(None) };
        };
        text.extend_from_slice(&part);
        Ok(Some(Part { ends_document, source: 0, file: 0 }))
    }
}

fn tokenizer() -> Tokenizer {
    let mut pieces: BTreeMap<Vec<u8>, u64> = (0..=255u8).map(|byte| (vec![byte], 1)).collect();
    pieces.extend(["ab", "a\n", "\n\n", "é", "aab", "ba"].map(|piece| (piece.as_bytes().to_vec(), 9)));
    let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
    let tokenizer = Tokenizer::new(Vocabulary::new(table, "model").unwrap()).unwrap();
    assert_eq!(tokenizer.vocabulary().size(), crate::num::index(FIRST_TOKEN));
    tokenizer.with_special_tokens(TOKENS.map(str::to_owned)).unwrap()
}

/// Parses the special tokens with these numbers, refuses those.
fn finder(tokenizer: &Tokenizer, allowed: &[u32], refused: &[u32]) -> Option<Arc<Finder>> {
    let ids = |numbers: &[u32]| numbers.iter().map(|number| FIRST_TOKEN + number).collect::<BTreeSet<u32>>();
    tokenizer.finder(&ids(allowed), &ids(refused)).unwrap().map(Arc::new)
}

fn shape(batch_bytes: usize) -> Shape {
    Shape { batch_bytes: NonZeroUsize::new(batch_bytes).unwrap(), whole: false }
}

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Which token was refused, in which text or document, and at which byte.
fn place(error: &Error) -> (String, usize, usize) {
    match error {
        Error::SpecialInText { token, text: WhichText::Number(number) | WhichText::Document(number), byte, .. } => {
            (token.clone(), *number, *byte)
        }
        other => panic!("{other}"),
    }
}

/// Text of few symbols, some of which NFC composes.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let symbol = prop::sample::select(vec!["a", "a", "b", "\n", "\n", "e", "\u{301}", "天"]);
    prop::collection::vec(symbol, 0..12).prop_map(|symbols| symbols.concat().into_bytes())
}

fn documents() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    prop::collection::vec(prop::collection::vec(text(), 1..4), 0..8)
}

/// All batches.
fn batches(encoder: &mut Encoder, tokenizer: &Tokenizer, n: usize) -> Vec<Rows<u16>> {
    let next = || encoder.next_batch(tokenizer, threads(n), &mut || Ok(())).unwrap();
    std::iter::from_fn(next).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn batches_end_to_end_are_all_rows(
        documents in documents(),
        (batch_bytes, task_bytes, n) in (1usize..120, 1usize..40, 1usize..4),
        (whole, add_bos, add_eos) in any::<(bool, bool, bool)>(),
        max_length in prop::option::of((2..30usize).prop_map(threads)),
        allowed in prop::sample::subsequence(vec![0, 1, 2, 3], 0..4),
    ) {
        let tokenizer = tokenizer();
        let texts: Vec<Vec<u8>> = documents.iter().map(|parts| parts.concat()).collect();
        let slices: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
        let specials = finder(&tokenizer, &allowed, &[]);
        let request = Request { add_bos, add_eos, max_length, specials, ..Request::default() };
        let expected: Rows<u16> = tokenizer.encode_batch(&slices, &request, threads(1), &mut || Ok(())).unwrap();

        let shape = Shape { whole, ..shape(batch_bytes) };
        let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape, request, task_bytes);
        let mut rows = Rows::default();
        for batch in batches(&mut encoder, &tokenizer, n) {
            let (before, ended) = (rows.ids.len(), batch.ends.last().copied().unwrap_or(0));
            prop_assert!(!batch.ids.is_empty() || !batch.ends.is_empty());
            rows.ids.extend(&batch.ids);
            rows.ends.extend(batch.ends.iter().map(|end| before + end));
            if ended < batch.ids.len() {
                let divided = &texts[rows.ends.len()];
                prop_assert!(!whole && divided.len() > batch_bytes, "{:?} is divided", divided);
                prop_assert!(!allowed.contains(&3), "a token goes on behind a newline");
            }
        }
        prop_assert_eq!(rows, expected);
        prop_assert!(batches(&mut encoder, &tokenizer, n).is_empty());
    }

    #[test]
    fn the_first_refused_token_is_reported(
        documents in documents(),
        (batch_bytes, task_bytes, n) in (1usize..120, 1usize..40, 1usize..4),
        crossing in any::<bool>(),
    ) {
        let tokenizer = tokenizer();
        let specials = finder(&tokenizer, &[2], if crossing { &[0, 1, 3] } else { &[0, 1] });
        let request = Request { specials, max_length: Some(threads(1)), ..Request::default() };
        let texts: Vec<Vec<u8>> = documents.iter().map(|parts| parts.concat()).collect();
        let slices: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
        let all: Result<Rows<u16>> = tokenizer.encode_batch(&slices, &request, threads(1), &mut || Ok(()));
        let expected = all.err().map(|error| place(&error));

        let mut encoder =
            Encoder::with_task_bytes(Given::new(&documents, false), shape(batch_bytes), request, task_bytes);
        let mut next = || encoder.next_batch::<u16>(&tokenizer, threads(n), &mut || Ok(())).transpose();
        let found = std::iter::from_fn(&mut next).find_map(|batch| batch.err()).map(|error| place(&error));
        prop_assert_eq!(&found, &expected);
        prop_assert!(expected.is_none() || next().is_none());
    }
}

#[test]
fn a_batch_ends_with_the_document_that_fills_it() {
    let documents: Vec<Vec<Vec<u8>>> = vec![vec![b"ab".repeat(50)]; 10];
    let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape(300), Request::default(), 10);
    let rows: Vec<usize> = batches(&mut encoder, &tokenizer(), 2).iter().map(|batch| batch.ends.len()).collect();
    assert_eq!(rows, [3, 3, 3, 1], "of 116 bytes each");
}

#[test]
fn empty_documents_fill_batches_too() {
    let documents: Vec<Vec<Vec<u8>>> = vec![vec![Vec::new()]; 100];
    let mut encoder = Encoder::new(Given::new(&documents, false), shape(16 * 30), Request::default());
    let rows = batches(&mut encoder, &tokenizer(), 2).iter().map(|batch| batch.ends.len()).max();
    assert!(rows < Some(100), "{rows:?}");
}

#[test]
fn a_long_document_is_divided_at_line_ends() {
    let documents = [vec![b"ab\n".repeat(100)], vec![b"ab".to_vec()]];
    let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape(60), Request::default(), 20);
    let tokenizer = tokenizer();
    let all = batches(&mut encoder, &tokenizer, 2);
    assert!(all.len() > 3);
    assert!(all.iter().all(|batch| batch.ids.len() <= 80), "about 60 bytes of text each");
    let (last, before) = all.split_last().unwrap();
    assert!(before.iter().all(|batch| batch.ends.is_empty()));
    assert_eq!(last.ends.len(), 2);
}

#[test]
fn a_row_that_is_full_makes_no_batches() {
    let documents = [vec![b"ab\n".repeat(10_000)], vec![b"ab".to_vec()]];
    let request = Request { max_length: Some(threads(3)), add_eos: true, ..Request::default() };
    let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape(60), request, 20);
    let all = batches(&mut encoder, &tokenizer(), 2);
    let ids: Vec<usize> = all.iter().map(|batch| batch.ids.len()).collect();
    assert_eq!(ids, [2, 1, 2], "two of text; then <eos> of all that text; the second document");
    assert_eq!(all.iter().map(|batch| &batch.ends[..]).collect::<Vec<_>>(), [&[][..], &[1], &[2]]);
}

#[test]
fn an_error_says_where_in_the_document() {
    let tokenizer = tokenizer();
    let documents = [vec![b"a".to_vec()], vec!["é\n".repeat(50).into_bytes(), "é天ba".as_bytes().to_vec()]];
    let request = Request { specials: finder(&tokenizer, &[], &[0, 2]), ..Request::default() };
    for (task_bytes, place) in [(20, "byte 152"), (1 << 16, "character 101 (byte 152)")] {
        let mut encoder =
            Encoder::with_task_bytes(Given::new(&documents, false), shape(1 << 16), request.clone(), task_bytes);
        let error = encoder.next_batch::<u16>(&tokenizer, threads(2), &mut || Ok(())).unwrap_err().to_string();
        let words = format!("document 1 (counted from 0) has the special token \"天\" at {place}; name it in ");
        assert!(error.starts_with(&words), "{error}");
    }
}

#[test]
fn after_an_error_there_are_no_more_batches() {
    let (tokenizer, documents) = (tokenizer(), vec![vec![b"ab".to_vec()]; 5]);
    let mut encoder = Encoder::new(Given::new(&documents, true), shape(30), Request::default());
    let mut next = || encoder.next_batch::<u32>(&tokenizer, threads(2), &mut || Ok(()));
    assert_eq!(next().unwrap().map(|rows| rows.ends.len()), Some(2));
    assert_eq!(next().unwrap().map(|rows| rows.ends.len()), Some(2));
    assert_eq!(next().unwrap().map(|rows| rows.ends.len()), Some(1), "what was read before the error");
    assert!(matches!(next(), Err(Error::Parameter { .. })));
    assert_eq!(next().unwrap(), None);

    let mut encoder = Encoder::new(Given::new(&documents, false), shape(30), Request::default());
    let interrupted = || Err(Error::parameter("interrupted", 1, "2"));
    assert!(encoder.next_batch::<u32>(&tokenizer, threads(2), &mut { interrupted }).is_err());
    assert_eq!(encoder.next_batch::<u32>(&tokenizer, threads(2), &mut || Ok(())).unwrap(), None);
}

/// Gives a document and the beginning of another, then fails.
struct Broken(u8, fn() -> Error);

impl Documents for Broken {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        self.0 += 1;
        if self.0 == 3 {
            return Err(self.1());
        }
        text.extend_from_slice(&b"ab\n".repeat(30));
        Ok(Some(Part { ends_document: self.0 == 1, source: 0, file: 0 }))
    }
}

#[test]
fn an_error_in_the_middle_of_a_document_comes_behind_those_before_it() {
    let (tokenizer, broken) = (tokenizer(), || Error::parameter("disk", "gone", "there"));
    for (whole, ids) in [(true, 60), (false, 100)] {
        let shape = Shape { whole, ..shape(1000) };
        let mut encoder = Encoder::with_task_bytes(Box::new(Broken(0, broken)), shape, Request::default(), 30);
        let mut next = || encoder.next_batch::<u16>(&tokenizer, threads(2), &mut || Ok(()));
        let rows = next().unwrap().unwrap();
        assert_eq!((rows.ids.len(), &rows.ends[..]), (ids, &[60][..]), "of a document in lists there are no parts");
        assert!(matches!(next(), Err(Error::Parameter { .. })));
        assert_eq!(next().unwrap(), None);
    }
    let stop = || Error::Interrupt(Box::new(broken_pipe()));
    let mut encoder = Encoder::new(Box::new(Broken(0, stop)), shape(1000), Request::default());
    let stopped = encoder.next_batch::<u16>(&tokenizer, threads(2), &mut || Ok(()));
    assert!(matches!(stopped, Err(Error::Interrupt(_))), "that does not wait");
}

fn broken_pipe() -> std::io::Error {
    std::io::ErrorKind::BrokenPipe.into()
}

#[test]
fn a_document_can_have_two_stretches_in_a_task() {
    let documents = [vec![b"\naa".to_vec(), "\u{301}天aaaa".into(), "aaba\u{301}a".into()]];
    let tokenizer = tokenizer();
    let request = Request { specials: finder(&tokenizer, &[], &[0]), ..Request::default() };
    let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape(18), request, 18);
    let found = encoder.next_batch::<u16>(&tokenizer, threads(1), &mut || Ok(())).expect_err("refused");
    assert_eq!(place(&found), ("ba".to_owned(), 0, 14));
}
