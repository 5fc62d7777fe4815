"""Audit made-up reviews and write down how often the checks err: ``docs/audit_rehearsal.*``.

    nice .venv/bin/python benchmarks/rehearse_audit.py

Honest reviews first, then one error in each line. The seed is frozen, so that the slow test of the
same name finds the same. About a quarter of an hour of processor.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from metaprop.core.wording import percent
from metaprop.evidence.dataset import read_dataset
from metaprop.questions.audit.rehearsal import Tally, rehearse
from metaprop.reporting.codec import encode

ROOT = Path(__file__).parents[1]
RECORD, TABLE = ROOT / "docs" / "audit_rehearsal.json", ROOT / "docs" / "audit_rehearsal.md"
SEED, REVIEWS, LINES = 20260222, 500, 6
MEANINGS = {
    None: "honest: printed as computed",
    "swapped digits": "two neighbouring digits of a rate changed places",
    "wrong digit": "one digit of a rate is another",
    "wrong k": "some studies pooled, printed as if from all",
    "wrong scale": "the limits are those of another scale",
    "complement": "rates of the patients without the event",
    "no safeguard": "Hartung-Knapp where it is narrower than a common rate allows",
}
"""What each row of the table is."""
HEAD = """# How often the audit errs

`metaprop audit` was run on {reviews} made-up reviews of {k} studies with {patients} patients (the
sizes of `data/kalantar2026`), {lines} lines each, seed {seed}. Rates, counts, scale, estimator and
interval are drawn at random; intervals are never narrower than a common rate allows, except in the
last row. Each honest line is printed with one or two decimals of percent, then printed again with
one error.

"Told" is a verdict worse than reproduced: not reproduced, or impossible. Of two errors that
contradict nothing in print a finding that is marked worth a look counts too: wrong k (I2 and P
agree for another number of studies) and no safeguard (an interval narrower than its patients
allow). "Counts" is with the counts of all studies; "line" with the printed line, the sizes of the
studies, which of them had an event, and the scale of the review.

| line | lines | told, counts | told, line |
|---|---|---|---|
"""
FOOT = """
Honest lines are drawn from settings that the audit tries: the first row says how often it raises a
false alarm on what it knows. A review that is pooled in a way that it does not know is not
reproduced, and the audit says by how many ways it was not. Errors that are missed print, by chance,
as another setting would (counts), or leave a line that agrees with itself (line).

Written by `benchmarks/rehearse_audit.py`; the numbers are in `audit_rehearsal.json`.
"""


def main() -> None:
    """Rehearse, and write the record and the table."""
    totals = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies.totals
    tallies = rehearse(totals, REVIEWS, LINES, np.random.default_rng(SEED))
    record = {"schema": 1, "seed": SEED, "reviews": REVIEWS, "lines": LINES}
    rows = ",\n  ".join(json.dumps(encode(one)) for one in tallies)
    head = json.dumps(record)[:-1]
    RECORD.write_text(f'{head},\n "tallies": [\n  {rows}\n ]}}\n', encoding="utf-8")
    text = HEAD.format(
        reviews=REVIEWS, lines=LINES, seed=SEED, k=totals.size, patients=totals.sum()
    )
    TABLE.write_text(text + "".join(map(row, MEANINGS, [tallies] * len(MEANINGS))) + FOOT, "utf-8")


def row(kind: str | None, tallies: tuple[Tally, ...]) -> str:
    """Return one row of the table."""
    counts, alone = (
        next(one for one in tallies if (one.kind, one.knowledge) == (kind, knowledge))
        for knowledge in ("counts", "line")
    )
    words = f"{kind}: {MEANINGS[kind]}" if kind else MEANINGS[kind]
    told = [f"{one.told:,} ({percent(one.rate)})" for one in (counts, alone)]
    return f"| {words} | {counts.lines:,} | {told[0]} | {told[1]} |\n"


if __name__ == "__main__":
    main()
