"""What a folder of results holds of the sensitivity of its conclusions.

sensitivity.json                    every number, enough to draw everything again
tables/sensitivity_priors.csv       location priors crossed with heterogeneity priors
tables/sensitivity_paths.csv        the probability along each one-parameter path of priors
tables/tipping_points.csv           where along each path of priors a probability crosses a level
tables/sensitivity_evidence.csv     each study left out; the studies up to each year
tables/families.csv                 the families beside each other, and averaged
tables/sensitivity_choices.csv      the choices that move a probability farthest
tables/power_scaling.csv            ArviZ's diagnostic beside the exact one, where NUTS ran
figures/sensitivity_<outcome>       every analysis of the first outcome, sorted
"""

from __future__ import annotations

from dataclasses import dataclass
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
    from pathlib import Path

RECORD = "sensitivity.json"


@dataclass(frozen=True, slots=True)
class SensitivityRecord:
    """The sensitivity of every outcome, as stored."""

    schema: int
    sensitivity: Sensitivity


def fill_sensitivity(found: Sensitivity, folder: Path) -> None:
    """Write record, tables and the figure of the first outcome into a folder of results."""
    from metaprop.reporting.figures.multiverse import save_multiverse

    write_record(folder / RECORD, SensitivityRecord(SCHEMA, found))
    tables = folder / "tables"
    write_csv(tables / "sensitivity_priors.csv", PRIORS, prior_rows(found))
    write_csv(tables / "tipping_points.csv", TIPS, tip_rows(found))
    write_csv(tables / "sensitivity_paths.csv", PATHS, path_rows(found))
    write_csv(tables / "sensitivity_evidence.csv", EVIDENCE, evidence_rows(found))
    write_csv(tables / "families.csv", FAMILIES, family_rows(found))
    write_csv(tables / "sensitivity_choices.csv", CHOICES, choice_rows(found))
    asked = [outcome for outcome in found.outcomes if outcome.headline]
    if asked:  # the first outcome of a data set is its headline
        save_multiverse(asked[0], folder / "figures", f"sensitivity_{slug(asked[0].id)}")
    if any(outcome.power for outcome in found.outcomes):
        write_csv(tables / "power_scaling.csv", POWER, power_rows(found))


def read_sensitivity(folder: Path) -> Sensitivity | None:
    """Return the sensitivity that stands in a folder of results, None where there is none.

    Raises
    ------
    DatasetError
        If the record is damaged or of another schema.
    """
    path = folder / RECORD
    return read_record(path, SensitivityRecord).sensitivity if path.exists() else None
