"""Which pieces there are, and what the size counts beside them: the knobs of `Trainer` that 0.6.3 has not."""

from __future__ import annotations

import gc
import pathlib
import re
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytepiece

TEXTS = [
    "It can't be 3.14159, can it? Call 0123456789 or mail to foo_bar@example.com!\n\n",
    "今天天气不错，我们去公园吧。2024年12月31日\n",
    "スーパーマンは食べるのが好き。 สวัสดีครับ ยินดีต้อนรับ ๑๒๓๔\n",
    'for (int i = 0; i < 1000; ++i) {\n\tprint("a  b");\n}\n',
]


def trained(texts: Any = TEXTS * 20, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "min_count": 2, "progress": False, "ensure_unicode": True} | options)
    trainer.train(texts)
    return trainer


def texts_of(trainer: bytepiece.Trainer) -> list[str]:
    """The pieces that are text and more than a byte."""
    return [piece.decode() for pieces in trainer.pieces for piece in pieces if len(piece) > 1]


def test_attributes_and_their_defaults() -> None:
    trainer = bytepiece.Trainer()
    assert (trainer.digits, trainer.cross_words, trainer.special_tokens, trainer.reserved_tokens) == (
        "free",
        True,
        [],
        0,
    )
    assert (trainer.multiple_of, trainer.required_pieces, trainer.forbidden) == (1, [], None)
    trainer.isolate_digits = True
    assert trainer.digits == "single"
    trainer.digits = "groups"
    assert not trainer.isolate_digits
    trainer.isolate_digits = False
    assert trainer.digits == "groups"
    trainer.digits = "single"
    assert trainer.isolate_digits
    trainer.isolate_digits = False
    assert trainer.digits == "free"
    trainer.cross_words, trainer.special_tokens, trainer.reserved_tokens, trainer.multiple_of = False, ("<a>",), 3, 64
    trainer.required_pieces = ["the", b"x"]
    trainer.forbidden = "a+"
    assert (trainer.cross_words, trainer.special_tokens, trainer.reserved_tokens) == (False, ["<a>"], 3)
    assert (trainer.multiple_of, trainer.required_pieces, trainer.forbidden) == (64, [b"the", b"x"], "a+")


def test_digits_stand_as_asked() -> None:
    free = texts_of(trained())
    assert any(re.search(r"\d{4}", piece) for piece in free)
    single = trained(digits="single")
    assert not any(re.search(r"\d", piece) for piece in texts_of(single) if len(piece) > 1)
    assert single.pieces == trained(isolate_digits=True).pieces == trained(digits="single", isolate_digits=True).pieces
    groups = texts_of(trained(digits="groups"))
    assert {"012", "345", "678", "๑๒๓"} <= set(groups)
    assert all(re.fullmatch(r"\d{1,3}|\D+", piece) for piece in groups)


def test_words_are_not_crossed() -> None:
    pieces = texts_of(trained(cross_words=False, max_piece_length=60, order=8))
    assert {" can't", " Call", "今天天气不错", "スーパーマンは食べるのが好き"} <= set(pieces)
    assert any(re.fullmatch(" ?[ก-๎]{4,}", piece) for piece in pieces)
    # marks are no letters to `re`
    letters = [
        re.sub("[\N{THAI CHARACTER MAI HAN-AKAT}-\N{THAI CHARACTER PHINTHU}\N{THAI CHARACTER MAITAIKHU}-๎]", "", piece)
        for piece in pieces
    ]
    assert not [piece for piece in letters if re.search(r"\w[^\w'._@]|\w+ \w+", piece)]
    assert any(re.search(r"\w \w", piece) for piece in texts_of(trained()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab1234567 '._\n天ก"), max_size=40), min_size=1), st.integers(1, 3))
def test_no_piece_is_against_the_rules(texts: list[str], order: int) -> None:
    """Words of ASCII and runs of one script, by an expression of its own."""
    if not any(texts):
        return
    pieces = texts_of(trained(texts, order=order, min_count=1, digits="groups", cross_words=False))
    word = r"[ab]+(?:['.][ab]+)*"
    word = rf"_*(?:{word}_+)*(?:{word})?"
    assert all(re.fullmatch(rf"\d{{1,3}}| *(?:{word}|天+|ก+|[^ab]|)", piece) for piece in pieces), pieces


@pytest.mark.parametrize(
    "options", [{"digits": "groups"}, {"cross_words": False}, {"digits": "single", "cross_words": False}]
)
def test_neither_threads_nor_parts_matter(options: dict[str, Any], tmp_path: pathlib.Path) -> None:
    text = "".join(TEXTS) * 9000 + "one line of 12345 words " * 60_000
    (tmp_path / "text").write_text(text, "utf-8", newline="")
    assert len(text.encode()) > 3 << 20
    expected = trained([text], threads=1, **options).pieces
    assert trained(bytepiece.corpus.Text(tmp_path / "text"), threads=3, **options).pieces == expected


def test_encoding_is_not_changed(tmp_path: pathlib.Path) -> None:
    trainer = trained(digits="groups", cross_words=False)
    trainer.save(tmp_path / "m")
    tokenizer = bytepiece.Tokenizer(tmp_path / "m")
    text = "can't 12345 天 天\n\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert b"bytepiece" not in (tmp_path / "m").read_bytes(), "a plain file of 0.6.3"


def test_the_size_counts_everything(documents: list[str], tmp_path: pathlib.Path) -> None:
    tokens = ["<|user|>", "<|end|>"]
    trainer = trained(
        documents, min_count=1, max_vocab_size=[400, 330], special_tokens=tokens, reserved_tokens=5, multiple_of=64
    )
    trainer.save(tmp_path / "m")
    for size, multiple in ((400, 384), (330, 320)):
        tokenizer = bytepiece.Tokenizer(tmp_path / f"m.{size}")
        names = ["<pad>", "<bos>", "<eos>", *tokens, *(f"<reserved_{number}>" for number in range(5))]
        assert tokenizer.vocab_size == multiple
        assert list(tokenizer.special_tokens)[: len(names)] == names
        ids = list(tokenizer.special_tokens.values())
        assert ids[3:] == list(range(multiple - len(ids) + 3, multiple))
    assert trainer.report["vocabulary_sizes"] == [384, 320]
    settings = trainer.report["settings"]
    assert (settings["special_tokens"], settings["reserved_tokens"], settings["multiple_of"]) == (tokens, 5, 64)


def test_too_few_pieces_are_filled_up_to_a_multiple(tmp_path: pathlib.Path) -> None:
    trainer = trained(["abc"], max_vocab_size=1000, multiple_of=64, special_tokens=["<reserved_0>"], min_count=1)
    trainer.save(tmp_path / "m")
    tokenizer = bytepiece.Tokenizer(tmp_path / "m")
    assert (
        tokenizer.vocab_size == 320
        and tokenizer.special_tokens["<reserved_0>"] < tokenizer.special_tokens["<reserved_1>"]
    )


def test_required_pieces_are_kept() -> None:
    required = ["zebra", b"\n\n\n", "e\N{COMBINING ACUTE ACCENT}te", "can't", "a"]
    for objective, least in (("frequency", 1), ("entropy", 1), ("tokens", 1024)):
        trainer = trained(max_vocab_size=[600, 270], required_pieces=required, objective=objective)
        for pieces in trainer.pieces:
            assert {b"zebra", b"\n\n\n", "éte".encode(), b"can't"} <= set(pieces)
            assert pieces[b"zebra"] == least
    assert trainer.required_pieces[2] == "e\N{COMBINING ACUTE ACCENT}te".encode()
    assert len(trainer.pieces[1]) <= 267
    assert (
        trainer.pieces == trained(max_vocab_size=[600, 270], required_pieces=iter(reversed(required)), threads=3).pieces
    )


def test_forbidden_by_expression_and_by_function() -> None:
    common = {piece for piece in texts_of(trained()) if " " in piece}
    assert common
    by_text = trained(forbidden=" ")
    assert not any(" " in piece for piece in texts_of(by_text))
    asked: list[bytes] = []

    def has_space(piece: bytes) -> bool:
        asked.append(piece)
        return b" " in piece

    for rule in (b" ", re.compile(" "), re.compile(b" "), has_space, re.compile(b" ").search):
        assert trained(forbidden=rule, threads=3).pieces == by_text.pieces
    assert len(set(asked)) > len(common) and min(map(len, asked)) == 2
    asked.clear()
    trained(forbidden=has_space, objective="frequency")
    assert len(asked) == len(set(asked)), "once about each: refinement asks in every round"
    assert by_text.report["settings"]["forbidden"] == " "
    assert trained(forbidden=has_space).report["settings"]["forbidden"].endswith("has_space")
    assert trained(forbidden="^$").pieces == trained().pieces
    broken = trained([b"\xff\xfe\xff\xfe" * 9], ensure_unicode=False, forbidden="\N{REPLACEMENT CHARACTER}")
    assert max(map(len, broken.pieces[0])) == 1


def test_what_the_function_raises_comes_out(documents: list[str]) -> None:
    def fails(piece: bytes) -> bool:
        raise LookupError(piece)

    trainer = bytepiece.Trainer(max_vocab_size=300, forbidden=fails)
    with pytest.raises(LookupError):
        trainer.train(documents)

    class NoTruth:
        def __bool__(self) -> bool:
            raise OverflowError

    with pytest.raises(OverflowError):
        trained(forbidden=lambda piece: NoTruth())


def test_a_function_that_holds_its_trainer_is_collected() -> None:
    class Rule:
        trainer: bytepiece.Trainer

        def __call__(self, piece: bytes) -> bool:
            return False

    rule = Rule()
    rule.trainer = bytepiece.Trainer(forbidden=rule)
    gone = weakref.ref(rule)
    del rule
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"digits": "two"}, 'digits must be "free" or "single" or "groups", not \'two\''),
        ({"digits": "groups", "isolate_digits": True}, 'digits="groups" and isolate_digits=True contradict each other'),
        (
            {"digits": "single", "isolate_digits": False},
            'digits="single" and isolate_digits=False contradict each other',
        ),
        ({"special_tokens": ["<a>", "<a>"]}, 'special token 1 cannot be added: it is "<a>"'),
        ({"special_tokens": [""]}, "special token 0 cannot be added: it is empty"),
        ({"reserved_tokens": -1}, "reserved_tokens must be 0 to 65536, not -1"),
        ({"reserved_tokens": 2**70}, f"reserved_tokens must be 0 to 65536, not {2**70}"),
        ({"reserved_tokens": 65536, "special_tokens": ["<a>"]}, "it would be one more than 65536"),
        ({"multiple_of": 0}, "multiple_of must be 1 to 4096, not 0"),
        ({"max_vocab_size": 300, "reserved_tokens": 42}, "max_vocab_size must be at least 301 (256 bytes, <pad>"),
        ({"max_vocab_size": 319, "multiple_of": 64}, "max_vocab_size must be at least 320 (256 bytes"),
        ({"max_vocab_size": 260, "required_pieces": ["ab", "cd"]}, "must be at least 261 (256 bytes"),
        (
            {"max_piece_length": 3, "required_pieces": ["abcd"]},
            'required piece b"abcd" cannot be kept: it is longer than',
        ),
        ({"required_pieces": [""]}, 'required piece b"" cannot be kept: it is empty'),
        ({"required_pieces": ["\na"]}, "it goes on behind a line feed"),
        ({"required_pieces": [b"\xe5\xa4"], "ensure_unicode": True}, "it is not made of whole characters, as ensure_unicode asks"),
        ({"required_pieces": ["a1"], "digits": "single"}, 'which digits="single" forbids'),
        ({"required_pieces": ["a b"], "cross_words": False}, "which cross_words=False forbids"),
        (
            {"forbidden": "("},
            "forbidden is no regular expression: missing ), unterminated subpattern at position 0: '('",
        ),
        (
            {"forbidden": "a", "compat": True},
            "forbidden must be left out with compat=True, which does what bytepiece 0.6.3",
        ),
        ({"cross_words": False, "compat": True}, "cross_words must be left out with compat=True"),
    ],
)
def test_what_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        bytepiece.Trainer(**arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"cross_words": 1}, "cross_words must be True or False, not int"),
        (
            {"special_tokens": "<a>"},
            r"special_tokens is a single str: call Trainer(special_tokens=[token]), or pass a list",
        ),
        ({"special_tokens": {"<a>"}}, "special_tokens is a set: ids go by the order of the tokens, pass a list"),
        ({"special_tokens": [b"<a>"]}, "special_tokens[0] must be a str, not bytes"),
        ({"reserved_tokens": True}, "reserved_tokens must be an int, not bool"),
        ({"required_pieces": "ab"}, "required_pieces is a single str: call Trainer(required_pieces=[piece])"),
        ({"required_pieces": [3]}, "required_pieces[0] must be str or bytes, not int"),
        ({"required_pieces": None}, "required_pieces must be an iterable of str or bytes, not NoneType"),
        (
            {"forbidden": 3},
            "forbidden must be None, a regular expression (str, bytes or re.Pattern) or a function of a piece, not int",
        ),
    ],
)
def test_what_has_the_wrong_type(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=re.escape(words)):
        bytepiece.Trainer(**arguments)


def test_contradictions_are_seen_when_an_attribute_is_set() -> None:
    trainer = bytepiece.Trainer(forbidden="a", required_pieces=["abc"])
    for name, value, words in (
        ("compat", True, "required_pieces must be left out"),
        ("max_piece_length", 2, "required piece"),
        ("max_vocab_size", 259, "at least 260"),
    ):
        with pytest.raises(ValueError, match=words):
            setattr(trainer, name, value)
    with pytest.raises(ValueError, match='required piece b"abc" cannot be kept: it is forbidden'):
        trainer.train(["abc"])
    trainer.required_pieces = []
    with pytest.raises(ValueError, match="forbidden must be left out"):
        trainer.compat = True
    trainer.forbidden = None
    trainer.compat = True


def test_a_checkpoint_is_of_one_way_to_cut(tmp_path: pathlib.Path) -> None:
    trained(checkpoint=tmp_path)
    with pytest.raises(ValueError, match="cross_words is true there and false here"):
        trained(checkpoint=tmp_path, cross_words=False)
    knobs: dict[str, Any] = {
        "forbidden": " ",
        "required_pieces": ["zebra"],
        "special_tokens": ["<a>"],
        "multiple_of": 8,
    }
    assert trained(checkpoint=tmp_path, **knobs).pieces == trained(**knobs).pieces
