use super::*;
use crate::corpus::normalize::Normalization;
use crate::vocabulary::MAX_PIECE_LENGTH;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The 256 bytes as members, without the braces around them.
fn bytes() -> String {
    (0..=255u8).map(|byte| format!("\"{}\": [{}, 1], ", STANDARD.encode([byte]), u32::from(byte) + 3)).collect()
}

/// A model of all bytes and one more member.
fn with(member: &str) -> String {
    format!("{{{}{member}}}", bytes())
}

fn load_text(text: &str) -> Result<Vocabulary> {
    read(text.as_bytes(), Path::new("m.model"))
}

/// The 256 bytes.
pub(in crate::formats) fn vocabulary() -> Vocabulary {
    load_text(&format!("{{{}}}", bytes().trim_end_matches(", "))).expect("a model")
}

/// The same with special tokens.
fn special(tokens: &[&str]) -> Vocabulary {
    vocabulary().with_special_tokens(tokens.iter().map(|&token| token.to_owned())).expect("special tokens")
}

/// A code block of FORMAT.md, counted from 0.
fn example(number: usize) -> &'static str {
    let norm = include_str!("../../../../../FORMAT.md");
    norm.split("```json\n").nth(number + 1).and_then(|rest| rest.split("\n```").next()).expect("an example")
}

/// What is wrong with a model file.
fn problem(text: &str) -> String {
    load_text(text).map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
}

fn written(vocabulary: &Vocabulary) -> Vec<u8> {
    let mut out = Vec::new();
    write(vocabulary, &mut out).expect("memory");
    out
}

#[test]
fn the_example_in_format_md_is_what_is_written() {
    let pieces: [(&[u8], u64); 8] = [
        (b"\0", 1),
        (b"\n", 120),
        (b"\"", 17),
        (b"a", 2044),
        (b"\x7F", 1),
        (b"\xE5", 3),
        (b"\n\n", 35),
        ("天".as_bytes(), 12),
    ];
    let mut out = Vec::new();
    write_pieces(&pieces.into_iter().collect(), &mut out).expect("memory");
    assert_eq!(format!("{{{}\n}}", String::from_utf8(out).expect("text")), example(0));
}

#[test]
fn special_tokens_are_written_before_the_pieces_as_format_md_says() {
    let with = special(&["<|im_start|>", "a \"b\"\n天"]).with_normalization(Normalization::Nfkc);
    let (plain, with) = (written(&vocabulary()), written(&with));
    let (plain, with) = (String::from_utf8(plain).expect("text"), String::from_utf8(with).expect("text"));
    let (metadata, first) = example(1).split_once("    \"AA==\"").expect("the first piece");
    let first = first.trim_end_matches("\n    ...\n}");
    assert_eq!(with, format!("{metadata}{}", plain.strip_prefix("{\n").expect("an object")));
    assert!(with.starts_with(&format!("{metadata}    \"AA==\"{first}")) && plain.starts_with("{\n    \"AA==\": ["));
}

#[test]
fn special_tokens_come_back_from_any_place() {
    let vocabulary = special(&["<x>", "天"]);
    assert_eq!(load_text(&String::from_utf8(written(&vocabulary)).expect("text")).expect("a model"), vocabulary);
    let last = with(r#""b\u0079tepiece": {"special_tokens": ["<x>", "\u5929"], "format": 1}"#);
    assert_eq!(load_text(&last).expect("a model"), vocabulary);
    assert_eq!(load_text(&with(r#""bytepiece": {"format": 1}"#)).expect("a model"), self::vocabulary());
    let none = self::vocabulary().with_normalization(Normalization::None);
    assert_eq!(load_text(&String::from_utf8(written(&none)).expect("text")).expect("a model"), none);
}

#[test]
fn metadata_that_breaks_a_rule_is_refused() {
    let good = r#""bytepiece": {"format": 1, "special_tokens": ["<x>"]}"#;
    for (member, words) in [
        (format!("{good}, {good}"), "the key \"bytepiece\" stands in it twice"),
        (good.replace("bytepiece", "Bytepiece"), "the key \"Bytepiece\" has an object, as only \"bytepiece\" may"),
        (good.replace("bytepiece", "YWI="), "a newer bytepiece wrote this model"),
        (r#""bytepiece": [259, 5]"#.to_owned(), "key \"bytepiece\" is not base64"),
        (r#""bytepiece": 1"#.to_owned(), "[id, text, count] for the key \"bytepiece\""),
        (good.replace("<x>", "<pad>"), "bytepiece: special_tokens[0]: it is \"<pad>\""),
        (good.replace('1', "2"), "a newer bytepiece wrote this model; update to read it at line 1 column"),
        (good.replace("1", "1, \"casefold\": {}"), "the field \"casefold\": a newer bytepiece"),
        (good.replace("1", "1, \"normalization\": \"nfd\""), "the field \"normalization\": \"nfd\": a newer bytepiece"),
    ] {
        let problem = problem(&with(&member));
        assert!(problem.starts_with("m.model: not a BytePiece model: ") && problem.contains(words), "{problem}");
    }
    assert!(problem(&format!("{{{good}}}")).contains("it has no pieces"));
}

#[test]
fn texts_are_escaped_as_python_escapes_them() {
    let mut out = Vec::new();
    write_escaped("\"\\/\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}\u{85}\u{2028}é😀", &mut out).expect("memory");
    let expected = "\\\"\\\\/\\b\\t\\n\\u000b\\f\\r\\u001f\u{7f}\u{85}\u{2028}é😀";
    assert_eq!(String::from_utf8(out).expect("text"), expected);
}

proptest! {
    #[test]
    fn what_is_written_is_read(more in prop::collection::btree_map(any::<Vec<u8>>(), 1..=u64::MAX >> 40, 0..30)) {
        let mut table = PieceTable::new();
        (0..=255u8).for_each(|byte| table.push(&[byte], 7));
        more.iter().filter(|(piece, _)| piece.len() > 1).for_each(|(piece, &count)| table.push(piece, count));
        let vocabulary = Vocabulary::new(table, "model").expect("a vocabulary");
        let file = written(&vocabulary);
        let read = read(&file[..], Path::new("m.model")).expect("a model");
        prop_assert_eq!(&read, &vocabulary);
        for end in [0, 1, file.len() / 3, file.len() - 1] {
            prop_assert!(problem(&String::from_utf8_lossy(&file[..end])).contains("EOF"));
        }
    }
}

#[test]
fn lax_values_and_any_order_load() {
    let plain = load_text(&with(r#""YWI=": [259, "ab", 5]"#)).expect("three fields");
    for member in [r#""YWI=":[259,5]"#, r#""YW\u0049=": [ 259, [1, {"x": null}], true, 1.5, 5 ]"#] {
        assert_eq!(load_text(&with(member)).expect(member), plain);
    }
    let reversed = format!("{{\"YWI=\": [259, 5], {}}}", bytes().trim_end_matches(", "));
    assert_eq!(load_text(&reversed).expect("any order"), plain);
    assert_eq!(plain.piece(259), Some(&b"ab"[..]));
}

#[test]
fn what_is_not_an_object_of_pieces_is_refused() {
    assert!(problem("").contains("EOF while parsing a value at line 1 column 0"));
    assert!(problem("[1]").contains("expected an object of pieces"));
    assert!(problem("{}").contains("no pieces"));
    assert!(problem("{\"YQ==\": [3, 1}").contains("line 1 column"));
    assert!(problem(&(with(r#""YWI=": [259, 5]"#) + " x")).contains("trailing characters"));
    assert!(problem("not JSON").starts_with("m.model: not a BytePiece model: "));
}

#[test]
fn keys_that_are_no_pieces_are_refused() {
    for key in ["YWI", "YWI==", "YW I=", "YWJ=", "_-8=", "é"] {
        assert!(
            problem(&with(&format!("\"{key}\": [259, 1]"))).contains(&format!("key {key:?} is not base64")),
            "{key}"
        );
    }
    assert!(problem(&with(r#""": [259, 1]"#)).contains("the empty piece"));
    let longest = |length| with(&format!("\"{}\": [259, 1]", STANDARD.encode(vec![b'x'; length])));
    assert!(problem(&longest(MAX_PIECE_LENGTH + 1)).contains("4097 bytes"));
    assert_eq!(problem(&longest(MAX_PIECE_LENGTH)), "nothing");
    assert!(problem(&with(r#""YWI=": [259, 1], "YWI=": [260, 1]"#)).contains("b\"ab\" stands in it twice"));
}

#[test]
fn ids_must_be_dense_from_3() {
    for (id, words) in [
        ("2", "has id 2, the first is 3"),
        ("-1", "has id -1"),
        ("3", "two pieces have id 3"),
        ("260", "no piece has id 259; 257 pieces must have the ids 3 to 259"),
        ("1000000000000000000", "has id 1000000000000000000, the limit is 16777218"),
        ("259.0", "the id of the key \"YWI=\" is a float"),
        ("\"259\"", "is a string"),
        ("true", "is a boolean"),
        ("null", "is null"),
    ] {
        let problem = problem(&with(&format!("\"YWI=\": [{id}, 1]")));
        assert!(problem.contains(words), "{problem}");
    }
}

#[test]
fn counts_must_be_positive_integers() {
    for (count, words) in [
        ("0", "piece b\"ab\" has count 0, the least is 1"),
        ("-5", "has count -5"),
        ("1.0", "the count of the key \"YWI=\" is a float"),
        ("18446744073709551616", "over 2^64 - 1"),
        ("18446744073709551615", "the sum of counts is over 2^64 - 1"),
        ("\"7\"", "is a string"),
        ("false", "is a boolean"),
        ("[1]", "is an array"),
        ("{\"a\": [1]}", "is an object"),
    ] {
        let problem = problem(&with(&format!("\"YWI=\": [259, \"ab\", {count}]")));
        assert!(problem.contains(words), "{problem}");
    }
    let most = u64::MAX - 256;
    assert_eq!(load_text(&with(&format!("\"YWI=\": [259, {most}]"))).expect("fits").total(), u64::MAX);
}

#[test]
fn values_of_other_shapes_are_refused() {
    for value in ["[]", "[259]", "5", "\"x\"", "null"] {
        let problem = problem(&with(&format!("\"YWI=\": {value}")));
        assert!(problem.contains("YWI=") && problem.contains("[id, text, count]"), "{problem}");
    }
    assert!(problem(&with(r#""": {"version": 2}"#)).contains("newer bytepiece"));
}

#[test]
fn a_missing_byte_is_named() {
    let without = bytes().replacen("\"AA==\": [3, 1], ", "", 1).replace("\"/w==\": [258, 1], ", "\"/w==\": [3, 1]");
    assert!(problem(&format!("{{{without}}}")).contains("the single byte b\"\\x00\" is missing"));
}

#[test]
fn files_are_named_in_errors_and_survive_a_round_trip() {
    let folder = tempfile::tempdir().expect("a folder");
    let (missing, path) = (folder.path().join("none"), folder.path().join("a.model"));
    assert!(load(&missing).expect_err("missing").to_string().starts_with(&missing.display().to_string()));
    assert!(matches!(load(folder.path()), Err(Error::Io { source, .. }) if source.raw_os_error().is_some()));
    let vocabulary = load_text(&with(r#""5aSp": [259, "天", 9]"#)).expect("a model");
    save(&vocabulary, &path).expect("saved");
    assert_eq!(std::fs::read(&path).expect("a file"), written(&vocabulary));
    assert_eq!(load(&path).expect("a model"), vocabulary);
    let names: BTreeSet<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names, BTreeSet::from(["a.model".into()]));
}
