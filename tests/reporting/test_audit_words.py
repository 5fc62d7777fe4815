"""What an audit says, made from its stored record: nothing that is told is lost, worst first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

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
from metaprop.reporting.audit import AuditRecord, read_audit, write_audit
from metaprop.reporting.audit_words import (
    BRIEF,
    SURENESS,
    TOPICS,
    VERDICTS,
    brief,
    claim_rows,
    finding_groups,
    headline,
    opening,
)
from metaprop.reporting.records import read_record

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")
FINE = Finding("oaks", "Table 1", "settings", "reproduced", "strong", "It is there.")
NARROW = Finding(
    *("oaks", "Table 1", "information", "not reproduced", "strong", "So narrow takes 332."),
    numbers=(
        Number("patients implied", "", 332.1, "number"),
        Number("patients", "174", 174.0, "count"),
        Number("raw rate", "", 0.971, "rate"),
        Number("nothing", "", NAN, "rate"),
    ),
)
LOOK = replace(FINE, check="raw rate", verdict="reproduced", sentence="Outside.", notable=True)
SUMS = Finding("n", "Table 1", "sums", "impossible", "certain", "n\x1b does not add up.")


def line(*findings: Finding, known: bool = True) -> LineAudit:
    shown = Shown(0.924, 0.89, 0.948)
    return LineAudit(
        *("oaks", "Oaks\u202e", "Table 1", "92.4 % [89.0, 94.8]", 0.95, shown),
        *(shown if known else None, "logit" if known else "", 0.97 if known else None),
        "reproduced" if known else "cannot be checked",
        findings,
    )


def audit(*lines: LineAudit) -> Audit:
    return Audit("trees", "Trees", 9712, (), lines, (SUMS,))


@pytest.fixture
def stored(tmp_path: Path) -> Audit:
    """Return an audit that was written and read again."""
    write_audit(audit(line(FINE, LOOK, NARROW), line(FINE, known=False)), tmp_path)
    record = read_record(tmp_path / "audit.json", AuditRecord)
    assert str(record.audit) == str(read_audit(tmp_path))
    return record.audit


def test_every_word_of_the_records_is_told() -> None:
    checks = [check for _, own in TOPICS.values() for check in own]
    assert sorted(checks) == sorted(get_args(Check)) == sorted(BRIEF)
    assert list(VERDICTS) == list(get_args(Verdict))
    assert list(SURENESS) == list(get_args(Sureness))


def test_a_claim_is_told_by_its_most_telling_finding(stored: Audit) -> None:
    first, second = claim_rows(stored)
    assert (first.sentence, first.more, first.sure) == (NARROW.sentence, ("Outside.",), "strong")
    assert (first.recomputed, first.raw, first.label) == ("92.4 % [89.0, 94.8]", "97.0 %", "Oaks")
    assert first.checked == "3 checks; 9,712 ways to pool its counts"
    assert (second.sentence, second.recomputed, second.raw) == ("It is there.", "", "")
    assert (first.alarm, second.alarm) == (True, False)


def test_findings_stand_in_groups_worst_first(stored: Audit) -> None:
    claims, arithmetic = finding_groups(stored)
    assert [row.check for row in claims.told] == ["information", "raw rate"]
    assert claims.quiet == "2 more checks found nothing to tell."
    assert [row.sentence for row in arithmetic.told] == ["n does not add up."]
    assert arithmetic.quiet == ""
    assert claims.told[0].numbers == (
        "patients implied: 332",
        "patients: 174 (print has 174)",
        "raw rate: 97.1 %",
    )


def test_the_headline_counts_and_the_opening_tells_the_worst(stored: Audit) -> None:
    assert headline(stored) == (
        "Oaks can be reproduced from counts; 1 of 2 lines has something that does not fit"
    )
    other = replace(line(NARROW), verdict="not reproduced", label="Elms")
    known = line(FINE)
    assert headline(audit(known, other)).startswith(
        "Oaks can be reproduced from counts, elms cannot; 1 of 2"
    )
    assert headline(audit(other)).startswith("Elms cannot be reproduced from counts")
    many = audit(known, known, other, other)
    assert headline(many).startswith("2 of 4 lines with known counts can be reproduced; 2 of 4")
    told = opening(stored)
    assert told[0].endswith("by 5 checks; counts were pooled in 9,712 ways.")
    assert told[1] == "2 of the checks do not fit."
    assert told[2] == "Most telling: Oaks. So narrow takes 332."


def test_a_few_words_name_what_does_not_fit_else_what_deserves_a_look() -> None:
    assert brief(line(FINE, LOOK, NARROW)) == (BRIEF["information"],)
    assert brief(line(FINE, LOOK)) == (BRIEF["raw rate"],)
    assert brief(line(FINE)) == ()
    assert brief(line(replace(NARROW, check="settings"))) == ()  # the verdict says it


def test_an_audit_without_claims_or_counts_says_so() -> None:
    assert headline(audit()).startswith("No line could be recomputed from counts")
    (row,) = claim_rows(audit(line(known=False)))
    assert row.sentence == "Nothing of it could be checked."
