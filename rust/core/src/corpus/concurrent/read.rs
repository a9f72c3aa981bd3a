//! What the threads do: they read parts of a corpus and send what they read in blocks.
//!
//! In: corpora, and the number of the next one. Out: for each a channel, and through that its blocks, an error last. A thread
//! ends when there are no more, after an error, or when nobody wants more.

use crate::Result;
use crate::corpus::{Corpus, Part};
use crate::num::to_u64;
use crate::parallel::TICK;
use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A block is handed over when it has so much text.
const BLOCK_BYTES: usize = 1 << 20;
/// Or so many parts of documents.
const BLOCK_PARTS: usize = 1 << 14;
/// How many blocks of one corpus may wait.
const BLOCKS: usize = 16;

/// Some parts of documents of one corpus.
#[derive(Default)]
pub(super) struct Block {
    /// The number of the corpus.
    pub(super) number: usize,
    /// The text of all.
    pub(super) text: Vec<u8>,
    /// Where each ends in `text`, and what it is.
    pub(super) parts: Vec<(usize, Part)>,
    /// The names of the corpus's sources that were not in a block before.
    pub(super) names: Vec<String>,
    /// How much has been read of the corpus since the block before.
    pub(super) read: u64,
    /// Whether the corpus has ended.
    pub(super) last: bool,
}

/// What a thread sends.
pub(super) type Sent = Result<Block>;

/// What a thread does: takes the next part until there are no more, or nobody wants them.
pub(super) fn read_parts(
    parts: &[Arc<dyn Corpus + Send + Sync>],
    next: &AtomicUsize,
    announce: &Sender<(usize, Receiver<Sent>)>,
    stop: &AtomicBool,
) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(part) = parts.get(number) else { return };
        let (blocks, receiver) = bounded(BLOCKS);
        if announce.send((number, receiver)).is_err() {
            return;
        }
        match read_part(number, part.as_ref(), &blocks, stop) {
            Ok(true) => (),
            Ok(false) => return, // nobody wants more
            Err(error) => {
                give(Err(error), &blocks, stop);
                return;
            }
        }
    }
}

/// Sends all blocks of a part; false where nobody wants more.
fn read_part(number: usize, part: &dyn Corpus, blocks: &Sender<Sent>, stop: &AtomicBool) -> Result<bool> {
    let mut documents = part.open()?;
    let (mut names, mut read, mut last, mut failed) = (0, 0, false, None);
    while !last && failed.is_none() {
        let mut block = Block { number, ..Block::default() };
        while block.text.len() < BLOCK_BYTES && block.parts.len() < BLOCK_PARTS && !last && failed.is_none() {
            match documents.next_part(&mut block.text) {
                Ok(Some(part)) => block.parts.push((block.text.len(), part)),
                Ok(None) => last = true,
                Err(error) => failed = Some(error), // comes behind what was read before it
            }
        }
        block.last = last;
        block.names = documents.sources()[names..].to_vec();
        names += block.names.len();
        let now = documents.bytes_read().unwrap_or(read + to_u64(block.text.len()));
        block.read = now - std::mem::replace(&mut read, now);
        if !give(Ok(block), blocks, stop) {
            return Ok(false);
        }
    }
    failed.map_or(Ok(true), Err)
}

/// Sends; false where nobody wants more. It asks for that from time to time: the receiver of a part that the pass has not
/// heard of yet may wait in a channel that lives as long as its senders do, of which this thread has one.
fn give(mut sent: Sent, blocks: &Sender<Sent>, stop: &AtomicBool) -> bool {
    while !stop.load(Ordering::Relaxed) {
        match blocks.send_timeout(sent, TICK) {
            Ok(()) => return true,
            Err(SendTimeoutError::Timeout(back)) => sent = back,
            Err(SendTimeoutError::Disconnected(_)) => return false,
        }
    }
    false
}
