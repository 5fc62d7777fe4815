"""Independent jobs in processes of their own: results in the order of the jobs, progress as told.

    with Workers(2) as workers:
        answers = workers.map(answer_one, jobs, on_tell)
        analysis, checks = workers.carry_out([plan_one, plan_another], on_tell)

A ``Plan`` is a question cut into jobs; several plans are carried out as one, so that no process
waits at the end of the first for the others.

Processes are spawned, never forked: PyMC, Numba and the linear algebra below NumPy start threads,
and a fork copies their locks as they happen to stand. A process lives until the ``with`` ends, so
that what one job has imported or compiled serves the next. Numbers cannot depend on how many
processes there are as long as a job carries all that it needs, a seed of its own included.
"""

from __future__ import annotations

import os
import signal
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from pickle import dumps, loads
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from metaprop.core.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType

    type Tell = Callable[..., None]


def _view(held: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(held)


# Read-only views of dictionaries, which records hold, are sent as the dictionary.
ForkingPickler.register(MappingProxyType, lambda view: (_view, (dict(view),)))


@dataclass(frozen=True, slots=True)
class _Task:
    """What a process is to do: ``work(job, tell)``."""

    work: Callable[[Any, Tell], Any]
    job: Any


@dataclass(frozen=True, slots=True)
class _Told:
    """What a job says while it works."""

    words: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """What a job returned."""

    result: Any


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a job raised."""

    fault: Exception


@dataclass(frozen=True, slots=True)
class Plan[R]:
    """A question cut into jobs: ``calls``, each given ``tell``, and what becomes of their results.

    A call is a function of a module with arguments bound by ``functools.partial``; the results come
    to ``gather`` in the order of the calls.
    """

    calls: tuple[Callable[[Tell], Any], ...]
    gather: Callable[[list[Any]], R]

    def alone(self, tell: Tell | None = None) -> R:
        """Return the answer, all of it worked out in this process."""
        return self.gather([call(tell or _silent) for call in self.calls])


class Workers:
    """Processes that do jobs; with one process all is done in this one, and none is started.

    ``processes`` None takes one for each processor. A script that asks for more than one must keep
    its own work below ``if __name__ == "__main__":``, since each process reads the script first.
    """

    def __init__(self, processes: int | None = None) -> None:
        """Start nothing yet."""
        self.processes = processors() if processes is None else processes
        self._links: dict[Connection[Any, Any], SpawnProcess] = {}

    def __enter__(self) -> Self:
        """Return the workers; leaving ends their processes."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End every process, at once: nothing that was asked for is left to do."""
        self._end()

    def map[J, R](
        self,
        work: Callable[[J, Tell], R],
        jobs: Sequence[J],
        on_tell: Tell | None = None,
    ) -> list[R]:
        """Return ``work(job, tell)`` of every job, in the order of the jobs.

        Parameters
        ----------
        work
            A function of a module (not a lambda). Whatever it passes to ``tell`` reaches
            ``on_tell``; both, the job and the result must be picklable.
        jobs
            Begun in this order; put the longest first.
        on_tell
            Called in this process, between jobs of all processes as they come.

        Raises
        ------
        WorkerError
            A process died: it was killed, or ran out of memory.
        Exception
            Whatever a job raises is raised here; the other jobs are ended.
        """
        tell = on_tell or _silent
        if min(self.processes, len(jobs)) <= 1:
            return [work(job, tell) for job in jobs]
        try:
            self._start(min(self.processes, len(jobs)))
            return self._do([_Task(work, job) for job in jobs], tell)
        except BaseException:
            self._end()
            raise

    def carry_out(self, plans: Sequence[Plan[Any]], on_tell: Tell | None = None) -> list[Any]:
        """Return the answers of several plans, in their order; of their calls all are one queue.

        Calls are begun in the order of the plans: put the one with the longest first.
        """
        calls = [call for plan in plans for call in plan.calls]
        found = iter(self.map(_called, calls, on_tell))
        return [plan.gather([next(found) for _ in plan.calls]) for plan in plans]

    def _start(self, wanted: int) -> None:
        spawning = get_context("spawn")
        while len(self._links) < wanted:
            ours, theirs = spawning.Pipe()
            process = spawning.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()  # so that its end is the end of the pipe
            self._links[ours] = process

    def _do(self, tasks: Sequence[_Task], tell: Tell) -> list[Any]:
        waiting = iter(enumerate(tasks))
        results: list[Any] = [None] * len(tasks)
        busy: dict[Any, int] = {}
        for link in self._links:
            _hand_over(waiting, link, busy)
        while busy:
            for link in wait(list(busy)):  # type: ignore[assignment]  # of those that it was given
                message = self._received(link)
                if isinstance(message, _Told):
                    tell(*message.words)
                    continue
                if isinstance(message, _Failed):
                    raise message.fault
                results[busy.pop(link)] = message.result
                _hand_over(waiting, link, busy)
        return results

    def _received(self, link: Connection[Any, Any]) -> _Told | _Done | _Failed:
        try:
            message: _Told | _Done | _Failed = link.recv()
        except (EOFError, OSError):
            process = self._links[link]
            process.join()
            raise WorkerError(
                f"A process that helped died (exit code {process.exitcode}): it was killed, or ran "
                "out of memory. Run again with one process (--jobs 1)."
            ) from None
        return message

    def _end(self) -> None:
        for link, process in self._links.items():
            link.close()
            process.terminate()
        for process in self._links.values():
            process.join()
        self._links.clear()


def processors() -> int:
    """Return how many processors this process may use."""
    count: Callable[[], int | None] = getattr(os, "process_cpu_count", os.cpu_count)
    return count() or 1


def _called(call: Callable[[Tell], Any], tell: Tell) -> Any:  # noqa: ANN401 - whatever it returns
    return call(tell)


def _silent(*_words: object) -> None:
    """Tell nobody."""


def _hand_over(
    waiting: Iterator[tuple[int, _Task]], link: Connection[Any, Any], busy: dict[Any, int]
) -> None:
    """Give the next task, if there is one, to an idle process."""
    for place, task in waiting:
        link.send(task)
        busy[link] = place
        return


def _serve(link: Connection[Any, Any]) -> None:
    """Do tasks until the other side is gone; an interrupt from the keyboard is its business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            task: _Task = link.recv()
            try:
                result = task.work(task.job, lambda *words: link.send(_Told(words)))
                link.send(_Done(result))
            except Exception as fault:  # noqa: BLE001 - whatever it is, the other side raises it
                link.send(_Failed(_portable(fault)))


def _leave_with_parent() -> None:
    """End this process as soon as the one that started it is gone, in the middle of a job too."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _portable(fault: Exception) -> Exception:
    """Return the fault with its traceback as a note, or its words if it cannot be sent."""
    told = "".join(traceback.format_exception(fault))
    try:
        kept: Exception = loads(dumps(fault))  # noqa: S301 - our own bytes, of this line
    except Exception:  # noqa: BLE001 - an exception may refuse in any way
        kept = RuntimeError(f"{type(fault).__name__}: {fault}")
    kept.add_note(f"In a process that helped:\n{told}")
    return kept
