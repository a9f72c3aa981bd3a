//! Many texts on many threads, with everything a row of ids may need: `<bos>`, `<eos>`, special tokens, a limit.
//!
//! In: texts and a [`Request`]. Out: [`Rows`] of ids, or only their numbers, in the order of the texts: the same for any number
//! of threads and any split, since the ids of a line depend on nothing but the line, and its draw on the seed, the text's index
//! and the line's place.
//!
//! Work is split by bytes ([`tasks`]): a task is a stretch of all the texts laid end to end, so it is thousands of short texts or
//! some lines of a long one, and both keep every thread busy. Within a task normalized lines are gathered from text to text
//! until there are enough for one call of the engine ([`gather`]); their ids become rows ([`rows`]), and the rows of the tasks are
//! joined in order while later tasks are still at work ([`join`]), so that ids are held twice for the length of a task only.
//! Small batches run on the calling thread. Handing out one text at a time was simpler and left all but one thread idle on a long one.
//!
//! Cost: that of the engine, one copy of the ids, some 20 ns a text. Memory beside the ids: a task's ids and
//! [`Sizes::call`] bytes a thread; more only where one line is longer.

mod feed;
pub mod files;
mod gather;
mod join;
mod pad;
mod rows;
mod special;
mod tasks;

use super::engine::laid::Laid;
use super::generator::Generator;
use super::special::Finder;
use super::{Alpha, Mode, Tokenizer, Worker};
use crate::num::to_u64;
use crate::parallel::{Stop, lock, stream};
use crate::{Error, Result};
use feed::Job;
use join::Joined;
pub(crate) use pad::spread;
pub use pad::{Padded, Padding, Side};
use rows::{Counts, Sink};
pub use rows::{Id, Rows};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tasks::{Place, Tasks};

/// The id of `<pad>`.
pub const PAD: u32 = 0;
/// The id of `<bos>`.
pub const BOS: u32 = 1;
/// The id of `<eos>`.
pub const EOS: u32 = 2;

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

/// What a call wants of its texts. By default the best paths and nothing around them.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// How to draw segmentations; `None` for the best ones.
    pub sampling: Option<Sampling>,
    /// Whether a row begins with `<bos>`.
    pub add_bos: bool,
    /// Whether a row ends with `<eos>`, also one that was cut short.
    pub add_eos: bool,
    /// The most ids of a row, `<bos>` and `<eos>` included: a text that has more loses its last ones.
    pub max_length: Option<NonZeroUsize>,
    /// Finds the special tokens that are parsed and refused; `None` for neither: then all is ordinary text.
    pub specials: Option<Arc<Finder>>,
}

impl Request {
    /// How to choose the segmentation of a batch's text number `text`.
    pub fn mode(&self, text: usize) -> Mode {
        self.sampling.map_or(Mode::BestPath, |Sampling { alpha, seed, first_index }| {
            Mode::Sample(alpha, Generator::new(seed, first_index.wrapping_add(to_u64(text))))
        })
    }

    /// The most ids of a row beside `<bos>` and `<eos>`, `None` for no limit; an error where there is no room for these two.
    pub fn room(&self) -> Result<Option<usize>> {
        let Some(most) = self.max_length else { return Ok(None) };
        let around = usize::from(self.add_bos) + usize::from(self.add_eos);
        let too_small = || Error::parameter("max_length", most, "at least 2 with add_bos and add_eos");
        most.get().checked_sub(around).ok_or_else(too_small).map(Some)
    }
}

/// What one thread reuses from call to call.
#[derive(Debug, Default)]
pub struct Buffers {
    /// The engine's.
    worker: Worker,
    /// The ids of one call of the engine.
    ids: Vec<u32>,
    /// Where each of its segments ends in `ids`.
    ends: Vec<usize>,
    /// Its text.
    laid: Laid,
    /// How many segments there are up to the end of each stretch of that.
    lasts: Vec<usize>,
}

/// How many pieces are tried in an eighth of a second, about.
const QUICK_STEPS: usize = 1 << 26;

/// The numbers of bytes at which work is divided.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Batches up to this size run on the calling thread: starting threads would cost as much.
    inline: usize,
    /// The same where one thread is asked for: more would keep an interrupt waiting.
    inline_one_thread: usize,
    /// The least a thread takes at a time.
    least_task: usize,
    /// The most, but for a line that is longer.
    task: usize,
    /// What the engine is given at a time.
    call: usize,
}

impl Sizes {
    /// Where a task costs 100 times what it takes to hand it out, and a call's text and ids stay in a second-level cache.
    const USUAL: Self =
        Self { inline: 1 << 15, inline_one_thread: 1 << 19, least_task: 1 << 14, task: 1 << 18, call: 1 << 16 };
}

impl Tokenizer {
    /// Appends the row of one text, on this thread; gives up when `stop` says so.
    pub fn encode_text(
        &self,
        text: &[u8],
        request: &Request,
        buffers: &mut Buffers,
        stop: &Stop,
        ids: &mut Vec<u32>,
    ) -> Result<()> {
        let texts = [text];
        let job = Job::new(self, &texts, request, Sizes::USUAL)?;
        job.work(Place::START..Place::end(&texts), buffers, stop, ids)
    }

    /// The rows of `texts`. `check` is called on this thread about every 50 ms; its error stops the work and is returned.
    pub fn encode_batch<I: Id>(
        &self,
        texts: &[&[u8]],
        request: &Request,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Rows<I>> {
        I::holds(self.vocabulary().size())?;
        self.run(texts, request, threads, Sizes::USUAL, check)
    }

    /// How many ids each of `texts` has; they are never there all at once.
    pub fn count_tokens(
        &self,
        texts: &[&[u8]],
        request: &Request,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<u64>> {
        self.run::<Counts>(texts, request, threads, Sizes::USUAL, check).map(Counts::into_counts)
    }

    /// How much text may be worked on without listening for an interrupt: `most` bytes, fewer where the pieces are so long that
    /// a byte can take thousands of steps.
    pub fn quick_bytes(&self, most: usize) -> usize {
        most.min(QUICK_STEPS / self.trie.max_length())
    }

    /// Divides the work, has it done and puts it together.
    fn run<S: Sink + Default + Send>(
        &self,
        texts: &[&[u8]],
        request: &Request,
        threads: NonZeroUsize,
        sizes: Sizes,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<S> {
        let job = Job::new(self, texts, request, sizes)?;
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let inline = if threads.get() == 1 { sizes.inline_one_thread } else { sizes.inline };
        if bytes <= self.quick_bytes(inline) {
            let mut sink = S::default();
            let done = job.work(Place::START..Place::end(texts), &mut Buffers::default(), &Stop::default(), &mut sink);
            return done.map(|()| sink).map_err(|error| job.first_refused(error));
        }
        let bytes = job.weight_of_all();
        // four a thread, so that none waits long for the last one
        let size = (bytes / 4 / threads.get()).clamp(sizes.least_task, sizes.task);
        let mut tasks = (0..).zip(Tasks::new(&job, size));
        let joined = Mutex::new(Joined::<S>::new(bytes, texts.len()));
        stream(
            threads.min(NonZeroUsize::MIN.saturating_add(bytes / size)),
            || Ok(tasks.next()),
            || (Buffers::default(), S::default()),
            |(buffers, part), (number, task), stop| {
                job.work(task, buffers, stop, part)?;
                lock(&joined).put(number, part);
                Ok(())
            },
            check,
        )
        .map_err(|error| job.first_refused(error))?;
        Ok(joined.into_inner().unwrap_or_else(PoisonError::into_inner).into_whole())
    }
}

#[cfg(test)]
mod tests;
