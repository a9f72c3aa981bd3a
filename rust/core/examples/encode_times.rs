//! Does one thing with a text as often as it is told, so that its instructions can be counted: see `bench/instructions.py`.
//!
//! ```text
//! encode_times WHAT MODEL TEXT TIMES
//! ```
//! Prints a number that depends on all of the work. WHAT is a key of [`WORK`].
#![expect(clippy::print_stdout, reason = "printing is what it does")]

use bytepiece_core::corpus::segments::lines;
use bytepiece_core::formats::model;
use bytepiece_core::num::to_u64;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::batch::{Buffers, Request, Sampling};
use bytepiece_core::tokenizer::decode::Shown;
use bytepiece_core::tokenizer::stream::StreamEncoder;
use bytepiece_core::tokenizer::{Alpha, Kernel, Tokenizer};
use bytepiece_core::{Error, Result};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The pieces in which a stream gets its text.
const PUSHED: usize = 100;

/// What can be done with a model and a text; each gives a number.
type Work = fn(&Input) -> Result<u64>;

/// By name.
const WORK: [(&str, Work); 7] = [
    ("encode", |input| input.encode(&[&input.text], &Request::default())),
    ("encode lines", |input| input.encode(&lines(&input.text).collect::<Vec<_>>(), &Request::default())),
    ("portable", |input| input.encode(&[&input.text], &Request::default())),
    ("sample", |input| input.encode(&[&input.text], &input.sampling()?)),
    ("stream", Input::stream),
    ("decode", Input::decode),
    ("load", |input| Ok(to_u64(Tokenizer::new(model::load(&input.model)?)?.vocabulary().size()))),
];

/// What is worked on.
struct Input {
    /// The file of the model.
    model: PathBuf,
    /// The model.
    tokenizer: Arc<Tokenizer>,
    /// The text.
    text: Vec<u8>,
}

impl Input {
    /// Encodes each of `texts`; the number of ids.
    fn encode(&self, texts: &[&[u8]], request: &Request) -> Result<u64> {
        let (mut buffers, mut ids, mut number) = (Buffers::default(), Vec::new(), 0);
        for text in texts {
            self.tokenizer.encode_text(text, request, &mut buffers, &Stop::default(), &mut ids)?;
            number += to_u64(ids.len());
            ids.clear();
        }
        Ok(number)
    }

    /// How samples are drawn.
    fn sampling(&self) -> Result<Request> {
        let alpha = Alpha::new(0.5)?.ok_or_else(|| Error::parameter("alpha", 0.5, "positive"))?;
        Ok(Request { sampling: Some(Sampling { alpha, seed: 1, first_index: 0 }), ..Request::default() })
    }

    /// Encodes the text in pieces; the number of ids.
    fn stream(&self) -> Result<u64> {
        let (mut encoder, mut ids) = (StreamEncoder::new(Arc::clone(&self.tokenizer)), Vec::new());
        for piece in self.text.chunks(PUSHED) {
            encoder.push(piece, &mut || Ok(()), &mut ids)?;
        }
        encoder.finish(&mut || Ok(()), &mut ids)?;
        Ok(to_u64(ids.len()))
    }

    /// Decodes as many ids as the text has bytes; the number of bytes.
    fn decode(&self) -> Result<u64> {
        let ids: Vec<i64> = self.text.iter().map(|&byte| 1000 + i64::from(byte)).collect();
        Ok(to_u64(self.tokenizer.decode(&ids, Shown::default(), &mut || Ok(()))?.len()))
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let usage = || Error::parameter("arguments", words.join(" "), "WHAT MODEL TEXT TIMES");
    let [what, model, text, times] = &words[..] else { return Err(usage()) };
    let (_, work) = WORK.iter().find(|(name, _)| name == what).ok_or_else(usage)?;
    let times: u32 = times.parse().map_err(|_| usage())?;
    let kernel = if what == "portable" { Kernel::PORTABLE } else { Kernel::best() };
    let vocabulary = model::load(Path::new(model))?;
    let text = std::fs::read(text).map_err(|error| Error::io(Path::new(text), error))?;
    let tokenizer = Arc::new(Tokenizer::with_kernel(vocabulary, kernel)?);
    let input = Input { model: PathBuf::from(model), tokenizer, text };
    let mut sum = 0_u64;
    for _ in 0..times {
        sum = sum.wrapping_add(work(black_box(&input))?);
    }
    println!("{sum}");
    Ok(())
}
