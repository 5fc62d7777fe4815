"""What was asked, what is answered, and whether the computations can be trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.appendix.blocks import Heading, Section, Strong, bullets, paragraph
from metaprop.reporting.appendix.words import RESULTS, interval_name, misfits, qualities
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from metaprop.core.estimates import Quality
    from metaprop.questions.answers import OutcomeAnswer, Summary
    from metaprop.reporting.appendix.blocks import Block
    from metaprop.reporting.evidence import Evidence
    from metaprop.reporting.stored import Results

NO_REGISTRATION = "The data set does not say whether the analysis was registered."
NO_QUESTION = "The data set states no question; rates were estimated for the outcome that it holds."


def opening(results: Results) -> Section:
    """Return the question with its status, the answer in brief, and the reliability of the fits."""
    first = results.analysis.outcomes[0]
    blocks = [
        Heading(1, "Question"),
        *_question(results.beside.evidence),
        Heading(1, "Answer in brief"),
        *_trouble(results),
        *_answer(results, first),
    ]
    return Section(tuple(blocks))


def _question(evidence: Evidence | None) -> list[Block]:
    if evidence is None:
        return [paragraph("The results hold no record of the evidence; its question is not known.")]
    asked = printable(evidence.question) or NO_QUESTION
    registration = printable(evidence.registration or "")
    status = f"Registration: {registration}" if registration else NO_REGISTRATION
    found: list[Block] = [paragraph(asked)]
    if evidence.citation:
        doi = f" doi:{printable(evidence.doi)}" if evidence.doi else ""
        found.append(paragraph(f"The evidence is that of: {printable(evidence.citation)}{doi}"))
    return [*found, paragraph(status)]


def _trouble(results: Results) -> list[Block]:
    """Return first of all what cannot be trusted; nothing where every fit passed."""
    told = [(name, quality) for name, quality in qualities(results) if quality.status != "ok"]
    told += misfits(results)
    if not told:
        return []
    failed = sum(quality.status == "failed" for _, quality in told)
    lead = (
        f"{wording.counted(failed, 'fit failed', 'fits failed')} the checks of this analysis and "
        f"must not be relied upon."
        if failed
        else "Some fits call for caution."
    )
    told.sort(key=lambda entry: entry[1].status != "failed")
    return [paragraph(Strong(lead)), bullets(*([_verdict(name, q)] for name, q in told))]


def _verdict(name: str, quality: Quality) -> str:
    word = "Failed" if quality.status == "failed" else "Caution"
    return f"{word}: {name}. {quality.message} {quality.remedy}".rstrip()


def _answer(results: Results, outcome: OutcomeAnswer) -> list[Block]:
    """Return the answer to the first outcome, by every model in which studies differ."""
    threshold = prose.main_threshold(outcome)
    name = printable(outcome.label or outcome.id)
    seen = f"{name}: {prose.evidence_line(outcome)}."
    where = [
        f"{_capital(prose.estimand_name(estimand, outcome.label))} (median, "
        f"{interval_name(results)}): "
        + "; ".join(
            f"{_ends(model.estimand(estimand))} ({prose.model_label(model, outcome)})"
            for model in prose.varying(outcome)
        )
        + "."
        for estimand in ("average", "new_study")
    ]
    how = [] if threshold is None else prose.answers_in_words(_varying(outcome), (threshold,))
    others = len(results.analysis.outcomes) - 1
    more = [f"The other {wording.counted(others, 'outcome', 'outcomes')}: see {RESULTS}."]
    told = [*where, *(f"{sentence}." for sentence in how), *(more if others else [])]
    return [paragraph(seen), bullets(*([sentence] for sentence in told))]


def _varying(outcome: OutcomeAnswer) -> OutcomeAnswer:
    """Return an outcome without the model in which studies share one rate: it is in the tables."""
    return replace(outcome, models=prose.varying(outcome))


def _ends(summary: Summary) -> str:
    ends = wording.interval(summary.interval.low, summary.interval.high)
    return f"{wording.inferred(summary.median.value)}, {ends}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
