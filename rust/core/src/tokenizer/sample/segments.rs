//! Sampling segments, each in the way that is for it: [`super::cells`], or one by one.

use super::super::engine::Output;
use super::super::engine::laid::Segments;
use super::super::generator::Draws;
use super::super::{Alpha, Tokenizer, Worker};
use super::Sampler;
use super::cells::weights::CellTable;
use super::cells::{Model, Source, is_fit};
use crate::parallel::Stop;
use crate::vocabulary::FIRST_ID;
use std::ops::Range;

impl Tokenizer {
    /// Appends the ids drawn for each of `segments`, which are normalized, with the random numbers at the same place of
    /// `draws`, and to `ends` the length of `ids` after each. Gives up early, with fewer ends, when `stop` says so.
    pub(in crate::tokenizer) fn sample_segments(
        &self,
        (segments, draws): (Segments<'_>, &[Draws]),
        alpha: Alpha,
        worker: &mut Worker,
        stop: &Stop,
        output: &mut Output<'_>,
    ) {
        let Worker { sampler, cells, .. } = worker;
        let mut slow = |at: usize, ids: &mut Vec<u32>| {
            let segment = &segments.text[segments.ranges[at].clone()];
            self.sample_by_trie(segment, alpha, draws[at], sampler, stop, ids);
        };
        let (trie, pieces, kernel) = (&*self.trie, self.vocabulary.pieces(), self.kernel);
        if let Some(automaton) = self.automaton.as_deref().filter(|automaton| is_fit(automaton, alpha)) {
            let bytes = segments.ranges.iter().map(Range::len).sum();
            let table = self.weights.cells(trie, alpha, bytes, || CellTable::new(automaton, pieces, trie, alpha));
            let weights = table.as_deref().map_or(Source::Lazy(alpha), Source::Table);
            let model = Model { automaton, pieces, trie, weights, kernel };
            return cells.run(model, (segments, draws), &mut slow, stop, output);
        }
        for at in 0..segments.ranges.len() {
            if stop.requested() {
                return;
            }
            slow(at, output.ids);
            output.ends.push(output.ids.len());
        }
    }

    /// Appends the ids drawn for one segment, found by the trie.
    pub(super) fn sample_by_trie(
        &self,
        segment: &[u8],
        alpha: Alpha,
        draws: Draws,
        sampler: &mut Sampler,
        stop: &Stop,
        ids: &mut Vec<u32>,
    ) {
        let weights = self.weights.weights(&self.trie, alpha, segment.len());
        let first = ids.len();
        sampler.run(&self.trie, segment, &weights, draws, stop, ids);
        for id in &mut ids[first..] {
            *id += FIRST_ID;
        }
    }
}
