//! Refinement against its naive twin: recounts, splits and joins, and the whole schedule, on small random corpora.

use super::alphabets::Alphabets;
use super::pairs::{Pairs, SHARDS};
use super::recount::{Text, recount};
use super::sample::{Gathering, Sample};
use super::spread::Weight;
use super::{Refinement, refine};
use crate::corpus::normalize::Normalization;
use crate::corpus::pass::{Pass, Totals};
use crate::corpus::segments::{SegmentRule, normalize};
use crate::corpus::{Corpus, Documents, Part};
use crate::disk::Usage;
use crate::memory::Plan;
use crate::naive::refine::{Block, Pieces, Refining, alphabet};
use crate::num::{index, to_u64};
use crate::pieces::PieceTable;
use crate::progress::Silent;
use crate::prune::{Limits, sorted};
use crate::refine::{Levers, Objective};
use crate::rules::{Digits, Forbid, ForbidBy, Nothing, PieceRules, Required};
use crate::tokenizer::Tokenizer;
use crate::vocabulary::Vocabulary;
use crate::{Error, Result};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Documents in memory, each of one of the sources.
#[derive(Clone, Debug)]
struct Memory {
    documents: Vec<(u32, Vec<u8>)>,
    sources: Vec<String>,
}

struct MemoryPass {
    documents: std::vec::IntoIter<(u32, Vec<u8>)>,
    sources: Vec<String>,
}

impl Corpus for Memory {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        Ok(Box::new(MemoryPass { documents: self.documents.clone().into_iter(), sources: self.sources.clone() }))
    }
}

impl Documents for MemoryPass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        Ok(self.documents.next().map(|(source, document)| {
            text.extend_from_slice(&document);
            Part { ends_document: true, source, file: 0 }
        }))
    }

    fn sources(&self) -> &[String] {
        &self.sources
    }
}

const RULE: SegmentRule = SegmentRule::training(Digits::Free, true, Normalization::Nfc);

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

impl Memory {
    fn new(documents: Vec<(u32, Vec<u8>)>, sources: &[&str]) -> Self {
        Self { documents, sources: sources.iter().map(|&name| name.to_owned()).collect() }
    }

    /// All of it; in memory or, without room, on the disk.
    fn sample(&self, threads: NonZeroUsize, memory: usize) -> Sample {
        let bytes = self.documents.iter().map(|(_, text)| to_u64(text.len())).sum();
        let gathering = Gathering {
            most: u64::MAX,
            block: Levers::default().block,
            memory,
            temp_dir: None,
            usage: Usage::default(),
        };
        let pass = (Pass { rule: RULE, threads }, Totals { documents: 0, bytes, hash: 0 });
        Sample::gather(self, &gathering, pass, &mut Silent).unwrap().0
    }

    /// The blocks, where `weights` are in 64ths, by source.
    fn blocks(&self, weights: &[u64]) -> Vec<Block> {
        let block = |(source, text): &(u32, Vec<u8>)| Block {
            segments: normalize(text, RULE),
            weight: weights[index(*source)],
            repeats: 1,
        };
        self.documents.iter().filter(|(_, text)| !text.is_empty()).map(block).collect()
    }
}

/// Few symbols, so that there are runs, ties, and pieces made in several ways; lines; text that is not UTF-8.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let symbols: Vec<&[u8]> =
        vec![b"a", b"b", b"ab", b" ", b"aa", "天".as_bytes(), "é".as_bytes(), b"\n", b"1", b"\xFF"];
    prop::collection::vec(prop::sample::select(symbols), 0..60).prop_map(|units| units.concat())
}

fn corpus(most: usize) -> impl Strategy<Value = Memory> {
    prop::collection::vec((0..3_u32, document()), 1..most)
        .prop_map(|documents| Memory::new(documents, &["x", "y", "z"]))
}

/// Pieces of what documents are made of, with any counts, and the bytes.
fn pieces() -> impl Strategy<Value = Pieces> {
    let symbol = prop::sample::select(vec!["a", "b", "aa", " ", "天", "\n", "1"]);
    let piece = prop::collection::vec(symbol, 1..6).prop_map(|units| units.concat().into_bytes());
    prop::collection::btree_map(piece, 1..300_u64, 0..60).prop_map(|mut pieces| {
        (0..=255).for_each(|byte| _ = pieces.entry(vec![byte]).or_insert(1));
        pieces
    })
}

fn table(pieces: &Pieces) -> PieceTable {
    sorted(&pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect()).0
}

fn map_of(table: &PieceTable) -> Pieces {
    table.iter().map(|(piece, count)| (piece.to_vec(), count)).collect()
}

/// A plan with plenty of memory, or with none for pairs.
fn plan(threads: NonZeroUsize, plenty: bool) -> Plan {
    let Err(Error::MemoryTooSmall { least, .. }) = Plan::new(1, threads, 6) else { panic!("too small") };
    Plan::new(if plenty { 1 << 32 } else { least }, threads, 6).unwrap()
}

fn limits(rules: PieceRules, min_count: u64, required: &[&str]) -> Limits {
    let required: Vec<Vec<u8>> = required.iter().map(|piece| piece.as_bytes().to_vec()).collect();
    let required: Vec<Vec<u8>> = required.into_iter().filter(|piece| rules.allows(piece)).collect();
    Limits { rules, min_count, required: Required::new(&required, &rules, Normalization::Nfc).unwrap() }
}

fn no_limits() -> Limits {
    limits(PieceRules::NONE, 1, &[])
}

/// The naive twin without alphabets and with nothing forbidden.
fn naive(text: Vec<Block>, objective: Objective, limits: &Limits) -> Refining<'_> {
    Refining { text, alphabets: Vec::new(), objective, limits, forbidden: &|_| false }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn recounts_are_those_of_naive_best_paths(
        corpus in corpus(50), pieces in pieces(), weights in prop::collection::vec(1..=64_u64, 3), n in 1..4_usize,
        memory in prop::sample::select(vec![0, 1 << 20]), budget in prop::sample::select(vec![0, 1 << 14, usize::MAX]),
    ) {
        let limits = no_limits();
        let naive = naive(corpus.blocks(&weights), Objective::Entropy, &limits);
        // a model of counts as they are: the twin has them in 64ths
        let (tallies, pairs) = naive.recount(&mut pieces.iter().map(|(piece, count)| (piece.clone(), count * 64)).collect());
        let model = table(&pieces);
        let tokenizer = Tokenizer::new(Vocabulary::new(model.clone(), "a model").unwrap()).unwrap();
        let weights = weights.iter().map(|&weight| Weight { weight, repeats: 1 }).collect();
        let (sample, alphabets) = (corpus.sample(threads(n), memory), Alphabets::none());
        let text = Text { sample: &sample, alphabets: &alphabets, weights, threads: threads(n) };
        let (mut found, mut first) = (BTreeMap::new(), 0);
        let piece = |at: u32| model.piece(index(at)).to_vec();
        while first < SHARDS {
            let shards = Pairs::new(first, budget);
            let counted = recount(&text, &tokenizer, Some(&shards), &mut Silent).unwrap();
            for (at, tally) in counted.iter().enumerate() {
                let expected = tallies.get(model.piece(at)).copied().unwrap_or_default();
                prop_assert_eq!((tally.count, tally.squares), expected);
            }
            for shard in shards.range() {
                shards.for_each(shard, |pair, tally| {
                    found.insert((piece(pair.left()), piece(pair.right())), (tally.count, tally.squares));
                });
            }
            first = shards.range().end;
        }
        prop_assert_eq!(found, pairs);
        prop_assert_eq!(sample.blocks, to_u64(corpus.documents.iter().filter(|(_, text)| !text.is_empty()).count()));
    }
}

/// One way to refine.
#[derive(Clone, Debug)]
struct Case {
    rules: PieceRules,
    min_count: u64,
    required: Vec<&'static str>,
    forbidden: Option<&'static str>,
    objective: Objective,
    weights: Vec<u64>,
    numbers: Vec<usize>,
}

fn case() -> impl Strategy<Value = Case> {
    let length = prop_oneof![1 => 1..6_usize, 2 => Just(usize::MAX)];
    let digits = prop::sample::select(vec![Digits::Free, Digits::Single, Digits::Groups]);
    let rules = (length, any::<bool>(), digits, any::<bool>()).prop_map(
        |(max_piece_length, ensure_unicode, digits, cross_words)| PieceRules {
            max_piece_length,
            ensure_unicode,
            digits,
            cross_words,
        },
    );
    let required = prop::sample::subsequence(vec!["ab", "aaa", "天a", "zz"], 0..3);
    let forbidden = prop::option::of(prop::sample::select(vec!["ab", "a", " ", "天", "é"]));
    let objective = prop::sample::select(vec![Objective::Tokens, Objective::Entropy]);
    let weights = prop_oneof![Just(vec![64; 3]), Just(vec![64, 16, 1]), Just(vec![2, 64, 64])];
    let numbers = prop::collection::vec(258..420_usize, 1..3);
    (rules, 1..5_u64, required, forbidden, objective, weights, numbers).prop_map(
        |(rules, min_count, required, forbidden, objective, weights, mut numbers)| {
            numbers.sort_unstable_by_key(|&number| std::cmp::Reverse(number));
            let required = if forbidden.is_some() { Vec::new() } else { required };
            Case { rules, min_count, required, forbidden, objective, weights, numbers }
        },
    )
}

fn holds(piece: &[u8], part: &str) -> bool {
    piece.len() > 1 && piece.windows(part.len()).any(|window| window == part.as_bytes())
}

/// Refines for real.
fn refined(memory: &Memory, candidates: &Pieces, case: &Case, how: (usize, bool, bool)) -> Vec<Pieces> {
    let (n, plenty, cover_scripts) = how;
    let (plan, sample) = (plan(threads(n), plenty), memory.sample(threads(n), if plenty { 1 << 20 } else { 0 }));
    let limits = limits(case.rules, case.min_count, &case.required);
    let weights: Vec<(String, f64)> =
        memory.sources.iter().cloned().zip(case.weights.iter().map(|&weight| crate::num::to_f64(weight))).collect();
    let refinement = Refinement {
        objective: case.objective,
        limits: &limits,
        weights: &weights,
        cover_scripts,
        threads: threads(n),
        plan: &plan,
        levers: &Levers::default(),
    };
    let mut some = ForbidBy(|piece: &[u8]| case.forbidden.is_some_and(|part| holds(piece, part)));
    let forbid: &mut dyn Forbid = if case.forbidden.is_some() { &mut some } else { &mut Nothing };
    let tables = refine(&sample, table(candidates), &case.numbers, (&refinement, forbid), &mut Silent).unwrap();
    tables.iter().map(map_of).collect()
}

/// The same by the twin.
fn expected(memory: &Memory, candidates: &Pieces, case: &Case, cover_scripts: bool) -> Vec<Pieces> {
    let limits = limits(case.rules, case.min_count, &case.required);
    let bytes = memory
        .blocks(&case.weights)
        .iter()
        .flat_map(|block| &block.segments)
        .map(|segment| to_u64(segment.len()))
        .sum();
    let letters = if cover_scripts { Alphabets::beside(bytes) } else { Alphabets::none() };
    let Weight { weight, repeats } = letters.weight();
    let refining = Refining {
        text: memory.blocks(&case.weights),
        alphabets: letters.iter().map(|letters| alphabet(&letters, weight, repeats)).collect(),
        objective: case.objective,
        limits: &limits,
        forbidden: &|piece| case.forbidden.is_some_and(|part| holds(piece, part)),
    };
    refining.refine(candidates.clone(), &case.numbers)
}

/// What pruning may leave: pieces that are allowed, and what is required.
fn candidates(pieces: &Pieces, case: &Case) -> Pieces {
    let kept = |piece: &[u8]| {
        piece.len() == 1 || (case.rules.allows(piece) && !case.forbidden.is_some_and(|part| holds(piece, part)))
    };
    let mut pieces: Pieces =
        pieces.iter().filter(|(piece, _)| kept(piece)).map(|(piece, &n)| (piece.clone(), n)).collect();
    limits(case.rules, 1, &case.required)
        .required
        .iter()
        .for_each(|piece| _ = pieces.entry(piece.to_vec()).or_insert(1));
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn refinement_equals_its_definition(memory in corpus(50), pieces in pieces(), case in case(), n in 1..4_usize, plenty: bool) {
        let candidates = candidates(&pieces, &case);
        let expected = expected(&memory, &candidates, &case, false);
        prop_assert_eq!(refined(&memory, &candidates, &case, (n, plenty, false)), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn with_alphabets_too(memory in corpus(40), pieces in pieces(), case in case(), n in 1..4_usize) {
        let candidates = candidates(&pieces, &case);
        let expected = expected(&memory, &candidates, &case, true);
        prop_assert_eq!(refined(&memory, &candidates, &case, (n, true, true)), expected);
    }
}
