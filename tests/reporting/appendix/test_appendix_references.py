"""Every reference that a procedure names is known, and none is guessed."""

from __future__ import annotations

import importlib
import pkgutil

import metaprop
from metaprop.core.methods import Method
from metaprop.reporting.appendix.references import entries, known, library


def methods() -> set[Method]:
    """Return every procedure that stands in a module, alone or in a table."""
    found: set[Method] = set()
    for module in pkgutil.walk_packages(metaprop.__path__, "metaprop."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            held = value.values() if isinstance(value, dict) else (value,)
            found |= {one for one in held if isinstance(one, Method)}
    return found


def test_every_procedure_that_names_a_reference_has_its_entry() -> None:
    named = {method.doi for method in methods() if method.doi is not None}
    assert len(named) > 30
    assert {doi for doi in named if not known(doi)} == set()


def test_every_entry_is_whole_and_has_a_name_of_its_own() -> None:
    whole = list(library().values())
    assert len({entry["id"] for entry in whole}) == len(whole)
    for entry in whole:
        place = entry.get("container-title") or entry.get("publisher")
        assert entry["title"]
        assert entry["author"]
        assert place
        assert 1900 < entry["issued"]["date-parts"][0][0] < 2030


def test_what_is_not_known_is_left_out() -> None:
    assert entries(["10.9999/nothing"]) == []
