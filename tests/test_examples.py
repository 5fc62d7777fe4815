"""The example runs as it stands, and says what the engines say."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

import pytest

from metaprop import default_models, fit, read_dataset

if TYPE_CHECKING:
    from pathlib import Path

FEW = 300  # draws of a chain: the example is run, not believed
STANDARD_ERRORS = 5.0


@pytest.mark.xdist_group("nuts")
@pytest.mark.filterwarnings("ignore::UserWarning")  # the sampler's advice on so few draws
def test_the_union_example_runs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = runpy.run_path(str(root / "examples" / "union.py"))
    trees = module["main"](FEW)
    printed = capsys.readouterr().out
    studies = read_dataset(root / "data" / "kalantar2026").outcomes["union"].studies
    exact = fit(studies, default_models()[0])
    shipped = trees["as shipped"]["posterior"]
    above = exact.average.probability(above=0.9).value
    # the table of the example is the data set's: the same posterior, within its Monte Carlo error
    error = (above * (1.0 - above) / 3000) ** 0.5
    assert abs(float((shipped["average"] > 0.9).mean()) - above) < STANDARD_ERRORS * error
    narrower = trees["own prior"]["posterior"]
    assert float(narrower["tau"].mean()) < float(shipped["tau"].mean())
    level = trees["one more level"]["posterior"]
    assert set(level["author"].values) >= {"Attias", "Chen", "Liu"}
    assert "P(average union rate > 90 %)" in printed
    assert "ranges" in printed
