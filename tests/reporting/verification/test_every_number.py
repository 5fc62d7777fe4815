"""Whatever number or word of a record is changed, the change is told."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from metaprop.core.estimates import Estimate
from metaprop.questions.calibration.truth import Truth
from metaprop.reporting.stored import read_results
from metaprop.reporting.verification.by_draws import held_joint, held_moderators
from metaprop.reporting.verification.drawn import (
    held_agreements,
    held_power,
    judged_again,
    sampled_outcomes,
)
from metaprop.reporting.verification.simulated import closed_part, held_ranks, held_scores
from metaprop.reporting.verification.walking import ELSEWHERE, OF_THE_DRAWS, differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metaprop.reporting.stored import Results
    from metaprop.reporting.verification.walking import Kind

type Step = str | int

REMARKS = {"message", "remedy"}
TRIED = 40
"""Leaves of each record, drawn at random."""
FAR = 0.9
"""More than any error in these records allows; rates and probabilities are below 1."""


@pytest.fixture(scope="module")
def results(root: Path) -> Results:
    return read_results(root / "results" / "kalantar2026")


def held(results: Results, name: str) -> tuple[object, Kind]:
    """Return one record of each kind that ``metaprop verify`` compares, as it compares it."""
    beside, outcomes = results.beside, results.analysis.outcomes
    assert beside.sensitivity is not None
    assert beside.calibration is not None
    assert beside.checks is not None
    union = beside.sensitivity.outcomes[0]
    errors = {(one.model, one.component): 0.01 for one in union.power}
    found: dict[str, tuple[object, Kind]] = {
        "answers": (outcomes[0].models[0], "exact"),
        "evidence": (beside.evidence, "words"),
        "assumptions": (beside.assumptions, "exact"),
        "readings": (beside.readings[:2], "exact"),
        "usual formulas": (beside.frequentist[0], "printed"),
        "audit": (beside.audit, "exact"),
        "checks of fit": (beside.checks.fits[0], "replayed"),
        "sensitivity": (replace(union, power=()), "printed"),
        "calibration": (closed_part(beside.calibration), "replayed"),
        "its first reviews": (held_scores(beside.calibration), "sampled"),
        "its first ranks": (held_ranks(beside.calibration, beside.calibration)[0], "sampled"),
        "draws": (sampled_outcomes(results.analysis)[:1], "sampled"),
        "agreement": (held_agreements(results.analysis), "words"),
        "its P values": (judged_again(results.analysis)[0], "replayed"),
        "power-scaling": (held_power(union.power, errors), "sampled"),
        "joint model": (held_joint(beside.joint), "sampled"),
        "meta-regression": (held_moderators(beside.moderators)[0].answers[:2], "sampled"),
    }
    return found[name]


def leaves(record: Any, kind: Kind, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if isinstance(record, tuple):
        for place, item in enumerate(record):
            yield from leaves(item, kind, (*path, place))
    elif isinstance(record, Estimate) and record.undefined is not None:
        yield (*path, "undefined")
    elif isinstance(record, Truth):
        yield (*path, "spread")
    elif is_dataclass(record):
        passed = ELSEWHERE | REMARKS | (OF_THE_DRAWS if kind == "sampled" else set())
        # A caution comes and goes with draws; that a fit failed is told.
        passed |= {"quality"} if kind == "sampled" else set()
        for name in (f.name for f in fields(record) if f.name not in passed):
            yield from leaves(getattr(record, name), kind, (*path, name))
    elif record is not None:
        yield path


def changed(record: Any, path: tuple[Step, ...]) -> Any:
    if not path:
        if isinstance(record, str):
            return f"{record}x"
        if isinstance(record, bool):
            return not record
        if isinstance(record, int):
            return record + 1
        return record + FAR * max(abs(record), 1.0) if math.isfinite(record) else FAR
    step, *rest = path
    if isinstance(step, int):
        return (*record[:step], changed(record[step], tuple(rest)), *record[step + 1 :])
    return replace(record, **{step: changed(getattr(record, step), tuple(rest))})


@pytest.mark.parametrize(
    "name",
    [
        *("answers", "evidence", "assumptions", "readings", "usual formulas", "audit"),
        *("checks of fit", "sensitivity", "calibration", "its first reviews", "its first ranks"),
        *("draws", "agreement", "its P values", "power-scaling", "joint model", "meta-regression"),
    ],
)
def test_whatever_is_changed_is_told(results: Results, name: str) -> None:
    record, kind = held(results, name)
    assert differences(name, record, record, kind) == ()
    every = list(leaves(record, kind))
    tried = np.random.default_rng(0).choice(len(every), min(TRIED, len(every)), replace=False)
    missed = [
        every[place]
        for place in tried
        if not differences(name, changed(record, every[place]), record, kind)
    ]
    assert missed == []
