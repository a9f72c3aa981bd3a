//! How much memory may be taken, shared by threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of bytes of which threads take and give back.
#[derive(Debug)]
pub(crate) struct Budget {
    /// All there is.
    limit: usize,
    /// How much is taken: more than `limit` only by [`Budget::force`].
    taken: AtomicUsize,
}

impl Budget {
    /// Nothing taken yet.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, taken: AtomicUsize::new(0) }
    }

    /// All there is.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes `bytes`, if there are that many left.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let more = |taken: usize| taken.checked_add(bytes).filter(|&sum| sum <= self.limit);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Takes `bytes`, left or not.
    pub(crate) fn force(&self, bytes: usize) {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives `bytes` back, which were taken before.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_is_taken_cannot_be_taken_again_until_it_is_given_back() {
        let budget = Budget::new(10);
        assert!(budget.take(7) && !budget.take(4) && budget.take(3) && !budget.take(usize::MAX));
        budget.give_back(7);
        budget.force(12);
        assert!(!budget.take(0));
    }
}
