"""What is known to be odd in the paper's numbers is found by code, from its tables alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop.evidence.dataset import Dataset, read_dataset
from metaprop.evidence.readings import read_readings
from metaprop.questions.audit.auditing import audit_dataset

if TYPE_CHECKING:
    from metaprop.questions.audit.records import Audit, Check, Finding

FOLDER = Path(__file__).parents[3] / "data" / "kalantar2026"
LINES = frozenset(
    {
        *("any_complication", "reoperation", "deep_infection", "device_related"),
        *("wound_complication", "limb_length_discrepancy", "malalignment", "non_union"),
        *("joint_stiffness", "neurovascular"),
    }
)
"""Outcomes of which print has numbers in a table and in the text."""
PRINTED = 1e-3
"""Half of the last digit to which the founders noted these numbers."""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return read_dataset(FOLDER)


@pytest.fixture(scope="module")
def audit(dataset: Dataset) -> Audit:
    return audit_dataset(dataset)


def the(audit: Audit, about: str, check: Check) -> Finding:
    (found,) = audit.finding(about, check)
    return found


def number(found: Finding, name: str) -> float:
    (value,) = (one.value for one in found.numbers if one.name == name)
    return value


def test_every_claim_is_audited(audit: Audit, dataset: Dataset) -> None:
    assert [line.outcome for line in audit.lines] == list(dataset.outcomes)


def test_union_is_reproduced_by_one_way_to_pool(audit: Audit) -> None:
    found = the(audit, "union", "settings")
    assert found.verdict == "reproduced with a setting"
    assert found.settings == (
        (
            "logit, inverse variance; 0.5 added in studies with an empty cell; any of 7 "
            "estimators of tau2; Hartung-Knapp without a safeguard"
        ),
    )
    shown = audit.lines[0].recomputed
    assert shown is not None
    assert [shown.estimate, shown.low, shown.high] == pytest.approx(
        [0.92409, 0.89016, 0.94815], abs=1e-5
    )


def test_the_interval_of_union_leaves_out_the_raw_rate(audit: Audit) -> None:
    found = the(audit, "union", "raw rate")
    assert found.notable
    assert not found.alarm
    assert "outside" in found.sentence
    assert number(found, "raw rate") == pytest.approx(169 / 174)


def test_the_interval_of_union_is_narrower_than_that_of_a_common_rate(audit: Audit) -> None:
    found = the(audit, "union", "safeguard")
    assert number(found, "lower limit, common effect") == pytest.approx(0.8687, abs=1e-4)
    assert number(found, "upper limit, common effect") == pytest.approx(0.9572, abs=1e-4)
    assert number(found, "factor of the standard error") == pytest.approx(0.617, abs=PRINTED)
    assert found.notable


def test_the_interval_of_union_takes_332_patients(audit: Audit) -> None:
    found = the(audit, "union", "information")
    assert round(number(found, "patients implied")) == 332
    assert number(found, "patients") == 174
    assert found.alarm


def test_the_correction_of_union_adds_more_than_was_seen(audit: Audit) -> None:
    found = the(audit, "union", "correction")
    assert (number(found, "added"), number(found, "seen")) == (6.5, 5)
    assert found.notable


def test_the_events_of_union_are_those_printed(audit: Audit) -> None:
    assert the(audit, "union", "sums").verdict == "reproduced"


def test_the_selection_model_belongs_to_another_correction(audit: Audit) -> None:
    found = the(audit, "union", "selection model")
    assert found.settings == ("0.5 added in all studies",)
    assert "That is not the correction behind the pooled line." in found.sentence
    assert the(audit, "any_complication", "selection model").verdict == "cannot be checked"


def test_non_union_is_what_no_event_anywhere_gives_with_two_digits_swapped(audit: Audit) -> None:
    found = the(audit, "non_union", "zero events")
    assert found.verdict == "not reproduced"
    assert "5.06 for 5.60 (estimate, swapped digits)" in found.sentence
    assert "At least 5 events are known." in found.sentence
    assert any("Hartung-Knapp without a safeguard" in setting for setting in found.settings)
    assert the(audit, "non_union", "settings").verdict == "not reproduced"
    assert number(the(audit, "non_union", "raw rate"), "events") == 5


def test_union_and_non_union_do_not_make_a_whole(audit: Audit) -> None:
    found = the(audit, "non_union", "complement")
    assert found.alarm
    assert number(found, "sum of the two rates") == pytest.approx(0.98)


def test_deep_infection_is_symmetric_on_the_logit_with_two_digits_swapped(audit: Audit) -> None:
    found = the(audit, "deep_infection", "typing error")
    assert found.settings[0] == "6.23 for 6.32 (lower limit, swapped digits)"


def test_deep_infection_as_printed_is_symmetric_on_the_log_by_a_hair(audit: Audit) -> None:
    found = the(audit, "deep_infection", "symmetry")
    assert (found.settings, found.sure, found.notable) == (("log",), "weak", True)
    # Rounding explains it, where 1 is all that it can: nearly all of it is needed.
    assert 0.98 < number(found, "share of the rounding that it takes") < 1.0
    assert number(the(audit, "union", "symmetry"), "share of the rounding that it takes") < 0.1


def test_non_union_is_symmetric_with_two_digits_swapped(audit: Audit) -> None:
    found = the(audit, "non_union", "typing error")
    assert found.settings == ("5.06 for 5.60 (estimate, swapped digits)",)
    assert the(audit, "non_union", "symmetry").alarm


@pytest.mark.parametrize(
    ("outcome", "scales"),
    [
        ("union", ("logit",)),
        ("any_complication", ("logit",)),
        ("device_related", ("logit",)),
        ("wound_complication", ("logit",)),
        ("flap_complication", ("untransformed", "arcsine", "double arcsine")),
        ("joint_stiffness", ("untransformed", "arcsine", "double arcsine")),
        ("malalignment", ("untransformed", "arcsine", "double arcsine")),
        ("neurovascular", ("untransformed", "arcsine", "double arcsine")),
        ("reoperation", ("logit",)),
        ("limb_length_discrepancy", ("double arcsine",)),
        ("non_union", ()),
    ],
)
def test_lines_are_symmetric_on_these_scales(
    audit: Audit, outcome: str, scales: tuple[str, ...]
) -> None:
    assert the(audit, outcome, "symmetry").settings == scales


def test_two_lines_are_symmetric_only_if_a_zero_was_filled_in(audit: Audit) -> None:
    told = {one: the(audit, one, "symmetry").sentence for one in ("reoperation", "union")}
    assert "if 21.50 stands for 21.5, the last 0 filled in" in told["reoperation"]
    assert "filled in" not in told["union"]
    assert "0.20 stands for 0.2" in the(audit, "limb_length_discrepancy", "symmetry").sentence


def test_the_table_mixes_scales(audit: Audit) -> None:
    found = the(audit, "all lines", "symmetry")
    assert found.notable
    assert "No one scale fits all 12 intervals" in found.sentence
    assert "5 on the logit" in found.sentence
    assert "5 on the double arcsine" in found.sentence
    assert "1 on none (non-union)" in found.sentence


def test_i2_and_p_agree_for_all_17_studies_in_every_line(audit: Audit) -> None:
    for line in audit.lines:
        found = the(audit, line.outcome, "heterogeneity")
        fewest, most = (number(found, f"{w} studies that agree") for w in ("fewest", "most"))
        assert fewest <= 17 <= most


def test_17_is_the_only_number_of_studies_that_fits_every_line(audit: Audit) -> None:
    found = the(audit, "all lines", "heterogeneity")
    assert "all 12 lines agree for 17 studies and for no other number" in found.sentence
    assert number(found, "lines that name another number") == 10


@pytest.mark.parametrize("outcome", ["reoperation", "wound_complication", "neurovascular"])
def test_i2_and_p_do_not_agree_for_the_studies_named(audit: Audit, outcome: str) -> None:
    assert the(audit, outcome, "heterogeneity").verdict == "not reproduced"


def test_51_pairs_are_listed_against_34_events(audit: Audit) -> None:
    found = the(audit, "any_complication", "listing")
    assert number(found, "pairs listed") == 51
    assert number(found, "events") == 34
    assert found.verdict == "not reproduced"


def test_the_parts_add_up_to_79_percent(audit: Audit) -> None:
    found = the(audit, "any_complication", "parts and whole")
    assert number(found, "sum of the parts' rates") == pytest.approx(0.79, abs=0.005)


def test_the_raw_rate_of_any_complication_lies_inside(audit: Audit) -> None:
    found = the(audit, "any_complication", "raw rate")
    assert number(found, "raw rate") == pytest.approx(0.195, abs=PRINTED)
    assert not found.notable


def test_three_studies_are_listed_nowhere(audit: Audit) -> None:
    found = the(audit, "complications", "listing")
    assert "studies 2, 9 and 17 are named beside none" in found.sentence


def test_the_studies_listed_under_non_union_are_those_with_one(audit: Audit) -> None:
    assert the(audit, "non_union", "listing").verdict == "reproduced"


@pytest.mark.parametrize(
    ("outcome", "events", "sets"),
    [
        ("deep_infection", 7, 17_160),
        ("device_related", 14, 100_900_800),
        ("reoperation", 17, 1_109_908_800),
    ],
)
def test_of_all_counts_none_shows_the_line_and_the_nearest_have_this_total(
    audit: Audit, outcome: str, events: int, sets: int
) -> None:
    found = the(audit, outcome, "reconstruction")
    assert "per-study counts not identified" in found.sentence
    assert f"none of all {sets:,} sets of counts shows every printed digit" in found.sentence
    assert number(found, "sets that show the line") == 0
    assert number(found, "events of the nearest") == events
    assert number(found, "most events") - number(found, "fewest events") <= 2


def test_tens_of_thousands_of_counts_show_the_line_of_any_complication(audit: Audit) -> None:
    found = the(audit, "any_complication", "reconstruction")
    assert number(found, "sets that show the line") >= 1
    low, high = (number(found, f"{word} events") for word in ("fewest", "most"))
    assert low <= 34 <= high <= low + 12
    about = number(found, "sets that show the line, estimated")
    error = number(found, "standard error of their number")
    # Of six times as many random sets: 4.4e4, with a standard error of 1.4e4.
    assert abs(about - 4.4e4) < 4 * np.hypot(error, 1.4e4)
    assert "sets drawn at random tell" in found.sentence


def test_wound_complications_are_not_identified_by_all_sets_of_counts(audit: Audit) -> None:
    found = the(audit, "wound_complication", "reconstruction")
    assert number(found, "sets of counts tried") == 5_920_200
    # One set shows every digit, with all patients of study 1; others miss by a few, with far fewer.
    assert number(found, "sets that show the line") == 1
    assert (number(found, "fewest events"), number(found, "most events")) == (17, 25)
    assert "None of these agrees with what is known of the counts." in found.sentence


def test_lines_that_can_be_recomputed_are_not_reconstructed(audit: Audit) -> None:
    assert audit.finding("union", "reconstruction") == ()
    assert audit.finding("non_union", "reconstruction") == ()


@pytest.mark.parametrize(
    ("column", "mean", "printed"),
    [
        ("age_years", 44.37, {"44.3": "cut off"}),
        ("defect_cm", 12.33, {"12.3": "rounded"}),
        ("radiological_union_months", 7.67, {"7.6": "cut off", "7.66": "cut off"}),
        ("functional_union_months", 3.35, {"3.35": "rounded"}),
        ("follow_up_months", 27.18, {"27.1": "cut off", "27.2": "rounded"}),
    ],
)
def test_means_are_unweighted_rounded_or_cut(
    audit: Audit, column: str, mean: float, printed: dict[str, str]
) -> None:
    told = {found.numbers[0].printed: found for found in audit.finding(column, "means")}
    for text, how in printed.items():
        assert number(told[text], "mean, unweighted") == pytest.approx(mean, abs=0.005)
        assert f"unweighted, {how}" in told[text].settings
        assert not any("weighted by patients" in way for way in told[text].settings)


def test_thirteen_studies_tell_a_time_to_union_and_print_has_twelve(audit: Audit) -> None:
    found = the(audit, "radiological_union_months, functional_union_months", "numbers of studies")
    assert found.verdict == "not reproduced"
    assert (found.numbers[0].value, found.numbers[0].printed) == (13, "12")


@pytest.mark.parametrize(
    ("about", "check"),
    [
        ("union_percent", "whole numbers"),
        ("men, women", "sums"),
        ("n", "sums"),
        ("prisma", "flow of records"),
        ("studies_included", "sums"),
        ("patients_included", "sums"),
    ],
)
def test_what_adds_up_is_said_to(audit: Audit, about: str, check: Check) -> None:
    assert the(audit, about, check).verdict == "reproduced"


def test_scores_that_are_missing_are_named(audit: Audit) -> None:
    scores = audit.finding("minors", "quality score")
    assert all(found.verdict == "reproduced" for found in scores)
    assert "No study has a score for sample_size_calculation" in scores[0].sentence
    assert "Scores are missing for Caravelli et al. 2022" in scores[0].sentence


def test_two_rows_carry_each_others_reference(audit: Audit) -> None:
    found = the(audit, "doi", "references")
    assert "Liu et al. 2024 and Liu et al. 2025: they carry each other's" in found.sentence


def test_four_studies_used_mesh_cages_where_printed_implants_were_to_be_chosen(
    audit: Audit,
) -> None:
    found = the(audit, "implant_made", "eligibility")
    assert found.notable
    assert found.alarm
    told = {one.name: one.value for one in found.numbers}
    assert told == {
        "studies that fit": 12,
        "studies that do not": 4,
        "studies of which it is not said": 1,
        "patients in those that do not": 15 + 23 + 21 + 3,
    }
    for name in ("Attias et al. 2018", "Ma et al. 2023", "Gavaskar et al. 2020", "Lindsey 2006"):
        assert name in found.sentence
    assert "mesh cage; title of reference 13" in found.sentence


def test_one_study_used_a_resorbable_polymer(audit: Audit) -> None:
    found = the(audit, "implant_material", "eligibility")
    assert number(found, "studies that do not") == 1
    assert "Lodewijks et al. 2024 (resorbable polymer)" in found.sentence


def test_the_reading_of_printed_implants_leaves_out_those_that_do_not_fit(
    audit: Audit, dataset: Dataset
) -> None:
    (reading,) = (r for r in read_readings(dataset).readings if r.id == "printed_implants_only")
    sentence = the(audit, "implant_made", "eligibility").sentence
    left = set(dataset.outcomes["union"].studies.names)
    left -= set(reading.apply(dataset).outcomes["union"].studies.names)
    assert len(left) == 4
    assert all(name in sentence for name in left)


@pytest.mark.parametrize(
    ("column", "verdict"),
    [
        ("follow_up_months", "not reproduced"),
        ("radiological_union_months", "not reproduced"),
        ("functional_union_months", "reproduced"),
    ],
)
def test_means_that_are_printed_twice_are_one_number_or_not(
    audit: Audit, column: str, verdict: str
) -> None:
    assert the(audit, column, "printed twice").verdict == verdict


def test_one_p_value_is_printed_as_two_numbers(audit: Audit) -> None:
    found = the(audit, "any_complication", "printed twice")
    assert found.verdict == "not reproduced"
    assert "P of Q, 0.189 here and 0.18 elsewhere (Table 2)" in found.sentence
    assert number(found, "numbers that differ") == 1
    others = [f for f in audit.findings if f.check == "printed twice" and f.about in LINES]
    assert sum(one.alarm for one in others) == 1
    assert sum(number(one, "numbers printed elsewhere, too") for one in others) == 21


def test_each_union_percent_comes_from_one_whole_number_alone(audit: Audit) -> None:
    found = the(audit, "union_percent", "whole numbers")
    assert number(found, "percentages that one whole number alone makes") == 17


def test_rows_that_share_authors_are_named(audit: Audit) -> None:
    told = " ".join(found.sentence for found in audit.finding("author_group", "references"))
    assert "Rows 3, 9, 10, 12, 15, 16 and 17 share authors" in told


def test_reports_with_other_patients_or_events_are_named(audit: Audit) -> None:
    union = the(audit, "union", "primary reports")
    assert "14 of 15 here, 16 of 17 in its own report" in union.sentence
    told = [found.sentence for found in audit.finding("malalignment", "primary reports")]
    assert any("Tetsworth" in one and "Print names the study" in one for one in told)
    (device,) = (
        found.sentence
        for found in audit.finding("device_related", "primary reports")
        if found.alarm
    )
    assert "Chen et al. 2024b" in device
    assert "Print does not name the study beside this outcome." in device


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("healed_without_intervention", "Chen et al. 2024a, healed without intervention: 7 of 13"),
        ("union_all_treated", "Gavaskar et al. 2020, union all treated: 21 of 26"),
    ],
)
def test_what_reports_count_otherwise_than_the_review_is_told(
    audit: Audit, key: str, said: str
) -> None:
    found = the(audit, key, "primary reports")
    assert found.sentence.startswith(said)
    assert found.notable
    assert not found.alarm


def test_what_is_about_a_line_stands_beside_it(audit: Audit) -> None:
    own = {line.outcome for line in audit.lines}
    assert not any(found.about in own for found in audit.tables)
    assert {found.about for found in audit.tables} >= {"all lines", "doi", "minors", "prisma"}


def test_the_checks_that_ran_are_named(audit: Audit) -> None:
    names = {method.name for method in audit.methods}
    assert {"GRIM", "Copas selection model", "reconstruction as a test"} < names


def test_every_number_of_a_finding_is_a_number_or_none(audit: Audit) -> None:
    values = [one.value for found in audit.findings for one in found.numbers]
    assert not np.isinf(values).any()


def test_nothing_is_said_of_anybodys_reasons(audit: Audit) -> None:
    words = " ".join(found.sentence for found in audit.findings).lower()
    for word in ("fraud", "fabricat", "manipulat", "suspicious", "wrong", "mistake", "fake"):
        assert word not in words
