"""How to pool: the choices of one two-step analysis, checked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from metaprop.core.errors import OptionError
from metaprop.engines.frequentist.options import (
    MeanInterval,
    Prediction,
    Safeguard,
    Tau2Method,
    choice_problems,
    level_problems,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The choices of a random-effects analysis in two steps.

    Parameters
    ----------
    tau2
        Estimator of the variance between studies.
    interval
        ``z``: mean and normal quantile; ``hartung-knapp``: standard error from the scatter of the
        studies, t with k - 1 degrees of freedom; ``kenward-roger``: standard error and degrees of
        freedom that allow for the estimate of tau2.
    safeguard
        For ``hartung-knapp``: ``none``; ``se``: its standard error is never below the classic one;
        ``ci``: the classic interval where that is wider; ``iqwig6``: as ``se``, but only where the
        interval is narrower than the classic one with DerSimonian-Laird's tau2.
    prediction
        ``hts-k-2`` and ``hts-k-1`` (Higgins, Thompson and Spiegelhalter): classic standard error;
        ``hartung-knapp`` (k - 1, and ``-k-2``) and ``kenward-roger`` (and one less): theirs;
        ``normal``: no t; ``as-mean``: whatever the interval of the mean has, as metafor does.
    level
        Of every interval, in (0, 1).

    Raises
    ------
    OptionError
        A choice is none of the allowed ones; all faults at once.
    """

    tau2: Tau2Method = "reml"
    interval: MeanInterval = "hartung-knapp"
    safeguard: Safeguard = "none"
    prediction: Prediction = "hts-k-1"
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        problems = [
            *choice_problems(self.tau2, get_args(Tau2Method), "tau2"),
            *choice_problems(self.interval, get_args(MeanInterval), "interval"),
            *choice_problems(self.safeguard, get_args(Safeguard), "safeguard"),
            *choice_problems(self.prediction, get_args(Prediction), "prediction"),
            *level_problems(self.level),
        ]
        if problems:
            raise OptionError(problems)


DEFAULT_PLAN = Plan()
