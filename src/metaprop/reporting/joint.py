"""What a folder of results holds of the joint model: records, tables and a figure for each fit.

joint/<group>/<model>[_without_consequences].json   every number
tables/joint.csv, joint_comparisons.csv             rates and ranks; P(one type above another)
tables/joint_shrinkage.csv                          each type against its own separate fit
figures/joint_<group>[_without_consequences]        the same as a picture
figures/joint_ranks_<group>[_without_consequences]  how probable each rank of each type is
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.questions.joint_answers import JointAnswer  # noqa: TC001 - read by the codec
from metaprop.reporting.joint_shift import SHIFTS, shift_rows
from metaprop.reporting.names import slug
from metaprop.reporting.records import SCHEMA, read_record, write_record
from metaprop.reporting.tables import Cell, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from metaprop.questions.answers import Analysis

WITHOUT = "_without_consequences"
RATES = (
    *("group", "fit", "outcome", "estimand", "mean", "median", "low", "high", "level", "error"),
    *("threshold", "probability_above", "probability_error", "mean_rank", "most_frequent"),
)
COMPARISONS = ("group", "fit", "outcome", "other", "probability_more_frequent", "error")


@dataclass(frozen=True, slots=True)
class JointRecord:
    """One fit of the joint model, as stored."""

    schema: int
    dataset: str
    answer: JointAnswer


def fit_name(answer: JointAnswer) -> str:
    """Return what tells the fits of a group apart: with and without consequences."""
    return f"{answer.model}{WITHOUT}" if answer.left_out else answer.model


def stem_of(answer: JointAnswer) -> str:
    """Return what the names of a fit's figures end with."""
    return f"{slug(answer.group)}{WITHOUT if answer.left_out else ''}"


def joint_file(folder: Path, answer: JointAnswer) -> Path:
    """Return where one fit is stored."""
    return folder / "joint" / slug(answer.group) / f"{slug(fit_name(answer))}.json"


def fill_joint(answers: Sequence[JointAnswer], analysis: Analysis, folder: Path) -> None:
    """Write records, tables and figures of the joint model into an existing folder of results."""
    from metaprop.reporting.figures.joint import save_joint
    from metaprop.reporting.figures.joint_ranks import save_joint_ranks

    for answer in answers:
        path = joint_file(folder, answer)
        write_record(path, JointRecord(SCHEMA, analysis.dataset, answer))
        save_joint(answer, folder / "figures", f"joint_{stem_of(answer)}")
        save_joint_ranks(answer, folder / "figures", f"joint_ranks_{stem_of(answer)}")
    write_csv(folder / "tables" / "joint.csv", RATES, rate_rows(answers))
    write_csv(folder / "tables" / "joint_comparisons.csv", COMPARISONS, comparison_rows(answers))
    named = [(fit_name(answer), answer) for answer in answers]
    write_csv(folder / "tables" / "joint_shrinkage.csv", SHIFTS, shift_rows(analysis, named))


def read_joint(folder: Path) -> tuple[JointAnswer, ...]:
    """Return the fits of the joint model that stand in a folder of results.

    Raises
    ------
    DatasetError
        If a file is damaged or of another schema.
    """
    paths = sorted((folder / "joint").glob("*/*.json"))
    return tuple(read_record(path, JointRecord).answer for path in paths)


def rate_rows(answers: Sequence[JointAnswer]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each rate and threshold; ``most_frequent`` is the probability of rank 1."""
    for answer in answers:
        for one in answer.types:
            for summary in (one.average, one.new_study):
                interval = summary.interval
                ends = (interval.low, interval.high, interval.level, summary.mean.error)
                numbers = (summary.mean.value, summary.median.value, *ends)
                for entry in summary.above:
                    chance = (entry.above, entry.probability.value, entry.probability.error)
                    head = (answer.group, fit_name(answer), one.id, summary.estimand)
                    yield (*head, *numbers, *chance, one.mean_rank, one.ranks[0])


def comparison_rows(answers: Sequence[JointAnswer]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each ordered pair of types."""
    for answer in answers:
        for one, row in zip(answer.types, answer.more_frequent, strict=True):
            for other, chance in zip(answer.types, row, strict=True):
                if one.id != other.id:
                    where = (answer.group, fit_name(answer), one.id, other.id)
                    yield (*where, chance.value, chance.error)
