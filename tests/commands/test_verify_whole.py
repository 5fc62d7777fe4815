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
    assert told(reply.out) >= {"answers", "usual formulas", "checks of fit", "sensitivity"}


@pytest.mark.slow
@pytest.mark.usefixtures("with_appendix")
def test_the_paper_comes_back_as_a_whole(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    reply = verify("results/kalantar2026", engine="both", thorough=True)
    assert reply.code == 0, reply.out
    assert told(reply.out) >= {
        *("passport", "answers", "evidence", "assumptions", "readings", "usual formulas", "audit"),
        *("checks of fit", "sensitivity", "calibration", "its first reviews", "its first ranks"),
        *("draws", "agreement", "its P values", "power-scaling of union", "joint model"),
        "meta-regression",
    }


def told(out: str) -> set[str]:
    """Return the names of the parts that were made anew."""
    return {line.split("  ")[0] for line in out.splitlines()}
