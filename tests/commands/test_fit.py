from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import made_up
from metaprop.commands.fit import fit
from metaprop.commands.inputs import FAILED, Typed, read_asked, read_models, read_options
from metaprop.core.errors import InputError, ModelError, OptionError
from metaprop.core.estimates import Quality
from metaprop.questions.calibration.asking import MOST
from metaprop.reporting.terminal import outcome_lines

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.assumptions.model import Model
    from metaprop.evidence.studies import Studies

pytestmark = pytest.mark.usefixtures("made_up_engine")
ASKED = Typed(above=("0.9",))


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "trees.csv"
    path.write_text("study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n", encoding="utf-8")
    return str(path)


def records(table: str, typed: Typed = ASKED, models: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fit(table, typed, as_json=True, models=models).out)
    return found


def test_the_answer_in_words_comes_first(table: str) -> None:
    lines = fit(table, ASKED).out.splitlines()
    assert lines[0].startswith("Probability that the average rate is above 90 %: ")
    assert lines[0].index("(logit-normal)") < lines[0].index("(beta-binomial)")
    assert lines[1].startswith("Probability that the rate in the next study is above 90 %: ")


def test_every_threshold_has_its_sentence_and_its_column(table: str) -> None:
    text = fit(table, Typed(above=("0.8", "0.95"))).out
    for threshold in ("80 %", "95 %"):
        assert f"the average rate is above {threshold}" in text
        assert f"P(> {threshold})" in text


@pytest.mark.parametrize("width", [40, 60, 79, 80, 100, 200])
@pytest.mark.parametrize("typed", [ASKED, Typed(above=("0.8", "0.85", "0.9", "0.95"))])
def test_the_table_keeps_to_the_width_of_the_terminal_and_loses_nothing(
    table: str, typed: Typed, width: int
) -> None:
    text = fit(table, typed, width=width).out
    body = text.partition("crude rate")[2].splitlines()[1:-2]
    assert max(map(len, body)) <= width
    assert text.count("typical study") >= 2
    assert text.count("P(> ") >= len(typed.above)
    assert "…" not in text


def test_studies_that_report_nothing_are_counted_apart(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("study,events,total\nAsh,?,9\nBirch,14,15\n", encoding="utf-8")
    text = fit(str(path), ASKED).out
    assert "1 of 2 studies reports no count (?)" in text
    assert "CAUTION" not in text


def test_a_table_in_which_nothing_is_reported_is_said_to_give_the_prior(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("study,events,total\nAsh,?,9\nBirch,,15\n", encoding="utf-8")
    assert "no study reports a count" in fit(str(path), ASKED).out.splitlines()[0]
    assert "that of the prior" in fit(str(path), ASKED, as_json=True).err


def test_where_less_is_better_sentence_and_table_are_about_the_same_side() -> None:
    asked = made_up.three(direction="lower is better")
    lines = outcome_lines(made_up.analysis(asked).outcomes[0], (0.9,), 200, named=False)
    sentence = lines[0]
    assert sentence.startswith("Probability that the average union rate is below 90 %, where lower")
    chance = sentence.partition("better: ")[2].partition(" (logit-normal)")[0]
    header, first = lines[lines.index("") + 2 :][:2]
    assert header.endswith("P(< 90 %)")
    assert first.startswith("average rate")
    assert first.endswith(chance)


def test_without_thresholds_of_its_own_a_table_is_asked_about_ninety_percent(table: str) -> None:
    assert fit(table, Typed()).out.startswith("Probability that the average rate is above 90 %")


def test_the_records_are_those_of_the_contract(table: str) -> None:
    found = records(table)
    keys = {"outcome", "model", "engine", "estimand", "quantity", "at", "value", "error"}
    assert all(set(record) == keys for record in found)
    mine = [r for r in found if r["model"] == "logit_normal"]
    asked = [("mean", None), ("quantile", 0.025), ("quantile", 0.5), ("quantile", 0.975)]
    expected: list[tuple[str | None, str, float | None]] = [
        (estimand, quantity, at)
        for estimand in ("average", "typical", "new_study", "tau")
        for quantity, at in [*asked, ("probability_above", 0.9)]
        if (estimand, quantity) != ("tau", "probability_above")
    ]
    expected.append((None, "log_marginal_likelihood", None))
    assert [(r["estimand"], r["quantity"], r["at"]) for r in mine] == expected


def test_the_level_moves_the_outer_quantiles(table: str) -> None:
    at = {r["at"] for r in records(table, Typed(level="0.8")) if r["quantity"] == "quantile"}
    assert at == {0.1, 0.5, 0.9}


def test_counts_of_the_next_study_are_a_full_table(table: str) -> None:
    found = records(table, Typed(count_next="5"), models=("beta_binomial",))
    counts = [r for r in found if r["estimand"] == "new_count"]
    assert [r["at"] for r in counts] == [0, 1, 2, 3, 4, 5]
    assert {r["quantity"] for r in counts} == {"count_probability"}
    assert sum(r["value"] for r in counts) == pytest.approx(1)


def test_a_mean_that_does_not_exist_is_null_with_its_reason(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fitted(studies: Studies, model: Model, *, engine: str) -> made_up.MadeUpPosterior:
        del engine
        return made_up.MadeUpPosterior(studies, model.family, undefined="The tail is too heavy.")

    monkeypatch.setattr("metaprop.engines.fitting.fit", fitted)
    tau = next(r for r in records(table) if (r["estimand"], r["quantity"]) == ("tau", "mean"))
    assert tau["value"] is None
    assert tau["undefined"] == "The tail is too heavy."
    text = fit(table, ASKED).out
    assert "The mean of tau (log odds) (logit-normal) is undefined: The tail is too heavy." in text


def test_a_failed_fit_is_told_first_and_leaves_with_three(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fitted(studies: Studies, model: Model, *, engine: str) -> made_up.MadeUpPosterior:
        del engine
        bad = Quality("failed", "The grid never settled.", "Truncate the prior.")
        good = made_up.MadeUpPosterior(studies, model.family)
        return replace(good, quality=bad) if model.family == "beta-binomial" else good

    monkeypatch.setattr("metaprop.engines.fitting.fit", fitted)
    reply = fit(table, ASKED)
    assert reply.code == FAILED == 3
    assert reply.out.startswith("FAILED (events, beta-binomial): The grid never settled.")
    machine = fit(table, ASKED, as_json=True)
    assert machine.code == 3
    assert machine.err.startswith("FAILED")
    json.loads(machine.out)


def test_a_data_set_is_answered_by_outcome(root: Path) -> None:
    reply = fit(str(root / "data" / "kalantar2026"), ASKED, outcomes=["union"])
    assert reply.out.startswith("Probability that the average union rate is above 90 %")


def test_an_unknown_outcome_lists_those_there_are(root: Path) -> None:
    with pytest.raises(OptionError, match=r"no outcome is called 'onion'.*union"):
        read_asked(str(root / "data" / "kalantar2026"), ["onion"])


def test_all_wrong_options_are_listed_at_once() -> None:
    typed = Typed(("90%", "1.5", "x"), level="95", engine="stan", seed="-1", count_next="0.5")
    with pytest.raises(OptionError) as caught:
        read_options(typed)
    told = str(caught.value).splitlines()
    options = ["--above", "--above", "--count-next", "--above", "--level", "--engine", "--seed"]
    assert [line.split(":")[0] for line in told] == options
    assert "Write a proportion, not percent, such as 0.9." in told[0]
    assert "no engine is called 'stan'. Use exact, nuts or both." in told[5]


def test_no_more_reviews_can_be_asked_for_than_are_simulated() -> None:
    assert read_options(Typed(simulate=str(MOST))).simulate == MOST
    with pytest.raises(OptionError, match=r"--simulate: 1,000,001 is too many"):
        read_options(Typed(simulate=str(MOST + 1)))


def test_the_same_threshold_twice_is_asked_once() -> None:
    assert read_options(Typed(("0.9", "0.90"))).thresholds == (0.9,)


def test_models_are_named_by_stem_or_file(root: Path) -> None:
    models = read_models(["common_rate", str(root / "models" / "logit_normal.toml")])
    assert [model.id for model in models] == ["common_rate", "logit_normal"]
    assert [model.id for model in read_models([])] == ["logit_normal", "beta_binomial"]


def test_an_unknown_model_lists_the_shipped_ones() -> None:
    with pytest.raises(OptionError, match="beta_binomial, common_rate or logit_normal"):
        read_models(["logitnormal"])


def test_the_faults_of_all_model_files_are_told(tmp_path: Path, root: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text("family = 3", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_models([str(tmp_path / "one.toml"), str(tmp_path / "two.toml")])
    assert {"one.toml", "two.toml"} <= {
        name for name in ("one.toml", "two.toml") if name in str(caught.value)
    }
    with pytest.raises(ModelError, match="2 models are called 'common_rate'"):
        read_models(["common_rate", str(root / "models" / "common_rate.toml")])


def test_the_same_model_twice_is_fitted_once() -> None:
    assert [model.id for model in read_models(["common_rate"] * 2)] == ["common_rate"]


def test_a_bad_table_is_an_error_with_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("study,events,total\nAsh,9,8\nBirch,-1,15\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        fit(str(path), ASKED)
    assert len(caught.value.problems) == 2


def test_faults_of_options_evidence_and_models_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("study,events,total\nAsh,9,8\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        fit(str(path), Typed(above=("90",), seed="x"), models=["nobody", "logit_normal"])
    places = [problem.where.rsplit("/", 1)[-1] for problem in caught.value.problems]
    assert places == ["--seed", "--above", "bad.csv, row 2, column 'events'", "--model"]


def test_text_from_a_table_cannot_steer_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "evil"
    folder.mkdir()
    path = folder / "t.csv"
    path.write_text("study,events,total\n[red]Ash[/red],9,9\n", encoding="utf-8")
    assert "\x1b" not in fit(str(path), ASKED).out
