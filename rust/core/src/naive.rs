//! The slow twin of every fast path: short, obvious, close to the definition. Tests compare the two; nothing else calls these.

pub mod best_path;
pub mod count;
pub mod nbest;
pub mod normalize;
pub mod offsets;
pub mod prune;
pub mod refine;
pub mod sample;
pub mod score;
pub mod segment;
pub mod special;
pub mod stream;
pub mod words;
