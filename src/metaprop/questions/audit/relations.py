"""Checks between lines: an outcome and its complement, parts and their whole, what is listed."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted, listed
from metaprop.questions.audit.records import Finding, Number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.questions.audit.held import Held


def relation_findings(dataset: Dataset, lines: Sequence[Held]) -> Iterator[Finding]:
    """Yield what lines say of each other."""
    by_outcome = {held.claim.outcome: held for held in lines}
    yield from complements(dataset, by_outcome)
    for group, members in dataset.groups.items():
        parts = [by_outcome[one.id] for one in members if one.id in by_outcome]
        if len(parts) > 1:
            yield from parts_and_whole(dataset, group, parts, by_outcome)
            yield from listing(dataset, group, parts, by_outcome)


def complements(dataset: Dataset, lines: Mapping[str, Held]) -> Iterator[Finding]:
    """Hold the rates of two outcomes together whose counts are events and non-events."""
    known = [one for one in dataset.outcomes.values() if one.studies.exact and one.id in lines]
    for first, second in combinations(known, 2):
        if not _complementary(first, second):
            continue
        a, b = lines[first.id].claim, lines[second.id].claim
        fine = a.estimate.low + b.estimate.low <= 1.0 <= a.estimate.high + b.estimate.high
        total = a.estimate.value + b.estimate.value
        # On the log scale, two lines that settings show need not add up to the whole.
        shown = all(one.match and one.match.found for one in (lines[first.id], lines[second.id]))
        names = f"{first.label} and {second.label.lower()} are events and non-events"
        told = f"{a.estimate} % and {b.estimate} % add up to {100 * total:.1f} %"
        tail = "as they must" if fine else "not to the whole"
        sentence = (
            f"{names} of the same patients; {told}, {tail}, if both are pooled by one setting "
            "(on the log scale they need not)."
        )
        yield Finding(
            second.id,
            b.source,
            "complement",
            "reproduced" if fine or shown else "not reproduced",
            "strong",
            sentence,
            (Number("sum of the two rates", "", total, "number"),),
        )


def _complementary(first: Outcome, second: Outcome) -> bool:
    a, b = first.studies, second.studies
    return a.names == b.names and bool(np.array_equal(a.events + b.events, a.totals))


def parts_and_whole(
    dataset: Dataset, group: str, parts: Sequence[Held], lines: Mapping[str, Held]
) -> Iterator[Finding]:
    """Hold the rates of the parts against that of their whole."""
    for outcome in dataset.outcomes.values():
        whole = lines.get(outcome.id)
        if outcome.any_of != group or whole is None:
            continue
        total = sum(part.claim.estimate.value for part in parts)
        rate = whole.claim.estimate
        larger = [part.label for part in parts if part.claim.estimate.low > rate.high]
        short = total + sum(part.claim.estimate.step for part in parts) < rate.low
        sentence = (
            f"The {len(parts)} rates of its parts add up to {100 * total:.1f} %, against "
            f"{rate} % for {outcome.label.lower()}: a patient may have several."
        )
        if larger:
            told = listed([name.lower() for name in larger])
            sentence += f" The rate of {told} is above that of the whole."
        if short:
            sentence = f"The rates of the parts add up to less than the whole: {100 * total:.1f} %."
        yield Finding(
            outcome.id,
            whole.claim.source,
            "parts and whole",
            "not reproduced" if larger or short else "reproduced",
            "weak",
            sentence,
            (Number("sum of the parts' rates", "", total, "number"),),
            notable=total > 1.0 or total > 2.0 * rate.value,
        )


def listing(
    dataset: Dataset, group: str, parts: Sequence[Held], lines: Mapping[str, Held]
) -> Iterator[Finding]:
    """Hold the studies named beside the parts against the events of the whole, and the counts."""
    pairs = sum(len(part.claim.listed) for part in parts)
    if not pairs:
        return
    yield from _pairs_and_events(dataset, group, pairs, lines)
    yield from _unlisted(dataset, group, parts)
    for part in parts:
        yield from _listed_and_counted(part)


def _pairs_and_events(
    dataset: Dataset, group: str, pairs: int, lines: Mapping[str, Held]
) -> Iterator[Finding]:
    for outcome in dataset.outcomes.values():
        whole = lines.get(outcome.id)
        events = None if whole is None else whole.claim.events_total
        if outcome.any_of != group or whole is None or events is None:
            continue
        fine = events >= pairs
        tail = (
            "which so many events can be"
            if fine
            else "more than the events, if each study named has one; as patients with any of them, "
            "the total can stand"
        )
        sentence = (
            f"{pairs} pairs of a study and a part are listed, against {events} events printed: "
            f"{tail}."
        )
        yield Finding(
            outcome.id,
            whole.claim.source,
            "listing",
            "reproduced" if fine else "not reproduced",
            "weak",
            sentence,
            (
                Number("pairs listed", "", pairs, "count"),
                Number("events", f"{events}", events, "count"),
            ),
            notable=not fine,
        )


def _unlisted(dataset: Dataset, group: str, parts: Sequence[Held]) -> Iterator[Finding]:
    named: set[str] = {name for part in parts for name in part.claim.listed}
    ids = _study_ids(dataset)
    rest = [one for one in ids if one not in named]
    if rest:
        noun = "study" if len(rest) == 1 else "studies"
        sentence = f"Of {counted(len(ids), 'study', 'studies')}, {noun} {listed(rest)} "
        sentence += f"{'is' if len(rest) == 1 else 'are'} named beside none of the {group}."
        number = Number("studies named nowhere", "", len(rest), "count")
        yield Finding(
            *(
                group,
                parts[0].claim.source,
                "listing",
                "reproduced",
                "certain",
                sentence,
                (number,),
            ),
            notable=True,
        )


def _study_ids(dataset: Dataset) -> tuple[str, ...]:
    column = dataset.covariates.get("study_id")
    cells = dataset.study_names if column is None else column.values
    return tuple(cell or "" for cell in cells)


def _listed_and_counted(part: Held) -> Iterator[Finding]:
    """Say whether the studies named are those that have an event, where the counts tell."""
    studies = part.exact
    if studies is None or not part.listed:
        return
    counted_ones = tuple(np.flatnonzero(studies.events > 0).tolist())
    fine = counted_ones == tuple(sorted(part.listed))
    tail = "are those" if fine else "are not those"
    sentence = f"The {len(part.listed)} studies named {tail} with an event in the counts."
    yield Finding(
        part.claim.outcome,
        part.claim.source,
        "listing",
        "reproduced" if fine else "not reproduced",
        "certain",
        sentence,
    )
