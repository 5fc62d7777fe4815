from __future__ import annotations

import numpy as np

from metaprop import Studies, default_models
from metaprop.assumptions.model import read_model, shipped_models
from metaprop.core.workers import Workers
from metaprop.questions.analysis import PlainOutcome, plan_analysis
from metaprop.questions.fits import Wanted, fits_of
from metaprop.questions.summaries import Question

QUESTION = Question((0.5,), 0.95, "equal-tailed", "summary", None)
EXACT = Studies.of(["a", "b", "c"], [3, 5, 0], [9, 11, 4])
RANGES = Studies.of(["a", "b", "c"], ["1+", 5, "?"], [9, 11, 4])
TOTAL = Studies.of(["a", "b", "c"], ["1+", 5, "?"], [9, 11, 4], known_total=8)
WANTED = [Wanted("x", EXACT, QUESTION), Wanted("y", RANGES, QUESTION), Wanted("z", TOTAL, QUESTION)]
COMMON = next(read_model(path) for path in shipped_models() if path.stem == "common_rate")
MODELS = (*default_models(), COMMON)


def test_what_needs_the_same_compiled_model_is_one_call() -> None:
    fits = fits_of(WANTED, MODELS, "both", 0, None)
    assert [(one.model.family, one.places) for one in fits] == [
        ("logit-normal", (1, 2)),
        ("beta-binomial", (1, 2)),
        ("common-rate", (1, 2)),
        ("logit-normal", (0,)),
        ("beta-binomial", (0,)),
        ("common-rate", (0,)),
    ]


def test_without_a_sampler_every_fit_is_a_call() -> None:
    assert len(fits_of(WANTED, MODELS, "exact", 0, None)) == len(WANTED) * len(MODELS)


def test_the_gate_is_shared_by_all_fits_of_the_run() -> None:
    fits = fits_of(WANTED, MODELS, "both", 0, None)
    assert np.isclose(fits[0].how.false_alarm * len(WANTED) * len(MODELS), 1e-4)


def test_the_numbers_are_those_of_one_process() -> None:
    outcomes = [PlainOutcome(EXACT, id="x"), PlainOutcome(RANGES, id="y")]
    plan = plan_analysis(outcomes, MODELS, QUESTION, thresholds=[0.5])
    with Workers(2) as workers:
        (found,) = workers.carry_out([plan])
    assert found == plan.alone()
    assert [m.id for m in found.outcomes[1].models] == [model.id for model in MODELS]
