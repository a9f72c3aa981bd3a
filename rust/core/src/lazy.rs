//! What is the same for the whole process and made when it is first needed: the tables of [`crate::corpus`].
//!
//! Without a lock: threads that come at the same time make one each, and one is kept. With a lock, as `std::sync::LazyLock` has
//! one, a process forked while another thread makes the value would wait for ever for that thread, which it has not; a data
//! loader forks while other threads encode. Cost: a load when it is there; now and then a few milliseconds of work done twice.

use once_cell::race::OnceBox;
use std::ops::Deref;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Lazy<T> {
    /// The value, once it is made.
    value: OnceBox<T>,
    /// Makes it, always the same.
    make: fn() -> T,
}

impl<T> Lazy<T> {
    /// What `make` makes.
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self { value: OnceBox::new(), make }
    }
}

impl<T> Deref for Lazy<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value.get_or_init(|| Box::new((self.make)()))
    }
}
