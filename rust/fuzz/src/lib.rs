//! What is fuzzed. Each module has one function, `check`: it takes bytes, whatever they are, makes a case of them and panics where
//! the fast code differs from its naive twin. Two drivers call it: libFuzzer (`fuzz_targets`, needs a nightly compiler) and
//! `src/main.rs`, which draws bytes at random and needs nothing.
//!
//! In: bytes. Out: nothing, or a panic that prints the case.

pub mod encode;
pub mod model;
pub mod source;
pub mod stream;
pub mod vocabulary;
