use super::*;
use crate::pieces::PieceTable;
use crate::tokenizer::batch::{BOS, EOS, Request, Rows, Sampling, Sizes};
use crate::tokenizer::{Alpha, Tokenizer, Worker};
use crate::vocabulary::Vocabulary;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Everything is cut, handed to threads and given to the engine in shreds.
const SHREDS: Sizes = Sizes { inline: 0, inline_one_thread: 0, least_task: 1, task: 8, call: 4 };
/// The ids are 261, 262, and so on; none of them goes on behind a newline.
const TOKENS: [&str; 5] = ["<a>", "<a><b>", "<b>\n", "\n\n", "é"];
/// One more, which does.
const CROSSING: &str = "\n<b>";

fn tokenizer(tokens: &[&str]) -> Tokenizer {
    let mut table = PieceTable::new();
    (0..=255u8).for_each(|byte| table.push(&[byte], 1));
    table.push(b"ab", 9);
    table.push("≯".as_bytes(), 9);
    let tokenizer = Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer");
    tokenizer.with_special_tokens(tokens.iter().map(|&token| token.to_owned())).expect("special tokens")
}

/// A request that parses the tokens with these ids and refuses all others.
fn request(tokenizer: &Tokenizer, allowed: impl IntoIterator<Item = u32>, refuse: bool) -> Request {
    let all = tokenizer.vocabulary().specials().map(|(_, id)| id).filter(|_| refuse);
    let finder = tokenizer.finder(&allowed.into_iter().collect(), &all.collect()).expect("small");
    Request { specials: finder.map(Arc::new), ..Request::default() }
}

fn encode(tokenizer: &Tokenizer, texts: &[&[u8]], request: &Request, threads: usize, sizes: Sizes) -> Result<Rows> {
    let threads = NonZeroUsize::new(threads).expect("a number of threads");
    tokenizer.run(texts, request, threads, sizes, &mut || Ok(()))
}

/// The twin: each part of each text is a text of its own.
fn one_by_one(tokenizer: &Tokenizer, texts: &[&[u8]], request: &Request) -> Vec<Vec<u32>> {
    let row = |(number, text): (usize, &&[u8])| {
        let (mut ids, mut parts, mut worker) = (Vec::new(), Vec::new(), Worker::default());
        let specials = request.specials.as_ref().expect("special tokens");
        specials.parts_into(text, 0..text.len(), &|| false, &mut parts).expect("nothing refused");
        for part in parts {
            let mode = request.mode(number).at(part.range.start);
            match part.special {
                Some(id) => ids.push(id),
                None => tokenizer.encode_into(&text[part.range], mode, &mut worker, &Stop::default(), &mut ids),
            }
        }
        ids.truncate(request.room().expect("room").unwrap_or(usize::MAX));
        let (first, last) = (request.add_bos.then_some(BOS), request.add_eos.then_some(EOS));
        first.into_iter().chain(ids).chain(last).collect()
    };
    texts.iter().enumerate().map(row).collect()
}

#[test]
fn nothing_is_normalized_or_joined_across_a_special_token() {
    let tokenizer = tokenizer(&TOKENS);
    let ids = |text: &str, allowed: &[u32]| {
        encode(&tokenizer, &[text.as_bytes()], &request(&tokenizer, allowed.to_vec(), false), 1, Sizes::USUAL)
            .expect("ids")
            .ids
    };
    let byte = |byte: u8| u32::from(byte) + 3;
    let (ab, not_greater) = (259, 260);
    assert_eq!(ids("ab", &[261]), [ab]);
    assert_eq!(ids("a<a>b", &[261]), [byte(b'a'), 261, byte(b'b')]);
    // '>' and U+0338 compose, unless the '>' ends a special token
    assert_eq!(ids("x>\u{338}", &[261])[1..], [not_greater]);
    assert_eq!(ids("<a>\u{338}", &[261]), [261, byte(0xCC), byte(0xB8)]);
    // sought in the text as it is given: a token in NFC is not found in a decomposed text, though NFC would give it
    assert_eq!(ids("é", &[265]), [265]);
    assert_eq!(ids("e\u{301}", &[265]), [byte(0xC3), byte(0xA9)]);
}

#[test]
fn the_first_refused_token_is_reported_on_any_number_of_threads() {
    let tokenizer = tokenizer(&TOKENS);
    let request = request(&tokenizer, [261], true);
    let long = "ab\n".repeat(50) + "天<a> <b>\n <eos>";
    let texts: Vec<&[u8]> = vec![b"<a>", b"", long.as_bytes(), b"<pad>", b"<bos>"];
    for threads in [1, 2, 5] {
        let error = encode(&tokenizer, &texts, &request, threads, SHREDS).expect_err("refused").to_string();
        assert!(error.starts_with("text 2 has the special token \"<b>\\n\" at character 155 (byte 157); "), "{error}");
    }
}

proptest! {
    #[test]
    fn a_batch_is_its_parts_one_by_one(
        texts in prop::collection::vec("(<a>|<b>|<|\n|a|b|é|\u{301}|<eos>){0,24}", 0..6),
        crossing: bool,
        ids in prop::collection::btree_set(prop::sample::select(vec![0, 2, 261, 262, 263, 264, 265, 266]), 1..8),
        threads in 1..4usize,
        (add_bos, add_eos, limit) in (any::<bool>(), any::<bool>(), prop::option::of(2..9usize)),
        alpha in prop::option::of(0.0..1.0),
    ) {
        let tokenizer = tokenizer(&[&TOKENS[..], &[CROSSING][..usize::from(crossing)]].concat());
        let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        let sampling = alpha.map(|alpha| {
            let alpha = Alpha::new(alpha).expect("finite").expect("positive");
            Sampling { alpha, seed: 7, first_index: 3 }
        });
        let max_length = limit.and_then(NonZeroUsize::new);
        let request = Request { sampling, add_bos, add_eos, max_length, ..request(&tokenizer, ids, false) };
        prop_assume!(request.specials.is_some()); // not only the token that is not there
        let expected = one_by_one(&tokenizer, &texts, &request);
        for sizes in [SHREDS, Sizes::USUAL] {
            let rows = encode(&tokenizer, &texts, &request, threads, sizes).expect("nothing refused");
            prop_assert_eq!(rows.iter().map(<[u32]>::to_vec).collect::<Vec<_>>(), expected.clone());
        }
    }
}

#[test]
fn texts_are_cut_at_lines_unless_a_token_crosses_them() {
    let (inside, crossing) = (tokenizer(&TOKENS), tokenizer(&[CROSSING]));
    for (tokenizer, may_cut) in [(&inside, true), (&crossing, false)] {
        let all: BTreeSet<u32> = tokenizer.vocabulary().specials().map(|(_, id)| id).collect();
        let request = request(tokenizer, all, false);
        assert_eq!(Job::new(tokenizer, &[], &request, SHREDS).expect("a job").may_cut(), may_cut);
    }
    assert!(Job::new(&crossing, &[], &Request::default(), SHREDS).expect("a job").may_cut());
}
