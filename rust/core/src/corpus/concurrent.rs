//! The parts of a corpus (its files, say), several at a time, each read by a thread.
//!
//! In: corpora that make up one. Out: their documents, part by part in order, or in any order where that is enough.
//! Threads take the next part when they are done with one, and hand over blocks of about 1 MiB; in order, a thread that
//! is ahead waits when 16 of its part are waiting. They live as long as the pass and are not joined: without a
//! reader, they end at the next block. In a forked child there are none, so there the pass gives an error and is
//! dropped without touching what it shared with them, as in [`super::files`]. Cost: one copy of the text; up to 16 MiB
//! a thread. Processes instead, as for functions of Python's, take four times the processor time.

mod read;

use super::identity::Identity;
use super::sources::Names;
use super::{Corpus, Documents, Part};
use crate::num::{index, low_u32, to_u64};
use crate::{Error, Result};
use crossbeam_channel::{Receiver, Select, bounded};
use read::{Block, Sent, read_parts};
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// See the module.
pub struct Concurrent {
    /// The corpora; each knows how to be read.
    parts: Arc<[Arc<dyn Corpus + Send + Sync>]>,
    /// How many threads there are at most.
    threads: NonZeroUsize,
    /// Whether documents come in the order of the parts.
    ordered: bool,
}

impl Concurrent {
    /// Reads so many parts at a time.
    pub fn new(parts: Vec<Arc<dyn Corpus + Send + Sync>>, threads: NonZeroUsize, ordered: bool) -> Self {
        Self { parts: parts.into(), threads, ordered }
    }
}

impl Corpus for Concurrent {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let (announce, begun) = bounded(self.parts.len());
        let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        for number in 0..self.threads.get().min(self.parts.len()) {
            let (parts, next, stop) = (Arc::clone(&self.parts), Arc::clone(&next), Arc::clone(&stop));
            let announce = announce.clone();
            let started = std::thread::Builder::new()
                .name("read".to_owned())
                .spawn(move || read_parts(&parts, &next, &announce, &stop));
            match started {
                Ok(_) => (),
                Err(source) if number == 0 => return Err(Error::NoThread { source }),
                Err(_) => break, // the system gives no more: fewer do the same, more slowly
            }
        }
        let channels = Channels { begun, left: self.parts.len(), open: BTreeMap::new() };
        Ok(Box::new(Pass {
            channels: ManuallyDrop::new(channels),
            parts: self.parts.len(),
            ordered: self.ordered,
            ended: 0,
            block: Block::default(),
            at: 0,
            sources: SourcesOf::default(),
            read: 0,
            stop,
            process: std::process::id(),
        }))
    }

    fn check(&self) -> Result<()> {
        self.parts.iter().try_for_each(|part| part.check())
    }

    fn total_bytes(&self) -> Option<u64> {
        self.parts.iter().map(|part| part.total_bytes()).sum()
    }

    fn keeps_order(&self) -> bool {
        self.ordered && self.parts.iter().all(|part| part.keeps_order())
    }

    fn identity(&self) -> Option<Identity> {
        let lines: Option<Vec<_>> =
            self.parts.iter().map(|part| part.identity().map(|identity| identity.lines)).collect();
        Some(Identity { lines: lines?.concat() })
    }
}

/// What the threads send through: a channel for each part, so that a long document is not mixed with another.
struct Channels {
    /// The parts that were begun, with what comes of each.
    begun: Receiver<(usize, Receiver<Sent>)>,
    /// How many are still to be begun.
    left: usize,
    /// Those that have begun and not ended.
    open: BTreeMap<usize, Receiver<Sent>>,
}

impl Channels {
    /// The next block of a part, or of any. `None`: the threads have gone, which only a panic does.
    fn next(&mut self, wanted: Option<usize>) -> Option<Sent> {
        loop {
            match wanted.and_then(|number| self.open.get(&number)) {
                Some(blocks) => return blocks.recv().ok(),
                None if wanted.is_some() => self.begin(self.begun.recv().ok()?),
                None => {
                    if let Some(sent) = self.any()? {
                        return Some(sent);
                    }
                }
            }
        }
    }

    /// A part was begun.
    fn begin(&mut self, (number, blocks): (usize, Receiver<Sent>)) {
        self.left -= 1;
        self.open.insert(number, blocks);
    }

    /// Waits until something comes: a block, or the news that a part was begun.
    fn any(&mut self) -> Option<Option<Sent>> {
        let mut select = Select::new();
        for blocks in self.open.values() {
            select.recv(blocks);
        }
        if self.left > 0 {
            select.recv(&self.begun);
        }
        let ready = select.ready();
        match self.open.values().nth(ready) {
            Some(blocks) => blocks.recv().ok().map(Some),
            None => {
                let begun = self.begun.recv().ok()?;
                self.begin(begun);
                Some(None)
            }
        }
    }
}

/// The numbers that the sources of each part have among all.
#[derive(Default)]
struct SourcesOf {
    /// All names.
    names: Names,
    /// For each part that has names, the numbers of them.
    numbers: BTreeMap<usize, Vec<u32>>,
}

/// One pass.
struct Pass {
    /// What the threads send through; never dropped in another process, where a thread may hold a lock for ever.
    channels: ManuallyDrop<Channels>,
    /// How many parts there are.
    parts: usize,
    /// Whether they come in order.
    ordered: bool,
    /// How many of them have ended.
    ended: usize,
    /// The block at hand.
    block: Block,
    /// The next of its parts of documents.
    at: usize,
    /// The names of the sources.
    sources: SourcesOf,
    /// How much has been read of what was delivered.
    read: u64,
    /// Tells the threads that nobody wants more.
    stop: Arc<AtomicBool>,
    /// The process that the threads are in.
    process: u32,
}

impl Pass {
    /// Goes on to the next block.
    fn advance(&mut self) -> Result<()> {
        let process = self.process;
        if process != std::process::id() {
            return Err(Error::parameter(
                "this process",
                std::process::id(),
                format!("{process}, in which the pass began"),
            ));
        }
        let panicked = || Error::Panic { message: "a thread that reads is gone".to_owned() };
        let wanted = self.wanted();
        self.block = self.channels.next(wanted).ok_or_else(panicked)??;
        self.at = 0;
        self.read += self.block.read;
        if !self.block.names.is_empty() {
            let numbers = self.sources.numbers.entry(self.block.number).or_default();
            numbers.extend(self.block.names.iter().map(|name| self.sources.names.number(name)));
        }
        Ok(())
    }

    /// The part whose block has to come next: in order there is one, and in the midst of a document.
    fn wanted(&self) -> Option<usize> {
        let in_document = self.block.parts.last().is_some_and(|(_, part)| !part.ends_document);
        if self.ordered { Some(self.ended) } else { in_document.then_some(self.block.number) }
    }
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        while self.at == self.block.parts.len() {
            if std::mem::take(&mut self.block.last) {
                self.ended += 1;
                let number = self.block.number;
                self.channels.open.remove(&number);
            }
            if self.ended == self.parts {
                return Ok(None);
            }
            self.advance()?;
        }
        let start = self.at.checked_sub(1).map_or(0, |before| self.block.parts[before].0);
        let (end, part) = self.block.parts[self.at];
        text.extend_from_slice(&self.block.text[start..end]);
        self.at += 1;
        let numbers = self.sources.numbers.get(&self.block.number);
        let source = numbers.and_then(|numbers| numbers.get(index(part.source)).copied()).unwrap_or(part.source);
        Ok(Some(Part { source, file: low_u32(to_u64(self.block.number)), ..part }))
    }

    fn bytes_read(&self) -> Option<u64> {
        Some(self.read)
    }

    fn sources(&self) -> &[String] {
        self.sources.names.all()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            self.stop.store(true, Ordering::Relaxed);
            let nothing = Channels { begun: crossbeam_channel::never(), left: 0, open: BTreeMap::new() };
            drop(std::mem::replace(&mut *self.channels, nothing));
        }
    }
}

#[cfg(test)]
mod tests;
