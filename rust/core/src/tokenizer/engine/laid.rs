//! Many stretches of text laid end to end in one buffer, so that they are normalized, checked and read together.
//!
//! In: stretches that have nothing to do with each other. Out: one text, and where each is in it. Where something could match,
//! or compose, across the border of two, a *separator* is put between them, a byte that no piece has but at its start: see
//! [`Automaton::separator`]. Then the automaton's states in one are the same as if nothing followed, and thousands of short
//! lines cost what one long text costs. A vocabulary may leave no byte for that; then nothing is put between, and each
//! stretch is treated on its own.
//! Cost: one copy. Memory: the text, and 16 bytes a stretch.

use crate::corpus::normalize::Normalization;
use crate::corpus::segments::lines;
use crate::parallel::Stop;
use std::ops::Range;

/// Segments in one text, normalized.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct Segments<'a> {
    /// The text.
    pub(in crate::tokenizer) text: &'a [u8],
    /// Where the segments are, in order.
    pub(in crate::tokenizer) ranges: &'a [Range<usize>],
    /// Whether all of them are known to be valid UTF-8.
    pub(in crate::tokenizer) valid: bool,
}

impl Segments<'_> {
    /// Whether states in segment `at` do not depend on the next one, though that is read on from: a separator is between them,
    /// or the newlines at the end of a line, since no piece goes on behind a newline.
    pub(super) fn is_apart_from_next(&self, at: usize) -> bool {
        let (Some(this), Some(next)) = (self.ranges.get(at), self.ranges.get(at + 1)) else { return false };
        this.end < next.start || ends_line(&self.text[this.clone()], &self.text[next.clone()])
    }
}

/// Where the lines of a stretch of `text` are.
pub(in crate::tokenizer) fn lines_of(text: &[u8], stretch: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut end = stretch.start;
    lines(&text[stretch]).map(move |line| {
        end += line.len();
        end - line.len()..end
    })
}

/// Whether `text` ends with a newline run that does not go on in `next`.
fn ends_line(text: &[u8], next: &[u8]) -> bool {
    text.last() == Some(&b'\n') && next.first().is_some_and(|&byte| byte != b'\n')
}

/// See the module's text.
#[derive(Debug, Default)]
pub(in crate::tokenizer) struct Laid {
    /// The text.
    text: Vec<u8>,
    /// Where each stretch is.
    stretches: Vec<Range<usize>>,
    /// Where each segment is.
    segments: Vec<Range<usize>>,
    /// What is put between stretches.
    separator: Option<u8>,
}

impl Laid {
    /// Begins anew.
    pub(in crate::tokenizer) fn clear(&mut self, separator: Option<u8>) {
        self.text.clear();
        self.stretches.clear();
        self.segments.clear();
        self.separator = separator;
    }

    /// Appends a stretch.
    pub(in crate::tokenizer) fn push(&mut self, stretch: &[u8]) {
        let before = self.stretches.last().map_or(&[][..], |last| &self.text[last.clone()]);
        if let Some(separator) = self.separator
            && !self.text.is_empty()
            && !ends_line(before, stretch)
        {
            self.text.push(separator);
        }
        let start = self.text.len();
        self.text.extend_from_slice(stretch);
        self.stretches.push(start..self.text.len());
    }

    /// The stretches as they are, each a segment.
    pub(in crate::tokenizer) fn as_segments(&self) -> Segments<'_> {
        Segments { text: &self.text, ranges: &self.stretches, valid: self.is_valid() }
    }

    /// The lines of each stretch, normalized, and `ends` with the number of lines up to the end of each. Anything when `stop`
    /// says so.
    pub(in crate::tokenizer) fn normal_lines(
        &mut self,
        normalization: Normalization,
        stop: &Stop,
        ends: &mut Vec<usize>,
    ) -> Segments<'_> {
        // nothing composes across a separator, nor across a newline
        let known = self.separator.and_then(|_| simdutf8::basic::from_utf8(&self.text).ok());
        let valid = match known {
            Some(text) => {
                let places = self.stretches.iter_mut().flat_map(|stretch| [&mut stretch.start, &mut stretch.end]);
                if let Some(normal) = normalization.apply_with_places(text, places, stop) {
                    self.text = normal;
                }
                true
            }
            None => {
                self.normalize(normalization, stop);
                self.is_valid()
            }
        };
        ends.clear();
        for stretch in &self.stretches {
            self.segments.extend(lines_of(&self.text, stretch.clone()));
            ends.push(self.segments.len());
        }
        Segments { text: &self.text, ranges: &self.segments, valid }
    }

    /// Normalizes stretch by stretch.
    fn normalize(&mut self, normalization: Normalization, stop: &Stop) {
        let mut normal = Self::default();
        normal.clear(self.separator);
        for stretch in &self.stretches {
            normal.push(&normalization.apply_until(&self.text[stretch.clone()], stop));
        }
        *self = normal;
    }

    /// Whether each stretch is valid UTF-8.
    fn is_valid(&self) -> bool {
        let is_valid = |text: &[u8]| simdutf8::basic::from_utf8(text).is_ok();
        match self.separator {
            Some(_) => is_valid(&self.text),
            // the ends of two invalid ones could make a character
            None => self.stretches.iter().all(|stretch| is_valid(&self.text[stretch.clone()])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Laid;
    use crate::corpus::segments::lines;
    use crate::naive::normalize as naive;
    use crate::parallel::Stop;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn stretches_are_cut_and_normalized_as_if_alone(
            stretches in prop::collection::vec(naive::strategy::text(12), 0..8), separated: bool,
            normalization in naive::strategy::normalization()
        ) {
            let (mut laid, mut ends) = (Laid::default(), Vec::new());
            laid.clear(separated.then_some(0));
            stretches.iter().for_each(|stretch| laid.push(stretch));
            let found = laid.normal_lines(normalization, &Stop::default(), &mut ends);
            let normal: Vec<_> = stretches.iter().map(|stretch| normalization.apply(stretch)).collect();
            let expected: Vec<&[u8]> = normal.iter().flat_map(|stretch| lines(stretch)).collect();
            let slices: Vec<&[u8]> = found.ranges.iter().map(|range| &found.text[range.clone()]).collect();
            prop_assert_eq!(slices, expected);
            let counts: Vec<usize> = normal.iter().map(|stretch| lines(stretch).count()).collect();
            let summed: Vec<usize> = (1..=counts.len()).map(|end| counts[..end].iter().sum()).collect();
            prop_assert_eq!(&ends, &summed);
            let valid = stretches.iter().all(|stretch| std::str::from_utf8(stretch).is_ok());
            prop_assert_eq!(found.valid, valid);
        }
    }
}
