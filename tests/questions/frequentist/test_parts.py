"""Covariates, published rates, funnel limits, and an outcome as a whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from metaprop import Studies
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.evidence.columns import Covariate, covariates_of
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.table import Row, Table
from metaprop.questions.analysis import PlainOutcome
from metaprop.questions.frequentist.adjusted import _selected
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.funnel import funnel_limits
from metaprop.questions.frequentist.moderators import moderator_fits
from metaprop.questions.frequentist.published import published_rate

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["Ash", "Birch", "Cedar", "Elm", "Fir"]
TREES = Studies.of(NAMES, [9, 14, 6, 3, 20], [9, 15, 11, 8, 21])


def test_studies_without_a_covariate_are_left_out_openly() -> None:
    age = Covariate("age", "Age", "years", "number", (31.0, None, 52.0, 40.0, 61.0))
    for fit in moderator_fits(TREES, [age], 0.95):
        assert (fit.k, fit.left_out) == (4, ("Birch",))
        assert [term.name for term in fit.coefficients] == ["intercept", "age"]
        assert any("1 of 5 studies are left out" in said for said in fit.messages)
        assert 0.0 <= fit.p_value <= 1.0


def test_the_two_approaches_agree_where_studies_are_large() -> None:
    events, totals = [400, 520, 610, 700, 760, 905], [1000] * 6
    studies = Studies.of(list("ABCDEF"), events, totals)
    dose = Covariate("dose", "Dose", "mg", "number", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    two, one = moderator_fits(studies, [dose], 0.95)
    assert one.coefficients[1].estimate == pytest.approx(two.coefficients[1].estimate, rel=0.02)


def test_a_covariate_that_is_the_same_everywhere_has_no_regression_and_a_reason() -> None:
    for fit in moderator_fits(
        TREES, [Covariate("site", "Site", None, "category", ("tibia",) * 5)], 0.95
    ):
        assert fit.coefficients == ()
        assert fit.messages == ("No regression: site has the same value in all studies.",)
        assert math.isnan(fit.p_value)


def test_more_columns_than_studies_have_no_regression_in_one_step() -> None:
    words = Covariate("site", "Site", None, "category", tuple("abcde"))
    _, one = moderator_fits(TREES, [words], 0.95)
    assert "5 studies for 5 coefficients" in one.messages[0]


def test_a_published_rate_is_read_in_percent_and_only_with_its_interval() -> None:
    columns = ("outcome", "estimate_percent", "ci_low_percent", "ci_high_percent", "source")
    cells = [("union", "92.4", "89.0", "94.8", "p. 3"), ("pain", "5", None, "9", "p. 4")]
    rows = tuple(Row(i, dict(zip(columns, row, strict=True))) for i, row in enumerate(cells))
    table = Table(columns, rows)
    found = published_rate(table, "union")
    assert found is not None
    assert (found.estimate, found.ci_low, found.ci_high) == pytest.approx((0.924, 0.89, 0.948))
    assert published_rate(table, "pain") is None
    assert published_rate(table, "onion") is None
    assert published_rate(None, "union") is None
    assert published_rate(Table(("outcome", "source"), ()), "union") is None


def test_without_heterogeneity_the_funnel_is_binomial() -> None:
    studies = Studies.of(list("ABC"), [8, 9, 16], [10, 11, 20])
    fit = fit_one_step(studies)
    assert fit.spread == 0.0
    rate = 33 / 41
    for limit in funnel_limits(fit, studies):
        low, high = (float(stats.binom.ppf(at, limit.size, rate)) for at in (0.025, 0.975))
        assert (limit.low, limit.high) == pytest.approx((low / limit.size, high / limit.size))


def test_the_funnel_holds_the_studies_that_the_fit_describes() -> None:
    fit = fit_one_step(TREES)
    rng = np.random.default_rng(5)
    rates = 1.0 / (1.0 + np.exp(-rng.normal(fit.location.estimate, fit.spread, size=20_000)))
    for limit in funnel_limits(fit, TREES)[::4]:
        drawn = rng.binomial(limit.size, rates) / limit.size
        inside = np.mean((drawn >= limit.low) & (drawn <= limit.high))
        assert inside > 0.95 - 0.007  # four standard errors


def test_an_outcome_with_ranges_is_left_out_with_the_reason() -> None:
    outcome = PlainOutcome(Studies.of(["Ash", "Birch"], ["1+", 3], [5, 8]), id="pin")
    found = frequentist_answer(outcome)
    assert found.left_out is not None
    assert found.left_out.startswith("1 of 2 counts are ranges")
    assert (found.compared, found.small_study, found.moderators) == ((), None, ())


def test_the_union_of_the_paper_has_its_covariates_and_no_answer_hangs_on_others(
    root: Path,
) -> None:
    dataset = read_dataset(root / "data" / "kalantar2026")
    studies = dataset.outcomes["union"].studies
    found = covariates_of(dataset.covariates, dataset.study_names, studies)
    assert [one.name for one in found] == [
        *("year", "design", "age_years", "defect_cm", "site", "follow_up_months"),
    ]
    fits = moderator_fits(studies, found, 0.95)
    assert len(fits) == 2 * len(found)
    assert {fit.left_out for fit in fits} == {(), ("Caravelli et al. 2022",)}
    published = published_rate(dataset.claims, "union")
    assert published is not None
    assert (published.estimate, published.ci_low) == pytest.approx((0.924, 0.89))


@pytest.mark.slow
def test_the_selection_model_has_the_papers_p_where_every_study_is_corrected(root: Path) -> None:
    studies = read_dataset(root / "data" / "kalantar2026").outcomes["union"].studies
    every = effects(studies.events, studies.totals, correction="all")
    usual, other = (
        _selected("copas", one, 0.95) for one in (effects(studies.events, studies.totals), every)
    )
    assert other.p_value == pytest.approx(0.341, abs=5e-4)  # as the paper prints it
    assert other.unpublished == pytest.approx(14.9, abs=0.05)
    ends = (other.estimate, other.ci_low, other.ci_high)
    assert ends == pytest.approx((0.832, 0.748, 0.892), abs=5e-4)  # from R's metasens
    assert usual.p_value == pytest.approx(0.1206, abs=5e-5)
    assert usual.unpublished == pytest.approx(0.0)
