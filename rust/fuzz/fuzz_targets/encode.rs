//! `cargo +nightly fuzz run encode --features libfuzzer`: see the module of that name.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bytepiece_fuzz::encode::check(bytes));
