"""What may be asked of the frequentist engine, by name: every choice, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from metaprop.core.errors import OptionError, Problem
from metaprop.core.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

Scale = Literal["logit", "log", "raw", "arcsine", "freeman-tukey"]
"""The scale on which estimates are pooled."""
Correction = Literal["only0", "all", "if0all", "none"]
"""Which studies get a continuity correction: those with an empty cell, all, all if one has."""
Convention = Literal["meta", "metafor"]
"""Whose reading of a corrected study, and of I2, is followed where the two R packages differ."""
Tau2Method = Literal["dl", "pm", "reml", "ml", "sj", "he", "hs", "eb"]
"""Estimators of the variance between studies."""
MeanInterval = Literal["z", "hartung-knapp", "kenward-roger"]
"""Intervals of the pooled mean."""
Safeguard = Literal["none", "se", "ci", "iqwig6"]
"""What keeps a Hartung-Knapp interval from being narrower than the classic one."""
Prediction = Literal[
    "hts-k-2",
    "hts-k-1",
    "hartung-knapp",
    "hartung-knapp-k-2",
    "kenward-roger",
    "kenward-roger-less-1",
    "normal",
    "as-mean",
]
"""Prediction intervals: whose standard error, and how many degrees of freedom."""
SizeMean = Literal["harmonic", "geometric", "arithmetic", "smallest", "largest"]
"""The size of study at which a pooled Freeman-Tukey value is turned back into a rate."""
StudyInterval = Literal[
    "clopper-pearson",
    "wilson",
    "wilson-corrected",
    "agresti-coull",
    "wald",
    "wald-corrected",
    "mid-p",
    "jeffreys",
]
"""Confidence intervals of one study's rate."""

HIGHEST_LEVEL = 0.999999
"""Beyond it an interval is about the arithmetic."""


def choice_problems(value: object, choices: Iterable[str], where: str) -> list[Problem]:
    """Return what is wrong with a choice: nothing, or one fault that lists the allowed ones."""
    allowed = tuple(choices)
    if value in allowed:
        return []
    return [Problem(f"{value!r} is none of the choices", where, f"Use {listed(allowed, 'or')}")]


def level_problems(level: float) -> list[Problem]:
    """Return what is wrong with a confidence level."""
    if 0.0 < level <= HIGHEST_LEVEL:
        return []
    remedy = f"Give a proportion above 0 and at most {HIGHEST_LEVEL}, such as 0.95"
    return [Problem(f"{level!r} is no level", "level", remedy)]


def amount_problems(amount: float) -> list[Problem]:
    """Return what is wrong with the amount of a continuity correction."""
    if 0.0 <= amount < float("inf"):
        return []
    remedy = "Give a finite number that is not negative, such as 0.5"
    return [Problem(f"{amount!r} cannot be added to a count", "amount", remedy)]


def check_choice(value: object, choices: object, where: str) -> None:
    """Refuse what is none of the names of a ``Literal``.

    Raises
    ------
    OptionError
        The value is not among them; the message lists them.
    """
    problems = choice_problems(value, get_args(choices), where)
    if problems:
        raise OptionError(problems)


def check_level(level: float) -> None:
    """Refuse a level outside (0, 1).

    Raises
    ------
    OptionError
        It is no level.
    """
    problems = level_problems(level)
    if problems:
        raise OptionError(problems)
