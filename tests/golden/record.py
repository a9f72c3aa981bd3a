"""Writes the goldens: what bytepiece 0.6.3 gave, and what our own default training gave.

python tests/golden/record.py corpus       corpus.jsonl: slices of the bundled text and documents built to hurt
python tests/golden/record.py reference    reference.json (whole grid), small.model, ids.json; needs BYTEPIECE_SHARED
python tests/golden/record.py ours         default.json; needs the package installed. Run it when a change is MEANT to
                                           change trained vocabularies, and say so in CHANGELOG.md
"""

from __future__ import annotations

import base64
import concurrent.futures
import json
import pathlib
import sys
import tempfile
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import reference
import support

CORPUS = support.GOLDEN / "corpus.jsonl"
SMALL = support.Case(6, True, False, 2, 18, 1300)


# Nested pieces, which training seldom keeps: with them a run of one sign has many paths that tie to the last bit.
NESTED = {
    "==": 900,
    "=====": 400,
    "\n\n": 300,
    "\n\n\n": 200,
    "\n\n\n\n\n": 70,
    "--": 90,
    "---": 80,
    "  ": 700,
    "    ": 500,
    "       ": 90,
}
NESTED |= {
    "aa": 300,
    "aaa": 250,
    "ab": 400,
    "ba": 400,
    "aba": 150,
    "今今": 60,
    "今今今": 50,
    "天天": 40,
    "a\n": 20,
    "==\n": 10,
    "19": 60,
    "99": 50,
    "999": 20,
}


def write(name: str, value: Any) -> None:
    (support.GOLDEN / name).write_text(json.dumps(value, indent=1, ensure_ascii=True, sort_keys=True) + "\n", "utf-8")


def record_corpus() -> None:
    documents: dict[str, list[str]] = {}
    for line in (
        (support.ROOT / "python" / "bytepiece" / "demo" / "train.jsonl")
        .read_text("utf-8")
        .removesuffix("\n")
        .split("\n")
    ):
        document = json.loads(line)
        documents.setdefault(document["domain"], []).append(document["text"])
    texts = [text for domain in documents.values() for text in support.take(domain, 7_000, 2_500)]
    prose = "\n".join(support.take(documents["zh"] + documents["en"], 9_000, 3_000)) + documents["en"][0]
    support.write_jsonl(CORPUS, texts + support.awkward_documents(prose[:4_000]))


def with_nested_pieces(path: pathlib.Path) -> None:
    """Adds NESTED to a model, written as 0.6.3 writes."""
    counts = {base64.b64decode(key): value[-1] for key, value in json.loads(path.read_bytes()).items()}
    counts |= {piece.encode(): count for piece, count in NESTED.items()}
    pieces = sorted(counts.items(), key=lambda item: (len(item[0]), item[0]))
    model = {base64.b64encode(k).decode(): [i + 3, k.decode(errors="ignore"), v] for i, (k, v) in enumerate(pieces)}
    path.write_text(json.dumps(model, indent=4, ensure_ascii=False), "utf-8")


def record_reference() -> None:
    texts = list(support.read_jsonl(CORPUS))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        files = dict(
            zip(
                (c.name for c in support.GRID), pool.map(lambda c: reference.train(c, texts), support.GRID), strict=True
            )
        )
    write("reference.json", {"corpus": support.sha256(CORPUS), "cases": files})
    model = support.GOLDEN / "small.model"
    reference.run_driver("train", CORPUS, model, *SMALL.flags())
    with_nested_pieces(model)
    encoded = support.adversarial_texts()
    ids = reference.encode(model, list(encoded.values()))
    rows = [
        {"name": name, "base64": base64.b64encode(text).decode(), "ids": " ".join(map(str, row))}
        for (name, text), row in zip(encoded.items(), ids, strict=True)
    ]
    write("ids.json", {"model": support.sha256(model), "texts": rows})


def record_ours() -> None:
    import bytepiece

    texts = list(support.read_jsonl(CORPUS))
    cases = {}
    for case in support.pairwise(support.GRID):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder, "model")
            trainer = bytepiece.Trainer(**case.arguments(), objective="frequency", threads=1)
            trainer.train(texts)
            trainer.save(model)
            cases[case.name] = {path.name: support.sha256(path) for path in case.files(model)}
    write("default.json", {"corpus": support.sha256(CORPUS), "cases": cases})


if __name__ == "__main__":
    {"corpus": record_corpus, "reference": record_reference, "ours": record_ours}[sys.argv[1]]()
