//! New pieces from pairs that stand side by side.
//!
//! In: the pairs of a sample. Out: the most valuable joins that are allowed, are no pieces yet, and occur [`Limits::min_count`] times, at least twice. With
//! tokens as the objective a join is worth its cross-document value, a token for each of its places; with entropy that times what it saves of the code,
//! `ln p(ab) − ln p(a) − ln p(b)`. The order and its ties are [`super`]'s. Several pairs may make the same piece: the best of them counts.

use super::alphabets::UNIT;
use super::pairs::{Pair, Pairs, SHARDS};
use super::spread::Tally;
use super::{Descending, Objective, Refiner, State};
use crate::Result;
use crate::ln::ln;
use crate::num::index;
use crate::parallel::map;
use crate::prune::sorted;
use crate::rules::ask;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::MAX_PIECES;
use hashbrown::HashSet;

#[cfg(doc)]
use crate::prune::Limits;

/// A pair that may become a piece.
#[derive(Clone, Copy, Debug)]
struct Join {
    /// What it is worth.
    worth: f64,
    /// Of what it is made.
    pair: Pair,
    /// How often it occurs, in units.
    count: u64,
}

/// Keeps the best `most`.
fn best(mut joins: Vec<Join>, most: usize) -> Vec<Join> {
    let key = |join: &Join| (Descending(join.worth), join.pair);
    if joins.len() > most {
        joins.select_nth_unstable_by_key(most, key);
        joins.truncate(most);
    }
    joins.sort_unstable_by_key(key);
    joins
}

impl Refiner<'_> {
    /// Adds `wanted` new pieces, or as many as there are.
    pub(super) fn grow(&mut self, wanted: usize) -> Result<()> {
        let (tokenizer, wanted) = (self.tokenizer()?, wanted.min(MAX_PIECES.saturating_sub(self.now.pieces.len())));
        // several pairs make the same piece, and some are forbidden
        let (most, mut first, mut joins) = (2 * wanted, 0, Vec::new());
        while first < SHARDS {
            let pairs = Pairs::new(first, self.now.pair_memory());
            self.recount(&tokenizer, Some(&pairs))?;
            let (now, range) = (&self.now, pairs.range());
            let log_total = now.log_total();
            let found = |task: usize, _: &_| Ok(now.joins(&pairs, range.start + task, &tokenizer, log_total, most));
            let found = map(now.refinement.threads, range.len(), found, &mut || self.progress.check())?;
            joins.extend(found.into_iter().flatten());
            joins = best(joins, most);
            first = range.end;
        }
        drop(tokenizer);
        self.add(&joins, wanted)
    }

    /// Makes pieces of the first `wanted` joins that differ and are not forbidden.
    fn add(&mut self, joins: &[Join], wanted: usize) -> Result<()> {
        let mut seen: HashSet<Vec<u8>, foldhash::fast::RandomState> = HashSet::default();
        let (mut new, mut piece) = (Vec::new(), Vec::new());
        for join in joins {
            self.now.write(join.pair, &mut piece);
            if seen.insert(piece.clone()) {
                new.push((piece.clone(), join.count));
            }
        }
        if self.forbid.is_empty() {
            new.truncate(wanted);
        }
        let forbidden = ask(self.forbid, new.iter().map(|(piece, _)| &piece[..]), &mut || self.progress.check())?;
        let allowed = new.iter().zip(forbidden).filter(|(_, forbidden)| !forbidden);
        allowed.take(wanted).for_each(|((piece, count), _)| self.now.pieces.push(piece, *count));
        self.now.pieces = sorted(&self.now.pieces).0;
        Ok(())
    }

    /// Takes those characters away that are forbidden.
    pub(super) fn forget_forbidden_characters(&mut self) -> Result<()> {
        if self.forbid.is_empty() {
            return Ok(());
        }
        let (now, mut stays) = (&self.now, vec![true; self.now.pieces.len()]);
        // of the others pruning has asked
        let asked: Vec<usize> = (0..stays.len()).filter(|&at| is_character(now.pieces.piece(at))).collect();
        let pieces = asked.iter().map(|&at| now.pieces.piece(at));
        let forbidden = ask(self.forbid, pieces, &mut || self.progress.check())?;
        asked.iter().zip(forbidden).for_each(|(&at, forbidden)| {
            stays[at] = !forbidden || now.must_stay(now.pieces.piece(at));
        });
        self.now.pieces = now.pieces.select((0..stays.len()).filter(|&at| stays[at]));
        Ok(())
    }
}

/// Whether a piece is one character.
fn is_character(piece: &[u8]) -> bool {
    piece.len() <= 4 && std::str::from_utf8(piece).is_ok_and(|text| text.chars().count() == 1)
}

impl State<'_> {
    /// The best joins of one shard.
    fn joins(&self, pairs: &Pairs, shard: usize, tokenizer: &Tokenizer, log_total: f64, most: usize) -> Vec<Join> {
        let limits = self.refinement.limits;
        let least = limits.min_count.max(2).saturating_mul(UNIT);
        let (mut joins, mut piece) = (Vec::new(), Vec::new());
        pairs.for_each(shard, |pair, tally| {
            if tally.count < least {
                return;
            }
            self.write(pair, &mut piece);
            if limits.rules.allows(&piece) && tokenizer.trie().find(&piece).is_none() {
                joins.push(Join { worth: self.worth_of(pair, tally, log_total), pair, count: tally.count });
            }
        });
        best(joins, most)
    }

    /// What joining a pair is worth.
    fn worth_of(&self, pair: Pair, tally: Tally, log_total: f64) -> f64 {
        let value = self.spread.value(tally);
        if self.refinement.objective != Objective::Entropy {
            return value;
        }
        let log_count = |piece: u32| ln(self.pieces.count(index(piece)).max(1));
        value * (ln(tally.count) + log_total - log_count(pair.left()) - log_count(pair.right()))
    }

    /// Puts the bytes of a pair into `piece`.
    fn write(&self, pair: Pair, piece: &mut Vec<u8>) {
        piece.clear();
        piece.extend_from_slice(self.pieces.piece(index(pair.left())));
        piece.extend_from_slice(self.pieces.piece(index(pair.right())));
    }
}
