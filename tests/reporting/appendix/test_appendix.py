"""What the appendix says: all of it from records, and nothing that they do not bear."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metaprop.core.estimates import Quality
from metaprop.questions.sensitivity.power_scaling import POWER_SCALING
from metaprop.questions.sensitivity.records import PowerSensitivity
from metaprop.reporting.appendix.blocks import (
    Column,
    Table,
    TableNumber,
    all_inlines,
    cells,
    cited,
    plain,
)
from metaprop.reporting.appendix.calibration_part import NOT_CALIBRATED
from metaprop.reporting.appendix.checks_part import NOT_CHECKED
from metaprop.reporting.appendix.choices_part import NOT_ASKED as NO_OTHER_PRIORS
from metaprop.reporting.appendix.closing import DOMAINS, GRADE, MISSING
from metaprop.reporting.appendix.comparators import NOT_ASKED
from metaprop.reporting.appendix.computing import FITS, _small
from metaprop.reporting.appendix.covariates_part import NOT_ASKED as NO_REGRESSION
from metaprop.reporting.appendix.document import appendix
from metaprop.reporting.appendix.ran import methods_that_ran, prior_dois
from metaprop.reporting.appendix.references import known
from metaprop.reporting.appendix.sensitivity_part import NO_READINGS
from metaprop.reporting.appendix.widths import PAGE, column_widths
from metaprop.reporting.records import Passport
from metaprop.reporting.report import fill_report

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.evidence.dataset import Dataset
    from metaprop.questions.answers import ModelAnswer
    from metaprop.reporting.appendix.blocks import Document
    from metaprop.reporting.stored import Beside, Results

FORBIDDEN = (
    *("homogeneous", "homogeneity", "no publication bias", "no evidence of publication bias"),
    *("no heterogeneity was", "no evidence of heterogeneity", "statistically significant"),
    *("not significant", "non-significant", "no difference between", "proves", "proved"),
    *("no effect of", "confirms that", "unbiased", "rules out", "free of bias"),
)
"""What no P value and no I2 can bear."""
FAILED = Quality("failed", "R-hat is 1.32.", "Sample longer.")
LONGEST_TEXT = 2600
"""Words of four pages, with the equations."""


def with_failure(results: Results) -> Results:
    """Return results in which one run of NUTS failed, and its engines disagree."""
    first, *others = results.analysis.outcomes
    model, *rest = first.models
    models = (broken(model), *rest)
    outcomes = (replace(first, models=models), *others)
    return replace(results, analysis=replace(results.analysis, outcomes=outcomes))


def broken(model: ModelAnswer) -> ModelAnswer:
    assert model.sampled is not None
    assert model.sampled.agreement is not None
    agreement = replace(model.sampled.agreement, passed=False)
    return replace(model, sampled=replace(model.sampled, quality=FAILED, agreement=agreement))


@pytest.mark.parametrize("failed", [False, True])
def test_no_sentence_says_more_than_a_p_value_can(whole: Results, *, failed: bool) -> None:
    text = plain(appendix(with_failure(whole) if failed else whole).all_blocks).lower()
    assert [phrase for phrase in FORBIDDEN if phrase in text] == []


def test_a_failed_fit_is_told_before_any_answer(whole: Results) -> None:
    text = plain(appendix(with_failure(whole)).blocks)
    assert "1 fit failed the checks" in text
    assert "R-hat is 1.32. Sample longer." in text
    assert "1 of 4 fits failed" in text
    assert "All fits passed." not in text
    text = plain(appendix(whole).blocks)
    assert "failed the checks" not in text
    assert "All fits passed." in text


def test_the_references_are_those_of_the_methods_and_priors(
    whole: Results, document: Document
) -> None:
    assert whole.beside.assumptions is not None
    sources = [p.source for m in whole.beside.assumptions.models for p in m.priors]
    ran = {method.doi for method in methods_that_ran(whole).methods if method.doi}
    assert set(cited(document)) == ran | {doi for text in sources for doi in prior_dois(text)}
    assert all(map(known, ran))


def test_a_misfit_is_told_with_its_name(whole: Results) -> None:
    checks = whole.beside.checks
    assert checks is not None
    first, *others = checks.fits
    missed = replace(first, quality=Quality("caution", "The model misses the smallest rate."))
    fits = (missed, *(replace(fit, quality=Quality("ok", "No sign.")) for fit in others))
    beside = replace(whole.beside, checks=replace(checks, fits=fits))
    text = plain(appendix(replace(whole, beside=beside)).blocks)
    assert "1 of 2 fits shows a misfit: Healed, " in text
    assert "The model misses the smallest rate." in text


def test_what_did_not_run_is_not_cited(bare: tuple[Dataset, Results]) -> None:
    alone = appendix(bare[1])
    names = {method.name for method in methods_that_ran(bare[1]).methods}
    assert "No-U-Turn sampler" not in names
    assert "Deterministic quadrature" in names
    assert "10.7717/peerj-cs.1516" not in cited(alone)


def test_power_scaling_is_cited_and_told_where_it_was_asked(whole: Results) -> None:
    moved = whole.beside.sensitivity
    assert moved is not None
    well = Quality("ok", "No sign.")
    power = PowerSensitivity("logit_normal", "prior", 0.031, 0.0294, None, (), well)
    asked = replace(moved, outcomes=tuple(replace(o, power=(power,)) for o in moved.outcomes))
    document = appendix(replace(whole, beside=replace(whole.beside, sensitivity=asked)))
    assert POWER_SCALING.doi in cited(document)
    assert "is at most 0.029 for the prior over all fits" in plain(document.blocks)
    assert POWER_SCALING.doi not in cited(appendix(whole))


def test_a_part_without_a_record_is_one_sentence(bare: tuple[Dataset, Results]) -> None:
    alone = appendix(bare[1])
    text = plain(alone.blocks)
    assert NOT_ASKED in text
    assert NO_READINGS in text
    assert NO_OTHER_PRIORS in text
    assert NO_REGRESSION in text
    assert NOT_CHECKED in text
    assert NOT_CALIBRATED in text
    assert all(table.rows for table in alone.tables)


def test_every_table_is_spoken_of_and_no_other(document: Document) -> None:
    spoken = {i.key for i in all_inlines(document.blocks) if isinstance(i, TableNumber)}
    known_tables = [table.key for table in document.tables]
    assert spoken == set(known_tables)
    assert len(known_tables) == len(spoken)


def test_every_row_fits_its_table(document: Document) -> None:
    for table in document.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert sum(column.width for column in table.columns) == pytest.approx(1.0, abs=0.011)


@pytest.mark.parametrize("places", [2, 3, 5])
def test_no_word_is_torn_where_the_page_is_wide_enough(places: int) -> None:
    heads = (Column("Study", 0.5), *(Column("x", 0.5 / places),) * places)
    row = cells("A", "retrospective", *("1" for _ in range(places - 1)))
    table = Table("one", "", heads, (row,))
    widths = column_widths(table)
    assert sum(widths) == pytest.approx(1.0)
    assert widths[1] * PAGE > len("retrospective")
    assert widths[1] > max(widths[2:], default=0.0)


def test_an_empty_column_keeps_its_room_and_long_text_takes_what_is_left() -> None:
    heads = (Column("Facts", 0.4), Column("No.", 0.3, "right"), Column("Judgement", 0.3))
    table = Table("one", "", heads, (cells("many words " * 30, "7", ""),))
    facts, number, empty = column_widths(table)
    assert empty >= 0.3
    assert number < 0.1
    assert facts > 0.5


def test_the_fits_that_are_counted_stand_in_the_table(whole: Results, document: Document) -> None:
    rows = next(table for table in document.tables if table.key == FITS).rows
    models = [model for outcome in whole.analysis.outcomes for model in outcome.models]
    twice = sum(model.sampled is not None for model in models)
    told = f"of {len(rows) + twice} fits (one for each model, outcome and engine)"
    assert told in plain(document.blocks)
    regressed = [text_of(row[0]) for row in rows if text_of(row[1]) == "meta-regression"]
    assert len(regressed) == sum(len(one.answers) for one in whole.beside.moderators) > 0


@pytest.mark.parametrize(
    ("error", "told"),
    [(4.1e-7, "5 × 10−7"), (9.9e-8, "1 × 10−7"), (2e-6, "2 × 10−6"), (0.0, "0")],
)
def test_an_error_is_told_in_one_digit_and_never_smaller(error: float, told: str) -> None:
    assert text_of(_small(error)) == told


def test_judgements_are_left_to_people(document: Document) -> None:
    tables: dict[str, Table] = {table.key: table for table in document.tables}
    assert not any(text_of(cell) for row in tables[GRADE].rows for cell in row[1:])
    assert len(tables[GRADE].columns) == 1 + len(DOMAINS)
    assert [text_of(cell) for cell in tables[MISSING].rows[1]] == ["<b>", "5", "1", "", "", "", ""]


def alone(beside: Beside) -> Beside:
    """Return what stands beside without what has files of its own to read back."""
    return replace(beside, checks=None, calibration=None, sensitivity=None, moderators=())


def text_of(cell: object) -> str:
    return "".join(getattr(inline, "text", "") for inline in cell)  # type: ignore[attr-defined]


def test_counts_limits_and_reasons_come_from_the_data_set(document: Document) -> None:
    text = plain(document.all_blocks)
    for words in (
        "Do $trees$ heal?",
        "Registration: None.",
        "Nothing was *read*.",
        "Asked for by #nobody",
        "no clinical reason is known",
        "5 to 9 events",
        "1 is a lower bound, 1 is a range and 1 is not reported",
    ):
        assert words in text


def test_the_main_text_is_as_long_as_a_journal_takes(document: Document) -> None:
    words = re.findall(r"\w+", plain(document.blocks))
    assert len(words) < LONGEST_TEXT


def test_a_report_writes_it_from_what_it_stored(
    tmp_path: Path, whole: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Results, Path]] = []
    monkeypatch.setattr("metaprop.reporting.report.write_page", lambda *_: None)
    for name in ("main_figures", "fill_frequentist", "fill_joint", "write_audit"):
        monkeypatch.setattr(f"metaprop.reporting.drawing.{name}", lambda *_: ())
    monkeypatch.setattr("metaprop.reporting.report.write_appendix", lambda *a: given.append(a))
    passport = Passport("metaprop run data models", {}, {})
    fill_report(whole.analysis, passport, tmp_path, alone(whole.beside))
    ((results, folder),) = given
    assert folder == tmp_path
    assert results.analysis == whole.analysis
    assert results.beside.evidence == whole.beside.evidence
