//! A thread that decompresses while its reader does something else.
//!
//! In: a content. Out: the same content. The thread reads ahead by up to [`BLOCKS`] blocks and ends with the content,
//! or when nobody wants it any more: who drops the reader does not wait for it. In a forked child there is no such
//! thread, so there the reader gives an error, and is dropped without touching what it shared with the thread. Cost:
//! two copies, 3 MiB of memory, some 30 µs a file.

use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{self, Read};
use std::mem::ManuallyDrop;

/// How much the thread hands over at a time.
const BLOCK: u64 = 1 << 18;
/// How many blocks may wait.
const BLOCKS: usize = 8;

/// See the module.
pub(super) struct Ahead {
    /// What the thread has read, and an empty block at the end; never dropped in another process, where the thread may
    /// hold a lock for ever.
    blocks: ManuallyDrop<Receiver<io::Result<Vec<u8>>>>,
    /// The block at hand.
    block: Vec<u8>,
    /// How much of it has been read.
    at: usize,
    /// Whether there are no more.
    ended: bool,
    /// The process that the thread is in.
    process: u32,
}

impl Ahead {
    /// Starts the thread. Gives the content back where the system has no thread for it.
    pub(super) fn start(content: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        let (sender, receiver) = bounded(BLOCKS);
        // it travels through a channel, because a closure is lost where no thread takes it
        let (give, take) = bounded(1);
        let started = std::thread::Builder::new().name("decompress".to_owned()).spawn(move || {
            if let Ok(content) = take.recv() {
                read_all(content, &sender);
            }
        });
        if started.is_err() {
            return content;
        }
        match give.send(content) {
            Ok(()) => Box::new(Self {
                blocks: ManuallyDrop::new(receiver),
                block: Vec::new(),
                at: 0,
                ended: false,
                process: std::process::id(),
            }),
            Err(unsent) => unsent.into_inner(),
        }
    }

    /// The next block; false at the end.
    fn next(&mut self) -> io::Result<bool> {
        if self.process != std::process::id() {
            return Err(io::Error::other(format!(
                "it is being read by process {}, from which this one was forked: begin to read it anew here",
                self.process
            )));
        }
        let block =
            self.blocks.recv().map_err(|_| io::Error::other("internal error: the thread that reads it is gone"))?;
        self.block = block?;
        self.at = 0;
        Ok(!self.block.is_empty())
    }
}

/// What the thread does.
fn read_all(mut content: Box<dyn Read + Send>, sender: &Sender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = Vec::new();
        let read = (&mut content).take(BLOCK).read_to_end(&mut block);
        let ended = block.is_empty() && read.is_ok();
        if (ended || !block.is_empty()) && sender.send(Ok(block)).is_err() {
            return; // nobody wants it
        }
        if let Err(error) = read {
            drop(sender.send(Err(error)));
            return;
        }
        if ended {
            return;
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() && (self.ended || !self.next()?) {
            self.ended = true;
            return Ok(0);
        }
        let length = buffer.len().min(self.block.len() - self.at);
        buffer[..length].copy_from_slice(&self.block[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            drop(std::mem::replace(&mut *self.blocks, crossbeam_channel::never()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::to_usize;

    /// Gives `left` bytes and fails then.
    struct Failing {
        left: usize,
    }

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Err(io::Error::other("over"));
            }
            let length = buffer.len().min(self.left).min(1000);
            buffer[..length].fill(b'a');
            self.left -= length;
            Ok(length)
        }
    }

    #[test]
    fn the_content_comes_as_it_is() {
        for length in [0, 1, 1000, 3 * to_usize(BLOCK), 20 * to_usize(BLOCK) + 1] {
            let content: Vec<u8> = (0_u8..251).cycle().take(length).collect();
            let mut read = Vec::new();
            Ahead::start(Box::new(io::Cursor::new(content.clone()))).read_to_end(&mut read).unwrap();
            assert!(read == content, "{length}");
        }
    }

    #[test]
    fn an_error_comes_behind_what_was_read_before_it() {
        let mut read = Vec::new();
        let error = Ahead::start(Box::new(Failing { left: to_usize(BLOCK) + 5 })).read_to_end(&mut read).unwrap_err();
        assert_eq!((read.len(), error.to_string().as_str()), (to_usize(BLOCK) + 5, "over"));
    }

    #[test]
    fn a_reader_that_is_dropped_ends_the_thread() {
        struct Endless {
            _alive: Sender<()>,
        }
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(0);
                Ok(buffer.len())
            }
        }
        let (alive, gone) = bounded(0);
        let mut reader = Ahead::start(Box::new(Endless { _alive: alive }));
        reader.read_exact(&mut [0; 10]).unwrap();
        drop(reader);
        assert!(gone.recv().is_err(), "the thread has dropped its content");
    }
}
