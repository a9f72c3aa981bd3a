"""Answers requests about bytepiece 0.6.3; runs under the interpreter that has it (its import name is ours).

A request is a line of JSON on stdin, an answer a line on stdout:
    {"encode": MODEL, "texts": [BASE64, ...]}  ->  [[id, ...], ...]
    {"clean": [TEXT, ...]}                     ->  the texts without the characters that its Unicode tables lack
Bytes that are not UTF-8, which 0.6.3 does not take, are handled as ours defines them: each maximal valid stretch is
normalized, an invalid byte counts as one character that is no newline; the segments go to 0.6.3's own search.
"""

import base64
import json
import os
import re
import subprocess
import sys
import unicodedata
from typing import Any

# numpy's AVX-512 logarithm differs from libm's on some counts, which moves exact ties: switch it off
SAME_AS_LIBM = "import math, numpy; v = range(1, 200_000); assert all(numpy.log(x) == math.log(x) for x in v)"


def settle_numpy() -> None:
    if os.environ.get("BYTEPIECE_REFERENCE_READY") == "1":
        return
    for features in ("", "X86_V4", "AVX512_SKX"):
        env = dict(os.environ, NPY_DISABLE_CPU_FEATURES=features, BYTEPIECE_REFERENCE_READY="1")
        if subprocess.run([sys.executable, "-c", SAME_AS_LIBM], env=env, capture_output=True).returncode == 0:
            os.execve(sys.executable, [sys.executable, *sys.argv], env)
    sys.exit("no setting makes this numpy's log equal libm's")


def encode(tokenizer: Any, data: bytes) -> list[int]:
    text = data.decode("utf-8", "surrogateescape")
    text = re.sub("[^\udc80-\udcff]+", lambda match: unicodedata.normalize("NFC", match[0]), text)
    segments = (segment.encode("utf-8", "surrogateescape") for segment in re.findall(".*\n+|.+", text))
    return [tokenizer._piece2id[piece] for segment in segments for piece in tokenizer._tokenize(segment)]


def clean(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Cn")


def main() -> None:
    import bytepiece

    models: dict[str, Any] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "clean" in request:
            answer: Any = [clean(text) for text in request["clean"]]
        else:
            path = request["encode"]
            if path not in models:
                models = {path: bytepiece.Tokenizer(path)}
            answer = [encode(models[path], base64.b64decode(text)) for text in request["texts"]]
        print(json.dumps(answer), flush=True)


settle_numpy()
main()
