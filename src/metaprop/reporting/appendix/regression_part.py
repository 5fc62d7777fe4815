"""Bayesian meta-regression: one covariate of the studies at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import moderators_words as told
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
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.moderators.answers import ModeratorAnswer, Moderators
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

REGRESSED = "meta-regression"


def regressed(results: Results, ran: Ran) -> Section:
    """Return what each covariate says of the rates; nothing where nobody asked."""
    asked = [one for one in results.beside.moderators if one.answers]
    if not asked:
        return Section(())
    blocks: list[Block] = [Heading(1, "Bayesian meta-regression")]
    tables = []
    for place, found in enumerate(asked, start=1):
        label = f"{REGRESSED}-{place}"
        blocks.append(_words(found, label, ran))
        tables.append(_table(found, label))
    return Section(tuple(blocks), tuple(tables))


def _words(found: Moderators, label: str, ran: Ran) -> Block:
    name = printable(found.outcome_label or found.outcome)
    left = {study for answer in found.answers for study in answer.left_out}
    missing = (
        f" Studies of which a covariate is not known were left out of its regression: "
        f"{wording.listed(sorted(map(printable, left)))}; nothing was imputed."
        if left
        else ""
    )
    unasked = "".join(
        f" {printable(one.label)} was not asked about: {one.reason[0].lower()}{one.reason[1:]}"
        for one in found.unasked
    )
    return paragraph(
        f"For the outcome {name}, covariates of the studies were related to their log odds one at "
        "a time",
        *ran.cite("Bayesian meta-regression"),
        " (",
        TableNumber(label),
        f"). Prior of the coefficient: {found.coefficient}. {told.summary_sentence(found)}"
        f"{missing}{unasked}",
    )


def _table(found: Moderators, label: str) -> Table:
    heads = (
        Column("Covariate", 0.26),
        Column("Compared", 0.2),
        Column("Difference", 0.2),
        Column("Before the data", 0.14),
        Column("P(higher)", 0.1),
        Column("Learnt", 0.1),
    )
    rows = tuple(row for answer in found.answers for row in _rows(answer))
    level = wording.threshold(found.level)
    caption = (
        "Average rates at the outer quartiles of each covariate or in its groups, one covariate at "
        "a time: difference in percentage points."
    )
    note = (
        f"Difference: median and {level} equal-tailed credible interval of the average rate at the "
        "first value less that at the second, integrated over what is left between studies. "
        "Learnt: share of the prior variance of the log odds ratio that the data took away."
    )
    return Table(label, caption, heads, rows, (inlines(note),))


def _rows(answer: ModeratorAnswer) -> Iterator[tuple[Inlines, ...]]:
    for one in answer.contrasts:
        yield cells(
            told.covariate_name(answer),
            f"{printable(one.upper)} against {printable(one.lower)}",
            told.interval_words(one.difference),
            told.ends_words(one.prior),
            wording.inferred(one.difference.above_zero.value),
            f"{100 * one.learnt:.0f} %",
        )
