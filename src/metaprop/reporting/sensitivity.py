"""What a folder of results holds of the sensitivity of its conclusions.

sensitivity.json                    every number, enough to draw everything again
tables/sensitivity_priors.csv       location priors crossed with heterogeneity priors
tables/sensitivity_paths.csv        the probability along each one-parameter path of priors
tables/tipping_points.csv           where along each path of priors a probability crosses a level
tables/sensitivity_evidence.csv     each study left out; the studies up to each year
tables/families.csv                 the families beside each other, and averaged
tables/sensitivity_choices.csv      the choices that move a probability farthest
tables/power_scaling.csv            ArviZ's diagnostic beside the exact one, where NUTS ran
figures/sensitivity_<outcome>       every analysis of an outcome, sorted
figures/tipping_<outcome>           the paths of priors of the first outcome

A reading in which studies share a random effect is told under logit-normal models alone. One in
which no study says anything has no answer but its prior, and is left out of everything here: what
it makes of the default priors is in ``tables/readings.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from metaprop.questions.sensitivity.records import Sensitivity  # noqa: TC001 - read by the codec
from metaprop.reporting.names import slug
from metaprop.reporting.records import SCHEMA, read_record, write_record
from metaprop.reporting.sensitivity_rows import (
    CHOICES,
    EVIDENCE,
    FAMILIES,
    PATHS,
    POWER,
    PRIORS,
    TIPS,
    choice_rows,
    evidence_rows,
    family_rows,
    path_rows,
    power_rows,
    prior_rows,
    tip_rows,
)
from metaprop.reporting.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from metaprop.questions.readings import ReadingAnswer
    from metaprop.questions.sensitivity.records import OutcomeSensitivity

RECORD = "sensitivity.json"


@dataclass(frozen=True, slots=True)
class SensitivityRecord:
    """The sensitivity of every outcome, as stored."""

    schema: int
    sensitivity: Sensitivity


def fill_sensitivity(found: Sensitivity, folder: Path) -> None:
    """Write record and tables into a folder of results."""
    write_record(folder / RECORD, SensitivityRecord(SCHEMA, found))
    tables = folder / "tables"
    write_csv(tables / "sensitivity_priors.csv", PRIORS, prior_rows(found))
    write_csv(tables / "tipping_points.csv", TIPS, tip_rows(found))
    write_csv(tables / "sensitivity_paths.csv", PATHS, path_rows(found))
    write_csv(tables / "sensitivity_evidence.csv", EVIDENCE, evidence_rows(found))
    write_csv(tables / "families.csv", FAMILIES, family_rows(found))
    write_csv(tables / "sensitivity_choices.csv", CHOICES, choice_rows(found))
    if any(outcome.power for outcome in found.outcomes):
        write_csv(tables / "power_scaling.csv", POWER, power_rows(found))


def drawn_sensitivity(
    found: Sensitivity, readings: Sequence[ReadingAnswer], folder: Path
) -> Iterator[Callable[[], None]]:
    """Yield what draws each figure into a folder: it can be done by any process.

    ``readings`` are the answers under other readings: those that are not among the analyses are
    named in the figure.
    """
    from metaprop.reporting.figures.multiverse import save_multiverse
    from metaprop.reporting.figures.tipping import save_tipping

    asked = [outcome for outcome in found.outcomes if outcome.headline]
    for outcome in asked:
        left_out = readings_left_out(outcome, readings)
        stem = f"sensitivity_{slug(outcome.id)}"
        yield partial(save_multiverse, outcome, folder, stem, left_out)
    if asked and asked[0].paths:  # the first outcome of a data set is its headline
        yield partial(save_tipping, asked[0], folder, f"tipping_{slug(asked[0].id)}")


def readings_left_out(
    outcome: OutcomeSensitivity, readings: Sequence[ReadingAnswer]
) -> tuple[str, ...]:
    """Return the readings that have an answer for an outcome, but not under other priors."""
    crossed = {one.reading for one in outcome.readings}
    answered = (
        answer.id
        for answer in readings
        for one in answer.outcomes
        if one.id == outcome.id and one.models
    )
    return tuple(dict.fromkeys(name for name in answered if name not in crossed))


def read_sensitivity(folder: Path) -> Sensitivity | None:
    """Return the sensitivity that stands in a folder of results, None where there is none.

    Raises
    ------
    DatasetError
        If the record is damaged or of another schema.
    """
    path = folder / RECORD
    return read_record(path, SensitivityRecord).sensitivity if path.exists() else None
