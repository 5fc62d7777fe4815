from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop.commands.inputs import Typed
from metaprop.commands.run import run
from metaprop.commands.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_all_that_needs_no_draws_comes_back_from_data_and_models(
    tmp_path: Path, root: Path
) -> None:
    table = tmp_path / "three.csv"
    table.write_text("study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n", encoding="utf-8")
    models = str(root / "models")
    run(str(table), models, Typed(), output=str(tmp_path / "results"))
    reply = verify(str(tmp_path / "results" / "three"), str(table), models, thorough=True)
    assert reply.code == 0, reply.out
    for part in ("answers", "usual formulas", "checks of fit", "sensitivity"):
        assert part in reply.out.splitlines()[1]
