//! Lines of any kind, and what is said of those that cannot be read.

use super::*;
use crate::corpus::documents_of;

fn read_with(content: &[u8], change: impl FnOnce(&mut Options)) -> Result<(Vec<String>, Report)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.jsonl");
    std::fs::write(&path, content).unwrap();
    let mut options = Options::new(vec!["text".to_owned()]);
    change(&mut options);
    let jsonl = Jsonl::new(&[path], options).unwrap();
    let documents = documents_of(&jsonl)?;
    assert_eq!(documents_of(&jsonl)?, documents, "a second pass gives the same");
    Ok((documents.into_iter().map(|(text, _)| String::from_utf8(text).unwrap()).collect(), jsonl.report()))
}

fn read(content: &[u8]) -> Result<Vec<String>> {
    read_with(content, |_| ()).map(|(documents, _)| documents)
}

fn problem(content: &[u8]) -> String {
    let message = read(content).unwrap_err().to_string();
    message.split_once("a.jsonl: ").unwrap().1.to_owned()
}

#[test]
fn one_document_a_line() {
    let content = "\u{FEFF}{\"text\": \"a\\n天\\ud83d\\ude00\"}\r\n \t\n{\"id\":[1,{\"text\":2}],\"text\":\"\"}\n{\"text\":\"last\",\"x\":\"\\ud800\"}";
    assert_eq!(read(content.as_bytes()).unwrap(), ["a\n天😀", "", "last"]);
    assert_eq!(read(b"").unwrap(), Vec::<String>::new());
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    assert_eq!(read(br#"{"text":"first","text":"second"}"#).unwrap(), ["second"]);
    assert_eq!(read(br#"{"text":1,"te\u0078t":"second"}"#).unwrap(), ["second"]);
}

#[test]
fn what_is_wrong_is_said_with_the_line() {
    let fine = r#"{"text":"a"}"#;
    let after = |line: &str| problem(format!("{fine}\n\n{line}\n{fine}").as_bytes());
    assert_eq!(after("{\"text\":\"a\","), "line 3: not valid JSON: EOF while parsing a value (byte 12 of the line)");
    assert_eq!(after("{\"text\" \"a\"}"), "line 3: not valid JSON: expected `:` (byte 9 of the line)");
    assert_eq!(after("{\"text\":\"a\"} {}"), "line 3: not valid JSON: trailing characters (byte 14 of the line)");
    assert_eq!(after("[\"a\"]"), "line 3: an array, where an object with the key \"text\" is expected");
    assert_eq!(after("\"a\""), "line 3: a string, where an object with the key \"text\" is expected");
    assert_eq!(after("{}"), "line 3: there is no key \"text\"; the object is empty");
    assert_eq!(after("{\"b\":1,\"a\":2}"), "line 3: there is no key \"text\"; the keys are \"b\", \"a\"");
    for (value, kind) in [
        ("null", "null"),
        ("1.5", "the number 1.5"),
        ("-1", "the number -1"),
        ("true", "the boolean true"),
        ("[[]]", "an array"),
        ("{\"a\":1}", "an object"),
    ] {
        assert_eq!(
            after(&format!("{{\"text\":{value}}}")),
            format!("line 3: the value of \"text\" is {kind}, where a string is expected")
        );
    }
}

#[test]
fn half_a_surrogate_pair_is_no_character() {
    for half in ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800a"] {
        let message = problem(format!("{{\"text\":\"{half}\"}}").as_bytes());
        assert!(message.starts_with("line 1: not valid JSON: half of a surrogate pair"), "{half}: {message}");
    }
}

#[test]
fn invalid_utf8_is_named_with_its_line_and_offset() {
    let place = |content: &[u8]| match read(content) {
        Err(Error::InvalidUtf8 { line, offset, .. }) => (line, offset),
        other => panic!("{other:?}"),
    };
    assert_eq!(place(b"{\"text\":\"a\"}\n{\"text\":\"\xFF\"}\n"), (2, 22));
    assert_eq!(place(b"\xEF\xBB\xBF{\"text\":\"\xE5\xA4\"}"), (1, 12));
}

#[test]
fn text_already_there_stays() {
    let wanted = Wanted { text: vec!["text".to_owned()], source: None };
    let (mut text, mut name) = (b"before".to_vec(), String::new());
    field::append(r#"{"text":1,"text":"a","text":"b"}"#, &wanted, &mut text, &mut name).unwrap();
    assert_eq!(text, b"beforeb");
    assert!(field::append(r#"{"text":"c","text":1}"#, &wanted, &mut text, &mut name).is_err());
    assert_eq!(text, b"beforeb");
}

const FLAWED: &[u8] = b"{\"text\":\"a\"}\n{\n\n[1]\n{\"x\":1}\n{\"text\":null}\n{\"text\":3}\n{\"text\":\"b\xFF\"}\n{\"text\":\"\\ud800c\"}\n{\"text\":\"last\"}";

#[test]
fn what_cannot_be_read_is_left_out_and_counted() {
    let (read, report) = read_with(FLAWED, |options| options.errors = Errors::Skip).unwrap();
    assert_eq!(read, ["a", "last"]);
    let skipped: Vec<_> = report.skipped.into_iter().map(|(flaw, count)| (flaw.to_string(), count)).collect();
    let expected = [("invalid UTF-8", 2), ("not JSON", 2), ("missing", 1), ("null", 1), ("not a string", 1)];
    assert_eq!(skipped, expected.map(|(flaw, count)| (flaw.to_owned(), count)));
    assert!(report.first[0].contains("a.jsonl: line 2: not valid JSON"), "{:?}", report.first);
    assert_eq!((report.first.len(), report.replaced), (7, 0));
}

#[test]
fn what_is_not_utf8_is_replaced_and_everything_else_is_an_error() {
    let replaced = |content: &[u8]| read_with(content, |options| options.errors = Errors::Replace);
    let content = b"{\"text\":\"b\xFF\xE5\xA4\"}\n{\"text\":\"\\ud800c\\udc00\"}\n{\"text\":\"\xFF\\ud800\"}";
    let (read, report) = replaced(content).unwrap();
    assert_eq!(read, ["b\u{FFFD}\u{FFFD}", "\u{FFFD}c\u{FFFD}", "\u{FFFD}\u{FFFD}"]);
    assert_eq!((report.replaced, report.first.len()), (6, 4));
    for line in ["{", "{}", "{\"text\":null}", "{\"text\":\"\\ud800\""] {
        assert!(replaced(line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn a_line_over_the_limit_is_an_error_or_left_out() {
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(3 << 20));
    let fine = r#"{"text":"a"}"#;
    let content = [fine, &long, fine, &long].join("\n");
    let limit = crate::num::to_u64(long.len());
    let with = |max_line, errors| {
        read_with(content.as_bytes(), |options| (options.max_line, options.errors) = (max_line, errors))
    };
    assert_eq!(with(limit, Errors::Raise).unwrap().0.len(), 4);
    for limit in [limit - 1, 12, 1 << 20] {
        let message = with(limit, Errors::Raise).unwrap_err().to_string();
        assert!(message.ends_with(&format!("line 2: it is longer than {limit} bytes; pass a larger max_line, which is how much memory a line may take")), "{message}");
        let (read, report) = with(limit, Errors::Skip).unwrap();
        assert_eq!((read, report.skipped[&Flaw::TooLong]), (vec!["a".to_owned(); 2], 2));
    }
    assert!(with(11, Errors::Raise).unwrap_err().to_string().contains("line 1: "));
}

#[test]
fn documents_know_their_source() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.jsonl");
    std::fs::write(
        &path,
        "{\"m\":{\"s\":\"zh\"},\"t\":\"1\"}\n{\"t\":\"2\",\"m\":{\"s\":\"en\"}}\n{\"m\":{\"s\":\"zh\"},\"t\":\"3\"}",
    )
    .unwrap();
    let path_of = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
    let options = Options { source_field: Some(path_of(&["m", "s"])), ..Options::new(path_of(&["t"])) };
    let jsonl = Jsonl::new(&[path], options).unwrap();
    let mut pass = jsonl.open().unwrap();
    let (mut text, mut sources) = (Vec::new(), Vec::new());
    while let Some(part) = pass.next_part(&mut text).unwrap() {
        sources.push(part.source);
    }
    assert_eq!((sources, pass.sources(), &text[..]), (vec![0, 1, 0], &path_of(&["zh", "en"])[..], &b"123"[..]));
    assert_eq!(pass.bytes_read(), jsonl.total_bytes());
}
