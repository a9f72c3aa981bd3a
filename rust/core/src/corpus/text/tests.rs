//! Documents of text files, against definitions over whole files.

use super::*;
use crate::corpus::documents_of;
use crate::num::to_u64;
use proptest::prelude::*;

/// Documents with their last parts.
type Documents = Vec<(Vec<u8>, Part)>;

/// The documents of files with these contents, read `chunk` bytes at a time, each with the number of its file; and the
/// report.
fn read_with(contents: &[&[u8]], split: Split, errors: Errors, chunk: usize) -> Result<(Documents, Report)> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..contents.len()).map(|number| dir.path().join(format!("{number}.txt"))).collect();
    for (path, content) in paths.iter().zip(contents) {
        std::fs::write(path, content).unwrap();
    }
    let text = Text { chunk, ..Text::new(&paths, split, errors).unwrap() };
    assert_eq!(text.total_bytes().unwrap(), contents.iter().map(|content| to_u64(content.len())).sum::<u64>());
    let documents = documents_of(&text)?;
    let report = text.report();
    assert_eq!(
        (documents_of(&text)?, text.report()),
        (documents.clone(), report.clone()),
        "a second pass gives the same"
    );
    Ok((documents, report))
}

/// The documents where everything is UTF-8 or an error.
fn read(contents: &[&[u8]], split: Split, chunk: usize) -> Result<Documents> {
    read_with(contents, split, Errors::Raise, chunk).map(|(documents, _)| documents)
}

fn documents(content: &str, split: Split) -> Vec<String> {
    let read = read(&[content.as_bytes()], split, 4).unwrap();
    read.into_iter().map(|(document, _)| String::from_utf8(document).unwrap()).collect()
}

#[test]
fn a_file_is_a_document_unless_told_otherwise() {
    let content = "\n\na\nb\n\n\n天\r\n\n\u{FEFF}c";
    assert_eq!(documents(content, Split::File), [content]);
    assert_eq!(documents(content, Split::Line), ["\n\n", "a\n", "b\n\n\n", "天\r\n\n", "\u{FEFF}c"]);
    assert_eq!(documents(content, Split::Paragraph), ["\n\n", "a\nb\n\n\n", "天\r\n\n", "\u{FEFF}c"]);
    assert_eq!(documents("\na\n\n", Split::Paragraph), ["\na\n\n"]);
}

#[test]
fn documents_end_with_their_file_and_know_it() {
    let files = [&b"a\nb"[..], b"", b"\nc\n"];
    let numbered = |split| -> Vec<_> {
        read(&files, split, 3)
            .unwrap()
            .into_iter()
            .map(|(text, part)| (String::from_utf8(text).unwrap(), part.file))
            .collect()
    };
    let own = |list: &[(&str, u32)]| list.iter().map(|(text, file)| ((*text).to_owned(), *file)).collect::<Vec<_>>();
    assert_eq!(numbered(Split::File), own(&[("a\nb", 0), ("", 1), ("\nc\n", 2)]));
    assert_eq!(numbered(Split::Line), own(&[("a\n", 0), ("b", 0), ("\n", 2), ("c\n", 2)]));
}

#[test]
fn invalid_utf8_is_named_with_its_line_and_offset() {
    let message = |content: &[u8], chunk| match read(&[b"fine\n", content], Split::Line, chunk) {
        Err(crate::Error::InvalidUtf8 { path, line, offset }) => {
            assert!(path.ends_with("1.txt"));
            (line, offset)
        }
        other => panic!("{other:?}"),
    };
    for chunk in [1, 2, 3, 5, 100] {
        assert_eq!(message(b"a\n\xE5\xA4\xA9b\n\xFFc", chunk), (3, 7), "chunks of {chunk}");
        assert_eq!(message(b"\n\n\xE5\xA4", chunk), (3, 2), "the file ends inside a character, chunks of {chunk}");
        assert_eq!(message(b"\xED\xA0\x80", chunk), (1, 0), "a surrogate, chunks of {chunk}");
    }
}

/// The definition of the two splits by runs, over the whole file.
#[test]
fn what_comes_before_an_invalid_byte_is_given_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    std::fs::write(&path, b"a\nbc\nd\xFFe\n").unwrap();
    for chunk in [1, 4, 64] {
        let text = Text { chunk, ..Text::new(std::slice::from_ref(&path), Split::Line, Errors::Raise).unwrap() };
        let (mut pass, mut given, mut lines) = (text.open().unwrap(), Vec::new(), Vec::new());
        let problem = loop {
            match pass.next_part(&mut given) {
                Ok(Some(part)) if part.ends_document => lines.push(std::mem::take(&mut given)),
                Ok(part) => assert!(part.is_some(), "an error comes"),
                Err(problem) => break problem.to_string(),
            }
        };
        assert_eq!((lines, given), (vec![b"a\n".to_vec(), b"bc\n".to_vec()], b"d".to_vec()), "chunk {chunk}");
        assert!(problem.contains("line 3: invalid UTF-8 at byte 6"), "{problem}");
    }
}

fn split_by_runs(content: &str, least: usize) -> Vec<String> {
    let (mut all, mut document, mut run) = (Vec::new(), String::new(), 0);
    for character in content.chars() {
        if character != '\n' && run >= least {
            all.push(std::mem::take(&mut document));
        }
        run = if character == '\n' { run + 1 } else { 0 };
        document.push(character);
    }
    all.extend(Some(document).filter(|last| !last.is_empty()));
    all
}

proptest! {
    #[test]
    fn any_chunk_size_gives_the_documents_of_the_definition(
        units in prop::collection::vec(prop::sample::select(vec!["\n", "\n\n", "a", "天", "😀\n"]), 0..24), chunk in 1..9_usize
    ) {
        let content = units.concat();
        for (split, expected) in [
            (Split::File, vec![content.clone()]),
            (Split::Line, split_by_runs(&content, 1)),
            (Split::Paragraph, split_by_runs(&content, 2)),
        ] {
            let read: Vec<Vec<u8>> = read(&[content.as_bytes()], split, chunk).unwrap().into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(read, expected.into_iter().map(String::into_bytes).collect::<Vec<_>>());
        }
    }
}

/// Bytes that begin, continue and break characters.
fn any_content() -> impl Strategy<Value = Vec<u8>> {
    let units: Vec<&[u8]> =
        vec![b"\n", b"\n\n", b"a", "天".as_bytes(), b"\xE5\xA4", b"\xFF", b"\xED\xA0\x80", b"\x80", b"\xF0\x9F"];
    prop::collection::vec(prop::sample::select(units), 0..16).prop_map(|units| units.concat())
}

/// `split_by_runs` of any bytes: each is a character.
fn split_bytes(content: &[u8], least: usize) -> Vec<Vec<u8>> {
    let as_characters: String = content.iter().map(|&byte| char::from(byte)).collect();
    let back = |text: String| text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    split_by_runs(&as_characters, least).into_iter().map(back).collect()
}

proptest! {
    #[test]
    fn what_is_not_utf8_is_replaced_as_in_the_whole_file(content in any_content(), chunk in 1..9_usize) {
        let lossy = String::from_utf8_lossy(&content).into_owned();
        let replaced = u64::try_from(lossy.matches('\u{FFFD}').count()).unwrap();
        for (split, expected) in [(Split::File, vec![lossy.clone()]), (Split::Line, split_by_runs(&lossy, 1))] {
            let (read, report) = read_with(&[&content], split, Errors::Replace, chunk).unwrap();
            let read: Vec<String> = read.into_iter().map(|(text, _)| String::from_utf8(text).unwrap()).collect();
            prop_assert_eq!(read, expected);
            prop_assert_eq!(report.replaced, replaced);
            prop_assert_eq!(report.first.is_empty(), replaced == 0);
        }
    }

    #[test]
    fn documents_that_are_not_utf8_are_left_out(contents in prop::collection::vec(any_content(), 1..4), chunk in 1..9_usize) {
        let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        for (split, least) in [(Split::File, 0), (Split::Line, 1), (Split::Paragraph, 2)] {
            let (read, report) = read_with(&contents, split, Errors::Skip, chunk).unwrap();
            let of = |content: &&[u8]| if least == 0 { vec![content.to_vec()] } else { split_bytes(content, least) };
            let (valid, broken): (Vec<_>, Vec<_>) =
                contents.iter().flat_map(of).partition(|document| std::str::from_utf8(document).is_ok());
            prop_assert_eq!(read.into_iter().map(|(text, _)| text).collect::<Vec<_>>(), valid);
            prop_assert_eq!(report.skipped.values().sum::<u64>(), u64::try_from(broken.len()).unwrap());
        }
    }
}

#[test]
fn what_was_left_out_is_named_with_its_place() {
    let (read, report) = read_with(&[b"one\ntw\xFF\nthree\n", b"\xFFx\nfour"], Split::Line, Errors::Skip, 3).unwrap();
    assert_eq!(
        read.iter().map(|(text, part)| (&text[..], part.file)).collect::<Vec<_>>(),
        [(&b"one\n"[..], 0), (b"three\n", 0), (b"four", 1)]
    );
    assert!(report.first[0].contains("0.txt: line 2: invalid UTF-8 at byte 6 of its text"), "{:?}", report.first);
    assert!(report.first[1].contains("1.txt: line 1: invalid UTF-8 at byte 0 of its text"), "{:?}", report.first);
    assert_eq!((report.skipped[&Flaw::InvalidUtf8], report.first.len()), (2, 2));
}
