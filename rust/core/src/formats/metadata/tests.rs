use super::*;
use crate::vocabulary::special::{MAX_SPECIAL_LENGTH, MAX_SPECIAL_TOKENS};
use proptest::prelude::*;

fn parse(json: &str) -> Result<Vec<String>, String> {
    Metadata::parse(json.as_bytes()).map(|metadata| metadata.special_tokens)
}

fn problem(json: &str) -> String {
    parse(json).err().unwrap_or_default()
}

fn vocabulary(tokens: &[String], normalization: Normalization) -> Vocabulary {
    let vocabulary = crate::formats::model::tests::vocabulary();
    vocabulary.with_special_tokens(tokens.to_vec()).expect("special tokens").with_normalization(normalization)
}

#[test]
fn fields_come_in_any_order_and_tokens_may_be_missing() {
    assert_eq!(parse(r#"{"format": 1, "special_tokens": ["<x>", "\u5929"]}"#), Ok(vec!["<x>".into(), "天".into()]));
    assert_eq!(parse(r#" {"special_tokens":["<x>"] , "form\u0061t":1} "#), Ok(vec!["<x>".into()]));
    assert_eq!(parse(r#"{"format": 1, "special_tokens": []}"#), Ok(vec![]));
    assert_eq!(parse(r#"{"format": 1}"#), Ok(vec![]));
}

#[test]
fn what_is_not_known_is_refused() {
    for (json, words) in [
        ("{}", "the metadata has no field \"format\""),
        (r#"{"special_tokens": ["a"]}"#, "the metadata has no field \"format\""),
        (r#"{"format": 2}"#, "the field \"format\" is 2, not 1: a newer bytepiece wrote this model; update to read it"),
        (r#"{"format": 0}"#, "the field \"format\" is 0, not 1"),
        (
            r#"{"format": 1, "normalization": "NFKC"}"#,
            "the field \"normalization\": \"NFKC\": a newer bytepiece wrote this model",
        ),
        (r#"{"format": 1, "normalization": null}"#, "the field \"normalization\": invalid type: null"),
        (r#"{"format": 1, "normalization": "nfc", "normalization": "nfc"}"#, "the field \"normalization\" twice"),
        (r#"{"format": 1, "casefold": true}"#, "the metadata has the field \"casefold\": a newer bytepiece wrote"),
        (r#"{"format": 1, "format": 1}"#, "the field \"format\" twice"),
        (r#"{"format": 1, "special_tokens": [], "special_tokens": []}"#, "the field \"special_tokens\" twice"),
        (r#"{"format": 1.0}"#, "the field \"format\": invalid type: floating point"),
        (r#"{"format": true}"#, "the field \"format\": invalid type: boolean"),
        (r#"{"format": "1"}"#, "the field \"format\": invalid type: string \"1\""),
        (r#"{"format": -1}"#, "the field \"format\": invalid value: integer `-1`"),
        (
            r#"{"format": 1, "special_tokens": null}"#,
            "the field \"special_tokens\": invalid type: null, expected an array of strings",
        ),
        (
            r#"{"format": 1, "special_tokens": "<x>"}"#,
            "the field \"special_tokens\": invalid type: string \"<x>\", expected an array",
        ),
        (
            r#"{"format": 1, "special_tokens": ["a", 7]}"#,
            "the field \"special_tokens\": element 1: invalid type: integer `7`, expected a string at line 1 column 39",
        ),
        (r#"{"format": 1, "special_tokens": ["\ud800"]}"#, "the field \"special_tokens\": element 0: "),
        (r#"{"format": 1} x"#, "trailing characters"),
        (r#"{"format": 1"#, "EOF"),
        ("[1]", "an object under the key \"bytepiece\""),
    ] {
        assert!(problem(json).starts_with("bytepiece: ") && problem(json).contains(words), "{json}: {}", problem(json));
    }
}

#[test]
fn tokens_that_break_a_rule_are_refused_with_their_place() {
    let vocabulary = crate::formats::model::tests::vocabulary();
    let apply =
        |tokens: Vec<String>| Metadata { special_tokens: tokens, ..Metadata::default() }.apply(&vocabulary, "m.model");
    let problem = |tokens: Vec<String>| apply(tokens).expect_err("refused").to_string();
    let model = "m.model: not a BytePiece model: bytepiece: special_tokens[1]: ";
    for (token, words) in [
        (String::new(), "it is empty"),
        ("a".to_owned(), "it is \"a\", which is a special token already"),
        ("<bos>".to_owned(), "it is \"<bos>\", which every tokenizer has already"),
        ("x".repeat(MAX_SPECIAL_LENGTH + 1), "it has 257 bytes"),
    ] {
        assert!(problem(vec!["a".to_owned(), token]).starts_with(&format!("{model}{words}")));
    }
    assert!(problem((0..=MAX_SPECIAL_TOKENS).map(|number| number.to_string()).collect()).contains("65536 (2^16)"));
    assert_eq!(apply(vec!["x".repeat(MAX_SPECIAL_LENGTH)]).expect("the longest").size(), 260);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        given in prop::collection::btree_set(".{1,20}|[\\x00-\\x1F\"\\\\]{1,9}", 0..9),
        normalization in crate::naive::normalize::strategy::normalization()
    ) {
        let given: Vec<String> = given.into_iter().collect();
        let mut json = Vec::new();
        let vocabulary = vocabulary(&given, normalization);
        write(&vocabulary, &mut json).expect("memory");
        prop_assert_eq!(is_needed(&vocabulary), !given.is_empty() || normalization != Normalization::Nfc);
        prop_assert_eq!(Metadata::parse(&json), Ok(Metadata { special_tokens: given, normalization }));
    }
}
