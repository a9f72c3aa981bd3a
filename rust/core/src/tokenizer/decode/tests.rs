use super::*;
use crate::pieces::PieceTable;
use crate::vocabulary::Vocabulary;

fn tokenizer() -> Tokenizer {
    let mut table = PieceTable::new();
    (0..=255u8).for_each(|byte| table.push(&[byte], 1));
    table.push("天".as_bytes(), 4);
    Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer")
}

/// Never says to stop.
fn never() -> Result<()> {
    Ok(())
}

#[test]
fn pieces_are_joined_and_specials_dropped() {
    let id = |byte: u8| i64::from(byte) + 3;
    assert_eq!(
        tokenizer().decode(&[1, id(b'a'), 0, 259, id(0xFF), 2], Shown::Added, &mut never).expect("ids"),
        "a天".bytes().chain([0xFF]).collect::<Vec<_>>()
    );
    assert_eq!(tokenizer().decode(&[], Shown::Added, &mut never).expect("ids"), b"");
}

#[test]
fn each_choice_shows_its_special_tokens() {
    let tokenizer = tokenizer().with_special_tokens(["<x>".to_owned(), "天".to_owned()]).expect("special tokens");
    for (shown, text) in [(Shown::Added, "<x>天天"), (Shown::All, "<bos><x>天天<pad><eos>"), (Shown::Nothing, "天")]
    {
        assert_eq!(tokenizer.decode(&[1, 260, 259, 261, 0, 2], shown, &mut never).expect("ids"), text.as_bytes());
        assert!(
            tokenizer.decode(&[262], shown, &mut never).expect_err("no id").to_string().contains("ids are 0 to 261")
        );
    }
    assert_eq!(Shown::default(), Shown::Added);
}

#[test]
fn ids_that_are_none_are_named_with_their_place() {
    let problem = |id| tokenizer().decode(&[3, id], Shown::Added, &mut never).expect_err("no id").to_string();
    assert_eq!(problem(-1), "id -1 at position 1 is negative; ids are 0 to 259");
    assert_eq!(problem(260), "id 260 at position 1 is not in the vocabulary; ids are 0 to 259");
    // 2^32 + 3 must not be taken for 3
    assert!(matches!(
        tokenizer().decode(&[(1 << 32) + 3], Shown::Added, &mut never),
        Err(Error::UnknownId { id: 0x1_0000_0003, .. })
    ));
    assert!(matches!(
        tokenizer().decode(&[i64::MIN], Shown::Added, &mut never),
        Err(Error::NegativeId { id: -0x8000_0000_0000_0000, .. })
    ));
}

#[test]
fn invalid_bytes_are_dropped_as_python_drops_them() {
    // each checked with bytes.decode(errors="ignore")
    for (bytes, text) in [
        (&b"a\xE5b"[..], "ab"),
        (b"\xE5\xA4\xA9\xE5\xA4", "天"),
        (b"\xED\xA0\x80x", "x"),
        (b"\xF5\xC0\x80y\xFF", "y"),
        (b"\xF0\x9F\x98\x80\xF0\x9F\x98", "😀"),
        (b"\xE5\xE5\xA4\xA9", "天"),
        (b"", ""),
    ] {
        assert_eq!(valid_text(bytes.to_vec(), &mut never).expect("not stopped"), text);
    }
}

#[test]
fn long_work_asks_whether_to_stop_and_gives_the_same() {
    let (mut asked, tokenizer) = (0, tokenizer());
    let mut count = || {
        asked += 1;
        Ok(())
    };
    let ids: Vec<i64> = [3 + 0xE5, 3 + 0xE5, 3 + 0xA4, 3 + 0xA9, 259].repeat(AT_A_TIME);
    let bytes = tokenizer.decode(&ids, Shown::Added, &mut count).expect("ids");
    assert_eq!(bytes, b"\xE5\xE5\xA4\xA9\xE5\xA4\xA9".repeat(AT_A_TIME));
    assert_eq!(valid_text(bytes.clone(), &mut count).expect("not stopped"), "天天".repeat(AT_A_TIME));
    assert_eq!(asked, 4 + 1, "each {AT_A_TIME} ids, each 2^16 bytes");
    let mut stop = || Err(Error::parameter("this", "that", "other"));
    assert!(tokenizer.decode(&ids, Shown::Added, &mut stop).is_err() && valid_text(bytes, &mut stop).is_err());
    assert!(tokenizer.decode(&ids[..AT_A_TIME], Shown::Added, &mut stop).is_ok());
}
