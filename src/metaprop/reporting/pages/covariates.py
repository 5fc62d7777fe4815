"""Do rates depend on what the studies are like: meta-regressions, one covariate at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.moderators_words import (
    covariate_name,
    direction_words,
    ends_words,
    interval_words,
    moderator_sentences,
    summary_sentence,
)
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Fold,
    Section,
    Sheet,
    number,
    p_cell,
    paragraphs,
    table,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.frequentist.answers import FrequentistAnswer
    from metaprop.questions.moderators.answers import Moderators
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

ABSENT = "No covariate of the studies was related to an outcome in this run."
NOT_BAYESIAN = "The Bayesian meta-regressions were not asked for in this run."
POINTS = 100.0
"""Percentage points in a difference of 1."""


def covariates_section(results: Results, pictures: Pictures) -> Section:
    """Return every meta-regression, the Bayesian ones first; a sentence where there are none."""
    bayesian = results.beside.moderators
    usual = [one for one in results.beside.frequentist if one.moderators]
    blocks: list[Block] = []
    for place, found in enumerate(bayesian):
        parts = tuple(_bayesian(found, pictures))
        name = printable(found.outcome_label or found.outcome)
        blocks += parts if place == 0 else [Fold(f"Covariates: {name}", parts)]
    if not bayesian:
        blocks.append(paragraphs(NOT_BAYESIAN if usual else ABSENT, tone="quiet"))
    folds = tuple(Fold(_name(one), (_sheet(one, results),)) for one in usual)
    if folds:
        blocks.append(Fold("The same by the usual regressions", folds))
    title = "Do rates depend on what the studies are like?"
    return Section("covariates", title, "Covariates", tuple(blocks))


def _bayesian(found: Moderators, pictures: Pictures) -> Iterator[Block]:
    """Yield how little can be learnt, the contrasts, and their pictures."""
    stem = f"moderators_{slug(found.outcome)}"
    if found.answers:
        yield paragraphs(summary_sentence(found))
        yield _contrasts(found)
        yield from pictures.matching(stem)
    sentences = moderator_sentences(found)[1 if found.answers else 0 :]
    name = printable(found.outcome_label or found.outcome)
    if sentences:
        yield Fold(f"Each contrast in words: {name}", (Bullets(sentences),))


def _contrasts(found: Moderators) -> Sheet:
    level = wording.threshold(found.level)
    return table(
        f"contrasts-{slug(found.outcome)}",
        f"{printable(found.outcome_label or found.outcome)}: two values of each covariate",
        (
            *(("Covariate", "text"), ("From", "text"), ("To", "text")),
            (f"Difference [{level} credible], percentage points", "number"),
            *(("Before the data", "number"), ("Direction", "text")),
        ),
        [
            (
                text(covariate_name(answer), f"{len(answer.studies)} studies"),
                text(contrast.lower),
                text(contrast.upper),
                Cell(
                    interval_words(contrast.difference),
                    POINTS * contrast.difference.quantiles[1].value.value,
                ),
                Cell(ends_words(contrast.prior)),
                text(direction_words(contrast)),
            )
            for answer in found.answers
            for contrast in answer.contrasts
        ],
        f"Prior of each coefficient: {found.coefficient}.",
    )


def _name(answer: FrequentistAnswer) -> str:
    return printable(answer.label or answer.id)


def _label(name: str, results: Results) -> str:
    """Return what a covariate is called in words."""
    evidence = results.beside.evidence
    columns = () if evidence is None else evidence.covariates
    return next((one.label for one in columns if one.name == name and one.label), name)


def _term(term: str, name: str) -> str:
    """Return a coefficient's name: a level of the covariate, or one unit more of it."""
    return "one unit more" if term == name else term.removeprefix(f"{name}: ")


def _sheet(answer: FrequentistAnswer, results: Results) -> Sheet:
    rows = [
        (
            text(_label(fit.covariate, results), fit.unit or ""),
            Cell(fit.approach),
            text(_term(term.name, fit.covariate)),
            number(term.estimate),
            Cell(wording.number_interval(term.low, term.high), term.low),
            p_cell(term.p_value),
            whole(fit.k),
        )
        for fit in answer.moderators
        for term in fit.coefficients
        if term.name != "intercept"
    ]
    return table(
        f"covariates-{slug(answer.id)}",
        f"{_name(answer)}: change of the log odds with each covariate, one at a time",
        (
            *(("Covariate", "text"), ("Regression", "text"), ("Term", "text")),
            *(("Log odds", "number"), ("Interval", "number"), ("P", "number")),
            ("Studies", "number"),
        ),
        rows,
        "Averages of studies, not of patients: what holds between studies need not hold within. "
        "Several covariates were tried, so a small P is expected now and then.",
    )
