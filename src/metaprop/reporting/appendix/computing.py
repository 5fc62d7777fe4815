"""Both engines: how they were set, whether they converged, how wrong they are, how they agree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.agreement import FALSE_ALARM
from metaprop.reporting import prose
from metaprop.reporting.appendix.blocks import (
    Column,
    Formula,
    Heading,
    Raised,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.words import UNKNOWN, fits, label, qualities
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.engines.nuts.diagnostics import Diagnostics
    from metaprop.engines.nuts.sampling import Settings
    from metaprop.questions.answers import Agreement, ModelAnswer
    from metaprop.questions.moderators.answers import ModeratorAnswer
    from metaprop.reporting.appendix.blocks import Block, Inlines, Piece
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

FITS = "fits"
ONE_ENGINE = "Only one engine was asked, so its answers were not held against those of another one."


def computing(results: Results, ran: Ran) -> Section:
    """Return how the posteriors were computed and how far that can be trusted."""
    models = [model for _, model in fits(results)]
    blocks: list[Block] = [Heading(1, "Computation")]
    if any(model.engine == "exact" for model in models):
        blocks.append(paragraph(*_exact(models, ran)))
    sampled = list(_sampled(results))
    if sampled:
        blocks.append(paragraph(*_nuts(sampled, results, ran)))
    agreed = [m.sampled.agreement for m in models if m.sampled and m.sampled.agreement]
    if agreed:
        blocks.append(paragraph(*_agreement(agreed, ran)))
    else:
        blocks.append(paragraph(ONE_ENGINE))
    blocks.append(paragraph(*_verdicts(results)))
    return Section(tuple(blocks), (_table(results),))


def _exact(models: Sequence[ModelAnswer], ran: Ran) -> Inlines:
    worst = max(
        number
        for model in models
        if model.engine == "exact"
        for summary in model.estimands
        for number in (
            *(entry.probability.error for entry in summary.above),
            *(q.value.error for q in summary.quantiles if summary.scale == "rate"),
        )
    )
    return inlines(
        "Each model of one outcome was fitted by deterministic quadrature of its posterior over "
        "the one or two parameters that describe the population of studies",
        *ran.cite("Deterministic quadrature"),
        ". This has no Monte Carlo error. Each number carries an estimate of its numerical error; "
        "the largest of a reported probability or quantile of a rate is ",
        *_small(worst),
        ".",
    )


def _small(error: float) -> Inlines:
    """Return an error in one digit, rounded up, with a power of ten."""
    if math.isinf(error) or error <= 0.0:
        return inlines("0" if error <= 0.0 else "without a bound")
    power = math.floor(math.log10(error))
    first = math.ceil(round(error / 10.0**power, 6))
    first, power = (1, power + 1) if first == 10 else (first, power)  # noqa: PLR2004 - of tens
    return inlines(f"{first} × 10", Raised(f"{power}".replace("-", "\N{MINUS SIGN}")))


def _sampled(results: Results) -> Iterator[tuple[Settings, Diagnostics]]:
    """Yield the settings and diagnostics of every run of NUTS."""
    for _, model in fits(results):
        if model.sampled is not None:
            yield model.sampled.settings, model.sampled.diagnostics
    for answer in results.beside.joint:
        yield answer.settings, answer.diagnostics
    for _, regression in _regressions(results):
        yield regression.settings, regression.diagnostics


def _regressions(results: Results) -> Iterator[tuple[str, ModeratorAnswer]]:
    """Yield each meta-regression with what was regressed on what."""
    for found in results.beside.moderators:
        outcome = printable(found.outcome_label or found.outcome)
        for answer in found.answers:
            yield f"{outcome} on {printable(answer.label)}", answer


def _nuts(runs: Sequence[tuple[Settings, Diagnostics]], results: Results, ran: Ran) -> Inlines:
    settings = [one for one, _ in runs]
    found = [one for _, one in runs]
    what = (
        "The same models were"
        if any(m.engine == "exact" for _, m in fits(results))
        else "Models were"
    )
    alone = _alone(results)
    number = sum(one.divergences for one in found)
    divergences = wording.counted(number, "divergent transition", "divergent transitions")
    return inlines(
        f"{what} sampled by the No-U-Turn sampler in PyMC",
        *ran.cite("No-U-Turn sampler"),
        f": {_span([s.chains for s in settings])} chains of {_span([s.tune for s in settings])} "
        f"tuning and {_span([s.draws for s in settings])} kept draws each, target acceptance "
        f"{_span([s.target_accept for s in settings])}, seed {_span([s.seed for s in settings])}."
        f"{alone} Over {wording.counted(len(runs), 'run', 'runs')} the largest R-hat was "
        f"{max(one.r_hat for one in found):.4f}, the smallest effective sample sizes "
        f"{min(one.bulk for one in found):,.0f} (bulk) and {min(one.tail for one in found):,.0f} "
        f"(tail), with {divergences}",
        *ran.cite("Convergence of chains"),
        ".",
    )


def _alone(results: Results) -> str:
    """Return which models the exact engine does not fit, as far as there are any."""
    joint = ["the joint model"] if results.beside.joint else []
    regressed = (
        ["meta-regressions"] if any(one.answers for one in results.beside.moderators) else []
    )
    found = wording.listed([*joint, *regressed])
    was = "were" if regressed else "was"
    return f" {found[:1].upper()}{found[1:]} {was} fitted by this engine alone." if found else ""


def _span(values: Sequence[float]) -> str:
    """Return one value, or the range where runs differ."""
    low, high = min(values), max(values)
    return f"{low:,g}" if low == high else f"{low:,g} to {high:,g}"


def _agreement(agreed: Sequence[Agreement], ran: Ran) -> Inlines:
    compared = sum(one.compared for one in agreed)
    failed = sum(not one.passed for one in agreed)
    verdict = (
        "All fits passed."
        if not failed
        else f"{failed} of {len(agreed)} fits failed: there the engines disagree, and neither must "
        "be relied upon before the reason is known."
    )
    return inlines(
        "The engines share no code for inference. They were held against each other in "
        f"{compared:,} probabilities",
        *ran.cite("Agreement of two engines"),
        "; the largest difference was "
        f"{max(one.largest for one in agreed):.1f} Monte Carlo standard errors. A fit fails if a "
        "difference is less probable than a gate that lets all comparisons of a run together raise "
        f"a false alarm once in {1.0 / FALSE_ALARM:,.0f} runs. {verdict}",
    )


def _verdicts(results: Results) -> Inlines:
    told = [quality for _, quality in qualities(results)]
    failed = sum(quality.status == "failed" for quality in told)
    caution = sum(quality.status == "caution" for quality in told)
    passed = len(told) - failed - caution
    each = "fits (one for each model, outcome and engine)"
    parts = [f"{passed} of {len(told)} {each} passed every check of their computation"]
    parts += [f"{caution} call for caution"] if caution else []
    parts += [f"{failed} failed"] if failed else []
    return inlines(f"{wording.listed(parts)} (", TableNumber(FITS), ").")


def _table(results: Results) -> Table:
    heads = (
        Column("Outcome", 0.21),
        Column("Model", 0.13),
        Column("Numerical error", 0.1, "right"),
        Column("R-hat", 0.08, "right"),
        Column("ESS bulk", 0.08, "right"),
        Column("ESS tail", 0.08, "right"),
        Column("Divergent", 0.09, "right"),
        Column("Largest difference", 0.1, "right"),
        Column("Verdict", 0.13),
    )
    rows = [
        cells(label(outcome), prose.model_label(model, outcome), *_numbers(model))
        for outcome, model in fits(results)
    ]
    for answer in results.beside.joint:
        left = "without consequences" if answer.left_out else ""
        name = f"{printable(answer.group)} {left}".strip()
        told = (*_diagnosed(answer.diagnostics), UNKNOWN, answer.quality.status)
        rows.append(cells(name, "joint", UNKNOWN, *told))
    for name, regression in _regressions(results):
        told = (*_diagnosed(regression.diagnostics), UNKNOWN, regression.quality.status)
        rows.append(cells(name, "meta-regression", UNKNOWN, *told))
    notes = inlines(
        "Numerical error: the largest of a probability or quantile, by quadrature. ESS: effective "
        "sample size. Divergent: divergent transitions. Largest difference between the engines, in "
        "Monte Carlo standard errors. Verdict: the worse of the two engines' own, ok, caution or "
        "failed. ",
        Formula(r"\hat R"),
        " is rank-normalised.",
    )
    return Table(FITS, "Every fit: error, convergence and agreement.", heads, tuple(rows), (notes,))


def _numbers(model: ModelAnswer) -> tuple[Piece | Inlines, ...]:
    worst: Piece | Inlines = UNKNOWN
    if model.engine == "exact":
        worst = _small(
            max(entry.probability.error for summary in model.estimands for entry in summary.above)
            if any(summary.above for summary in model.estimands)
            else max(summary.mean.error for summary in model.estimands)
        )
    verdict = min((q.status for q in model.qualities), key=("failed", "caution", "ok").index)
    if model.sampled is None:
        return worst, *(UNKNOWN,) * 5, verdict
    agreed = model.sampled.agreement
    apart = UNKNOWN if agreed is None else f"{agreed.largest:.1f}"
    return worst, *_diagnosed(model.sampled.diagnostics), apart, verdict


def _diagnosed(found: Diagnostics) -> tuple[str, str, str, str]:
    sizes = (f"{found.bulk:,.0f}", f"{found.tail:,.0f}")
    return (f"{found.r_hat:.4f}", *sizes, str(found.divergences))
