from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metaprop import Studies, check_fit, check_prior, default_models
from metaprop.core.estimates import Quality
from metaprop.questions.checks.answers import Checks
from metaprop.reporting.checks import fill_checks, read_checks
from metaprop.reporting.checks_words import fit_sentences, prior_sentence, terminal_lines
from metaprop.reporting.stored import as_stored

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.checks.answers import FitCheck, PriorCheck

STUDIES = Studies.of(["A, 'first'", "=B", "C", "D"], [9, "13+", 7, 2], [9, 15, 7, 8])


@pytest.fixture(scope="module")
def fits() -> tuple[FitCheck, ...]:
    asked = [(model, STUDIES) for model in default_models()]
    return tuple(
        check_fit(studies, model, replicates=200, outcome="union", label="Union")
        for model, studies in asked
    )


@pytest.fixture(scope="module")
def priors() -> tuple[PriorCheck, ...]:
    return tuple(check_prior(model, thresholds=[0.9]) for model in default_models())


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    fits: tuple[FitCheck, ...],
    priors: tuple[PriorCheck, ...],
) -> Path:
    found = tmp_path_factory.mktemp("results")
    for name in ("tables", "figures"):
        (found / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:  # figures have a test of their own
        patch.setattr("metaprop.reporting.checks.write_check_figures", lambda *_: None)
        fill_checks(as_stored(Checks(fits, priors)), "mine", found)
    return found


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_checks_are_read_back_as_they_were_stored(
    folder: Path, fits: tuple[FitCheck, ...], priors: tuple[PriorCheck, ...]
) -> None:
    models = [model.id for model in default_models()]
    assert read_checks(folder, ["union"], models) == as_stored(Checks(fits, priors))
    assert read_checks(folder / "tables", ["union"], models) is None


def test_the_tables_hold_every_statistic_study_and_prior(folder: Path) -> None:
    checks = [row for row in rows(folder, "checks") if row["model"] == "logit_normal"]
    assert len(checks) == 2 * 5 + 1
    assert checks[-1]["replicated_from"].startswith("Counts are ranges")
    zeros = next(row for row in checks if row["statistic"] == "studies_at_100")
    assert (zeros["observed_low"], zeros["observed_high"]) == ("2.0", "3.0")
    surprise = [row for row in rows(folder, "surprise") if row["model"] == "beta_binomial"]
    assert surprise[0]["study"] == "D"
    assert "'=B" in [row["study"] for row in surprise]
    p = [float(row["two_sided_p"]) for row in surprise]
    assert p == sorted(p)
    worth = rows(folder, "prior_information")
    assert {row["from"] for row in worth} == {"prior", "prior and data"}


def test_a_terminal_tells_what_is_missed_and_counts_the_rest(
    fits: tuple[FitCheck, ...],
) -> None:
    bad = replace(fits[0], quality=Quality("caution", "The model misses the smallest rate."))
    good = replace(fits[1], quality=Quality("ok", "No sign of misfit in these 7 checks."))
    first, last = terminal_lines((bad, good))
    assert first == "CAUTION: Union, logit_normal: The model misses the smallest rate."
    assert last.startswith("No sign of misfit in 1 of 2 fits that were checked")
    assert terminal_lines(()) == []


def test_the_sentences_say_verdict_study_and_patients(
    fits: tuple[FitCheck, ...], priors: tuple[PriorCheck, ...]
) -> None:
    sentences = fit_sentences(fits[0], priors)
    assert sentences[0].startswith("Union, logit-normal: ")
    assert "Most surprising study: D, 2 of 8 with the event" in sentences[1]
    assert sentences[-1].endswith("the prior alone is worth 2.1.")
    assert "is worth 2.0 patients" in prior_sentence(priors[1])
