"""The commands with the real sampler: any CSV by NUTS, and a whole run by both engines."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from metaprop.commands.fit import fit
from metaprop.commands.inputs import Typed
from metaprop.commands.run import run
from metaprop.reporting.draws import draws_file, read_draws
from metaprop.reporting.records import read_records

pytestmark = pytest.mark.xdist_group("nuts")


@pytest.fixture
def trees(tmp_path: Path) -> str:
    path = tmp_path / "trees.csv"
    path.write_text(
        "study,events,total\nAsh $x$ <b>,9,9\nBirch,1+,15\nCedar,10,11\n", encoding="utf-8"
    )
    return str(path)


def test_any_table_is_answered_by_nuts(trees: str) -> None:
    reply = fit(trees, Typed(("0.8",), engine="nuts", seed="3"))
    assert reply.code == 0
    assert reply.out.startswith("Probability that the average rate is above 80 %")
    assert "Engine nuts (Hamiltonian Monte Carlo)" in reply.out
    assert "R-hat" in reply.out


def test_a_run_by_both_engines_writes_draws_pictures_and_agreement(
    trees: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metaprop.questions.frequentist.analysis.SIMULATIONS", 20)
    monkeypatch.setattr("metaprop.questions.frequentist.adjusted.MOST_FOR_COPAS", 0)
    told: list[str] = []
    model = str(root / "models" / "beta_binomial.toml")
    reply = run(
        trees,
        model,
        Typed(engine="both"),
        output=str(tmp_path / "results"),
        on_step=lambda doing, _begun, _steps: told.append(doing.rpartition(": ")[2]),
    )
    assert reply.code == 0
    assert set(told) - {"compiling"} == {"exact", "sampling", "every method"}
    folder = tmp_path / "results" / "trees"
    (answer,) = read_records(folder).outcomes[0].models
    assert answer.sampled is not None
    assert answer.sampled.agreement is not None
    assert answer.sampled.agreement.passed
    assert "posterior" in read_draws(draws_file(folder / "draws", "events", "beta_binomial"))
    pictures = {path.name for path in (folder / "figures" / "sampler").iterdir()}
    kinds = ("prior_posterior", "rank", "energy", "ppc_interval", "loo_pit")
    single = {f"events_beta_binomial_{kind}.png" for kind in kinds}
    assert pictures == single | {"events_forest.png", "events_forest.svg"}
    assert "agree" in (folder / "tables" / "agreement.csv").read_text(encoding="utf-8")
    assert "engines" in reply.out
    assert plt.get_fignums() == []
