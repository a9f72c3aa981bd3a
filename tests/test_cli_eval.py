"""`bytepiece eval`, `diff` and the lists of `inspect`: what they write, and how they fail."""

from __future__ import annotations

import gzip
import json
import pathlib
import re
import subprocess
import sys

import pytest
from support import write_jsonl
from test_cli import run

import bytepiece
from bytepiece.cli.pieces import readable
from bytepiece.corpus import Jsonl


@pytest.fixture(scope="module")
def model(documents: list[str], tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A model of whole characters."""
    path = tmp_path_factory.mktemp("model") / "small.model"
    trainer = bytepiece.Trainer(order=4, max_vocab_size=900, objective="frequency")
    trainer.train(documents)
    trainer.save(path)
    return path


@pytest.fixture
def less(documents: list[str], tmp_path: pathlib.Path) -> pathlib.Path:
    """A smaller model."""
    trainer = bytepiece.Trainer(order=3, max_vocab_size=400, objective="frequency")
    trainer.train(documents)
    trainer.save(tmp_path / "less.model")
    return tmp_path / "less.model"


def test_eval_writes_a_table_json_and_a_page(
    model: pathlib.Path, less: pathlib.Path, documents: list[str], tmp_path: pathlib.Path
) -> None:
    write_jsonl(tmp_path / "a.jsonl", documents)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    out, err = run(
        "eval", model, f"天={less}", "--corpus", f"a={tmp_path / 'a.jsonl'}", tmp_path / "b.jsonl.gz", "--threads", 2,
        "--json", tmp_path / "r.json", "--html", tmp_path / "r.html", "--seed", 5, "--sample", 1, "--documents", 30,
    )  # fmt: skip
    assert err == ""
    corpora = {"a": Jsonl(tmp_path / "a.jsonl"), "b.jsonl.gz": Jsonl(tmp_path / "b.jsonl.gz")}
    expected = bytepiece.evaluate({"small.model": model, "天": less}, corpora, seed=5, samples=1, documents=30)
    found = json.loads((tmp_path / "r.json").read_text("utf-8"))
    wanted = expected.to_dict()
    for one in found["results"] + wanted["results"]:
        del one["mb_per_second"]
    assert found == json.loads(json.dumps(wanted))
    speed = re.compile(r" +[\d.]+ +yes$", re.MULTILINE)
    assert speed.sub("", out.decode().strip()) == speed.sub("", str(expected))
    assert (tmp_path / "r.html").read_bytes().startswith(b"<!DOCTYPE html>")
    piped, _ = run("eval", model, "--corpus", tmp_path / "a.jsonl", "--json", "-")
    assert json.loads(piped)["corpora"][0]["name"] == "a.jsonl"


def test_eval_reads_as_train_does(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("one\ntwo\n\nthree\n", "utf-8")
    (tmp_path / "in" / "b.jsonl").write_text('{"t": {"x": "four"}}\n{"t": 5}\n', "utf-8")
    options = ["--corpus", f"in={tmp_path / 'in'}", "--json", "-", "--field", "t.x", "--errors", "skip"]
    for split, documents in (([], 2), (["--split", "line"], 4), (["--split", "paragraph"], 3)):
        out, err = run("eval", model, *options, *split)
        assert json.loads(out)["corpora"][0]["documents"] == documents
        assert "jsonl: 1 documents left out" in err


def failures(model: pathlib.Path, tmp_path: pathlib.Path) -> list[tuple[list[object], str]]:
    """Arguments, and the error."""
    text, missing = tmp_path / "text.txt", tmp_path / "missing"
    return [
        (["eval", missing, "--corpus", text], f"{missing}: No such file or directory"),
        (["eval", model, "--corpus", missing], f"{missing}: No such file or directory"),
        (
            ["eval", model, "--corpus", f"x={tmp_path / 'empty.jsonl'}"],
            "corpus 'x' is empty: it has 0 documents and no text",
        ),
        (["eval", model, "--corpus", f"x={tmp_path / 'bad.jsonl'}"], f"{tmp_path / 'bad.jsonl'}: line 2: "),
        (
            ["eval", text, "--corpus", text],
            f"{text}: no tokenizer that can be evaluated: expected a model of bytepiece",
        ),
        (
            ["eval", model, model, "--corpus", text],
            "MODEL: 'small.model' is there twice: put another name before one of them, ",
        ),
        (["eval", model, "--corpus", f"a={text}", f"a={text}"], "--corpus: 'a' is there twice"),
        (["eval", model, "--corpus", text, "--html", missing / "r"], f"{missing / 'r'}: No such file or directory"),
        (["eval", model, "--corpus", text, "--documents", 0], "documents must be 1 to 2**63 - 1, not 0"),
        (["eval", model, "--corpus", text, "--threads", 0], "threads must be 1 to 2**63 - 1, not 0"),
        (["diff", model, text], f"{text}: no tokenizer that can be evaluated"),
        (["diff", model, model, "--limit", -1], "--limit must be 0 or more, not -1"),
        (["inspect", model, "--limit", -1], "--limit must be 0 or more, not -1"),
        (["inspect", model, "--regex", "("], "--regex '(' is no regular expression: missing )"),
        (["inspect", model, "--script", "Klingon"], "--script 'Klingon' is not known: there are other, white space, "),
    ]


def test_failed_work_is_1_and_one_line(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "text.txt").write_text("some text\n", "utf-8")
    (tmp_path / "empty.jsonl").write_text("", "utf-8")
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n{}\n', "utf-8")
    for arguments, words in failures(model, tmp_path):
        out, err = run(*arguments, code=1)
        assert out == b""
        assert err.startswith(f"bytepiece: error: {words}"), (arguments, err)
        assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "empty.jsonl", "text.txt"]
    for wrong in (
        ["eval", str(model)],
        ["eval", "--corpus", "x"],
        ["diff", str(model)],
        ["inspect", str(model), "--sort", "x"],
    ):
        assert run(*wrong, code=2)[1].startswith("usage: bytepiece")


def test_a_missing_library_is_one_line(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"model": {}}', "utf-8")
    (tmp_path / "text.txt").write_text("some text\n", "utf-8")
    code = "import sys; sys.modules['tokenizers'] = None; from bytepiece.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "eval", str(model), "tokenizer.json", "--corpus", "text.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith('bytepiece: error: this tokenizer needs tokenizers: pip install "bytepiece[eval]" (')
    assert done.stderr.count("\n") == 1


def is_part(piece: bytes) -> bool:
    """Whether no whole character is in it."""
    return all(byte >= 0x80 for byte in piece) and not piece.decode(errors="ignore")


def listed(model: pathlib.Path, *arguments: object) -> list[dict]:
    return json.loads(run("inspect", model, "--json", *arguments)[0])


def test_inspect_lists_pieces(model: pathlib.Path) -> None:
    rows = {int(id): (key, count) for key, (id, _, count) in json.loads(model.read_text("utf-8")).items()}
    tokenizer = bytepiece.Tokenizer(model)
    found = listed(model, "--limit", 0)
    assert [(one["id"], one["count"]) for one in found] == [(id, rows[id][1]) for id in sorted(rows)]
    assert [one["bytes"] for one in found] == [len(tokenizer.id_to_piece(one["id"])) for one in found]
    assert len(listed(model, "--sort", "id")) == 50 and len(listed(model, "--limit", 3)) == 3
    by_count = listed(model, "--sort", "count", "--limit", 0)
    assert [(one["count"], -one["id"]) for one in by_count] == sorted(
        ((one["count"], -one["id"]) for one in found), reverse=True
    )
    by_length = listed(model, "--sort", "length", "--limit", 5)
    assert [one["bytes"] for one in by_length] == sorted((one["bytes"] for one in found), reverse=True)[:5]
    han = listed(model, "--script", "han", "--limit", 0)
    assert han and all(one["script"] == "Han" for one in han)
    parts = [one["id"] for one in found if one["script"] == "parts of characters"]
    assert parts == [one["id"] for one in found if is_part(tokenizer.id_to_piece(one["id"]))]
    texts = {one["id"]: tokenizer.id_to_piece(one["id"]).decode("utf-8", "surrogateescape") for one in found}
    searched = listed(model, "--search", "th", "--limit", 0)
    assert [one["id"] for one in searched] == [id for id, text in texts.items() if "th" in text]
    matched = listed(model, "--regex", "^ ?[a-z]{3}$", "--search", "e", "--limit", 0)
    pattern = re.compile("^ ?[a-z]{3}$")
    assert [one["id"] for one in matched] == [id for id, text in texts.items() if pattern.search(text) and "e" in text]


def test_inspect_lists_readably(model: pathlib.Path) -> None:
    out, _ = run("inspect", model, "--search", " ", "--sort", "count", "--limit", 2)
    lines = out.decode().splitlines()
    assert lines[0].split() == ["id", "count", "bytes", "script", "piece"]
    assert all("␣" in line and " " not in line.split()[-1] for line in lines[1:3])
    assert re.fullmatch(r"[\d,]+ pieces, 2 of them shown", lines[3])
    assert run("inspect", model, "--search", "no such piece")[0] == b"id  count  bytes  script  piece\n0 pieces\n"
    assert readable(" a\n\t\\天\0".encode() + b"\xff\xe5") == "␣a⏎→\\天\\x00\\xff\\xe5"


def test_diff(model: pathlib.Path, less: pathlib.Path) -> None:
    found = json.loads(run("diff", "--json", model, less)[0])
    vocabularies = [
        {piece for piece in bytepiece.Tokenizer(path).get_vocab() if isinstance(piece, bytes)} for path in (model, less)
    ]
    a, b = vocabularies
    assert (found["a"]["pieces"], found["b"]["pieces"], found["shared"]) == (len(a), len(b), len(a & b))
    assert found["jaccard"] == pytest.approx(len(a & b) / len(a | b))
    assert {piece.encode() for piece in found["a"]["only"]} == a - b
    assert {piece.encode() for piece in found["b"]["only"]} == b - a
    lengths = {int(length): count for length, count in found["a"]["lengths"].items()}
    assert lengths == {n: sum(len(piece) == n for piece in a) for n in {len(piece) for piece in a}}
    assert sum(found["b"]["scripts"].values()) == len(b)
    counts = {bytes_of(key): -count for key, (_, _, count) in json.loads(model.read_text("utf-8")).items()}
    order = sorted(counts, key=lambda piece: counts[piece])
    for piece, rank, _ in found["moved"]:
        assert counts[order[rank - 1]] == counts[piece.encode()]
    factors = [max(x / y, y / x) for _, x, y in found["moved"]]
    assert factors == sorted(factors, reverse=True) and len(factors) == len([p for p in a & b if len(p) > 1])
    assert 0.5 < found["rank_correlation"] < 1


def bytes_of(key: str) -> bytes:
    import base64

    return base64.b64decode(key)


def test_diff_for_people(model: pathlib.Path, less: pathlib.Path) -> None:
    text = run("diff", model, less, "--limit", 3)[0].decode()
    assert text.startswith("A: small.model (bytepiece), 787 pieces of ")
    only = re.search(r"^only in A: ([\d,]+) \([\d.]+ %\)\n  (.+)$", text, re.MULTILINE)
    assert only and len(only[2].split()) == 3
    same = run("diff", model, model)[0].decode()
    assert "shared: 787 (100.0 % of A, 100.0 % of B, 100.0 % of all); correlation of their ranks 1.000\n" in same
    assert "only in A: 0 (0.0 %)\n" in same and "moved most" not in same


def test_help_has_examples() -> None:
    for command in ("eval", "diff", "inspect"):
        assert f"example:\n  bytepiece {command} " in run(command, "--help")[0].decode()
