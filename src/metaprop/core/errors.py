"""Every error that a user can cause, as one tree.

    MetapropError
    ├── InputError          something typed by a person is wrong; ``problems`` lists every fault
    │   ├── TableError      a CSV of studies or counts
    │   ├── DatasetError    the folder of a data set or its ``dataset.toml``
    │   ├── ModelError      a model file
    │   └── OptionError     an argument of a function or of the command line
    ├── OutputError         results could not be written; what stood there before is untouched
    └── WorkerError         a process that helped was killed

A fit that cannot be trusted is no error but a value: see ``estimates.Quality``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: what is wrong (with the value), where, and what to do about it."""

    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        """Return the fault as one line: ``where: what. remedy.``."""
        return f"{self.where}: {self.what}. {self.remedy}."


class MetapropError(Exception):
    """Base of every error that metaprop raises on purpose.

    Examples
    --------
    >>> from metaprop import MetapropError, Studies
    >>> try:
    ...     Studies.of(["Ash", "Birch"], events=[10, 14], totals=[9, 15])
    ... except MetapropError as error:
    ...     print(error)
    study 1, events: '10' events are more than the 9 patients. Check both numbers; ...
    """


class InputError(MetapropError):
    """Something typed by a person is wrong; all faults are reported at once."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        """Keep the faults and join them, one a line, to the message."""
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]], dict[str, object]]:
        """Return how to make it again from its faults, notes included, in another process."""
        return type(self), (self.problems,), self.__dict__


class TableError(InputError):
    """A CSV of studies or counts is wrong."""


class DatasetError(InputError):
    """The folder of a data set, or its ``dataset.toml``, is wrong."""


class ModelError(InputError):
    """A model file is wrong."""


class OptionError(InputError):
    """An argument of a function or of the command line is wrong."""


class OutputError(MetapropError):
    """Results could not be written; what stood there before is untouched."""


class WorkerError(MetapropError):
    """A process that helped with the work was killed, or ran out of memory."""


def both[A, B](first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Return what two readers give.

    Raises
    ------
    InputError
        With the faults of both: the second is asked even where the first has found some.

    Examples
    --------
    >>> both(lambda: 1, lambda: "a")
    (1, 'a')
    """
    try:
        found = first()
    except InputError as error:
        try:
            second()
        except InputError as other:
            raise InputError([*error.problems, *other.problems]) from None
        raise
    return found, second()
