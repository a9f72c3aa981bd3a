//! Where a [`Batcher`] is between two batches, so that another one can go on there.

use super::{Batcher, Long};
use crate::corpus::Part;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Everything a batcher knows but its pass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BatcherState {
    /// Documents that have ended.
    ended: u64,
    /// Bytes that the pass has given.
    bytes: u64,
    /// What is left of a long document: its front, its text (both in base64), how far to search.
    long: Option<(String, String, usize)>,
    /// The last part of the long document that came: whether it ends it, source and file.
    part: (bool, u32, u32),
}

impl<D> Batcher<D> {
    /// Where it is.
    pub(crate) fn state(&self) -> BatcherState {
        let long = |long: &Long| (STANDARD.encode(&long.front), STANDARD.encode(&long.text[long.at..]), long.reach);
        let part = |long: &Long| (long.part.ends_document, long.part.source, long.part.file);
        let (ended, bytes) = (self.ended, self.bytes);
        let (long, part) = (self.long.as_ref().map(long), self.long.as_ref().map(part).unwrap_or_default());
        BatcherState { ended, bytes, long, part }
    }

    /// Goes on there; the pass has given what it had given then. False: that is no state.
    pub(crate) fn resume(&mut self, state: &BatcherState) -> bool {
        (self.ended, self.bytes, self.long) = (state.ended, state.bytes, None);
        if let Some((front, text, reach)) = &state.long {
            let (Ok(front), Ok(text)) = (STANDARD.decode(front), STANDARD.decode(text)) else { return false };
            let (ends_document, source, file) = state.part;
            let part = Part { ends_document, source, file };
            self.long = Some(Long { front, text, at: 0, reach: *reach, part });
        }
        true
    }
}
