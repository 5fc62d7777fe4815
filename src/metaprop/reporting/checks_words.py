"""What the checks come to, as sentences; a caution is said first and never softened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.checks.answers import (
        FitCheck,
        PriorCheck,
        Replicated,
        StatisticName,
        StudySurprise,
    )

TITLES: dict[StatisticName, str] = {
    "studies_at_0": "Studies at 0 %",
    "studies_at_100": "Studies at 100 %",
    "smallest_rate": "Smallest rate",
    "largest_rate": "Largest rate",
    "total_events": "Total of events",
    "sd_of_rates": "SD of the rates",
}
"""What each statistic is called at the head of a panel or a row."""
NEW_RATES = (
    "Every replicated study has the size of an observed one and a rate drawn anew; P is that of a "
    "larger value, half of an equal one counted (mid-P): near 0 or 1 the model misses it. The data "
    "were used twice, so P is drawn towards one half."
)
"""What a reader of replicates must know."""


MOST_MODELS = 2
"""Models beside each other in a figure; the tables hold all."""
_ORDER = ("logit-normal", "beta-binomial")


def shown_models(fits: Sequence[FitCheck]) -> tuple[FitCheck, ...]:
    """Return the models that a figure shows: those in which studies differ, else the first two."""
    places = {family: place for place, family in enumerate(_ORDER)}
    ordered = sorted(fits, key=lambda fit: places.get(fit.family, len(_ORDER)))
    differing = [fit for fit in ordered if fit.family in _ORDER]
    return tuple((differing or ordered)[:MOST_MODELS])


def fit_sentences(fit: FitCheck, priors: Sequence[PriorCheck] = ()) -> tuple[str, ...]:
    """Return verdict, most surprising study and information of one outcome under one model."""
    return tuple(_sentences(fit, priors))


def _sentences(fit: FitCheck, priors: Sequence[PriorCheck]) -> Iterator[str]:
    name = printable(fit.label or fit.outcome)
    yield f"{name}, {fit.family}: {fit.quality.message}"
    if fit.studies:
        yield surprise_sentence(fit)
    elif fit.no_left_out:
        yield f"No study was held against the others: {fit.no_left_out}"
    yield from (f"{TITLES[one.statistic]} not checked: {one.reason}" for one in fit.unchecked)
    if fit.information.undefined is None:
        yield information_sentence(fit, priors)


def terminal_lines(fits: Sequence[FitCheck]) -> list[str]:
    """Return the verdict of all fits in a line, or a line for each that misses something."""
    if not fits:
        return []
    missed = [fit for fit in fits if fit.quality.status != "ok"]
    told = [
        f"CAUTION: {printable(fit.label or fit.outcome)}, {printable(fit.model)}: "
        f"{fit.quality.message}"
        for fit in missed
    ]
    among = wording.counted(len(fits), "fit", "fits")
    rest = f"No sign of misfit in {len(fits) - len(missed)} of {among} that were checked"
    return [*told, f"{rest} (tables/checks.csv, tables/surprise.csv)."]


def surprise_sentence(fit: FitCheck) -> str:
    """Return which study the others predict worst, and how often chance alone does as badly."""
    first = fit.studies[0]
    chance = wording.number(fit.most_surprising or 0.0, 2)
    return (
        f"Most surprising study: {printable(first.name)}, {seen(first)} of {first.total} with the "
        f"event, where the others predict {first.expected_low} to {first.expected_high} "
        f"({wording.threshold(fit.level)} predictive interval); two-sided "
        f"P = {wording.number(first.two_sided, 2)}, and {chance} for the smallest of "
        f"{wording.counted(len(fit.studies), 'study', 'studies')}."
    )


def seen(study: StudySurprise) -> str:
    """Return what a study reported: a count or a range."""
    return f"{study.low}" if study.low == study.high else f"{study.low} to {study.high}"


def information_sentence(fit: FitCheck, priors: Sequence[PriorCheck]) -> str:
    """Return what prior and data are worth together, and how much of it the prior is."""
    prior = next((one for one in priors if one.model == fit.model), None)
    worth = wording.number(fit.information.value)
    alone = ""
    if prior is not None and prior.information.undefined is None:
        alone = f"; of these the prior alone is worth {wording.number(prior.information.value, 2)}"
    return (
        f"Prior and data together tell the average rate as well as {worth} patients would, each "
        f"from a study of its own{alone}."
    )


def prior_sentence(prior: PriorCheck) -> str:
    """Return what a model says of the average rate before any data."""
    average = prior.estimands[0]
    ends = wording.interval(average.interval.low, average.interval.high)
    level = wording.threshold(prior.level)
    where = f"Before any data the {printable(prior.name)} model puts the average rate at {ends}"
    if prior.information.undefined is not None:
        return f"{where} ({level} prior interval). {prior.information.undefined}"
    worth = wording.number(prior.information.value, 2)
    return (
        f"{where} ({level} prior interval), and is worth {worth} patients, each from a study of "
        "its own."
    )


def p_words(found: Replicated) -> str:
    """Return a posterior predictive P, or its range where counts are ranges.

    Examples
    --------
    >>> from metaprop.core.estimates import Estimate
    >>> from metaprop.questions.checks.answers import Replicated
    >>> p_words(Replicated(0.0, 1.0, 2.0, Estimate(0.41234, 0.005), Estimate(0.41234, 0.005)))
    'P = 0.41'
    >>> p_words(Replicated(0.0, 1.0, 2.0, Estimate(0.03, 0.002), Estimate(0.9583, 0.002)))
    'P 0.03 to 0.96'
    """
    low, high = (_two_digits(p.value) for p in (found.p_low, found.p_high))
    if low != high:
        return f"P {low} to {high}"
    return f"P {low}" if low[0] in "<>" else f"P = {low}"


def _two_digits(p: float) -> str:
    """Return a P value, never 0 and never 1."""
    least = 0.005
    if p < least:
        return "< 0.01"
    return "> 0.99" if p > 1.0 - least else f"{p:.2f}"
