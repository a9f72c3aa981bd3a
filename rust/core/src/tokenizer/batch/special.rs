//! Special tokens in a batch.
//!
//! In: a part of a text, as a task has it. Out: its stretches, special tokens and ordinary text, in order. A text is cut for
//! several tasks behind a newline run only; so each part is searched on its own, on its thread, unless a special token that is
//! sought goes on behind a newline: then texts are not cut. A refused token stops the whole batch, and which one is reported must not
//! depend on the threads: the texts are searched once more, in order. Cost: the search, which is faster than the engine.

use super::feed::Job;
use super::tasks::Part;
use crate::parallel::Stop;
use crate::tokenizer::special::Part as Stretch;
use crate::{Error, Result};

impl Job<'_> {
    /// Whether a text may be cut behind a newline run.
    pub(super) fn may_cut(&self) -> bool {
        self.request.specials.as_ref().is_none_or(|specials| !specials.crosses_lines())
    }

    /// Appends the stretches of a part, with their places in the text; fewer when `stop` says so.
    pub(super) fn stretches_into(&self, part: &Part, stop: &Stop, stretches: &mut Vec<Stretch>) -> Result<()> {
        let (text, within) = (self.texts[part.text], part.bytes.clone());
        match &self.request.specials {
            Some(specials) => specials.parts_into(text, within, &|| stop.requested(), stretches),
            None if within.is_empty() => Ok(()),
            None => {
                stretches.push(Stretch { range: within, special: None });
                Ok(())
            }
        }
    }

    /// Puts in the place of an error about a refused special token that about the first one of all texts.
    pub(super) fn first_refused(&self, error: Error) -> Error {
        let (Error::SpecialInText { .. }, Some(specials)) = (&error, &self.request.specials) else { return error };
        let refused = |(number, text): (usize, &&[u8])| {
            let found = specials.parts_into(text, 0..text.len(), &|| false, &mut Vec::new());
            found.err().map(|error| error.in_text(Some(number)))
        };
        self.texts.iter().enumerate().find_map(refused).unwrap_or(error)
    }
}

#[cfg(test)]
mod tests;
