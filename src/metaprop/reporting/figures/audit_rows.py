"""What the figure of an audit shows, prepared: texts, marks in [0, 1], places in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.reporting.audit_words import brief, headline, verdict_words
from metaprop.reporting.figures.style import (
    MARGIN,
    PAGE_WIDTH,
    SMALL,
    RateAxis,
    rate_axis,
    wrapped,
)
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.audit.records import Audit, LineAudit, Verdict

Kind = Literal["printed", "recomputed", "bayesian", "raw"]

NAMES, AXIS, AXIS_END, VERDICTS = MARGIN, 47.0, 128.0, PAGE_WIDTH - MARGIN
"""Left edge of the names, both ends of the axis, right edge of the verdicts, mm."""
STEP = 2.6
"""From one mark of a claim to the next, mm."""
GAP = 2.6
"""Between claims, mm."""
HINTING = 4.0
"""By which a long line may be wider on a coarse screen than its letters are, mm."""
REMARK_WIDTH = VERDICTS - AXIS_END - 5.0
UNTOLD = "fits as far as print tells"
"""Of a line without counts in which no check found anything."""
MOST_PHRASES = 4
"""Of what does not fit a claim."""


@dataclass(frozen=True, slots=True)
class BayesianLine:
    """An answer of a Bayesian engine to one outcome: median and interval, rates in [0, 1]."""

    outcome: str
    family: str
    median: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class AuditMark:
    """One estimate with its interval, rates in [0, 1]; ``y`` is mm below the top of its claim."""

    kind: Kind
    centre: float
    low: float
    high: float
    y: float
    family: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One claim: its name and line, its marks, and what was found, in lines of text.

    ``found`` is the verdict as a label.
    """

    name: tuple[str, ...]
    line: str
    marks: tuple[AuditMark, ...]
    found: str
    verdict: Verdict
    remark: tuple[str, ...]
    alarm: bool
    height: float


@dataclass(frozen=True, slots=True)
class AuditFigure:
    """The prepared figure; ``kinds`` are the marks that occur, for the key."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    rows: tuple[AuditRow, ...]
    axis: RateAxis
    kinds: tuple[Kind, ...]
    families: tuple[str, ...]


def prepare_audit(audit: Audit, bayesian: Sequence[BayesianLine] = ()) -> AuditFigure:
    """Return what the figure of an audit shows."""
    rows = tuple(_row(line, bayesian) for line in audit.lines)
    marks = [mark for row in rows for mark in row.marks]
    values = [v for mark in marks for v in (mark.centre, mark.low, mark.high) if np.isfinite(v)]
    width = PAGE_WIDTH - 2 * MARGIN
    kinds = tuple(dict.fromkeys(mark.kind for mark in marks))
    order: tuple[Kind, ...] = ("printed", "recomputed", "bayesian", "raw")
    return AuditFigure(
        title=wrapped(headline(audit), width - HINTING, 10.0, True),  # noqa: FBT003 - bold, as titles are
        subtitle=wrapped(_subtitle(audit, bool(bayesian)), width - HINTING, SMALL),
        rows=rows,
        axis=rate_axis(values or [0.0, 1.0]),
        kinds=tuple(kind for kind in order if kind in kinds),
        families=tuple(dict.fromkeys(mark.family for mark in marks if mark.family)),
    )


def _subtitle(audit: Audit, bayesian: bool) -> str:  # noqa: FBT001 - whether any is drawn
    level = {line.level for line in audit.lines}
    told = [f"{100 * level.pop():g} % intervals." if len(level) == 1 else "Intervals as printed."]
    if audit.settings_tried:
        told.append(
            f"Recomputed: of {audit.settings_tried:,} ways to pool, the one that shows the line, "
            "or the nearest. Crude rate: all events over all patients."
        )
    if bayesian:
        told.append("Bayesian: average rate, from what is known of the counts.")
    return " ".join(told)


def _row(line: LineAudit, bayesian: Sequence[BayesianLine]) -> AuditRow:
    name = wrapped(shorten(printable(line.label)), AXIS - NAMES - 4.0, 7.5, True)  # noqa: FBT003 - bold
    marks = tuple(_marks(line, bayesian))
    remark = _remark(line)
    height = max(STEP * len(marks), 3.4 * (len(name) + 1), 3.4 * (len(remark) + 1)) + GAP
    alarm = any(found.alarm for found in line.findings)
    return AuditRow(
        name, line.line, marks, verdict_words(line), line.verdict, remark, alarm, height
    )


def _marks(line: LineAudit, bayesian: Sequence[BayesianLine]) -> list[AuditMark]:
    printed = line.printed
    found = [AuditMark("printed", printed.estimate, printed.low, printed.high, 0.0)]
    if line.recomputed is not None:
        again = line.recomputed
        found.append(AuditMark("recomputed", again.estimate, again.low, again.high, STEP))
    for one in bayesian:
        if one.outcome == line.outcome:
            place = STEP * len(found)
            mark = AuditMark("bayesian", one.median, one.low, one.high, place, one.family)
            found.append(mark)
    if line.raw_rate is not None:
        rate = line.raw_rate
        found.append(AuditMark("raw", rate, float("nan"), float("nan"), STEP * len(found)))
    return found


def _remark(line: LineAudit) -> tuple[str, ...]:
    """Return what does not fit, else what deserves a look, in a few words each."""
    phrases = brief(line) or ((UNTOLD,) if line.recomputed is None else ())
    told, more = phrases[:MOST_PHRASES], len(phrases) - MOST_PHRASES
    rest = [f"and {more} more"] if more > 0 else []
    lines = [wrapped(f"{phrase[0].upper()}{phrase[1:]}", REMARK_WIDTH, SMALL) for phrase in told]
    return tuple(part for one in (*lines, rest) for part in one)
