//! Vocabularies in and out: the JSON file of 0.6.3 ([`model`]), the bytes of a pickled tokenizer ([`packed`]), and files that are
//! never half written ([`atomic`]). FORMAT.md is the norm; [`builder`] enforces it for every way in.

pub mod atomic;
pub mod builder;
pub mod metadata;
pub mod model;
pub mod packed;
