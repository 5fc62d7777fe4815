"""Can the fits be trusted: each one's verdict, the agreement of the engines, how chains mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.calibration_words import coverage_sentences, rank_sentence
from metaprop.reporting.checks_words import NEW_RATES, fit_sentences
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.answer import trust_sentence
from metaprop.reporting.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Fold,
    Section,
    number,
    paragraphs,
    table,
    text,
    whole,
)

if TYPE_CHECKING:
    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

HEADS = (
    *(("Outcome", "text"), ("Model", "text"), ("Verdict", "text"), ("Compared", "number")),
    *(("Largest difference, standard errors", "number"), ("Engines", "text"), ("R-hat", "number")),
    *(("ESS bulk", "number"), ("ESS tail", "number"), ("Divergences", "number")),
)
PICTURES = (
    "ArviZ's pictures of the draws (ranks, energy, prior and posterior, predictive intervals) are "
    "in the folder figures/sampler beside this page: they need the draws, which this page does not "
    "hold."
)


def fits_section(results: Results, pictures: Pictures) -> Section:
    """Return the verdict on every fit; what stands out first, all of it in a table."""
    pairs = [(o, m) for o in results.analysis.outcomes for m in prose.in_order(o.models)]
    told = [line for o in results.analysis.outcomes for line in prose.quality_lines(o)]
    blocks: list[Block] = [paragraphs(*told, tone="warning")] if told else []
    sampled = any(model.sampled is not None for _, model in pairs)
    sheet = table(
        "every-fit",
        "Every fit: its verdict, and how the two engines agree",
        HEADS,  # type: ignore[arg-type]  # literals
        [_row(outcome, model) for outcome, model in pairs],
        _gate(results) if sampled else "NUTS did not run: the exact engine answered alone.",
    )
    blocks += [paragraphs(trust_sentence(results)), Fold("Every fit", (sheet,))]
    blocks += _checks(results, pictures)
    blocks += _calibration(results, pictures)
    if pictures.of_draws:
        blocks.append(paragraphs(PICTURES, tone="quiet"))
    return Section("fits", "Can the fits be trusted?", "Fits", tuple(blocks))


def _checks(results: Results, pictures: Pictures) -> list[Block]:
    """Return what the models' own replicates say: the first outcome open, the others folded."""
    checks = results.beside.checks
    if checks is None:
        absent = "The models were not held against replicated tables in this run."
        return [paragraphs(absent, tone="quiet")]
    blocks: list[Block] = [paragraphs(NEW_RATES, tone="quiet")]
    for place, outcome in enumerate(results.analysis.outcomes):
        fits = prose.in_order([fit for fit in checks.fits if fit.outcome == outcome.id])
        lines = tuple(" ".join(fit_sentences(fit, checks.priors)) for fit in fits)
        stem = slug(outcome.id)
        figures = [pictures.take(f"checks_{stem}"), *pictures.matching(f"surprise_{stem}")]
        name = printable(outcome.label or outcome.id)
        parts: tuple[Block, ...] = (Bullets(lines), *figures)
        blocks += parts if place == 0 else [Fold(f"Replicates: {name}", parts)]
    return blocks


def _calibration(results: Results, pictures: Pictures) -> list[Block]:
    """Return how every method does on simulated reviews whose truth is known."""
    found = results.beside.calibration
    if found is None:
        absent = "No reviews were simulated in this run to see how often intervals hold the truth."
        return [paragraphs(absent, tone="quiet")]
    lines = (*coverage_sentences(found), *map(rank_sentence, found.ranks))
    heading = "On simulated reviews whose truth is known"
    return [Fold(heading, (Bullets(lines), *pictures.matching("calibration")))]


def _gate(results: Results) -> str:
    agreed = [
        m.sampled.agreement
        for o in results.analysis.outcomes
        for m in o.models
        if m.sampled is not None and m.sampled.agreement is not None
    ]
    if not agreed:
        return "The exact engine did not answer: there is nothing to compare."
    least = min(one.worst.p_value for one in agreed)
    return (
        f"A fit fails where a difference is less probable than {wording.number(agreed[0].gate)}; "
        f"the least probable one has P = {wording.number(least, 2)}."
    )


def _row(outcome: OutcomeAnswer, model: ModelAnswer) -> tuple[Cell, ...]:
    verdict = "; ".join(dict.fromkeys(quality.status for quality in model.qualities))
    note = " ".join(quality.message for quality in model.qualities)
    head = (
        text(outcome.label or outcome.id),
        text(prose.model_label(model, outcome)),
        text(verdict, printable(note)),
    )
    if model.sampled is None:
        return (*head, *(Cell("") for _ in HEADS[3:]))
    found, agreed = model.sampled.diagnostics, model.sampled.agreement
    compared = (Cell(""), Cell(""), Cell(""))
    if agreed is not None:
        words = Cell("agree" if agreed.passed else "DISAGREE")
        compared = (whole(agreed.compared), number(agreed.largest, 2), words)
    sizes = (whole(found.bulk), whole(found.tail), whole(found.divergences))
    return (*head, *compared, Cell(f"{found.r_hat:.4f}", found.r_hat), *sizes)
