"""Tables that the one-step tests share, and what R found for eleven of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop import Studies
from metaprop.engines.frequentist.one_step.fitting import fit_one_step

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.records import OneStepFit

FILE = Path(__file__).parents[3] / "references" / "one_step.json"
R: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
MODELS: tuple[Model, Model] = ("binomial-normal", "beta-binomial")


def studies_of(events: list[int] | np.ndarray, totals: list[int] | np.ndarray) -> Studies:
    """Return studies called S1, S2, ..."""
    names = [f"S{i + 1}" for i in range(len(totals))]
    return Studies.of(names, np.asarray(events), np.asarray(totals))


def table(name: str) -> Studies:
    """Return one of R's data sets."""
    events, totals = (np.atleast_1d(R[name][field]) for field in ("events", "totals"))
    return studies_of(events, totals)


@cache
def fitted(name: str, model: Model = "binomial-normal", level: float = 0.95) -> OneStepFit:
    """Return the fit of one of R's data sets, done once for all tests."""
    return fit_one_step(table(name), model, level=level)
