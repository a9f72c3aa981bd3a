//! Twin of [`crate::tokenizer::best_path`]: 0.6.3's `_tokenize`, which pulls to each end from every start.

use std::collections::HashMap;

/// The pieces of the best path of `text`. An end takes its last pieces longest first and a path only when strictly better.
pub fn best_path<'t>(scores: &HashMap<Vec<u8>, f64>, text: &'t [u8]) -> Vec<&'t [u8]> {
    let longest = scores.keys().map(Vec::len).max().unwrap_or(0);
    let mut best = vec![f64::NEG_INFINITY; text.len() + 1];
    let mut routes: Vec<usize> = (0..=text.len()).collect();
    best[0] = 0.0;
    for end in 1..=text.len() {
        for start in end.saturating_sub(longest)..end {
            if let Some(score) = scores.get(&text[start..end])
                && best[start] + score > best[end]
            {
                (best[end], routes[end]) = (best[start] + score, start);
            }
        }
    }
    let (mut pieces, mut end) = (Vec::new(), text.len());
    while end > 0 {
        pieces.push(&text[routes[end]..end]);
        end = routes[end];
    }
    pieces.reverse();
    pieces
}
