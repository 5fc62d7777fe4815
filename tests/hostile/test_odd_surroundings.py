"""No room, no permission, no home, no time zone, no reader: one clear error or the same bytes."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from hostile.command import LIGHT, TABLE, begun, metaprop, seen
from hostile.victims import victim, write_old

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hostile.victims import Victim

pytestmark = pytest.mark.xdist_group("surroundings")

OPTIONS = ("--engine", "exact", "--jobs", "1")
ODD = {
    "HOME": os.devnull,  # not even root can make a folder in it
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "TZ": "Pacific/Kiritimati",
    "COLUMNS": "40",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "MKL_NUM_THREADS": "2",
}
CLOCK = """
import time
now = time.time
time.time = lambda: now() - 30 * 365.25 * 86400
"""


@pytest.fixture(scope="module")
def one(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Victim:
    place = tmp_path_factory.mktemp("project")
    return victim(place, root, *OPTIONS, light=True, models=["common_rate"])


@pytest.fixture(scope="module")
def new(one: Victim) -> dict[str, str]:
    """Return what a run leaves where all is well."""
    return one.whole()[0]


@contextmanager
def mounted(*options: str, at: Path) -> Iterator[None]:
    """Mount something for the time being, or say openly that it is not allowed here."""
    done = subprocess.run(["mount", *options, str(at)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def test_a_full_disk_is_told_and_the_old_results_stand(one: Victim) -> None:
    shutil.rmtree(one.results, ignore_errors=True)
    one.results.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=64k", "tmpfs", at=one.results):
        old = write_old(one.results / "trees")
        done = one.run()
        assert done.refused, done
        assert "No space left on device" in done.err
        assert "What stood there before is untouched" in done.err
        assert one.stands() == old
        one.clean()


def test_a_folder_that_cannot_be_written_is_told(one: Victim) -> None:
    old = write_old(one.results / "trees")
    if os.geteuid() == 0:
        with mounted("--bind", "-o", "ro", str(one.results), at=one.results):
            done = one.run()
    else:
        one.results.chmod(0o500)
        done = one.run()
        one.results.chmod(0o700)
    assert done.refused, done
    assert "could not be written" in done.err
    assert one.stands() == old
    one.clean()


def test_a_folder_deleted_in_mid_run_is_told_and_the_next_run_works(
    one: Victim, new: dict[str, str]
) -> None:
    script = one.place / "deleting.py"
    gone = "import shutil\nreport.write_documents = lambda _: shutil.rmtree('results')"
    text = LIGHT.replace("report.write_documents = lambda _: None", gone)
    assert text != LIGHT
    script.write_text(text, encoding="utf-8")
    done = one.run(python=(str(script),))
    assert done.refused, done
    assert "could not be written" in done.err
    assert one.whole()[0] == new
    one.clean()


def test_two_runs_at_once_leave_whole_results(one: Victim, new: dict[str, str]) -> None:
    write_old(one.results / "trees")
    both = [begun(*one.command, cwd=one.place, env=one.env, python=one.python) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert one.stands() == new
    one.clean()


def test_clock_locale_home_and_threads_change_no_byte(one: Victim, new: dict[str, str]) -> None:
    (one.place / "hooks").mkdir()
    (one.place / "hooks" / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
    for path in one.results.rglob("*"):
        os.utime(path, (2**32, 2**32))  # from a future that the clock does not know
    done = one.run({**ODD, "PYTHONPATH": str(one.place / "hooks")})
    assert done.code == 0, done
    assert done.err == ""
    assert one.stands() == new
    one.clean()


def test_a_reader_that_leaves_early_loses_nothing(one: Victim, new: dict[str, str]) -> None:
    write_old(one.results / "trees")
    line = f'"{sys.executable}" {one.python[0]} {" ".join(one.command)} | head -n 1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=one.place,
        env={**os.environ, **one.env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Probability that")
    assert done.stderr == ""
    assert one.stands() == new


def test_where_nobody_listens_the_exit_code_is_the_answer(tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "bad.csv").write_text("nothing", encoding="utf-8")
    line = f'"{sys.executable}" -m metaprop check "$1" >&- 2>&-'
    for name, code in (("trees.csv", 0), ("bad.csv", 1)):
        done = subprocess.run(["bash", "-c", line, "", name], cwd=tmp_path, check=False)
        assert done.returncode == code


def test_a_sign_that_the_terminal_does_not_know_is_spelt_out(tmp_path: Path) -> None:
    (tmp_path / "\u03b1.csv").write_text(TABLE.replace("Ash", "\u05d0"), encoding="utf-8")
    done = metaprop("check", "\u03b1.csv", cwd=tmp_path, env={"PYTHONIOENCODING": "cp1252"})
    assert done.code == 0, done
    assert done.err == ""
    assert r"\u03b1" in done.out


def test_a_terminal_of_forty_columns_is_filled_and_not_left(tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text(TABLE, encoding="utf-8")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-m", "metaprop", "fit", "trees.csv"],
        cwd=tmp_path,
        env={**environment, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        text = _all(ours)
    assert process.returncode == 0
    assert "Traceback" not in text
    numbers = [line for line in text.splitlines() if line.startswith("  ")]
    assert numbers
    assert max(map(len, numbers)) <= 40


def _all(terminal: int) -> str:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other side has gone
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode("utf-8")
        parts.append(part)


_FONTS = "Matplotlib is building the font cache; this may take a moment.\n"


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_without_a_home_the_sampler_works_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    env = {"HOME": os.devnull, "TMPDIR": str(tmp_path / "tmp")}
    command = ("fit", "trees.csv", "--engine", "nuts", "--model", "common_rate")
    before = seen(tmp_path)
    done = metaprop(*command, cwd=tmp_path, env=env)
    assert done.code == 0, done
    assert done.err.replace(_FONTS, "") == ""
    assert seen(tmp_path) == before
