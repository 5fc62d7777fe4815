from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from metaprop.core.errors import InputError, OutputError, TableError
from metaprop.core.files import (
    check_place,
    locks,
    read_text,
    reading,
    sha256,
    write_folder,
    writing,
)


def fault(path: Path) -> str:
    with pytest.raises(TableError) as caught:
        read_text(path, error=TableError)
    assert len(caught.value.problems) == 1
    return str(caught.value)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfstudy;n\r\nM\xc3\xbcller;3\r\n")
    assert read_text(path, error=TableError) == "study;n\r\nMüller;3\r\n"


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    assert read_text(path, error=TableError) == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "none.csv: there is no such file" in fault(tmp_path / "none.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "a folder, not a file" in fault(tmp_path)


def test_an_impossible_path_is_a_fault() -> None:
    assert r"a\x00b: the file cannot be read" in fault(Path("a\0b"))


@pytest.mark.parametrize(
    ("raw", "remedy"),
    [
        (b"study\x00", "plain text in UTF-8"),
        (b"PK\x03\x04rest", "Excel workbook"),
        ("study,n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_binary_file_is_refused(tmp_path: Path, raw: bytes, remedy: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    message = fault(path)
    assert "binary" in message
    assert remedy in message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_line_that_is_not_utf8_is_named(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + b"study,n\nM\xfcller,3\n")
    message = fault(path)
    assert "a.csv, line 2: the byte 0xfc is not UTF-8" in message


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(2**40)  # a sparse terabyte: reading it would not end well
    assert "larger than 32 MB" in fault(path)


def test_the_largest_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 8)
    path = tmp_path / "a.csv"
    path.write_text("12345678")
    assert read_text(path, error=TableError) == "12345678"


def test_a_pipe_is_read_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 8)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"1234567890",))
    writer.start()
    assert "larger than" in fault(path)
    writer.join()


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert sha256(path) == hashlib.sha256(b"abc").hexdigest()


def test_sha256_of_nothing_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        sha256(tmp_path / "none")


def write(text: str, folder: Path) -> None:
    (folder / "manifest.json").write_text(text)
    (folder / "tables").mkdir()
    (folder / "tables" / "a.csv").write_text(text)


def old(folder: Path) -> None:
    write("old", folder)


def new(folder: Path) -> None:
    write("new", folder)


def contents(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


OLD = {"manifest.json": "old", "tables/a.csv": "old"}
NEW = {"manifest.json": "new", "tables/a.csv": "new"}


def test_a_folder_is_written_with_its_parents(tmp_path: Path) -> None:
    write_folder(tmp_path / "results" / "a", new)
    assert contents(tmp_path) == {f"results/a/{name}": text for name, text in NEW.items()}


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    (target / "stray.txt").write_text("by hand")
    write_folder(target, new)
    assert contents(target) == NEW
    assert entries(tmp_path) == ["a"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write_folder(tmp_path / "a", new)
    assert contents(tmp_path / "a") == NEW


def test_what_is_kept_lives_on(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    (target / "draws").mkdir()
    (target / "draws" / "x").write_text("kept")
    write_folder(target, new, keep=("draws", "absent"))
    assert contents(target) == NEW | {"draws/x": "kept"}


def test_what_is_written_anew_is_not_kept(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    write_folder(target, new, keep=("tables",))
    assert contents(target) == NEW


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_fault_of_the_writer_passes_and_the_old_stands(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "a"
    write_folder(target, old)

    def half(folder: Path) -> None:
        new(folder)
        raise error

    with pytest.raises(error):
        write_folder(target, half)
    assert contents(tmp_path) == {f"a/{name}": text for name, text in OLD.items()}
    assert entries(tmp_path) == ["a"]


def test_a_full_disk_is_an_output_error_and_the_old_stands(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)

    def full(folder: Path) -> None:
        new(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"No space left on device.*untouched"):
        write_folder(target, full)
    assert contents(target) == OLD
    assert entries(tmp_path) == ["a"]


def without_exchange(_one: Path, _other: Path) -> None:
    raise OSError(38, "Function not implemented")


@pytest.fixture(params=[True, False], ids=["in one step", "in steps"])
def one_step(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Say whether two folders change places in one step, as not every disk lets them."""
    if not request.param:
        monkeypatch.setattr(writing, "exchange", without_exchange)
    return bool(request.param)


def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    for name, fill in (("a", old), ("b", new)):
        (tmp_path / name).mkdir()
        fill(tmp_path / name)
    locks.exchange(tmp_path / "a", tmp_path / "b")
    assert (contents(tmp_path / "a"), contents(tmp_path / "b")) == (NEW, OLD)
    with pytest.raises(FileNotFoundError):
        locks.exchange(tmp_path / "a", tmp_path / "none")


@pytest.mark.usefixtures("one_step")
def test_a_folder_is_replaced_on_any_disk(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    (target / "draws").mkdir()
    write_folder(target, new, keep=("draws",))
    assert contents(target) == NEW
    assert (target / "draws").is_dir()
    assert entries(tmp_path) == ["a"]


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_every_rename_may_fail_and_the_old_stands(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_step: bool,  # noqa: FBT001 - a fixture
    failing: int,
) -> None:
    if one_step:
        failing = min(failing, 2)  # there are no more
    target = tmp_path / "a"
    write_folder(target, old)
    (target / "draws").mkdir()
    rename, calls = Path.rename, [0]

    def fragile(self: Path, destination: Path) -> Path:
        calls[0] += 1
        if calls[0] == failing:
            raise PermissionError(13, "Permission denied")
        return rename(self, destination)

    monkeypatch.setattr(Path, "rename", fragile)
    with pytest.raises(OutputError, match="Permission denied"):
        write_folder(target, new, keep=("draws",))
    assert contents(target) == OLD
    assert (target / "draws").is_dir()
    assert entries(tmp_path) == ["a"]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "a").symlink_to("real")
    with pytest.raises(OutputError, match="symbolic link"):
        write_folder(tmp_path / "a", new)
    assert (tmp_path / "a").is_symlink()


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(OutputError, match="a file stands there"):
        write_folder(tmp_path / "a", new)
    assert contents(tmp_path) == {"a": "mine"}


def test_a_file_among_the_parents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(OutputError, match="could not be written"):
        write_folder(tmp_path / "a" / "b", new)


def test_somebody_elses_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.doc").write_text("mine")
    with pytest.raises(OutputError, match=r"holds files, but no manifest\.json"):
        write_folder(tmp_path / "thesis", new)
    assert contents(tmp_path) == {"thesis/chapter1.doc": "mine"}


@pytest.mark.parametrize("theirs", ["", "Read me first", " Figures of "])
def test_somebody_elses_file_of_the_same_name_does_not_tell_a_folder_of_ours(
    theirs: str, tmp_path: Path
) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "README.txt").write_text(theirs)
    head = b"Figures of "
    with pytest.raises(OutputError, match=r"but no README\.txt of this command"):
        check_place(tmp_path / "thesis", marker="README.txt", begins=head)
    with pytest.raises(OutputError, match=r"but no README\.txt of this command"):
        write_folder(tmp_path / "thesis", new, marker="README.txt", begins=head)
    assert contents(tmp_path) == {"thesis/README.txt": theirs}


def test_a_place_that_would_be_refused_is_refused_before(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    check_place(tmp_path / "thesis")
    check_place(tmp_path / "none" / "below")
    (tmp_path / "thesis" / "chapter1.doc").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "thesis")
    for name in ("thesis", "file", "link"):
        with pytest.raises(OutputError) as before:
            check_place(tmp_path / name)
        with pytest.raises(OutputError) as then:
            write_folder(tmp_path / name, new)
        assert str(before.value) == str(then.value)


def test_what_another_command_has_put_there_alone_is_ours(tmp_path: Path) -> None:
    target, alone = tmp_path / "a", "calibration/calibration.json"
    (target / "calibration").mkdir(parents=True)
    with pytest.raises(OutputError, match="would be deleted"):
        check_place(target, alone=alone)
    (target / alone).write_text("{}")
    with pytest.raises(OutputError, match="would be deleted"):
        check_place(target)
    (target / "notes").write_text("mine")
    with pytest.raises(OutputError, match="would be deleted"):
        write_folder(target, new, alone=alone)
    (target / "notes").unlink()
    check_place(target, alone=alone)
    write_folder(target, new, alone=alone)
    assert not (target / "calibration").exists()


@pytest.mark.parametrize("name", [".", "..", "sub/.."])
def test_the_folder_one_is_in_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    with pytest.raises(OutputError):
        write_folder(name, new)
    assert home.is_dir()


DYING = """
import os, pathlib, sys
from metaprop.core.files import write_folder, writing

target, when = pathlib.Path(sys.argv[1]), sys.argv[2]
rename, calls = pathlib.Path.rename, []
exchange = writing.exchange

def fill(folder):
    (folder / "manifest.json").write_text("half")
    if when == "filling":
        os._exit(9)

def fatal(self, destination):
    calls.append(destination)
    if len(calls) == 3:
        os._exit(9)
    return rename(self, destination)

def impossible(one, other):
    raise OSError(38, "Function not implemented")

def last(one, other):
    exchange(one, other)
    os._exit(9)

pathlib.Path.rename = fatal
writing.exchange = last if when == "exchanged" else impossible
write_folder(target, fill)
"""


KILLED = {"manifest.json": "half"}


def killed(when: str, target: Path) -> None:
    run = subprocess.run([sys.executable, "-c", DYING, target, when], check=False)
    assert run.returncode == 9


def test_a_killed_run_leaves_the_old_and_the_next_clears_up(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    killed("filling", target)
    assert contents(target) == OLD
    assert len(entries(tmp_path)) == 2
    write_folder(target, new)
    assert entries(tmp_path) == ["a"]


def test_a_run_killed_between_the_renames_loses_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    killed("swapping", target)

    def fail(_: Path) -> None:
        assert contents(target) in (OLD, KILLED)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_folder(target, fail)
    assert contents(target) in (OLD, KILLED)
    assert entries(tmp_path) == ["a"]


def test_where_folders_change_places_a_killed_run_leaves_none_missing(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, old)
    (target / "draws").mkdir()
    killed("exchanged", target)
    assert contents(target) == KILLED
    write_folder(target, new, keep=("draws",))
    assert entries(target) == ["draws", "manifest.json", "tables"]
    assert entries(tmp_path) == ["a"]


def test_a_kept_entry_survives_a_kill_after_the_swap(tmp_path: Path) -> None:
    target, aside = tmp_path / "a", tmp_path / ".a.old-0"
    write_folder(target, new)
    (aside / "draws").mkdir(parents=True)
    write_folder(target, new, keep=("draws",))
    assert entries(target) == ["draws", "manifest.json", "tables"]
    assert entries(tmp_path) == ["a"]


def test_a_run_does_not_clear_the_folder_of_a_living_one(tmp_path: Path) -> None:
    target = tmp_path / "a"

    def outer(folder: Path) -> None:
        write_folder(target, old)
        new(folder)

    write_folder(target, outer)
    assert contents(target) == NEW
    assert entries(tmp_path) == ["a"]


def test_runs_at_once_leave_one_of_them_whole(tmp_path: Path) -> None:
    target = tmp_path / "a"

    def run(number: int) -> None:
        for _ in range(5):
            write_folder(target, lambda folder: write(str(number), folder))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(contents(target).values())) == 1
    assert entries(tmp_path) == ["a"]


def test_a_name_with_wildcards_recovers_only_its_own(tmp_path: Path) -> None:
    (tmp_path / ".ab.new-0").mkdir()
    write_folder(tmp_path / "a*", new)
    assert entries(tmp_path) == [".ab.new-0", "a*"]
