//! Trains one variant of refinement and encodes text that it has not seen: a row of the table that `python -m bench levers` makes.
//!
//! ```text
//! levers list
//! levers VARIANT TRAIN.jsonl... --held-out NAME=FILE.jsonl...
//! ```
//! Documents are the field `text`. `list` prints the names of the variants, a line each; else a JSON object comes out: the number of pieces,
//! and for each held-out text its bytes, its tokens, and the entropy of the tokens in bits. One thread: time is what the process takes.
#![expect(clippy::print_stdout, reason = "printing is what it does")]

use bytepiece_core::corpus::jsonl::{Jsonl, Options as Reading};
use bytepiece_core::corpus::{Corpus, Documents};
use bytepiece_core::num::{to_f64, to_u64};
use bytepiece_core::parallel::Stop;
use bytepiece_core::progress::Silent;
use bytepiece_core::refine::{Candidates, Discount, Levers, Objective, Scores};
use bytepiece_core::tokenizer::Tokenizer;
use bytepiece_core::tokenizer::batch::{Buffers, Request};
use bytepiece_core::train::{Options, train};
use bytepiece_core::vocabulary::Vocabulary;
use bytepiece_core::{Error, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The size of all vocabularies.
const SIZE: usize = 32_000;

/// Changes the defaults.
type Change = fn(&mut Options);

/// By name: what differs from the defaults. Each name begins with the lever.
const VARIANTS: [(&str, Change); 39] = [
    ("default", |_| {}),
    ("objective: entropy", |options| options.objective = Some(Objective::Entropy)),
    ("objective: frequency", |options| options.objective = Some(Objective::Frequency)),
    ("discount: none", |options| options.levers.discount = Discount::None),
    ("discount: C − √Σc²", |options| options.levers.discount = Discount::Deviations(1)),
    ("discount: C − 2·√Σc²", |options| options.levers.discount = Discount::Deviations(2)),
    ("blocks: 32 KB", |options| options.levers.block = 1 << 15),
    ("blocks: whole documents", |options| options.levers.block = usize::MAX),
    ("scores: counts in the end", |options| options.levers.last_scores = Some(Scores::Count)),
    ("scores: all equal in the end", |options| options.levers.last_scores = Some(Scores::Equal)),
    ("scores: counts all the way", |options| both(&mut options.levers, Scores::Count)),
    ("scores: all equal all the way", |options| both(&mut options.levers, Scores::Equal)),
    ("rounds: none", |options| options.levers.rounds = vec![]),
    ("rounds: 2", |options| options.levers.rounds = vec![20, 8]),
    ("rounds: 4", |options| options.levers.rounds = vec![20, 20, 20, 8]),
    ("rounds: 10", |options| options.levers.rounds = vec![20, 20, 20, 20, 20, 20, 20, 20, 8, 8]),
    ("share: 5 % new", |options| options.levers.rounds = vec![5; 6]),
    ("share: 40 % new", |options| options.levers.rounds = vec![40, 40, 40, 40, 8, 8]),
    ("steps: 0.5", |options| options.levers.step = 5),
    ("steps: 0.9", |options| options.levers.step = 9),
    ("candidates: 2 a piece", |options| options.levers.candidates = Candidates::Pruned(2)),
    ("candidates: 3 a piece", |options| options.levers.candidates = Candidates::Pruned(3)),
    ("candidates: all", |options| options.levers.candidates = Candidates::Pruned(usize::MAX)),
    ("candidates: characters, 6 rounds", |options| options.levers.candidates = Candidates::Characters),
    ("candidates: characters, 10 rounds", |options| from_characters(&mut options.levers, 10)),
    ("candidates: characters, 16 rounds", |options| from_characters(&mut options.levers, 16)),
    ("order: 4", |options| options.order = 4),
    ("order: 8", |options| options.order = 8),
    ("min_count: 4", |options| options.min_count = 4),
    ("min_count: 8", |options| options.min_count = 8),
    ("ensure_unicode: True", |options| options.ensure_unicode = Some(true)),
    ("cover_scripts: False", |options| options.cover_scripts = false),
    ("max_piece_length: 18", |options| options.max_piece_length = 18),
    ("max_piece_length: 72", |options| options.max_piece_length = 72),
    ("sample: 4 MB", |options| options.levers.sample_bytes = 4 << 20),
    ("sample: 8 MB", |options| options.levers.sample_bytes = 8 << 20),
    ("sample: 16 MB", |options| options.levers.sample_bytes = 16 << 20),
    ("sample: 32 MB", |options| options.levers.sample_bytes = 32 << 20),
    ("sample: 512 MB", |options| options.levers.sample_bytes = 512 << 20),
];

/// The same scores while it is refined and in the end.
fn both(levers: &mut Levers, scores: Scores) {
    (levers.scores, levers.last_scores) = (Some(scores), Some(scores));
}

/// From single bytes and characters, in so many rounds.
fn from_characters(levers: &mut Levers, rounds: usize) {
    levers.candidates = Candidates::Characters;
    levers.rounds = vec![20; rounds - 2];
    levers.rounds.extend([8, 8]);
}

/// A reader of the field `text`.
fn reader(paths: &[PathBuf]) -> Result<Jsonl> {
    Jsonl::new(paths, Reading::new(vec!["text".to_owned()]))
}

/// What one tokenizer makes of one text.
fn measured(tokenizer: &Tokenizer, corpus: &Jsonl) -> Result<Value> {
    let (mut pass, mut text, mut buffers) = (corpus.open()?, Vec::new(), Buffers::default());
    let (mut bytes, mut ids, mut counts) = (0, Vec::new(), HashMap::<_, u64>::new());
    while let Some(part) = pass.next_part(&mut text)? {
        if part.ends_document {
            bytes += to_u64(text.len());
            tokenizer.encode_text(&text, &Request::default(), &mut buffers, &Stop::default(), &mut ids)?;
            ids.drain(..).for_each(|id| *counts.entry(id).or_default() += 1);
            text.clear();
        }
    }
    let tokens: u64 = counts.values().sum();
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable();
    let bits = |&count: &u64| to_f64(count) * (to_f64(tokens) / to_f64(count)).log2();
    let entropy = counts.iter().map(bits).sum::<f64>() / to_f64(tokens.max(1));
    Ok(json!({ "bytes": bytes, "tokens": tokens, "entropy": entropy }))
}

/// The row of one variant.
fn row(change: Change, training: &[PathBuf], held_out: &[(String, PathBuf)]) -> Result<Value> {
    let mut options = Options { max_vocab_sizes: vec![SIZE], ..Options::new(NonZeroUsize::MIN) };
    change(&mut options);
    let vocabularies = train(&reader(training)?, &options, &mut Silent)?;
    let usage = || Error::parameter("max_vocab_sizes", SIZE, "a size that gives a vocabulary");
    let vocabulary = vocabularies.into_iter().next().ok_or_else(usage)?;
    let pieces = Vocabulary::size(&vocabulary);
    let tokenizer = Tokenizer::new(vocabulary)?;
    let mut texts = serde_json::Map::new();
    for (name, path) in held_out {
        texts.insert(name.clone(), measured(&tokenizer, &reader(std::slice::from_ref(path))?)?);
    }
    Ok(json!({ "pieces": pieces, "texts": texts }))
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words == ["list"] {
        VARIANTS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    }
    let usage = || Error::parameter("arguments", words.join(" "), "VARIANT TRAIN... --held-out NAME=FILE...");
    let (variant, files) = words.split_first().ok_or_else(usage)?;
    let (_, change) = VARIANTS.iter().find(|(name, _)| name == variant).ok_or_else(usage)?;
    let mut parts = files.split(|word| word == "--held-out");
    let (training, held_out) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let training: Vec<PathBuf> = training.iter().map(PathBuf::from).collect();
    let named = |word: &String| word.split_once('=').map(|(name, path)| (name.to_owned(), PathBuf::from(path)));
    let held_out: Vec<_> = held_out.iter().map(named).collect::<Option<_>>().ok_or_else(usage)?;
    println!("{}", row(*change, &training, &held_out)?);
    Ok(())
}
