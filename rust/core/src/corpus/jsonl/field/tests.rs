//! Values under paths, against a parser that builds everything; and halves of surrogate pairs.

use super::*;
use proptest::prelude::*;
use serde_json::Value as Json;

fn wanted(text: &str, source: Option<&str>) -> Wanted {
    let path = |keys: &str| keys.split('.').map(str::to_owned).collect();
    Wanted { text: path(text), source: source.map(path) }
}

/// The definition: the whole line is built, and the paths are followed.
fn naive(line: &str, path: &[String]) -> Option<String> {
    let json: Json = serde_json::from_str(line).unwrap();
    path.iter().try_fold(&json, |value, key| value.as_object()?.get(key))?.as_str().map(str::to_owned)
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["null", "1", "true", "\"x\"", "\"\\u5929\"", "[{\"a\":\"no\"}]", "{}"])
        .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::vec((prop::sample::select(vec!["a", "b", "\\u0061"]), inner), 0..4).prop_map(|entries| {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        })
    })
}

proptest! {
    #[test]
    fn strings_under_paths_are_those_of_a_parser_that_builds_everything(
        line in any_json(), text in prop::sample::select(vec!["a", "b.a", "a.a", "a.b.a"]),
        source in prop::sample::select(vec![None, Some("a"), Some("b"), Some("a.b"), Some("a.a")])
    ) {
        let wanted = wanted(text, source);
        let (mut into, mut name) = (b"before".to_vec(), String::new());
        let read = append(&line, &wanted, &mut into, &mut name);
        let expected = naive(&line, &wanted.text);
        let expected_source = wanted.source.as_ref().map(|path| naive(&line, path));
        match (&expected, &expected_source) {
            (Some(expected), None | Some(Some(_))) => {
                prop_assert!(read.is_ok());
                prop_assert_eq!(into, [b"before", expected.as_bytes()].concat());
                prop_assert_eq!(Some(name), expected_source.unwrap_or_else(|| Some(String::new())));
            }
            _ => {
                prop_assert!(read.is_err());
                prop_assert_eq!(into, b"before");
            }
        }
    }

    #[test]
    fn halves_of_pairs_are_replaced_as_the_characters_they_are_not(
        units in prop::collection::vec(prop::sample::select(vec!["\\ud83d", "\\ude00", "\\\\", "\\n", "a", "天", "ud83d", "\\u0041", "\\uD83D\\uDE00"]), 0..10)
    ) {
        let line = format!("{{\"a\":\"{}\"}}", units.concat());
        let (mended, replaced) = without_halves(&line);
        let (mut text, mut name) = (Vec::new(), String::new());
        let before = append(&line, &wanted("a", None), &mut text, &mut name);
        prop_assert_eq!(before.is_ok(), replaced == 0, "{}", line);
        if replaced == 0 {
            prop_assert_eq!(&mended, &line);
        } else {
            prop_assert_eq!(before.unwrap_err().flaw, Flaw::InvalidUtf8);
            append(&mended, &wanted("a", None), &mut text, &mut name).unwrap();
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(text.matches('\u{FFFD}').count(), usize::try_from(replaced).unwrap());
        }
    }
}

#[test]
fn what_is_missing_on_a_nested_path_is_named() {
    let words =
        |line: &str| append(line, &wanted("a.b.c", Some("s")), &mut Vec::new(), &mut String::new()).unwrap_err().words;
    assert_eq!(words(r#"{"x":1}"#), r#"there is no key "a"; the keys are "x""#);
    assert_eq!(words(r#"{"a":{"x":1,"y":{}}}"#), r#"there is no key "b" in "a"; the keys are "x", "y""#);
    assert_eq!(words(r#"{"a":{"b":{}}}"#), r#"there is no key "c" in "a.b"; the object is empty"#);
    assert_eq!(
        words(r#"{"a":{"b":null}}"#),
        r#"the value of "a.b" is null, where an object with the key "c" is expected"#
    );
    assert_eq!(
        words(r#"{"a":{"b":{"c":-1.5}}}"#),
        r#"the value of "a.b.c" is the number -1.5, where a string is expected"#
    );
    assert_eq!(words(r#"{"a":{"b":{"c":"x"}}}"#), r#"there is no key "s"; the keys are "a""#);
    assert_eq!(words(r#"{"a":{"b":{"c":"x"}},"s":[]}"#), r#"the value of "s" is an array, where a string is expected"#);
}
