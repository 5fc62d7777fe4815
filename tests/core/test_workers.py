from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path
from pickle import PicklingError
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from metaprop.core.errors import OptionError, Problem, WorkerError
from metaprop.core.workers import Plan, Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Tell = Callable[..., None]

WORK = """
    import os, signal, sys, time
    from metaprop.core.errors import OptionError, Problem

    def square(job, tell):
        tell("square of", job)
        time.sleep(0.02 * (3 - job))
        return job * job, os.getpid()

    def refuse(job, tell):
        raise OptionError(Problem(f"{job} is wrong", "here", "Take another"))

    class Odd(Exception):
        def __init__(self, one, other):
            super().__init__(f"{one} and {other}")

    def odd(job, tell):
        raise Odd("this", "that")

    def die(job, tell):
        os.kill(os.getpid(), signal.SIGKILL)

    def hang(job, tell):
        tell(os.getpid())
        time.sleep(60)

    def toil(job, tell):
        tell(os.getpid())
        while True:
            pass

    def lock(job, tell):
        return lambda: job

    def echo(job, tell):
        return job

    def add(one, other, tell):
        tell("adding", other)
        return one + other
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("work")
    (folder / "some_work.py").write_text(textwrap.dedent(WORK), encoding="utf-8")
    sys.path.insert(0, str(folder))
    import some_work  # type: ignore[import-not-found]

    yield some_work
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def two() -> Iterator[Workers]:
    with Workers(2) as workers:
        yield workers


def test_results_come_in_the_order_of_the_jobs(two: Workers, work: Any) -> None:
    told: list[tuple[object, ...]] = []
    found = two.map(work.square, [0, 1, 2, 3], lambda *words: told.append(words))
    assert [result for result, _ in found] == [0, 1, 4, 9]
    assert sorted(told) == [("square of", job) for job in range(4)]
    assert len({pid for _, pid in found}) == 2


def test_several_plans_are_one_queue_and_gathered_each(two: Workers, work: Any) -> None:
    sums = Plan(tuple(partial(work.add, 1, other) for other in (10, 20)), sum)
    words = Plan((partial(work.add, "a", "b"),), "".join)
    told: list[tuple[object, ...]] = []
    found = two.carry_out([sums, words, Plan((), tuple)], lambda *said: told.append(said))
    assert found == [32, "ab", ()]
    assert sorted(map(str, told)) == ["('adding', 'b')", "('adding', 10)", "('adding', 20)"]
    assert sums.alone() == 32


def test_a_data_set_travels_with_its_read_only_views(two: Workers, work: Any) -> None:
    one, other = MappingProxyType({"a": 1}), MappingProxyType({"b": 2})
    assert two.map(work.echo, [one, other]) == [one, other]


def test_one_process_works_here(work: Any) -> None:
    with Workers(1) as alone:
        assert {pid for _, pid in alone.map(work.square, [1, 2])} == {os.getpid()}


def test_what_a_user_typed_wrong_arrives_as_it_was(two: Workers, work: Any) -> None:
    with pytest.raises(OptionError) as caught:
        two.map(work.refuse, [3, 3])
    assert caught.value.problems == (Problem("3 is wrong", "here", "Take another"),)
    assert "some_work.py" in caught.value.__notes__[0]


def test_a_fault_that_cannot_travel_is_told_in_words(two: Workers, work: Any) -> None:
    with pytest.raises(RuntimeError, match="Odd: this and that"):
        two.map(work.odd, [1, 2])
    with pytest.raises((AttributeError, PicklingError), match="lock"):
        two.map(work.lock, [1, 2])


def test_a_killed_process_is_an_error_with_a_remedy(two: Workers, work: Any) -> None:
    with pytest.raises(WorkerError, match=r"exit code -9.*--jobs 1"):
        two.map(work.die, [1, 2])
    assert two.map(work.square, [1, 2])[1][0] == 4


INTERRUPTED = """
    import signal, sys
    # a shell that runs the tests in its background has told them to ignore an interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, {folder!r})
    import some_work
    from metaprop.core.workers import Plan, Workers

    if __name__ == "__main__":
        with Workers(2) as workers:
            workers.map(some_work.{doing}, [1, 2], lambda pid: print(pid, flush=True))
"""


def test_an_interrupt_ends_the_processes(tmp_path: Path, work: Any) -> None:
    script = tmp_path / "script.py"
    folder = str(Path(work.__file__).parent)
    text = INTERRUPTED.format(folder=folder, doing="hang")
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        pids = [int(process.stdout.readline()) for _ in range(2)]
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
        said = process.communicate(timeout=30)[1]
    assert said.count("KeyboardInterrupt") == 1
    assert not any(map(_lives, pids))


def test_no_process_outlives_the_one_that_started_it(tmp_path: Path, work: Any) -> None:
    # Killed without a word, while its helpers are in the middle of their work.
    script = tmp_path / "script.py"
    folder = str(Path(work.__file__).parent)
    text = INTERRUPTED.format(folder=folder, doing="toil")
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        pids = [int(process.stdout.readline()) for _ in range(2)]
        process.kill()
        process.wait()
    assert not any(map(_lives, pids))


def _lives(pid: int) -> bool:
    for _ in range(500):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return False  # it has ended; whoever inherited it has not asked yet
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True
