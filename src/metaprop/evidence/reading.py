"""Another reading of the same evidence: what it assumes, and the data set that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from metaprop.evidence.studies import Studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaprop.evidence.counts import Count
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.folder import Basis


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known about one study: a count out of ``total`` patients (at least 1)."""

    count: Count
    total: int
    source: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Override:
    """A cell that stands in place of the data set's, as long as that still says ``replaces``.

    Where ``replaces`` is None the override always stands. Else a count that has been looked up
    since is not taken back by a reading that was written before.
    """

    outcome: str
    study: str
    cell: Cell
    replaces: Count | None = None


@dataclass(frozen=True, slots=True)
class TotalOverride:
    """A known total in place of an outcome's own; None says that none is known."""

    outcome: str
    known_total: Count | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: a sentence that says what it assumes, and what it changes.

    ``outcomes`` are those that it touches, in the order of the passport. ``left_out`` are studies
    that leave the outcomes of ``left_out_of``. A reading that keeps one study of several is one
    reading for each ``choice`` of the study kept, all with the same ``id``.

    The last two fields are assumptions about rates, not about counts, so that ``apply`` leaves
    them alone: in studies that do not report an outcome the odds of an event are
    ``unreported_odds`` times those in studies that do; studies with the same cell in the column
    ``shared_effect`` resemble each other more than others.
    """

    id: str
    sentence: str
    outcomes: tuple[str, ...]
    overrides: tuple[Override, ...] = ()
    totals: tuple[TotalOverride, ...] = ()
    left_out: tuple[str, ...] = ()
    left_out_of: tuple[str, ...] = ()
    choice: str | None = None
    unreported_odds: float = 1.0
    shared_effect: str | None = None

    def apply(self, dataset: Dataset) -> Dataset:
        """Return the data set under this reading; outcomes that it does not have are passed over.

        Raises
        ------
        TableError
            If a known total is out of reach of the counts, or no study is left.
        """
        outcomes = {
            key: self._read(outcome) if key in self.outcomes else outcome
            for key, outcome in dataset.outcomes.items()
        }
        return replace(dataset, outcomes=MappingProxyType(outcomes))

    def standing(self, dataset: Dataset) -> tuple[Override, ...]:
        """Return the overrides that still replace what they were written to replace."""
        found = {key: cells_of(outcome) for key, outcome in dataset.outcomes.items()}
        return tuple(
            override
            for override in self.overrides
            if override.outcome in found and _stands(override, found[override.outcome])
        )

    def _read(self, outcome: Outcome) -> Outcome:
        cells = cells_of(outcome)
        for override in self.overrides:
            if override.outcome == outcome.id and _stands(override, cells):
                cells[override.study] = override.cell
        known = outcome.known_total
        for total in self.totals:
            known = total.known_total if total.outcome == outcome.id else known
        studies = Studies.of(
            tuple(cells),
            [cell.count for cell in cells.values()],
            [cell.total for cell in cells.values()],
            known_total=known,
        )
        kept = [outcome.id not in self.left_out_of or name not in self.left_out for name in cells]
        rest = [cell for cell, keep in zip(cells.values(), kept, strict=True) if keep]
        return replace(
            outcome,
            studies=studies if all(kept) else studies.where(kept),
            sources=tuple(cell.source for cell in rest),
            bases=tuple(cell.basis for cell in rest),
        )


def cells_of(outcome: Outcome) -> dict[str, Cell]:
    """Return the cells of an outcome by study, in the order of its studies."""
    studies = outcome.studies
    rows = zip(
        studies.names,
        studies.counts,
        studies.totals.tolist(),
        outcome.sources,
        outcome.bases,
        strict=True,
    )
    return {name: Cell(*cell) for name, *cell in rows}


def _stands(override: Override, cells: Mapping[str, Cell]) -> bool:
    if override.replaces is None:
        return True
    return override.study in cells and cells[override.study].count == override.replaces
