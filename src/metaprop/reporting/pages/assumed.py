"""What was assumed: each model with its priors, and what they say beside what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.names import slug
from metaprop.reporting.pages.answer import median_cell
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Fold,
    Section,
    Sheet,
    chance,
    paragraphs,
    table,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.reporting.assumptions import StoredModel
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

ABSENT = "What the models assume was not stored with these results."
ESTIMANDS = {"average": "Average rate", "typical": "Typical study", "new_study": "Next study"}


def assumed_section(results: Results, pictures: Pictures) -> Section:
    """Return every model with its priors; one sentence where they were not stored."""
    figures = pictures.matching("priors")
    assumptions = results.beside.assumptions
    title, short = "What was assumed", "Assumptions"
    if assumptions is None:
        return Section("assumed", title, short, (paragraphs(ABSENT, tone="quiet"), *figures))
    models = prose.in_order(assumptions.models)
    folds = tuple(Fold(f"{model.name} model", tuple(_model(model, results))) for model in models)
    lines = [f"{model.name}: {model.sentence}" for model in models]
    return Section("assumed", title, short, (paragraphs(*lines), *figures, *folds))


def _model(model: StoredModel, results: Results) -> Iterator[Block]:
    yield paragraphs(model.sentence, model.formula)
    yield table(
        f"priors-{slug(model.id)}",
        f"Priors of the {model.name.lower()} model",
        (
            *(("Parameter", "text"), ("Prior", "text"), ("95 % between", "text")),
            *(("Why", "text"), ("Source", "text")),
        ),
        [
            (
                text(prior.parameter, prior.unit),
                text(prior.prose),
                Cell(wording.number_interval(prior.low, prior.high)),
                text(prior.reason),
                text(prior.source),
            )
            for prior in model.priors
        ],
    )
    if model.implied:
        yield _implied(model, results)


def _implied(model: StoredModel, results: Results) -> Sheet:
    """Return what the priors say of each rate, beside what follows for the first outcome."""
    outcome = results.analysis.outcomes[0]
    found = next(one for one in outcome.models if one.id == model.id)
    main = prose.main_threshold(outcome)
    rows = []
    for summary in model.implied:
        if summary.estimand not in ESTIMANDS:
            continue
        interval = wording.interval(summary.interval.low, summary.interval.high)
        before = after = Cell("")
        if main is not None:
            prior = summary.probability(main).value
            before = chance(prior if prose.side(outcome) == "above" else 1.0 - prior)
            after = chance(prose.side_probability(outcome, found, summary.estimand, main))
        rows.append(
            (
                Cell(ESTIMANDS[summary.estimand]),
                Cell(interval, summary.interval.low),
                median_cell(found, summary.estimand),
                before,
                after,
            )
        )
    where = "" if main is None else f" {prose.side(outcome)} {wording.threshold(main)}"
    level = wording.threshold(results.analysis.level)
    return table(
        f"implied-{slug(model.id)}",
        f"Before and after the data: {prose.rate_name(outcome.label)}, {model.name.lower()} model",
        (
            *(("Rate of", "text"), (f"Prior, {level} between", "number")),
            *(("Posterior: median", "number"), (f"Prior P{where}", "number")),
            (f"Posterior P{where}", "number"),
        ),
        rows,
    )
