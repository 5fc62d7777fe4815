"""Check every model against every outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from metaprop.questions.checks.answers import Checks
from metaprop.questions.checks.checking import check_fit, check_prior

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.studies import Studies


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


def ask_checks(
    outcomes: Sequence[Checked],
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    seed: int = 0,
    on_step: Callable[[str, str, str], None] | None = None,
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
    """
    own = {rate for outcome in outcomes for rate in outcome.thresholds}
    asked = sorted(own if thresholds is None else thresholds)
    fits = []
    for outcome in outcomes:
        if on_step is not None:
            on_step(outcome.id, "checks", "exact")
        studies, name, label = outcome.studies, outcome.id, outcome.label
        for model in models:
            found = check_fit(studies, model, level=level, seed=seed, outcome=name, label=label)
            fits.append(found)
    priors = tuple(check_prior(model, thresholds=asked, level=level) for model in models)
    return Checks(tuple(fits), priors)
