use super::*;
use crate::corpus::documents_of;
use crate::corpus::files::CHUNK;
use crate::corpus::jsonl::{Jsonl, Options};
use crate::corpus::spool::Spooler;

type Shared = Arc<dyn Corpus + Send + Sync>;

fn part(documents: &[Vec<u8>]) -> Shared {
    let mut spooler = Spooler::new(None).unwrap();
    documents.iter().for_each(|document| spooler.push(document).unwrap());
    Arc::new(spooler.finish().unwrap())
}

/// Parts with short, empty and very long documents, and none.
fn parts() -> Vec<Vec<Vec<u8>>> {
    let long = |byte| vec![byte; 3 * CHUNK + 5];
    let short = |part: usize| (0..40_000).map(|number| format!("{part} {number}").into_bytes()).collect();
    vec![short(0), vec![], vec![long(b'a'), vec![], long(b'b')], short(3), vec![long(b'c'); 9], short(5)]
}

#[test]
fn documents_are_those_of_the_parts() {
    let all = parts();
    let expected: Vec<_> = all.concat();
    for threads in [1, 2, 7] {
        for ordered in [true, false] {
            let corpora = all.iter().map(|documents| part(documents)).collect();
            let corpus = Concurrent::new(corpora, NonZeroUsize::new(threads).unwrap(), ordered);
            let mut read: Vec<_> = documents_of(&corpus).unwrap().into_iter().map(|(text, _)| text).collect();
            let mut expected = expected.clone();
            if !ordered {
                read.sort();
                expected.sort();
            }
            assert!(read == expected, "{threads} threads, ordered {ordered}");
            assert_eq!(corpus.keeps_order(), ordered);
        }
    }
}

#[test]
fn sources_files_and_bytes_are_those_of_reading_in_turn() {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..5).map(|number| dir.path().join(format!("{number}.jsonl"))).collect();
    for (number, path) in paths.iter().enumerate() {
        let row = |line: usize| format!("{{\"text\":\"{number} {line}\",\"s\":\"{}\"}}\n", (number + line) % 3);
        std::fs::write(path, (0..30_000).map(row).collect::<String>()).unwrap();
    }
    let options = Options { source_field: Some(vec!["s".to_owned()]), ..Options::new(vec!["text".to_owned()]) };
    let whole = Jsonl::new(&paths, options.clone()).unwrap();
    let one = |path| -> Shared { Arc::new(Jsonl::new(std::slice::from_ref(path), options.clone()).unwrap()) };
    let concurrent = || Concurrent::new(paths.iter().map(one).collect(), NonZeroUsize::new(3).unwrap(), true);
    let corpus = concurrent();
    let read = |corpus: &dyn Corpus| {
        let (mut pass, mut all, mut text) = (corpus.open().unwrap(), Vec::new(), Vec::new());
        while let Some(part) = pass.next_part(&mut text).unwrap() {
            let name = pass.sources()[index(part.source)].clone();
            all.push((String::from_utf8(std::mem::take(&mut text)).unwrap(), name, part.file));
        }
        (all, pass.bytes_read(), corpus.total_bytes())
    };
    assert_eq!(read(&corpus), read(&whole));
    assert_eq!(read(&corpus).1, corpus.total_bytes());
    std::fs::write(&paths[3], "{\"text\":\"last\",\"s\":\"\"}\n{").unwrap();
    let corpus = concurrent();
    let (mut pass, mut text, mut last) = (corpus.open().unwrap(), Vec::new(), Vec::new());
    let error = loop {
        text.clear();
        if let Err(error) = pass.next_part(&mut text) {
            break error;
        }
        assert_ne!(text, b"", "no error");
        last.clone_from(&text);
    };
    assert_eq!(last, b"last", "the error comes behind what was read before it");
    assert!(error.to_string().contains("3.jsonl: line 2: "), "{error}");
}

#[test]
fn a_pass_that_is_dropped_ends_its_threads() {
    let parts: Vec<Shared> = (0..3).map(|_| part(&vec![vec![b'a'; CHUNK]; 100])).collect();
    let corpus = Concurrent::new(parts.clone(), NonZeroUsize::new(3).unwrap(), true);
    let mut pass = corpus.open().unwrap();
    pass.next_part(&mut Vec::new()).unwrap();
    drop((pass, corpus));
    // each thread holds the parts as long as it lives
    while parts.iter().any(|part| Arc::strong_count(part) > 1) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
