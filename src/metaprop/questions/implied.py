"""What a model's priors say of every estimand before any study is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.evidence.studies import Studies
from metaprop.questions.summaries import Question, marginals_of, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import IntervalKind
    from metaprop.questions.answers import Summary

TOLERANCE = 1e-5
"""Numerical error aimed at: a prior is printed to a tenth of a percent."""


def implied_prior(
    model: Model, above: Sequence[float], level: float, kind: IntervalKind
) -> tuple[Summary, ...]:
    """Return the prior of every estimand of a model: its posterior after a study that says nothing.

    Parameters
    ----------
    model
        A model of one outcome.
    above
        Rates in (0, 1) whose prior exceedance is asked for.
    level, kind
        Of every interval, as in ``analyse``.
    """
    from metaprop.engines.fitting import fit

    nothing = Studies.of(["nothing known"], ["?"], [1])
    question = Question(tuple(above), level, kind, "summary", None)
    return tuple(
        summarise(marginal, question)
        for marginal in marginals_of(fit(nothing, model, tolerance=TOLERANCE))
    )
