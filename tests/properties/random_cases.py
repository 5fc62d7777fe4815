"""Random cases, the same for the same number: tables of realistic sizes, any prior of the grammar.

Most tables are small, as reviews are; a few are long or huge. Each is for one of the two families:
more tables find more than both families on fewer. Nearly all cases take the shipped priors, the
others draw parameter, distribution, truncation and hyperparameters.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any, get_args

from metaprop.engines.frequentist.options import (
    Convention,
    Correction,
    MeanInterval,
    Prediction,
    Safeguard,
    Scale,
    Tau2Method,
)
from properties.cases_of import SHIPPED, Assumed, Case, Family
from properties.identities import IDENTITIES

SHIPPED_SHARE, FAR = 0.96, 0.002
"""Shares of the cases with the shipped priors, and with priors of any size at all."""
DEEP, SHARP, IDENTITY, ONE_STEP, COMMON = 0.001, 0.004, 0.1, 0.02, 0.03
"""Shares of the cases that ask for more estimands, for a second tolerance, for an identity and for
a one-step model, and that take the common rate besides."""
KNOWN, MOST_OPEN = 0.1, 60
"""Share of the tables with a known total; how many counts it may leave open: many take seconds."""
TRUNCATED = 0.05
"""Share of the priors that are cut off somewhere."""
FINE = 0.07
"""Share of the cases at the tolerance that is usual, 1e-6; the others at 1e-4, for speed."""
FEW = 4
"""Studies of tables with huge totals, whose likelihoods are so sharp that many take seconds."""
LARGEST_RANGED = 10_000
"""Ranges of larger studies take seconds each: they have tests of their own."""
PARTS = ("new_study", "typical", "study", "new_count")


def random_case(number: int) -> Case:
    """Return the case of this number."""
    rng = Random(f"metaprop {number}")  # noqa: S311 - not cryptographic
    cells, totals = _table(rng)
    kind = rng.random()
    far = kind > 1.0 - FAR
    which = rng.randrange(len(SHIPPED))
    models: tuple[Family, ...] = (SHIPPED[which],)
    if kind > SHIPPED_SHARE:
        models = ((_logit_normal, _beta_binomial)[which](rng, far=far),)
    if rng.random() < COMMON:
        models = (*models, Family("common-rate", _rate(rng, far=far)))
    parts = tuple(rng.sample(PARTS, 2)) if rng.random() < DEEP else ()
    if rng.random() < SHARP and not far:
        parts = (*parts, "sharp")
    if rng.random() < IDENTITY:
        parts = (*parts, rng.choice(tuple(IDENTITIES)))
    return Case(
        cells=cells,
        totals=totals,
        known_total=_known_total(rng, cells, totals),
        models=models,
        tolerance=1e-6 if rng.random() < FINE and not far else 1e-4,
        pooling=_pooling(rng),
        parts=parts,
    )


def _table(rng: Random) -> tuple[tuple[str, ...], tuple[int, ...]]:
    k = rng.choices((1, 2, 3, rng.randint(4, 8), rng.randint(9, 17), rng.randint(18, 60)),
                    (10, 15, 20, 40, 12, 3))[0]  # fmt: skip
    large = (10**4, 10**6, 10**9) if k <= FEW else (300, 300, 300)
    largest = rng.choices((3, 12, 50, 300, *large), (8, 25, 42, 20, 3, 1, 1))[0]
    totals = tuple(max(1, round(largest ** rng.random())) for _ in range(k))
    centre = rng.choice((0.0, 0.02, 0.1, 0.5, 0.9, 0.97, 1.0, rng.random()))
    spread = rng.choice((0.0, 0.0, 0.02, 0.1, 0.4))
    exact = rng.random() < 0.6 or largest > LARGEST_RANGED
    cells = []
    for n in totals:
        rate = min(1.0, max(0.0, centre + spread * (2.0 * rng.random() - 1.0)))
        events = _binomial(rng, n, rate)
        cells.append(str(events) if exact or rng.random() < 0.6 else _coarse(rng, events, n))
    return tuple(cells), totals


def _binomial(rng: Random, n: int, rate: float) -> int:
    """Return a binomial count, by its normal approximation where n is large."""
    if n <= 400:
        return sum(rng.random() < rate for _ in range(n))
    drawn = rng.gauss(n * rate, math.sqrt(n * rate * (1.0 - rate)))
    return min(n, max(0, round(drawn)))


def _coarse(rng: Random, events: int, n: int) -> str:
    """Return a cell that holds less than the count and is true of it."""
    kind = rng.choice(("?", "", "at least", "range", "range"))
    if kind == "at least":
        return f"{max(0, events - rng.choice((0, 0, 1, 2)))}+"
    if kind != "range":
        return kind
    reach = rng.choice((1, 2, 5, 30))
    return f"{max(0, events - rng.randint(0, reach))}-{min(n, events + rng.randint(0, reach))}"


def _known_total(rng: Random, cells: tuple[str, ...], totals: tuple[int, ...]) -> str | None:
    """Return a total that the cells can reach, seldom; over exact counts it says nothing new."""
    if rng.random() > KNOWN:
        return None
    low, high = 0, 0
    for cell, n in zip(cells, totals, strict=True):
        if cell in {"", "?"}:
            ends = (0, n)
        elif cell.endswith("+"):
            ends = (int(cell[:-1]), n)
        else:
            first, _, last = cell.partition("-")
            ends = (int(first), int(last or first))
        low, high = low + ends[0], high + ends[1]
    if high - low > MOST_OPEN:
        return None
    known = rng.randint(low, high)
    return rng.choice((str(known), str(known), f"{known}+", f"{max(0, known - 2)}-{known}"))


# -- priors ------------------------------------------------------------------------------------


def _logit_normal(rng: Random, *, far: bool) -> Family:
    location = (
        Assumed("mu", _log_odds(rng, far=far))
        if rng.random() < 0.7
        else Assumed("typical", _unit(rng, far=far))
    )
    return Family("logit-normal", location, Assumed("tau", _positive(rng, far=far)))


def _beta_binomial(rng: Random, *, far: bool) -> Family:
    spread = (
        Assumed("rho", _unit(rng, far=far))
        if rng.random() < 0.7
        else Assumed("kappa", _positive(rng, far=far))
    )
    return Family("beta-binomial", _rate(rng, far=far), spread)


def _rate(rng: Random, *, far: bool) -> Assumed:
    if rng.random() < 0.7:
        return Assumed("average", _unit(rng, far=far))
    return Assumed("logit_average", _log_odds(rng, far=far))


def _size(rng: Random, *, far: bool) -> float:
    """Return a scale, rate or shape: of the order of 1, or anything."""
    exponent = rng.uniform(-4.0, 4.0) if far and rng.random() < 0.5 else rng.gauss(0.0, 0.3)
    return float(f"{10.0**exponent:.3g}")


def _place(rng: Random, *, far: bool) -> float:
    return round(rng.gauss(0.0, 30.0 if far else 1.5), 2)


def _log_odds(rng: Random, *, far: bool) -> dict[str, Any]:
    name = rng.choices(("normal", "logistic", "student_t", "uniform"), (5, 5, 5, 1))[0]
    if name == "uniform":
        low = _place(rng, far=far)
        return {"distribution": name, "low": low, "high": low + _size(rng, far=far) + 0.01}
    prior: dict[str, Any] = {
        "distribution": name,
        "location": _place(rng, far=far),
        "scale": _size(rng, far=far),
    }
    if name == "student_t":
        prior["df"] = _size(rng, far=far) + (0.0 if far else 2.0)
    if rng.random() < TRUNCATED:
        prior["low"] = prior["location"] - _size(rng, far=far)
    if rng.random() < TRUNCATED:
        prior["high"] = prior["location"] + _size(rng, far=far)
    return prior


def _unit(rng: Random, *, far: bool) -> dict[str, Any]:
    name = rng.choice(("beta",) * 7 + ("uniform", "normal", "exponential"))
    if name == "beta":
        prior: dict[str, Any] = {
            "distribution": name,
            "alpha": _size(rng, far=far),
            "beta": _size(rng, far=far),
        }
        if rng.random() < TRUNCATED:
            prior["high"] = round(rng.uniform(0.3, 1.0), 2)
        return prior
    low = rng.choice((0.0, 0.0, round(rng.uniform(0.0, 0.5), 2)))
    high = rng.choice((1.0, 1.0, round(rng.uniform(0.6, 1.0), 2)))
    if name == "uniform":
        return {"distribution": name, "low": low, "high": high}
    if name == "normal":
        return {
            "distribution": name,
            "location": round(rng.random(), 2),
            "scale": _size(rng, far=far),
            "low": low,
            "high": high,
        }
    return {"distribution": name, "rate": _size(rng, far=far), "low": low, "high": high}


def _positive(rng: Random, *, far: bool) -> dict[str, Any]:
    name = rng.choice(
        ("half_normal", "half_cauchy", "half_student_t", "exponential", "gamma", "log_normal",
         "uniform")
    )  # fmt: skip
    if name == "uniform":
        low = rng.choice((0.0, 0.0, _size(rng, far=far)))
        return {"distribution": name, "low": low, "high": low + _size(rng, far=far)}
    prior: dict[str, Any] = {"distribution": name}
    if name in {"half_normal", "half_cauchy", "half_student_t"}:
        prior["scale"] = _size(rng, far=far)
    if name == "half_student_t":
        prior["df"] = _size(rng, far=far) + (0.0 if far else 1.0)
    if name == "exponential":
        prior["rate"] = _size(rng, far=far)
    if name == "gamma":
        prior |= {"shape": _size(rng, far=far), "rate": _size(rng, far=far)}
    if name == "log_normal":
        prior |= {"location": round(rng.gauss(0.0, 1.0), 2), "scale": _size(rng, far=far)}
    if rng.random() < TRUNCATED:
        prior["high"] = _size(rng, far=far) * 3.0
    return prior


# -- ways to pool ------------------------------------------------------------------------------


def _pooling(rng: Random) -> dict[str, Any]:
    """Return keywords of ``pool``: any choice with any other."""
    level = rng.choice((0.95, 0.95, 0.5, 0.8, 0.999))
    if rng.random() < ONE_STEP:
        interval = rng.choice(("profile", "profile", "z"))
        return {
            "model": rng.choice(("glmm", "beta-binomial")),
            "interval": interval,
            "level": level,
        }
    return {
        "scale": rng.choice(get_args(Scale)),
        "correction": rng.choice(get_args(Correction)),
        "amount": rng.choice((0.5, 0.5, 0.5, 0.01, 1.0, 0.0)),
        "convention": rng.choice(get_args(Convention)),
        "tau2": rng.choice(get_args(Tau2Method)),
        "interval": rng.choice(get_args(MeanInterval)),
        "safeguard": rng.choice(get_args(Safeguard)),
        "prediction": rng.choice(get_args(Prediction)),
        "level": level,
    }
