//! From parts of documents to batches that worker threads normalize and cut on their own. (stub: helper CORPUS)
use super::segments::SegmentRule;
use super::{Documents, Part};
use crate::Result;

/// Text of about a megabyte, in stretches that are normalized and cut independently of each other.
#[derive(Debug, Default)]
pub struct Batch {
    /// The stretches, one behind the other.
    pub text: Vec<u8>,
    /// Where each stretch ends in `text`, and the part it came from. `ends_document` is true on a document's last stretch.
    pub stretches: Vec<(usize, Part)>,
}

impl Batch {
    /// Calls `each` with every segment of every stretch, in order.
    pub fn for_each_segment(&self, _rule: SegmentRule, mut each: impl FnMut(&[u8])) {
        let mut start = 0;
        for &(end, _) in &self.stretches {
            for line in self.text[start..end].split_inclusive(|&b| b == b'\n') {
                each(line);
            }
            start = end;
        }
    }
}

/// Cuts the parts of a pass over a corpus into [`Batch`]es.
pub struct Batcher<'a> {
    documents: Box<dyn Documents + 'a>,
    rule: SegmentRule,
}

impl<'a> Batcher<'a> {
    /// Begins with a pass that was just opened.
    pub fn new(documents: Box<dyn Documents + 'a>, rule: SegmentRule) -> Self {
        Self { documents, rule }
    }
    /// The next batch; `None` when the pass is over.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        let _ = self.rule;
        let mut batch = Batch::default();
        while batch.text.len() < 1 << 20 {
            match self.documents.next_part(&mut batch.text)? {
                None => break,
                Some(part) => batch.stretches.push((batch.text.len(), part)),
            }
        }
        Ok(if batch.stretches.is_empty() { None } else { Some(batch) })
    }
    /// How many documents have ended so far.
    pub fn documents(&self) -> u64 {
        0
    }
}
