"""Draws the text bundled with the package (python/bytepiece/demo) from the shared corpora.

Goes in: $BYTEPIECE_SHARED/corpus (default ../shared), `D.train.jsonl.gz` for training and `unseen.D.dev.jsonl.gz`,
whose sources are in no training file, as held-out text; D is zh, en, multi, code. Comes out: train.jsonl, heldout.jsonl
and LICENSES.md, the same bytes for the same corpora. Whole documents only, in an order that a hash of each document
decides; documents that name a copyleft licence or a project known to be under one are left out; the languages of
`multi` take turns by script, so that small scripts are not drowned by Latin.

    python bench/make_demo_text.py
"""

from __future__ import annotations

import collections
import gzip
import hashlib
import json
import os
import pathlib
import re
import unicodedata
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED = pathlib.Path(os.environ.get("BYTEPIECE_SHARED", ROOT.parent / "shared"))
DEMO = ROOT / "python" / "bytepiece" / "demo"
DOMAINS = ("zh", "en", "multi", "code")
# bytes of text per domain, and the longest document taken: many small documents show more than a few large ones
FILES = {
    "train.jsonl": ("{}.train.jsonl.gz", 370_000, 12_000),
    "heldout.jsonl": ("unseen.{}.dev.jsonl.gz", 95_000, 15_000),
}
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public|\b[EM]PL\b|Mozilla|LibreOffice|Debian|\bperl\b|CPAN|clojure", re.I)


def rank(text: str) -> str:
    """A fixed shuffle."""
    return hashlib.sha256(b"demo 1 " + text.encode()).hexdigest()


def script(text: str) -> str:
    """The first word of the Unicode names of most non-ASCII letters; of Latin also the commonest letter ("LATIN é")."""
    letters = [c for c in text[:4000] if ord(c) > 127 and c.isalpha()]
    counts = collections.Counter(unicodedata.name(c, "?").split()[0] for c in letters)
    name = max(counts, key=lambda name: (counts[name], name), default="ASCII")
    return name if name != "LATIN" else name + " " + max(letters, key=lambda c: (letters.count(c), c))


def in_turns(documents: list[str]) -> Iterator[str]:
    """One document of each script, then the second of each, ..."""
    queues: dict[str, list[str]] = collections.defaultdict(list)
    for text in documents:
        queues[script(text)].append(text)
    for turn in range(len(documents)):
        for name in sorted(queues):
            if turn < len(queues[name]):
                yield queues[name][turn]


def draw(domain: str, pattern: str, budget: int, longest: int) -> list[str]:
    with gzip.open(SHARED / "corpus" / pattern.format(domain), "rt", encoding="utf-8") as stream:
        texts = [json.loads(line)["text"] for line in stream]
    texts = sorted((t for t in set(texts) if len(t.encode()) <= longest and not COPYLEFT.search(t)), key=rank)
    chosen, size = [], 0
    for text in in_turns(texts) if domain == "multi" else texts:
        if size + len(text.encode()) <= budget:
            chosen.append(text)
            size += len(text.encode())
    return sorted(chosen, key=rank)


def licences() -> str:
    readme = (SHARED / "corpus" / "README.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in readme if line.startswith("|")]
    origins: dict[str, list[str]] = {}
    for row in rows:
        if row[0].startswith(("Debian", "https://", "github.com")) and len(row) >= 3:
            origins.setdefault(row[0].removeprefix("https://").replace("`", ""), row[1:3])
    # every document of these two names its project, so all of them are left out above
    origins = {k: v for k, v in origins.items() if "debian-reference" not in k and "clojure" not in k}
    head = (ROOT / "bench" / "demo_licences.md").read_text("utf-8")
    return head + "".join(
        f"| {name} | {version} | {licence} |\n" for name, (version, licence) in sorted(origins.items())
    )


def main() -> None:
    for name, (pattern, budget, longest) in FILES.items():
        with open(DEMO / name, "w", encoding="utf-8", newline="\n") as out:
            for domain in DOMAINS:
                for text in draw(domain, pattern, budget, longest):
                    out.write(json.dumps({"text": text, "domain": domain}, ensure_ascii=False) + "\n")
    (DEMO / "LICENSES.md").write_text(licences(), "utf-8")


main()
