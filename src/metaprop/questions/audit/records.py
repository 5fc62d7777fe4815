"""What a check found: one frozen record each, in words that say no more than the numbers do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from metaprop.core.methods import Method  # noqa: TC001 - read by the codec at run time

Verdict = Literal[
    "reproduced",
    "reproduced with a setting",
    "cannot be checked",
    "not reproduced",
    "impossible",
]
"""From best to worst. ``reproduced``: print follows from, or agrees with, what it is held against;
``with a setting``: it does under choices that print does not name; ``cannot be checked``: too
little is known; ``not reproduced``: by none of the settings tried; ``impossible``: by no counts."""
ALARMS: frozenset[Verdict] = frozenset({"not reproduced", "impossible"})
"""Verdicts that say that something does not fit."""
Sureness = Literal["certain", "strong", "weak"]
"""``certain``: arithmetic; ``strong``: many printed digits agree or disagree; ``weak``: few do, or
the check leans on an assumption that its sentence names."""
Check = Literal[
    "settings",
    "typing error",
    "zero events",
    "order of the limits",
    "raw rate",
    "symmetry",
    "information",
    "heterogeneity",
    "reconstruction",
    "prediction interval",
    "safeguard",
    "correction",
    "selection model",
    "complement",
    "parts and whole",
    "listing",
    "whole numbers",
    "sums",
    "means",
    "numbers of studies",
    "quality score",
    "flow of records",
    "references",
    "eligibility",
    "printed twice",
    "primary reports",
]
Unit = Literal["rate", "count", "number"]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a finding: as ``printed`` ("" if it is not) and as recomputed.

    ``value`` is a proportion in [0, 1] (unit ``rate``), a whole number (``count``) or a plain one;
    NaN where there is none.
    """

    name: str
    printed: str
    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check.

    ``about`` is the outcome, column or table; ``source`` is where that stands in print;
    ``settings`` are in words. ``notable`` findings deserve a reader's eye, also where nothing
    disagrees.
    """

    about: str
    source: str
    check: Check
    verdict: Verdict
    sure: Sureness
    sentence: str
    numbers: tuple[Number, ...] = ()
    settings: tuple[str, ...] = ()
    notable: bool = False

    @property
    def alarm(self) -> bool:
        """Whether something does not fit."""
        return self.verdict in ALARMS


@dataclass(frozen=True, slots=True)
class Shown:
    """A pooled rate with its interval, proportions in [0, 1]; NaN where there is none."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LineAudit:
    """One claim beside what was recomputed.

    ``recomputed`` is the answer of the setting that shows the claim, or of the nearest one
    (``by``, in words); None without exact counts. ``raw_rate`` is that of exact counts, in [0, 1].
    ``verdict`` is that of the settings, ``cannot be checked`` without exact counts; what other
    checks say stands in ``findings``.
    """

    outcome: str
    label: str
    source: str
    line: str
    level: float
    printed: Shown
    recomputed: Shown | None
    by: str
    raw_rate: float | None
    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """All that was held against the evidence: each claim, then the tables.

    ``settings_tried`` is the number of ways to pool that each claim with exact counts was held
    against; ``methods`` are the checks that ran and have a name or a reference.
    """

    dataset: str
    title: str
    settings_tried: int
    methods: tuple[Method, ...]
    lines: tuple[LineAudit, ...]
    tables: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in the order of print."""
        return (*(found for line in self.lines for found in line.findings), *self.tables)

    @property
    def notable(self) -> tuple[Finding, ...]:
        """The findings that deserve a reader's eye."""
        return tuple(found for found in self.findings if found.notable or found.alarm)

    def finding(self, about: str, check: Check) -> tuple[Finding, ...]:
        """Return what one check found about one outcome, column or table."""
        return tuple(f for f in self.findings if (f.about, f.check) == (about, check))


def line_verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict on a claim: that of the settings, unless no counts can be behind it."""
    if any(found.verdict == "impossible" for found in findings):
        return "impossible"
    own = [found.verdict for found in findings if found.check == "settings"]
    return own[0] if own else "cannot be checked"
