"""A CSV may hold anything: an answer or one clear error, soon, in little memory."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

import pytest

from hostile.command import MOST_MEMORY, metaprop, seen, several
from metaprop.evidence.dataset import read_evidence

if TYPE_CHECKING:
    from pathlib import Path

    from hostile.command import Ended

HEAD = b"study,events,total\n"
MANY = ",".join(f"c{column}" for column in range(100_000)).encode()
LONG_NAME = b"A" * 10_000

REFUSED = {
    "nul": (HEAD + b"A\0,1,2\n", "binary, not text"),
    "utf16": ("study,events,total\nA,1,2\n".encode("utf-16"), "looks like UTF-16"),
    "utf16_unmarked": ("study,events,total\nA,1,2\n".encode("utf-16-le"), "binary, not text"),
    "utf32": ("study,events,total\nA,1,2\n".encode("utf-32"), "binary, not text"),
    "mixed": (HEAD + "Röver,1,2\n".encode() + "Röver,1,2\n".encode("latin-1"), "line 3: the byte"),
    "half_a_pair": (HEAD + b"A\xed\xa0\x80,1,2\n", "line 2: the byte 0xed"),
    "formulas": (HEAD + b"A,=1+1,2\nB,=cmd|' /C calc'!A0,2\n", "is a formula"),
    "huge_integers": (HEAD + b"A," + b"9" * 10_000 + b"," + b"9" * 10_000, "is more than 1,000,0"),
    "beyond_doubles": (HEAD + b"A,1e400,1e400\nB,inf,nan\nC,0x10,1_000\n", "'1e400'"),
    "other_digits": (HEAD + "A,\uff11,\uff12\n".encode(), "digits other than 0 to 9"),
    "twice": (b"study,events,total,events,N\nA,1,2,1,3\n", "the columns 'events' and 'events'"),
    "empty": (b"", "the file is empty"),
    "a_mark_alone": (b"\xef\xbb\xbf", "the file is empty"),
    "blank": (b"\n \n,\n", "the file is empty"),
    "head_alone": (HEAD, "there is no study"),
    "many_columns": (MANY + b"\n" + b"1," * 99_999 + b"1\n", "no column for the study"),
    "turned_around": (HEAD + "evil\u202egnp.exe,1,2\n".encode(), r"control character U+202E"),
    "two_lines": (HEAD + "A\u2028B,1,2\n".encode(), r"control character U+2028"),
    "no_name": (HEAD + "\u00a0,1,2\n".encode(), "the study has no name"),
    "unclosed": (HEAD + b'"A,1,2\nB,1,2\n', "a quote is opened and not closed"),
    "unclosed_early": (HEAD + b'"A,1,2\n' + b"B,1,2\n" * 100_000, "perhaps a quote is not closed"),
    "lines_in_a_cell": (HEAD + b'"A' + b"\n" * 300_000 + b'",1,2\n', "perhaps a quote is not clo"),
    "quotes_alone": (HEAD + b'"' * 1_500_000 + b"\n", "a line is longer than"),
    "separators_alone": (HEAD + b"," * 1_500_000 + b"\n", "a line is longer than"),
    "one_line": (b"a" * 1_500_000, "a line is longer than"),
    "long_cell": (HEAD + b"A," + b"1" * 200_000 + b",2\n", "a cell is longer than"),
    "blank_lines": (HEAD + b"\n" * 2_100_000, "more than 2,000,000 lines"),
    "old_mac_lines": (HEAD + b"\r" * 2_100_000, "more than 2,000,000 lines"),
    "all_the_same": (HEAD + b"A,1,2\n" * 20_000, "19,999 in all"),
    "all_wrong": (HEAD + b"A,x,y\n" * 20_000, "59,999 in all"),
}
ANSWERED = {
    "right_to_left": HEAD + "\u05d0\u05d1 2020,1,2\n\u0645\u0631,2,3\n".encode(),
    "combining": HEAD + ("a" + "\u0300" * 500 + ",1,2\ne\u0301,2,3\n").encode(),
    "joined": HEAD + "\N{FAMILY}\u200d\N{WOMAN},1,2\nA\u200bB,2,3\nAC,1,3\n".encode(),
    "long_name": HEAD + LONG_NAME + b",1,2\nB,2,3\n",
    "old_mac": HEAD.replace(b"\n", b"\r") + b"A,1,2\rB,2,2\r",
    "formula_names": HEAD + b"=cmd|' /C calc'!A0,1,2\n@SUM(1),2,3\n+1,1,2\n-1,2,2\n",
    "wide": MANY + b",study,events,total\n" + b"1," * 100_000 + b"A,1,2\n",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Return how each table fared under ``check``, and those that hold something under ``fit``."""
    folder = tmp_path_factory.mktemp("tables")
    for name, raw in {**{key: raw for key, (raw, _) in REFUSED.items()}, **ANSWERED}.items():
        (folder / f"{name}.csv").write_bytes(raw)
    (folder / "folder.csv").mkdir()
    (folder / "round.csv").symlink_to("round.csv")
    (folder / "nowhere.csv").symlink_to("none")
    os.mkfifo(folder / "silent.csv")
    commands = {name: ["check", f"{name}.csv"] for name in REFUSED}
    commands |= {name: ["fit", f"{name}.csv", "--model", "common_rate"] for name in ANSWERED}
    commands |= {name: ["fit", f"{name}.csv"] for name in ("folder", "round", "nowhere", "silent")}
    commands |= {path: ["fit", path] for path in ("/dev/zero", "/dev/null", "/dev/full")}
    before = seen(folder)
    found = dict(zip(commands, several(list(commands.values()), folder), strict=True))
    assert seen(folder) == before
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_says_nothing_is_refused_in_words(ended: dict[str, Ended], name: str) -> None:
    assert ended[name].refused, ended[name]
    assert ended[name].cheap
    assert REFUSED[name][1] in ended[name].err


@pytest.mark.parametrize("name", ANSWERED)
def test_a_table_of_odd_signs_is_answered(ended: dict[str, Ended], name: str) -> None:
    assert ended[name].code == 0, ended[name]
    assert ended[name].err == ""
    assert ended[name].cheap


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "there is no such file"),
        ("round", "Too many levels of symbolic links"),
        ("nowhere", "there is no such file"),
        ("silent", "nobody wrote into this pipe"),
        ("/dev/zero", "larger than 32 MB"),
        ("/dev/full", "larger than 32 MB"),
        ("/dev/null", "the file is empty"),
    ],
)
def test_what_is_no_file_is_refused(ended: dict[str, Ended], name: str, said: str) -> None:
    assert ended[name].refused, ended[name]
    assert ended[name].cheap
    assert said in ended[name].err


def test_all_of_it_together_took_little_memory(ended: dict[str, Ended]) -> None:
    assert max(one.peak for one in ended.values()) < MOST_MEMORY


def test_a_hundred_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(HEAD + b"study,1,2\n" * 104_857)
    done = metaprop("fit", path, cwd=tmp_path)
    assert path.stat().st_size > 100_000_000
    assert done.refused, done
    assert "larger than 32 MB" in done.err
    assert done.peak < path.stat().st_size  # which reading it would have taken, and more


@pytest.mark.slow
def test_a_million_studies_are_answered(tmp_path: Path) -> None:
    rows = b"".join(b"%x,%d,%d\n" % (row, row % 7, 7 + row % 13) for row in range(1_000_000))
    (tmp_path / "million.csv").write_bytes(HEAD + rows)
    for command in (["fit", "million.csv", "--above", "0.3"], ["pool", "million.csv"]):
        done = metaprop(*command, cwd=tmp_path)
        assert done.code == 0, done
        assert done.cheap, done


def test_a_pipe_is_read_once_and_hashed_as_it_was_read(tmp_path: Path) -> None:
    # A second reading, for the hash, would wait for a writer that has gone.
    raw, pipe = HEAD + b"A,1,2\nB,2,3\n", tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(raw,))
    writer.start()
    dataset = read_evidence(pipe)
    writer.join()
    assert dataset.hashes == {"pipe.csv": hashlib.sha256(raw).hexdigest()}
