"""Numbers that print has in more than one place, held against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.tables import SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.claims import Claim
    from metaprop.evidence.printed import Printed
    from metaprop.evidence.summaries import PrintedSummary
    from metaprop.questions.audit.records import Verdict

_TOUCHING = 1e-9
"""Numbers whose rounding meets at one point only, a half, are two."""
FIELDS = {
    "estimate_percent": ("estimate", "estimate"),
    "ci_low_percent": ("ci_low", "lower limit"),
    "ci_high_percent": ("ci_high", "upper limit"),
    "i2_percent": ("i2", "I2"),
    "q_p_value": ("q_p", "P of Q"),
    "copas_p_value": ("copas_p", "P of the selection model"),
}
"""The field of a claim, and its words, of each of its columns that may be printed again."""


@dataclass(frozen=True, slots=True)
class _Again:
    """One number of a claim and the same elsewhere; ``same`` is whether they can be one."""

    words: str
    same: bool


def printed_twice(
    summaries: Sequence[PrintedSummary], claims: Sequence[Claim]
) -> Iterator[Finding]:
    """Yield whether what is printed in several places can be one number."""
    groups: dict[tuple[tuple[str, ...], str], list[PrintedSummary]] = {}
    for one in summaries:
        if not one.again:
            groups.setdefault((one.columns, one.statistic), []).append(one)
    for (columns, statistic), places in groups.items():
        if len({one.printed.text for one in places}) > 1:
            yield _columns(columns, statistic, places)
    for claim in claims:
        found = [*_claimed(claim, summaries)]
        if found:
            yield _claim(claim, found)


def one_number(printed: Sequence[Printed]) -> bool:
    """Return whether one number rounds to each of several."""
    low, high = max(one.low for one in printed), min(one.high for one in printed)
    return high - low > _TOUCHING


def _columns(columns: tuple[str, ...], statistic: str, places: Sequence[PrintedSummary]) -> Finding:
    fine = one_number([one.printed for one in places])
    told = listed([f"{one.printed} ({one.source})" for one in places])
    tail = "one number rounds to each" if fine else "no one number rounds to each"
    sentence = f"The {statistic} of {listed(columns, 'or')} is printed as {told}: {tail}."
    verdict: Verdict = "reproduced" if fine else "not reproduced"
    about = ", ".join(columns)
    return Finding(about, SUMMARIES, "printed twice", verdict, "certain", sentence)


def _claimed(claim: Claim, summaries: Sequence[PrintedSummary]) -> Iterator[_Again]:
    for one in summaries:
        field, words = FIELDS.get(one.statistic, ("", ""))
        own: Printed | None = getattr(claim, field) if field else None
        if one.columns == (claim.outcome,) and own is not None:
            told = f"{words}, {own} here and {one.printed} elsewhere ({one.source})"
            yield _Again(told, one_number((own, one.printed)))


def _claim(claim: Claim, found: Sequence[_Again]) -> Finding:
    apart = [one.words for one in found if not one.same]
    many = counted(len(found), "number is", "numbers are")
    sentence = f"{many} printed elsewhere, too; one number rounds to each pair."
    if apart:
        sentence = (
            f"{many} printed elsewhere, too; no one number rounds to both: {'; '.join(apart)}."
        )
    verdict: Verdict = "not reproduced" if apart else "reproduced"
    numbers = (
        Number("numbers printed elsewhere, too", "", len(found), "count"),
        Number("numbers that differ", "", len(apart), "count"),
    )
    head = (claim.outcome, claim.source, "printed twice", verdict, "certain", sentence, numbers)
    return Finding(*head)  # type: ignore[arg-type]  # the head's words are of their Literals
