//! Each lever of refinement moves something, and keeps what every training promises.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking, as tests do")]

use bytepiece_core::corpus::jsonl::{Jsonl, Options as JsonlOptions};
use bytepiece_core::formats::model;
use bytepiece_core::progress::Silent;
use bytepiece_core::refine::{Candidates, Discount, Levers, Scores};
use bytepiece_core::train::{Options, train};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The size of all vocabularies.
const SIZE: usize = 500;

/// The bytes of the model that a training with these levers makes.
fn trained(levers: Levers, threads: usize) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "golden", "corpus.jsonl"].iter().collect();
    let corpus = Jsonl::new(&[path], JsonlOptions::new(vec!["text".to_owned()])).expect("the corpus");
    let options =
        Options { max_vocab_sizes: vec![SIZE], levers, ..Options::new(NonZeroUsize::new(threads).expect("not zero")) };
    let vocabulary = train(&corpus, &options, &mut Silent).expect("a training").remove(0);
    assert_eq!(vocabulary.size(), SIZE);
    let mut bytes = Vec::new();
    model::write(&vocabulary, &mut bytes).expect("memory");
    bytes
}

#[test]
fn no_two_settings_make_the_same_model() {
    let usual = Levers::default;
    let settings = [
        usual(),
        Levers { candidates: Candidates::Pruned(1), ..usual() },
        Levers { candidates: Candidates::Characters, ..usual() },
        Levers { step: 5, ..usual() },
        Levers { rounds: vec![], ..usual() },
        Levers { rounds: vec![20; 3], ..usual() },
        Levers { block: 1 << 9, ..usual() },
        Levers { discount: Discount::None, ..usual() },
        Levers { discount: Discount::Deviations(1), ..usual() },
        Levers { scores: Some(Scores::Count), ..usual() },
        Levers { scores: Some(Scores::Equal), ..usual() },
        Levers { last_scores: Some(Scores::Count), ..usual() },
        Levers { last_scores: Some(Scores::Equal), ..usual() },
        Levers { sample_bytes: 1 << 15, ..usual() },
    ];
    let models: Vec<Vec<u8>> = settings.iter().map(|levers| trained(levers.clone(), 1)).collect();
    for (at, (levers, model)) in settings.iter().zip(&models).enumerate() {
        assert_eq!(models.iter().position(|other| other == model), Some(at), "the first with the model of {levers:?}");
        assert!(&trained(levers.clone(), 2) == model, "two threads, {levers:?}");
    }
}
