//! Vocabularies in and out: the JSON file of 0.6.3, the packed bytes of a pickle. FORMAT.md is the norm. (stub: helper TOKENIZER)
pub mod atomic;
pub mod model;
pub mod packed;
