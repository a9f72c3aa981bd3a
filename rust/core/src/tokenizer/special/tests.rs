use super::*;
use crate::naive;
use crate::num::index;
use crate::pieces::PieceTable;
use crate::vocabulary::Vocabulary;
use proptest::prelude::*;
use std::cell::Cell;

fn tokenizer(tokens: &[&str]) -> Tokenizer {
    let mut table = PieceTable::new();
    (0..=255u8).for_each(|byte| table.push(&[byte], 1));
    let tokenizer = Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer");
    tokenizer.with_special_tokens(tokens.iter().map(|&token| token.to_owned())).expect("special tokens")
}

fn parts(finder: &Finder, text: &[u8]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    finder.parts_into(text, 0..text.len(), &|| false, &mut parts).map(|()| parts)
}

/// The parts of a text as strings, special tokens with their ids.
fn found(tokens: &[&str], text: &str) -> Vec<(String, Option<u32>)> {
    let tokenizer = tokenizer(tokens);
    let all = tokenizer.vocabulary().specials().map(|(_, id)| id).collect();
    let finder = tokenizer.finder(&all, &BTreeSet::new()).expect("small").expect("some");
    let parts = parts(&finder, text.as_bytes()).expect("nothing refused");
    parts.into_iter().map(|part| (text[part.range].to_owned(), part.special)).collect()
}

fn text(part: &str) -> (String, Option<u32>) {
    (part.to_owned(), None)
}

fn special(part: &str, id: u32) -> (String, Option<u32>) {
    (part.to_owned(), Some(id))
}

#[test]
fn the_leftmost_is_taken_and_of_several_there_the_longest() {
    let tokens = ["<a>", "<a><b>", "b><", "<"];
    assert_eq!(found(&tokens, "x<a><b>y"), [text("x"), special("<a><b>", 260), text("y")]);
    assert_eq!(found(&tokens, "<a><c>"), [special("<a>", 259), special("<", 262), text("c>")]);
    assert_eq!(found(&tokens, "b><a>"), [special("b><", 261), text("a>")]);
    assert_eq!(found(&tokens, "<bos><pad>"), [special("<bos>", 1), special("<pad>", 0)]);
    assert_eq!((found(&tokens, ""), found(&tokens, "abc")), (vec![], vec![text("abc")]));
}

#[test]
fn a_refused_token_is_named_with_its_place() {
    let tokenizer = tokenizer(&["<a>", "<a><b>", "<b>"]);
    let finder = |allowed: &[u32], refused: &[u32]| {
        let set = |ids: &[u32]| ids.iter().copied().collect();
        tokenizer.finder(&set(allowed), &set(refused)).expect("small").expect("some")
    };
    let problem = |finder: &Finder, text: &[u8]| parts(finder, text).expect_err("refused");
    let both = finder(&[259], &[260, 259]);
    assert_eq!(parts(&both, b"<a><a>").map(|parts| parts.len()).ok(), Some(2));
    assert_eq!(
        problem(&both, "<a>天 <a><b>".as_bytes()).to_string(),
        "text has the special token \"<a><b>\" at character 5 (byte 7); name it in allowed_special to make it one id, or \
         leave disallowed_special out to encode it as ordinary text"
    );
    assert!(
        problem(&both, b"\xFF<a><b>")
            .in_text(Some(7))
            .to_string()
            .starts_with("text 7 has the special token \"<a><b>\" at byte 1;")
    );
    // inside a longer one that is allowed it is no token
    assert_eq!(parts(&finder(&[260], &[261]), b"<a><b>").map(|parts| parts.len()).ok(), Some(1));
}

#[test]
fn there_may_be_nothing_to_find() {
    let none = BTreeSet::new();
    assert!(tokenizer(&["<a>"]).finder(&none, &none).expect("nothing").is_none());
    assert!(tokenizer(&["<a>"]).finder(&BTreeSet::from([3, 260]), &none).expect("nothing").is_none());
}

#[test]
fn a_search_can_be_given_up() {
    let tokenizer = tokenizer(&["<a>"]);
    let finder = tokenizer.finder(&BTreeSet::from([259]), &BTreeSet::new()).expect("small").expect("some");
    let (asked, text) = (Cell::new(0), vec![b'x'; 3 * WINDOW]);
    let give_up = || asked.replace(asked.get() + 1) == 1;
    finder.parts_into(&text, 0..text.len(), &give_up, &mut Vec::new()).expect("nothing refused");
    assert_eq!(asked.get(), 2);
}

#[test]
fn only_tokens_with_a_newline_before_something_cross_lines() {
    for (token, crosses) in [("<a>", false), ("<a>\n\n", false), ("\n", false), ("\n<a>", true), ("a\nb\n", true)] {
        let finder =
            tokenizer(&[token]).finder(&BTreeSet::from([259]), &BTreeSet::new()).expect("small").expect("some");
        assert_eq!(finder.crosses_lines(), crosses, "{token:?}");
    }
}

#[test]
fn a_search_stays_within_its_range() {
    let finder = tokenizer(&["<a>"]).finder(&BTreeSet::from([259]), &BTreeSet::new()).expect("small").expect("some");
    let mut parts = Vec::new();
    finder.parts_into(b"<a><a>x<a><a>", 1..12, &|| false, &mut parts).expect("nothing refused");
    let found: Vec<_> = parts.into_iter().map(|part| (part.range, part.special)).collect();
    assert_eq!(found, [(1..3, None), (3..6, Some(259)), (6..7, None), (7..10, Some(259)), (10..12, None)]);
}

proptest! {
    #[test]
    fn the_naive_twin_finds_the_same(
        tokens in prop::collection::btree_set("[ab<é]{1,5}", 1..8),
        text in "[ab<é\n]{0,60}",
        tail in prop::collection::vec(any::<u8>(), 0..4),
        window in 1..12usize,
    ) {
        let (tokens, text): (Vec<_>, _) = (tokens.into_iter().collect(), [text.as_bytes(), &tail].concat());
        let sought = tokens.iter().zip(0..).map(|(token, id)| Sought { token: token.clone(), id, allowed: true });
        let finder = Finder::new(sought.collect(), window).expect("small").expect("some");
        let parts = parts(&finder, &text).expect("nothing refused");
        let found = parts.iter().filter_map(|part| Some((part.range.start, index(part.special?)))).collect::<Vec<_>>();
        prop_assert_eq!(found, naive::special::find(&tokens, &text));
        let mut at = 0;
        for part in &parts {
            prop_assert!(part.range.start == at && at < part.range.end);
            prop_assert!(part.special.is_none_or(|id| text[part.range.clone()] == *tokens[index(id)].as_bytes()));
            at = part.range.end;
        }
        prop_assert_eq!(at, text.len());
        prop_assert!(!parts.windows(2).any(|pair| pair[0].special.is_none() && pair[1].special.is_none()));
    }
}
