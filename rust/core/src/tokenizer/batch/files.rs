//! Documents to ids, batch by batch: files larger than memory, in order.
//!
//! In: a pass over documents. Out: [`Rows`] of about [`Shape::batch_bytes`] of text a call; laid end to end they are the rows of all
//! documents, whatever the size of the batches and the number of threads. While some text is encoded by the workers the calling
//! thread reads on, in tasks of [`TASK_BYTES`], within one call: no thread is left between two calls, so a process may fork there. A
//! thread that reads ahead between the calls would win the time that the caller takes, and be lost in every child.
//!
//! A document that is longer than a batch is *divided*, at the end of a line: ids behind the last row's end begin a row that goes on
//! in the next batch. So memory stays bounded where one file is one document ([`Shape::whole`] asks for whole rows all the same).
//! Shorter documents are never divided: a batch ends behind the document that makes it large enough.
//!
//! Each stretch of a document is encoded on its own, and nobody knows then how many ids its row has already. So a row of several
//! stretches is cut short when the batch is put together; once it is known to be full, the rest of its text is searched
//! for refused special tokens and not encoded. Where a special token is sought that goes on behind a newline, documents stay
//! whole. Of several refused tokens the first is reported, whichever thread came upon one first.
//!
//! Cost: the larger of reading and encoding, and one more copy of the ids. Memory: up to `3 · threads + 1` tasks of text, the ids
//! of a batch (at most twice `batch_bytes` of text, and a line), and what the longest line needs to be encoded.

mod limit;

use super::feed::Job;
use super::join::Joined;
use super::tasks::{Place, TEXT_COST};
use super::{BOS, Buffers, EOS, Id, Request, Rows, Sizes};
use crate::corpus::Documents;
use crate::corpus::batch::{Batch, Batcher};
use crate::corpus::segments::SegmentRule;
use crate::parallel::{Stop, lock, stream};
use crate::tokenizer::Tokenizer;
use crate::{Error, Result};
use limit::Limit;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// About how many bytes of text a thread takes at a time: what the engine is given in one call.
const TASK_BYTES: usize = Sizes::USUAL.call;

/// What batches look like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// About how many bytes of text make a batch; a document counts [`TEXT_COST`] more.
    pub batch_bytes: NonZeroUsize,
    /// Whether all rows are whole, also those of documents that are longer than that.
    pub whole: bool,
}

/// Documents on their way to ids.
pub struct Encoder {
    /// The documents that are left; `None` when there are none, or after an error.
    documents: Option<Batcher<Box<dyn Documents + Send>>>,
    /// How much of them makes a batch.
    shape: Shape,
    /// What is wanted of each document: no samples.
    request: Request,
    /// Where the next batch begins.
    at: At,
    /// Cuts rows short.
    limit: Limit,
    /// What went wrong when the documents behind the last batch were read.
    failed: Option<Error>,
}

/// A place in the documents.
#[derive(Clone, Copy, Debug, Default)]
struct At {
    /// How many documents have ended before.
    document: usize,
    /// How many bytes of the document at hand come before: none only at its beginning.
    byte: usize,
}

/// Some text, and where in the batch it belongs.
struct Task {
    /// Counts from 0 in each batch.
    number: usize,
    /// The text.
    text: Batch,
    /// Where it begins.
    at: At,
}

/// How far a batch is.
struct Progress {
    /// Tasks handed out.
    tasks: usize,
    /// About the bytes in them.
    bytes: usize,
    /// Where the next one begins.
    at: At,
}

/// What all tasks of a batch share.
struct Work<'a, I> {
    /// Encodes.
    tokenizer: &'a Tokenizer,
    /// What is wanted of each document.
    request: &'a Request,
    /// What is wanted of a stretch, which may be neither the beginning nor the end of its document.
    bare: Request,
    /// The most ids of text in a row.
    room: Option<usize>,
    /// How full the first row was before.
    limit: &'a Limit,
    /// How many documents have ended before.
    before: usize,
    /// The rows so far.
    joined: Mutex<Joined<Rows<I>>>,
    /// The first refused special token that was found, with the number of its task.
    refused: Mutex<Option<(usize, Error)>>,
}

impl Encoder {
    /// Begins with a pass that was just opened. `request` must not ask for samples.
    pub fn new(documents: Box<dyn Documents + Send>, shape: Shape, request: Request) -> Self {
        Self::with_task_bytes(documents, shape, request, TASK_BYTES)
    }

    /// The same with tasks of another size.
    fn with_task_bytes(documents: Box<dyn Documents + Send>, shape: Shape, request: Request, bytes: usize) -> Self {
        let bytes = bytes.min(shape.batch_bytes.get());
        let mut documents = Batcher::with_batch_bytes(documents, SegmentRule::LINES, bytes);
        if request.specials.as_ref().is_some_and(|specials| specials.crosses_lines()) {
            documents.keep_whole();
        }
        let limit = Limit::new(&request);
        Self { documents: Some(documents), shape, request, at: At::default(), limit, failed: None }
    }

    /// The next batch; `None` when there are no more, as after any error. An error of reading comes behind a batch of what was read
    /// before it; with any other, what was read meanwhile is lost. `check` is called on this thread about every 50 ms.
    pub fn next_batch<I: Id>(
        &mut self,
        tokenizer: &Tokenizer,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Option<Rows<I>>> {
        I::holds(tokenizer.vocabulary().size())?;
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let Some(documents) = self.documents.take() else { return Ok(None) };
            let rows = self.batch(documents, tokenizer, threads, check)?;
            // the middle of a document whose row is full makes a batch of nothing
            if !(rows.ids.is_empty() && rows.ends.is_empty()) {
                return Ok(Some(rows));
            }
        }
    }

    /// Reads and encodes a batch; puts the documents back where they are not over.
    fn batch<I: Id>(
        &mut self,
        mut documents: Batcher<Box<dyn Documents + Send>>,
        tokenizer: &Tokenizer,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Rows<I>> {
        let (shape, mut over, mut failed) = (self.shape, false, None);
        let mut progress = Progress { tasks: 0, bytes: 0, at: self.at };
        let work = Work::new(tokenizer, self)?;
        stream(
            threads,
            || {
                if progress.is_enough(shape) {
                    return Ok(None);
                }
                let text = match documents.next_batch_within(shape.batch_bytes.get().saturating_sub(progress.bytes)) {
                    Err(error) if progress.tasks > 0 && !error.is_interrupt() => {
                        failed = Some(error);
                        None
                    }
                    text => text?,
                };
                over = text.is_none();
                Ok(text.map(|text| progress.task(text)))
            },
            || (Buffers::default(), Rows::default()),
            |(buffers, rows), task, stop| work.encode(&task, buffers, stop, rows),
            check,
        )?;
        let mut rows = work.rows()?;
        self.limit.cut(&mut rows);
        if shape.whole {
            rows.ids.truncate(rows.ends.last().copied().unwrap_or(0)); // an error came in the middle of a document
        }
        (self.at, self.failed) = (progress.at, failed);
        self.documents = (!over).then_some(documents);
        Ok(rows)
    }
}

impl Progress {
    /// Whether the batch may end here.
    fn is_enough(&self, shape: Shape) -> bool {
        let most = shape.batch_bytes.get();
        self.bytes >= most && (self.at.byte == 0 || (!shape.whole && self.at.byte >= most))
    }

    /// Makes a task of the next text.
    fn task(&mut self, text: Batch) -> Task {
        let task = Task { number: self.tasks, at: self.at, text };
        self.tasks += 1;
        self.bytes += task.text.texts().map(<[u8]>::len).sum::<usize>();
        self.bytes += TEXT_COST * task.text.stretches.iter().filter(|(_, part)| part.ends_document).count();
        self.at = task.end(task.text.stretches.len());
        task
    }
}

impl Task {
    /// Where the first `stretches` stretches end. A document can have several in one task.
    fn end(&self, stretches: usize) -> At {
        let mut at = self.at;
        for (text, (_, part)) in self.text.texts().zip(&self.text.stretches).take(stretches) {
            at.byte += text.len();
            if part.ends_document {
                at = At { document: at.document + 1, byte: 0 };
            }
        }
        at
    }

    /// Which document a stretch belongs to, and how many bytes of that come before it.
    fn place(&self, stretch: usize) -> (usize, usize) {
        let At { document, byte } = self.end(stretch);
        (document, byte)
    }
}

impl<'a, I: Id> Work<'a, I> {
    /// Nothing done yet of the encoder's next batch.
    fn new(tokenizer: &'a Tokenizer, encoder: &'a Encoder) -> Result<Self> {
        let (request, joined, refused) = (&encoder.request, Mutex::default(), Mutex::default());
        let bare = Request { specials: request.specials.clone(), ..Request::default() };
        let (room, limit, before) = (request.room()?, &encoder.limit, encoder.at.document);
        Ok(Self { tokenizer, request, bare, room, limit, before, joined, refused })
    }

    /// Puts the ids of a task into their place; leaves `rows` empty. Writes anything when `stop` says so.
    fn encode(&self, task: &Task, buffers: &mut Buffers, stop: &Stop, rows: &mut Rows<I>) -> Result<()> {
        let texts: Vec<&[u8]> = task.text.texts().collect();
        let mut job = Job::new(self.tokenizer, &texts, &self.bare, Sizes::USUAL)?;
        job.room = if self.is_full(task) { Some(0) } else { self.room };
        let mut stretches = Rows::<I>::default();
        if let Err(error) = job.work(Place::START..Place::end(&texts), buffers, stop, &mut stretches) {
            return self.refuse(task, job.first_refused(error));
        }
        let mut inside = task.at.byte > 0;
        for (ids, (_, part)) in stretches.iter().zip(&task.text.stretches) {
            rows.ids.extend((self.request.add_bos && !inside).then(|| I::new(BOS)));
            rows.ids.extend_from_slice(ids);
            inside = !part.ends_document;
            if part.ends_document {
                rows.ids.extend(self.request.add_eos.then(|| I::new(EOS)));
                rows.ends.push(rows.ids.len());
            }
        }
        lock(&self.joined).put(task.number, rows);
        Ok(())
    }

    /// Whether the task is the inside of a document whose row is known to take no more ids.
    fn is_full(&self, task: &Task) -> bool {
        if task.at.byte == 0 || task.text.stretches.len() > 1 {
            return false;
        }
        let joined = lock(&self.joined);
        self.before + joined.so_far().ends.len() == task.at.document && self.limit.is_full(joined.so_far())
    }

    /// Keeps an error about a special token, which another one of a task before it may replace; gives any other back.
    fn refuse(&self, task: &Task, error: Error) -> Result<()> {
        let error = error.in_document(|stretch| task.place(stretch));
        if !matches!(error, Error::SpecialInText { .. }) {
            return Err(error);
        }
        let mut refused = lock(&self.refused);
        if refused.as_ref().is_none_or(|&(number, _)| task.number < number) {
            *refused = Some((task.number, error));
        }
        Ok(())
    }

    /// All rows.
    fn rows(self) -> Result<Rows<I>> {
        match self.refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(self.joined.into_inner().unwrap_or_else(PoisonError::into_inner).into_whole()),
        }
    }
}

#[cfg(test)]
mod tests;
