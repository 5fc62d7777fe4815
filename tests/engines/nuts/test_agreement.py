"""NUTS and quadrature give the same posterior: every number, one gate for all problems."""

from __future__ import annotations

import numpy as np
import pytest

from engines.exact.agreement import posterior_of
from engines.nuts.conftest import BY_ID, sampled
from metaprop.engines.nuts.sampling import is_compiled
from metaprop.evidence.studies import Studies
from metaprop.questions.agreement import FALSE_ALARM, compare, judge
from problems import PROBLEMS, Problem

pytestmark = pytest.mark.xdist_group("nuts")
THRESHOLDS = (0.05, 0.5, 0.9, 0.95)
DEFAULT = [
    BY_ID[f"{data}/{family}/default"]
    for data in ("union17", "deep_infection")
    for family in ("logit-normal", "beta-binomial")
]
REST = [problem for problem in PROBLEMS if problem not in DEFAULT]


def _agree(problem: Problem) -> bool:
    draws = sampled(problem.id)
    exact = posterior_of(problem, 1e-6)
    found = compare(exact, draws, draws.studies.names, THRESHOLDS)
    return judge(found, FALSE_ALARM / len(PROBLEMS)).passed


@pytest.mark.parametrize("problem", DEFAULT, ids=lambda p: p.id)
def test_the_engines_agree(problem: Problem) -> None:
    assert _agree(problem)
    diagnostics = sampled(problem.id).diagnostics
    assert diagnostics.divergences == 0
    assert diagnostics.r_hat < 1.01
    assert min(diagnostics.bulk, diagnostics.tail) > 1000


@pytest.mark.slow
@pytest.mark.parametrize("problem", REST, ids=lambda p: p.id)
def test_on_every_other_problem_nuts_agrees_or_says_that_it_failed(problem: Problem) -> None:
    # half-Cauchy tails over studies at 0 and 100 %, and a million patients beside ten, do diverge
    assert _agree(problem) or sampled(problem.id).quality.status != "ok"


def test_another_table_of_like_length_needs_no_compilation() -> None:
    draws = sampled("union17/logit-normal/default")
    more = Studies.of(
        [*draws.studies.names, "one more"], [*draws.studies.low, 3], [*draws.studies.totals, 4]
    )
    assert is_compiled(more, draws.model)


def test_the_same_seed_gives_the_same_draws() -> None:
    from metaprop import fit

    draws = sampled("union17/beta-binomial/default")
    again = fit(draws.studies, draws.model, engine="nuts", seed=draws.settings.seed)
    np.testing.assert_array_equal(draws.average.values, again.average.values)
    np.testing.assert_array_equal(draws.new_study.values, again.new_study.values)


def test_counts_of_a_new_study_agree() -> None:
    draws = sampled("union17/beta-binomial/default")
    exact = posterior_of(BY_ID["union17/beta-binomial/default"], 1e-6)
    ours, theirs = exact.new_count(10), draws.new_count(10)
    assert theirs.probabilities.sum() == pytest.approx(1.0, abs=1e-9)
    # five standard errors for the largest of eleven probabilities
    assert np.abs(ours.probabilities - theirs.probabilities).max() < 5.0 * theirs.error
