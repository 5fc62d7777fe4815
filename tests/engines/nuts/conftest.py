"""Fits that the tests share: each model is compiled once in the whole test run.

Whatever compiles carries ``pytest.mark.xdist_group("nuts")``, so that one process does it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from engines.exact.agreement import model_of, studies_of
from metaprop import fit
from problems import PROBLEMS

if TYPE_CHECKING:
    from metaprop.engines.nuts.posterior import NutsPosterior

BY_ID = {problem.id: problem for problem in PROBLEMS}


@cache
def sampled(problem_id: str) -> NutsPosterior:
    """Return the draws of a problem, sampled once."""
    problem = BY_ID[problem_id]
    return fit(studies_of(problem), model_of(problem), engine="nuts", seed=1)


@pytest.fixture(scope="session")
def union17() -> NutsPosterior:
    """Return the paper's union data under the default logit-normal model."""
    return sampled("union17/logit-normal/default")
