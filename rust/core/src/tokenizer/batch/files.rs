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
//! Cost: the larger of reading and encoding, and one more copy of the ids. Memory: up to `3 · threads + 1` tasks of text, the ids
//! of a batch (at most twice `batch_bytes` of text, and a line), and what the longest line needs to be encoded.

use super::feed::Job;
use super::join::Joined;
use super::tasks::{Place, TEXT_COST};
use super::{BOS, Buffers, EOS, Id, Request, Rows, Sizes};
use crate::Result;
use crate::corpus::Documents;
use crate::corpus::batch::{Batch, Batcher};
use crate::corpus::segments::SegmentRule;
use crate::parallel::{Stop, lock, stream};
use crate::tokenizer::Tokenizer;
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
    /// Whether a row begins with `<bos>`.
    pub add_bos: bool,
    /// Whether a row ends with `<eos>`.
    pub add_eos: bool,
}

/// Documents on their way to ids.
pub struct Encoder {
    /// The documents that are left; `None` when there are none, or after an error.
    documents: Option<Batcher<Box<dyn Documents + Send>>>,
    /// What is wanted.
    shape: Shape,
    /// Whether the last batch ended inside a document.
    inside: bool,
}

/// Some text, and where in the batch it belongs.
struct Task {
    /// Counts from 0 in each batch.
    number: usize,
    /// The text.
    text: Batch,
    /// Whether it begins inside a document.
    inside: bool,
}

/// How far a batch is.
struct Progress {
    /// Tasks handed out.
    tasks: usize,
    /// About the bytes in them.
    bytes: usize,
    /// How many of these are of the document at hand.
    document: usize,
    /// Whether the document at hand goes on.
    inside: bool,
}

impl Encoder {
    /// Begins with a pass that was just opened.
    pub fn new(documents: Box<dyn Documents + Send>, shape: Shape) -> Self {
        Self::with_task_bytes(documents, shape, TASK_BYTES)
    }

    /// The same with tasks of another size.
    fn with_task_bytes(documents: Box<dyn Documents + Send>, shape: Shape, bytes: usize) -> Self {
        let bytes = bytes.min(shape.batch_bytes.get());
        let documents = Batcher::with_batch_bytes(documents, SegmentRule::LINES, bytes);
        Self { documents: Some(documents), shape, inside: false }
    }

    /// The next batch; `None` when there are no more. After an error, of reading or of `check`, there are none: what was read
    /// meanwhile is lost. `check` is called on this thread about every 50 ms.
    pub fn next_batch<I: Id>(
        &mut self,
        tokenizer: &Tokenizer,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Option<Rows<I>>> {
        I::holds(tokenizer.vocabulary().size())?;
        let Some(mut documents) = self.documents.take() else { return Ok(None) };
        let (shape, mut over) = (self.shape, false);
        let mut progress = Progress { tasks: 0, bytes: 0, document: 0, inside: self.inside };
        let joined = Mutex::new(Joined::<Rows<I>>::default());
        stream(
            threads,
            || {
                if progress.is_enough(shape) {
                    return Ok(None);
                }
                let text = documents.next_batch()?;
                over = text.is_none();
                Ok(text.map(|text| progress.task(text)))
            },
            || (Buffers::default(), Rows::default()),
            |(buffers, rows), task, stop| {
                shape.encode(tokenizer, &task, buffers, stop, rows)?;
                lock(&joined).put(task.number, rows);
                Ok(())
            },
            check,
        )?;
        self.documents = (!over).then_some(documents);
        self.inside = progress.inside;
        let rows = joined.into_inner().unwrap_or_else(PoisonError::into_inner).into_whole();
        Ok((progress.tasks > 0).then_some(rows))
    }
}

impl Progress {
    /// Whether the batch may end here.
    fn is_enough(&self, shape: Shape) -> bool {
        let most = shape.batch_bytes.get();
        self.bytes >= most && (!self.inside || (!shape.whole && self.document >= most))
    }

    /// Makes a task of the next text.
    fn task(&mut self, text: Batch) -> Task {
        let task = Task { number: self.tasks, inside: self.inside, text };
        self.tasks += 1;
        for (bytes, (_, part)) in task.text.texts().map(<[u8]>::len).zip(&task.text.stretches) {
            self.bytes += bytes + TEXT_COST;
            self.document = if self.inside { self.document + bytes } else { bytes };
            self.inside = !part.ends_document;
        }
        task
    }
}

impl Shape {
    /// Writes the ids of a task behind `rows`; anything when `stop` says so.
    fn encode<I: Id>(
        self,
        tokenizer: &Tokenizer,
        task: &Task,
        buffers: &mut Buffers,
        stop: &Stop,
        rows: &mut Rows<I>,
    ) -> Result<()> {
        let texts: Vec<&[u8]> = task.text.texts().collect();
        // a stretch may be neither the beginning nor the end of its document, so it has nothing around it yet
        let (bare, mut stretches) = (Request::default(), Rows::<I>::default());
        let job = Job::new(tokenizer, &texts, &bare, Sizes::USUAL)?;
        job.work(Place::START..Place::end(&texts), buffers, stop, &mut stretches)?;
        let mut inside = task.inside;
        for (ids, (_, part)) in stretches.iter().zip(&task.text.stretches) {
            rows.ids.extend((self.add_bos && !inside).then(|| I::new(BOS)));
            rows.ids.extend_from_slice(ids);
            inside = !part.ends_document;
            if part.ends_document {
                rows.ids.extend(self.add_eos.then(|| I::new(EOS)));
                rows.ends.push(rows.ids.len());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
