"""The page of results that have everything: the same results as the appendix is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from metaprop.core import wording
from metaprop.reporting.calibration_words import coverage_sentences
from metaprop.reporting.checks_words import fit_sentences
from metaprop.reporting.moderators_words import summary_sentence
from metaprop.reporting.pages.blocks import Picture
from metaprop.reporting.pages.page import prepare_page, render
from metaprop.reporting.pages.pictures import Pictures

if TYPE_CHECKING:
    from metaprop.reporting.stored import Results


class EveryPicture(Pictures):
    """Has every figure that is asked for, and no other."""

    def __init__(self) -> None:
        super().__init__({})

    def take(self, stem: str) -> Picture:
        return Picture(stem, f"What {stem} finds", "", 1.0, 1.0, "data:,")


@pytest.fixture(scope="session")
def text(whole: Results) -> str:
    return render(prepare_page(whole, EveryPicture())).replace("\u00a0", " ")


def test_every_part_is_told_in_the_words_of_its_own_room(whole: Results, text: str) -> None:
    beside = whole.beside
    assert beside.checks is not None
    assert beside.calibration is not None
    sentences = [
        *fit_sentences(beside.checks.fits[0], beside.checks.priors),
        *coverage_sentences(beside.calibration),
        *map(summary_sentence, beside.moderators),
    ]
    for sentence in sentences:
        plain = re.sub(r"[<>&'\"].*", "", sentence)  # up to what is escaped
        assert plain[:200] in text


def test_the_farthest_choice_is_told_with_its_stored_numbers(whole: Results, text: str) -> None:
    assert whole.beside.sensitivity is not None
    (outcome,) = whole.beside.sensitivity.outcomes
    farthest = max(outcome.switches, key=lambda one: abs(one.points))
    row = re.search(rf'id="switches-{outcome.id}".*?<tbody>\s*<tr>(.*?)</tr>', text, re.DOTALL)
    assert row is not None
    cells = re.findall(r">([^<]*)</td>", row[1])
    shown = [wording.inferred(p).replace(">", "&gt;").replace("<", "&lt;") for p in (
        farthest.before, farthest.after,
    )]  # fmt: skip
    assert cells[-3:] == [*shown, f"{farthest.points:+.1f}"]


def test_every_pair_of_priors_has_its_probability(whole: Results, text: str) -> None:
    assert whole.beside.sensitivity is not None
    (outcome,) = whole.beside.sensitivity.outcomes
    for grid in outcome.grids:
        for crossed in grid.crossed:
            percent = wording.threshold(crossed.threshold).removesuffix(" %").replace(".", "-")
            found = re.search(
                rf'id="grid-{outcome.id}-{grid.model}-{percent}".*?</table>', text, re.DOTALL
            )
            assert found is not None
            raw = [float(value) for value in re.findall(r'class=n data-raw="([^"]+)"', found[0])]
            assert raw == pytest.approx([p for row in crossed.probabilities for p in row])


def test_no_two_tables_share_a_name_or_a_caption(text: str) -> None:
    for pattern in (r'<table id="([^"]+)"', r'<p class="caption"[^>]*>([^<]+)</p>'):
        found = re.findall(pattern, text)
        assert len(found) > 25
        assert len(found) == len(set(found))


def test_the_simulated_p_is_the_one_that_appendix_and_funnel_tell(
    whole: Results, text: str
) -> None:
    (told,) = (one for one in whole.beside.frequentist if one.small_study is not None)
    assert told.small_study is not None
    first = told.small_study.tests[0]
    found = re.search(rf'id="small-{told.id}".*?<tbody>\s*<tr>(.*?)</tr>', text, re.DOTALL)
    assert found is not None
    raw = [float(value) for value in re.findall(r'class=n data-raw="([^"]+)"', found[1])]
    assert raw[2:] == pytest.approx([first.p_value, first.p_bootstrap, first.p_refitted])
