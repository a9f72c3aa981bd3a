//! `cargo +nightly fuzz run stream --features libfuzzer`: see the module of that name.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bytepiece_fuzz::stream::check(bytes));
