"""Chains that went wrong are told, with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metaprop.engines.nuts.diagnostics import Diagnostics, diagnose, quality_of

GOOD = Diagnostics(1.001, "tau", 3000.0, "tau", 2500.0, "average", 0, 0.9, 10_000)
RNG = np.random.default_rng(0)
STATS = {"diverging": np.zeros((4, 1000)), "energy": RNG.standard_normal((4, 1000))}


def test_good_chains_are_told_with_their_numbers() -> None:
    quality = quality_of(GOOD)
    assert quality.status == "ok"
    assert "1.0010" in quality.message
    assert "3,000 (bulk)" in quality.message


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"r_hat": 1.02}, "caution", "the chains disagree: R-hat 1.020 for tau"),
        ({"r_hat": 1.2}, "failed", "the chains disagree"),
        ({"r_hat": float("nan")}, "failed", "the chains disagree"),
        ({"bulk": 300.0}, "caution", "only 300 effective draws (bulk) for tau"),
        ({"tail": 50.0}, "failed", "only 50 effective draws (tail) for average"),
        ({"divergences": 3}, "caution", "3 of 10,000 draws diverged"),
        ({"divergences": 300}, "failed", "300 of 10,000 draws diverged"),
        ({"energy": 0.2}, "caution", "missing information is 0.20"),
    ],
)
def test_each_fault_has_its_status_and_its_words(
    changed: dict[str, Any], status: str, words: str
) -> None:
    quality = quality_of(replace(GOOD, **changed))
    assert quality.status == status
    assert words in quality.message
    assert quality.remedy


def test_the_worst_quantity_is_named() -> None:
    apart = RNG.standard_normal((4, 1000)) + np.arange(4)[:, None]
    found = diagnose({"fine": RNG.standard_normal((4, 1000)), "apart": apart}, STATS)
    assert found.r_hat_of == "apart"
    assert found.bulk_of == "apart"
    assert quality_of(found).status == "failed"


def test_divergences_are_counted_and_constants_left_out() -> None:
    stats = STATS | {"diverging": np.eye(4, 1000)}
    values = {"fine": RNG.standard_normal((4, 1000)), "constant": np.ones((4, 1000))}
    found = diagnose(values, stats)
    assert found.divergences == 4
    assert found.r_hat_of == "fine"
