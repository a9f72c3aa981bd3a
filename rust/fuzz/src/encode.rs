//! Best paths: every form of the engine, single texts and batches, against the naive path of the naive segments.

use crate::source::Source;
use crate::vocabulary::Case;
use bytepiece_core::corpus::segments::SegmentRule;
use bytepiece_core::naive;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::batch::{Request, Rows};
use bytepiece_core::tokenizer::{Kernel, Mode, Tokenizer, Worker};
use std::num::NonZeroUsize;

/// One vocabulary, a few texts.
pub fn check(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let case = Case::new(&mut source);
    let texts: Vec<Vec<u8>> = (0..1 + source.below(4)).map(|_| case.text(&mut source)).collect();
    let expected: Vec<Vec<Vec<u8>>> = texts.iter().map(|text| naive_pieces(&case, text)).collect();
    let kernels = [Some(Kernel::PORTABLE), Kernel::avx2()];
    for kernel in kernels.into_iter().flatten() {
        let tokenizer = case.tokenizer(kernel);
        // one worker for all: what a text leaves in the buffers must not matter to the next
        let mut worker = Worker::default();
        for (text, expected) in texts.iter().zip(&expected) {
            let mut ids = Vec::new();
            tokenizer.encode_into(text, Mode::BestPath, &mut worker, &Stop::default(), &mut ids);
            compare("encode_into", kernel, &case, text, &pieces(&tokenizer, &ids), expected);
            check_segments(&case, &tokenizer, kernel, &mut worker, text);
        }
        check_batch(&case, &tokenizer, kernel, &texts, &expected);
    }
}

/// All segments of a text in one call of the engine.
fn check_segments(case: &Case, tokenizer: &Tokenizer, kernel: Kernel, worker: &mut Worker, text: &[u8]) {
    let segments = naive::normalize::normalize(text, SegmentRule::LINES);
    let (mut ids, mut ends) = (Vec::new(), Vec::new());
    let slices: Vec<&[u8]> = segments.iter().map(|segment| &segment[..]).collect();
    tokenizer.encode_segments(&slices, worker, &Stop::default(), &mut ids, &mut ends);
    assert_eq!(ends.len(), segments.len(), "as many ends as segments");
    let mut start = 0;
    for (segment, &end) in segments.iter().zip(&ends) {
        let expected: Vec<Vec<u8>> =
            naive::best_path::best_path(&case.scores, segment).into_iter().map(<[u8]>::to_vec).collect();
        compare("encode_segments", kernel, case, segment, &pieces(tokenizer, &ids[start..end]), &expected);
        start = end;
    }
    assert_eq!(start, ids.len(), "the last end is the number of ids");
}

/// All texts as a batch on two threads.
fn check_batch(case: &Case, tokenizer: &Tokenizer, kernel: Kernel, texts: &[Vec<u8>], expected: &[Vec<Vec<u8>>]) {
    let slices: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
    let two = NonZeroUsize::MIN.saturating_add(1);
    let rows: Rows<u32> =
        tokenizer.encode_batch(&slices, &Request::default(), two, &mut || Ok(())).expect("nothing to interrupt it");
    for ((text, row), expected) in texts.iter().zip(rows.iter()).zip(expected) {
        compare("encode_batch", kernel, case, text, &pieces(tokenizer, row), expected);
    }
}

/// By the definition.
pub fn naive_pieces(case: &Case, text: &[u8]) -> Vec<Vec<u8>> {
    let segments = naive::normalize::normalize(text, SegmentRule::LINES);
    let paths = segments.iter().flat_map(|segment| naive::best_path::best_path(&case.scores, segment));
    paths.map(<[u8]>::to_vec).collect()
}

/// What ids stand for.
pub fn pieces<'t>(tokenizer: &'t Tokenizer, ids: &[u32]) -> Vec<&'t [u8]> {
    ids.iter().map(|&id| tokenizer.vocabulary().piece(id).expect("an id of a piece")).collect()
}

/// Panics with the case where they differ.
pub fn compare(what: &str, kernel: Kernel, case: &Case, text: &[u8], actual: &[&[u8]], expected: &[Vec<u8>]) {
    if actual.iter().eq(expected.iter()) {
        return;
    }
    let at = actual.iter().zip(expected).take_while(|(a, b)| *a == b).count();
    let more: Vec<_> = case.counts.iter().filter(|(piece, count)| piece.len() > 1 || **count > 1).collect();
    panic!(
        "{what}, {kernel:?}: piece {at} is {:?}, not {:?}\ntext: {text:?}\npieces: {more:?}",
        actual.get(at),
        expected.get(at)
    );
}
