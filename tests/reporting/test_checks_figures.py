from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop import Studies, check_fit, check_prior, default_models
from metaprop.questions.analysis import PlainOutcome, analyse
from metaprop.questions.checks.answers import Checks
from metaprop.reporting.checks import write_check_figures
from metaprop.reporting.checks_words import shown_models
from metaprop.reporting.figures.checks_rows import prepare_checks, prepare_surprise
from metaprop.reporting.figures.updated import EDGE, prepare_updated, save_updated

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.checks.answers import FitCheck

STUDIES = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
NAMES = [f"{'A long name of a study ' * 3}{i}" for i in range(30)]
EVENTS = [str(n) for n in range(30)]


@cache
def many() -> tuple[FitCheck, ...]:
    studies = Studies.of(NAMES, [*EVENTS[:-1], "20+"], [30] * 30)
    found = [check_fit(studies, m, replicates=100, outcome="o") for m in default_models()]
    return shown_models(found[::-1])


def test_the_first_model_is_the_one_that_others_follow() -> None:
    assert [fit.family for fit in many()] == ["logit-normal", "beta-binomial"]


def test_a_panel_holds_what_was_observed_and_says_its_p() -> None:
    sheet = prepare_checks(many())
    assert [panel.title for panel in sheet.panels] == [
        *("Studies at 0 %", "Studies at 100 %", "Smallest rate", "Largest rate"),
        "Total of events",
    ]
    for panel in sheet.panels:
        assert panel.low <= panel.observed[0] <= panel.observed[1] <= panel.high
        assert [shape.words.split(" P ")[0] for shape in panel.shapes] == [
            "logit-normal",
            "beta-binomial",
        ]
    assert sheet.panels[4].observed == (sum(range(29)) + 20, sum(range(29)) + 30)
    assert "SD of the rates not shown: Counts are ranges" in " ".join(sheet.note)


def test_only_the_most_surprising_studies_are_shown_and_the_rest_is_said() -> None:
    sheet = prepare_surprise(many())
    assert len(sheet.rows) == 20
    assert " ".join(sheet.note).startswith("10 less surprising studies are in the table.")
    p = [float(row.p[0]) for row in sheet.rows]
    assert p == sorted(p)
    assert max(len(row.name) for row in sheet.rows) <= 36
    for pit in sheet.pits:
        assert np.all(np.diff(pit.values) >= 0.0)
        assert all(low < high for low, high in zip(pit.low, pit.high, strict=True))


def test_three_figures_are_drawn(tmp_path: Path) -> None:
    studies = Studies.of(["A", "B", "C"], [9, 2, 7], [9, 9, 8])
    model = default_models()[1]
    fit = check_fit(studies, model, replicates=100, outcome="o")
    write_check_figures(Checks((fit,), (check_prior(model),)), tmp_path)
    names = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert names == ["checks_o.svg", "priors.svg", "surprise_o.svg"]


def test_priors_stand_beside_the_posteriors_of_an_outcome(tmp_path: Path) -> None:
    models = default_models()
    outcome = analyse(PlainOutcome(STUDIES), models, thresholds=[0.9]).outcomes[0]
    priors = tuple(map(check_prior, models))
    found = prepare_updated(outcome, priors)
    assert [rate.name.split()[-1] for rate in found.rates] == ["rate", "study", "study"]
    for rate in found.rates:
        assert [line.dashed for line in rate.lines] == [True, False] * 2
        for line in rate.lines:
            assert np.isfinite(line.density).all()
            inside = (np.array(line.at) > EDGE) & (np.array(line.at) < 1 - EDGE)
            assert max(np.array(line.density)[inside]) < rate.top
            mass = np.trapezoid(line.density, line.at)
            assert line.dashed or mass == pytest.approx(1.0, abs=0.1)
    save_updated(outcome, priors, tmp_path, "priors_x")
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".svg"}


def test_priors_of_other_models_are_not_drawn_beside_a_posterior(
    tmp_path: Path,
) -> None:
    first, second = default_models()
    outcome = analyse(PlainOutcome(STUDIES), [first], thresholds=[0.9]).outcomes[0]
    assert prepare_updated(outcome, [check_prior(second)]).rates == ()
    save_updated(outcome, [check_prior(second)], tmp_path, "priors_x")
    assert not list(tmp_path.iterdir())
