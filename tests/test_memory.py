"""memory_limit, temp_dir, max_ngrams and the report: the same model in any memory, and the memory is kept to."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from support import TIGHT

import bytepiece


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2} | options)
    trainer.train(texts)
    return trainer


@pytest.mark.parametrize("options", [{"order": 6}, {"order": 9, "min_count": 1}, {"order": 12}, {"compat": True}])
def test_the_model_is_the_same_in_any_memory(many: list[str], options: dict[str, Any]) -> None:
    options = {"max_ngrams": 500_000} | options
    spacious = trained(many, memory_limit="4GB", **options)
    tight = trained(many, memory_limit=TIGHT, **options)
    assert tight.pieces == spacious.pieces
    assert spacious.report["spilled"] == 0
    if options.get("order", 6) > 8:
        assert tight.report["spilled"] > 0


def test_anonymous_memory_stays_within_the_limit(many: list[str], tmp_path: pathlib.Path) -> None:
    """Of a process of its own, sampled by another thread of it."""
    (tmp_path / "many.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in many), "utf-8")
    code = """
        import bytepiece, sys, threading
        from bytepiece.corpus import Jsonl

        def anonymous():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) * 1024

        trainer = bytepiece.Trainer(12, 600, threads=2, memory_limit=LIMIT, max_ngrams=2_000_000)
        texts = Jsonl(sys.argv[1])
        before = peak = anonymous()
        over = threading.Event()

        def sample():
            global peak
            while not over.wait(0.005):
                peak = max(peak, anonymous())

        thread = threading.Thread(target=sample)
        thread.start()
        trainer.train(texts)
        over.set()
        thread.join()
        print(peak - before, trainer.report["spilled"], trainer.report["peak_memory"])
    """
    if not pathlib.Path("/proc/self/status").exists():
        pytest.skip("the system does not tell the anonymous memory of a process")
    limit = 130_000_000
    code = textwrap.dedent(code).replace("LIMIT", str(limit))
    arguments = [sys.executable, "-c", code, str(tmp_path / "many.jsonl")]
    out = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    grown, spilled, reported = map(int, out.split())
    assert spilled > 0, "the test must be larger than the memory"
    assert grown < limit * 1.1
    assert reported < limit * 1.1


def test_a_limit_that_is_too_small_names_the_smallest_that_works(documents: list[str]) -> None:
    with pytest.raises(ValueError, match=r"memory_limit is 1000 bytes, too little for 2 threads and order 6") as error:
        trained(documents, memory_limit=1000)
    least = int(str(error.value).split("at least ")[1].split(";")[0])
    assert least < TIGHT
    with pytest.raises(ValueError, match="at least"):
        trained(documents, memory_limit=least - 1)
    trained(documents, memory_limit=least, max_ngrams=10_000)


def test_a_model_that_is_too_large_names_what_would_fit(many: list[str]) -> None:
    options = {"order": 12, "min_count": 1, "threads": 1}
    with pytest.raises(ValueError, match=r"the model of \d+ n-grams does not fit into memory_limit") as error:
        trained(many, memory_limit="100MB", **options)
    words = str(error.value)
    fitting = int(words.split("max_ngrams=")[1].split(",")[0])
    trained(many, memory_limit="100MB", max_ngrams=fitting, **options)


@pytest.mark.parametrize("given", ["600MB", "0.5 GiB", 300_000_000, 0.5, 1.0, None])
def test_kinds_of_limits(given: Any, documents: list[str]) -> None:
    report = trained(documents, memory_limit=given).report
    assert report["memory_limit"] > 0
    expected = {"600MB": 600_000_000, "0.5 GiB": 1 << 29, 300_000_000: 300_000_000}
    if given in expected:
        assert report["memory_limit"] == expected[given]


@pytest.mark.parametrize("given", ["", "much", "-1GB", 0, -1, 0.0, 1.5, float("nan"), "0GB"])
def test_limits_that_are_none(given: Any) -> None:
    with pytest.raises(ValueError, match="memory_limit must be a number of bytes, a size such as"):
        bytepiece.Trainer(memory_limit=given)


def test_limits_of_a_wrong_type() -> None:
    with pytest.raises(TypeError, match="memory_limit must be an int, not bool"):
        bytepiece.Trainer(memory_limit=True)
    with pytest.raises(TypeError, match="temp_dir must be a path"):
        bytepiece.Trainer(temp_dir=3)  # type: ignore[arg-type]


def test_max_ngrams_bounds_what_is_kept_and_is_reported(many: list[str]) -> None:
    everything = trained(many)
    kept = [length["ngrams"] for length in everything.report["kept_ngrams"]]
    most = sum(kept) // 3
    fewer = trained(many, max_ngrams=most)
    thresholds = [length["threshold"] for length in fewer.report["kept_ngrams"]]
    assert 256 + sum(length["ngrams"] for length in fewer.report["kept_ngrams"]) <= most
    assert thresholds == sorted(thresholds)
    assert thresholds[-1] > everything.report["kept_ngrams"][-1]["threshold"]
    assert fewer.pieces != everything.pieces
    assert trained(many, max_ngrams=most, memory_limit=TIGHT, threads=1).pieces == fewer.pieces
    assert trained(many, max_ngrams=most, compat=True).pieces == trained(many, compat=True).pieces
    assert trained(many, max_ngrams=256 + sum(kept)).pieces == everything.pieces


def test_max_ngrams_is_checked() -> None:
    with pytest.raises(ValueError, match="max_ngrams must be at least 256, not 255"):
        bytepiece.Trainer(max_ngrams=255)
    trainer = bytepiece.Trainer()
    assert trainer.max_ngrams == 100_000_000
    trainer.max_ngrams = 256
    with pytest.raises(ValueError, match="max_ngrams must be at least 256, not -1"):
        trainer.max_ngrams = -1


def test_the_report(documents: list[str]) -> None:
    trainer = bytepiece.Trainer(order=3, max_vocab_size=400, threads=1, memory_limit="1GB")
    with pytest.raises(RuntimeError, match="report: nothing is trained yet"):
        _ = trainer.report
    trainer.train(["abab", "b"])
    report = trainer.report
    assert (report["documents"], report["bytes"], report["threads"], report["algorithm"]) == (2, 5, 1, 2)
    # a b; ab ba; aba bab
    assert report["distinct_ngrams"] == [2, 2, 2]
    assert report["kept_ngrams"] == [{"threshold": 2, "ngrams": 1}, {"threshold": 2, "ngrams": 0}]
    assert [stage["name"] for stage in report["stages"]] == [
        "counting",
        "modelling",
        "segmenting",
        "pruning",
        "gathering",
        "refining",
    ]
    assert [stage["bytes"] for stage in report["stages"]] == [5, 0, 5, 0, 5, 0]
    assert json.loads(json.dumps(report)) == report


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
def test_a_full_disk_is_an_error_that_leaves_a_checkpoint(many: list[str], tmp_path: pathlib.Path) -> None:
    """A limit on the size of files stands for the full disk: mounting a small one needs more rights than tests have."""
    (tmp_path / "many.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in many), "utf-8")
    code = """
        import bytepiece, resource, signal, sys
        from bytepiece.corpus import Jsonl

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        most = int(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        trainer = bytepiece.Trainer(max_vocab_size=600, threads=2, checkpoint=sys.argv[3], checkpoint_every=0.05)
        try:
            trainer.train(Jsonl(sys.argv[1]))
        except OSError as error:
            assert "cannot write temporary data" in str(error) or "File too large" in str(error), error
            print("full")
    """
    checkpoint = tmp_path / "checkpoint"
    arguments = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "many.jsonl")]
    for most in [300_000, 2_000_000]:
        done = subprocess.run([*arguments, str(most), str(checkpoint)], capture_output=True, text=True)
        assert done.stdout == "full\n", done.stderr
    texts = bytepiece.corpus.Jsonl(tmp_path / "many.jsonl")
    assert trained(texts, checkpoint=checkpoint).pieces == trained(texts).pieces


def test_every_option_of_the_command_line(many: list[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").write_text("".join(many[:200]), "utf-8")
    command = [sys.executable, "-m", "bytepiece", "train", str(tmp_path / "a.txt"), "--vocab-size", "600", "--quiet"]
    plain = [*command, "-o", str(tmp_path / "plain")]
    options = ["--memory-limit", "200MB", "--temp-dir", str(tmp_path), "--max-ngrams", "99000000"]
    full = [*command, "-o", str(tmp_path / "full"), *options, "--checkpoint", str(tmp_path / "checkpoint")]
    full += ["--checkpoint-every", "0"]
    for arguments in itertools.chain([plain, full, full], [[*plain, "--memory-limit", "0.5"]]):
        subprocess.run(arguments, check=True, env=os.environ | {"PYTHONUTF8": "1"})
    assert (tmp_path / "full").read_bytes() == (tmp_path / "plain").read_bytes()
    assert (tmp_path / "checkpoint" / "state").exists()
