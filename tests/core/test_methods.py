from __future__ import annotations

import dataclasses

import pytest

from metaprop.core.methods import Method


def test_a_method_without_a_reference_has_no_link() -> None:
    assert Method("Crude rate", "Events over patients.").link is None


@pytest.mark.parametrize("doi", ["https://doi.org/10.1093/biomet", "doi:10.1/2", ""])
def test_what_is_no_doi_is_refused(doi: str) -> None:
    with pytest.raises(ValueError, match="is no DOI"):
        Method("Crude rate", "Events over patients.", doi)


def test_a_method_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Method("a", "b").name = "c"  # type: ignore[misc]
