"""The same numbers in every process, on one core or two; finite and in order at a billion."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from hostile.command import TABLE, metaprop, several

if TYPE_CHECKING:
    from pathlib import Path

    from hostile.command import Ended

BILLION = 10**9
HALF = BILLION // 2
HUGE: dict[str, list[tuple[int | str, int]]] = {
    "none": [(0, BILLION)] * 3,
    "all": [(BILLION, BILLION)] * 3,
    "none_half_all": [(0, BILLION), (HALF, BILLION), (BILLION, BILLION)],
    "one_study": [(BILLION - 1, BILLION)],
    "beside_small": [(1, 1), (BILLION - 1, BILLION), (0, 1)],
    "hardly_apart": [(HALF, BILLION), (HALF + 1, BILLION), (HALF + 2, BILLION)],
    "hardly_any": [(1, BILLION), (0, BILLION), (2, BILLION)],
    "nothing_known": [(f"0-{BILLION}", BILLION), ("1+", BILLION), ("?", BILLION)],
    "wide": [(f"1-{BILLION - 1}", BILLION), (HALF, BILLION), (7, 9)],
}
QUICK = ("beside_small",)
"""What takes hardly any time."""
SURROUNDINGS = {
    "one core": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CORES": "1"},
    "two threads": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "LC_ALL": "C"},
}
BITS = """
import os, sys
if "CORES" in os.environ:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from metaprop.cli import main
from metaprop.reporting import codec
codec._rounded = float.hex  # to the last bit, where print has twelve digits
main(sys.argv[1:])
"""


def test_the_exact_engine_gives_the_same_bits_in_every_process(tmp_path: Path) -> None:
    first, *others = fitted(tmp_path)
    values = [one["value"] for one in json.loads(first.out)]
    assert len([value for value in values if re.fullmatch(r"-?0x1\.[0-9a-f]+p[-+]\d+", value)]) > 30
    assert [one.out for one in others] == [first.out]


def fitted(folder: Path, *options: str) -> list[Ended]:
    """Return the same fit in surroundings of every kind."""
    (folder / "trees.csv").write_text(TABLE, encoding="utf-8")
    command = ("fit", "trees.csv", "--json", "--above", "0.9", *options)
    python = ("-c", BITS)
    found = [
        metaprop(*command, cwd=folder, env=env, python=python) for env in SURROUNDINGS.values()
    ]
    assert [one.code for one in found] == [0, 0], found
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_the_sampler_gives_the_same_draws_for_a_seed(tmp_path: Path) -> None:
    first, *others = fitted(tmp_path, "--engine", "nuts", "--seed", "7")
    assert [one.out for one in others] == [first.out]
    assert fitted(tmp_path, "--engine", "nuts", "--seed", "8")[0].out != first.out


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("huge")
    for name, rows in HUGE.items():
        lines = (f"S{row},{events},{total}" for row, (events, total) in enumerate(rows))
        text = "\n".join(["study,events,total", *lines])
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(QUICK, id="quick"),
        pytest.param(tuple(HUGE), id="all", marks=pytest.mark.slow),
    ],
)
def test_a_fit_of_a_billion_patients_is_finite_and_in_order(
    huge: Path, names: tuple[str, ...]
) -> None:
    found = several([["fit", f"{name}.csv", "--json"] for name in names], huge)
    for name, done in zip(names, found, strict=True):
        assert done.code in {0, 3}, (name, done)
        assert "Traceback" not in done.err
        assert "Warning" not in done.err
        assert done.cheap, (name, done.peak, done.seconds)
        if done.code == 3:  # it says itself that it cannot be trusted
            assert done.err.startswith("FAILED ("), name
        else:
            check_order(json.loads(done.out), name)


def check_order(records: list[dict[str, Any]], name: str) -> None:
    """Check what holds of every posterior, however extreme its data."""
    told: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for one in records:
        assert math.isfinite(one["value"]), (name, one)
        told[one["model"], one["estimand"] or "", one["quantity"]].append(one)
    assert told
    for (_, estimand, quantity), ones in told.items():
        values = [one["value"] for one in sorted(ones, key=lambda one: one["at"] or 0.0)]
        if quantity == "probability_above":
            slack = max(one["error"] for one in ones)
            assert all(high >= low - slack for high, low in pairwise(values))
        elif quantity == "quantile":
            assert values == sorted(values), (name, ones)
        if estimand in {"average", "typical", "new_study", "rho"}:
            assert all(0.0 <= value <= 1.0 for value in values), (name, ones)


def test_the_usual_formulas_at_a_billion_patients_are_finite_or_refused(huge: Path) -> None:
    scales = ("logit", "log", "raw", "arcsine", "freeman-tukey")
    asked = [(name, scale) for name in HUGE for scale in scales]
    commands = [["pool", f"{name}.csv", "--scale", scale, "--json"] for name, scale in asked]
    for (name, scale), done in zip(asked, several(commands, huge), strict=True):
        assert "Warning" not in done.err, (name, scale, done)
        assert done.cheap
        if done.code != 0:
            assert done.refused, (name, scale, done)
            continue
        told = json.loads(done.out)
        ends = [told[key] for key in ("ci_low", "estimate", "ci_high") if told[key] is not None]
        assert ends == sorted(ends), (name, scale, told)
        assert all(0.0 <= end <= 1.0 for end in ends), (name, scale, told)
        assert told["tau2"] is None or told["tau2"] >= 0.0
