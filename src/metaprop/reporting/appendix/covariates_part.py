"""Bayesian meta-regressions: one covariate at a time, and how little they can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import moderators_words
from metaprop.reporting.appendix.blocks import (
    Column,
    Heading,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.words import in_percent
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.moderators.answers import (
        ContrastAnswer,
        ModeratorAnswer,
        Moderators,
    )
    from metaprop.reporting.appendix.blocks import Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

CONTRASTS = "contrasts"
HEADING = "Moderators"
NOT_ASKED = "The results hold no record of Bayesian meta-regressions."


def covariates(results: Results, ran: Ran) -> Section:
    """Return what covariates say of the average rate, by meta-regressions in PyMC."""
    told = [found for found in results.beside.moderators if found.answers]
    head = Heading(1, HEADING)
    if not told:
        return Section((head, paragraph(NOT_ASKED)))
    return Section((head, paragraph(*_told(told, ran))), (_table(told),))


def _told(told: Sequence[Moderators], ran: Ran) -> Inlines:
    first = told[0]
    trouble = [sentence for found in told for sentence in _trouble(found)]
    return inlines(
        "One covariate of the studies at a time entered a binomial-normal meta-regression in PyMC",
        *ran.cite("Bayesian meta-regression"),
        f", with the prior {printable(first.coefficient)} on its coefficient (",
        TableNumber(CONTRASTS),
        f"). For {_name(first)}: {moderators_words.summary_sentence(first)}"
        + "".join(f" {sentence}" for sentence in trouble),
    )


def _name(found: Moderators) -> str:
    return printable(found.outcome_label or found.outcome)


def _trouble(found: Moderators) -> Iterator[str]:
    """Yield each fit that is not simply to be trusted."""
    for answer in found.answers:
        if answer.quality.status != "ok":
            word = "Failed" if answer.quality.status == "failed" else "Caution"
            said = f"{answer.quality.message} {answer.quality.remedy}".strip()
            yield f"{word}: {_name(found)}, {printable(answer.label)}. {printable(said)}"


def _table(told: Sequence[Moderators]) -> Table:
    level = wording.threshold(told[0].level)
    heads = (
        Column("Outcome", 0.12),
        Column("Covariate", 0.14),
        Column("Compared", 0.17),
        Column("Average rates", 0.13),
        Column(f"Difference [{level}]", 0.16),
        Column("Before the data", 0.12),
        Column("P(direction)", 0.08, "right"),
        Column("Learnt", 0.08, "right"),
    )
    rows = [
        cells(_name(found) if not number else "", *_contrast(answer, contrast))
        for found in told
        for number, (answer, contrast) in enumerate(_pairs(found))
    ]
    notes = inlines(
        "Average rates: posterior medians at the two values, the lower quartile and the upper one "
        "of a number; difference in percentage points, median and credible interval. P(direction): "
        "the probability of the more probable sign. Learnt: share of the prior variance of the log "
        "odds ratio that the data took away (percent)."
    )
    caption = "Covariates of the studies in Bayesian meta-regressions, one at a time (percent)."
    return Table(CONTRASTS, caption, heads, tuple(rows), (notes,))


def _pairs(found: Moderators) -> Iterator[tuple[ModeratorAnswer, ContrastAnswer]]:
    for answer in found.answers:
        for contrast in answer.contrasts:
            yield answer, contrast


def _contrast(answer: ModeratorAnswer, contrast: ContrastAnswer) -> tuple[str, ...]:
    rates = {level.label: level.average.median.value for level in answer.levels}
    lower, upper = contrast.lower, contrast.upper
    return (
        moderators_words.covariate_name(answer),
        f"{printable(upper)} less {printable(lower)}",
        f"{in_percent(rates[upper])} less {in_percent(rates[lower])}",
        moderators_words.interval_words(contrast.difference),
        moderators_words.ends_words(contrast.prior),
        in_percent(contrast.difference.direction),
        f"{100 * contrast.learnt:.0f}",
    )
