from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.core.estimates import Estimate, Quality
from metaprop.questions.answers import Exceedance, OutcomeAnswer
from metaprop.reporting import prose

if TYPE_CHECKING:
    from metaprop.evidence.dataset import Direction

pytestmark = pytest.mark.usefixtures("made_up_engine")


def told(chance: float, **fields: object) -> OutcomeAnswer:
    """Return an outcome whose every probability of lying above 90 % is ``chance``."""
    outcome = made_up.analysis(made_up.three(thresholds=(0.9,), **fields)).outcomes[0]
    above = (Exceedance(0.9, Estimate(chance, 1e-9)),)
    models = tuple(
        replace(m, estimands=tuple(replace(s, above=above) for s in m.estimands))
        for m in outcome.models[::2]
    )
    return replace(outcome, models=models)


def test_the_answer_in_words() -> None:
    assert prose.probability_sentence(told(0.98799), "average", 0.9) == (
        "Probability that the average union rate is above 90 %: "
        "98.8 % (logit-normal), 98.8 % (beta-binomial)"
    )


def test_the_answer_for_the_next_study() -> None:
    sentence = prose.probability_sentence(told(0.5, label=""), "new_study", 0.9)
    assert sentence.startswith("Probability that the rate in the next study is above 90 %: 50.0 %")


def test_where_less_is_better_the_answer_is_about_below() -> None:
    outcome = told(0.25, label="Deep infection", direction="lower is better")
    assert prose.finding(outcome) == (
        "Average deep infection rate: below 90 % with probability 75.0 %"
    )


def test_what_is_not_certain_is_not_called_certain() -> None:
    assert "> 99.9 %" in prose.probability_sentence(told(0.99999), "average", 0.9)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("", "rate"),
        ("Union", "union rate"),
        ("Union rate", "union rate"),
        ("MRSA infection", "MRSA infection rate"),
        ("Union\x1b[2J", "union [2J rate"),
    ],
)
def test_a_label_becomes_the_name_of_a_rate(label: str, name: str) -> None:
    assert prose.rate_name(label) == name


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("union", "Union rate"),
        ("Union by CT", "Union by CT rate"),
        ("HIV", "HIV rate"),
        ("", "Rate"),
    ],
)
def test_a_rate_on_an_axis_keeps_the_capitals_of_its_label(label: str, title: str) -> None:
    assert prose.rate_title(label) == title


@pytest.mark.parametrize(
    ("thresholds", "direction", "headline", "main"),
    [
        ((), "higher is better", None, None),
        ((0.8, 0.85, 0.9, 0.95), "higher is better", None, 0.9),
        ((0.05, 0.1, 0.2), "lower is better", None, 0.1),
        ((0.5, 0.6, 0.7), "higher is better", None, 0.6),
        ((0.05, 0.1, 0.2), "lower is better", 0.2, 0.2),
        ((0.05, 0.1), "lower is better", 0.2, 0.1),  # asked for by hand, without it
    ],
)
def test_titles_are_about_the_headline_or_the_usual_threshold(
    thresholds: tuple[float, ...], direction: Direction, headline: float | None, main: float | None
) -> None:
    asked = replace(told(0.5), thresholds=thresholds, direction=direction)
    outcome = replace(asked, headline=headline)
    assert prose.main_threshold(outcome) == main


def test_without_a_threshold_the_title_is_the_average_with_its_interval() -> None:
    outcome = made_up.analysis(made_up.three(thresholds=())).outcomes[0]
    assert prose.finding(outcome).startswith("Average union rate: 9")
    assert "95 % interval" in prose.finding(outcome)


def test_two_models_of_one_family_are_told_apart_by_their_ids() -> None:
    models = (made_up.model("mine", "logit-normal"), made_up.LOGIT_NORMAL, made_up.BETA_BINOMIAL)
    outcome = made_up.analysis(models=models).outcomes[0]
    labels = [prose.model_label(model, outcome) for model in prose.in_order(outcome.models)]
    assert labels == ["mine", "logit_normal", "beta-binomial"]


def test_the_evidence_in_one_line() -> None:
    assert prose.evidence_line(told(0.5)) == (
        "3 studies, 33 events of 35 patients; crude rate 94.3 %"
    )
    ranges = made_up.analysis(made_up.outcome(["Ash"], ["1+"], [5])).outcomes[0]
    assert prose.evidence_line(ranges) == "1 study, between 1 and 5 events of 5 patients"


def test_a_failed_fit_is_told_first() -> None:
    outcome = told(0.5)
    caution = replace(outcome.models[0], quality=Quality("caution", "Close call.", ""))
    bad = replace(outcome.models[1], quality=Quality("failed", "No answer.", "Narrow the prior."))
    lines = prose.quality_lines(replace(outcome, models=(caution, bad)))
    assert [line.split(" ")[0] for line in lines] == ["FAILED", "CAUTION"]
    assert lines[0].endswith("No answer. Narrow the prior.")
    assert prose.quality_lines(outcome) == ()
