from __future__ import annotations

import csv
import doctest
import re
from typing import TYPE_CHECKING

import pytest

from metaprop.cli import main
from metaprop.core.wording import percent, threshold
from metaprop.reporting.prose import headline
from metaprop.reporting.records import read_records

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.answers import OutcomeAnswer, Summary

ABOVE = 0.9
"""The threshold that the README speaks about."""
ROUND = {"0 %", "100 %"}
"""Percentages that are no results: where the usual formulas fail."""


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def union(root: Path) -> OutcomeAnswer:
    outcomes = read_records(root / "results" / "kalantar2026").outcomes
    return next(outcome for outcome in outcomes if outcome.id == "union")


def bare(rate: float) -> str:
    """Return a percentage without its sign, as it stands inside brackets."""
    return percent(rate).removesuffix(" %")


def bracketed(median: float, low: float, high: float) -> str:
    return f"{percent(median)} [{bare(low)}, {bare(high)}]"


def chance(summary: Summary) -> str:
    return percent(summary.probability(ABOVE).value)


def median(summary: Summary) -> str:
    return bracketed(summary.median.value, summary.interval.low, summary.interval.high)


def answer(outcome: OutcomeAnswer) -> list[str]:
    """Return what the README has to say about an outcome, each a piece of a sentence."""
    models = {model.id: model for model in outcome.models}
    pair = [models["logit_normal"], models["beta_binomial"]]
    average = [model.estimand("average") for model in pair]
    following = [model.estimand("new_study") for model in pair]
    totals = outcome.totals
    assert totals.crude_rate is not None
    return [
        f"In {totals.studies} small studies",
        f"{totals.low} of {totals.patients} patients",
        f"above {threshold(ABOVE)}, for the average study and for the next one?",
        f"Average study: {chance(average[0])} (logit-normal model)",
        f"or {chance(average[1])} (beta-binomial); next study: ",
        f"next study: {chance(following[0])} or {chance(following[1])}",
        f"(median, {threshold(average[0].interval.level)} credible interval)",
        f"is {median(average[0])} or {median(average[1])}",
        f"the rate that was seen, {percent(totals.crude_rate)}",
    ]


def published(root: Path) -> str:
    """Return the union rate as the paper prints it."""
    with (root / "data" / "kalantar2026" / "claims.csv").open(encoding="utf-8") as file:
        (claim,) = (row for row in csv.DictReader(file) if row["outcome"] == "union")
    keys = ("estimate_percent", "ci_low_percent", "ci_high_percent")
    return bracketed(*(float(claim[key]) / 100 for key in keys))


def prose_of(markdown: str) -> str:
    """Return the text without code, on one line."""
    without = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return " ".join(re.sub(r"`[^`]*`", "", without).split())


def test_the_first_ten_lines_give_the_answer(readme: str, union: OutcomeAnswer, root: Path) -> None:
    head = " ".join("\n".join(readme.splitlines()[:10]).split())
    assert [piece for piece in [*answer(union), published(root)] if piece not in head] == []


def test_every_percentage_is_one_of_the_results(
    readme: str, union: OutcomeAnswer, root: Path
) -> None:
    known = " ".join([*answer(union), published(root)])
    # With a decimal, or with the sign: a number typed into prose can be neither and be a result.
    told = re.findall(r"\d+\.\d+(?: %)?|\d+ %", prose_of(readme).replace("Python 3.12", ""))
    assert told
    assert [one for one in told if one not in known and one not in ROUND] == []


def test_the_figure_is_there_and_its_text_tells_the_finding(
    readme: str, union: OutcomeAnswer, root: Path
) -> None:
    ((text, path),) = re.findall(r"!\[([^]]*)\]\(([^)]*)\)", readme)
    model = headline(union)
    finding = f"above {threshold(ABOVE)} with probability {chance(model.estimand('average'))}"
    assert text == (
        f"Forest plot of {union.totals.studies} studies. "
        f"Average union rate: {finding} ({model.family})."
    )
    assert (root / path).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("page", ["README.md", "data/README.md", "models/README.md"])
def test_every_link_leads_somewhere(root: Path, page: str) -> None:
    path = root / page
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_python_example_says_what_python_says(root: Path) -> None:
    failed, tried = doctest.testfile(str(root / "README.md"), module_relative=False)
    assert (failed, tried > 0) == (0, True)


def test_every_command_that_is_shown_exists(readme: str, root: Path) -> None:
    shown = re.findall(r"^\$ (make|metaprop) (\S+)", readme, re.MULTILINE)
    targets = re.findall(r"^(\w+):", (root / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test"} <= {name for tool, name in shown if tool == "make"} <= set(targets)
    commands = {name for tool, name in shown if tool == "metaprop"}
    assert commands == set(main.commands)


def test_the_sentence_stands(readme: str) -> None:
    assert (
        "`data/` is what was observed. `models/` is what we assume. `src/` knows how to reason. "
        "`results/` is what follows, and nothing in it is written by hand."
    ) in " ".join(readme.split())
