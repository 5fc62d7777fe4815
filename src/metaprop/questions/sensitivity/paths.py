"""One-parameter paths through the priors, and where along them a conclusion tips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.assumptions.model import with_prior
from metaprop.assumptions.priors import Prior
from metaprop.core.methods import Method
from metaprop.questions.sensitivity.asking import DIGITS
from metaprop.questions.sensitivity.distance import hellinger
from metaprop.questions.sensitivity.powers import powered_model
from metaprop.questions.sensitivity.records import (
    TIPPING_LEVELS,
    PathChances,
    PriorPath,
    Tip,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metaprop.assumptions.model import Model
    from metaprop.questions.sensitivity.asking import Prepared

    At = Callable[[float], Model | None]

TIPPING = Method(
    "Tipping points",
    "For named one-parameter families of priors, the value at which a probability crosses 50, 80, "
    "90 or 95 % was found by regula falsi, with the Hellinger distance from the default prior.",
)
STEPS = 21
"""Points of a path."""
FARTHEST_SCALE, FARTHEST_SHIFT, FARTHEST_POWER = (0.1, 5.0), (-4.0, 4.0), (0.2, 8.0)
BETAS = (0.5, 200.0)
"""Ends of the paths: scales of tau, shifts on the log odds, powers, b of Beta(1, b) on rho."""
ROUNDS, CLOSE = 20, 1e-4
"""Steps towards a tipping point, which is found when the probability is this close to its level."""


@dataclass(frozen=True, slots=True)
class Path:
    """A one-parameter family of priors: ``at`` ascending, (N,), and the model at any of them."""

    id: str
    moves: str
    default: float | None
    at: tuple[float, ...]
    model: At


def prior_paths(prepared: Prepared) -> tuple[PriorPath, ...]:
    """Return every path through the priors of a model, with its tipping points."""
    return tuple(_walked(prepared, path) for path in paths_of(prepared.model))


def paths_of(model: Model) -> tuple[Path, ...]:
    """Return the paths that a model's priors allow."""
    return (*_spread_paths(model), *_shift_path(model), *_power_path(model))


def _spread_paths(model: Model) -> Iterator[Path]:
    if model.heterogeneity is None:
        return
    prior, parameter = model.heterogeneity.prior, model.heterogeneity.parameter
    if model.family == "beta-binomial":
        at = _grid(BETAS, _own(prior, "beta", "beta", alpha=1.0) if parameter == "rho" else None)
        moves = "number b of rho ~ Beta(1, b), larger where studies are more alike"
        yield _spread(model, "beta_b", moves, at, lambda b: _put(model, "rho", "beta", 1.0, b))
        return
    kinds = {"half_normal": "half-normal", "half_cauchy": "half-Cauchy"}
    for name, label in kinds.items():
        at = _grid(FARTHEST_SCALE, _own(prior, name, "scale"))
        moves = f"scale of a {label} prior on tau"
        yield _spread(model, f"{name}_scale", moves, at, _scale_of(model, name))
    at = _grid(FARTHEST_SCALE, _inverse(_own(prior, "exponential", "rate")))
    moves = "mean of an exponential prior on tau"
    yield _spread(
        model, "exponential_mean", moves, at, lambda m: _put(model, "tau", "exponential", 1.0 / m)
    )


def _scale_of(model: Model, name: str) -> At:
    return lambda scale: _put(model, "tau", name, scale)


def _put(model: Model, parameter: str, distribution: str, *numbers: float) -> Model:
    """Return the model with one prior of named distribution; numbers in the grammar's order."""
    names = {"beta": ("alpha", "beta"), "exponential": ("rate",), "logistic": ("location", "scale")}
    keys = names.get(distribution, ("scale",))
    prior = Prior.of(distribution, **dict(zip(keys, numbers, strict=True)))
    return with_prior(model, parameter, prior)


def _spread(
    model: Model, key: str, moves: str, at: tuple[tuple[float, ...], float | None], put: At
) -> Path:
    values, default = at
    # at the default exactly the model's own prior, whatever rounding the path would bring
    return Path(key, moves, default, values, lambda x: model if x == default else put(x))


def _own(prior: Prior, distribution: str, key: str, **others: float) -> float | None:
    """Return a parameter of the model's own prior if it lies on a path, else None."""
    fits = prior.distribution == distribution and not prior.truncated
    fits = fits and all(prior.parameters[name] == value for name, value in others.items())
    return prior.parameters[key] if fits else None


def _inverse(value: float | None) -> float | None:
    return None if value is None else 1.0 / value


def _grid(ends: tuple[float, float], own: float | None) -> tuple[tuple[float, ...], float | None]:
    """Return evenly spaced logs between the ends, widened to and with the model's own value."""
    low, high = (min(ends[0], own), max(ends[1], own)) if own is not None else ends
    values = {float(f"{x:.6g}") for x in np.geomspace(low, high, STEPS)}
    return tuple(sorted(values | ({own} if own is not None else set()))), own


def _shift_path(model: Model) -> Iterator[Path]:
    """Yield the path that moves the location prior along the log odds, where it can be moved."""
    given = model.location
    log_odds = {"typical": "mu", "average": "logit_average"}.get(given.parameter, given.parameter)
    prior = given.prior
    if given.parameter != log_odds:
        if prior.truncated or prior.distribution not in {"beta", "uniform"}:
            return
        if prior.distribution == "beta" and set(prior.parameters.values()) != {1.0}:
            return
        prior = Prior.of("logistic", location=0.0, scale=1.0)  # uniform on the rate
    if "location" not in prior.parameters or prior.truncated:
        return
    centre, numbers = prior.parameters["location"], dict(prior.parameters)

    def moved(shift: float) -> Model:
        if shift == 0.0:
            return model
        fresh = Prior.of(prior.distribution, **(numbers | {"location": centre + shift}))
        return with_prior(model, log_odds, fresh)

    at = tuple(np.round(np.linspace(*FARTHEST_SHIFT, STEPS), 10).tolist())
    moves = "shift of the location prior on the log odds"
    yield Path("location_shift", moves, 0.0, at, moved)


def _power_path(model: Model) -> Iterator[Path]:
    values = {float(f"{x:.6g}") for x in np.geomspace(*FARTHEST_POWER, STEPS)} | {1.0}
    at = tuple(x for x in sorted(values) if powered_model(model, x) is not None)
    if len(at) > 1:
        moves = "power to which both priors are raised"
        yield Path("prior_power", moves, 1.0, at, lambda power: powered_model(model, power))


def _walked(prepared: Prepared, path: Path) -> PriorPath:
    before = prepared.refitted
    models = [path.model(x) for x in path.at]
    known = [one for one in models if one is not None]
    chances = [prepared.under(one) for one in known]
    distances = tuple(round(hellinger(prepared.model, one), DIGITS) for one in known)
    found = []
    for place, threshold in enumerate(prepared.asked.headline):
        along = tuple(chance[place] for chance in chances)
        walk = _Walk(prepared, path, place, along, distances)
        found.append(PathChances(threshold, along, tuple(map(walk.tip, TIPPING_LEVELS))))
    return PriorPath(
        model=prepared.model.id,
        id=path.id,
        moves=path.moves,
        default=path.default,
        at=path.at,
        distances=distances,
        chances=tuple(found),
        error=prepared.error,
        refitted=prepared.refitted - before,
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    """One threshold along one path: the probabilities and distances found at its points."""

    prepared: Prepared
    path: Path
    place: int
    along: tuple[float, ...]
    distances: tuple[float, ...]

    def tip(self, level: float) -> Tip:
        """Return the crossing of a level that is nearest to the default prior, if there is one."""
        crossed = [
            place
            for place in range(len(self.along) - 1)
            if (self.along[place] - level) * (self.along[place + 1] - level) < 0.0
        ]
        if not crossed:
            return Tip(level, None, None)
        nearest = min(crossed, key=lambda i: min(self.distances[i], self.distances[i + 1]))
        at = self._located(level, nearest)
        model = self.path.model(at)
        distance = None if model is None else hellinger(self.prepared.model, model)
        return Tip(level, at, distance)

    def _located(self, level: float, place: int) -> float:
        """Return where the probability crosses a level between two points of the path.

        By regula falsi (the Illinois rule), which keeps the crossing between its two ends.
        """
        ends = [self.path.at[place], self.path.at[place + 1]]
        gaps = [self.along[place] - level, self.along[place + 1] - level]
        kept = -1
        for _ in range(ROUNDS):
            at = (ends[0] * gaps[1] - ends[1] * gaps[0]) / (gaps[1] - gaps[0])
            model = self.path.model(at)
            if model is None:
                break
            gap = self.prepared.under(model)[self.place] - level
            if abs(gap) < CLOSE:
                return at
            side = int(gap * gaps[1] > 0.0)
            ends[side], gaps[side] = at, gap
            if kept == side:
                gaps[1 - side] *= 0.5
            kept = side
        return at
