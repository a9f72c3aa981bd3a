//! The pieces that start at a place of a segment: what everything that goes through all segmentations is made of.
//!
//! In: a segment and a place in it. Out: the ends of the pieces that start there, shortest first, each with its node.
//! There is always one, the single byte. Sampling, scores and n-best see the vocabulary through this file alone. Cost:
//! a step of the trie for every prefix of a piece that occurs there.

use super::trie::{Place, Trie};

/// Every prefix of a piece that starts at `start`, piece or not: its end and node. Not to tell the two apart spares a
/// branch where what is no piece has weight 0.
#[inline(always)]
pub fn prefixes<'a>(trie: &'a Trie, segment: &'a [u8], start: usize) -> impl Iterator<Item = (usize, Place)> + 'a {
    let mut place = trie.root();
    (start + 1..).zip(&segment[start..]).map_while(move |(end, &byte)| {
        place = trie.step(place, byte)?;
        Some((end, place))
    })
}

/// Every piece that starts at `start`: its end and node.
#[inline(always)]
pub fn pieces<'a>(trie: &'a Trie, segment: &'a [u8], start: usize) -> impl Iterator<Item = (usize, Place)> + 'a {
    prefixes(trie, segment, start).filter(|(_, place)| place.score > f64::NEG_INFINITY)
}
