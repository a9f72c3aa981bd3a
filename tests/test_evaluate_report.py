"""The HTML report: one page that is whole, needs nothing else, and in which no text is anything but text."""

from __future__ import annotations

import html.parser
import pathlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bytepiece
from bytepiece.evaluation import Evaluation, Sample
from bytepiece.evaluation.report import _html, _samples, _svg

VOID = {"meta", "wbr", "br", "link", "img"}
TEXTS = [
    "</script><script>alert(1)</script> \"quotes\" & 'more' <!-- no -->\n\ttab  spaces\n",
    "\x00\x1b[31m \u202eturned\u202c \u200b\ufeff\u2028 👩\u200d🚀 نمی\u200cخواهم שלום \u3000\u00a0 \r\n",
    "今天天气不错。𠮷野家 \U000f0000 \u0301 ]]> javascript:alert(1) https://example.org/x?a=b&c\n",
]
NAMES = ['a <b>"name"</b>', "plain", "\u202ename & more" + "x" * 60]


class Page(html.parser.HTMLParser):
    """Collects elements and text; open and close tags must match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


@pytest.fixture(scope="module")
def evaluation(documents: list[str]) -> Evaluation:
    tokenizers = {}
    for name, size in zip(NAMES, (300, 900, 600), strict=True):
        trainer = bytepiece.Trainer(order=3, max_vocab_size=size, progress=False)
        trainer.train(documents)
        tokenizers[name] = tokenizer_of(trainer)
    return bytepiece.evaluate(tokenizers, {"awk & <ward>": TEXTS, "documents": documents, "one": [TEXTS[0]]}, samples=3)


def tokenizer_of(trainer: bytepiece.Trainer) -> bytepiece.Tokenizer:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        trainer.save(pathlib.Path(folder, "m"))
        return bytepiece.Tokenizer(pathlib.Path(folder, "m"))


def test_the_page_is_whole_and_needs_nothing(evaluation: Evaluation, tmp_path: pathlib.Path) -> None:
    evaluation.save_html(tmp_path / "r.html")
    data = (tmp_path / "r.html").read_bytes()
    assert len(data) < 2_000_000
    page = Page(data.decode())
    tags = [tag for tag, _ in page.elements]
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "image", "use"} & set(tags)
    for tag, attributes in page.elements:
        assert not {"src", "href", "xlink:href", "srcset", "action", "background"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag
    (style,) = [text for tag, text in page.texts if tag == "style"]
    assert not re.search(r"url\s*\(|@import|https?:|expression", style)
    assert "prefers-color-scheme:dark" in style
    assert tags.count("title") > tags.count("svg") > 10
    assert tags.count("svg") == 4 + 4 + 3 + 3  # bars and sizes with the mean; lengths and ranks


def test_texts_and_names_are_text(evaluation: Evaluation) -> None:
    text = evaluation.to_html()
    page = Page(text)
    assert not [
        char
        for char in text
        if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl") and char not in "\n\t\u200c\u200d"
    ]
    names = "".join(words for tag, words in page.texts if tag == "span")
    assert NAMES[0] in names and "U+202Ename & more" in names
    headings = [words for tag, words in page.texts if tag == "h3"]
    assert "awk & <ward>" in headings and "awk & <ward>, text 1" in headings
    assert next(one for tag, one in page.texts if tag == "title") == " · ".join([*NAMES[:2], "U+202E" + NAMES[2][1:]])


def test_samples_can_be_read_back(evaluation: Evaluation) -> None:
    """What is shown of each sample, turned back, is the sample."""
    signs = {"·": " ", "⏎": "", "→": "", "␍": "\r", "□": "\u3000", "⍽": "\u00a0"}
    for sample in evaluation.samples:
        for name in NAMES:
            page = Page("<div>" + "<wbr>".join(map(_samples.token, sample.pieces[name])) + "</div>")
            data = b""
            for tag, words in page.texts:
                if tag == "i":
                    words = signs[words]
                elif tag == "b":
                    is_code = words.startswith("U+")
                    data += chr(int(words[2:], 16)).encode() if is_code else bytes.fromhex(words)
                    continue
                data += words.replace("\u25cc", "").encode()
            assert data.decode() == sample.text


@given(st.binary(max_size=12) | st.text(max_size=5).map(str.encode))
def test_any_piece_is_markup_of_one_token(piece: bytes) -> None:
    page = Page(_samples.token(piece))
    assert next(tag for tag, _ in page.elements) == "span"
    assert {tag for tag, _ in page.elements} <= {"span", "i", "b"}
    assert "".join(words for _, words in page.texts).strip("\n") or piece == b""


@given(st.text())
def test_escaped_text_is_one_text(text: str) -> None:
    page = Page(_html.element("p", _html.escape(text), title=text))
    ((tag, attributes),) = page.elements
    shown = "".join(char if _html.visible(char) else f"U+{ord(char):04X}" for char in text)
    assert (tag, attributes["title"], "".join(words for _, words in page.texts)) == ("p", shown, shown)


def test_many_samples_leave_the_page_small() -> None:
    pieces = {"one": [b"\xe5"] * 3000, "two": [b"x"] * 3000}
    text = _samples.samples([Sample("c", "t" * 3000, pieces)] * 100, ["one", "two"])
    assert len(text.encode()) < 1_300_000
    left = re.search(r"(\d+) more texts are left out, to keep the page small\.", text)
    assert left and int(left[1]) + text.count('class="text"') == 100


@given(st.floats(1e-6, 1e9), st.floats(1e-3, 1e6), st.booleans())
def test_axes_have_few_ticks_inside(low: float, more: float, logarithmic: bool) -> None:
    high = low * (1 + more)
    scale = _svg.Scale(low, high, 0.0, 100.0, logarithmic)
    ticks = scale.ticks()
    assert len(ticks) <= 10 and (ticks or logarithmic)
    assert ticks == sorted(ticks)
    assert all(-0.01 <= scale(tick) <= 100.01 for tick in ticks)


def test_numbers_on_axes() -> None:
    assert [_svg.number(value) for value in (0, 0.5, 20, 2000, 1.5e6, 0.001)] == [
        "0",
        "0.5",
        "20",
        "2 k",
        "1.5 M",
        "1e-03",
    ]
    assert _svg.steps(0, 10) == [0, 2, 4, 6, 8, 10]
    assert _svg.decades(1, 5000) == [1, 10, 100, 1000]
    assert _svg.decades(3, 30) == [5, 10, 20]
