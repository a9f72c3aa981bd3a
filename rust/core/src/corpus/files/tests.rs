//! Files that are there, or not; that change; and where they are found.

use super::*;
use std::fs;

/// A folder with these files, each with its name as content.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    dir
}

/// What is found under a folder, relative to it.
fn found(dir: &Path, pattern: &str, kind: find::Kind) -> Vec<String> {
    let files = find::find(&[dir.join(pattern)], kind).unwrap();
    files.iter().map(|path| path.strip_prefix(dir).unwrap().display().to_string()).collect()
}

#[test]
fn paths_that_cannot_be_read_twice_are_named() {
    let dir = folder(&[]);
    let missing = dir.path().join("missing.txt");
    let message = |path: &Path| Files::new(&[path.to_owned()], &[]).unwrap_err().to_string();
    assert!(message(&missing).starts_with(&format!("{}: ", missing.display())), "{}", message(&missing));
    assert_eq!(Files::new(&[], &[]).unwrap_err().to_string(), "paths must be 1 to 4294967295 paths, not 0 paths");
}

#[cfg(unix)]
#[test]
fn devices_and_named_pipes_are_refused_without_waiting_for_a_writer() {
    let dir = folder(&[]);
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe, dir.path().to_owned(), "/dev/null".into()] {
        let message = Files::new(&[path], &[]).unwrap_err().to_string();
        assert!(message.contains("is not a regular file, so it cannot be read more than once"), "{message}");
    }
}

#[test]
fn directories_are_read_in_one_order() {
    let dir = folder(&["b/2.txt", "b/10.txt", "b.txt", "a.jsonl.gz", "B/é.jsonl", "b/.hidden/x.txt", "b/.y"]);
    assert_eq!(found(dir.path(), "", &[]), ["B/é.jsonl", "a.jsonl.gz", "b/10.txt", "b/2.txt", "b.txt"]);
    assert_eq!(found(dir.path(), "", &["jsonl"]), ["B/é.jsonl", "a.jsonl.gz"]);
    assert_eq!(found(dir.path(), "**/*.txt", &[]), ["b/10.txt", "b/2.txt", "b.txt"]);
    assert_eq!(found(dir.path(), "*", &[]), ["a.jsonl.gz", "b.txt"]);
    assert_eq!(found(dir.path(), "b/[0-9].txt", &[]), ["b/2.txt"]);
    assert_eq!(found(dir.path(), "b/.*", &[]), ["b/.y"]);
}

#[test]
fn a_name_with_the_characters_of_a_pattern_is_a_name_where_there_is_such_a_file() {
    let dir = folder(&["[a].txt", "a.txt"]);
    assert_eq!(found(dir.path(), "[a].txt", &[]), ["[a].txt"]);
}

#[test]
fn nothing_found_is_an_error() {
    let dir = folder(&["a.txt"]);
    let message = |pattern: &str, kind| find::find(&[dir.path().join(pattern)], kind).unwrap_err().to_string();
    assert!(
        message("", &["jsonl", "json"])
            .ends_with("this directory has no file that ends in .jsonl, .json, hidden ones left out")
    );
    assert!(message("*.json", &[]).ends_with("*.json: there is no such file, and no file matches the pattern"));
    assert!(message("***", &[]).contains("and as a pattern: Pattern syntax error"));
}

#[cfg(unix)]
#[test]
fn a_directory_loop_is_named() {
    let dir = folder(&["a/b/c.txt"]);
    let link = dir.path().join("a/b/link");
    std::os::unix::fs::symlink(dir.path().join("a"), &link).unwrap();
    let message = find::find(&[dir.path().to_owned()], &[]).unwrap_err().to_string();
    let above = dir.path().join("a");
    let words = format!("{}: it is a link that leads back to {}: a directory loop", link.display(), above.display());
    assert!(message.starts_with(&words), "{message}");
    let message = find::find(&[dir.path().join("**/*.txt")], &[]).unwrap_err().to_string();
    assert!(message.starts_with(&words), "{message}");
    assert_eq!(found(dir.path(), "a/*/*.txt", &[]), ["a/b/c.txt"], "nobody would go round in it");
    // two links to one directory are no loop
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(dir.path().join("a/b"), dir.path().join("twice")).unwrap();
    assert_eq!(found(dir.path(), "", &[]), ["a/b/c.txt", "twice/c.txt"]);
    assert_eq!(found(dir.path(), "t*/*", &[]), ["twice/c.txt"]);
    std::os::unix::fs::symlink(dir.path().join("nowhere"), dir.path().join("broken")).unwrap();
    let message = find::find(&[dir.path().to_owned()], &[]).unwrap_err().to_string();
    assert!(message.contains("broken"), "{message}");
}

#[test]
fn a_file_that_changes_between_two_passes_or_in_the_second_is_named() {
    let dir = folder(&["a.txt", "b.txt"]);
    let files = Files::new(&[dir.path().to_owned()], &[]).unwrap();
    let read = |opener: &mut Opener| -> Result<String> {
        let mut text = Vec::new();
        opener.open_next()?.unwrap().read(100, &mut text)?;
        Ok(String::from_utf8(text).unwrap())
    };
    let (mut first, mut second) = (files.begin().unwrap(), files.begin().unwrap());
    assert_eq!((read(&mut first).unwrap(), read(&mut second).unwrap()), ("a.txt".to_owned(), "a.txt".to_owned()));
    assert_eq!(second.bytes_read(), 5);
    fs::write(dir.path().join("b.txt"), "others").unwrap();
    let words = format!("{}: it changed while it was in use: 5 bytes, changed at", dir.path().join("b.txt").display());
    for message in [read(&mut second).unwrap_err().to_string(), files.begin().err().unwrap().to_string()] {
        assert!(message.starts_with(&words) && message.contains("; now 6 bytes, changed at"), "{message}");
    }
    let mut other = files.clone().begin().unwrap();
    assert_eq!((read(&mut other).unwrap(), read(&mut other).unwrap()), ("a.txt".to_owned(), "others".to_owned()));
}

#[test]
fn a_file_that_changes_while_it_is_read_in_the_second_pass_is_named() {
    let dir = folder(&["a.txt"]);
    let path = dir.path().join("a.txt");
    let files = Files::new(std::slice::from_ref(&path), &[]).unwrap();
    drop(files.begin().unwrap());
    let mut source = files.begin().unwrap().open_next().unwrap().unwrap();
    assert_eq!(source.read(2, &mut Vec::new()).unwrap(), 2);
    fs::write(&path, "a.txt and more").unwrap();
    assert!(source.read(100, &mut Vec::new()).unwrap_err().to_string().contains("changed while it was in use"));
}
