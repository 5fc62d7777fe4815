"""A calibration on the disk and on the screen.

calibration.json             every number, enough to draw everything again
coverage.csv, ranks.csv      one row for each method in each scenario; one for each quantity
coverage.svg, ranks.svg      the same as pictures (and PNG)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.core.errors import DatasetError
from metaprop.core.wording import counted
from metaprop.questions.calibration.asking import Effort
from metaprop.questions.calibration.records import Calibration  # noqa: TC001 - read by the codec
from metaprop.reporting.calibration_words import (
    coverage_finding,
    coverage_sentences,
    rank_sentence,
    truth_words,
)
from metaprop.reporting.names import printable
from metaprop.reporting.records import SCHEMA, read_record, write_record
from metaprop.reporting.tables import Cell, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metaprop.questions.calibration.records import Held
    from metaprop.questions.calibration.truth import Truth

FOLDER, RECORD = "calibration", "calibration.json"
ALONE = f"{FOLDER}/{RECORD}"
"""What may stand in a folder of results before the first run."""
_HELD = ("truth", "bias", "bias_error", "coverage", "coverage_error", "below", "above")
COVERAGE = (
    *("truth_family", "true_rate", "true_spread", "method", "kind", "estimand"),
    *("replicates", "answered", "width", "width_error"),
    *(f"own_{name}" for name in _HELD),
    *(f"average_{name}" for name in _HELD),
)
RANKS = ("model", "engine", "quantity", "replicates", "failed", "inside_band", "level", "p_value")


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """A calibration as stored."""

    schema: int
    calibration: Calibration


def fill_calibration(found: Calibration, folder: Path) -> None:
    """Write record, tables and figures into an empty folder."""
    from metaprop.reporting.figures.coverage import save_coverage
    from metaprop.reporting.figures.ranks import save_ranks

    write_record(folder / RECORD, CalibrationRecord(SCHEMA, found))
    write_csv(folder / "coverage.csv", COVERAGE, coverage_rows(found))
    write_csv(folder / "ranks.csv", RANKS, rank_rows(found))
    if found.scenarios:
        save_coverage(found, folder, "coverage")
    if found.ranks:
        save_ranks(found, folder, "ranks")


def read_calibration(folder: Path) -> Calibration | None:
    """Return the calibration in a folder of results; None where there is none.

    Raises
    ------
    DatasetError
        If its record is damaged or of another schema.
    """
    path = folder / FOLDER / RECORD
    return read_record(path, CalibrationRecord).calibration if path.is_file() else None


def write_calibration(found: Calibration, folder: Path) -> None:
    """Write a calibration below a folder of results."""
    (folder / FOLDER).mkdir()
    fill_calibration(found, folder / FOLDER)


def kept_calibration(folder: Path, asked: Question) -> Calibration | None:
    """Return the calibration in a folder of results if it answers what is asked, at least as well.

    One that is damaged is no answer.
    """
    try:
        found = read_calibration(folder)
    except DatasetError:
        return None
    return found if found is not None and Question.of(found).covers(asked) else None


@dataclass(frozen=True, slots=True)
class Question:
    """What a calibration is of: sizes, truths, models in words, level, seed, number of reviews.

    The order of the models and truths is none: commands read them in different orders.
    """

    totals: tuple[int, ...]
    truths: frozenset[Truth]
    models: frozenset[str]
    level: float
    seed: int
    effort: Effort

    @classmethod
    def of(cls, found: Calibration) -> Question:
        """Return the question that a calibration answers."""
        truths = frozenset(scenario.truth for scenario in found.scenarios)
        models = frozenset(found.models)
        return cls(found.totals, truths, models, found.level, found.seed, effort_of(found))

    def covers(self, asked: Question) -> bool:
        """Return whether this is the same question, with as many truths and reviews or more."""
        enough = all(
            getattr(self.effort, kind) >= getattr(asked.effort, kind) for kind in Effort.__slots__
        )
        same = replace(self, effort=asked.effort, truths=asked.truths) == asked
        return enough and same and self.truths >= asked.truths


def effort_of(found: Calibration) -> Effort:
    """Return how many reviews a calibration simulated of each kind; 0 where it has none."""
    scores = [score for scenario in found.scenarios for score in scenario.scores]
    counts = [score.replicates for score in scores if score.kind in {"counts", "Bayesian"}]
    ranks = {
        engine: [model.replicates for model in found.ranks if model.engine == engine]
        for engine in ("exact", "nuts")
    }
    return Effort(
        replicates=max((score.replicates for score in scores), default=0),
        modelled=min(counts, default=0),
        ranked=min(ranks["exact"], default=0),
        sampled=min(ranks["nuts"], default=0),
    )


def coverage_rows(found: Calibration) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each method in each scenario."""
    for scenario in found.scenarios:
        truth = scenario.truth
        for one in scenario.scores:
            head = (truth.family, truth.rate, truth.spread, one.label, one.kind, one.estimand)
            width = (one.replicates, one.answered, one.width.value, one.width.error)
            yield (*head, *width, *_held(one.own), *_held(one.average))


def _held(held: Held) -> tuple[Cell, ...]:
    bias, coverage = held.bias, held.coverage
    inside = (bias.value, bias.error, coverage.value, coverage.error)
    return (held.truth, *inside, held.below.value, held.above.value)


def rank_rows(found: Calibration) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each quantity of each model."""
    for model in found.ranks:
        for one in model.ranks:
            head = (model.model, model.engine, one.quantity, one.replicates, model.failed)
            yield (*head, "yes" if one.inside else "no", one.level, one.p_value)


def calibration_text(found: Calibration) -> str:
    """Return what a terminal shows: a finding, then a line for each scenario and each model."""
    name = printable(found.label or found.outcome)
    studies = counted(len(found.totals), "study", "studies")
    lines = [f"{name}: {studies}, {counted(sum(found.totals), 'patient', 'patients')}"]
    if found.scenarios:
        lines += [f"{coverage_finding(found)}.", "", *_coverage_lines(found), ""]
        lines += [*coverage_sentences(found)][-1:]
    lines += [rank_sentence(model) for model in found.ranks]
    return "\n".join(lines)


def _coverage_lines(found: Calibration) -> Iterator[str]:
    """Yield the coverage of the average rate: a line for each method, a column for each truth."""
    heads = [truth_words(scenario.truth) for scenario in found.scenarios]
    width = max(len(score.label) for score in found.scenarios[0].scores)
    yield f"Coverage of the average rate, nominal {found.level:.0%}; ± Monte Carlo standard error"
    yield "  ".join([" " * width, *heads])
    for place, first in enumerate(found.scenarios[0].scores):
        cells = []
        for head, scenario in zip(heads, found.scenarios, strict=True):
            coverage = scenario.scores[place].average.coverage
            cells.append(
                f"{100 * coverage.value:5.1f} ± {100 * coverage.error:.1f}".rjust(len(head))
            )
        label = f"{first.label}".ljust(width)
        yield "  ".join([label, *cells])
