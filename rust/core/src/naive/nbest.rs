//! Twin of [`crate::tokenizer::nbest`]: all segmentations, sorted as its rule says, none dropped. Exponential in the
//! length.

use std::collections::HashMap;

/// The lengths of the pieces of a segmentation, and its score.
type Scored = (Vec<usize>, f64);

/// Every segmentation of the text made of `lines`, best first.
pub fn nbest(scores: &HashMap<Vec<u8>, f64>, lines: &[&[u8]]) -> Vec<Scored> {
    let mut texts: Vec<Scored> = vec![(Vec::new(), 0.0)];
    for line in lines {
        let mut pairs = Vec::new();
        for (at_line, (last, score)) in (0..).zip(line_nbest(scores, line)) {
            for (at_text, (first, before)) in (0..).zip(&texts) {
                pairs.push((before + score, at_line, at_text, [&first[..], &last].concat()));
            }
        }
        // the larger score, else the better segmentation of the last line, else the better beginning
        pairs.sort_by(|a: &(f64, usize, usize, Vec<usize>), b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        texts = pairs.into_iter().map(|(score, _, _, lengths)| (lengths, score)).collect();
    }
    texts
}

/// Every segmentation of one line, best first.
fn line_nbest(scores: &HashMap<Vec<u8>, f64>, line: &[u8]) -> Vec<Scored> {
    let mut paths: Vec<Vec<Scored>> = vec![vec![(Vec::new(), 0.0)]];
    for end in 1..=line.len() {
        let mut here = Vec::new();
        for start in 0..end {
            if let Some(score) = scores.get(&line[start..end]) {
                let longer = paths[start].iter().enumerate().map(|(rank, (lengths, before))| {
                    (before + score, start, rank, [&lengths[..], &[end - start]].concat())
                });
                here.extend(longer);
            }
        }
        // the larger score, else the longer last piece, else the better path before it
        here.sort_by(|a: &(f64, usize, usize, Vec<usize>), b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        paths.push(here.into_iter().map(|(score, _, _, lengths)| (lengths, score)).collect());
    }
    paths.pop().unwrap_or_default()
}
