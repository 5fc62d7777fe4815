"""Every outcome: one table of all, and for each its answer, its forest and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.forest_rows import events_text
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.answer import (
    answer_sentence,
    answer_sheet,
    beside_sentences,
    median_cell,
    seen_sentence,
    warnings,
)
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Fold,
    Section,
    Sheet,
    Slider,
    chance,
    paragraphs,
    table,
    text,
    unbroken,
)
from metaprop.reporting.pages.forest import forest_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.reporting.evidence import StoredCount
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results


def slider_section(results: Results, pictures: Pictures) -> Section:
    """Return the section with the threshold slider, and the same curves as a figure."""
    outcomes = results.analysis.outcomes
    slider = Slider(tuple((one.id, printable(one.label or one.id)) for one in outcomes))
    figure = pictures.take(f"thresholds_{slug(outcomes[0].id)}")
    return Section("threshold", "Any threshold", "Any threshold", (slider, as_figure(figure)))


def as_figure(*pictures: Block) -> Fold:
    """Return the figures for print, folded away under what shows the same on a screen."""
    return Fold("The same as a figure for print", pictures, for_paper=True)


def studies_section(results: Results, pictures: Pictures) -> Section:
    """Return the forest of the first outcome."""
    outcome = results.analysis.outcomes[0]
    sheet = forest_sheet(outcome, results.analysis, counts_of(results, outcome))
    figure = pictures.take(f"forest_{slug(outcome.id)}")
    title = f"The studies: {prose.rate_name(outcome.label)}"
    return Section("studies", title, "Studies", (sheet, as_figure(figure)))


def counts_of(results: Results, outcome: OutcomeAnswer) -> Sequence[StoredCount]:
    """Return where the counts of an outcome stand; none where that was not stored."""
    evidence = results.beside.evidence
    return () if evidence is None else evidence.outcome(outcome.id).counts


def others_section(results: Results, pictures: Pictures) -> Section | None:
    """Return all outcomes in one table and a figure, then each of the others; None if one only."""
    analysis = results.analysis
    if len(analysis.outcomes) == 1:
        return None
    folds = tuple(_fold(outcome, results, pictures) for outcome in analysis.outcomes[1:])
    sheet = outcomes_sheet(results)
    return Section(
        "outcomes",
        "Every outcome",
        "Every outcome",
        (sheet, pictures.take("outcomes"), *folds),
    )


def _fold(outcome: OutcomeAnswer, results: Results, pictures: Pictures) -> Fold:
    stem = slug(outcome.id)
    published = results.beside.published.get(outcome.id)
    blocks: tuple[Block, ...] = (
        *warnings(outcome),
        paragraphs(answer_sentence(outcome), *beside_sentences(outcome, results)),
        paragraphs(seen_sentence(outcome, published), tone="quiet"),
        answer_sheet(outcome),
        forest_sheet(outcome, results.analysis, counts_of(results, outcome)),
        pictures.take(f"forest_{stem}"),
        pictures.take(f"thresholds_{stem}"),
    )
    return Fold(printable(outcome.label or outcome.id), blocks)


def outcomes_sheet(results: Results) -> Sheet:
    """Return one row for each outcome: what is known, averages, the answer, what is in print."""
    analysis = results.analysis
    first = analysis.outcomes[0]
    labels = [prose.model_label(model, first) for model in prose.varying(first)]
    heads = [("Outcome", "text"), ("Events / patients", "number")]
    heads += [(f"Average, {label}", "number") for label in labels]
    heads += [("Question", "text")]
    heads += [(f"Probability, {label}", "number") for label in labels]
    heads += [("In print", "number")]
    return table(
        "all-outcomes",
        "Average rate of every outcome, with how probably it lies on the good side of a threshold",
        heads,  # type: ignore[arg-type]  # a list of literals
        [_row(outcome, results) for outcome in analysis.outcomes],
        " ".join(
            (
                f"Medians with {prose.interval_words(analysis.level, analysis.kind)}s.",
                *(one for o in analysis.outcomes for one in beside_sentences(o, results)),
            )
        ),
    )


def _row(outcome: OutcomeAnswer, results: Results) -> tuple[Cell, ...]:
    totals = outcome.totals
    events = events_text(totals.low, totals.high, totals.patients)
    main = prose.main_threshold(outcome)
    models = prose.varying(outcome)
    chances = [
        Cell("") if main is None else chance(prose.side_probability(outcome, m, "average", main))
        for m in models
    ]
    asked = "" if main is None else f"{prose.side(outcome)} {wording.threshold(main)}"
    seen = unbroken(f"{events} / {totals.patients}")
    claim = results.beside.published.get(outcome.id)
    printed = Cell("")
    if claim is not None:
        low, high = (wording.percent(e).removesuffix(" %") for e in (claim.ci_low, claim.ci_high))
        printed = Cell(f"{wording.percent(claim.estimate)} [{low}, {high}]", claim.estimate)
    return (
        text(outcome.label or outcome.id),
        Cell(seen),
        *(median_cell(model, "average") for model in models),
        Cell(unbroken(asked)),
        *chances,
        printed,
    )
