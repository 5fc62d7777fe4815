"""The tagged table of problems on which the numerical engines are tested.

Each problem is a data set with a family and its priors. Nothing here is fitted: the reference
posteriors stand in ``references/exact.json`` under the same ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

type PriorSpec = tuple[str | float, ...]
type Family = Literal["logit-normal", "beta-binomial"]
type Counts = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A data set, a family and its priors.

    Parameters
    ----------
    id
        ``data/family/priors``, the key in ``references/exact.json``.
    events_low, events_high
        Smallest and largest count that each study's cell allows, shape (k,).
    totals
        Patients of each study, shape (k,).
    family
        ``tau`` is the heterogeneity parameter of "logit-normal", ``rho`` that of "beta-binomial".
    location_parameter
        "mu" (log odds, logit-normal), "average" (rate) or "logit_average" (beta-binomial).
    location, heterogeneity
        Priors: the name of the distribution, then its parameters.
    tags
        What makes the problem hard.
    """

    id: str
    events_low: tuple[int, ...]
    events_high: tuple[int, ...]
    totals: tuple[int, ...]
    family: Family
    location_parameter: Literal["mu", "average", "logit_average"]
    location: PriorSpec
    heterogeneity: PriorSpec
    tags: frozenset[str]

    @property
    def data(self) -> str:
        """Name of the data set."""
        return self.id.split("/")[0]

    @property
    def has_range(self) -> bool:
        """Whether any count is a range."""
        return self.events_low != self.events_high


def _exact(events: tuple[int, ...], totals: tuple[int, ...]) -> Counts:
    return events, events, totals


def _random(k: int, *, seed: int, centre: float, spread: float, sizes: range) -> Counts:
    """Draw studies with ``random.Random``, whose stream does not change between versions."""
    rng = Random(seed)  # noqa: S311 - not cryptographic
    totals = tuple(sizes[int(len(sizes) * rng.random())] for _ in range(k))
    rates = [min(1.0, max(0.0, centre + spread * (2 * rng.random() - 1))) for _ in range(k)]
    events = tuple(
        sum(rng.random() < p for _ in range(n)) for n, p in zip(totals, rates, strict=True)
    )
    return _exact(events, totals)


_DEEP_TOTALS = (15, 9, 13, 23, 21, 3, 5, 9, 5, 11, 3, 11, 4, 6, 8, 14, 14)

DATA: dict[str, Counts] = {
    "union17": _exact(
        (14, 9, 12, 23, 21, 3, 5, 9, 5, 10, 3, 11, 4, 6, 6, 14, 14),
        (15, 9, 13, 23, 21, 3, 5, 9, 5, 11, 3, 11, 4, 6, 8, 14, 14),
    ),
    "deep_infection": (
        (1, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0),
        (15, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0),
        _DEEP_TOTALS,
    ),
    "all_events5": _exact((10, 20, 15, 30, 12), (10, 20, 15, 30, 12)),
    "all_zero5": _exact((0, 0, 0, 0, 0), (10, 20, 15, 30, 12)),
    "k1_zero": _exact((0,), (5,)),
    "k1": _exact((3,), (10,)),
    "k2_opposite": _exact((0, 10), (10, 10)),
    "n1_studies": _exact((1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1), (1,) * 12),
    "homogeneous": _exact((6,) * 8, (20,) * 8),
    "huge_heterogeneity": _exact((0, 20, 1, 29, 0, 25), (20, 20, 30, 30, 15, 25)),
    "outlier": _exact((19,) * 10 + (5,), (20,) * 10 + (100,)),
    "huge_small": _exact((250_000, 3, 0, 5, 9), (1_000_000, 10, 8, 12, 20)),
    "huge_zero": _exact((0, 0, 0, 0), (1_000_000,) * 4),
    "rare": _exact((0, 1, 3, 0, 2, 7), (100_000,) * 6),
    "hannum2020": _exact(
        (44, 13, 17, 2, 344, 15, 22, 63, 48, 4668, 40, 53, 95, 34, 42, 284, 488, 357, 42, 14, 136,
         241, 26, 11, 130, 25, 7, 59, 38, 75, 54, 119, 35, 18, 52),
        (72, 16, 33, 15, 579, 42, 34, 103, 95, 7178, 59, 72, 145, 54, 321, 508, 3191, 417, 72, 59,
         498, 345, 63, 214, 202, 79, 28, 60, 45, 128, 114, 1113, 154, 42, 199),
    ),
    "nielweise2007_trt": _exact(
        (0, 1, 2, 0, 5, 1, 1, 1, 1, 1, 0, 0, 3, 6, 0, 0, 1, 4),
        (116, 44, 208, 130, 151, 98, 174, 74, 97, 113, 66, 70, 188, 187, 118, 252, 345, 64),
    ),
    "unknown_count": ((3, 0, 5, 8), (3, 12, 5, 8), (10, 12, 9, 20)),
    "at_least_one": ((1, 2, 0, 4), (50, 2, 0, 4), (50, 40, 25, 60)),
    "wide_range": ((100, 3, 7, 40), (900, 3, 7, 40), (1000, 10, 15, 90)),
    "extreme_only": _exact((0, 0, 15, 0), (10, 12, 15, 7)),
    "one_interior": _exact((0, 0, 2, 15, 0), (10, 12, 9, 15, 7)),
    "many60": _random(60, seed=60, centre=0.8, spread=0.25, sizes=range(5, 61)),
    "many500": _random(500, seed=500, centre=0.3, spread=0.2, sizes=range(5, 15)),
}  # fmt: skip

_DATA_TAGS: dict[str, tuple[str, ...]] = {
    "deep_infection": ("range", "extreme"),
    "all_events5": ("extreme",),
    "all_zero5": ("extreme",),
    "k1_zero": ("single", "extreme"),
    "k1": ("single",),
    "k2_opposite": ("extreme",),
    "n1_studies": ("extreme",),
    "huge_heterogeneity": ("heterogeneous",),
    "outlier": ("heterogeneous",),
    "huge_small": ("large",),
    "huge_zero": ("large", "extreme"),
    "rare": ("large",),
    "hannum2020": ("many", "large"),
    "unknown_count": ("range",),
    "at_least_one": ("range",),
    "wide_range": ("range", "large"),
    "extreme_only": ("extreme",),
    "many60": ("many",),
    "many500": ("many", "slow"),
}

_LOGISTIC: PriorSpec = ("logistic", 0, 1)
_NORMAL: PriorSpec = ("normal", 0, 2.5)
_STUDENT: PriorSpec = ("student_t", 4, 0, 2.5)
_FLAT: PriorSpec = ("beta", 1, 1)

_LOGIT_NORMAL: dict[str, tuple[PriorSpec, PriorSpec]] = {
    "default": (_LOGISTIC, ("half_normal", 1.0)),
    "half_cauchy": (_LOGISTIC, ("half_cauchy", 1.0)),
    "uniform": (_NORMAL, ("uniform", 0, 2)),
    "exponential": (_STUDENT, ("exponential", 1.0)),
    "gamma": (_LOGISTIC, ("gamma", 2, 2)),
    "log_normal": (_NORMAL, ("log_normal", -1, 1)),
}
_BETA_BINOMIAL: dict[str, tuple[str, PriorSpec, PriorSpec]] = {
    "default": ("average", _FLAT, ("beta", 1, 9)),
    "jeffreys": ("average", _FLAT, ("beta", 0.5, 0.5)),
    "uniform": ("average", ("uniform", 0, 1), ("uniform", 0, 1)),
    "informed": ("average", ("beta", 9, 1), ("beta", 2, 20)),
    "normal": ("logit_average", _NORMAL, ("beta", 1, 9)),
    "student": ("logit_average", _STUDENT, ("beta", 1, 3)),
}
_EXTRA: tuple[tuple[str, str], ...] = (
    *(("union17", name) for name in _LOGIT_NORMAL if name != "default"),
    *(("union17", name) for name in _BETA_BINOMIAL if name not in {"default", "uniform"}),
    ("extreme_only", "half_cauchy"),
    ("one_interior", "half_cauchy"),
    ("all_zero5", "half_cauchy"),
    ("k1", "half_cauchy"),
    ("all_zero5", "jeffreys"),
    ("huge_zero", "jeffreys"),
    ("k2_opposite", "jeffreys"),
    ("k2_opposite", "uniform"),
    ("deep_infection", "exponential"),
    ("deep_infection", "student"),
)
_UNDEFAULTED = frozenset({"extreme_only", "one_interior"})


def _problem(data: str, family: Family, priors: str) -> Problem:
    low, high, totals = DATA[data]
    tags = {priors, *_DATA_TAGS.get(data, ())}
    if family == "logit-normal":
        parameter = "mu"
        location, heterogeneity = _LOGIT_NORMAL[priors]
    else:
        parameter, location, heterogeneity = _BETA_BINOMIAL[priors]
    if heterogeneity[0] == "half_cauchy":
        tags.add("heavy_tail")
    return Problem(
        id=f"{data}/{family}/{priors}",
        events_low=low,
        events_high=high,
        totals=totals,
        family=family,
        location_parameter=parameter,  # type: ignore[arg-type]
        location=location,
        heterogeneity=heterogeneity,
        tags=frozenset(tags),
    )


def _table() -> list[Problem]:
    default = [
        _problem(data, family, "default")
        for data in DATA
        if data not in _UNDEFAULTED
        for family in ("logit-normal", "beta-binomial")
    ]
    extra = [_problem(data, "logit-normal", name) for data, name in _EXTRA if name in _LOGIT_NORMAL]
    extra += [
        _problem(data, "beta-binomial", name) for data, name in _EXTRA if name in _BETA_BINOMIAL
    ]
    return sorted(default + extra, key=lambda problem: "slow" in problem.tags)


PROBLEMS: list[Problem] = _table()
