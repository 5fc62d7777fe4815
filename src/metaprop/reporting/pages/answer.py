"""The first screen: how probable it is that the rate lies on the good side of each threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.core.wording import listed
from metaprop.reporting import prose
from metaprop.reporting.names import printable, slug
from metaprop.reporting.overview import beside_lines
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Section,
    Sheet,
    chance,
    paragraphs,
    table,
    text,
)

if TYPE_CHECKING:
    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer
    from metaprop.questions.frequentist.answers import PublishedRate
    from metaprop.reporting.stored import Results

ESTIMANDS: tuple[tuple[Estimand, str], ...] = (
    ("average", "Average rate"),
    ("new_study", "Next study"),
)
MEANING = (
    "Average rate: the mean over the population of studies. Next study: the rate in a study like "
    "these, not yet seen. Both models are shown because they do not assume the same."
)


def answer_section(results: Results) -> Section:
    """Return the answer to the first outcome: a sentence, its table, what was seen."""
    outcome = results.analysis.outcomes[0]
    blocks: list[Block] = [
        *warnings(outcome),
        *_elsewhere(results),
        paragraphs(answer_sentence(outcome), tone="headline"),
        answer_sheet(outcome),
        paragraphs(
            *(f"{prose.location_sentence(outcome, e)}." for e, _ in ESTIMANDS), tone="narrow"
        ),
        paragraphs(
            seen_sentence(outcome, results.beside.published.get(outcome.id)),
            *beside_sentences(outcome, results),
            MEANING,
            tone="quiet",
        ),
    ]
    return Section("answer", "The answer", "Answer", tuple(blocks))


def warnings(outcome: OutcomeAnswer) -> list[Block]:
    """Return what must be said before an answer that is not simply to be trusted; or nothing."""
    lines = prose.quality_lines(outcome)
    return [paragraphs(*lines, tone="warning")] if lines else []


def _elsewhere(results: Results) -> list[Block]:
    """Return a warning if a fit of another outcome, or of the joint model, cannot be trusted."""
    others = [
        printable(outcome.label or outcome.id)
        for outcome in results.analysis.outcomes[1:]
        if prose.failed(outcome)
    ]
    others += [
        f"{printable(answer.group)} together"
        for answer in results.beside.joint
        if answer.quality.status == "failed"
    ]
    if not others:
        return []
    return [
        paragraphs(f"Fits that cannot be trusted: {listed(others)}; see below.", tone="warning")
    ]


def answer_sentence(outcome: OutcomeAnswer) -> str:
    """Return the answer in one sentence: by every model in which studies differ."""
    threshold = prose.main_threshold(outcome)
    name = prose.estimand_name("average", outcome.label)
    name = name[0].upper() + name[1:]
    if threshold is None:
        found = "; ".join(
            f"{prose.median_and_interval(model, 'average')} ({prose.model_label(model, outcome)})"
            for model in prose.varying(outcome)
        )
        return f"{name}: {found}."
    where = f"{prose.side(outcome)} {wording.threshold(threshold)}"
    average = _chances(outcome, "average", threshold, labels=True)
    following = _chances(outcome, "new_study", threshold, labels=False)
    return f"{name} is {where} with probability {average}; that of the next study, {following}."


def _chances(outcome: OutcomeAnswer, name: Estimand, threshold: float, *, labels: bool) -> str:
    told = []
    for model in prose.varying(outcome):
        text = wording.inferred(prose.side_probability(outcome, model, name, threshold))
        told.append(f"{text} ({prose.model_label(model, outcome)})" if labels else text)
    return listed(told, "or")


def answer_sheet(outcome: OutcomeAnswer) -> Sheet:
    """Return the table: a row for each estimand and model, a column for each threshold."""
    side = prose.side(outcome)
    heads = [("Rate of", "text"), *((wording.threshold(t), "number") for t in outcome.thresholds)]
    heads.append((f"Median [{_level(outcome)} interval]", "number"))
    return table(
        f"answer-{slug(outcome.id)}",
        f"Probability that the {prose.rate_name(outcome.label)} is {side} each threshold",
        heads,  # type: ignore[arg-type]  # a list of literals
        [
            _row(outcome, model, name, words)
            for name, words in ESTIMANDS
            for model in prose.varying(outcome)
        ],
    )


def _level(outcome: OutcomeAnswer) -> str:
    return wording.threshold(prose.headline(outcome).estimand("average").interval.level)


def _row(
    outcome: OutcomeAnswer, model: ModelAnswer, name: Estimand, words: str
) -> tuple[Cell, ...]:
    chances = (chance(prose.side_probability(outcome, model, name, t)) for t in outcome.thresholds)
    return (text(words, prose.model_label(model, outcome)), *chances, median_cell(model, name))


def median_cell(model: ModelAnswer, name: Estimand) -> Cell:
    """Return a cell with the median of a rate and its interval."""
    summary = model.estimand(name)
    low, high = (
        wording.inferred(end).removesuffix(" %")
        for end in (summary.interval.low, summary.interval.high)
    )
    middle = summary.median.value
    return Cell(f"{wording.inferred(middle)} [{low}, {high}]", middle)


def seen_sentence(outcome: OutcomeAnswer, published: PublishedRate | None) -> str:
    """Return what was seen, and what is in print for it."""
    seen = f"Observed: {prose.evidence_line(outcome)}."
    if published is None:
        return seen
    ends = (published.ci_low, published.ci_high)
    low, high = (wording.percent(end).removesuffix(" %") for end in ends)
    said = f"In print: {wording.percent(published.estimate)} [{low}, {high}]"
    crude = outcome.totals.crude_rate
    holds = crude is None or published.ci_low <= crude <= published.ci_high
    said += "" if holds else ", an interval that leaves out the crude rate"
    return f"{seen} {said} ({printable(published.source)})."


def beside_sentences(outcome: OutcomeAnswer, results: Results) -> tuple[str, ...]:
    """Return the readings of a printed total that belong beside the answer; or nothing.

    A total is no count of any study: what it counts is read from its words alone.
    """
    evidence = results.beside.evidence
    if evidence is None or evidence.outcome(outcome.id).known_total is None:
        return ()
    names = {
        reading.id
        for reading in evidence.readings
        if reading.outcomes == (outcome.id,)
        and not (reading.counts or reading.left_out or reading.shared_effect)
        and reading.unreported_odds == 1.0
    }
    return tuple(
        f"{line.strip()}." for line in beside_lines(outcome, results.beside.readings, names)
    )


def trust_sentence(results: Results) -> str:
    """Return how many fits can be trusted, and whether the engines agree."""
    analysis, beside = results.analysis, results.beside
    found = [q for o in analysis.outcomes for m in o.models for q in m.qualities]
    found += [answer.quality for answer in beside.joint]
    found += [answer.quality for one in beside.moderators for answer in one.answers]
    fine = sum(quality.status == "ok" for quality in found)
    told = f"{fine} of {wording.counted(len(found), 'fit', 'fits')} can be trusted without remark"
    sampled = [m.sampled for o in analysis.outcomes for m in o.models if m.sampled is not None]
    agreed = [one.agreement for one in sampled if one.agreement is not None]
    if not agreed:
        return f"{told}."
    passed = sum(one.passed for one in agreed)
    compared = sum(one.compared for one in agreed)
    return (
        f"{told}. Where both engines answered, {passed} of {len(agreed)} agree, over "
        f"{compared:,} probabilities compared."
    )
