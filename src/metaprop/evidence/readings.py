"""Read the folder ``readings/`` of a data set: every fault of every reading at once.

readings/<id>.toml   the sentence; studies left out; known totals        (required)
readings/<id>.csv    cells, by the columns of counts.csv, and replaces   (where there are any)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from metaprop.core.errors import DatasetError, InputError
from metaprop.core.wording import visible
from metaprop.evidence.coherence import superset_problems
from metaprop.evidence.counts import Count, count_fault, read_count
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.folder import COUNT_COLUMNS, PASSPORT, STUDIES, Folder
from metaprop.evidence.known_total import Cover, read_known_total
from metaprop.evidence.reading import Override, Reading, TotalOverride, cells_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.folder import Evidence
    from metaprop.evidence.reading_head import ReadingHead

READINGS = "readings"
"""The folder beside ``dataset.toml`` that holds them."""
_SCOPED = ("leave_out", "keep_one_of", "silence_is_unknown", "shared_effect")
"""Keys that hold for the outcomes that a reading names."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class ReadReadings:
    """The readings of a data set in the order of their ids, and the SHA-256 of each file read."""

    readings: tuple[Reading, ...]
    hashes: Mapping[str, str]


def read_readings(dataset: Dataset) -> ReadReadings:
    """Return the readings of a data set, none for a plain CSV or where there is no folder.

    Parameters
    ----------
    dataset
        All of it: a reading may speak of every outcome.

    Raises
    ------
    DatasetError
        With every fault of every reading, among them known totals out of reach and supersets
        that contradict their parts under a reading.

    Examples
    --------
    >>> from metaprop import read_dataset
    >>> dataset = read_dataset("data/kalantar2026")
    >>> (reading,) = (r for r in read_readings(dataset).readings if r.id == "all_bones")
    >>> union = reading.apply(dataset).outcomes["union"]
    >>> reading.outcomes, int(union.studies.totals.sum())
    (('union',), 176)
    """
    place = dataset.folder / READINGS
    if PASSPORT not in dataset.hashes or not place.is_dir():
        return ReadReadings((), {})
    folder = Folder(dataset.folder, Faults(visible(place)))
    stems = _stems(place, folder.faults)
    readings = [reading for stem in stems for reading in _Draft(folder, dataset, stem).readings()]
    folder.faults.raise_any(DatasetError)
    return ReadReadings(tuple(readings), dict(sorted(folder.hashes.items())))


def _stems(place: Path, faults: Faults) -> list[str]:
    """Return the ids of the readings in a folder; hidden files are none."""
    try:
        paths = [path for path in place.iterdir() if not path.name.startswith(".")]
    except OSError as fault:
        remedy = "Check its permissions"
        faults.add(f"the folder cannot be read ({fault.strerror})", faults.where, remedy)
        return []
    return sorted({path.stem for path in paths if path.suffix in {".toml", ".csv"}})


class _Draft:
    """One reading while its files are read; its faults go to those of the folder."""

    def __init__(self, folder: Folder, dataset: Dataset, stem: str) -> None:
        self.folder = folder
        self.dataset = dataset
        self.stem = stem
        self.head_file, self.cell_file = (
            str(PurePosixPath(READINGS, stem + suffix)) for suffix in (".toml", ".csv")
        )

    def readings(self) -> Iterator[Reading]:
        """Yield the reading, or one for each choice; none if anything is at fault."""
        before = self.folder.faults.count
        if not _ID.fullmatch(self.stem):
            remedy = "Use small letters, digits and underscores, beginning with a letter"
            self._note(f"{shown(self.stem)} is no name of a reading", remedy)
        head = self.folder.reading_head(self.head_file)
        overrides = self._overrides()
        if head is None or self.folder.faults.count > before:
            return
        self._check_names(head)
        if self.folder.faults.count > before:
            return
        overrides += self._silences(head)
        for reading in self._choices(head, overrides):
            whole = self._with_totals(head, reading)
            if self.folder.faults.count == before:
                self._try(whole)
            if self.folder.faults.count == before:
                yield whole

    def _overrides(self) -> tuple[Override, ...]:
        if not (self.folder.path / self.cell_file).exists():
            return ()
        table = self.folder.table(self.cell_file, COUNT_COLUMNS)
        self.folder.known_studies(table, self.cell_file, self.dataset.study_names)
        rows = self.folder.outcomes(table, tuple(self.dataset.outcomes), self.cell_file)
        asked = {
            (row.cells["outcome"], row.cells["study"]): (row.number, row.cells.get("replaces"))
            for row in table.rows
        }
        return tuple(
            override
            for outcome, evidence in rows.items()
            if outcome in self.dataset.outcomes
            for override in self._overrides_of(outcome, evidence, asked)
        )

    def _overrides_of(
        self,
        outcome: str,
        evidence: Evidence,
        asked: Mapping[tuple[str | None, str | None], tuple[int, str | None]],
    ) -> Iterator[Override]:
        known = cells_of(self.dataset.outcomes[outcome])
        read = replace(
            self.dataset.outcomes[outcome],
            studies=evidence.studies,
            sources=evidence.sources,
            bases=evidence.bases,
        )
        for study, cell in cells_of(read).items():
            row, text = asked[outcome, study]
            patients = known[study].total if study in known else cell.total
            count = None if text is None else read_count(text, patients)
            if text is not None and count is None:
                place = self.folder.place(self.cell_file, row, "replaces")
                self.folder.faults.extend([count_fault(text, patients, place)])
            yield Override(outcome, study, cell, count)

    def _silences(self, head: ReadingHead) -> tuple[Override, ...]:
        """Return a cell that says nothing for each silence that is read as none."""
        scope = head.outcomes or self.dataset.outcomes if head.silence_is_unknown else ()
        return tuple(
            Override(key, study, replace(cell, count=Count(0, cell.total)), cell.count)
            for key in scope
            for study, cell in cells_of(self.dataset.outcomes[key]).items()
            if cell.basis == "silent" and cell.count.high == 0
        )

    def _check_unreported(self, reading: Reading, read: Mapping[str, Outcome]) -> None:
        """Note it where a factor on the odds of unreported cells cannot be told or does nothing."""
        if reading.unreported_odds == 1.0:
            return
        touched = [read[key] for key in reading.outcomes]
        for outcome in touched:
            if outcome.known_total is not None:
                what = f"{outcome.id} has a known total, in which unreported cells have equal odds"
                remedy = f'Take it back: known_total.{outcome.id} = "?"'
                self._note(what, remedy, "unreported_odds")
        if not any(outcome.studies.unreported.any() for outcome in touched):
            what = "no outcome of the reading has a cell that is not reported"
            self._note(what, "Give it such cells (?), or silence_is_unknown", "unreported_odds")

    def _check_names(self, head: ReadingHead) -> None:
        known = self.dataset.outcomes
        for key, names in (("outcomes", head.outcomes or ()), ("known_total", head.known_total)):
            for name in names:
                if name not in known:
                    remedy = f"Use one of {', '.join(known)}"
                    self._note(f"no outcome is called {shown(name)}", remedy, key)
        for key, names in (("leave_out", head.leave_out), ("keep_one_of", head.keep_one_of or ())):
            for name in names:
                if name not in self.dataset.study_names:
                    remedy = f"Write the name as in {STUDIES}"
                    self._note(f"no study is called {shown(name)}", remedy, key)
            for name in sorted({name for name in names if list(names).count(name) > 1}):
                self._note(f"{shown(name)} stands there twice", "Keep one", key)
        if head.shared_effect is not None and head.shared_effect not in self.dataset.covariates:
            what = f"{STUDIES} has no column {shown(head.shared_effect)}"
            self._note(
                what, "Name the column that says which studies belong together", "shared_effect"
            )
        if head.outcomes is not None and not any(getattr(head, key) for key in _SCOPED):
            what = f"outcomes says where {', '.join(_SCOPED)} hold, but none is given"
            self._note(what, "Give one of them, or take it out", "outcomes")

    def _choices(self, head: ReadingHead, overrides: tuple[Override, ...]) -> Iterator[Reading]:
        every: tuple[str | None, ...] = tuple(head.keep_one_of or (None,))
        for choice in every:
            dropped = [name for name in head.keep_one_of or () if name != choice]
            left_out = tuple(dict.fromkeys([*head.leave_out, *dropped]))
            scope = tuple(head.outcomes or self.dataset.outcomes)
            touched = {override.outcome for override in overrides} | {*head.known_total}
            touched |= {*scope} if left_out or head.shared_effect else set()
            outcomes = tuple(key for key in self.dataset.outcomes if key in touched)
            if not outcomes:
                remedy = "Give it cells, known totals or studies to leave out"
                self._note("the reading changes nothing", remedy)
            yield Reading(
                id=self.stem,
                sentence=head.sentence,
                outcomes=outcomes,
                overrides=overrides,
                left_out=left_out,
                left_out_of=scope if left_out else (),
                choice=choice,
                unreported_odds=head.unreported_odds,
                shared_effect=head.shared_effect,
            )

    def _with_totals(self, head: ReadingHead, reading: Reading) -> Reading:
        """Return the reading with its known totals, held against its own cells."""
        own = tuple(TotalOverride(key, None) for key in head.known_total)
        bare = replace(reading, totals=own, left_out=(), left_out_of=())
        try:
            outcomes = bare.apply(self.dataset).outcomes
        except InputError as error:
            self._extend(error)
            return reading
        totals = []
        for key, text in head.known_total.items():
            studies = outcomes[key].studies
            cover = Cover.of(studies.low, studies.high, studies.totals)
            where = f"{self.folder.place(self.head_file)}, key known_total.{key}"
            known = read_known_total(text, cover, self.folder.faults, where)
            totals.append(TotalOverride(key, known))
        return replace(reading, totals=tuple(totals))

    def _try(self, reading: Reading) -> None:
        """Note what only shows when the reading is applied."""
        try:
            read = reading.apply(self.dataset).outcomes
        except InputError as error:
            self._extend(error)
            return
        self._check_unreported(reading, read)
        studied = {key: outcome.studies for key, outcome in read.items()}
        place = self.folder.place(self.head_file)
        self.folder.faults.extend(superset_problems(read, studied, place))

    def _extend(self, error: InputError) -> None:
        place = self.folder.place(self.head_file)
        problems = (replace(p, where=f"{place}, {p.where}") for p in error.problems)
        self.folder.faults.extend(problems)

    def _note(self, what: str, remedy: str, key: str | None = None) -> None:
        place = self.folder.place(self.head_file)
        self.folder.faults.add(what, place if key is None else f"{place}, key {key}", remedy)
