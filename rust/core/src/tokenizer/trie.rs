//! (stub: helper TOKENIZER)
use crate::Result;
use crate::pieces::PieceTable;
use std::collections::HashMap;

/// stub
#[derive(Debug)]
pub struct Trie {
    edges: HashMap<(u32, u8), u32>,
    values: Vec<Option<(u32, f64)>>,
}
#[allow(clippy::as_conversions)]
impl Trie {
    /// stub
    pub fn build(pieces: &PieceTable, scores: &[f64]) -> Result<Self> {
        let mut trie = Self { edges: HashMap::new(), values: vec![None] };
        for (i, (piece, _)) in pieces.iter().enumerate() {
            let mut node = 0;
            for &b in piece {
                let next = trie.values.len() as u32;
                let e = *trie.edges.entry((node, b)).or_insert(next);
                if e == next {
                    trie.values.push(None);
                }
                node = e;
            }
            trie.values[node as usize] = Some((i as u32, scores[i]));
        }
        Ok(trie)
    }
    /// stub
    pub fn child(&self, node: u32, b: u8) -> Option<u32> {
        self.edges.get(&(node, b)).copied()
    }
    /// stub
    pub fn value(&self, node: u32) -> Option<(u32, f64)> {
        self.values[node as usize]
    }
}
