//! Several named corpora, each so many times.
//!
//! In: corpora with names and weights. Out: their documents, one corpus behind the other, each corpus as often as its
//! weight says: whole passes for the whole number, and one more for the fraction, in which each document is taken with
//! that probability. Whether it is taken is a function of the seed, the name and the document's number, so it does not
//! depend on the other corpora, and is the same in each pass and on every machine. The order costs nothing because
//! counts do not depend on it; shuffling is for who needs it. Cost: a corpus is read as often as it is given, and once
//! more for a fraction.

use super::identity::Identity;
use super::sources::Sources;
use super::{Corpus, Documents, Part};
use crate::num::{to_f64, to_u64};
use crate::{Error, Result};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The largest weight.
pub const MAX_WEIGHT: f64 = 1_000_000.0;

/// One corpus of a mix.
pub struct Share {
    /// The name of its source.
    pub name: String,
    /// The documents.
    pub corpus: Arc<dyn Corpus + Send + Sync>,
    /// How often they are given.
    pub weight: f64,
}

/// The corpora with their weights, as sources of their names.
pub fn mix(shares: Vec<Share>, seed: u64) -> Result<Sources> {
    let repeated = |Share { name, corpus, weight }: Share| -> Result<(String, Arc<dyn Corpus + Send + Sync>)> {
        if !(0.0..=MAX_WEIGHT).contains(&weight) {
            let expected = "0 to 1000000 for each source".to_owned();
            return Err(Error::parameter("weight", format!("{weight} for {name:?}"), expected));
        }
        if weight.fract() > 0.0 && !corpus.keeps_order() {
            let expected = "a whole number where a reader does not keep its order, as its documents have no numbers";
            return Err(Error::parameter("weight", format!("{weight} for {name:?}"), expected));
        }
        let seed = xxh3_64_with_seed(name.as_bytes(), seed);
        Ok((name, Arc::new(Repeated { corpus, weight, seed })))
    };
    Sources::new(shares.into_iter().map(repeated).collect::<Result<_>>()?)
}

/// A corpus, so many times.
struct Repeated {
    /// The corpus.
    corpus: Arc<dyn Corpus + Send + Sync>,
    /// How many times: 0 to [`MAX_WEIGHT`].
    weight: f64,
    /// Decides on which documents are taken once more.
    seed: u64,
}

impl Repeated {
    /// How many passes there are, the one for the fraction included.
    fn passes(&self) -> u32 {
        (0..u32::MAX).find(|&pass| f64::from(pass) >= self.weight).unwrap_or(u32::MAX)
    }
}

impl Corpus for Repeated {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        Ok(Box::new(Pass {
            corpus: Arc::clone(&self.corpus),
            weight: self.weight,
            seed: self.seed,
            begun: 0,
            documents: None,
            number: 0,
            open: None,
            read: 0,
            given: 0,
        }))
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(self.corpus.total_bytes()?.saturating_mul(u64::from(self.passes())))
    }

    fn check(&self) -> Result<()> {
        self.corpus.check()
    }

    fn keeps_order(&self) -> bool {
        self.corpus.keeps_order()
    }

    fn identity(&self) -> Option<Identity> {
        let options = format!("weight {}, seed {}", self.weight, self.seed);
        Some(Identity::around(options, self.corpus.identity()?))
    }
}

/// One pass over the repetitions.
struct Pass {
    /// The corpus.
    corpus: Arc<dyn Corpus + Send + Sync>,
    /// How often it is given.
    weight: f64,
    /// Decides on which documents are taken once more.
    seed: u64,
    /// How many repetitions have begun.
    begun: u32,
    /// The repetition at hand, until it has ended.
    documents: Option<Box<dyn Documents + Send>>,
    /// The number of its next document.
    number: u64,
    /// Whether the document at hand is taken; `None` between documents.
    open: Option<bool>,
    /// What has been read in the repetitions before.
    read: u64,
    /// The bytes of text read in the one at hand.
    given: u64,
}

impl Pass {
    /// Whether the next document is taken in the repetition at hand: always, but in that for the fraction.
    fn takes(&self) -> bool {
        /// 2^-53: a number of 53 bits times this is in 0 to 1.
        const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;
        let rest = self.weight - f64::from(self.begun - 1);
        rest >= 1.0 || to_f64(xxh3_64_with_seed(&self.number.to_le_bytes(), self.seed) >> 11) * UNIT < rest
    }

    /// Begins the next repetition; false where there is none.
    fn repeat(&mut self) -> Result<bool> {
        if f64::from(self.begun) >= self.weight {
            return Ok(false);
        }
        self.documents = Some(self.corpus.open()?);
        (self.begun, self.number, self.given) = (self.begun + 1, 0, 0);
        Ok(true)
    }
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            let Some(documents) = &mut self.documents else { if self.repeat()? { continue } else { return Ok(None) } };
            let before = text.len();
            let Some(part) = documents.next_part(text)? else {
                self.read += documents.bytes_read().unwrap_or(self.given);
                // the names of its sources are those of the next repetition, which begins at once
                if self.repeat()? { continue } else { return Ok(None) }
            };
            self.given += to_u64(text.len() - before);
            let taken = self.open.unwrap_or_else(|| self.takes());
            self.open = (!part.ends_document).then_some(taken);
            self.number += u64::from(part.ends_document);
            if taken {
                return Ok(Some(part));
            }
            text.truncate(before);
        }
    }

    fn bytes_read(&self) -> Option<u64> {
        let at_hand = self.documents.as_ref().and_then(|documents| documents.bytes_read()).unwrap_or(self.given);
        Some(self.read + at_hand)
    }

    fn sources(&self) -> &[String] {
        self.documents.as_ref().map_or(&[], |documents| documents.sources())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;
    use crate::corpus::files::CHUNK;
    use crate::corpus::spool::Spooler;

    fn corpus(documents: &[Vec<u8>]) -> Arc<dyn Corpus + Send + Sync> {
        let mut spooler = Spooler::new(None).unwrap();
        documents.iter().for_each(|document| spooler.push(document).unwrap());
        Arc::new(spooler.finish().unwrap())
    }

    /// The documents of one corpus with this weight.
    fn mixed(documents: &[Vec<u8>], name: &str, weight: f64, seed: u64) -> Vec<Vec<u8>> {
        let share = Share { name: name.to_owned(), corpus: corpus(documents), weight };
        let corpus = mix(vec![share], seed).unwrap();
        let read = documents_of(&corpus).unwrap();
        assert_eq!(documents_of(&corpus).unwrap(), read, "a second pass gives the same");
        read.into_iter().map(|(text, _)| text).collect()
    }

    fn numbers(count: u32) -> Vec<Vec<u8>> {
        (0..count).map(|number| number.to_string().into_bytes()).collect()
    }

    #[test]
    fn a_whole_weight_is_so_many_repetitions() {
        let documents = vec![b"a".to_vec(), vec![b'b'; 2 * CHUNK + 1], Vec::new()];
        for times in 0..4_u32 {
            let expected = (0..times).flat_map(|_| documents.clone()).collect::<Vec<_>>();
            assert!(mixed(&documents, "x", f64::from(times), 7) == expected, "{times}");
        }
    }

    #[test]
    fn a_fraction_is_a_seeded_choice_of_documents() {
        let documents = numbers(10_000);
        let taken = mixed(&documents, "x", 0.3, 7);
        assert!((2_800..3_200).contains(&taken.len()), "{} of 10000", taken.len());
        assert_eq!(mixed(&documents, "x", 2.3, 7), [documents.clone(), documents.clone(), taken.clone()].concat());
        assert_eq!(mixed(&documents[..5_000], "x", 0.3, 7), taken[..mixed(&documents[..5_000], "x", 0.3, 7).len()]);
        let more = mixed(&documents, "x", 0.6, 7);
        assert!(taken.iter().all(|document| more.contains(document)), "a larger share holds a smaller one");
        assert_ne!(mixed(&documents, "y", 0.3, 7), taken);
        assert_ne!(mixed(&documents, "x", 0.3, 8), taken);
    }

    #[test]
    fn a_long_document_is_taken_or_left_as_a_whole() {
        let documents: Vec<_> = (0..20_u8).map(|byte| vec![byte; 2 * CHUNK + 3]).collect();
        let taken = mixed(&documents, "x", 0.5, 1);
        assert!((1..20).contains(&taken.len()) && taken.iter().all(|document| documents.contains(document)));
    }

    #[test]
    fn a_weight_out_of_range_is_refused() {
        for weight in [-0.5, f64::NAN, f64::INFINITY, 1_000_001.0] {
            let share = Share { name: "x".to_owned(), corpus: corpus(&[]), weight };
            let message = mix(vec![share], 0).err().unwrap().to_string();
            assert_eq!(message, format!("weight must be 0 to 1000000 for each source, not {weight} for \"x\""));
        }
    }
}
