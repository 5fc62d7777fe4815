"""The one door of the room: calibrate every method at the sizes of one outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metaprop.core.errors import OptionError, Problem
from metaprop.questions.calibration.coverage import coverage_jobs, do_coverage, scenarios_of
from metaprop.questions.calibration.ranks import do_ranks, model_ranks, rank_jobs
from metaprop.questions.calibration.records import Calibration
from metaprop.questions.calibration.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.core.workers import Workers
    from metaprop.evidence.studies import Studies


class Mapper(Protocol):
    """Applies a function to jobs and returns the answers in their order, wherever it runs.

    ``on_done`` is to be called as each job is done.
    """

    def __call__[J, A](  # noqa: D102 - above
        self, do: Callable[[J], A], jobs: Sequence[J], on_done: Callable[[], None]
    ) -> Iterable[A]: ...


TAUS = (0.0, 0.5, 1.0)
"""Standard deviations of the log odds between studies that are simulated unless told otherwise."""
MOST = 1_000_000
"""Replicates that may be asked for."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many reviews are simulated.

    ``replicates`` in each scenario; of these ``modelled`` are answered by maximum likelihood and by
    the Bayesian models too; ``ranked`` for the calibration of each model by the exact engine, and
    ``sampled`` for that by NUTS.

    Raises
    ------
    OptionError
        A number is negative or too large; all faults at once.
    """

    replicates: int = 2000
    modelled: int = 400
    ranked: int = 10_000
    sampled: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        problems = [
            Problem(f"{value!r} cannot be simulated", name, f"Use a number from 0 to {MOST:,}")
            for name in self.__slots__
            if not 0 <= (value := getattr(self, name)) <= MOST
        ]
        if problems:
            raise OptionError(problems)


def modest(replicates: int) -> Effort:
    """Return what every run affords of simulation, in proportion to the reviews of each truth."""
    return Effort(replicates, math.ceil(0.15 * replicates), replicates // 2)


def usual_truths(studies: Studies) -> tuple[Truth, ...]:
    """Return logit-normal truths around what was observed: its crude rate, at three spreads.

    Where the number of events is not known, the middle of what it may be is taken. The rate is
    rounded to a percent between 1 and 99 %.
    """
    total = studies.total_events
    crude = 0.5 * (total.low + total.high) / float(studies.totals.sum())
    rate = min(max(round(crude, 2), 0.01), 0.99)
    return tuple(Truth("logit-normal", rate, tau) for tau in TAUS)


def calibrate(  # noqa: PLR0913 - what is asked, by name
    studies: Studies,
    models: Sequence[Model],
    *,
    truths: Sequence[Truth] | None = None,
    effort: Effort | None = None,
    level: float = 0.95,
    seed: int = 0,
    mapper: Mapper | None = None,
    outcome: str = "events",
    label: str = "",
    on_step: Callable[[str, int, int], None] | None = None,
) -> Calibration:
    """Simulate reviews of known truth at the sizes of these studies and score every method.

    Parameters
    ----------
    studies
        Of which the sizes are taken, and the rate around which truths are laid.
    models
        The Bayesian models to score and to calibrate.
    truths
        The scenarios; None takes ``usual_truths``.
    effort
        How many reviews are simulated; None is ``Effort()``, minutes on one core.
    level
        Nominal coverage of every interval, in (0, 1).
    seed
        Decides every random number; the same whatever the mapper.
    mapper
        Who does the jobs, such as a pool of processes; None does them here, one after the other.
        It must return answers in the order of the jobs.
    outcome, label
        Name of the outcome, kept in the record.
    on_step
        Called with what is done, the number of jobs done and of all, to show progress.

    Raises
    ------
    OptionError
        The level is none.

    Examples
    --------
    >>> from metaprop import Studies, default_models
    >>> studies = Studies.of(["A", "B", "C", "D"], events=[9, 14, 10, 8], totals=[9, 15, 10, 8])
    >>> effort = Effort(replicates=200, modelled=0, ranked=0)
    >>> found = calibrate(studies, default_models(), effort=effort)
    >>> usual = found.scenarios[0].scores[0]
    >>> usual.label, usual.own.coverage.value < 0.5
    ('logit: the usual method', True)
    """
    if not 0.0 < level < 1.0 or math.isnan(level):
        raise OptionError(Problem(f"{level!r} is no level", "level", "Use a number such as 0.95"))
    asked, sizes = effort or Effort(), tuple(studies.totals.tolist())
    simulated = coverage_jobs(
        usual_truths(studies) if truths is None else truths,
        sizes,
        models,
        replicates=asked.replicates,
        modelled=min(asked.modelled, asked.replicates),
        level=level,
        seed=seed,
    )
    ranked = (
        *rank_jobs(models, sizes, replicates=asked.ranked, seed=seed),
        *rank_jobs(models, sizes, replicates=asked.sampled, seed=seed, engine="nuts"),
    )
    run, told = mapper or _here, _Told(len(simulated) + len(ranked), on_step)
    return Calibration(
        outcome=outcome,
        label=label,
        totals=sizes,
        level=level,
        seed=seed,
        models=tuple(model.prose() for model in models),
        scenarios=scenarios_of(simulated, run(do_coverage, simulated, told.of("coverage"))),
        ranks=model_ranks(ranked, run(do_ranks, ranked, told.of("ranks"))),
    )


class _Told:
    """Counts the jobs that are done and tells of each."""

    def __init__(self, jobs: int, on_step: Callable[[str, int, int], None] | None) -> None:
        self._jobs = jobs
        self._done = 0
        self._on_step = on_step

    def of(self, doing: str) -> Callable[[], None]:
        """Return what is to be called as each job of a kind is done."""

        def on_done() -> None:
            self._done += 1
            if self._on_step is not None:
                self._on_step(f"calibration: {doing}", self._done, self._jobs)

        return on_done


def in_processes(workers: Workers) -> Mapper:
    """Return what does the jobs in processes of this machine."""

    def run[J, A](
        do: Callable[[J], A], jobs: Sequence[J], on_done: Callable[[], None]
    ) -> Iterable[A]:
        return workers.map(_Telling(do), jobs, on_done)

    return run


@dataclass(frozen=True, slots=True)
class _Telling[J, A]:
    """A function of a job that tells when it is done; it travels to a process."""

    do: Callable[[J], A]

    def __call__(self, job: J, tell: Callable[[], None]) -> A:
        answer = self.do(job)
        tell()
        return answer


def _here[J, A](
    do: Callable[[J], A], jobs: Sequence[J], on_done: Callable[[], None]
) -> Iterator[A]:
    for job in jobs:
        yield do(job)
        on_done()
