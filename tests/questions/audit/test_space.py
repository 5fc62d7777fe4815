"""Every answer to a table of counts: the same as one by one, and named in words."""

from __future__ import annotations

import numpy as np
import pytest

from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool
from metaprop.evidence.claims import Claim
from metaprop.evidence.printed import Printed
from metaprop.evidence.studies import Studies
from metaprop.questions.audit.matching import Match, match, repairs
from metaprop.questions.audit.settings import Choice, Pooling, Variant, choices, described, two_step
from metaprop.questions.audit.space import NUMBERS, Space, space_of, two_step_space, zero_space

EVENTS, TOTALS = [3, 0, 9, 4, 12], [9, 7, 9, 21, 30]
ARITHMETIC = 1e-12
"""Two orders of the same sums."""


@pytest.fixture(scope="module")
def studies() -> Studies:
    return Studies.of(list("ABCDE"), EVENTS, TOTALS)


@pytest.fixture(scope="module")
def space(studies: Studies) -> Space:
    return space_of(studies)


def claim(numbers: list[float], digits: int = 2) -> Claim:
    estimate, low, high, i2 = (Printed(f"{100 * x:.{digits}f}", 100.0) for x in numbers[:4])
    p = Printed(f"{numbers[4]:.3f}", 1.0)
    return Claim(2, "made up", "here", estimate, low, high, i2=i2, q_p=p)


def pooled(choice: Choice) -> list[float]:
    one, how = choice.variant, choice.pooling
    made = effects(EVENTS, TOTALS, one.scale, one.correction, one.amount, one.convention)
    plan = Plan(how.tau2 or "dl", how.interval, how.safeguard)
    found = pool(made, plan, tau2=None if how.tau2 else 0.0)
    rates, told = found.rates(choice.size), found.heterogeneity
    values = (rates.estimate, rates.ci_low, rates.ci_high, told.i2, told.p_value)
    return [float(value) for value in values]


def test_each_answer_is_that_of_its_setting_alone(space: Space) -> None:
    known = choices()
    for place in range(0, len(known), 401):
        assert space.settings[place] == two_step(known[place])
        alone = pooled(known[place])
        assert space.values[place, :, 0] == pytest.approx(alone, abs=ARITHMETIC, nan_ok=True)


def test_many_tables_at_once_are_answered_as_one_by_one() -> None:
    tables = np.array([EVENTS, [0, 0, 0, 0, 0]])
    together = two_step_space(tables, TOTALS)
    for place, events in enumerate(tables):
        alone = two_step_space(events, TOTALS)
        np.testing.assert_allclose(together.table(place).values, alone.values, atol=ARITHMETIC)


def test_models_fitted_in_one_step_are_among_the_answers(studies: Studies, space: Space) -> None:
    fit = fit_one_step(studies)
    assert fit.typical.profile is not None
    words = ("binomial-normal model (GLMM), typical rate", "profile likelihood")
    (place,) = [i for i, s in enumerate(space.settings) if (s.scale, s.interval) == words]
    ends = (fit.typical.estimate, fit.typical.profile.low, fit.typical.profile.high)
    assert space.values[place, :3, 0] == pytest.approx(ends, abs=ARITHMETIC)
    assert np.isnan(space.values[place, 3:, 0]).all()


def test_every_setting_reproduces_the_line_that_it_makes(space: Space) -> None:
    rng = np.random.default_rng(1)
    fine = np.isfinite(space.values[:, :, 0]).all(axis=1)
    for place in rng.choice(np.flatnonzero(fine), 60, replace=False):
        found = match(space, claim(space.values[place, :, 0].tolist()))
        assert place in found.shown_by
        assert found.misses == ()


def test_a_line_of_a_model_in_one_step_is_reproduced(space: Space) -> None:
    numbers = space.values[-1, :3, 0]
    estimate, low, high = (Printed(f"{100 * x:.3f}", 100.0) for x in numbers)
    found = match(space, Claim(2, "made up", "here", estimate, low, high))
    assert len(space.settings) - 1 in found.shown_by


def test_what_no_setting_makes_has_its_nearest_told(space: Space) -> None:
    place = 40
    numbers = space.values[place, :, 0].tolist()
    far = claim([numbers[0] + 0.0123, *numbers[1:]])
    found = match(space, far)
    assert not found.found
    assert found.misses[0].differs == ("estimate",)
    assert found.misses[0].steps == pytest.approx(123, abs=1.5)
    assert isinstance(found, Match)


def test_a_swapped_digit_is_taken_back(space: Space) -> None:
    numbers = space.values[40, :, 0].tolist()
    honest = claim(numbers)
    text = honest.estimate.text
    swapped = text[:-2] + text[-1] + text[-2]
    assert swapped != text
    wrong = Claim(
        2, "made up", "here", honest.estimate.typed(swapped), honest.ci_low, honest.ci_high
    )
    assert not match(space, wrong).found
    found = {repair.meant: repair.kind for repair, _ in repairs(space, wrong)}
    assert found[text] == "swapped digits"


def test_settings_that_differ_in_one_choice_are_told_together() -> None:
    logit = Variant("logit", "meta", "none", 0.0)
    all_tau2 = [
        Choice(logit, Pooling(tau2, "z", "none")) for tau2 in ("dl", "pm", "reml", "ml", "he")
    ]
    assert described(map(two_step, all_tau2)) == (
        (
            "logit, inverse variance; nothing added; any of 5 estimators of tau2; normal interval; "
            "as R's meta reads it"
        ),
    )
    assert described([two_step(Choice(logit, Pooling(None, "z", "none")))])[0].startswith(
        "logit, inverse variance; nothing added; common effect; normal interval"
    )


def test_every_setting_has_words_of_its_own(space: Space) -> None:
    assert len(set(space.settings)) == len(space.settings)


def test_no_event_anywhere_is_told_with_usual_corrections_only() -> None:
    zero = zero_space([9, 7, 30])
    assert 0 < len(zero.settings) < len(choices())
    assert not any(setting.correction.startswith("1 added") for setting in zero.settings)
    assert zero.values.shape == (len(zero.settings), len(NUMBERS), 1)
