//! The `n` best segmentations of a text, exactly.
//!
//! In: text and `n`. Out: up to `n` pairs of ids and score, all distinct, best first. A score is what the best path's
//! is: of each line the `f64` sum of the pieces' scores from left to right, the lines added in order. **Ties** of a
//! line's paths go to the longest last piece, then to the better of the paths before it, by the same rule; ties of
//! whole texts to the better path of the last line, then to the better beginning. So the first is the best path, its
//! own ties included.
//!
//! Within a line: Viterbi with the `n` best of each place instead of the one. Adding the same number to two `f64` keeps
//! their order, so a path that is not among the `n` best of a place is not among them later either: nothing is lost,
//! rounding included. Starts come in ascending order and merge into the lists of their ends behind what is equal there.
//! Across lines: the `n` best of what came before, times the `n` best of the line, best sums first from a heap that
//! holds a border of that square: n · log n a line, no products. Lazy enumeration within lines (one path at a time,
//! going back into each list on demand) would need less where `n` is large, but all matches by their ends: more than
//! this for `n` under about ten. Cost: matches · n steps at most; 8 · n bytes a byte of the longest line and 4 · n an
//! id of the text, so `n` times the bytes of the text is limited to [`MAX_PLACES`].

mod lines;
mod paths;

use super::Tokenizer;
use crate::corpus::segments;
use crate::parallel::Stop;
use crate::{Error, Result};
use lines::Combined;
use paths::Paths;

/// The most segmentations that can be asked for.
pub const MAX_N: usize = 1024;
/// The most bytes of text times segmentations: half a gigabyte of memory, and more for the ids.
pub const MAX_PLACES: usize = 1 << 26;

/// A segmentation: ids and score.
pub type Scored = (Vec<u32>, f64);

impl Tokenizer {
    /// The `n` best segmentations of `text`, or all where there are fewer. Anything when `stop` says so.
    pub fn nbest(&self, text: &[u8], n: usize, stop: &Stop) -> Result<Vec<Scored>> {
        if n == 0 || n > MAX_N {
            return Err(Error::parameter("n", n, format!("1 to {MAX_N}")));
        }
        if text.len().saturating_mul(n) > MAX_PLACES {
            let (most, bytes) = (MAX_PLACES / text.len(), text.len());
            if most == 0 {
                return Err(Error::parameter("text", bytes, format!("at most {MAX_PLACES} bytes long for nbest")));
            }
            let limit = format!("at most {most} for a text of {bytes} bytes (n times bytes is at most {MAX_PLACES})");
            return Err(Error::parameter("n", n, limit));
        }
        let (mut paths, mut combined) = (Paths::new(n, &self.trie), Combined::new(n));
        for line in segments::lines(text) {
            if stop.requested() {
                break;
            }
            combined.push(paths.run(&self.vocabulary, &self.normalization().apply_until(line, stop), stop));
        }
        Ok(combined.finish())
    }
}
