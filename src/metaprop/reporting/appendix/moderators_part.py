"""Covariates of the studies, one at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.appendix.blocks import (
    Column,
    Section,
    Table,
    TableNumber,
    cells,
    paragraph,
)
from metaprop.reporting.appendix.words import UNKNOWN, number
from metaprop.reporting.frequentist_words import p_value
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaprop.questions.frequentist.answers import (
        FrequentistAnswer,
        ModeratorFit,
    )
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

MODERATORS = "moderators"


def _labels(results: Results) -> dict[str, str]:
    """Return what each covariate is called; by its column where the data set has no label."""
    evidence = results.beside.evidence
    columns = () if evidence is None else evidence.covariates
    return {column.name: printable(column.label or column.name) for column in columns}


def moderators(results: Results, done: Sequence[FrequentistAnswer], ran: Ran) -> Section:
    """Return what covariates of the studies say of their rates, one at a time."""
    labels = _labels(results)
    told = [answer for answer in done if answer.moderators]
    if not told:
        return Section((paragraph("No covariate of the studies was related to their rates."),))
    names = dict.fromkeys(fit.covariate for answer in told for fit in answer.moderators)
    shown = [labels.get(name, printable(name)).lower() for name in names]
    words = paragraph(
        f"Covariates of the studies ({wording.listed(shown)}) were related to their log odds one "
        "at a time, by meta-regression in two steps",
        *ran.cite("meta-regression"),
        " and in one step",
        *ran.cite("one-step meta-regression"),
        " (",
        TableNumber(MODERATORS),
        "). So many comparisons of so few studies were not adjusted for their number; a covariate "
        "without a small P value may matter all the same.",
    )
    return Section((words,), (_moderator_table(told, labels),))


def _moderator_table(told: Sequence[FrequentistAnswer], labels: Mapping[str, str]) -> Table:
    heads = (
        Column("Outcome", 0.16),
        Column("Covariate", 0.2),
        Column("Approach", 0.11),
        Column("Studies", 0.09, "right"),
        Column("Coefficients (log odds)", 0.32),
        Column("P", 0.12),
    )
    rows = [
        cells(
            printable(answer.label or answer.id) if place == 0 else "",
            _covariate(fit, labels),
            fit.approach,
            str(fit.k),
            _coefficients(fit),
            UNKNOWN if math.isnan(fit.p_value) else p_value(fit.p_value).removeprefix("P = "),
        )
        for answer in told
        for place, fit in enumerate(answer.moderators)
    ]
    level = wording.threshold(told[0].level)
    caption = f"Covariates of the studies, one at a time ({level} confidence intervals)."
    return Table(MODERATORS, caption, heads, tuple(rows))


def _covariate(fit: ModeratorFit, labels: Mapping[str, str]) -> str:
    unit = f" (per {printable(fit.unit)})" if fit.unit else ""
    return f"{labels.get(fit.covariate, printable(fit.covariate))}{unit}"


def _coefficients(fit: ModeratorFit) -> str:
    """Return the coefficients but the intercept, with the category that each is for."""
    told = [
        f"{_category(one.name)}{number(one.estimate)} ({number(one.low)} to {number(one.high)})"
        for one in fit.coefficients
        if one.name != "intercept"
    ]
    return "; ".join(told)


def _category(name: str) -> str:
    """Return the category of a coefficient such as ``site: tibia``; nothing for a number."""
    _, found, category = name.partition(": ")
    return f"{printable(category)} " if found else ""
