//! The only interior state of a tokenizer: its seed, and how many single calls have sampled since that was set.
//!
//! A draw is decided by (seed, index of the text). Single calls use the call counter as index; `encode_batch` counts from
//! its own `first_index` and leaves the counter alone. Without a seed, single calls draw from entropy taken at the first
//! sampling call, mixed with the process id: a forked child has the same entropy and other samples.

use bytepiece_core::Error;
use bytepiece_core::tokenizer::Alpha;
use bytepiece_core::tokenizer::batch::Sampling;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use std::sync::{Mutex, PoisonError};

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Sampler {
    /// Held for a few instructions, and only by sampling calls.
    state: Mutex<State>,
}

/// What the lock guards.
#[derive(Clone, Copy, Debug)]
struct State {
    /// As the user gave it; this is what a pickle holds.
    seed: Option<u64>,
    /// Drawn in this process, where `seed` is `None` and a single call has sampled.
    entropy: Option<u64>,
    /// Single sampling calls since the seed was set.
    calls: u64,
}

impl Sampler {
    /// No calls yet.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self { state: Mutex::new(State { seed, entropy: None, calls: 0 }) }
    }

    /// Starts again with another seed.
    pub(crate) fn set_seed(&self, py: Python<'_>, seed: Option<u64>) {
        *self.lock(py) = State { seed, entropy: None, calls: 0 };
    }

    /// The seed as the user gave it.
    pub(crate) fn seed(&self, py: Python<'_>) -> Option<u64> {
        self.lock(py).seed
    }

    /// How to draw for the next single call; `None` for a negative `alpha`, which asks for the best path and counts nothing.
    pub(crate) fn next(&self, py: Python<'_>, alpha: f64) -> PyResult<Option<Sampling>> {
        let Some(alpha) = Alpha::new(alpha).map_err(crate::error::raise)? else { return Ok(None) };
        let mut state = self.lock(py);
        let seed = match (state.seed, state.entropy) {
            (Some(seed), _) => seed,
            (None, Some(entropy)) => mix(entropy, std::process::id()),
            (None, None) => mix(*state.entropy.insert(entropy()?), std::process::id()),
        };
        let first_index = state.calls;
        state.calls = state.calls.wrapping_add(1);
        Ok(Some(Sampling { alpha, seed, first_index }))
    }

    /// How to draw for a batch: with its seed, or the tokenizer's, or a fresh one.
    pub(crate) fn batch(
        &self,
        py: Python<'_>,
        alpha: f64,
        (seed, first_index): (Option<u64>, u64),
        texts: usize,
    ) -> PyResult<Option<Sampling>> {
        let Some(alpha) = Alpha::new(alpha).map_err(crate::error::raise)? else { return Ok(None) };
        let texts = u64::try_from(texts).unwrap_or(u64::MAX);
        if first_index.checked_add(texts).is_none() {
            let limit = format!("at most 2**64 - 1 - {texts}, so that every text has an index of 64 bits");
            return Err(crate::error::raise(Error::parameter("first_index", first_index, limit)));
        }
        let seed = match seed.or(self.seed(py)) {
            Some(seed) => seed,
            None => entropy()?,
        };
        Ok(Some(Sampling { alpha, seed, first_index }))
    }

    /// The state. No code that holds the lock can panic, so poison means nothing.
    fn lock(&self, py: Python<'_>) -> std::sync::MutexGuard<'_, State> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

/// 64 bits from the operating system.
fn entropy() -> PyResult<u64> {
    getrandom::u64()
        .map_err(|error| PyOSError::new_err(format!("no randomness from the system for seed=None: {error}")))
}

/// A seed of one process: the finalizer of SplitMix64 over both, so that neighbouring process ids share nothing.
fn mix(entropy: u64, process: u32) -> u64 {
    let mut z = entropy ^ u64::from(process).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
