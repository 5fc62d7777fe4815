"""What must hold of a one-step fit whatever the data: symmetries, limits, a top that is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import optimize, stats

from engines.frequentist.one_step.tables import MODELS, fitted, studies_of, table
from metaprop.core.errors import InputError, OptionError
from metaprop.core.scales import expit, logit
from metaprop.engines.frequentist.one_step.family import Family, Model, family_of
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.one_step.maximum import fit_many
from metaprop.engines.frequentist.one_step.rates import RateName, rate_logit

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.records import Limits, OneStepFit, RateEstimate

BOTH = pytest.mark.parametrize("model", MODELS)
REGULAR = ["union17", "k2", "equal3", "huge_small"]
FOUND = 1e-7  # of what is found by iteration, relative
LIMIT = 5e-4  # of answers at a million and at a billion patients with the same rates, relative
FLAT = 1e-4  # slopes at the top, in units of the square root of the information
ON_TARGET = 1e-6  # nats: a profile-likelihood limit against an independent search
EVENTS, TOTALS = [9, 12, 23, 3, 10, 6], [9, 13, 23, 3, 11, 8]


def one(family: Family, location: float, spread: float) -> float:
    """Return a log likelihood of the first data set, coefficients left out."""
    rows = np.zeros(1, dtype=np.int64)
    return float(family(rows, np.array([location]), np.array([spread])).value[0])


def ends(limits: Limits | None) -> list[float]:
    assert limits is not None
    return [limits.low, limits.high]


def numbers(fit: OneStepFit) -> list[float]:
    """Return everything that a regular fit says, as one list."""
    rates = [v for r in (fit.average, fit.typical) for v in (r.estimate, *ends(r.wald))]
    limits = [*ends(fit.average.profile), *ends(fit.typical.profile)]
    spread = [fit.heterogeneity.estimate, *ends(fit.heterogeneity.profile)]
    return [*rates, *limits, *spread, fit.location.se or 0.0, fit.log_likelihood]


@BOTH
def test_the_order_of_the_studies_changes_nothing(model: Model) -> None:
    forwards = fit_one_step(studies_of(EVENTS, TOTALS), model)
    backwards = fit_one_step(studies_of(EVENTS[::-1], TOTALS[::-1]), model)
    assert numbers(forwards) == pytest.approx(numbers(backwards), rel=FOUND)


@BOTH
@pytest.mark.parametrize("patients", [10**8, 10**9])
def test_patients_without_number_leave_the_spread_of_the_rates(patients: int, model: Model) -> None:
    def fit(n: int) -> list[float]:
        events = [n // 10 * 3, n // 10 * 4, n // 10 * 7]
        return numbers(fit_one_step(studies_of(events, [n] * 3), model))[:-1]

    assert fit(patients) == pytest.approx(fit(10**6), rel=LIMIT)


def test_a_billion_patients_at_both_ends_have_the_spread_of_an_independent_search() -> None:
    """Known by a dense sum over the log-odds, with scipy alone: mu = 0, tau2 = 2216.37."""
    n = 10**9
    fit = fit_one_step(studies_of([n, 0, n // 2], [n] * 3), "binomial-normal")
    assert fit.location.estimate == pytest.approx(0.0, abs=1e-3)
    assert fit.heterogeneity.estimate == pytest.approx(2216.37, rel=1e-4)
    assert fit.average.profile is not None
    assert fit.average.profile.low == pytest.approx(1.0 - fit.average.profile.high, rel=1e-6)


@BOTH
@pytest.mark.parametrize("name", ["union17", "k2", "equal3"])
def test_counting_the_others_mirrors_every_rate(name: str, model: Model) -> None:
    studies = table(name)
    there = fitted(name, model)
    back = fit_one_step(studies_of(studies.totals - studies.events, studies.totals), model)
    for ours, theirs in ((there.average, back.average), (there.typical, back.typical)):
        assert ours.estimate == pytest.approx(1.0 - theirs.estimate, rel=FOUND)
        for mine, other in ((ours.wald, theirs.wald), (ours.profile, theirs.profile)):
            mirrored = [1.0 - end for end in reversed(ends(other))]
            assert ends(mine) == pytest.approx(mirrored, rel=FOUND)
    assert numbers(there)[-5:] == pytest.approx(numbers(back)[-5:], rel=FOUND)


@BOTH
def test_mirrored_extremes_have_mirrored_answers(model: Model) -> None:
    none, every = (fit_one_step(table(name), model) for name in ("all_zero5", "all_events5"))
    for ours, theirs in ((none.average, every.average), (none.typical, every.typical)):
        assert ours.exact is not None
        assert theirs.exact is not None
        assert (ours.estimate, ours.exact.low, ours.exact.side) == (0.0, 0.0, "upper")
        assert (theirs.estimate, theirs.exact.high, theirs.exact.side) == (1.0, 1.0, "lower")
        assert ours.exact.high == pytest.approx(1.0 - theirs.exact.low)


@BOTH
@pytest.mark.parametrize("name", ["union17", "nielweise2007_trt", "hannum2020", "k2"])
def test_the_slopes_vanish_at_the_best_fit(name: str, model: Model) -> None:
    studies = table(name)
    events = studies.events[None, :]
    best = fit_many(model, events, studies.totals)
    family = family_of(model, events, studies.totals)
    slopes = family(np.zeros(1, dtype=np.int64), best.location, best.spread)
    assert abs(slopes.by_location[0]) < FLAT * np.sqrt(-slopes.by_location_twice[0])
    assert abs(slopes.by_spread[0]) < FLAT * np.sqrt(-slopes.by_spread_twice[0])
    assert best.settled.all()


@BOTH
def test_no_place_on_a_wide_grid_beats_the_best_fit(model: Model) -> None:
    rng = np.random.default_rng(7)
    totals = rng.integers(2, 30, size=8)
    rates = expit(rng.normal(1.5, 1.2, size=(12, 8)))
    events = np.asarray(rng.binomial(totals, rates), dtype=np.int64)
    best = fit_many(model, events, totals)
    family = family_of(model, events, totals)
    location, spread = (v.ravel() for v in np.meshgrid(np.linspace(-1, 6, 29), [0, 0.1, 0.5, 1, 3]))
    for row in range(12):
        rows = np.full(location.size, row)
        reached = float(family(rows, location, spread).value.max())
        constant = best.common[row] - one(
            family_of(model, events[row : row + 1], totals),
            float(logit(events[row].sum() / totals.sum())),
            0.0,
        )
        assert best.log_likelihood[row] >= reached + constant - FOUND


@BOTH
def test_a_batch_is_its_data_sets_one_by_one(model: Model) -> None:
    rng = np.random.default_rng(3)
    totals = np.array([4, 9, 15, 30, 2])
    drawn = rng.binomial(totals, expit(rng.normal(2.0, 1.0, size=(40, 5))))
    events = np.concatenate([drawn, [totals, 0 * totals, [4, 0, 15, 0, 2]]]).astype(np.int64)
    together = fit_many(model, events, totals)
    assert {"all", "none", "all-or-nothing", "regular"} == set(together.state.tolist())
    for row in range(len(events)):
        alone = fit_many(model, events[row : row + 1], totals)
        for field in ("location", "spread", "log_likelihood", "common"):
            mine, theirs = getattr(together, field)[row], getattr(alone, field)[0]
            assert mine == pytest.approx(theirs, rel=FOUND, abs=FOUND, nan_ok=True)


@BOTH
@pytest.mark.parametrize("name", ["equal3", "huge_small"])
def test_where_the_best_tau_is_zero_the_fit_is_the_common_rate(name: str, model: Model) -> None:
    studies = table(name)
    fit = fitted(name, model)
    events, n = int(studies.events.sum()), int(studies.totals.sum())
    assert fit.heterogeneity.estimate == 0.0
    assert fit.heterogeneity.wald is None
    assert fit.log_likelihood == fit.log_likelihood_common
    assert [fit.average.estimate, fit.typical.estimate] == pytest.approx([events / n] * 2)
    assert fit.location.se == pytest.approx(np.sqrt(1.0 / events + 1.0 / (n - events)), rel=1e-9)
    assert "share one rate" in fit.messages[0]


def profile(model: Model, family: Family, name: RateName, psi: float, most: float) -> float:
    """Return the largest log likelihood with a rate's log-odds held at ``psi``, by slow search."""

    def loss(spread: float) -> float:
        def gap(x: float) -> float:
            return float(rate_logit(model, name, np.array([x]), np.array([spread]))[0]) - psi

        if gap(-60.0) * gap(60.0) > 0.0:
            return 1e6
        return -one(family, optimize.brentq(gap, -60.0, 60.0, xtol=1e-12), spread)

    grid = np.linspace(0.0, 1.1 * most, 25)
    losses = [loss(spread) for spread in grid]
    best = int(np.argmin(losses))
    around = (grid[max(best - 1, 0)], grid[min(best + 1, 24)])
    found = optimize.minimize_scalar(loss, bounds=around, method="bounded")
    return -min(float(found.fun), *losses)


@BOTH
@pytest.mark.parametrize("name", REGULAR)
def test_profile_limits_lie_where_chi_square_says(name: str, model: Model) -> None:
    studies = table(name)
    fit = fitted(name, model, 0.9)
    family = family_of(model, studies.events[None, :], studies.totals)
    target = one(family, fit.location.estimate, fit.spread) - 0.5 * stats.chi2.ppf(0.9, 1)
    most = ends(fit.heterogeneity.profile)[1]
    most = np.sqrt(most if model == "binomial-normal" else most / (1.0 - most))
    rates: tuple[RateEstimate, ...] = (fit.average, fit.typical)
    for rate in rates:
        for end in ends(rate.profile):
            reached = profile(model, family, rate.estimand, float(logit(end)), most)
            assert reached == pytest.approx(target, abs=ON_TARGET)


@BOTH
@pytest.mark.parametrize("name", ["nielweise2007_trt", "equal3"])
def test_limits_of_the_heterogeneity_lie_where_chi_square_says(name: str, model: Model) -> None:
    studies = table(name)
    fit = fitted(name, model)
    family = family_of(model, studies.events[None, :], studies.totals)
    target = one(family, fit.location.estimate, fit.spread) - 0.5 * stats.chi2.ppf(0.95, 1)
    for end in ends(fit.heterogeneity.profile):
        spread = float(np.sqrt(end if model == "binomial-normal" else end / (1.0 - end)))
        found = optimize.minimize_scalar(
            lambda x, spread=spread: -one(family, x, spread), bounds=(-12.0, 12.0), method="bounded"
        )
        if end > 0.0:
            assert -found.fun == pytest.approx(target, abs=ON_TARGET)
        else:
            assert -found.fun >= target


@BOTH
def test_a_higher_level_makes_every_interval_wider(model: Model) -> None:
    narrow, wide = fitted("union17", model, 0.9), fitted("union17", model)
    for estimand in ("average", "typical"):
        for kind in ("wald", "profile"):
            inner, outer = (ends(getattr(getattr(f, estimand), kind)) for f in (narrow, wide))
            assert outer[0] < inner[0] < inner[1] < outer[1]


WIDE_REGIONS = {
    "one study of events": ([0, 0, 0, 0, 5, 0], [43, 1, 2, 1, 32, 6]),
    "two of them": ([0, 15, 0, 0, 0, 1, 0], [4, 246, 17, 4, 190, 1, 269]),
    "nearly all": ([2, 1, 2, 10, 1, 6, 0], [2, 2, 2, 10, 1, 6, 2]),
}
"""Tables whose likelihood is flat in tau up to some thousands at a high level."""
LONG = ("two of them", "nearly all")


@pytest.mark.parametrize(
    "name", ["one study of events", *(pytest.param(n, marks=pytest.mark.slow) for n in LONG)]
)
def test_limits_nest_by_level_where_a_region_is_a_long_valley(name: str) -> None:
    events, totals = WIDE_REGIONS[name]
    fits = [
        fit_one_step(studies_of(events, totals), "binomial-normal", level=level)
        for level in (0.9, 0.99, 0.995, 0.999)
    ]
    for rate in ("average", "typical"):
        inner = [getattr(fits[0], rate).estimate] * 2
        for fit in fits:
            low, high = ends(getattr(fit, rate).profile)
            assert low <= inner[0] <= inner[1] <= high
            inner = [low, high]


@BOTH
def test_a_t_distribution_widens_wald_and_nothing_else(model: Model) -> None:
    normal = fitted("union17", model)
    t = fit_one_step(table("union17"), model, distribution="t")
    ratio = stats.t.ppf(0.975, 16) / stats.norm.ppf(0.975)
    widths = [np.ptp(ends(fit.location.wald)) for fit in (normal, t)]
    assert widths[1] == pytest.approx(ratio * widths[0])
    assert t.average.profile == normal.average.profile


def test_the_typical_rate_is_farther_out_than_the_average() -> None:
    for model in MODELS:
        fit = fitted("union17", model)
        assert fit.typical.estimate > fit.average.estimate > 0.5
    assert [fit.average.estimand, fit.typical.estimand] == ["average", "typical"]


def test_the_average_is_the_mean_of_simulated_rates() -> None:
    location, spread = np.array([-1.3]), np.array([1.7])
    found = expit(rate_logit("binomial-normal", "average", location, spread))[0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    known = float(expit(-1.3 + 1.7 * nodes) @ weights / weights.sum())
    assert found == pytest.approx(known, rel=1e-10)


@pytest.mark.parametrize(("m", "rho"), [(0.97, 0.02), (0.3, 0.4), (0.6, 1e-7), (0.05, 0.8)])
def test_the_typical_rate_of_a_beta_is_its_median(m: float, rho: float) -> None:
    kappa = 1.0 / rho - 1.0
    location, spread = logit([m]), np.array([kappa**-0.5])
    found = rate_logit("beta-binomial", "typical", location, spread)[0]
    known = float(logit(stats.beta.median(m * kappa, (1 - m) * kappa)))
    assert found == pytest.approx(known, rel=1e-8)


def test_ranges_are_refused_and_listed() -> None:
    studies = studies_of([3, 4], [5, 9])
    silent = replace(studies, high=studies.high + 1)
    with pytest.raises(InputError) as refused:
        fit_one_step(silent)
    assert len(refused.value.problems) == 2


def test_what_cannot_be_asked_for_is_refused_with_every_fault() -> None:
    with pytest.raises(OptionError) as refused:
        fit_one_step(table("k2"), "laplace", level=1.0, distribution="z")  # type: ignore[arg-type]
    assert [problem.where for problem in refused.value.problems] == [
        "model",
        "distribution",
        "level",
    ]
