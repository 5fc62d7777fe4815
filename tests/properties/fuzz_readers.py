"""Fuzz the readers, led by the coverage of their code; needs the group ``fuzz`` (atheris).

    uv pip install --group fuzz
    python tests/properties/fuzz_readers.py table -max_total_time=120

The first argument names a reader (``all``: each in turn, in a process of its own); the rest goes to
libFuzzer. What breaks a reader is kept in ``tests/properties/cases/readers`` and replayed by the
default tests from then on.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

INSTRUMENTED = ["metaprop", "tomllib", "csv", "json"]
TOKENS = (
    *(",", ";", "\\x09", "\\x0a", "\\x0d", "\\x22", "\\x22\\x22", "\\x00", "\\xff\\xfe"),
    *("?", "1+", "0-3", "\\xe2\\x80\\x93", "1e400", "nan", "inf", "-0", "1000000001", "=1"),
    *("true", "null", "NaN", "[[", "[", "]]", "{", "}", "1979-05-27", "0x1", "'''"),
    *(
        "study",
        "events",
        "total",
        "outcome",
        "source",
        "basis",
        "silent",
        "replaces",
        "known_total",
    ),
    *("distribution", "low", "high", "scale", "half_cauchy", "student_t", "family", "schema"),
)
"""What a mutation may put in as a whole, in libFuzzer's way to write it."""


def fuzz(name: str, options: list[str]) -> None:
    """Fuzz one reader until libFuzzer stops."""
    import atheris  # of the group `fuzz`, which tests do without

    with atheris.instrument_imports(include=INSTRUMENTED):
        from properties.readers import READERS, kept, tried
    seen: set[str] = set()
    work = Path(tempfile.mkdtemp(prefix="metaprop-fuzz-"))
    corpus, place = work / "corpus", work / "place"
    for folder in (corpus, place):
        folder.mkdir()
    for number, seed in enumerate(READERS[name].seeds):
        (corpus / str(number)).write_bytes(seed)
    words = work / "words"
    words.write_text("".join(f'"{token}"\n' for token in TOKENS), encoding="utf-8")

    def one(data: bytes) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tried(name, data, place)
        except Exception as error:  # noqa: BLE001 - whatever comes is what we are looking for
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
            if where not in seen:
                seen.add(where)
                print(f"{name}: {where}: {str(error)[:200]} -> {kept(name, data)}", flush=True)  # noqa: T201

    longest = max(map(len, READERS[name].seeds)) + 2000
    arguments = [sys.argv[0], str(corpus), f"-dict={words}", f"-max_len={longest}", *options]
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def main() -> None:
    """Fuzz the reader that the command line names, or all of them."""
    name, *options = sys.argv[1:] or ["all", "-max_total_time=60"]
    if name != "all":
        fuzz(name, options)
        return
    from properties.readers import READERS

    for each in READERS:
        subprocess.run([sys.executable, __file__, each, *options], check=False)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
