//! Model files and pickles: any bytes are read or refused, and what was read is written and read again as it was.

use crate::source::Source;
use crate::vocabulary::Case;
use bytepiece_core::formats::{model, packed};
use bytepiece_core::tokenizer::{Kernel, Tokenizer};
use bytepiece_core::vocabulary::Vocabulary;
use std::path::Path;

/// One file, broken or not.
pub fn check(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let kind = source.byte() % 8;
    if kind < 2 {
        let rest = source.bytes(usize::from(u16::MAX) - 1);
        return if kind == 0 { check_model(rest) } else { check_packed(rest) };
    }
    let mut vocabulary = Case::new(&mut source).tokenizer(Kernel::PORTABLE).vocabulary().clone();
    if source.once_in(2)
        && let Ok(more) = vocabulary.with_special_tokens(["<|é|>".to_owned(), "\n\"\\\u{1}".to_owned()])
    {
        vocabulary = more;
    }
    let written = written(&vocabulary);
    assert_eq!(written, self::written(&read_again(&written)), "a file that was written is read as it was");
    if kind.is_multiple_of(2) {
        check_model(&mutated(&mut source, written));
    } else {
        check_packed(&mutated(&mut source, packed::pack(&vocabulary).expect("room")));
    }
}

/// A model file: an error, or a vocabulary that can be written, read and used.
fn check_model(bytes: &[u8]) {
    if let Ok(vocabulary) = model::read(bytes, Path::new("a random file")) {
        let written = written(&vocabulary);
        assert_eq!(written, self::written(&read_again(&written)), "what is read can be written and read");
        use_it(vocabulary);
    }
}

/// A pickle: the same.
fn check_packed(bytes: &[u8]) {
    if let Ok(vocabulary) = packed::unpack(bytes) {
        let again = packed::unpack(&packed::pack(&vocabulary).expect("room")).expect("packed by this version");
        assert_eq!(written(&again), written(&vocabulary), "what is unpacked can be packed and unpacked");
        use_it(vocabulary);
    }
}

/// Makes a tokenizer of it, or an error.
fn use_it(vocabulary: Vocabulary) {
    drop(Tokenizer::new(vocabulary));
}

/// Its file.
fn written(vocabulary: &Vocabulary) -> Vec<u8> {
    let mut file = Vec::new();
    model::write(vocabulary, &mut file).expect("a vector takes everything");
    file
}

/// What a file that was written here holds.
fn read_again(file: &[u8]) -> Vocabulary {
    model::read(file, Path::new("a file that was written")).expect("a file that was written")
}

/// Bytes changed, put in, left out, cut off.
fn mutated(source: &mut Source<'_>, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..source.below(6) {
        let at = source.below(usize::from(u16::MAX)) * 7 % bytes.len().max(1);
        match source.byte() % 6 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + source.below(30)).min(bytes.len()))),
            2 => drop(bytes.splice(at..at, source.bytes(20).iter().copied())),
            3 => drop(
                bytes.splice(at..at, source.choose::<str>(&["\"", "{", "]", "1e9", "-1", "\"bytepiece\": {}"]).bytes()),
            ),
            4 if at < bytes.len() => bytes[at] ^= 1 << (source.byte() % 8),
            _ if at < bytes.len() => bytes[at] = source.byte(),
            _ => {}
        }
    }
    bytes
}
