//! Philox4x32-10. (stub: helper TOKENIZER)

/// Uniform numbers that depend on (seed, text index) and the number of draws alone.
#[derive(Clone, Debug)]
pub struct Generator {}

impl Generator {
    /// The stream of one text.
    pub fn new(_seed: u64, _text_index: u64) -> Self {
        Self {}
    }
    /// Uniform in [0, 1), 53 bits.
    pub fn next_unit(&mut self) -> f64 {
        0.0
    }
}
