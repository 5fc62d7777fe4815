"""The page in a headless Chromium: what moves, what is pressed, and what never leaves it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import browser
from browser import Browser
from metaprop.core import wording
from metaprop.reporting.pages.page import REPORT
from metaprop.reporting.stored import read_results
from reporting.pages.conftest import EVIL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metaprop.reporting.stored import Results

PROGRAM = browser.installed()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("pages"),
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed"),
]
SAVED = """
window.saved = [];
URL.createObjectURL = (blob) => { window.saved.push(blob); return "#"; };
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def results(trees: Path) -> Results:
    return read_results(trees)


@pytest.fixture
def page(tab: Browser, trees: Path) -> Browser:
    tab.open(trees / REPORT)
    return tab


def move(page: Browser, percent: float) -> None:
    page.run(
        f"t.value = '{percent}'; t.dispatchEvent(new Event('input', {{bubbles: true}})); undefined"
    )


def shown(page: Browser) -> list[list[str]]:
    rows: list[list[str]] = page.run(
        "[...document.querySelectorAll('#live tbody tr')]"
        ".map((row) => [...row.cells].slice(1).map((cell) => cell.textContent))"
    )
    return rows


def expected(results: Results, outcome: str, threshold: float) -> list[list[str]]:
    found = results.outcome(outcome)
    above = [
        [model.estimand(name).probability(threshold).value for model in found.models]
        for name in ("average", "new_study")
    ]
    good = [[p if found.direction == "higher is better" else 1 - p for p in row] for row in above]
    return [[wording.inferred(p) for p in row] for row in good]


@pytest.mark.parametrize("threshold", [0.8, 0.873])
def test_the_slider_shows_the_numbers_of_the_tables(
    page: Browser, results: Results, threshold: float
) -> None:
    move(page, 100 * threshold)
    assert shown(page) == expected(results, "growth", threshold)


def test_between_stored_rates_the_slider_is_as_exact(page: Browser, results: Results) -> None:
    from scipy.special import betainc

    # the made-up posterior of growth under logit-normal, as tests/made_up.py has it
    curve = results.outcome("growth").models[0].curve("average")
    assert 0.9137 not in curve.at
    events, patients = 44, 47
    exact = betainc(0.7 + 0.5 * (patients - events), 0.7 + 0.5 * events, 1 - 0.914)
    move(page, 91.4)
    assert shown(page)[0][0] == wording.inferred(float(exact))


def test_another_outcome_has_its_own_side_and_thresholds(page: Browser, results: Results) -> None:
    page.run("which.value = 'rot'; which.dispatchEvent(new Event('change')); undefined")
    assert shown(page) == expected(results, "rot", 0.1)
    assert "below 10 %" in page.run("document.querySelector('#live-caption').textContent")


def test_the_slider_is_moved_by_keys_and_by_its_buttons(page: Browser, results: Results) -> None:
    page.run("document.querySelector('#asked button').focus(); undefined")
    page.press("Enter")
    assert page.run("at.textContent") == "80 %"
    assert shown(page) == expected(results, "growth", 0.8)
    page.run("t.focus(); undefined")
    page.press("ArrowRight")
    assert page.run("at.textContent") == "80.1 %"


def test_a_table_is_sorted_by_keys_and_says_so(page: Browser) -> None:
    head = "document.querySelectorAll('#forest-growth thead .sort')[1]"
    order = (
        "[...document.querySelectorAll('#forest-growth tbody:first-of-type .counts')]"
        ".map((cell) => Number(cell.dataset.raw))"
    )
    page.run(f"{head}.focus(); undefined")
    for way, turned in (("ascending", False), ("descending", True)):
        page.press("Enter")
        assert page.run(f"{head}.closest('th').getAttribute('aria-sort')") == way
        assert page.run(order) == sorted([9, 15, 11, 12], reverse=turned)
    last = "document.querySelector('#forest-growth').tBodies[1].rows[0].textContent"
    assert "Average rate" in page.run(last)


def test_a_study_tells_its_count_and_source_on_focus_and_is_hushed(page: Browser) -> None:
    seen = "getComputedStyle(document.querySelector('.study + .tip')).visibility"
    assert page.run(seen) == "hidden"
    page.run("document.querySelector('.study').focus(); undefined")
    assert page.run(seen) == "visible"
    told = page.run("document.querySelector('.tip').textContent")
    assert "9 events of 9 patients" in told
    assert "Source: p. 1 </script>" in told
    page.press("Escape")
    assert page.run(seen) == "hidden"


def test_what_somebody_typed_is_shown_as_text(page: Browser) -> None:
    assert page.run("document.querySelector('.study').textContent") == EVIL
    assert page.run("document.title") == "Trees & <b>stumps</b>"
    assert page.run("document.querySelectorAll('script, b, u, i').length") == 2


def test_tables_and_figures_are_saved_as_they_are(page: Browser) -> None:
    page.run(SAVED)
    for what in ("csv='forest-growth'", "csv='answer-growth'", "svg='forest_growth'"):
        page.run(f'document.querySelector("[data-{what}]").click()')
    page.run("document.querySelector(\"[data-png='forest_growth']\").click()")
    page.wait("saved.length === 4")
    forest, answer, svg = page.run("Promise.all(saved.slice(0, 3).map((blob) => blob.text()))")
    lines = forest.splitlines()
    assert lines[0].startswith("study,events_low,events_high,total")
    assert lines[1].startswith(f"{EVIL},9,9,9,1,")
    assert lines[4].startswith("'=cmd(),11,11,12,")
    first = answer.splitlines()[1].split(",")
    assert len(first[1]) > 8  # the number as stored, not as printed
    assert svg.startswith("<svg")
    assert "<use xlink:href=" in svg
    kind, size = page.run("[saved[3].type, saved[3].size]")
    assert kind == "image/png"
    assert size > 10_000


def test_nothing_is_asked_for_and_nothing_goes_wrong(page: Browser, trees: Path) -> None:
    move(page, 50)
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    asked = [url for url in page.requests() if not url.startswith("data:image/svg+xml,")]
    assert asked == [(trees / REPORT).resolve().as_uri()]
    assert page.complaints() == []


def test_the_policy_lets_nothing_out(page: Browser) -> None:
    tried = page.run("fetch('data:,x').then(() => 'went', () => 'stayed')")
    assert tried == "stayed"


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_screen(tab: Browser, trees: Path, width: int) -> None:
    tab.open(trees / REPORT, width=width, height=740)
    assert tab.run("document.documentElement.scrollWidth") <= width
    bottom = "document.querySelector('#answer table').getBoundingClientRect().bottom"
    assert tab.run(bottom) < 740  # the answer is on the first screen


def test_paper_has_the_figures_that_stand_for_what_moves(page: Browser) -> None:
    shut = "document.querySelectorAll('details:not([open])').length"
    before = page.run(shut)
    page.run("dispatchEvent(new Event('beforeprint')); undefined")
    assert page.run("document.querySelectorAll('details.paper:not([open])').length") == 0
    page.run("dispatchEvent(new Event('afterprint')); undefined")
    assert page.run(shut) == before > 0


def test_everything_opens_at_once(page: Browser) -> None:
    page.run("unfold.click()")
    assert page.run("document.querySelectorAll('details:not([open])').length") == 0
    page.run("unfold.click()")
    assert page.run("document.querySelectorAll('details[open]').length") == 0


def test_names_of_controls_are_what_a_screen_reader_says(page: Browser) -> None:
    page.send("Accessibility.enable")
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    page.send("Accessibility.disable")
    controls = {"button", "slider", "combobox", "image", "link", "table"}
    unnamed = [
        json.dumps(node["role"])
        for node in nodes
        if not node.get("ignored")
        and node["role"]["value"] in controls
        and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
