from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import made_up
from metaprop.assumptions.model import default_models
from metaprop.core.errors import OptionError
from metaprop.core.estimates import Interval
from metaprop.evidence.studies import Studies
from metaprop.questions.analysis import PlainOutcome, analyse
from metaprop.questions.observed import clopper_pearson
from metaprop.questions.sensitivity.outcome import sensitivity
from metaprop.questions.summaries import curve_grid

pytestmark = pytest.mark.usefixtures("made_up_engine")
# betaincinv and SciPy's binomial test solve the same equation to their own tolerances.
CLOPPER_PEARSON_TOLERANCE = 1e-9


@pytest.mark.parametrize(("events", "total"), [(0, 3), (3, 3), (1, 8), (14, 15), (0, 10**6)])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_clopper_pearson_is_that_of_scipy(events: int, total: int, level: float) -> None:
    ours = clopper_pearson(events, total, level)
    theirs = stats.binomtest(events, total).proportion_ci(level, method="exact")
    assert ours.low == pytest.approx(theirs.low, abs=CLOPPER_PEARSON_TOLERANCE)
    assert ours.high == pytest.approx(theirs.high, abs=CLOPPER_PEARSON_TOLERANCE)
    assert ours.level == level


def test_every_estimand_of_every_model_is_answered() -> None:
    answer = made_up.analysis().outcomes[0]
    found = {model.id: [s.estimand for s in model.estimands] for model in answer.models}
    rates = ["average", "typical", "new_study"]
    assert found == {
        "beta_binomial": [*rates, "rho"],
        "common_rate": rates,
        "logit_normal": [*rates, "tau"],
    }


def test_the_ends_of_an_interval_are_the_outer_quantiles_asked_for() -> None:
    summary = made_up.analysis().outcomes[0].models[0].estimand("average")
    assert [quantile.level for quantile in summary.quantiles] == [0.025, 0.5, 0.975]
    ends = (summary.quantiles[0].value.value, summary.quantiles[2].value.value)
    assert (summary.interval.low, summary.interval.high) == ends
    assert summary.interval.kind == "equal-tailed"


def test_another_level_moves_the_quantiles() -> None:
    answer = analyse(made_up.three(), (made_up.LOGIT_NORMAL,), level=0.8)
    levels = [q.level for q in answer.outcomes[0].models[0].estimands[0].quantiles]
    assert levels == [0.1, 0.5, 0.9]


def test_a_spread_has_no_probability_of_passing_a_rate() -> None:
    model = made_up.analysis().outcomes[0].models[0]
    assert model.estimand("rho").above == ()
    assert [entry.above for entry in model.estimand("average").above] == [0.8, 0.9]


def test_each_study_is_answered_in_the_order_of_the_table() -> None:
    answer = made_up.analysis().outcomes[0]
    medians = [study.median.value for study in answer.models[0].studies]
    assert len(medians) == len(answer.observed) == 3
    assert medians[0] > medians[1] > medians[2]


def test_a_range_has_no_observed_rate() -> None:
    asked = made_up.outcome(["Ash", "Birch"], ["1+", 2], [5, 4])
    observed = made_up.analysis(asked).outcomes[0].observed
    assert observed[0].rate is None
    assert observed[0].interval is None
    assert observed[1].rate == 0.5


def test_the_summary_leaves_out_studies_and_curves() -> None:
    answer = analyse(made_up.three(), made_up.MODELS, detail="summary")
    outcome = answer.outcomes[0]
    assert outcome.observed == ()
    assert outcome.totals.patients == 35
    assert not any(model.studies or model.curves for model in outcome.models)


def test_plain_studies_are_one_outcome_without_a_label() -> None:
    studies = Studies.of(["Ash"], [3], [4])
    answer = analyse(studies, (made_up.COMMON_RATE,), thresholds=[0.9])
    assert [(o.label, o.thresholds) for o in answer.outcomes] == [("", (0.9,))]


def test_the_headline_of_the_data_set_leads_answers_and_sensitivity() -> None:
    studies = Studies.of(["A"], [1], [9])
    asked = PlainOutcome(
        studies, direction="lower is better", thresholds=(0.1, 0.2, 0.3), headline=0.3
    )
    assert analyse(asked, (made_up.COMMON_RATE,)).outcomes[0].headline == 0.3
    assert sensitivity(asked, default_models()[1:2]).headline == (0.3, 0.2)


def test_curves_fall_from_one_to_zero() -> None:
    for model in made_up.analysis().outcomes[0].models:
        for curve in model.curves:
            assert (curve.at[0], curve.at[-1]) == (0.0, 1.0)
            assert (curve.survival[0], curve.survival[-1]) == (1.0, 0.0)
            assert np.all(np.diff(curve.survival) <= 0)


def test_a_density_without_bound_is_stored_as_nan() -> None:
    asked = made_up.outcome(["Ash"], [4], [4])
    density = made_up.analysis(asked).outcomes[0].models[0].curves[0].density
    assert math.isnan(density[-1])
    assert all(map(math.isfinite, density[1:-1]))


def test_the_grid_is_dense_where_the_intervals_lie() -> None:
    grid = curve_grid([Interval(0.97, 0.99, 0.95, "equal-tailed", 0.0)])
    assert grid[0] == 0.0
    assert grid[-1] == 1.0
    assert np.sum((grid > 0.96) & (grid < 1.0)) > 100
    assert np.all(np.diff(grid) > 0)


def test_counts_of_the_next_study_are_answered_when_asked() -> None:
    answer = analyse(made_up.three(), (made_up.COMMON_RATE,), count_next=4)
    count = answer.outcomes[0].models[0].new_count
    assert count is not None
    assert count.patients == 4
    assert sum(count.probabilities) == pytest.approx(1)


def test_progress_is_told_before_each_fit() -> None:
    told: list[tuple[str, str, str]] = []
    analyse(
        made_up.three(),
        made_up.MODELS[:1],
        engine="both",
        on_step=lambda outcome, model, stage: told.append((outcome, model, stage)),
    )
    assert told == [("events", "beta_binomial", stage) for stage in ("exact", "sampling")]


def test_with_both_engines_the_exact_one_answers_and_nuts_is_held_against_it() -> None:
    model = made_up.analysis(engine="both").outcomes[0].models[0]
    assert model.engine == "exact"
    assert model.sampled is not None
    assert model.sampled.agreement is not None
    # five quantiles of four marginals and three studies, two thresholds of three rates
    assert model.sampled.agreement.compared == 5 * (4 + 3) + 2 * 3
    assert model.sampled.agreement.passed


def test_nuts_alone_answers_by_itself() -> None:
    model = made_up.analysis(engine="nuts").outcomes[0].models[0]
    assert model.engine == "nuts"
    assert model.sampled is not None
    assert model.sampled.agreement is None


def test_draws_are_handed_over_as_they_come() -> None:
    kept: list[tuple[str, str]] = []
    analyse(
        made_up.three(),
        made_up.MODELS,
        engine="nuts",
        on_draws=lambda outcome, model, _tree: kept.append((outcome, model)),
    )
    assert sorted(kept) == [("events", model.id) for model in made_up.MODELS]


def test_all_wrong_arguments_are_listed_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        analyse(
            made_up.three(),
            (),
            thresholds=[0.0, 0.5, math.nan, 90],
            level=95,
            kind="exact",  # type: ignore[arg-type]
            engine="stan",  # type: ignore[arg-type]
            count_next=0,
        )
    where = [problem.where for problem in caught.value.problems]
    assert where == [*["thresholds"] * 3, "level", "kind", "engine", "count_next", "models"]
