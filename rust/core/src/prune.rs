//! Stage 4: from counted pieces to a vocabulary in which no piece is beaten by another segmentation of itself.
//!
//! In: a [`PieceTable`] and the sizes asked for, in descending order. Out: one [`PieceTable`] a size, in model-file order.
//! The steps are 0.6.3's, which every objective starts from:
//! 1. byte values that are missing enter with count 1;
//! 2. pieces over `max_piece_length` or under `min_count` (never single bytes) go: each is segmented by the unigram model
//!    of those kept, and its count is added to its parts;
//! 3. every piece is segmented by the model of all, and only what occurs in a best path stays, with its new count, until
//!    nothing changes;
//! 4. for each size: if there are more than `size − 3`, the first in the order (single bytes, count, length, bytes) stay,
//!    the others give their counts to their parts as in 2, and 3 is repeated. So a result may be smaller than asked.
//!
//! Best paths, their sums and their ties are those of [`crate::tokenizer::best_path`]. Threads add up integers, so their
//! number changes nothing. Cost: a trie and one best path a piece for each round; some 3 to 10 rounds a size.

use crate::num::index;
use crate::parallel::{Stop, stream};
use crate::pieces::{PieceTable, model_order};
use crate::progress::{Progress, Stage};
use crate::tokenizer::best_path::BestPath;
use crate::tokenizer::trie::Trie;
use crate::vocabulary::SPECIALS;
use crate::{Error, Result};
use std::num::NonZeroUsize;
use std::ops::Range;

/// What step 2 keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest piece, in bytes.
    pub max_piece_length: usize,
    /// The least count of a piece of 2 bytes or more.
    pub min_count: u64,
}

/// About how many bytes of pieces a thread takes at a time.
const TASK_BYTES: usize = 1 << 18;

/// Prunes `pieces`, in any order, none twice, to each of `sizes`, which are in descending order.
pub fn prune(
    pieces: PieceTable,
    limits: &Limits,
    sizes: &[usize],
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Prune, None);
    let mut pruning = Pruning { threads, progress };
    let (keep, drop) = partition(&with_all_bytes(pieces), limits);
    let mut keep = pruning.give_to_parts(keep, &drop)?;
    keep = pruning.until_nothing_changes(keep)?;
    let mut vocabularies = Vec::new();
    for &size in sizes {
        let most = size - SPECIALS.len();
        if keep.len() > most {
            let order = by_frequency(&keep);
            let drop = keep.select(order[most..].iter().copied());
            keep = pruning.give_to_parts(in_model_order(&keep, order[..most].to_vec()), &drop)?;
            keep = pruning.until_nothing_changes(keep)?;
        }
        vocabularies.push(keep.clone());
    }
    Ok(vocabularies)
}

/// Step 1.
fn with_all_bytes(mut pieces: PieceTable) -> PieceTable {
    let mut missing = [true; 256];
    for (piece, _) in pieces.iter() {
        if let [byte] = piece {
            missing[usize::from(*byte)] = false;
        }
    }
    (0..=255u8).filter(|&byte| missing[usize::from(byte)]).for_each(|byte| pieces.push(&[byte], 1));
    pieces
}

/// What step 2 keeps, in model-file order, and what goes.
fn partition(pieces: &PieceTable, limits: &Limits) -> (PieceTable, PieceTable) {
    let kept = |&at: &usize| {
        let length = pieces.piece(at).len();
        length == 1 || (length <= limits.max_piece_length && pieces.count(at) >= limits.min_count)
    };
    let (keep, drop): (Vec<usize>, Vec<usize>) = (0..pieces.len()).partition(kept);
    (in_model_order(pieces, keep), pieces.select(drop))
}

/// The entries that `keep` names, in model-file order.
fn in_model_order(pieces: &PieceTable, mut keep: Vec<usize>) -> PieceTable {
    keep.sort_unstable_by(|&a, &b| model_order(pieces.piece(a), pieces.piece(b)));
    pieces.select(keep)
}

/// Indices in the order of step 4: single bytes first, then by count, highest first; ties: longer first, then by bytes.
fn by_frequency(pieces: &PieceTable) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_unstable_by(|&a, &b| {
        let (left, right) = (pieces.piece(a), pieces.piece(b));
        (left.len() > 1)
            .cmp(&(right.len() > 1))
            .then_with(|| pieces.count(b).cmp(&pieces.count(a)))
            .then_with(|| right.len().cmp(&left.len()))
            .then_with(|| left.cmp(right))
    });
    order
}

/// What the rounds share.
struct Pruning<'a> {
    /// Worker threads.
    threads: NonZeroUsize,
    /// Told after every round.
    progress: &'a mut dyn Progress,
}

impl Pruning<'_> {
    /// Adds the counts of `drop` to the pieces of `keep` they are made of.
    fn give_to_parts(&mut self, mut keep: PieceTable, drop: &PieceTable) -> Result<PieceTable> {
        let parts = self.split(&keep, drop)?;
        for (count, more) in keep.counts_mut().iter_mut().zip(parts) {
            *count = count.checked_add(more).ok_or(OVERFLOW)?;
        }
        Ok(keep)
    }

    /// Step 3.
    fn until_nothing_changes(&mut self, mut keep: PieceTable) -> Result<PieceTable> {
        loop {
            let counts = self.split(&keep, &keep)?;
            let left = counts.iter().filter(|&&count| count > 0).count();
            let same = left == keep.len();
            keep.counts_mut().copy_from_slice(&counts);
            if same {
                return Ok(keep);
            }
            keep = keep.select((0..counts.len()).filter(|&at| counts[at] > 0));
        }
    }

    /// How often each piece of `model`, which is in model-file order, occurs in the best paths of `pieces`, times their counts.
    fn split(&mut self, model: &PieceTable, pieces: &PieceTable) -> Result<Vec<u64>> {
        let trie = Trie::build(model, &model.scores()?)?;
        let (mut tasks, progress) = (Tasks { pieces, next: 0 }, &mut *self.progress);
        let states = stream(
            self.threads,
            || Ok(tasks.next()),
            || Splitter { counts: vec![0; model.len()], engine: BestPath::default(), path: Vec::new() },
            |splitter: &mut Splitter, task, stop| splitter.split(&trie, pieces, task, stop),
            &mut || progress.check(),
        )?;
        self.progress.advance(1);
        let mut sums = vec![0u64; model.len()];
        for state in states {
            for (sum, count) in sums.iter_mut().zip(state.counts) {
                *sum = sum.checked_add(count).ok_or(OVERFLOW)?;
            }
        }
        Ok(sums)
    }
}

/// One thread's part of a round.
struct Splitter {
    /// By index of a piece of the model: how often it occurred in best paths, times the counts of what was split.
    counts: Vec<u64>,
    /// Finds best paths.
    engine: BestPath,
    /// The path at hand, as indices into the model.
    path: Vec<u32>,
}

impl Splitter {
    /// Counts the parts of the pieces in `task`.
    fn split(&mut self, trie: &Trie, pieces: &PieceTable, task: Range<usize>, stop: &Stop) -> Result<()> {
        for at in task {
            if stop.requested() {
                return Ok(());
            }
            self.path.clear();
            self.engine.run(trie, pieces.piece(at), stop, &mut self.path);
            for &part in &self.path {
                let count = &mut self.counts[index(part)];
                *count = count.checked_add(pieces.count(at)).ok_or(OVERFLOW)?;
            }
        }
        Ok(())
    }
}

/// Ranges of pieces of about [`TASK_BYTES`] each.
struct Tasks<'a> {
    /// What is to be split.
    pieces: &'a PieceTable,
    /// The first piece not handed out yet.
    next: usize,
}

impl Iterator for Tasks<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let (start, mut bytes) = (self.next, 0);
        while self.next < self.pieces.len() && bytes < TASK_BYTES {
            // 8: what a piece costs beside its bytes
            bytes += self.pieces.piece(self.next).len() + 8;
            self.next += 1;
        }
        (start < self.next).then_some(start..self.next)
    }
}

/// The sum of all counts given to `convert_to_bytepiece` can pass 64 bits; that of a corpus cannot.
const OVERFLOW: Error = Error::CountOverflow { what: "pieces" };
