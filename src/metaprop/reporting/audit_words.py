"""What an audit says, in words: a headline, a row for each claim, the findings in three groups.

Plain functions of an ``Audit``, as ``reporting.audit.read_audit`` reads it back from ``audit.json``
(or ``read_record(path, AuditRecord)``), for every page that tells it:

``headline``        one sentence for a title
``opening``         what was done, what it found, and what it cannot say: a few sentences
``claim_rows``      one ``ClaimRow`` for each published line
``finding_groups``  claims, tables, arithmetic: what is told of each, the most telling first
``VERDICTS``, ``SURENESS``  what the words in these rows mean, for the foot of a table

Labels and sentences hold what a user typed (names of studies and outcomes), on one line and without
control characters: whoever writes HTML, Typst or LaTeX of them escapes them there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.core.wording import counted, listed, number, percent
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.audit.records import (
        Audit,
        Check,
        Finding,
        LineAudit,
        Number,
        Shown,
        Sureness,
        Verdict,
    )

Topic = Literal["claims", "tables", "arithmetic"]

VERDICTS: dict[Verdict, str] = {
    "reproduced": "print follows from, or agrees with, what it is held against",
    "reproduced with a setting": "it does under choices that print does not name",
    "cannot be checked": "too little is in print to tell",
    "not reproduced": "by none of the ways that were tried",
    "impossible": "no counts can give it",
}
"""What each verdict means, best first."""
SURENESS: dict[Sureness, str] = {
    "certain": "arithmetic",
    "strong": "many printed digits agree or disagree",
    "weak": "few digits do, or the check leans on an assumption that its sentence names",
}
"""What each degree of sureness means."""
TOPICS: dict[Topic, tuple[str, tuple[Check, ...]]] = {
    "claims": (
        "Published rates and intervals",
        (
            *("order of the limits", "zero events", "settings", "prediction interval"),
            *("information", "safeguard", "correction", "raw rate", "heterogeneity"),
            *("symmetry", "typing error", "selection model", "reconstruction"),
        ),
    ),
    "tables": (
        "Tables and references",
        (
            *("references", "eligibility", "listing", "primary reports", "quality score"),
            "flow of records",
        ),
    ),
    "arithmetic": (
        "What has to add up",
        (
            *("whole numbers", "sums", "complement", "numbers of studies", "means"),
            *("printed twice", "parts and whole"),
        ),
    ),
}
"""The title of each group and its checks, the most telling first."""
BRIEF: dict[Check, str] = {
    "settings": "no way to pool gives it",
    "typing error": "one typing error would make it fit",
    "zero events": "as if no event anywhere",
    "order of the limits": "estimate outside its limits",
    "raw rate": "crude rate outside the interval",
    "symmetry": "interval fits no usual scale",
    "information": "narrower than its patients allow",
    "heterogeneity": "I2 and P of more or fewer studies",
    "reconstruction": "counts that come near it",
    "prediction interval": "prediction interval of no usual kind",
    "safeguard": "narrower than that of a common rate",
    "correction": "more events added than seen",
    "selection model": "P belongs to another correction",
    "complement": "with its complement not 100 %",
    "parts and whole": "parts against the whole",
    "listing": "more studies listed than events",
    "whole numbers": "percent of no whole number",
    "sums": "events do not add up",
    "means": "mean of its column",
    "numbers of studies": "number of studies",
    "quality score": "quality scores",
    "flow of records": "flow of records",
    "references": "references",
    "eligibility": "not what the criterion says",
    "printed twice": "printed as two numbers",
    "primary reports": "a study's own report differs",
}
"""What a finding that is told is called in a few words, where a figure has no room for more."""


FEW = 3
"""Lines that are named in a headline; of more it tells how many."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One published line.

    ``printed`` is the line as in print, ``recomputed`` the same of the setting that gives it, or of
    the nearest (``by``, in words), ``raw`` all events over all patients: "" where no counts are
    known. ``checked`` says how much was tried. ``sentence`` is the most telling finding, ``sure``
    how sure that is, ``more`` the sentences of the others that are told, and of the
    reconstruction. ``alarm`` is whether anything does not fit.
    """

    outcome: str
    label: str
    source: str
    printed: str
    recomputed: str
    by: str
    raw: str
    verdict: Verdict
    alarm: bool
    checked: str
    sure: Sureness
    sentence: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding: what it is about and where that stands, its verdict, sentence and numbers.

    ``numbers`` are sentences such as ``patients implied: 332``; what print has stands behind each.
    """

    about: str
    source: str
    check: Check
    verdict: Verdict
    alarm: bool
    sure: Sureness
    sentence: str
    numbers: tuple[str, ...]
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one topic: ``told`` deserve a reader's eye; ``quiet`` counts the others."""

    topic: Topic
    title: str
    told: tuple[FindingRow, ...]
    quiet: str


def headline(audit: Audit) -> str:
    """Return what an audit found, in one sentence without a full stop."""
    alarms = sum(any(found.alarm for found in line.findings) for line in audit.lines)
    has = "has" if alarms == 1 else "have"
    lines = "line" if len(audit.lines) == 1 else "lines"
    first = _recomputed([line for line in audit.lines if line.recomputed is not None])
    return f"{first}; {alarms} of {len(audit.lines)} {lines} {has} something that does not fit"


def _recomputed(known: Sequence[LineAudit]) -> str:
    """Return which of the lines with known counts can be reproduced: by name, if they are few."""
    shown = [line for line in known if line.verdict.startswith("reproduced")]
    if not known:
        return "No line could be recomputed from counts"
    if len(known) > FEW:
        return f"{len(shown)} of {len(known)} lines with known counts can be reproduced"
    fine = listed([printable(line.label) for line in shown])
    other = listed([printable(line.label) for line in known if line not in shown])
    if not shown:
        return f"{other} cannot be reproduced from counts"
    rest = f", {other[:1].lower()}{other[1:]} cannot" if other else ""
    return f"{fine} can be reproduced from counts{rest}"


def opening(audit: Audit) -> tuple[str, ...]:
    """Return what was done, what is most telling of a claim, and what no audit can say."""
    claims = counted(len(audit.lines), "published line", "published lines")
    checks = counted(len(audit.findings), "check", "checks")
    tried = f"; counts were pooled in {audit.settings_tried:,} ways" if audit.settings_tried else ""
    alarms = sum(found.alarm for found in audit.findings)
    fit = "does not fit" if alarms == 1 else "do not fit"
    sentences = [f"{claims} and the tables were held against the evidence by {checks}{tried}."]
    sentences.append(f"{alarms} of the checks {fit}.")
    told = [(line, found) for line in audit.lines for found in line.findings if _is_told(found)]
    if told:
        line, found = min(told, key=lambda pair: telling(pair[1]))
        sentences.append(f"Most telling: {printable(line.label)}. {printable(found.sentence)}")
    sentences.append(
        "A check compares numbers and knows no reasons: a line that is not reproduced may have "
        "been pooled in a way that was not tried."
    )
    return tuple(sentences)


def claim_rows(audit: Audit) -> tuple[ClaimRow, ...]:
    """Return one row for each published line, in the order of print."""
    return tuple(_claim_row(line, audit.settings_tried) for line in audit.lines)


def finding_groups(audit: Audit) -> tuple[FindingGroup, ...]:
    """Return the findings by topic, the most telling first; a topic without any is left out."""
    labels = {line.outcome: line.label for line in audit.lines}
    found = []
    for topic, (title, checks) in TOPICS.items():
        own = [one for one in audit.findings if one.check in checks]
        told = sorted(filter(_is_told, own), key=telling)
        rest = len(own) - len(told)
        quiet = f"{counted(rest, 'more check', 'more checks')} found nothing to tell"
        rows = tuple(_finding_row(one, labels.get(one.about, one.about)) for one in told)
        if own:
            found.append(FindingGroup(topic, title, rows, f"{quiet}." if rest else ""))
    return tuple(found)


def telling(found: Finding) -> tuple[int, int, int]:
    """Return a key that sorts the most telling first: worst verdict, surest, by kind of check."""
    rank = {"impossible": 0, "not reproduced": 1}.get(found.verdict, 2 if found.notable else 3)
    return rank, list(SURENESS).index(found.sure), _PLACES[found.check]


def _is_told(found: Finding) -> bool:
    return found.alarm or found.notable


def brief(line: LineAudit) -> tuple[str, ...]:
    """Return what does not fit a line in a few words each, else what deserves a look.

    Settings are left out: the verdict says the same.
    """
    ordered = sorted(line.findings, key=telling)
    alarms = [found for found in ordered if found.alarm]
    looks = [found for found in ordered if found.notable]
    told = [found for found in alarms or looks if found.check != "settings"]
    return tuple(dict.fromkeys(BRIEF[found.check] for found in told))


def verdict_words(line: LineAudit) -> str:
    """Return the verdict on a line, for a label: without counts, that these are not in print."""
    unknown = line.recomputed is None and line.verdict == "cannot be checked"
    return "Counts not in print" if unknown else line.verdict.capitalize()


def _claim_row(line: LineAudit, tried: int) -> ClaimRow:
    told = sorted(filter(_is_told, line.findings), key=telling)
    first = told[0] if told else _settled(line.findings)
    checks = counted(len(line.findings), "check", "checks")
    known = line.recomputed is not None
    how = f"{tried:,} ways to pool its counts" if known else "counts are not known"
    return ClaimRow(
        outcome=line.outcome,
        label=printable(line.label),
        source=printable(line.source),
        printed=line.line,
        recomputed="" if line.recomputed is None else _shown(line.recomputed),
        by=line.by,
        raw="" if line.raw_rate is None else percent(line.raw_rate),
        verdict=line.verdict,
        alarm=any(found.alarm for found in line.findings),
        checked=f"{checks}; {how}",
        sure=first.sure if first else "certain",
        sentence=printable(first.sentence) if first else "Nothing of it could be checked.",
        more=tuple(printable(found.sentence) for found in (*told[1:], *_rebuilt(line.findings))),
    )


def _settled(findings: Sequence[Finding]) -> Finding | None:
    """Return the finding that gives a line its verdict where nothing is told; None without any."""
    own = [found for found in findings if found.check == "settings"]
    return (own or [None, *findings][-1:])[0]


def _rebuilt(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what counts that come near a line add up to, where that is all that can be said."""
    yield from (one for one in findings if one.check == "reconstruction" and not _is_told(one))


def _shown(shown: Shown) -> str:
    values = [f"{100 * value:.1f}" for value in (shown.estimate, shown.low, shown.high)]
    return f"{values[0]} % [{values[1]}, {values[2]}]"


def _finding_row(found: Finding, about: str) -> FindingRow:
    return FindingRow(
        about=printable(about),
        source=printable(found.source),
        check=found.check,
        verdict=found.verdict,
        alarm=found.alarm,
        sure=found.sure,
        sentence=printable(found.sentence),
        numbers=tuple(_numbers(found.numbers)),
        settings=found.settings,
    )


def _numbers(numbers: Sequence[Number]) -> Iterator[str]:
    for one in numbers:
        if one.value == one.value:  # NaN is none
            printed = f" (print has {one.printed})" if one.printed else ""
            yield f"{one.name}: {_value(one)}{printed}"


def _value(one: Number) -> str:
    if one.unit == "count":
        return f"{one.value:,.0f}"
    return percent(one.value) if one.unit == "rate" else number(one.value)


_PLACES = {
    check: place
    for place, check in enumerate(check for _, checks in TOPICS.values() for check in checks)
}
