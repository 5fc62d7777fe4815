"""A posterior made of beta distributions: right in form, wrong in content, instantly there.

For tests of what lies above the engines; no test of a number's truth may use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy.special import betainc, betaincinv, betaln, xlog1py, xlogy

from metaprop.core.estimates import Estimate, Interval, Quality
from metaprop.engines.nuts.diagnostics import Diagnostics
from metaprop.engines.nuts.sampling import Settings
from metaprop.engines.posterior import CountTable
from metaprop.evidence.studies import Studies
from metaprop.questions.analysis import PlainOutcome, analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest
    from numpy.typing import ArrayLike, NDArray

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Engine, EngineChoice, Estimand
    from metaprop.questions.answers import Analysis

GOOD = Quality("ok", "The grid was fine enough.")
WELL_MIXED = Diagnostics(1.0012, "tau", 2345.0, "tau", 1987.0, "average", 0, 0.93, 10_000)


@dataclass(frozen=True)
class MadeUpMarginal:
    estimand: Estimand
    a: float
    b: float
    undefined: str | None = None

    def mean(self) -> Estimate:
        if self.undefined:
            return Estimate.without_value(self.undefined)
        return Estimate(self.a / (self.a + self.b), 1.234e-9)

    def quantile(self, level: float) -> Estimate:
        return Estimate(float(betaincinv(self.a, self.b, level)), 2e-9)

    def interval(self, level: float, kind: IntervalKind) -> Interval:
        tail = (1 - level) / 2
        low, high = self.quantile(tail).value, self.quantile(1 - tail).value
        return Interval(low, high, level, kind, 3e-9)

    def probability(self, *, above: float) -> Estimate:
        return Estimate(float(betainc(self.b, self.a, 1 - above)), 4e-9)

    def survival(self, at: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(betainc(self.b, self.a, 1 - np.asarray(at)), dtype=np.float64)

    def density(self, at: ArrayLike) -> NDArray[np.float64]:
        t = np.asarray(at, dtype=np.float64)
        with np.errstate(divide="ignore"):
            log = xlogy(self.a - 1, t) + xlog1py(self.b - 1, -t)
        return np.asarray(np.exp(log - betaln(self.a, self.b)), dtype=np.float64)

    def draws(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return rng.beta(self.a, self.b, n)

    def effective_draws(self, *, above: float) -> float:
        return 1000.0 + 0.0 * above


@dataclass(frozen=True)
class MadeUpPosterior:
    studies: Studies
    family: str
    quality: Quality = GOOD
    undefined: str | None = None
    engine: Engine = "exact"
    model: Model | None = None
    log_marginal_likelihood: Estimate | None = field(default=Estimate(-15.18, 5e-10))
    settings: Settings = field(default_factory=Settings)
    diagnostics: Diagnostics = WELL_MIXED
    tree: None = None
    """A posterior made of formulas has no draws."""

    def _rate(self, estimand: Estimand, weight: float) -> MadeUpMarginal:
        events = float((self.studies.low + self.studies.high).sum()) / 2
        others = float(self.studies.totals.sum()) - events
        weight *= 0.8 if self.family == "beta-binomial" else 1.0
        return MadeUpMarginal(estimand, 0.7 + weight * events, 0.7 + weight * others)

    @property
    def average(self) -> MadeUpMarginal:
        return self._rate("average", 0.5)

    @property
    def typical(self) -> MadeUpMarginal:
        return self._rate("typical", 0.6)

    @property
    def new_study(self) -> MadeUpMarginal:
        return self._rate("new_study", 0.5 if self.family == "common-rate" else 0.1)

    @property
    def heterogeneity(self) -> MadeUpMarginal | None:
        if self.family == "common-rate":
            return None
        name: Estimand = "tau" if self.family == "logit-normal" else "rho"
        return MadeUpMarginal(name, 1.5, 6.0, self.undefined)

    def study(self, index: int) -> MadeUpMarginal:
        all_studies = self._rate("study", 0.1)
        events = (float(self.studies.low[index]) + float(self.studies.high[index])) / 2
        others = float(self.studies.totals[index]) - events
        return MadeUpMarginal("study", all_studies.a + events, all_studies.b + others)

    def new_count(self, patients: int) -> CountTable:
        return CountTable(patients, np.full(patients + 1, 1 / (patients + 1)), 1e-9)

    def draws(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        return {"average": self.average.draws(n, rng)}


@dataclass(frozen=True)
class MadeUpModel:
    id: str
    family: str
    parameters: tuple[()] = ()

    @property
    def name(self) -> str:
        return self.id.capitalize()


def model(stem: str, family: str) -> Model:
    """Return what reporting reads of a model; no engine could fit it."""
    return cast("Model", MadeUpModel(stem, family))


BETA_BINOMIAL = model("beta_binomial", "beta-binomial")
LOGIT_NORMAL = model("logit_normal", "logit-normal")
COMMON_RATE = model("common_rate", "common-rate")
MODELS = (BETA_BINOMIAL, COMMON_RATE, LOGIT_NORMAL)


def fit(
    studies: Studies, model: Model, *, engine: Engine = "exact", **options: object
) -> MadeUpPosterior:
    """Return a made-up posterior; as from NUTS it has diagnostics too, and tells its stages."""
    tell = cast("Callable[[str], None]", options.get("on_stage") or (lambda _stage: None))
    if engine == "nuts":
        tell("sampling")
    return MadeUpPosterior(studies, model.family, engine=engine, model=model)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every fit be made up."""

    def assumed(studies: Studies, model: Model, _what: object) -> MadeUpPosterior:
        return MadeUpPosterior(studies, model.family, model=model)

    monkeypatch.setattr("metaprop.engines.fitting.fit", fit)
    for name in ("fit_partly_reported", "fit_grouped"):
        monkeypatch.setattr(f"metaprop.engines.fitting.{name}", assumed)


def outcome(
    names: Sequence[str],
    events: Sequence[int | str],
    totals: Sequence[int],
    **fields: object,
) -> PlainOutcome:
    given = {"label": "Union", "thresholds": (0.8, 0.9)} | fields
    return PlainOutcome(Studies.of(names, events, totals), **given)  # type: ignore[arg-type]


def three(**fields: object) -> PlainOutcome:
    return outcome(["Ash 2001", "Birch 2002", "Cedar 2003"], [9, 14, 10], [9, 15, 11], **fields)


def analysis(
    *outcomes: PlainOutcome, models: Sequence[Model] = MODELS, engine: EngineChoice = "exact"
) -> Analysis:
    """Return a full analysis; the fixture ``made_up_engine`` must be in place."""
    asked = outcomes or (three(),)
    return analyse(asked, models, dataset="trees", title="Trees", engine=engine)
