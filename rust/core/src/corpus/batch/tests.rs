//! The segments of batches against those of whole documents, for batches so small that everything is cut.

use super::*;
use crate::corpus::normalize::Normalization;
use crate::naive::normalize as naive;
use crate::rules::Digits;
use proptest::prelude::*;

/// Documents, each as its parts.
struct InParts<'a> {
    /// At least one part each.
    documents: &'a [Vec<Vec<u8>>],
    /// The document and the part that are next.
    next: (usize, usize),
}

impl Documents for InParts<'_> {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        let (document, part) = self.next;
        let Some(parts) = self.documents.get(document) else { return Ok(None) };
        text.extend_from_slice(&parts[part]);
        let ends_document = part + 1 == parts.len();
        self.next = if ends_document { (document + 1, 0) } else { (document, part + 1) };
        Ok(Some(Part { ends_document, source: 0, file: u32::try_from(document).unwrap() }))
    }
}

/// All batches of the documents.
fn batches(documents: &[Vec<Vec<u8>>], rule: SegmentRule, batch_bytes: usize) -> Vec<Batch> {
    let parts = Box::new(InParts { documents, next: (0, 0) });
    let mut batcher = Batcher::with_batch_bytes(parts, rule, batch_bytes);
    let batches: Vec<Batch> = std::iter::from_fn(|| batcher.next_batch().unwrap()).collect();
    assert_eq!(batcher.documents(), to_u64(documents.len()));
    assert_eq!(batcher.bytes(), documents.iter().flatten().map(|part| to_u64(part.len())).sum::<u64>());
    batches
}

/// The segments of each document.
fn segments_of(batches: &[Batch], rule: SegmentRule) -> Vec<Vec<Vec<u8>>> {
    let (mut documents, mut document) = (Vec::new(), Vec::new());
    for batch in batches {
        let mut start = 0;
        for &(end, part) in &batch.stretches {
            let stretch = Batch { text: batch.text[start..end].to_vec(), stretches: vec![(end - start, part)] };
            stretch.for_each_segment(rule, |segment| document.push(segment.to_vec()));
            assert_eq!(crate::num::index(part.file), documents.len());
            if part.ends_document {
                documents.push(std::mem::take(&mut document));
            }
            start = end;
        }
        assert_eq!(start, batch.text.len());
    }
    assert!(document.is_empty());
    documents
}

/// `text` cut at `places`, taken modulo its length.
fn in_parts(text: &[u8], places: &[usize]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (text.len() + 1)).collect();
    places.sort_unstable();
    let starts = [0].into_iter().chain(places.iter().copied());
    let ends = places.iter().copied().chain([text.len()]);
    starts.zip(ends).map(|(start, end)| text[start..end].to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn segments_are_those_of_the_whole_documents(
        documents in prop::collection::vec((naive::strategy::text(40), prop::collection::vec(any::<usize>(), 0..12)), 0..4),
        rule in naive::strategy::rule(vec![0, 1, 2, 3, 5, 10, 40]),
        batch_bytes in 1..64_usize,
    ) {
        let parts: Vec<_> = documents.iter().map(|(text, places)| in_parts(text, places)).collect();
        let expected: Vec<_> = documents.iter().map(|(text, _)| naive::normalize(text, rule)).collect();
        prop_assert_eq!(segments_of(&batches(&parts, rule, batch_bytes), rule), expected);
    }
}

/// Where the stretches of each document end in its normalized text.
fn borders(batches: &[Batch], rule: SegmentRule) -> Vec<Vec<usize>> {
    let (mut documents, mut document, mut end) = (Vec::new(), Vec::new(), 0);
    for batch in batches {
        for (text, (_, part)) in batch.texts().zip(&batch.stretches) {
            end += rule.normalization.apply(text).len();
            document.push(end);
            if part.ends_document {
                documents.push(std::mem::take(&mut document));
                end = 0;
            }
        }
    }
    documents
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn stretches_do_not_depend_on_the_parts_nor_on_other_documents(
        documents in prop::collection::vec((naive::strategy::text(40), prop::collection::vec(any::<usize>(), 0..12)), 0..4),
        rule in naive::strategy::rule(vec![1, 2, 3, 5, 10, 40]),
        batch_bytes in 8..64_usize,
    ) {
        let parts: Vec<_> = documents.iter().map(|(text, places)| in_parts(text, places)).collect();
        let alone = |(text, _): &(Vec<u8>, Vec<usize>)| borders(&batches(&[vec![text.clone()]], rule, batch_bytes), rule).concat();
        let expected: Vec<_> = documents.iter().map(alone).collect();
        prop_assert_eq!(borders(&batches(&parts, rule, batch_bytes), rule), expected);
    }
}

/// The batches of `text` in parts as large as a batch; also whole, and both with as many segments as the text has.
fn long(text: &[u8], rule: SegmentRule, batch_bytes: usize) -> Vec<Batch> {
    let in_parts = batches(&[text.chunks(batch_bytes).map(<[u8]>::to_vec).collect()], rule, batch_bytes);
    let whole = batches(&[vec![text.to_vec()]], rule, batch_bytes);
    let expected = segments(&rule.normalization.apply(text), rule).count();
    for batches in [&in_parts, &whole] {
        let mut count = 0;
        batches.iter().for_each(|batch| batch.for_each_segment(rule, |_| count += 1));
        assert_eq!(count, expected);
    }
    in_parts
}

/// The longest batch.
fn longest(batches: &[Batch]) -> usize {
    batches.iter().map(|batch| batch.text.len()).max().unwrap_or(0)
}

const TRAINING: SegmentRule = SegmentRule::training(Digits::Free, true, Normalization::Nfc);

#[test]
fn a_long_line_is_cut_where_the_rule_limits_characters() {
    for text in ["abc def 天 ", "e\u{301}x", "क्‍षि", "7", "\u{1100}\u{1161}\u{11A8}"] {
        let text = text.repeat((4 << 20) / text.len());
        let batches = long(text.as_bytes(), TRAINING, 1 << 18);
        assert!(batches.len() >= 12 && longest(&batches) < 1 << 19, "{} {}", batches.len(), longest(&batches));
    }
}

#[test]
fn a_long_line_is_one_stretch_where_nothing_limits_it_but_no_more_than_that() {
    let text = format!("{0}{1}\n{0}", "short\n".repeat(1 << 20), "long ".repeat(4 << 20));
    let batches = long(text.as_bytes(), SegmentRule::LINES, BATCH_BYTES);
    assert!(longest(&batches) < (20 << 20) + 2 * BATCH_BYTES);
    assert!(batches.len() > 10);
}

#[test]
fn text_without_a_place_to_cut_comes_through_whole() {
    // 8,192 parts: with anything quadratic this test takes minutes; a second or two else
    let bytes = |batches: &[Batch]| batches.iter().map(|batch| batch.text.len()).sum::<usize>();
    for unit in [&b"\xCC\x81"[..], b"\xCC\xA3\xCC\x81", b"\n", b"\x80", b"\xFF", "\u{1161}".as_bytes(), b"7"] {
        let text = unit.repeat((2 << 20) / unit.len());
        assert_eq!(bytes(&long(&text, TRAINING, 256)), text.len());
        assert_eq!(bytes(&long(&text, SegmentRule { digits: Digits::Single, ..SegmentRule::LINES }, 256)), text.len());
    }
}

#[test]
fn lines_leave_in_batches_of_about_the_size_asked_for() {
    let text = "a line of some length\n".repeat(1 << 18);
    let batches = long(text.as_bytes(), TRAINING, BATCH_BYTES);
    assert!(longest(&batches) <= BATCH_BYTES && batches.len() <= 7, "{}", batches.len());
}

#[test]
fn empty_documents_are_counted_and_fill_batches_too() {
    let documents = vec![vec![Vec::new()]; 100];
    let batches = batches(&documents, TRAINING, 1_000);
    assert!(batches.len() > 1);
    assert_eq!(segments_of(&batches, TRAINING), vec![Vec::<Vec<u8>>::new(); 100]);
}

#[test]
fn a_pass_that_is_over_in_the_middle_of_a_document_has_ended_it() {
    struct Endless(bool);
    impl Documents for Endless {
        fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
            let more = std::mem::take(&mut self.0);
            text.extend_from_slice(if more { b"text" } else { b"" });
            Ok(more.then_some(Part { ends_document: false, source: 0, file: 0 }))
        }
    }
    let mut batcher = Batcher::new(Box::new(Endless(true)), TRAINING);
    let batch = batcher.next_batch().unwrap().unwrap();
    assert_eq!((batch.stretches.len(), batcher.documents()), (1, 1));
    assert!(batch.stretches[0].1.ends_document);
}
