"""What a folder of results holds of the meta-regressions: records, tables and figures.

moderators/<outcome>.json             every number
tables/meta_regression.csv            two values of a covariate against each other
tables/meta_regression_levels.csv     the average rate at each value
figures/moderators_<outcome>          all contrasts; _bubbles what was observed, _partial each
                                      study's own rate in the model, against the covariate
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.questions.moderators.answers import Moderators  # noqa: TC001 - read by the codec
from metaprop.reporting.names import slug
from metaprop.reporting.records import SCHEMA, read_record, write_record
from metaprop.reporting.tables import Cell, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from metaprop.questions.moderators.answers import Difference

CONTRASTS = (
    *("outcome", "model", "covariate", "unit", "studies", "left_out", "lower", "upper"),
    *("median", "low", "high", "level", "probability_upper_is_higher", "error"),
    *("prior_low", "prior_high", "start", "prior_reach_low", "prior_reach_high", "learnt"),
    *("r_hat", "ess_bulk", "ess_tail", "divergences"),
)
LEVELS = (
    *("outcome", "model", "covariate", "unit", "at", "studies", "patients", "estimand"),
    *("mean", "median", "low", "high", "level", "error", "threshold", "probability_above"),
)


@dataclass(frozen=True, slots=True)
class ModeratorsRecord:
    """The meta-regressions of one outcome, as stored."""

    schema: int
    dataset: str
    found: Moderators


def fill_moderators(found: Sequence[Moderators], dataset: str, folder: Path) -> None:
    """Write records, tables and figures into an existing folder of results."""
    for one in found:
        path = folder / "moderators" / f"{slug(one.outcome)}.json"
        write_record(path, ModeratorsRecord(SCHEMA, dataset, one))
    write_moderator_figures(found, folder / "figures")
    tables = folder / "tables"
    write_csv(tables / "meta_regression.csv", CONTRASTS, contrast_rows(found))
    write_csv(tables / "meta_regression_levels.csv", LEVELS, level_rows(found))


def read_moderators(folder: Path, outcomes: Sequence[str]) -> tuple[Moderators, ...]:
    """Return the meta-regressions that stand in a folder of results, by the order of outcomes.

    Raises
    ------
    DatasetError
        If a file is damaged or of another schema.
    """
    paths = (folder / "moderators" / f"{slug(outcome)}.json" for outcome in outcomes)
    return tuple(read_record(path, ModeratorsRecord).found for path in paths if path.exists())


def contrast_rows(found: Sequence[Moderators]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for every two values that were compared; differences are of rates."""
    for one in found:
        for answer in one.answers:
            mixed = answer.diagnostics
            sizes = (mixed.r_hat, mixed.bulk, mixed.tail, mixed.divergences)
            head = (one.outcome, one.model, answer.covariate, answer.unit)
            for contrast in answer.contrasts:
                prior = _ends(contrast.prior)
                yield (
                    *(*head, len(answer.studies), "; ".join(answer.left_out)),
                    *(contrast.lower, contrast.upper),
                    *(contrast.difference.quantiles[1].value.value, *_ends(contrast.difference)),
                    one.level,
                    contrast.difference.above_zero.value,
                    contrast.difference.above_zero.error,
                    *(*prior, contrast.start, contrast.reach_low, contrast.reach_high),
                    *(contrast.learnt, *sizes),
                )


def _ends(difference: Difference) -> tuple[float, float]:
    return difference.quantiles[0].value.value, difference.quantiles[2].value.value


def level_rows(found: Sequence[Moderators]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each value of a covariate and threshold."""
    for one in found:
        for answer in one.answers:
            for level in answer.levels:
                rate = level.average
                counts = (level.studies or None, level.patients or None)
                where = (one.outcome, one.model, answer.covariate, answer.unit, level.label)
                ends = (rate.interval.low, rate.interval.high, one.level, rate.mean.error)
                row = (*where, *counts, rate.estimand, rate.mean.value, rate.median.value, *ends)
                yield (*row, None, None)
                for entry in rate.above:
                    yield (*row, entry.above, entry.probability.value)


def write_moderator_figures(found: Sequence[Moderators], folder: Path) -> None:
    """Draw three figures for each outcome into an existing folder."""
    from metaprop.reporting.figures.covariates import save_covariates
    from metaprop.reporting.figures.moderators import save_moderators

    for one in found:
        if one.answers:
            stem = f"moderators_{slug(one.outcome)}"
            save_moderators(one, folder, stem)
            save_covariates(one, folder, f"{stem}_bubbles", "observed")
            save_covariates(one, folder, f"{stem}_partial", "own")
