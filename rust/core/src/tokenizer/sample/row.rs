//! The pieces that start at one place, with the weights of all segmentations that begin with them, and drawing one of
//! them.
//!
//! In: the prefixes on the walk through the trie, in a unit of weight that all of a row share. A prefix that is no
//! piece has weight 0: it is never drawn, and to leave it out would cost a branch. The single byte is kept apart
//! because it comes last: its weight is known last (see [`super::linear`]). Drawing counts the partial sums that the
//! random number passes instead of searching: the walk before has had the same number of steps, so this loop's end is
//! predicted where a search's is not.

use crate::num::{index, low_u32, to_u64};

/// A piece to go on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Its node.
    pub node: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Row {
    /// The node of the single byte.
    byte: u32,
    /// What is true of the prefix of length `i + 2` is in entry `i` of these three; only the first `longer` entries are
    /// meant.
    nodes: Vec<u32>,
    /// Its weight.
    weights: Vec<f64>,
    /// The weights of the prefixes of length 2 to `i + 2` added up in this order.
    sums: Vec<f64>,
    /// How many prefixes are longer than a byte.
    longer: usize,
    /// The weight of the single byte.
    byte_weight: f64,
    /// The weight of all: the sum of the longer prefixes plus that of the byte.
    total: f64,
}

impl Row {
    /// Makes room for pieces of up to this many bytes.
    pub(super) fn resize(&mut self, max_length: usize) {
        self.nodes.resize(max_length, 0);
        self.weights.resize(max_length, 0.0);
        self.sums.resize(max_length, 0.0);
    }

    /// Begins anew.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.longer = 0;
    }

    /// Adds the next prefix, of at least two bytes, and gives back the sum with it.
    #[inline(always)]
    pub(super) fn push(&mut self, node: u32, weight: f64, sum: f64) -> f64 {
        let sum = sum + weight;
        self.nodes[self.longer] = node;
        self.weights[self.longer] = weight;
        self.sums[self.longer] = sum;
        self.longer += 1;
        sum
    }

    /// Adds the single byte, after all others, whose sum is `sum`; gives back the sum of all.
    #[inline(always)]
    pub(super) fn finish(&mut self, byte: u32, weight: f64, sum: f64) -> f64 {
        (self.byte, self.byte_weight, self.total) = (byte, weight, sum + weight);
        self.total
    }

    /// The piece that `unit`, from [0, 1), falls on.
    #[inline(always)]
    pub fn choose(&self, unit: f64) -> Choice {
        let left = unit * self.total - self.byte_weight;
        if left < 0.0 {
            return Choice { node: self.byte, length: 1 };
        }
        // a prefix without weight has the sum of the one before it and is never the first to pass
        let passed: u32 = self.sums[..self.longer].iter().map(|&sum| u32::from(sum <= left)).sum();
        match self.nodes[..self.longer].get(index(passed)) {
            Some(&node) => Choice { node, length: passed + 2 },
            None => Choice { node: self.byte, length: 1 },
        }
    }

    /// The weight of all pieces.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The pieces with their weights, the single byte first, then by length; prefixes that are none have weight 0.
    pub fn iter(&self) -> impl Iterator<Item = (Choice, f64)> {
        let nodes = std::iter::once(self.byte).chain(self.nodes[..self.longer].iter().copied());
        let weights = std::iter::once(self.byte_weight).chain(self.weights[..self.longer].iter().copied());
        (1..)
            .zip(nodes.zip(weights))
            .map(|(length, (node, weight))| (Choice { node, length: low_u32(to_u64(length)) }, weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fall_on_pieces_by_their_weights() {
        let mut row = Row::default();
        row.resize(5);
        // lengths 2 to 5 with weights 0, 2, 0, 1, then the byte with 1: quarters
        let longer =
            [0.0, 2.0, 0.0, 1.0].into_iter().zip(12..).fold(0.0, |sum, (weight, node)| row.push(node, weight, sum));
        assert_eq!(row.finish(11, 1.0, longer), 4.0);
        let drawn = |unit| row.choose(unit).length;
        assert_eq!([0.0, 0.249, 0.25, 0.5, 0.749, 0.75, 0.999].map(drawn), [1, 1, 3, 3, 3, 5, 5]);
        assert_eq!(row.choose(0.3), Choice { node: 13, length: 3 });
        let largest = 1.0 - 0.5f64.powi(53);
        assert_eq!(row.choose(largest), Choice { node: 15, length: 5 });
        let all: Vec<_> = row.iter().map(|(choice, weight)| (choice.node, choice.length, weight)).collect();
        assert_eq!(all, [(11, 1, 1.0), (12, 2, 0.0), (13, 3, 2.0), (14, 4, 0.0), (15, 5, 1.0)]);
    }

    #[test]
    fn a_byte_without_weight_is_not_drawn_and_one_alone_always() {
        let mut row = Row::default();
        row.resize(2);
        let longer = row.push(7, 1.0, 0.0);
        row.finish(1, 0.0, longer);
        assert_eq!(row.choose(1.0 - 0.5f64.powi(53)).length, 2);
        row.clear();
        row.finish(1, 0.3, 0.0);
        assert_eq!([0.0, 0.5, 0.999].map(|unit| row.choose(unit).length), [1; 3]);
    }
}
