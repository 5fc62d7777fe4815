"""``equivalent.R``: the main analysis in R, made of stored records alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.rscript.bayes import bayes_part
from metaprop.reporting.rscript.syntax import comment, string, vector
from metaprop.reporting.rscript.usual import counts_part, usual_part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.reporting.stored import Results

SCRIPT = "equivalent.R"
_PACKAGES = (
    "Packages: meta (8 or later: its HK safeguards and prediction intervals have these names), "
    "metafor, lme4; VGAM and brms (2.17 or later) where they are installed."
)
_NOT_RUN = (
    "Written from the stored records; it was not run when it was written. Differences in the last "
    "printed digit are the optimiser's; those of brms are Monte Carlo error."
)
_DATA = """studies <- data.frame(
  study = {study},
  events = {events},
  total = {total},
  stringsAsFactors = FALSE
)
studies$row <- factor(seq_len(nrow(studies)))"""
_RANGES = """studies <- data.frame(
  study = {study},
  events_low = {low},
  events_high = {high},
  total = {total},
  stringsAsFactors = FALSE
)"""


def write_script(results: Results, folder: Path) -> None:
    """Write the script of the first outcome whose counts are all exact into a folder."""
    text = script_of(results)
    (folder / SCRIPT).write_text(text, encoding="utf-8", newline="\n")


def script_of(results: Results) -> str:
    """Return the script: data, usual formulas, models of the counts, Bayesian models."""
    text = ""
    for block in _blocks(results):
        # words stand right above what they are about
        text += block + ("\n" if block.startswith("#") else "\n\n")
    return text.rstrip("\n") + "\n"


def main_outcome(results: Results) -> OutcomeAnswer:
    """Return the outcome of the script: the first of which every count is exact, or the first."""
    outcomes = results.analysis.outcomes
    exact = (one for one in outcomes if all(s.low == s.high for s in one.observed) and one.observed)
    return next(exact, outcomes[0])


def _blocks(results: Results) -> Iterator[str]:
    outcome = main_outcome(results)
    title = results.analysis.title or results.analysis.dataset
    yield comment(f"{title}. Outcome: {outcome.label or outcome.id}. The main analysis in R.")
    yield "#\n" + comment(_PACKAGES)
    yield "#\n" + comment(_NOT_RUN) + "\n"
    yield _data(outcome)
    if any(study.low != study.high for study in outcome.observed):
        yield comment("Left out: not every count is exact, and R's functions take no ranges.")
        return
    found = results.frequentist(outcome.id)
    if found is None or found.left_out is not None:
        yield comment("Usual formulas: the records hold none, so there is nothing to expect.")
    else:
        yield from usual_part(found)
        yield from counts_part(found)
    yield from bayes_part(outcome, results.beside.assumptions, results.manifest.seed)


def _data(outcome: OutcomeAnswer) -> str:
    """Return the data as code: names are strings, and nothing else that somebody typed is."""
    rows = outcome.observed
    names, totals = vector(string(s.name) for s in rows), vector(f"{s.total}" for s in rows)
    low, high = vector(f"{s.low}" for s in rows), vector(f"{s.high}" for s in rows)
    if all(s.low == s.high for s in rows):
        return _DATA.format(study=names, events=low, total=totals)
    return _RANGES.format(study=names, low=low, high=high, total=totals)
