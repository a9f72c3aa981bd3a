//! Streams: a text cut anywhere gives the ids of the whole, and ids one by one give its text.

use crate::encode::{compare, naive_pieces, pieces};
use crate::source::Source;
use crate::vocabulary::Case;
use bytepiece_core::corpus::segments::SegmentRule;
use bytepiece_core::naive;
use bytepiece_core::tokenizer::Kernel;
use bytepiece_core::tokenizer::decode::Shown;
use bytepiece_core::tokenizer::stream::StreamEncoder;
use bytepiece_core::tokenizer::stream::decoder::{Invalid, StreamDecoder};
use std::sync::Arc;

/// One vocabulary, a few texts through one encoder.
pub fn check(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let case = Case::new(&mut source);
    let tokenizer = Arc::new(case.tokenizer(Kernel::best()));
    let mut encoder = StreamEncoder::new(Arc::clone(&tokenizer));
    for _ in 0..1 + source.below(3) {
        let text = case.text(&mut source);
        let ids = stream(&mut encoder, &mut source, &text);
        compare("stream", Kernel::best(), &case, &text, &pieces(&tokenizer, &ids), &naive_pieces(&case, &text));
        let all: Vec<i64> = ids.iter().copied().map(i64::from).collect();
        let whole = tokenizer.decode(&all, Shown::default(), &mut || Ok(())).expect("ids of pieces");
        assert_eq!(whole, naive::normalize::normalize(&text, SegmentRule::LINES).concat(), "no byte is lost");
        for invalid in [Invalid::Ignore, Invalid::Replace] {
            let mut decoder = StreamDecoder::new(invalid);
            let push =
                |decoder: &mut StreamDecoder, piece: &[u8]| decoder.push(piece, &mut || Ok(())).expect("not stopped");
            let pieces = pieces(&tokenizer, &ids);
            let mut streamed: String = pieces.into_iter().map(|piece| push(&mut decoder, piece)).collect();
            streamed += &decoder.finish();
            let mut at_once = StreamDecoder::new(invalid);
            let expected = push(&mut at_once, &whole) + &at_once.finish();
            assert_eq!(streamed, expected, "{invalid:?}");
        }
    }
}

/// The ids of a text that is cut at random.
fn stream(encoder: &mut StreamEncoder, source: &mut Source<'_>, text: &[u8]) -> Vec<u32> {
    let (mut ids, mut rest) = (Vec::new(), text);
    let most = [2, 9, 100, 5000][usize::from(source.byte() % 4)];
    while !rest.is_empty() {
        let length = if source.is_empty() { rest.len() } else { source.below(most).min(rest.len()) };
        encoder.push(&rest[..length], &mut || Ok(()), &mut ids).expect("nothing to interrupt it");
        rest = &rest[length..];
    }
    encoder.finish(&mut || Ok(()), &mut ids).expect("nothing to interrupt it");
    ids
}
