"""Check every model against every outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metaprop.core.workers import Workers
from metaprop.questions.checks.answers import Checks
from metaprop.questions.checks.checking import check_fit, check_prior

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.studies import Studies
    from metaprop.questions.checks.answers import FitCheck


class Checked(Protocol):
    """What an outcome must say of itself: ``metaprop.evidence.dataset.Outcome`` does."""

    @property
    def id(self) -> str: ...  # noqa: D102 - the fields of FitCheck, described there
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def thresholds(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def studies(self) -> Studies: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Job:
    """One outcome with all that its checks need, to be sent to another process."""

    outcome: str
    label: str
    studies: Studies
    models: tuple[Model, ...]
    level: float
    seed: int


def ask_checks(  # noqa: PLR0913 - the one door of the room; all but two have defaults
    outcomes: Sequence[Checked],
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    seed: int = 0,
    on_step: Callable[[str, str, str], None] | None = None,
    workers: Workers | None = None,
) -> Checks:
    """Return the checks of every outcome under every model, and of every model by itself.

    Parameters
    ----------
    outcomes, models
        As in ``analyse``.
    thresholds
        Rates in (0, 1) whose prior exceedance is asked for; None takes those of all outcomes.
    level, seed
        As in ``check_fit``.
    on_step
        Called with the id of an outcome, ``"checks"`` and ``"exact"`` as its checks begin.
    workers
        Who does it; None does all in this process. The numbers are the same.
    """
    own = {rate for outcome in outcomes for rate in outcome.thresholds}
    asked = sorted(own if thresholds is None else thresholds)
    jobs = [_Job(one.id, one.label, one.studies, tuple(models), level, seed) for one in outcomes]
    found = (workers or Workers(1)).map(_check, jobs, on_step)
    priors = tuple(check_prior(model, thresholds=asked, level=level) for model in models)
    return Checks(tuple(fit for fits in found for fit in fits), priors)


def _check(job: _Job, tell: Callable[..., None]) -> tuple[FitCheck, ...]:
    """Return the checks of one outcome under every model."""
    tell(job.outcome, "checks", "exact")
    return tuple(
        check_fit(
            job.studies,
            model,
            level=job.level,
            seed=job.seed,
            outcome=job.outcome,
            label=job.label,
        )
        for model in job.models
    )
