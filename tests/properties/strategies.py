"""Hypothesis strategies over the grammar: tables, priors, models, passports, claims, readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from metaprop.assumptions.model.families import PARAMETERS, RANGES
from metaprop.evidence.plain import HEADERS
from properties.cases_of import Assumed, Family

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

MOST_STUDIES = 30
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters='"'), min_size=1
).filter(lambda name: name.strip() == name and name.isprintable())
"""Names of studies in any script: what a table may hold between separators, quotes left out."""


@st.composite
def cells(draw: DrawFn, n: int) -> str:
    """Draw a cell of a study of ``n`` patients: every kind that the grammar has."""
    kind = draw(st.sampled_from(("exact", "exact", "exact", "at least", "range", "silent")))
    low = draw(st.one_of(st.sampled_from((0, n)), st.integers(0, n)))
    if kind == "exact":
        return str(low)
    if kind == "at least":
        return draw(st.sampled_from((f"{low}+", f"{low} +")))
    if kind == "silent":
        return draw(st.sampled_from(("?", "")))
    high = draw(st.integers(low, n))
    return draw(st.sampled_from((f"{low}-{high}", f"{low}–{high}", f"{low} - {high}")))


@st.composite
def tables(
    draw: DrawFn, *, most: int = MOST_STUDIES, largest: int = 10**9, exact: bool = False
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Draw the cells and totals of 1 to ``most`` studies."""
    sizes = st.one_of(st.integers(1, min(30, largest)), st.integers(1, largest))
    totals = tuple(draw(st.lists(sizes, min_size=1, max_size=most)))
    if exact:
        return tuple(str(draw(st.integers(0, n))) for n in totals), totals
    return tuple(draw(cells(n)) for n in totals), totals


@st.composite
def csv_texts(draw: DrawFn) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
    """Draw a CSV with its cells and totals: any names of columns, order, separator, line ends."""
    body = draw(tables(most=8))
    names = draw(st.lists(NAMES, min_size=len(body[0]), max_size=len(body[0]), unique=True))
    separator = draw(st.sampled_from((",", ";", "\t")))
    columns = {
        "study": [f'"{name}"' for name in names],
        "events": list(body[0]),
        "total": [str(n) for n in body[1]],
    }
    order = draw(st.permutations(("study", "events", "total", "remark")))
    columns["remark"] = ["-"] * len(names)
    heads = {role: _spelt(draw, HEADERS[role]) for role in HEADERS} | {"remark": "remark"}
    rows = [[heads[role] for role in order]]
    rows += [[columns[role][i] for role in order] for i in range(len(names))]
    mark = draw(st.sampled_from(("", "\ufeff")))
    ends = draw(st.sampled_from(("\n", "\r\n", "\r")))
    return mark + "".join(separator.join(row) + ends for row in rows), *body


def _spelt(draw: DrawFn, aliases: tuple[str, ...]) -> str:
    """Draw one of a column's names, in any case, with another sign for the underscore."""
    name = draw(st.sampled_from(aliases)).replace("_", draw(st.sampled_from("_ .-")))
    return draw(st.sampled_from((name, name.upper(), name.title())))


# -- priors and models -------------------------------------------------------------------------

FINITE = st.floats(-1e6, 1e6, allow_nan=False)
USUAL = st.floats(0.25, 4.0).map(lambda x: float(f"{x:.3g}"))
ANY_SIZE = st.floats(-6.0, 6.0).map(lambda e: float(f"{10.0**e:.3g}"))
WILD = st.one_of(
    st.floats(), st.integers(), st.text(max_size=5), st.booleans(), st.just(10**400), st.none()
)
"""What a parameter of a prior must not be, and some that it may."""
SHAPES = {
    "normal": ("location", "scale"),
    "logistic": ("location", "scale"),
    "student_t": ("df", "location", "scale"),
    "half_normal": ("scale",),
    "half_cauchy": ("scale",),
    "half_student_t": ("df", "scale"),
    "exponential": ("rate",),
    "gamma": ("shape", "rate"),
    "log_normal": ("location", "scale"),
    "uniform": ("low", "high"),
    "beta": ("alpha", "beta"),
}
LINE = ("normal", "logistic", "student_t")
POSITIVE = ("half_normal", "half_cauchy", "half_student_t", "exponential", "gamma", "log_normal")


@st.composite
def priors(draw: DrawFn, parameter: str, *, far: bool = False) -> dict[str, Any]:
    """Draw a prior whose support lies in a parameter's range; ``far``: of any size at all."""
    size, place = (ANY_SIZE, FINITE) if far else (USUAL, st.floats(-2.0, 2.0))
    low, high = RANGES[parameter]
    own = ("beta", "uniform") if high == 1.0 else POSITIVE if low == 0.0 else LINE
    name = draw(st.sampled_from((*own, *own, *SHAPES)))
    prior: dict[str, Any] = {"distribution": name}
    for key in SHAPES[name]:
        prior[key] = draw(place if key == "location" else size)
    if name == "uniform":
        prior["high"] = prior["low"] + prior["high"]
    if high == 1.0 and name != "beta":
        prior |= {"low": 0.0, "high": 1.0}
    elif low == 0.0 and name in LINE:
        prior["low"] = 0.0
    return prior


@st.composite
def families(draw: DrawFn, family: str, *, far: bool = False) -> Family:
    """Draw a family with a prior on one of the names of each of its parameters."""
    names = PARAMETERS[family]  # type: ignore[index]
    location = draw(st.sampled_from(names.location))
    given = Assumed(location, draw(priors(location, far=far)))
    if not names.heterogeneity:
        return Family(family, given)
    spread = draw(st.sampled_from(names.heterogeneity))
    return Family(family, given, Assumed(spread, draw(priors(spread, far=far))))


def any_family(*, far: bool = False) -> SearchStrategy[Family]:
    """Draw any of the three families of one outcome."""
    return st.one_of(*(families(name, far=far) for name in PARAMETERS))
