use super::*;
use proptest::prelude::*;

fn vocabulary(more: &[(&[u8], u64)]) -> Vocabulary {
    let mut table = PieceTable::new();
    (0..=255u8).for_each(|byte| table.push(&[byte], u64::from(byte) << 33 | 1));
    more.iter().for_each(|&(piece, count)| table.push(piece, count));
    Vocabulary::new(table, "model").expect("a vocabulary")
}

/// A packed plain text.
fn zip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(vec![PLAIN], Compression::new(6));
    encoder.write_all(plain).and_then(|()| encoder.finish()).expect("memory")
}

fn problem(bytes: &[u8]) -> String {
    unpack(bytes).map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
}

#[test]
fn a_vocabulary_comes_back_and_gives_the_same_bytes() {
    let vocabulary = vocabulary(&[(b"ab", 1 << 60), ("天".as_bytes(), 3), (&[b'x'; 4096], 127)]);
    let packed = pack(&vocabulary).expect("packed");
    assert_eq!(unpack(&packed).expect("unpacked"), vocabulary);
    assert_eq!(pack(&unpack(&packed).expect("unpacked")).expect("packed"), packed);
}

#[test]
fn special_tokens_take_few_bytes_and_change_none_where_there_are_none() {
    let plain = vocabulary(&[(b"ab", 5)]);
    let special = plain.with_special_tokens(["<x>".to_owned(), "天".to_owned()]).expect("special tokens");
    let (bare, packed) = (pack(&plain).expect("packed"), pack(&special).expect("packed"));
    assert_eq!((bare[0], packed[0]), (1, 2));
    assert!(packed.len() < bare.len() + 100);
    assert_eq!(unpack(&packed).expect("unpacked"), special);
    assert_eq!(pack(&unpack(&packed).expect("unpacked")).expect("packed"), packed);
    for (version, end) in [(1, 0), (2, 1)] {
        let mut wrong = [&packed, &bare][end].clone();
        wrong[0] = version;
        assert!(problem(&wrong).contains(["longer", "bytepiece: EOF"][end]), "{}", problem(&wrong));
    }
}

#[test]
fn broken_bytes_are_refused() {
    let packed = pack(&vocabulary(&[(b"ab", 5)])).expect("packed");
    assert!(problem(&[]).contains("version"));
    assert!(problem(&[&[3], &packed[1..]].concat()).contains("version"));
    for end in 1..packed.len() {
        assert_ne!(problem(&packed[..end]), "nothing", "{end}");
    }
    for at in 1..packed.len() {
        let mut flipped = packed.clone();
        flipped[at] ^= 0x10;
        assert_ne!(problem(&flipped), "nothing", "{at}");
    }
    assert!(problem(&zip(&[])).contains("shorter"));
    assert!(problem(&zip(&[0])).contains("missing"));
    assert!(problem(&zip(&[0, 0])).contains("longer"));
    assert!(problem(&zip(&[0xFF; 10])).contains("shorter"));
    assert!(problem(&zip(&[0x81, 0x80, 0x80, 0x08])).contains("2^24"));
    assert!(problem(&zip(&[1, 0x7F, 1, b'a'])).contains("shorter"));
}

proptest! {
    #[test]
    fn numbers_come_back(value: u64, narrow in 0u32..64) {
        let (mut bytes, value) = (Vec::new(), value >> narrow);
        push_varint(&mut bytes, value);
        let mut rest = &bytes[..];
        prop_assert_eq!((take_varint(&mut rest), rest.len()), (Some(value), 0));
    }

    #[test]
    fn garbage_is_an_error(garbage: Vec<u8>) {
        prop_assert!(unpack(&garbage).is_err());
        prop_assert!(unpack(&[&[PLAIN], &garbage[..]].concat()).is_err());
        prop_assert!(unpack(&zip(&garbage)).is_err());
    }
}
