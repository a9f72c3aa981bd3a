//! Stage 4: from counted pieces to a vocabulary in which no piece is beaten by another segmentation of itself.
//!
//! In: a [`PieceTable`] and the numbers of pieces asked for, in descending order. Out: one [`PieceTable`] a number, in model-file
//! order. The steps are 0.6.3's, which every objective starts from:
//! 1. byte values that are missing enter with count 1, and so do required pieces;
//! 2. pieces that the rules do not allow, under `min_count` or forbidden (never single bytes and required ones) go: each is segmented by the
//!    unigram model of those kept, and its count is added to its parts;
//! 3. every piece is segmented by the model of all, and only what occurs in a best path stays, with its new count, until
//!    nothing changes;
//! 4. for each number: if there are more pieces, the first in the order (single bytes, required ones, count, length, bytes) stay,
//!    the others give their counts to their parts as in 2, and 3 is repeated. So a result may be smaller than asked.
//!
//! A required piece that occurs in no best path stays with count 1. Of that count its parts get nothing: it stands for no text.
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
use crate::num::{index, to_u64};
use crate::parallel::{once, stream};
use crate::pieces::PieceTable;
use crate::progress::{Progress, Stage};
use crate::rules::{Forbid, PieceRules, Required, ask};
use crate::segment::CountedPieces;
use crate::segment::piece_run::PieceReader;
use crate::spill::{Chunk, Store};
use crate::{Error, Result};
use matcher::Matcher;
pub(crate) use model::sorted;
use model::{Model, beginnings};
use splitter::Splitter;
use std::num::NonZeroUsize;

/// What step 2 keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What may be a piece.
    pub rules: PieceRules,
    /// The least count of a piece of 2 bytes or more.
    pub min_count: u64,
    /// What is a piece whatever its count; all of it is allowed.
    pub required: Required,
}

impl Limits {
    /// Whether step 2 keeps a piece.
    #[inline]
    pub(crate) fn keep(&self, piece: &[u8], count: u64) -> bool {
        piece.len() == 1 || (count >= self.min_count && self.rules.allows(piece)) || self.required.contains(piece)
    }
}

/// About how many pieces a thread takes at a time.
const TASK_PIECES: usize = 1 << 12;

/// Prunes `pieces`, in any order, none twice, to each of `numbers` of pieces, which are in descending order, none less than what is
/// required and the single bytes.
pub fn prune(
    pieces: PieceTable,
    limits: &Limits,
    numbers: &[usize],
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Prune, None);
    let pieces = with_all(pieces, &limits.required);
    let keep = |&at: &usize| limits.keep(pieces.piece(at), pieces.count(at));
    let (keep, others): (Vec<usize>, Vec<usize>) = (0..pieces.len()).partition(keep);
    let kept = pieces.select(keep);
    let mut others = others
        .chunks(TASK_PIECES)
        .map(|some| Task::Pieces(Box::new(some.iter().map(|&at| (pieces.piece(at), pieces.count(at))))));
    let (kept, order) = once(|_| Ok(sorted(&kept)), &mut || progress.check())?;
    Pruning::new((kept, order), &limits.required, threads, progress)?.run(&mut others, numbers)
}

/// The same for pieces that are divided by the limits already, most of them not in memory; those go to the disk that the plan has
/// no memory for.
pub(crate) fn prune_counted(
    mut counted: CountedPieces,
    (limits, forbid): (&Limits, &mut dyn Forbid),
    numbers: &[usize],
    threads: NonZeroUsize,
    plan: &Plan,
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Prune, None);
    let kept = with_all(std::mem::take(&mut counted.kept), &limits.required);
    counted.limit_memory(plan.beside_pruning(kept.len(), kept.byte_len(), 0)?)?;
    let (kept, forbidden) = divided(kept, limits, forbid, progress)?;
    let (pieces, order) = once(|_| Ok(sorted(&kept)), &mut || progress.check())?;
    drop(kept);
    let left = plan.beside_pruning(pieces.len(), pieces.byte_len(), beginnings(&pieces, &order))?;
    counted.limit_memory(left.saturating_sub(to_u64(forbidden.capacity())))?;
    let CountedPieces { others, store, .. } = counted;
    let others = others.iter().flatten().map(|chunk| Task::Chunk(&store, chunk));
    let forbidden = (!forbidden.is_empty()).then(|| Task::Pieces(Box::new(forbidden.iter())));
    Pruning::new((pieces, order), &limits.required, threads, progress)?.run(&mut others.chain(forbidden), numbers)
}

/// What the user does not forbid, and what they do.
fn divided(
    pieces: PieceTable,
    limits: &Limits,
    forbid: &mut dyn Forbid,
    progress: &mut dyn Progress,
) -> Result<(PieceTable, PieceTable)> {
    let forbidden = ask(forbid, pieces.iter().map(|(piece, _)| piece), &mut || progress.check())?;
    if !forbidden.contains(&true) {
        return Ok((pieces, PieceTable::new()));
    }
    let keep = |&at: &usize| !forbidden[at] || limits.required.contains(pieces.piece(at));
    let (keep, others): (Vec<usize>, Vec<usize>) = (0..pieces.len()).partition(keep);
    Ok((pieces.select(keep), pieces.select(others)))
}

/// Step 1.
fn with_all(mut pieces: PieceTable, required: &Required) -> PieceTable {
    let mut absent = vec![true; required.len()];
    let mut missing = [true; 256];
    for (piece, _) in pieces.iter() {
        if let [byte] = piece {
            missing[usize::from(*byte)] = false;
        } else if let Some(at) = required.position(piece) {
            absent[at] = false;
        }
    }
    (0..=255u8).filter(|&byte| missing[usize::from(byte)]).for_each(|byte| pieces.push(&[byte], 1));
    required.iter().zip(absent).filter(|(_, absent)| *absent).for_each(|(piece, _)| pieces.push(piece, 1));
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
    fn new(
        (pieces, order): (PieceTable, Vec<u32>),
        required: &Required,
        threads: NonZeroUsize,
        progress: &'a mut dyn Progress,
    ) -> Result<Self> {
        let model = once(|stop| Model::new(pieces, order, required.clone(), stop), &mut || progress.check())?;
        Ok(Self { model, threads, progress })
    }

    /// Steps 2 to 4, with the pieces that step 2 does not keep.
    fn run<'p>(mut self, others: Tasks<'_, 'p>, numbers: &[usize]) -> Result<Vec<PieceTable>> {
        self.give_to_parts(others)?;
        self.until_nothing_changes()?;
        let mut vocabularies = Vec::new();
        for &most in numbers {
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
                self.model = once(|stop| model.anew(stop), &mut || self.progress.check())?;
            }
            let before = self.model.order.len();
            let all = self.model.all();
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
