import pytest

from metaprop import Studies, default_models, fit
from metaprop.core.errors import OptionError

STUDIES = Studies.of(["a", "b"], [9, 12], [9, 13])
MODEL = default_models()[0]


def test_every_wrong_option_is_named_at_once() -> None:
    wrong = {"engine": "stan", "tolerance": 0.5, "draws": 7, "seed": -1}
    with pytest.raises(OptionError) as raised:
        fit(STUDIES, MODEL, **wrong)  # type: ignore[call-overload]
    assert [problem.where for problem in raised.value.problems] == [*wrong]
    assert "Use exact or nuts" in str(raised.value)


def test_the_exact_engine_answers_with_the_error_asked_for() -> None:
    estimate = fit(STUDIES, MODEL, tolerance=1e-5).average.probability(above=0.8)
    assert 0.0 < estimate.value < 1.0
    assert estimate.error <= 1e-5
