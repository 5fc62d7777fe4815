from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop.commands.check import check
from metaprop.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "trees.csv"
    path.write_text("study,events,total\nAsh,9,9\nBirch,1+,15\n", encoding="utf-8")
    text = check(str(path)).out
    assert "trees: no fault found." in text
    assert "2 studies, 10 to 24 events of 24 patients" in text
    assert "Nothing was fitted or written." in text
    assert list(tmp_path.iterdir()) == [path]


def test_a_data_set_tells_its_outcomes_and_what_would_be_done(root: Path) -> None:
    text = check(str(root / "data" / "kalantar2026")).out
    assert "Union: 17 studies, 169 events of 174 patients; higher is better" in text
    assert "write results/kalantar2026/." in text


@pytest.mark.parametrize("name", ["models", "models/logit_normal.toml"])
def test_models_tell_their_priors(root: Path, name: str) -> None:
    assert "tau (log odds): half-normal" in check(str(root / name)).out


@pytest.mark.parametrize("name", ["nowhere", "nowhere.csv", "nowhere.toml"])
def test_what_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="nowhere"):
        check(str(tmp_path / name))
