//! BytePiece in Rust: trains a byte-level unigram vocabulary and tokenizes with it. No Python in here, and no printing.
//!
//! Reading order is the order of the data:
//! [`corpus`] → [`count`] → [`ngram_model`] → [`segment`] → [`prune`] → [`vocabulary`], put together in [`mod@train`];
//! then [`tokenizer`] and [`formats`]. Each arrow is one module, each border one named type.
//! [`naive`] holds the slow twin of every fast path; the tests compare the two.

pub mod checkpoint;
pub mod corpus;
pub mod count;
mod disk;
pub mod error;
pub mod evaluate;
pub mod formats;
mod lazy;
pub mod ln;
pub mod memory;
pub mod naive;
pub mod ngram_model;
pub mod num;
pub mod parallel;
pub mod pieces;
mod prefetch;
pub mod progress;
pub mod prune;
pub mod refine;
mod region;
pub mod report;
pub mod rules;
pub mod segment;
mod spill;
pub mod tokenizer;
pub mod train;
mod trim;
pub mod vocabulary;

pub use error::{Error, Result};
