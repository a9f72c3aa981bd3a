//! Stage 4: from counted pieces to a vocabulary in which no piece is beaten by another segmentation of itself.
//!
//! In: a [`PieceTable`] and the sizes asked for, in descending order. Out: one [`PieceTable`] a size, in model-file
//! order. The steps are 0.6.3's, which every objective starts from:
//! 1. byte values that are missing enter with count 1;
//! 2. pieces over `max_piece_length` or under `min_count` (never single bytes) go: each is segmented by the unigram model
//!    of those kept, and its count is added to its parts;
//! 3. every piece is segmented by the model of all, and only what occurs in a best path stays, with its new count, until
//!    nothing changes;
//! 4. for each size: if there are more than `size − 3`, the first in the order (single bytes, count, length, bytes) stay,
//!    the others give their counts to their parts as in 2, and 3 is repeated. So a result may be smaller than asked.
//!
//! Best paths, their sums and their ties are those of [`crate::tokenizer::best_path`]. Threads add up integers, so
//! their number changes nothing. Pieces that step 2 does not keep, which are most of the bytes, are read from where
//! they were counted to, once, by all threads.
//!
//! One [`Model`] serves all rounds: what pieces are matched by is built once and again when fewer than half are left;
//! scores change from round to round. Cost: a step for each byte of what step 2 does not keep; and for each round a
//! step for each state of the pieces left, of which there are at most as many as these have bytes. Some 3 to 10 rounds
//! a size.

mod matcher;
mod model;
mod scan;
mod splitter;

use crate::memory::Plan;
use crate::num::index;
use crate::parallel::{Stop, lock, map, stream};
use crate::pieces::PieceTable;
use crate::progress::{Progress, Stage};
use crate::segment::CountedPieces;
use crate::segment::piece_run::PieceReader;
use crate::spill::{Chunk, Store};
use crate::vocabulary::SPECIALS;
use crate::{Error, Result};
use matcher::Matcher;
use model::{Model, beginnings, sorted};
use splitter::Splitter;
use std::num::NonZeroUsize;
use std::sync::Mutex;

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

/// About how many pieces a thread takes at a time.
const TASK_PIECES: usize = 1 << 12;

/// Prunes `pieces`, in any order, none twice, to each of `sizes`, which are in descending order.
pub fn prune(
    pieces: PieceTable,
    limits: &Limits,
    sizes: &[usize],
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Prune, None);
    let pieces = with_all_bytes(pieces);
    let keep = |&at: &usize| limits.keep(pieces.piece(at), pieces.count(at));
    let (keep, others): (Vec<usize>, Vec<usize>) = (0..pieces.len()).partition(keep);
    let kept = pieces.select(keep);
    let mut others = others
        .chunks(TASK_PIECES)
        .map(|some| Task::Pieces(Box::new(some.iter().map(|&at| (pieces.piece(at), pieces.count(at))))));
    let (kept, order) = on_a_thread(progress, |_| Ok(sorted(&kept)))?;
    Pruning::new(kept, order, threads, progress)?.run(&mut others, sizes)
}

/// The same for pieces that are divided by the limits already, most of them not in memory; those go to the disk that the plan has
/// no memory for.
pub(crate) fn prune_counted(
    mut counted: CountedPieces,
    sizes: &[usize],
    threads: NonZeroUsize,
    plan: &Plan,
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Prune, None);
    let kept = with_all_bytes(std::mem::take(&mut counted.kept));
    counted.limit_memory(plan.beside_pruning(kept.len(), kept.byte_len(), 0)?)?;
    let (pieces, order) = on_a_thread(progress, |_| Ok(sorted(&kept)))?;
    drop(kept);
    counted.limit_memory(plan.beside_pruning(pieces.len(), pieces.byte_len(), beginnings(&pieces, &order))?)?;
    let CountedPieces { others, store, .. } = counted;
    let mut others = others.iter().flatten().map(|chunk| Task::Chunk(&store, chunk));
    Pruning::new(pieces, order, threads, progress)?.run(&mut others, sizes)
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

/// What the rounds share.
struct Pruning<'a> {
    /// What is left.
    model: Model,
    /// Worker threads.
    threads: NonZeroUsize,
    /// Told after every round.
    progress: &'a mut dyn Progress,
}

impl<'a> Pruning<'a> {
    /// Begins with the pieces that step 2 keeps, [`sorted`].
    fn new(pieces: PieceTable, order: Vec<u32>, threads: NonZeroUsize, progress: &'a mut dyn Progress) -> Result<Self> {
        let model = on_a_thread(progress, |stop| Model::new(pieces, order, stop))?;
        Ok(Self { model, threads, progress })
    }

    /// Steps 2 to 4, with the pieces that step 2 does not keep.
    fn run<'p>(mut self, others: Tasks<'_, 'p>, sizes: &[usize]) -> Result<Vec<PieceTable>> {
        self.give_to_parts(others)?;
        self.until_nothing_changes()?;
        let mut vocabularies = Vec::new();
        for &size in sizes {
            let most = size - SPECIALS.len();
            if self.model.order.len() > most {
                let rare = self.model.drop_rare(most);
                let counts = self.split_pieces(&rare)?;
                self.model.add_counts(&counts)?;
                self.until_nothing_changes()?;
            }
            vocabularies.push(self.model.table());
        }
        Ok(vocabularies)
    }

    /// Step 3.
    fn until_nothing_changes(&mut self) -> Result<()> {
        loop {
            if self.model.is_sparse() {
                let model = std::mem::take(&mut self.model);
                self.model = on_a_thread(self.progress, |stop| model.anew(stop))?;
            }
            let before = self.model.order.len();
            let all: Vec<(u32, u64)> =
                self.model.order.iter().map(|&piece| (piece, self.model.pieces.count(index(piece)))).collect();
            let counts = self.split_pieces(&all)?;
            self.model.set_counts(&counts);
            if self.model.order.len() == before {
                return Ok(());
            }
        }
    }

    /// Adds the counts of dropped pieces, which come task by task, to the pieces they are made of.
    fn give_to_parts(&mut self, dropped: Tasks<'_, '_>) -> Result<()> {
        self.model.score()?;
        let counts = split(&self.model.matcher, dropped, self.threads, self.progress)?;
        self.model.add_counts(&counts)
    }

    /// [`split`] for pieces of the model.
    fn split_pieces(&mut self, some: &[(u32, u64)]) -> Result<Vec<u64>> {
        self.model.score()?;
        let Model { pieces, matcher, .. } = &self.model;
        let entry = |&(piece, count): &(u32, u64)| (pieces.piece(index(piece)), count);
        let mut tasks = some.chunks(TASK_PIECES).map(|some| Task::Pieces(Box::new(some.iter().map(entry))));
        split(matcher, &mut tasks, self.threads, self.progress)
    }
}

/// Does `work` where it can be told to stop.
fn on_a_thread<R: Send>(progress: &mut dyn Progress, work: impl FnOnce(&Stop) -> Result<R> + Send) -> Result<R> {
    let work = Mutex::new(Some(work));
    let once = |_, stop: &Stop| lock(&work).take().map(|work| work(stop)).transpose();
    let mut done = map(NonZeroUsize::MIN, 1, once, &mut || progress.check())?;
    done.pop().flatten().ok_or_else(|| Error::Panic { message: "no result".to_owned() })
}

/// Pieces that one thread splits.
enum Task<'p> {
    /// These.
    Pieces(Box<dyn Iterator<Item = (&'p [u8], u64)> + Send + 'p>),
    /// Those in a chunk.
    Chunk(&'p Store, &'p Chunk),
}

/// One after the other.
type Tasks<'a, 'p> = &'a mut dyn Iterator<Item = Task<'p>>;

/// How often each piece of the model occurs in the best paths of the pieces of all tasks, times their counts.
fn split(
    matcher: &Matcher,
    tasks: Tasks<'_, '_>,
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vec<u64>> {
    let states = stream(
        threads,
        || Ok(tasks.next()),
        || Splitter::new(matcher),
        |splitter: &mut Splitter<'_>, task, stop| {
            match task {
                Task::Pieces(mut pieces) => pieces.try_for_each(|(piece, count)| splitter.add(piece, count, stop))?,
                Task::Chunk(store, chunk) => {
                    let mut reader = PieceReader::new(store, std::slice::from_ref(chunk));
                    while let Some(count) = reader.next()? {
                        splitter.add(reader.piece(), count, stop)?;
                    }
                }
            }
            splitter.finish(stop)
        },
        &mut || progress.check(),
    )?;
    progress.advance(1);
    let mut sums = vec![0u64; matcher.endings.len()];
    for state in states {
        for (sum, count) in sums.iter_mut().zip(state.into_counts()) {
            *sum = sum.checked_add(count).ok_or(OVERFLOW)?;
        }
    }
    Ok(sums)
}

/// The sum of all counts given to `convert_to_bytepiece` can pass 64 bits; that of a corpus cannot.
const OVERFLOW: Error = Error::CountOverflow { what: "pieces" };

#[cfg(test)]
mod tests;
