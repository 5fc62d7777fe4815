"""Whatever bytes a file holds: an answer, or one error that says what, where and what to do.

``fuzz_readers.py`` looks for such bytes by coverage; here are those that it found, and mutations of
sound files by chance.
"""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from properties.readers import FOLDER, READERS, kept, tried

MUTANTS = 60
"""Of each reader's files; the same in every run."""
CHUNKS = (
    *(b"\x00", b"\xff", b"\xe2\x80\xae", b"\r", b"\n", b'"', b"'", b",", b";", b"[", b"]", b"="),
    *(b"1e400", b"-1", b"9" * 30, b"nan", b"0-", b"+", b"true", b"null", b"{", b"}", b"\\u0000"),
)


def mutant(seed: bytes, rng: Random) -> bytes:
    """Return a sound file with a few parts dropped, doubled, swapped or replaced."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 2, 5))):
        start = rng.randrange(len(data) + 1)
        stop = min(len(data), start + rng.choice((0, 1, 1, 2, 8, 40)))
        part = bytes(data[start:stop])
        data[start:stop] = rng.choice((b"", part + part, part[::-1], rng.choice(CHUNKS)))
    return bytes(data)


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_has_an_answer_or_one_error(name: str, tmp_path: Path) -> None:
    rng = Random(name)  # noqa: S311 - not cryptographic
    for seed in READERS[name].seeds:
        tried(name, seed, tmp_path)
        for _ in range(MUTANTS // len(READERS[name].seeds)):
            tried(name, mutant(seed, rng), tmp_path)


def try_again(folder: Path, work: Path) -> None:
    """Try every file that is kept in a folder, which may be missing, with its reader."""
    for case in sorted(folder.glob("*-*")):
        tried(case.name.rpartition("-")[0], case.read_bytes(), work)


def test_bytes_that_once_broke_a_reader_do_so_no_more(tmp_path: Path) -> None:
    try_again(FOLDER, tmp_path)


def test_what_is_kept_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("properties.readers.FOLDER", tmp_path / "kept")
    monkeypatch.setitem(globals(), "tried", lambda *what: seen.append(what[:2]))
    kept("stored_reading", b"{")
    try_again(tmp_path / "kept", tmp_path)
    assert seen == [("stored_reading", b"{")]


DEEP = {
    "passport": b"a = " + b"[" * 10_000,
    "model": b"a = " + b"{a=" * 10_000,
    "manifest": b"[" * 10_000,
    "outcome": b'{"schema":' * 10_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_refused(name: str, tmp_path: Path) -> None:
    tried(name, DEEP[name], tmp_path)


NUMBERS = (b"1" * 5000, b"1e400", b"-Infinity", b"NaN", b"1" + b"0" * 400)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:9].decode())
@pytest.mark.parametrize("name", ["manifest", "outcome", "stored_reading"])
def test_numbers_beyond_all_use_are_refused(name: str, number: bytes, tmp_path: Path) -> None:
    for seed in READERS[name].seeds:
        places = [place.end() for place in re.finditer(rb'": (?=[0-9])', seed)][:200]
        for place in places[:: max(1, len(places) // 20)]:
            damaged = seed[:place] + number + re.sub(rb"^[0-9.e-]+", b"", seed[place:])
            tried(name, damaged, tmp_path)
