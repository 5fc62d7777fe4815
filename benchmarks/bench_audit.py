"""How long it takes to hold print against counts: all settings once, then a claim on them.

One core, warm. The targets are seconds of this machine: a table's whole space, and one more claim.
"""

from __future__ import annotations

from functools import partial

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import numpy as np
from stopwatch import ROOT, measure, show

from metaprop import read_dataset
from metaprop.questions.audit.auditing import audit_dataset, claims_in
from metaprop.questions.audit.held import Held
from metaprop.questions.audit.matching import match, repairs
from metaprop.questions.audit.rehearsal import rehearse
from metaprop.questions.audit.space import space_of, zero_space
from metaprop.questions.audit.uncounted import line_findings

SPACE, CLAIM = 2.0, 0.1
"""Seconds that the space of one table, and a further claim on it, may take."""
SEED = 1


def main() -> None:
    """Print the table, then how often made-up errors are found."""
    dataset = read_dataset(ROOT / "data" / "kalantar2026")
    studies = dataset.outcomes["union"].studies
    claims = {claim.outcome: claim for claim in claims_in(dataset)}
    space, zero = space_of(studies), zero_space(studies.totals)
    held = Held(claims["deep_infection"], "deep infection", studies, zero=zero)
    works = {
        f"every answer to a table, {len(space.settings):,} settings": (
            partial(space_of, studies),
            SPACE,
        ),
        "a claim that is shown": (partial(match, space, claims["union"]), CLAIM),
        "a claim that is not": (partial(match, space, claims["non_union"]), CLAIM),
        "its typing errors": (partial(repairs, space, claims["non_union"]), CLAIM),
        "a line without counts": (lambda: list(line_findings(held)), CLAIM),
        "the paper, selection models included": (partial(audit_dataset, dataset), None),
    }
    session = measure({name: work for name, (work, _) in works.items()}, budget=2.0, rounds=3)
    rows = []
    for name, timing in session.timings.items():
        target = works[name][1]
        asked = "" if target is None else f"{target:g}"
        verdict = "" if target is None else "met" if timing.seconds <= target else "missed"
        rows.append([name, f"{timing.seconds:.3f}", f"{timing.units:.1f}", asked, verdict])
    show("Audit", ["work", "seconds", "units", "asked", ""], rows, session.note())
    found = rehearse(studies.totals, 10, 4, np.random.default_rng(SEED))
    lines = [
        [one.kind or "honest", one.knowledge, f"{one.lines}", f"{one.told}", f"{one.rate:.3f}"]
        for one in found
    ]
    show("Lines told not to fit", ["line", "known", "lines", "told", "share"], lines)


if __name__ == "__main__":
    main()
