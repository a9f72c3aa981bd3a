//! What is refused and why; sizes.

use super::*;

fn options() -> Options {
    Options { max_vocab_sizes: vec![300], ..Options::new(NonZeroUsize::MIN) }
}

/// The error about some options.
fn refused(options: &Options) -> String {
    options.validate().expect_err("refused").to_string()
}

#[test]
fn each_parameter_out_of_range_is_named_with_its_range() {
    let cases: [(&str, Options); 11] = [
        ("order must be 1 to 16, not 0", Options { order: 0, ..options() }),
        ("order must be 1 to 16, not 17", Options { order: 17, ..options() }),
        ("max_vocab_size must be 259 to 16777219, not 258", Options { max_vocab_sizes: vec![300, 258], ..options() }),
        (
            "max_vocab_size must be 259 to 16777219, not 16777220",
            Options { max_vocab_sizes: vec![16_777_220], ..options() },
        ),
        ("max_vocab_size must be a size or a list", Options { max_vocab_sizes: vec![], ..options() }),
        ("max_piece_length must be 1 to 4096, not 0", Options { max_piece_length: 0, ..options() }),
        ("max_piece_length must be 1 to 4096, not 4097", Options { max_piece_length: 4097, ..options() }),
        ("max_ngrams must be at least 256, not 255", Options { max_ngrams: 255, ..options() }),
        ("multiple_of must be 1 to 4096, not 0", Options { multiple_of: 0, ..options() }),
        ("multiple_of must be 1 to 4096, not 4097", Options { multiple_of: 4097, ..options() }),
        ("min_count must be at least 1, not 0", Options { min_count: 0, ..options() }),
    ];
    for (message, options) in cases {
        let error = refused(&options);
        assert!(error.starts_with(message), "{error}");
    }
}

fn pieces(number: usize) -> PieceTable {
    let mut table: PieceTable = PieceTable::new();
    (0..=255u8).for_each(|byte| table.push(&[byte], 1));
    (0..number - 256).for_each(|number| table.push(format!("p{number}").as_bytes(), 2));
    table
}

#[test]
fn the_size_counts_everything_and_is_a_multiple() {
    let special_tokens = vec!["<|a|>".to_owned(), "<reserved_1>".to_owned()];
    let options = Options { special_tokens, reserved_tokens: 4, multiple_of: 64, ..options() };
    assert_eq!([320, 383, 384, 0].map(|size| options.pieces_of(size)), [311, 311, 375, 0]);
    let vocabulary = options.vocabulary(pieces(311)).expect("room");
    assert_eq!(vocabulary.size(), 320);
    let added: Vec<&str> = vocabulary.added().iter().collect();
    assert_eq!(added, ["<|a|>", "<reserved_1>", "<reserved_0>", "<reserved_2>", "<reserved_3>", "<reserved_4>"]);
    let few = options.vocabulary(pieces(300)).expect("room");
    assert_eq!((few.size(), few.added().len()), (320, 17), "more reserved tokens make it a multiple");
    assert_eq!(few.special(319), Some("<reserved_15>"));
    let plain = Options { multiple_of: 1, special_tokens: vec![], reserved_tokens: 0, ..options };
    assert_eq!((plain.pieces_of(1000), plain.vocabulary(pieces(300)).expect("room").size()), (997, 303));
}

#[test]
fn what_must_be_in_it_has_to_fit() {
    let special_tokens: Vec<String> = (0..10).map(|number| format!("<{number}>")).collect();
    let required_pieces = vec![b"ab".to_vec(), b"cd".to_vec(), b"x".to_vec()];
    let options = Options { special_tokens, reserved_tokens: 20, required_pieces, ..options() };
    assert_eq!(
        refused(&Options { max_vocab_sizes: vec![291, 290], ..options.clone() }),
        "max_vocab_size must be at least 291 (256 bytes, <pad> <bos> <eos>, 10 special_tokens, 20 reserved_tokens, 2 required_pieces; a \
         multiple of 1), not 290"
    );
    Options { max_vocab_sizes: vec![291], ..options.clone() }.validate().expect("just enough");
    let multiple = Options { max_vocab_sizes: vec![319], multiple_of: 64, ..options.clone() };
    assert!(
        refused(&multiple).contains("at least 320 (256") && refused(&multiple).ends_with("a multiple of 64), not 319")
    );
    let twice = Options { special_tokens: vec!["a".to_owned(), "a".to_owned()], ..options.clone() };
    assert!(refused(&twice).contains("special token 1 cannot be added: it is \"a\""), "{}", refused(&twice));
    let many = Options { reserved_tokens: 65_537, ..options.clone() };
    assert_eq!(refused(&many), "reserved_tokens must be 0 to 65536, not 65537");
    let many = Options { reserved_tokens: 65_536, ..options.clone() };
    assert!(refused(&many).contains("one more than 65536"), "{}", refused(&many));
    let long = Options { max_piece_length: 1, ..options };
    assert!(refused(&long).starts_with("required piece b\"ab\" cannot be kept"), "{}", refused(&long));
}

#[test]
fn compat_has_no_knobs_of_ours() {
    let compat = Options { compat: true, ..options() };
    compat.validate().expect("0.6.3's own");
    Options { digits: Digits::Single, ..compat.clone() }.validate().expect("0.6.3's isolate_digits");
    let cases = [
        ("digits", "\"groups\"", Options { digits: Digits::Groups, ..compat.clone() }),
        ("cross_words", "False", Options { cross_words: false, ..compat.clone() }),
        ("normalization", "another than \"nfc\"", Options { normalization: Normalization::None, ..compat.clone() }),
        ("required_pieces", "a list of pieces", Options { required_pieces: vec![b"x".to_vec()], ..compat.clone() }),
        ("special_tokens", "a list of tokens", Options { special_tokens: vec!["x".to_owned()], ..compat.clone() }),
        ("reserved_tokens", "a number over 0", Options { reserved_tokens: 1, ..compat.clone() }),
        ("multiple_of", "a number over 1", Options { multiple_of: 2, ..compat.clone() }),
    ];
    for (name, value, options) in cases {
        let words =
            format!("{name} must be left out with compat=True, which does what bytepiece 0.6.3 does, not {value}");
        assert_eq!(refused(&options), words);
        Options { compat: false, ..options }.validate().expect("ours");
    }
}
