//! Many texts on many threads.
//!
//! In: texts. Out: [`Rows`] of ids, in the order of the texts: the same for any number of threads, since a text's ids depend on
//! nothing but the text, the seed and its index. Texts are handed out in tasks of about [`TASK_BYTES`], so that a million short
//! ones cost no more than one long one; a single text is not divided. Small batches run on the calling thread.

use super::generator::Generator;
use super::{Alpha, Mode, Tokenizer, Worker};
use crate::Result;
use crate::num::to_u64;
use crate::parallel::{Stop, stream};
use std::num::NonZeroUsize;
use std::ops::Range;

/// About how many bytes of text a thread takes at a time.
const TASK_BYTES: usize = 1 << 18;
/// Batches up to this many bytes of text run on the calling thread: starting threads would cost as much.
const INLINE_BYTES: usize = 1 << 15;
/// The same where one thread is asked for: more would keep an interrupt waiting.
const INLINE_BYTES_ONE_THREAD: usize = 1 << 19;

/// How to draw the segmentations of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// The exponent.
    pub alpha: Alpha,
    /// The seed.
    pub seed: u64,
    /// The index of the batch's first text; the others follow, modulo 2^64.
    pub first_index: u64,
}

/// The ids of several texts, row behind row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// All ids.
    pub ids: Vec<u32>,
    /// Where each row ends in `ids`.
    pub ends: Vec<usize>,
}

impl Rows {
    /// The rows, one slice each.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.ends.len()).map(|row| &self.ids[if row == 0 { 0 } else { self.ends[row - 1] }..self.ends[row]])
    }

    /// Appends the rows of `other`.
    fn append(&mut self, other: &Self) {
        let before = self.ids.len();
        self.ids.extend_from_slice(&other.ids);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }
}

impl Tokenizer {
    /// Encodes `texts`; best paths when `sampling` is `None`. `check` is called on this thread about every 50 ms; its error
    /// stops the work and is returned.
    pub fn encode_batch(
        &self,
        texts: &[&[u8]],
        sampling: Option<Sampling>,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Rows> {
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        if bytes <= if threads.get() == 1 { INLINE_BYTES_ONE_THREAD } else { INLINE_BYTES } {
            return Ok(self.encode_rows(texts, 0..texts.len(), sampling, &mut Worker::default(), &Stop::default()));
        }
        let tasks = tasks(texts);
        let mut numbers = 0..tasks.len();
        let states = stream(
            threads.min(NonZeroUsize::new(tasks.len()).unwrap_or(NonZeroUsize::MIN)),
            || Ok(numbers.next()),
            || (Worker::default(), Vec::new()),
            |(worker, done), task: usize, stop| {
                done.push((task, self.encode_rows(texts, tasks[task].clone(), sampling, worker, stop)));
                Ok(())
            },
            check,
        )?;
        let mut done: Vec<(usize, Rows)> = states.into_iter().flat_map(|(_, done)| done).collect();
        done.sort_unstable_by_key(|&(task, _)| task);
        let mut rows = Rows {
            ids: Vec::with_capacity(done.iter().map(|(_, rows)| rows.ids.len()).sum()),
            ends: Vec::with_capacity(texts.len()),
        };
        for (_, part) in done {
            rows.append(&part);
        }
        Ok(rows)
    }

    /// Encodes a range of `texts` on this thread.
    fn encode_rows(
        &self,
        texts: &[&[u8]],
        range: Range<usize>,
        sampling: Option<Sampling>,
        worker: &mut Worker,
        stop: &Stop,
    ) -> Rows {
        let mut rows = Rows::default();
        for at in range {
            let mode = match sampling {
                None => Mode::BestPath,
                Some(Sampling { alpha, seed, first_index }) => {
                    Mode::Sample(alpha, Generator::new(seed, first_index.wrapping_add(to_u64(at))))
                }
            };
            self.encode_into(texts[at], mode, worker, stop, &mut rows.ids);
            rows.ends.push(rows.ids.len());
            if stop.requested() {
                break;
            }
        }
        rows
    }
}

/// Ranges of texts of about [`TASK_BYTES`] each.
fn tasks(texts: &[&[u8]]) -> Vec<Range<usize>> {
    let (mut tasks, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, text) in texts.iter().enumerate() {
        // 16: what a text costs beside its bytes
        bytes += text.len() + 16;
        if bytes >= TASK_BYTES {
            tasks.push(start..at + 1);
            (start, bytes) = (at + 1, 0);
        }
    }
    if start < texts.len() {
        tasks.push(start..texts.len());
    }
    tasks
}
