"""The rooms above the engines are tested with a posterior that is instantly there."""

from __future__ import annotations

import pytest

import made_up


@pytest.fixture
def made_up_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up.install(monkeypatch)
