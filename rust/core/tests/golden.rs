//! What bytepiece 0.6.3 gave, as recorded in tests/golden beside the workspace: models by their SHA-256, ids in full.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytepiece_core::corpus::jsonl::{Jsonl, Options as JsonlOptions};
use bytepiece_core::formats::model;
use bytepiece_core::parallel::Stop;
use bytepiece_core::progress::Silent;
use bytepiece_core::rules::Digits;
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use bytepiece_core::train::{Options, train};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::num::NonZeroUsize;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "golden", name].iter().collect()
}

fn record(name: &str) -> Value {
    let text = std::fs::read_to_string(golden(name)).expect("a record in tests/golden");
    serde_json::from_str(&text).expect("a record is JSON")
}

/// The options a case is named after: `order6-unicode-digits-min2-len36-1200,400`.
fn options(case: &str, threads: usize) -> Options {
    let parts: Vec<&str> = case.split('-').collect();
    let number = |prefix: &str| {
        let digits = parts.iter().find_map(|part| part.strip_prefix(prefix));
        digits.and_then(|digits| digits.parse::<usize>().ok()).unwrap_or_else(|| panic!("{case} has no {prefix}"))
    };
    let sizes = parts.last().map(|sizes| sizes.split(',').map(|size| size.parse().expect("a size")).collect());
    Options {
        order: number("order"),
        max_vocab_sizes: sizes.expect("sizes"),
        max_piece_length: number("len"),
        min_count: bytepiece_core::num::to_u64(number("min")),
        digits: if parts.contains(&"digits") { Digits::Single } else { Digits::Free },
        ensure_unicode: Some(parts.contains(&"unicode")),
        compat: true,
        ..Options::new(NonZeroUsize::new(threads).expect("not zero"))
    }
}

#[test]
fn compat_training_gives_the_bytes_of_0_6_3() {
    let corpus = Jsonl::new(&[golden("corpus.jsonl")], JsonlOptions::new(vec!["text".to_owned()])).expect("the corpus");
    let reference = record("reference.json");
    let cases = reference["cases"].as_object().expect("cases");
    assert_eq!(cases.len(), 192);
    for (at, (case, files)) in cases.iter().enumerate() {
        let options = options(case, 1 + at % 3);
        let vocabularies = train(&corpus, &options, &mut Silent).expect(case);
        let sizes = &options.max_vocab_sizes;
        assert_eq!(vocabularies.len(), sizes.len());
        for (size, vocabulary) in sizes.iter().zip(&vocabularies) {
            let name = if sizes.len() == 1 { "model".to_owned() } else { format!("model.{size}") };
            let mut bytes = Vec::new();
            model::write(vocabulary, &mut bytes).expect("memory");
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(Some(digest.as_str()), files[&name]["sha256"].as_str(), "{case}, {name}");
        }
    }
}

#[test]
fn best_paths_are_those_of_0_6_3() {
    let tokenizer = Tokenizer::new(model::load(&golden("small.model")).expect("the model")).expect("a tokenizer");
    let texts = record("ids.json");
    let texts = texts["texts"].as_array().expect("texts");
    assert!(!texts.is_empty());
    for text in texts {
        let field = |name: &str| text[name].as_str().expect("a field");
        let mut ids = Vec::new();
        let bytes = STANDARD.decode(field("base64")).expect("base64");
        tokenizer.encode_into(&bytes, Mode::BestPath, &mut Worker::default(), &Stop::default(), &mut ids);
        let expected: Vec<u32> = field("ids").split_whitespace().map(|id| id.parse().expect("an id")).collect();
        assert_eq!(ids, expected, "{}", field("name"));
    }
}
