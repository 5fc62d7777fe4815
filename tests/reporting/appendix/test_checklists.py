"""The checklists of results that have everything: the same results as the appendix is made of."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metaprop.core.estimates import Quality
from metaprop.reporting.appendix.blocks import Heading
from metaprop.reporting.checklists.asked import APPENDIX, LISTS
from metaprop.reporting.checklists.filling import checklists_of, fill_checklists
from metaprop.reporting.checklists.records import Checklists
from metaprop.reporting.records import read_record

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.reporting.appendix.blocks import Document
    from metaprop.reporting.stored import Beside, Results

PLACES = tuple(place for *_, asked in LISTS for one in asked for place in one.places)
NEVER = {("BARG", "5D"), ("WAMBS", "3"), ("PRISMA 2020", "15"), ("PRISMA 2020", "22")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which every place stands that a checklist looks for."""
    for place in PLACES:
        pattern, _, section = place.partition("#")
        path = tmp_path / pattern.replace(".*", ".svg").replace("*", "x")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f'<section id="{section}">')
    return tmp_path


def unmet(results: Results, folder: Path) -> dict[tuple[str, str], str]:
    found = checklists_of(results, folder)
    items = ((one.name, item) for one in found.checklists for item in one.items)
    return {(name, item.number): item.why for name, item in items if item.status == "unmet"}


def without(results: Results, **parts: object) -> Results:
    beside: Beside = replace(results.beside, **parts)  # type: ignore[arg-type]  # fields of Beside
    return replace(results, beside=beside)


def test_every_link_leads_to_what_stands_there(whole: Results, folder: Path) -> None:
    fill_checklists(whole, folder)
    stored = read_record(folder / "checklists.json", Checklists)
    links = [link for one in stored.checklists for item in one.items for link in item.where]
    assert len(links) > 50
    for link in links:
        path, _, section = link.partition("#")
        assert (folder / path).is_file()
        assert not section or f'id="{section}"' in (folder / path).read_text(encoding="utf-8")
        assert f"]({link})" in (folder / "checklists.md").read_text(encoding="utf-8")
    with (folder / "tables" / "checklists.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == sum(len(one.items) for one in stored.checklists)


def test_of_several_pictures_that_of_the_main_outcome_is_linked(
    whole: Results, folder: Path
) -> None:
    main = whole.analysis.outcomes[0].id
    for name in ("a", main, f"z_{main}"):
        (folder / "figures" / "sampler" / f"{name}_m_rank.png").touch()
    found = {one.name: one for one in checklists_of(whole, folder).checklists}
    (item,) = (item for item in found["WAMBS"].items if item.number == "2")
    assert item.where == (f"figures/sampler/{main}_m_rank.png",)


def test_the_appendix_has_every_section_that_items_point_to(document: Document) -> None:
    heads = {block.text for block in document.blocks if isinstance(block, Heading)}
    sections = {head.lower().replace(" ", "-") for head in heads}
    asked = {place.partition("#")[2] for place in PLACES if place.startswith(f"{APPENDIX}#")}
    assert asked <= sections


def test_what_has_everything_lacks_what_people_must_judge(whole: Results, folder: Path) -> None:
    assert unmet(whole, folder).keys() >= NEVER
    assert {n for (name, n) in unmet(whole, folder) if name == "ROBUST"} == set()


@pytest.mark.parametrize(
    ("part", "empty", "items"),
    [
        ("sensitivity", None, {("ROBUST", "3"), ("BARG", "5A"), ("WAMBS", "9")}),
        ("checks", None, {("BARG", "1E"), ("BARG", "3A"), ("WAMBS", "6")}),
        ("assumptions", None, {("ROBUST", "2"), ("BARG", "1C"), ("WAMBS", "1")}),
        ("frequentist", (), {("PRISMA 2020", "14"), ("PRISMA 2020", "21")}),
    ],
)
def test_a_part_that_is_absent_turns_its_items_unmet(
    whole: Results, folder: Path, part: str, empty: object, items: set[tuple[str, str]]
) -> None:
    assert not items & unmet(whole, folder).keys()
    assert items <= unmet(without(whole, **{part: empty}), folder).keys()


def test_a_file_that_is_gone_turns_its_items_unmet(whole: Results, folder: Path) -> None:
    (folder / "tables" / "estimates.csv").unlink()
    found = unmet(whole, folder)
    assert found["ROBUST", "6"] == "This folder holds no tables/estimates.csv"


def test_a_failed_fit_and_chains_apart_turn_items_unmet(whole: Results, folder: Path) -> None:
    outcome = whole.analysis.outcomes[0]
    model = outcome.models[0]
    assert model.sampled is not None
    apart = replace(model.sampled.diagnostics, r_hat=1.2, bulk=80.0)
    sampled = replace(model.sampled, diagnostics=apart, quality=Quality("failed", "apart"))
    broken = replace(outcome, models=(replace(model, sampled=sampled), *outcome.models[1:]))
    analysis = replace(whole.analysis, outcomes=(broken, *whole.analysis.outcomes[1:]))
    found = unmet(replace(whole, analysis=analysis), folder)
    assert "have failed" in found["ROBUST", "6"]
    assert "R-hat" in found["BARG", "2B"]
    assert "effective draws" in found["WAMBS", "4"]


def test_without_draws_items_about_chains_are_unmet(
    bare: tuple[object, Results], folder: Path
) -> None:
    found = unmet(bare[1], folder)
    assert "NUTS did not run" in found["BARG", "2B"]
    assert "NUTS did not run" in found["WAMBS", "5"]
