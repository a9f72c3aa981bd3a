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
//! number changes nothing. Pieces that step 2 does not keep are read from where they were counted to, once. Cost: a trie and one best path a piece for each round; some 3 to 10 rounds a size.

use crate::num::index;
use crate::parallel::{Stop, stream};
use crate::pieces::{PieceTable, model_order};
use crate::progress::{Progress, Stage};
use crate::segment::piece_counter::CountedPieces;
use crate::segment::piece_run::PieceReader;
use crate::tokenizer::best_path::BestPath;
use crate::tokenizer::trie::Trie;
use crate::vocabulary::SPECIALS;
use crate::{Error, Result};
use std::borrow::Cow;
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

impl Limits {
    /// Whether step 2 keeps a piece.
    #[inline]
    pub(crate) fn keep(&self, piece: &[u8], count: u64) -> bool {
        piece.len() == 1 || (piece.len() <= self.max_piece_length && count >= self.min_count)
    }
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
    let keep = pruning.give_to_parts(keep, &mut whole(&drop))?;
    pruning.at_sizes(keep, sizes)
}

/// The same for pieces that are divided by the limits already, most of them not in memory.
pub(crate) fn prune_counted(
    pieces: CountedPieces,
    sizes: &[usize],
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Prune, None);
    let mut pruning = Pruning { threads, progress };
    let CountedPieces { kept, others, store } = pieces;
    let kept = with_all_bytes(kept);
    let keep = in_model_order(&kept, (0..kept.len()).collect());
    drop(kept);
    let mut readers = others.iter().map(|chunks| PieceReader::new(&store, chunks));
    let mut reader = readers.next();
    let keep = pruning.give_to_parts(keep, &mut || {
        let mut task = PieceTable::new();
        while let Some(some) = &mut reader {
            match some.next()? {
                Some(count) => task.push(some.piece(), count),
                None => reader = readers.next(),
            }
            if task.byte_len() >= TASK_BYTES {
                break;
            }
        }
        Ok(Some(Cow::Owned(task)).filter(|task: &Cow<'_, PieceTable>| !task.is_empty()).map(Task::all))
    })?;
    pruning.at_sizes(keep, sizes)
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
    let kept = |&at: &usize| limits.keep(pieces.piece(at), pieces.count(at));
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
    /// Step 3, then step 4.
    fn at_sizes(&mut self, keep: PieceTable, sizes: &[usize]) -> Result<Vec<PieceTable>> {
        let mut keep = self.until_nothing_changes(keep)?;
        let mut vocabularies = Vec::new();
        for &size in sizes {
            let most = size - SPECIALS.len();
            if keep.len() > most {
                let order = by_frequency(&keep);
                let drop = keep.select(order[most..].iter().copied());
                keep = in_model_order(&keep, order[..most].to_vec());
                keep = self.give_to_parts(keep, &mut whole(&drop))?;
                keep = self.until_nothing_changes(keep)?;
            }
            vocabularies.push(keep.clone());
        }
        Ok(vocabularies)
    }

    /// Adds the counts of dropped pieces, which come task by task, to the pieces of `keep` they are made of.
    fn give_to_parts<'p>(&mut self, mut keep: PieceTable, dropped: Tasks<'_, 'p>) -> Result<PieceTable> {
        let parts = self.split(&keep, dropped)?;
        for (count, more) in keep.counts_mut().iter_mut().zip(parts) {
            *count = count.checked_add(more).ok_or(OVERFLOW)?;
        }
        Ok(keep)
    }

    /// Step 3.
    fn until_nothing_changes(&mut self, mut keep: PieceTable) -> Result<PieceTable> {
        loop {
            let counts = self.split(&keep, &mut whole(&keep))?;
            let left = counts.iter().filter(|&&count| count > 0).count();
            let same = left == keep.len();
            keep.counts_mut().copy_from_slice(&counts);
            if same {
                return Ok(keep);
            }
            keep = keep.select((0..counts.len()).filter(|&at| counts[at] > 0));
        }
    }

    /// How often each piece of `model`, which is in model-file order, occurs in the best paths of the pieces of all tasks, times
    /// their counts.
    fn split<'p>(&mut self, model: &PieceTable, tasks: Tasks<'_, 'p>) -> Result<Vec<u64>> {
        let trie = Trie::build(model, &model.scores()?)?;
        let progress = &mut *self.progress;
        let states = stream(
            self.threads,
            tasks,
            || Splitter { counts: vec![0; model.len()], engine: BestPath::default(), path: Vec::new() },
            |splitter: &mut Splitter, task: Task<'p>, stop| splitter.split(&trie, &task, stop),
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
    fn split(&mut self, trie: &Trie, task: &Task<'_>, stop: &Stop) -> Result<()> {
        let pieces = &*task.pieces;
        for at in task.range.clone() {
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

/// Pieces that one thread splits.
struct Task<'p> {
    /// Where they are.
    pieces: Cow<'p, PieceTable>,
    /// Which.
    range: Range<usize>,
}

impl<'p> Task<'p> {
    /// All pieces of a table.
    fn all(pieces: Cow<'p, PieceTable>) -> Self {
        let range = 0..pieces.len();
        Self { pieces, range }
    }
}

/// Gives one task after the other.
type Tasks<'a, 'p> = &'a mut dyn FnMut() -> Result<Option<Task<'p>>>;

/// The tasks of a table, of about [`TASK_BYTES`] each.
fn whole<'p>(pieces: &'p PieceTable) -> impl FnMut() -> Result<Option<Task<'p>>> {
    let mut next = 0;
    move || {
        let (start, mut bytes) = (next, 0);
        while next < pieces.len() && bytes < TASK_BYTES {
            // 8: what a piece costs beside its bytes
            bytes += pieces.piece(next).len() + 8;
            next += 1;
        }
        Ok((start < next).then_some(Task { pieces: Cow::Borrowed(pieces), range: start..next }))
    }
}

/// The sum of all counts given to `convert_to_bytepiece` can pass 64 bits; that of a corpus cannot.
const OVERFLOW: Error = Error::CountOverflow { what: "pieces" };
