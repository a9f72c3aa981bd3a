//! The most ids of a row, where stretches of its document were encoded on their own.
//!
//! In: the rows of a batch, each stretch with at most as many ids of text as a row takes. Out: the same rows, none longer than
//! the limit, `<eos>` kept; the last one may go on in the next batch. Cost: one pass over the ids, in place.

use super::{Id, Request, Rows};

/// See the module's text.
#[derive(Debug)]
pub(super) struct Limit {
    /// The most ids of a row but for its `<eos>`; `None` for no limit.
    most: Option<usize>,
    /// How many ids `<eos>` is: 1 where it is wanted.
    eos: usize,
    /// How many ids of the row at hand earlier batches have.
    begun: usize,
}

impl Limit {
    /// At the beginning of a row.
    pub(super) fn new(request: &Request) -> Self {
        let eos = usize::from(request.add_eos);
        Self { most: request.max_length.map(|most| most.get().saturating_sub(eos)), eos, begun: 0 }
    }

    /// Whether the row at the end of the batch at hand, not cut yet, takes no more ids.
    pub(super) fn is_full<I>(&self, rows: &Rows<I>) -> bool {
        let (begun, start) = rows.ends.last().map_or((self.begun, 0), |&end| (0, end));
        self.most.is_some_and(|most| begun + rows.ids.len() - start >= most)
    }

    /// Drops the ids over the limit.
    pub(super) fn cut<I: Id>(&mut self, Rows { ids, ends }: &mut Rows<I>) {
        let Some(most) = self.most else { return };
        let (mut from, mut to) = (0, 0);
        for end in ends {
            let kept = (*end - self.eos - from).min(most - self.begun);
            ids.copy_within(from..from + kept, to);
            ids.copy_within(*end - self.eos..*end, to + kept);
            (from, to) = (*end, to + kept + self.eos);
            (*end, self.begun) = (to, 0);
        }
        let kept = (ids.len() - from).min(most - self.begun);
        ids.copy_within(from..from + kept, to);
        ids.truncate(to + kept);
        self.begun += kept;
    }
}
