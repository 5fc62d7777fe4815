"""``metaprop calibrate``: simulate reviews of known truth, score every method."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from metaprop.commands.inputs import (
    Reply,
    read_asked,
    read_models,
    refuse_nameless,
    typed_number,
)
from metaprop.core.errors import InputError, OptionError, Problem
from metaprop.core.files import check_place, write_folder
from metaprop.core.wording import visible
from metaprop.core.workers import Workers
from metaprop.engines.frequentist.options import level_problems
from metaprop.questions.calibration.asking import Effort, in_processes
from metaprop.questions.calibration.asking import calibrate as simulate
from metaprop.questions.calibration.cluster import on_cluster
from metaprop.questions.calibration.truth import Truth
from metaprop.reporting.calibration import RECORD, calibration_text, fill_calibration
from metaprop.reporting.records import RECORD_HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.questions.calibration.asking import Mapper
    from metaprop.questions.calibration.truth import TruthFamily


@dataclass(frozen=True, slots=True)
class TypedCalibration:
    """The options of ``calibrate`` as typed; empty where nothing was."""

    family: str = "logit-normal"
    rate: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    replicates: str = "2000"
    modelled: str = "400"
    ranks: str = "10000"
    nuts: str = "0"
    jobs: str = "1"
    scheduler: str | None = None
    level: str = "0.95"
    seed: str = "0"


@dataclass(frozen=True, slots=True)
class Asked:
    """The same, checked; ``truths`` None where none was typed."""

    truths: tuple[Truth, ...] | None
    effort: Effort
    jobs: int
    level: float
    seed: int


def calibrate(
    path: str,
    typed: TypedCalibration,
    *,
    models: Sequence[str] = (),
    outcome: str | None = None,
    output: str | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Reply:
    """Simulate at the sizes of one outcome, write what was found if a folder is named.

    Parameters
    ----------
    path
        A CSV of studies or the folder of a data set.
    typed
        The options as typed.
    models
        Model files or names of shipped ones; none takes the default two.
    outcome
        The outcome of a data set; None takes its first.
    output
        A folder for the record, the tables and the figures.
    on_step
        Called with what is done, the number of jobs done and of all.

    Raises
    ------
    InputError
        If an option, the evidence or a model is at fault; nothing was simulated.
    OutputError
        If the folder could not be written; what stood there before is untouched.
    """
    asked = read_typed(typed)
    if output is not None:
        refuse_nameless(output, "--output", "a folder for what was found")
        check_place(output, marker=RECORD, begins=RECORD_HEAD)
    chosen = _one(read_asked(path, () if outcome is None else (outcome,)))
    with _mapper(typed.scheduler, asked.jobs) as mapper:
        found = simulate(
            chosen.studies,
            read_models(models),
            truths=asked.truths,
            effort=asked.effort,
            level=asked.level,
            seed=asked.seed,
            mapper=mapper,
            outcome=chosen.id,
            label=chosen.label,
            on_step=on_step,
        )
    lines = [calibration_text(found)]
    if output is not None:
        write_folder(
            output,
            lambda folder: fill_calibration(found, folder),
            marker=RECORD,
            begins=RECORD_HEAD,
        )
        lines.append(f"Record, tables and figures are in {visible(output)}.")
    return Reply("\n".join(lines))


@contextmanager
def _mapper(scheduler: str | None, jobs: int) -> Iterator[Mapper]:
    """Give what does the jobs: a cluster, or so many processes of this machine."""
    if scheduler is not None:
        with on_cluster(scheduler) as mapper:
            yield mapper
        return
    with Workers(jobs) as workers:
        yield in_processes(workers)


def _one(dataset: Dataset) -> Outcome:
    return next(iter(dataset.outcomes.values()))


def read_typed(typed: TypedCalibration) -> Asked:
    """Return the options, or raise OptionError with the fault of every one of them."""
    problems: list[Problem] = []
    numbers = {
        name: typed_number(getattr(typed, name), int, f"--{name}", 100, problems)
        for name in ("replicates", "modelled", "ranks", "nuts", "jobs", "seed")
    }
    for name, least in (("jobs", 1), ("seed", 0)):
        if (value := numbers[name]) is not None and value < least:
            remedy = f"Give a whole number from {least}"
            problems.append(Problem(f"{value} cannot be asked", f"--{name}", remedy))
    level = typed_number(typed.level, float, "--level", 0.95, problems)
    faults = [] if level is None else level_problems(level)
    problems += [replace(fault, where="--level") for fault in faults]
    truths = _truths(typed, problems)
    n = {name: value or 0 for name, value in numbers.items()}
    efforts = (n["replicates"], n["modelled"], n["ranks"], n["nuts"])
    effort = _collected(problems, lambda: Effort(*efforts))
    if problems or effort is None or level is None:
        raise OptionError(dict.fromkeys(problems))  # two truths may share a fault
    return Asked(truths or None, effort, n["jobs"], level, n["seed"])


def _truths(typed: TypedCalibration, problems: list[Problem]) -> tuple[Truth, ...]:
    """Return every rate with every spread; without both, only look for faults of what is there."""
    rates = [typed_number(text, float, "--rate", 0.97, problems) for text in typed.rate]
    spreads = [typed_number(text, float, "--spread", 0.5, problems) for text in typed.spread]
    if bool(rates) != bool(spreads):
        what, remedy = "a truth needs both", "Give --rate and --spread, or neither"
        problems.append(Problem(what, "--rate and --spread", remedy))
    pairs = product(
        [rate for rate in rates if rate is not None] or [0.5],
        [spread for spread in spreads if spread is not None] or [0.0],
    )
    family: TruthFamily = typed.family  # type: ignore[assignment]  # Truth refuses what is none
    found = [_collected(problems, partial(Truth, family, *pair)) for pair in pairs]
    return tuple(truth for truth in found if truth is not None) if rates else ()


_TYPED = {"truth": "family", "ranked": "ranks", "sampled": "nuts"}
"""Options by the names that faults have, where they are others."""


def _collected[T](problems: list[Problem], make: Callable[[], T]) -> T | None:
    """Return what is made, or note its faults by the names that options have here."""
    try:
        return make()
    except InputError as fault:
        problems += [
            replace(problem, where=f"--{_TYPED.get(problem.where, problem.where)}")
            for problem in fault.problems
        ]
        return None
