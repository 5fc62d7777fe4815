"""Whether the models make tables like the observed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import checks_words, prose
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
from metaprop.reporting.appendix.words import UNKNOWN, number
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.checks.answers import Checks, FitCheck, StatisticCheck
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

CHECKED, WORTH = "model-checks", "prior-information"
HEADING = "Model checks"
NOT_CHECKED = "The results hold no record of checks of model fit."


def model_checks(results: Results, ran: Ran) -> Section:
    """Return what the checks of fit found."""
    checks = results.beside.checks
    head = Heading(1, HEADING)
    if checks is None or not checks.fits:
        return Section((head, paragraph(NOT_CHECKED)))
    blocks: list[Block] = [head, paragraph(*_told(checks, ran))]
    blocks += [paragraph(*_priors(ran))] if checks.priors else []
    tables = [_table(_told_order(checks.fits)), *([_worth(checks)] if checks.priors else [])]
    return Section(tuple(blocks), tuple(tables))


def _told_order(fits: Sequence[FitCheck]) -> list[FitCheck]:
    """Return the fits of each outcome in the order in which its models are told."""
    outcomes = dict.fromkeys(fit.outcome for fit in fits)
    return [
        fit for name in outcomes for fit in prose.in_order([f for f in fits if f.outcome == name])
    ]


def _told(checks: Checks, ran: Ran) -> Inlines:
    missed = [fit for fit in checks.fits if fit.quality.status != "ok"]
    fits = wording.counted(len(checks.fits), "fit", "fits")
    found = (
        f"{len(missed)} of {fits} {'shows' if len(missed) == 1 else 'show'} a misfit: "
        + " ".join(f"{_name(fit)}: {printable(fit.quality.message)}" for fit in missed)
        if missed
        else f"None of {fits} shows a misfit, which with few and small studies says little."
    )
    return inlines(
        "Each model of one outcome was held against the table it was fitted to: statistics of "
        "replicated tables, every study given a rate drawn anew",
        *ran.cite("Posterior predictive checks"),
        "; each study against what the others predict",
        *ran.cite("Leave-one-out predictive probabilities"),
        "; and the evenness of randomised probability integral transforms",
        *ran.cite("Randomised leave-one-out PIT"),
        " (",
        TableNumber(CHECKED),
        f"). {found}",
    )


def _name(fit: FitCheck) -> str:
    return f"{printable(fit.label or fit.outcome)}, {fit.family}"


def _priors(ran: Ran) -> Inlines:
    return inlines(
        "What prior and data say of the average rate, in patients each from a study of its own, is "
        "the expected local-information-ratio effective sample size",
        *ran.cite("Prior information in patients"),
        " (",
        TableNumber(WORTH),
        ").",
    )


def _table(fits: Sequence[FitCheck]) -> Table:
    heads = (
        Column("Outcome", 0.17),
        Column("Model", 0.12),
        Column("Statistic that fits worst", 0.2),
        Column("Most surprising study", 0.26),
        Column("P among all studies", 0.09, "right"),
        Column("P of evenness", 0.08, "right"),
        Column("Verdict", 0.08),
    )
    rows = tuple(
        cells(
            printable(fit.label or fit.outcome),
            fit.family,
            _worst(fit.statistics),
            _surprising(fit),
            UNKNOWN if fit.most_surprising is None else wording.number(fit.most_surprising, 2),
            UNKNOWN if fit.pit is None else wording.number(fit.pit.p_value.value, 2),
            fit.quality.status,
        )
        for fit in fits
    )
    notes = inlines(
        f"{checks_words.NEW_RATES} Most surprising study: its events and what the others predict; "
        "P among all studies is the probability that the smallest of so many P values is as small. "
        "P of evenness: that of the transforms of all studies."
    )
    caption = "Checks of every fit against the observed table."
    return Table(CHECKED, caption, heads, rows, (notes,))


def _worst(statistics: Sequence[StatisticCheck]) -> str:
    if not statistics:
        return UNKNOWN
    worst = min(statistics, key=lambda one: one.posterior.two_sided)
    return f"{checks_words.TITLES[worst.statistic]}: {checks_words.p_words(worst.posterior)}"


def _surprising(fit: FitCheck) -> str:
    if not fit.studies:
        return printable(fit.no_left_out or UNKNOWN)
    first = fit.studies[0]
    predicted = f"{first.expected_low} to {first.expected_high}"
    seen = f"{checks_words.seen(first)} of {first.total}"
    return f"{printable(first.name)}: {seen}, predicted {predicted}"


def _worth(checks: Checks) -> Table:
    heads = (
        Column("Model", 0.24),
        Column("Prior alone (patients)", 0.2, "right"),
        Column("Prior and data together (patients)", 0.56),
    )
    rows = tuple(
        cells(
            printable(prior.name),
            number(prior.information.value),
            "; ".join(
                f"{printable(fit.label or fit.outcome)} {number(fit.information.value)}"
                for fit in checks.fits
                if fit.model == prior.model
            ),
        )
        for prior in prose.in_order(checks.priors)
    )
    caption = "What is known of the average rate, in patients each from a study of its own."
    return Table(WORTH, caption, heads, rows)
