//! (stub: helper TOKENIZER)
use super::trie::Trie;
use crate::parallel::Stop;

/// stub
#[derive(Debug, Default)]
pub struct BestPath {
    cells: Vec<(f64, u32, usize)>,
}
impl BestPath {
    /// stub
    pub fn run(&mut self, trie: &Trie, text: &[u8], _stop: &Stop, out: &mut Vec<u32>) {
        self.cells.clear();
        self.cells.resize(text.len() + 1, (f64::NEG_INFINITY, 0, 0));
        self.cells[0].0 = 0.0;
        for start in 0..text.len() {
            let mut node = 0;
            for end in start..text.len() {
                let Some(next) = trie.child(node, text[end]) else { break };
                node = next;
                if let Some((v, s)) = trie.value(node) {
                    let score = self.cells[start].0 + s;
                    if score > self.cells[end + 1].0 {
                        self.cells[end + 1] = (score, v, start);
                    }
                }
            }
        }
        let at = out.len();
        let mut end = text.len();
        while end > 0 {
            out.push(self.cells[end].1);
            end = self.cells[end].2;
        }
        out[at..].reverse();
    }
}
