"""Small-study effects: statistics beside what they are without any selection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.reporting.appendix.blocks import (
    Column,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.words import UNKNOWN, ends_in_percent, number, seen_in_percent
from metaprop.reporting.frequentist_words import TESTS, p_value
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.frequentist.answers import (
        AdjustedRate,
        FrequentistAnswer,
        SmallStudyResult,
    )
    from metaprop.reporting.appendix.blocks import Inlines
    from metaprop.reporting.appendix.ran import Ran

SMALL = "small-study"
ADJUSTED = {
    "trim-and-fill": "Trim and fill",
    "copas": "Copas selection model",
    "copas-all": "Copas selection model, 0.5 to every study",
    "limit": "Limit meta-analysis",
}


def small_studies(done: Sequence[FrequentistAnswer], ran: Ran) -> Section:
    """Return the tests of small-study effects, each beside what chance makes of it."""
    told = [answer for answer in done if answer.small_study is not None]
    if not told:
        why = "Small-study effects were not tested: no outcome has enough exact counts for it."
        return Section((paragraph(why),))
    said = told[0].small_study
    words = " ".join(said.sentences) if said is not None else ""
    found = paragraph(
        "Small-study effects were tested by Egger",
        *ran.cite("Egger's test"),
        ", Begg and Mazumdar",
        *ran.cite("Begg and Mazumdar's test"),
        ", Thompson and Sharp",
        *ran.cite("Thompson and Sharp's test"),
        ", Peters",
        *ran.cite("Peters' test"),
        " and trim and fill",
        *ran.cite("trim and fill"),
        "; each statistic stands beside its distribution in reviews simulated without any selection"
        " (",
        TableNumber(SMALL),
        f"). For {printable(told[0].label or told[0].id)}: {words} Whether studies are missing "
        "cannot be told from any of these numbers.",
    )
    return Section((found,), (_small_table(told),))


def _small_table(told: Sequence[FrequentistAnswer]) -> Table:
    heads = (
        Column("Outcome", 0.2),
        Column("Statistic or method", 0.3),
        Column("Value", 0.2),
        Column("P, as usual", 0.14),
        Column("P, bootstrap", 0.16),
    )
    rows = [row for answer in told for row in _small_rows(answer)]
    notes = inlines(
        "Bootstrap: the P value of the statistic among reviews simulated under the fitted "
        "binomial-normal model at the same sizes, where nothing depends on size. Rates of trim and "
        "fill, the Copas model and the limit meta-analysis are what each makes of the usual rate "
        "(percent, with confidence interval); the P of the Copas model is that of residual "
        "selection, where a large one does not show that there is none."
    )
    caption = "Small-study effects: statistics, and rates adjusted for them."
    return Table(SMALL, caption, heads, tuple(rows), (notes,))


def _small_rows(answer: FrequentistAnswer) -> Iterator[tuple[Inlines, ...]]:
    found = answer.small_study
    if found is None:
        return
    name = printable(answer.label or answer.id)
    for result in found.tests:
        yield cells(name, *_statistic(result))
        name = ""
    for rate in found.adjusted:
        yield cells(name, *_adjusted(rate))


def _statistic(result: SmallStudyResult) -> tuple[str, str, str, str]:
    boot = UNKNOWN if math.isnan(result.p_bootstrap) else p_value(result.p_bootstrap)
    usual = UNKNOWN if math.isnan(result.p_value) else p_value(result.p_value)
    return TESTS[result.test], number(result.statistic), usual, boot


def _adjusted(rate: AdjustedRate) -> tuple[str, str, str, str]:
    ends = ends_in_percent(rate.ci_low, rate.ci_high)
    value = seen_in_percent(rate.estimate)
    told = value if ends == UNKNOWN else f"{value} ({ends})"
    left = UNKNOWN if math.isnan(rate.p_value) else p_value(rate.p_value)
    return ADJUSTED[rate.method], told, left, UNKNOWN
