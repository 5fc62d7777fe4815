"""The engine against references that are at least 100 times tighter, over the tagged problems."""

import pytest

from engines.exact.agreement import Pair, pairs, references
from problems import PROBLEMS, Problem

KNOWN = [problem for problem in PROBLEMS if problem.id in references()]
QUICK = [problem for problem in KNOWN if "slow" not in problem.tags]
STRICT = [p for p in QUICK if p.id.startswith(("union17", "n1_studies")) and "default" in p.tags]


def _understated(found: list[Pair]) -> list[Pair]:
    return [p for p in found if p.difference > p.estimate.error + p.reference_error]


def _on_unit_scale(found: list[Pair]) -> list[Pair]:
    """Probabilities, means and quantiles of rates and of rho; tau has no natural bound."""
    return [p for p in found if not p.tau]


def _check(problem: Problem, tolerance: float) -> None:
    found = list(pairs(problem, tolerance))
    assert found
    assert _understated(found) == []
    far = [p for p in _on_unit_scale(found) if p.difference > tolerance + p.reference_error]
    assert far == []


@pytest.mark.parametrize("problem", QUICK, ids=lambda p: p.id)
def test_every_answer_is_within_a_millionth_and_no_error_is_understated(problem: Problem) -> None:
    _check(problem, 1e-6)


@pytest.mark.parametrize("problem", STRICT, ids=lambda p: p.id)
def test_every_answer_is_within_1e_8_on_request(problem: Problem) -> None:
    _check(problem, 1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("problem", KNOWN, ids=lambda p: p.id)
def test_all_problems_are_within_1e_8_on_request(problem: Problem) -> None:
    _check(problem, 1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("problem", [p for p in KNOWN if p not in QUICK], ids=lambda p: p.id)
def test_large_problems_are_within_a_millionth(problem: Problem) -> None:
    _check(problem, 1e-6)
