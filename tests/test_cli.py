"""The program `bytepiece`: what it writes where, and how it ends."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytepiece
from bytepiece.cli import streams
from bytepiece.cli.encode import escape

PROGRAM = [sys.executable, "-m", "bytepiece"]
TEXT = "Grüße, 天地玄黄!\n\n\n  tab\tand \\ NUL \0\r\nlast line".encode()


def run(*arguments: object, stdin: bytes = b"", code: int = 0, **environment: str) -> tuple[bytes, str]:
    """Runs the program in the narrowest locale; what it wrote to stdout and stderr."""
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C", **environment},
    )
    assert done.returncode == code, done.stderr.decode()
    return done.stdout, done.stderr.decode()


def test_train_from_files_of_both_kinds(documents: list[str], tmp_path: pathlib.Path) -> None:
    half = len(documents) // 2
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"t": text}) + "\n" for text in documents[:half]), "utf-8")
    (tmp_path / "b.txt").write_bytes("".join(documents[half:]).encode())
    out, err = run(
        "train", tmp_path / "a.jsonl", tmp_path / "b.txt", "-o", tmp_path / "m", "--vocab-size", "500,300", "--field", "t",
        "--order", 3, "--min-count", 3, "--max-piece-length", 9, "--isolate-digits", "--no-ensure-unicode", "--compat", "--threads", 2,
    )  # fmt: skip
    assert (out, err) == (b"", "")
    trainer = bytepiece.Trainer(3, [500, 300], 9, 3, True, False, compat=True)
    trainer.train([*documents[:half], "".join(documents[half:])])
    trainer.save(tmp_path / "n")
    for size in (500, 300):
        assert (tmp_path / f"m.{size}").read_bytes() == (tmp_path / f"n.{size}").read_bytes()


def test_train_from_folders_patterns_and_compressed_files(tmp_path: pathlib.Path) -> None:
    texts = ["今天天气不错。\n", "The weather is fine.\n"] * 50
    rows = [{"a": {"t": text}} for text in texts]
    (tmp_path / "in" / "more").mkdir(parents=True)
    (tmp_path / "in" / "more" / "a.txt").write_bytes("".join(texts).encode())
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "in" / "b.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "c1.ndjson").write_text(lines + '{"a": {"t": null}}\n{}\n', "utf-8")
    expected = ["".join(texts), *texts, *texts]
    inputs: list[object] = [tmp_path / "in", f"{tmp_path}/c?.ndjson"]
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        pass
    else:
        pyarrow.parquet.write_table(pyarrow.table({"a": [row["a"] for row in rows]}), tmp_path / "d.parquet")
        inputs.append(f"{tmp_path}/*.parquet")
        expected += texts
    options = ["-o", tmp_path / "m", "--field", "a.t", "--vocab-size", 300, "--quiet", "--errors"]
    _, err = run("train", *inputs, *options, "skip")
    assert err.splitlines()[:2] == ["jsonl: 1 documents left out: missing", "jsonl: 1 documents left out: null"]
    assert "c1.ndjson: line 101: the value of" in err
    trainer = bytepiece.Trainer(max_vocab_size=300, progress=False)
    trainer.train(expected)
    trainer.save(tmp_path / "n")
    assert (tmp_path / "m").read_bytes() == (tmp_path / "n").read_bytes()
    _, err = run("train", *inputs, *options, "raise", code=1)
    assert "c1.ndjson: line 101: the value of" in err and "Traceback" not in err


def test_train_with_knobs(tmp_path: pathlib.Path) -> None:
    text = "Ｗide words, 12345 of them: ﬁve or so.\n" * 50
    (tmp_path / "a.txt").write_bytes(text.encode())
    arguments = ["train", tmp_path / "a.txt", "-o", tmp_path / "m", "--vocab-size", 350, "--quiet"]
    run(
        *arguments, "--digits", "groups", "--no-cross-words", "--required-piece", "zebra", "--required-piece", "yak",
        "--forbidden", "o.", "--special-token", "<a>", "--special-token", "<b>", "--reserved-tokens", 3,
        "--multiple-of", 8, "--normalization", "nfkc",
    )  # fmt: skip
    trainer = bytepiece.Trainer(
        max_vocab_size=350, digits="groups", cross_words=False, required_pieces=["zebra", "yak"], forbidden="o.",
        special_tokens=["<a>", "<b>"], reserved_tokens=3, multiple_of=8, normalization="nfkc", progress=False,
    )  # fmt: skip
    trainer.train([text])
    trainer.save(tmp_path / "n")
    assert (tmp_path / "m").read_bytes() == (tmp_path / "n").read_bytes()
    run(*arguments, "--isolate-digits")
    assert b"12" not in b" ".join(
        piece for piece in bytepiece.Tokenizer(tmp_path / "m").get_vocab() if isinstance(piece, bytes)
    )
    _, err = run(*arguments, "--forbidden", "(", code=1)
    assert "forbidden is no regular expression: missing )" in err and "Traceback" not in err


def test_train_splits_and_formats(tmp_path: pathlib.Path) -> None:
    (tmp_path / "rows").write_text('{"text": "one"}\n' * 50, "utf-8")
    run("train", tmp_path / "rows", "-o", tmp_path / "m", "--format", "jsonl", "--vocab-size", 300, "--quiet")
    run("train", tmp_path / "rows", "-o", tmp_path / "n", "--format", "text", "--vocab-size", 300, "--split", "line")
    assert b"one" in bytepiece.Tokenizer(tmp_path / "m").get_vocab()
    assert b"one" not in bytepiece.Tokenizer(tmp_path / "n").get_vocab()


def test_encode_and_decode_give_the_normalized_text(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    text = b"\n\n" + TEXT + "e\u0301\n".encode() + b"\xff\n"
    (tmp_path / "text").write_bytes(text)
    ids, _ = run("encode", "-m", model, tmp_path / "text")
    tokenizer, lines = bytepiece.Tokenizer(model), bytepiece.normalize(text)
    assert ids.decode().splitlines() == [" ".join(map(str, tokenizer.encode(line))) for line in lines]
    assert run("encode", "-m", model, stdin=text)[0] == run("encode", "-m", model, "-", stdin=text)[0] == ids
    assert run("decode", "-m", model, stdin=ids)[0] == b"".join(lines)
    assert run("encode", "-m", model, stdin=b"")[0] == run("decode", "-m", model, stdin=b"")[0] == b""


def test_encode_with_bounds_and_samples(model: pathlib.Path) -> None:
    ids, _ = run("encode", "-m", model, "--add-bos", "--add-eos", stdin=b"ab\n")
    assert ids.split()[0] == b"1"
    assert ids.split()[-1] == b"2"
    assert run("decode", "-m", model, stdin=ids)[0] == b"ab\n"
    lines = b"which way to cut this line, of many ways?\n" * 20
    samples, _ = run("encode", "-m", model, "--alpha", 0, "--seed", 3, "--threads", 2, stdin=lines)
    expected = bytepiece.Tokenizer(model).encode_batch(lines.splitlines(keepends=True), alpha=0, seed=3)
    assert samples.decode().splitlines() == [" ".join(map(str, row)) for row in expected]
    assert (
        run("encode", "-m", model, "--alpha", 0, stdin=lines)[0]
        != run("encode", "-m", model, "--alpha", 0, stdin=lines)[0]
    )


def test_encode_jsonl_gives_a_line_a_document(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    texts = ["two\nlines", "", "天"]
    (tmp_path / "a").write_text("\n".join(json.dumps({"文": text}) for text in texts) + "\n\n", "utf-8")
    narrow = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ids, _ = run("encode", "-m", model, "--jsonl", "--field", "文", tmp_path / "a", **narrow)
    run("train", "--format", "jsonl", "--field", "文", tmp_path / "a", "-o", tmp_path / "模型", **narrow)
    assert run("inspect", tmp_path / "模型", **narrow)[0].decode().startswith(f"path: {tmp_path}/模型\n")
    assert [[int(id) for id in line.split()] for line in ids.decode().split("\n")[:-1]] == bytepiece.Tokenizer(
        model
    ).encode_batch(texts)


def test_encode_takes_folders_patterns_and_compressed_files(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    text = "\n\nGrüße\n天地\n\n\nlast".encode()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(text)
    (tmp_path / "in" / "b.txt.gz").write_bytes(gzip.compress(text))
    plain, _ = run("encode", "-m", model, stdin=text)
    assert plain.count(b"\n") == 4
    assert run("encode", "-m", model, tmp_path / "in")[0] == plain * 2
    assert run("encode", "-m", model, f"{tmp_path}/in/*.gz", "-", stdin=b"")[0] == plain
    rows = "".join(json.dumps({"text": line}) + "\n" for line in ("one", "", "天\n地")).encode()
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(rows))
    documents, _ = run("encode", "-m", model, "--jsonl", stdin=rows)
    assert run("encode", "-m", model, "--jsonl", tmp_path / "rows.jsonl.gz")[0] == documents
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pytest.importorskip("pyarrow").table({"text": ["one", "", "天\n地"]}), tmp_path / "d.parquet")
    assert run("encode", "-m", model, tmp_path / "d.parquet")[0] == documents


def test_encode_pieces_are_words(model: pathlib.Path) -> None:
    out, _ = run("encode", "-m", model, "--format", "pieces", "--add-bos", stdin=TEXT + b"\xff")
    words = [line.split(" ") for line in out.decode().split("\n")[:-1]]
    lines = bytepiece.normalize(TEXT + b"\xff")
    assert [row[0] for row in words] == ["<bos>"] * len(lines)
    assert [[unescape(word) for word in row[1:]] for row in words] == [
        bytepiece.Tokenizer(model).tokenize(line) for line in lines
    ]


def unescape(word: str) -> bytes:
    """The inverse of `escape`, by Python's own rules for bytes."""
    ascii_only = "".join(
        char if char.isascii() else "".join(f"\\x{byte:02x}" for byte in char.encode()) for char in word
    )
    escaped = ascii_only.replace('"', '\\"')
    return ast.literal_eval(f'b"{escaped}"')


@given(st.binary(max_size=20) | st.text(st.sampled_from('a\\ "\x85\xa0\u2028\u3000天\n'), max_size=9).map(str.encode))
def test_escaped_pieces_are_one_line_and_have_an_inverse(piece: bytes) -> None:
    assert len(escape(piece).split()) == bool(piece)
    assert unescape(escape(piece)) == piece


@settings(max_examples=50)
@given(st.lists(st.sampled_from([b"a", b"\n", b"\n\n", b"bc\n"]), max_size=30), st.integers(1, 5))
def test_lines_are_cut_alike_however_they_arrive(parts: list[bytes], size: int) -> None:
    import io

    data = b"".join(parts)
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        context.setattr(streams, "CHUNK", size)
        context.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert list(streams.lines("-")) == bytepiece.normalize(data)


def splits(piece: object) -> bool:
    """Whether a piece of more than a byte is not text."""
    return isinstance(piece, bytes) and len(piece) > 1 and "\ufffd" in piece.decode(errors="replace")


def test_inspect(model: pathlib.Path) -> None:
    report = json.loads(run("inspect", "--json", model)[0])
    tokenizer = bytepiece.Tokenizer(model)
    counts = {key: value[-1] for key, value in json.loads(model.read_text("utf-8")).items()}
    assert report["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert (report["vocab_size"], report["total_count"]) == (tokenizer.vocab_size, sum(counts.values()))
    assert report["pieces_that_split_characters"] == sum(splits(piece) for piece in tokenizer.get_vocab())
    assert report["pieces_by_length"]["1"] == 256
    assert sum(report["pieces_by_length"].values()) == tokenizer.vocab_size - 3
    assert list(report["most_frequent"].values()) == sorted(counts.values(), reverse=True)[:10]
    assert max(map(int, report["pieces_by_length"])) == max(report["longest"].values())
    table = run("inspect", model)[0].decode()
    assert f"vocab size: {tokenizer.vocab_size:,}\n" in table
    assert report["sha256"] in table


def test_help_and_version() -> None:
    version = f"bytepiece {bytepiece.__version__} (Unicode {bytepiece._bytepiece.UNICODE_VERSION})\n"
    assert run("--version")[0].decode() == version
    for command in ([], ["train"], ["encode"], ["decode"], ["inspect"]):
        out = run(*command, "--help")[0].decode()
        assert "example:\n  bytepiece " in out


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and pipes")
def test_interrupted_is_130(tmp_path: pathlib.Path) -> None:
    (tmp_path / "big.txt").write_bytes(os.urandom(1 << 25).hex().encode())
    process = subprocess.Popen(
        [*PROGRAM, "train", tmp_path / "big.txt", "-o", tmp_path / "m", "--order", "16"],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # ignored where a script runs in the background
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"bytepiece: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["big.txt"]


def read_to_the_end(terminal: int) -> bytes:
    """What is written to a pseudo-terminal, which holds a few KB, until nobody can write to it any more."""
    read = b""
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # on Linux the end is an error
            part = b""
        if not part:
            return read
        read += part


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_progress_is_shown_on_a_terminal(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").write_text("some text\n" * 1000, "utf-8")
    command = [*PROGRAM, "train", tmp_path / "a.txt", "-o", tmp_path / "m", "--vocab-size", "259"]
    shown = {}
    for quiet in (False, True):
        ours, theirs = os.openpty()
        with subprocess.Popen([*command, *["--quiet"] * quiet], stderr=theirs, stdout=subprocess.PIPE) as process:
            os.close(theirs)
            shown[quiet] = read_to_the_end(ours).decode()
        assert process.returncode == 0
        os.close(ours)
    assert shown[True] == ""
    assert all(stage in shown[False] for stage in ("1/6 counting", "2/6 modelling", "3/6 segmenting", "4/6 pruning", "6/6 refining"))
    assert "10.0 KB of 10.0 KB, " in shown[False] and " MB/s, " in shown[False]
    assert "10.0 KB of text, 1 documents, " in shown[False]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and pipes")
def test_a_closed_pipe_is_no_accident(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"a line of text\n" * 500_000)
    command = [*PROGRAM, "encode", "-m", model, tmp_path / "big.txt"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_demo_has_its_own_command_line() -> None:
    assert "bytepiece demo" in run("demo", "--help")[0].decode()


def test_the_console_script_is_installed() -> None:
    import importlib.metadata

    scripts = importlib.metadata.entry_points(group="console_scripts", name="bytepiece")
    assert [script.value for script in scripts] == ["bytepiece.cli:main"]


def test_sentencepiece_reads_the_conversion(tmp_path: pathlib.Path, documents: list[str]) -> None:
    sentencepiece = pytest.importorskip("sentencepiece")
    trainer = bytepiece.Trainer(order=4, max_vocab_size=900, ensure_unicode=True)
    trainer.train([text for text in documents if "\0" not in text])
    trainer.save(tmp_path / "m")
    tokenizer = bytepiece.Tokenizer(tmp_path / "m")
    tokenizer.convert_to_sentencepiece(tmp_path / "s.model")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "s.model"))
    text = "one line of text, 天地玄黄 and more"
    assert processor.decode(processor.encode(text)) == text
    words = {f"<0x{byte:02X}>": bytes([byte]) for byte in range(256)}
    pieces = processor.encode(text, out_type=str)
    assert [words.get(piece, piece.replace("\u2581", " ").encode()) for piece in pieces] == tokenizer.tokenize(text)
    assert any(piece in words for piece in pieces)
    assert any(len(piece) > 1 and piece not in words for piece in pieces)
    # the specials of both are three
    printable = sum(len(repr(bytes([byte]))) == 4 for byte in range(256))
    assert processor.vocab_size() == tokenizer.vocab_size + printable
