//! The weights of pieces for one exponent: exp(alpha · score), correctly rounded.
//!
//! In: an exponent. Out: a [`Table`] with the weight of every node, or, as long as little text asks for it, the means
//! to compute weights one by one: 160,000 exponentials for one short text would be a waste. Both give the same values,
//! so results never depend on which it was. A tokenizer keeps the table of one exponent in its [`Cache`], shared by
//! threads. Nobody waits for the cache's lock: who does not get it at once does without, also after a fork that found
//! it locked. Cost: 30 ns a piece for a table, 8 bytes a node.

use super::super::Alpha;
use super::super::trie::{Place, Trie};
use super::LINEAR_UP_TO;
use super::cells::weights::CellTable;
use crate::num::{index, to_u64};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock, TryLockError};

/// A table is made when this many bytes for each hundred nodes were sampled without: about when it pays.
const BYTES_PER_100_NODES: u64 = 6;

/// Gives the weights of pieces.
pub(super) trait Weigh {
    /// The weight of the piece that ends at `place`, 0 where none does.
    fn weigh(&self, place: Place) -> f64;
}

/// Computes each weight when it is asked for.
#[derive(Debug)]
pub(super) struct Lazy(pub(super) Alpha);

impl Weigh for Lazy {
    #[inline(always)]
    fn weigh(&self, place: Place) -> f64 {
        weight(self.0, place.score)
    }
}

/// The weights of all nodes.
#[derive(Debug)]
pub struct Table {
    /// By node; 0 where no piece ends.
    weights: Vec<f64>,
}

impl Weigh for Table {
    #[inline(always)]
    fn weigh(&self, place: Place) -> f64 {
        self.weights[index(place.node)]
    }
}

/// The weight of a piece with this score; 0 for −inf, which no piece has.
pub(super) fn weight(alpha: Alpha, score: f64) -> f64 {
    if score > f64::NEG_INFINITY { core_math::exp(alpha.get() * score) } else { 0.0 }
}

/// Where the weights of an exponent come from.
#[derive(Clone, Debug)]
pub enum Weights {
    /// From a table.
    Table(Arc<Table>),
    /// Each is computed when it is asked for.
    Lazy(Alpha),
    /// They are too small for `f64`: only logarithms are used.
    Logarithms(Alpha),
}

/// What was made for the exponent that was used last for more than a little text.
#[derive(Debug)]
struct Latest<T> {
    /// It. Locked to swap it and to take a reference, never waited for.
    made: RwLock<Option<(Alpha, Arc<T>)>>,
    /// Bytes sampled without it since it was made.
    unpaid: AtomicU64,
}

// not derived: that would ask for a default table
impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { made: RwLock::default(), unpaid: AtomicU64::default() }
    }
}

impl<T> Latest<T> {
    /// It for sampling `bytes` of text; `None` as long as that is little beside what `make` costs for `nodes`.
    fn get(&self, alpha: Alpha, bytes: usize, nodes: usize, make: impl FnOnce() -> T) -> Option<Arc<T>> {
        let guard = match self.made.try_read() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()), // a swap leaves nothing half done
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some((_, made)) = guard.as_deref().and_then(Option::as_ref).filter(|(of, _)| *of == alpha) {
            return Some(Arc::clone(made));
        }
        drop(guard);
        let bytes = to_u64(bytes);
        let unpaid = self.unpaid.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if unpaid < to_u64(nodes) * BYTES_PER_100_NODES / 100 {
            return None;
        }
        let made = Arc::new(make());
        if let Ok(mut latest) = self.made.try_write() {
            *latest = Some((alpha, Arc::clone(&made)));
        }
        self.unpaid.store(0, Ordering::Relaxed);
        Some(made)
    }
}

/// The tables of the exponent that was used last for more than a little text.
#[derive(Debug, Default)]
pub struct Cache {
    /// By node.
    nodes: Latest<Table>,
    /// By cell of the automaton.
    cells: Latest<CellTable>,
}

impl Cache {
    /// The weights of nodes for sampling `bytes` of text.
    pub fn weights(&self, trie: &Trie, alpha: Alpha, bytes: usize) -> Weights {
        if alpha.get() > LINEAR_UP_TO {
            return Weights::Logarithms(alpha);
        }
        let make = || Table { weights: trie.scores().map(|score| weight(alpha, score)).collect() };
        let table = self.nodes.get(alpha, bytes, trie.scores().len(), make);
        table.map_or(Weights::Lazy(alpha), Weights::Table)
    }

    /// The weights of cells, if they are to be in a table, which `make` makes.
    pub(super) fn cells(
        &self,
        trie: &Trie,
        alpha: Alpha,
        bytes: usize,
        make: impl FnOnce() -> CellTable,
    ) -> Option<Arc<CellTable>> {
        self.cells.get(alpha, bytes, trie.scores().len(), make)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::PieceTable;

    fn trie() -> Trie {
        let table: PieceTable = [(&b"ab"[..], 3), (b"b", 1), (b"a", 7)].into_iter().collect();
        Trie::build(&table, &table.scores().expect("small")).expect("a trie")
    }

    fn alpha(value: f64) -> Alpha {
        Alpha::new(value).expect("a number").expect("not negative")
    }

    fn all(weights: &impl Weigh, trie: &Trie) -> Vec<f64> {
        let a = trie.step(trie.root(), b'a').expect("a piece");
        [Some(a), trie.step(a, b'b'), trie.step(trie.root(), b'b')]
            .into_iter()
            .flatten()
            .map(|at| weights.weigh(at))
            .collect()
    }

    #[test]
    fn a_table_has_what_is_computed_one_by_one() {
        let trie = trie();
        for exponent in [0.0, 0.1, 1.0, 8.0] {
            let Weights::Table(table) = Cache::default().weights(&trie, alpha(exponent), 1 << 20) else {
                panic!("no table");
            };
            let expected = [7.0f64, 3.0, 1.0].map(|count| (exponent * (count.ln() - 11.0f64.ln())).exp());
            assert!(all(&*table, &trie).iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-15));
            assert_eq!(all(&*table, &trie), all(&Lazy(alpha(exponent)), &trie));
            assert_eq!(table.weigh(trie.root()), 0.0);
            assert_eq!(Lazy(alpha(exponent)).weigh(trie.root()), 0.0);
        }
    }

    #[test]
    fn a_table_is_made_when_it_pays_and_kept_for_one_exponent() {
        let (trie, cache) = (trie(), Cache::default());
        let kind = |exponent: f64, bytes| match cache.weights(&trie, alpha(exponent), bytes) {
            Weights::Table(_) => "table",
            Weights::Lazy(_) => "lazy",
            Weights::Logarithms(_) => "logarithms",
        };
        let pays = trie.scores().len() * 6 / 100;
        assert_eq!((kind(1.0, pays / 2), kind(1.0, 1), kind(1.0, pays)), ("lazy", "lazy", "table"));
        assert_eq!((kind(1.0, 0), kind(2.0, 1), kind(1.0, 0)), ("table", "lazy", "table"));
        assert_eq!((kind(2.0, pays), kind(1.0, 1), kind(2.0, 1)), ("table", "lazy", "table"));
        assert_eq!((kind(8.0, 0), kind(8.1, 1 << 20)), ("lazy", "logarithms"));
    }

    #[test]
    fn a_locked_cache_keeps_nobody_waiting() {
        let (trie, cache) = (trie(), Cache::default());
        let guard = cache.nodes.made.write().expect("free");
        assert!(matches!(cache.weights(&trie, alpha(1.0), 1), Weights::Lazy(_)));
        assert!(matches!(cache.weights(&trie, alpha(1.0), 1 << 20), Weights::Table(_)));
        drop(guard);
        assert!(matches!(cache.weights(&trie, alpha(1.0), 1), Weights::Lazy(_)));
    }
}
