"""A case: one table, one or two models and one way to pool, as a file that can be replayed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from metaprop import Model, Prior, Studies
from metaprop.assumptions.model import ParameterPrior

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Assumed:
    """The prior on one parameter, as a model file writes it."""

    parameter: str
    prior: dict[str, Any]

    def record(self) -> ParameterPrior:
        """Return the record; ModelError where the prior is refused."""
        prior = Prior.from_table(self.prior, where=self.parameter)
        return ParameterPrior(self.parameter, prior, "", "a test", "a test")


@dataclass(frozen=True, slots=True)
class Family:
    """A family with its priors; a common rate has no spread."""

    family: str
    location: Assumed
    spread: Assumed | None = None

    def model(self) -> Model:
        """Return the model; ModelError where a prior is refused."""
        spread = None if self.spread is None else self.spread.record()
        location = self.location.record()
        return Model("case", "Case", self.family, "A test.", location, spread)  # type: ignore[arg-type]


SHIPPED = (
    Family(
        "logit-normal",
        Assumed("mu", {"distribution": "logistic", "location": 0.0, "scale": 1.0}),
        Assumed("tau", {"distribution": "half_normal", "scale": 1.0}),
    ),
    Family(
        "beta-binomial",
        Assumed("average", {"distribution": "beta", "alpha": 1.0, "beta": 1.0}),
        Assumed("rho", {"distribution": "beta", "alpha": 1.0, "beta": 9.0}),
    ),
)
"""The shipped models, as a case writes them."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked: ``cells`` by the grammar, ``pooling`` as keywords of ``pool``.

    ``parts`` says what is looked at besides the average rate, ``found`` what once went wrong.
    """

    cells: tuple[str, ...]
    totals: tuple[int, ...]
    known_total: str | None = None
    models: tuple[Family, ...] = ()
    tolerance: float = 1e-6
    pooling: dict[str, Any] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    found: str = ""

    def studies(self) -> Studies:
        """Return the studies; TableError where the table is refused."""
        names = [f"study {i}" for i in range(len(self.cells))]
        return Studies.of(names, self.cells, self.totals, known_total=self.known_total)

    def dumped(self) -> str:
        """Return the case as JSON, the same text for the same case."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def loaded(text: str) -> Case:
    """Return the case that a JSON describes."""
    raw = json.loads(text)
    models = tuple(
        Family(
            one["family"],
            Assumed(**one["location"]),
            None if one["spread"] is None else Assumed(**one["spread"]),
        )
        for one in raw.pop("models")
    )
    for key in ("cells", "totals", "parts"):
        raw[key] = tuple(raw[key])
    return Case(models=models, **raw)


def keep(case: Case, name: str, folder: Path = FOLDER) -> Path:
    """Write a failed case where the next test run replays it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(case.dumped(), encoding="utf-8", newline="\n")
    return path
