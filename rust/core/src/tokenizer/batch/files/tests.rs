//! Documents read in batches against the same documents encoded at once, with batches and tasks so small that all is divided.

use super::*;
use crate::Error;
use crate::corpus::Part;
use crate::pieces::PieceTable;
use crate::vocabulary::Vocabulary;
use proptest::prelude::*;
use std::collections::BTreeMap;

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
    Tokenizer::new(Vocabulary::new(table, "model").unwrap()).unwrap()
}

fn shape(batch_bytes: usize) -> Shape {
    let batch_bytes = NonZeroUsize::new(batch_bytes).unwrap();
    Shape { batch_bytes, whole: false, add_bos: false, add_eos: false }
}

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
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
    ) {
        let tokenizer = tokenizer();
        let texts: Vec<Vec<u8>> = documents.iter().map(|parts| parts.concat()).collect();
        let slices: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
        let request = Request { add_bos, add_eos, ..Request::default() };
        let expected: Rows<u16> = tokenizer.encode_batch(&slices, &request, threads(1), &mut || Ok(())).unwrap();

        let shape = Shape { whole, add_bos, add_eos, ..shape(batch_bytes) };
        let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape, task_bytes);
        let mut rows = Rows::default();
        for batch in batches(&mut encoder, &tokenizer, n) {
            let (before, ended) = (rows.ids.len(), batch.ends.last().copied().unwrap_or(0));
            prop_assert!(!batch.ids.is_empty() || !batch.ends.is_empty());
            rows.ids.extend(&batch.ids);
            rows.ends.extend(batch.ends.iter().map(|end| before + end));
            if ended < batch.ids.len() {
                let divided = &texts[rows.ends.len()];
                prop_assert!(!whole && divided.len() > batch_bytes, "{:?} is divided", divided);
            }
        }
        prop_assert_eq!(rows, expected);
        prop_assert!(batches(&mut encoder, &tokenizer, n).is_empty());
    }
}

#[test]
fn a_batch_ends_with_the_document_that_fills_it() {
    let documents: Vec<Vec<Vec<u8>>> = vec![vec![b"ab".repeat(50)]; 10];
    let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape(300), 10);
    let rows: Vec<usize> = batches(&mut encoder, &tokenizer(), 2).iter().map(|batch| batch.ends.len()).collect();
    assert_eq!(rows, [3, 3, 3, 1], "of 116 bytes each");
}

#[test]
fn empty_documents_fill_batches_too() {
    let documents: Vec<Vec<Vec<u8>>> = vec![vec![Vec::new()]; 100];
    let mut encoder = Encoder::new(Given::new(&documents, false), shape(16 * 30));
    let rows = batches(&mut encoder, &tokenizer(), 2).iter().map(|batch| batch.ends.len()).max();
    assert!(rows < Some(100), "{rows:?}");
}

#[test]
fn a_long_document_is_divided_at_line_ends() {
    let documents = [vec![b"ab\n".repeat(100)], vec![b"ab".to_vec()]];
    let mut encoder = Encoder::with_task_bytes(Given::new(&documents, false), shape(60), 20);
    let tokenizer = tokenizer();
    let all = batches(&mut encoder, &tokenizer, 2);
    assert!(all.len() > 3);
    assert!(all.iter().all(|batch| batch.ids.len() <= 80), "about 60 bytes of text each");
    let (last, before) = all.split_last().unwrap();
    assert!(before.iter().all(|batch| batch.ends.is_empty()));
    assert_eq!(last.ends.len(), 2);
}

#[test]
fn after_an_error_there_are_no_more_batches() {
    let (tokenizer, documents) = (tokenizer(), vec![vec![b"ab".to_vec()]; 5]);
    let mut encoder = Encoder::new(Given::new(&documents, true), shape(30));
    let mut next = || encoder.next_batch::<u32>(&tokenizer, threads(2), &mut || Ok(()));
    assert_eq!(next().unwrap().map(|rows| rows.ends.len()), Some(2));
    assert_eq!(next().unwrap().map(|rows| rows.ends.len()), Some(2));
    assert!(matches!(next(), Err(Error::Parameter { .. })));
    assert_eq!(next().unwrap(), None);

    let mut encoder = Encoder::new(Given::new(&documents, false), shape(30));
    let interrupted = || Err(Error::parameter("interrupted", 1, "2"));
    assert!(encoder.next_batch::<u32>(&tokenizer, threads(2), &mut { interrupted }).is_err());
    assert_eq!(encoder.next_batch::<u32>(&tokenizer, threads(2), &mut || Ok(())).unwrap(), None);
}
