"""What the outcomes of a data set must agree on: known totals, groups, and supersets of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from metaprop.core.errors import Problem
from metaprop.evidence.counts import Count
from metaprop.evidence.faults import shown
from metaprop.evidence.folder import PASSPORT
from metaprop.evidence.known_total import Cover, read_known_total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.evidence.folder import Evidence, Folder
    from metaprop.evidence.passport import OutcomeEntry
    from metaprop.evidence.studies import Studies


class Grouped(Protocol):
    """What an outcome says of its place among the others."""

    @property
    def group(self) -> str | None:
        """The group that it belongs to."""

    @property
    def any_of(self) -> str | None:
        """The group that it is the superset of."""


def with_known_totals(
    folder: Folder, described: Mapping[str, OutcomeEntry], evidence: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Return the evidence with each known total, held against the counts and given a source."""
    found = dict(evidence)
    for key, entry in described.items():
        if (entry.known_total is None) != (entry.known_total_source is None):
            what = "known_total and known_total_source belong together"
            remedy = "Give both: the number, and where it stands and how it is read"
            folder.faults.add(what, _place(folder, key), remedy)
        if entry.known_total is None or key not in evidence:
            continue
        studies = evidence[key].studies
        cover = Cover.of(studies.low, studies.high, studies.totals)
        place = _place(folder, key, "known_total")
        known = read_known_total(entry.known_total, cover, folder.faults, place)
        found[key] = replace(evidence[key], studies=studies.with_known_total(known))
    return found


def check_groups(folder: Folder, described: Mapping[str, OutcomeEntry]) -> None:
    """Note groups of one, which are most often misspelt, and keys that need a group."""
    sizes = Counter(entry.group for entry in described.values() if entry.group is not None)
    names = ", ".join(sorted(sizes)) or "none"
    for key, entry in described.items():
        if entry.group is not None and sizes[entry.group] == 1:
            what = f"the outcome is alone in the group {shown(entry.group)}"
            remedy = f"Spell it like the others' (groups are {names}), or take it out"
            folder.faults.add(what, _place(folder, key, "group"), remedy)
        if entry.consequence and entry.group is None:
            what = "a consequence of others is in no group with them"
            folder.faults.add(what, _place(folder, key, "consequence"), "Give it their group")
        if entry.any_of is not None and entry.any_of not in sizes:
            what = f"no group is called {shown(entry.any_of)}"
            remedy = f"Name a group of outcomes (groups are {names})"
            folder.faults.add(what, _place(folder, key, "any_of"), remedy)
        if entry.any_of is not None and entry.group is not None:
            what = "the superset of a group is in a group itself"
            remedy = "Take out group: beside its parts it would count them twice"
            folder.faults.add(what, _place(folder, key, "group"), remedy)


def superset_problems(
    described: Mapping[str, Grouped], studies: Mapping[str, Studies], where: str
) -> Iterator[Problem]:
    """Yield a fault for each count of a superset that contradicts the counts of its parts."""
    for key, outcome in described.items():
        members = [name for name, other in described.items() if other.group == outcome.any_of]
        if outcome.any_of is None or not {key, *members} <= set(studies):
            continue
        mine = studies[key]
        spans = supersets_of(mine, [studies[name] for name in members])
        for name, count, allowed in zip(mine.names, mine.counts, spans, strict=True):
            if allowed is not None and (count.high < allowed.low or count.low > allowed.high):
                what = f"{shown(name)} has {count} of {shown(key)}, but its parts allow {allowed}"
                yield Problem(what, where, f"Mend one of them; the parts are {', '.join(members)}")


def supersets_of(studies: Studies, parts: Sequence[Studies]) -> tuple[Count | None, ...]:
    """Return what the counts of its parts say about a superset, for each of its studies.

    At least the largest of the parts' least counts, for all of it may fall on the same patients;
    at most the sum of their largest, which is met where no patient has two. None where a part
    does not cover the study, or covers another number of patients.
    """
    known = [
        {
            (name, total): count
            for name, total, count in zip(
                part.names, part.totals.tolist(), part.counts, strict=True
            )
        }
        for part in parts
    ]
    found = []
    for name, total in zip(studies.names, studies.totals.tolist(), strict=True):
        counts = [cells[name, total] for cells in known if (name, total) in cells]
        low = max((count.low for count in counts), default=0)
        high = min(total, sum(count.high for count in counts))
        found.append(Count(low, high) if len(counts) == len(parts) else None)
    return tuple(found)


def _place(folder: Folder, key: str, field: str | None = None) -> str:
    place = f"{folder.place(PASSPORT)}, key outcomes.{key}"
    return place if field is None else f"{place}.{field}"
