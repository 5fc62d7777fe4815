"""``metaprop pool``: the frequentist pooled rate of one table, on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.commands.inputs import Reply, read_asked, typed_number
from metaprop.core.errors import InputError, OptionError, Problem, both
from metaprop.core.wording import listed, visible
from metaprop.engines.frequentist.options import level_problems
from metaprop.questions.frequentist.pooling import pool_by
from metaprop.questions.frequentist.ways import Asked, way_of
from metaprop.questions.observed import totals_of
from metaprop.reporting.pooled import pooled_json, pooled_text

if TYPE_CHECKING:
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.questions.frequentist.ways import Way


@dataclass(frozen=True, slots=True)
class TypedPool:
    """The options of ``pool`` as typed; None where nothing was."""

    model: str | None = None
    scale: str | None = None
    correction: str | None = None
    amount: str | None = None
    convention: str | None = None
    tau2: str | None = None
    interval: str | None = None
    safeguard: str | None = None
    prediction: str | None = None
    level: str = "0.95"


def pool(
    path: str, typed: TypedPool, *, outcome: str | None = None, as_json: bool = False
) -> Reply:
    """Pool one outcome of a CSV or a data set and return what to print.

    Raises
    ------
    InputError
        If an option or the evidence is at fault, or a count is not exact (every such study is
        listed); nothing was computed.
    """
    named = () if outcome is None else (outcome,)
    (way, level), asked = both(lambda: read_way(typed), lambda: _one(read_asked(path, named)))
    try:
        rate = pool_by(asked.studies, way, level)
    except InputError as fault:
        raise InputError(_placed(problem, path) for problem in fault.problems) from None
    if as_json:
        return Reply(pooled_json(rate, way))
    return Reply(pooled_text(rate, way, totals_of(asked.studies)))


def read_way(typed: TypedPool) -> tuple[Way, float]:
    """Return how to pool and the level, or raise OptionError with the fault of every option."""
    problems: list[Problem] = []
    level = typed_number(typed.level, float, "--level", 0.95, problems)
    amount = None
    if typed.amount is not None:
        amount = typed_number(typed.amount, float, "--amount", 0.5, problems)
    asked = Asked(
        typed.model or "two-step",  # type: ignore[arg-type]  # way_of checks every name
        typed.scale,  # type: ignore[arg-type]
        typed.correction,  # type: ignore[arg-type]
        amount,
        typed.convention,  # type: ignore[arg-type]
        typed.tau2,  # type: ignore[arg-type]
        typed.interval,  # type: ignore[arg-type]
        typed.safeguard,  # type: ignore[arg-type]
        typed.prediction,  # type: ignore[arg-type]
    )
    way = None
    try:
        way = way_of(asked)
    except OptionError as fault:
        problems += [replace(problem, where=f"--{problem.where}") for problem in fault.problems]
    faults = [] if level is None else level_problems(level)
    problems += [replace(problem, where="--level") for problem in faults]
    if problems or way is None or level is None:
        raise OptionError(problems)
    return way, level


def _one(dataset: Dataset) -> Outcome:
    """Return the one outcome of a data set, or say how to choose."""
    outcomes = list(dataset.outcomes.values())
    if len(outcomes) > 1:
        known = listed([visible(one.id) for one in outcomes], "or")
        what = f"this data set has {len(outcomes)} outcomes, and one is pooled at a time"
        raise OptionError(Problem(what, "--outcome", f"Choose {known}"))
    return outcomes[0]


def _placed(problem: Problem, path: str) -> Problem:
    return replace(problem, where=f"{visible(path)}, {problem.where}")
