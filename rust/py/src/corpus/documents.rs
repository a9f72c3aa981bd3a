//! Documents of Python objects, pulled attached in batches and handed on detached.
//!
//! In: whatever gives batches, see [`Pull`]. Out: its documents in order, in parts of at most 1 MiB; what cannot be
//! read as text is an error, replaced or left out. Cost: one batch of memory.

use super::held::{Document, Held, Sources};
use bytepiece_core::corpus::sources::Names;
use bytepiece_core::corpus::tally::{Errors, Flaw, Tally, append_replaced};
use bytepiece_core::corpus::{Documents, Part};
use bytepiece_core::{Error, Result};

/// The longest part.
const PART_BYTES: usize = 1 << 20;

/// Gives batches.
pub(super) trait Pull: Send {
    /// The next batch; `None` at the end. Called detached.
    fn pull(&mut self) -> Result<Option<Batch>>;
}

/// Some documents.
pub(super) struct Batch {
    /// The documents.
    pub(super) held: Held,
    /// The names of their sources.
    pub(super) sources: Sources,
    /// The number of their file.
    pub(super) file: u32,
    /// How an error calls the document at a place: this, and a number.
    pub(super) name: Name,
    /// How much of the corpus's bytes has been read, where that is known.
    pub(super) read: Option<u64>,
}

/// What an error calls the documents of a batch.
pub(super) struct Name {
    /// In front of the number, for example `a.parquet: row `.
    pub(super) before: String,
    /// The number of the first one.
    pub(super) first: usize,
    /// Behind the number.
    pub(super) behind: String,
}

impl Name {
    /// That of the document at a place.
    pub(super) fn of(&self, at: usize) -> String {
        format!("{}{}{}", self.before, self.first + at, self.behind)
    }
}

/// One pass over the batches of something.
pub(super) struct Pass<P> {
    /// Gives batches.
    puller: P,
    /// What to do with documents that are not UTF-8; `None` lets any bytes pass that are not to be strings.
    errors: Option<Errors>,
    /// Counts what is replaced and left out.
    tally: Tally,
    /// The batch at hand.
    batch: Option<Batch>,
    /// The document at hand in it.
    at: usize,
    /// How much of it has been delivered, in bytes; over 0 only in the midst of one.
    offset: usize,
    /// The document at hand, where it is not as the batch has it.
    mended: Option<Vec<u8>>,
    /// The names of all sources.
    names: Names,
    /// How much of the corpus's bytes has been read, where that is known.
    read: Option<u64>,
}

impl<P: Pull> Pass<P> {
    /// At the beginning.
    pub(super) fn new(puller: P, errors: Option<Errors>, tally: Tally) -> Self {
        let (names, read) = (Names::default(), None);
        Self { puller, errors, tally, batch: None, at: 0, offset: 0, mended: None, names, read }
    }

    /// Gives batches.
    pub(super) fn puller(&self) -> &P {
        &self.puller
    }

    /// Goes on to the next document that can be read, and says where it is; false at the end.
    fn find(&mut self) -> Result<bool> {
        loop {
            let Some(batch) = &self.batch else { return Ok(false) };
            if self.at == batch.held.len() {
                (self.at, self.batch) = (0, None);
                self.batch = self.puller.pull()?;
                self.read = self.batch.as_ref().and_then(|batch| batch.read).or(self.read);
                continue;
            }
            match self.look(batch)? {
                Some(mended) => {
                    self.mended = mended;
                    return Ok(true);
                }
                None => self.at += 1,
            }
        }
    }

    /// Looks at the document at hand: `None` where it is left out, else what it is instead, if it is something else.
    fn look(&self, batch: &Batch) -> Result<Option<Option<Vec<u8>>>> {
        let errors = self.errors.unwrap_or_default();
        let (flaw, words, mended) = match batch.held.get(self.at) {
            Document::Bytes(_, false) if self.errors.is_none() => return Ok(Some(None)),
            Document::Bytes(bytes, _) => {
                let Err(error) = simdutf8::compat::from_utf8(bytes) else { return Ok(Some(None)) };
                let mut mended = Vec::new();
                let count = append_replaced(bytes, &mut mended);
                let words = format!("{} has invalid UTF-8 at byte {}", batch.name.of(self.at), error.valid_up_to());
                (Flaw::InvalidUtf8, words, Some((mended, count)))
            }
            Document::Flawed(flaw @ Flaw::InvalidUtf8, words, mended) => {
                (flaw, words.to_owned(), mended.map(|text| (text.to_vec(), 1)))
            }
            Document::Flawed(flaw, words, _) => (flaw, format!("{} {words}", batch.name.of(self.at)), None),
        };
        let error = Error::Document { problem: words, flaw };
        match mended {
            Some((mended, count)) if errors == Errors::Replace => {
                self.tally.replace(count, &error);
                Ok(Some(Some(mended)))
            }
            _ => self.tally.skip(errors, flaw, error).map(|()| None),
        }
    }

    /// The number of the source of the document at hand.
    fn source(&mut self) -> u32 {
        match self.batch.as_ref().map(|batch| &batch.sources) {
            None | Some(Sources::None) => 0,
            Some(Sources::One(name)) => self.names.number(name),
            Some(Sources::Each(held)) if self.at < held.len() => match held.get(self.at) {
                Document::Bytes(name, _) | Document::Flawed(_, _, Some(name)) => {
                    self.names.number(&String::from_utf8_lossy(name))
                }
                Document::Flawed(..) => self.names.number("null"),
            },
            Some(Sources::Each(_)) => 0,
        }
    }
}

impl<P: Pull> Documents for Pass<P> {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        if self.batch.is_none() {
            self.batch = self.puller.pull()?;
            self.read = self.batch.as_ref().and_then(|batch| batch.read).or(self.read);
        }
        if self.offset == 0 && !self.find()? {
            return Ok(None);
        }
        let source = self.source();
        let Some(batch) = &self.batch else { return Ok(None) };
        let document = match (&self.mended, batch.held.get(self.at)) {
            (Some(mended), _) => mended,
            (None, Document::Bytes(bytes, _)) => bytes,
            (None, Document::Flawed(..)) => &[],
        };
        let end = document.len().min(self.offset + PART_BYTES);
        text.extend_from_slice(&document[self.offset..end]);
        let ends_document = end == document.len();
        let file = batch.file;
        (self.at, self.offset) = if ends_document { (self.at + 1, 0) } else { (self.at, end) };
        if ends_document {
            self.mended = None;
        }
        Ok(Some(Part { ends_document, source, file }))
    }

    fn bytes_read(&self) -> Option<u64> {
        self.read
    }

    fn sources(&self) -> &[String] {
        self.names.all()
    }
}
