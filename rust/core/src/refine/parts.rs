//! What it costs to do without a piece: its cheapest split into others.
//!
//! In: pieces as a [`Trie`], and what each costs ([`Cost`]). Out: for each piece of two bytes or more the cost of its cheapest split into at least two
//! pieces; single bytes have none. A forward search over the places of the piece, like that of [`crate::tokenizer::best_path`]. Costs are `f64`, added from left to
//! right; numbers of tokens are exact. Cost: a step for every prefix of a piece that occurs in a piece.

use super::recount::number;
use crate::Result;
use crate::parallel::map;
use crate::pieces::PieceTable;
use crate::progress::Progress;
use crate::tokenizer::trie::{Place, Trie};
use std::num::NonZeroUsize;

/// About how many pieces a thread takes at a time.
const TASK_PIECES: usize = 1 << 12;

/// What a piece costs in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// One token.
    Token,
    /// −ln of its probability, from the trie.
    CodeLength,
}

impl Cost {
    /// The cost of the piece that ends at a place of the trie.
    fn of(self, place: Place) -> f64 {
        match self {
            Self::Token => 1.0,
            Self::CodeLength => -place.score,
        }
    }
}

/// By index: the cost of the cheapest split; 0 for single bytes.
pub(super) fn cheapest_splits(
    pieces: &PieceTable,
    trie: &Trie,
    cost: Cost,
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vec<f64>> {
    let task = |task: usize, _: &_| {
        let mut reached = Vec::new();
        let some = task * TASK_PIECES..pieces.len().min((task + 1) * TASK_PIECES);
        Ok(some.map(|at| cheapest_split(pieces.piece(at), at, trie, cost, &mut reached)).collect::<Vec<_>>())
    };
    let tasks = pieces.len().div_ceil(TASK_PIECES);
    Ok(map(threads, tasks, task, &mut || progress.check())?.concat())
}

/// The cost of the cheapest split of the piece with index `at`; `reached` is a buffer.
fn cheapest_split(piece: &[u8], at: usize, trie: &Trie, cost: Cost, reached: &mut Vec<f64>) -> f64 {
    if piece.len() < 2 {
        return 0.0;
    }
    reached.clear();
    reached.resize(piece.len() + 1, f64::INFINITY);
    reached[0] = 0.0;
    for start in 0..piece.len() {
        let (so_far, mut place) = (reached[start], trie.root());
        for (end, &byte) in (start + 1..).zip(&piece[start..]) {
            let Some(next) = trie.step(place, byte) else { break };
            place = next;
            let itself = start == 0 && end == piece.len();
            if place.score > f64::NEG_INFINITY && !itself {
                reached[end] = reached[end].min(so_far + cost.of(place));
            }
        }
        debug_assert!(start > 0 || trie.find(piece) == Some(number(at)));
    }
    reached[piece.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn a_piece_is_split_into_the_fewest_others() {
        let entries: [(&[u8], u64); 7] =
            [(b"a", 4), (b"b", 4), (b"c", 4), (b"ab", 8), (b"bc", 1), (b"abc", 2), (b"abcabc", 1)];
        let pieces: PieceTable = entries.into_iter().collect();
        let scores = pieces.scores().expect("small");
        let trie = Trie::build(&pieces, &scores).expect("small");
        let splits = |cost| cheapest_splits(&pieces, &trie, cost, NonZeroUsize::MIN, &mut Silent).expect("no error");
        assert_eq!(splits(Cost::Token), [0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0]);
        let by_code = splits(Cost::CodeLength);
        assert_eq!(by_code[3], -scores[0] - scores[1]);
        assert_eq!(by_code[5], -scores[3] - scores[2], "ab c, since bc is rare");
    }
}
