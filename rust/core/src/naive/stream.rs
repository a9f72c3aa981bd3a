//! Twin of [`crate::tokenizer::stream`]: what of a best path is decided, by the definition. Cubic in the length.

use super::best_path::best_path;
use std::collections::HashMap;

/// The pieces that all paths have in common which can be continued behind `text`, the beginning of a segment: the best path to its
/// end, and those to the starts of longer pieces that have begun. Behind a newline nothing but newlines can follow.
pub fn decided<'t>(scores: &HashMap<Vec<u8>, f64>, text: &'t [u8]) -> Vec<&'t [u8]> {
    let goes_on = |begun: &[u8]| {
        let next = |piece: &Vec<u8>| piece.starts_with(begun).then(|| piece.get(begun.len()).copied()).flatten();
        scores.keys().filter_map(next).any(|byte| text.last() != Some(&b'\n') || byte == b'\n')
    };
    let mut common = best_path(scores, text);
    for start in (0..text.len()).filter(|&start| goes_on(&text[start..])) {
        let other = best_path(scores, &text[..start]);
        common.truncate(common.iter().zip(&other).take_while(|(a, b)| a == b).count());
    }
    common
}
