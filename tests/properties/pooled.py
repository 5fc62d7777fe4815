"""What must hold of every frequentist answer: finite, in range and in order, or said why not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop import PooledRate, Studies, pool
from metaprop.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from properties.cases_of import Case

SLACK = 1e-12
"""Turning a limit into a rate and back rounds this much."""
SAME = 1e-9
"""Two orders of the same sums, relative to the largest; iterations stop at 1e-10 or so."""
SAME_FIT = 2e-5
"""A one-step fit climbs to within 1e-8 nats of its maximum: rates are known by the root of that."""
RATES = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
SYMMETRIC = {"logit", "raw", "arcsine", "freeman-tukey"}
"""Scales on which counting the others turns the answer round."""


def broken_pooled(case: Case, studies: Studies) -> Iterator[str]:
    """Yield what is wrong with the pooled rate of a case."""
    if not case.pooling:
        return
    try:
        found = pool(studies, **case.pooling)
    except InputError as error:
        wrong = int((studies.low < studies.high).sum())
        if studies.exact or len(error.problems) != min(wrong, 51):
            yield f"refused: {error}"
        return
    if not studies.exact:
        yield "ranges were pooled"
    yield from _broken_rates(found)
    yield from _broken_spread(found)
    yield from _moved(case, studies, found)


def _broken_rates(found: PooledRate) -> Iterator[str]:
    values = [getattr(found, name) for name in RATES]
    for name, value in zip(RATES, values, strict=True):
        if math.isnan(value):
            if not found.messages:
                yield f"{name} does not exist, and nothing says why"
        elif not 0.0 <= value <= 1.0:
            yield f"{name} is {value}"
    estimate, low, high, new_low, new_high = values
    for name, lower, upper in (("interval", low, high), ("prediction", new_low, new_high)):
        if math.isnan(lower) != math.isnan(upper):
            yield f"the {name} is half there: {lower}, {upper}"
        if lower > upper + SLACK:
            yield f"the {name} is upside down: {lower}, {upper}"
    if low > estimate + SLACK or high < estimate - SLACK:
        yield f"the interval {low}, {high} leaves out the estimate {estimate}"


def _broken_spread(found: PooledRate) -> Iterator[str]:
    ranges = {
        "tau2": (0.0, math.inf),
        "rho": (0.0, 1.0),
        "i2": (0.0, 1.0),
        "h2": (1.0 - SLACK, math.inf),
        "q": (0.0, math.inf),
        "q_p_value": (0.0, 1.0),
        "se": (0.0, math.inf),
        "corrected_weight": (0.0, 1.0 + SAME),
    }
    for name, (least, most) in ranges.items():
        value = getattr(found, name)
        if math.isinf(value) and name == "tau2" and found.messages:
            continue  # the likelihood rises all the way, and the answer says so
        if not (math.isnan(value) or least <= value <= most) or math.isinf(value):
            yield f"{name} is {value}"
    if not 0 <= found.used <= found.k:
        yield f"{found.used} of {found.k} studies are used"


def _moved(case: Case, studies: Studies, found: PooledRate) -> Iterator[str]:
    """Yield what another order changes and should not, and where it may be, counting the others."""
    same = SAME if case.pooling.get("model", "two-step") == "two-step" else SAME_FIT
    order = slice(None, None, -1)
    totals, counts = studies.totals[order], studies.low[order]
    mirrored = case.pooling.get("scale", "logit") in SYMMETRIC
    if mirrored:
        counts = totals - counts
    other = pool(Studies(studies.names[order], counts, counts, totals), **case.pooling)
    theirs = [getattr(other, name) for name in RATES]
    if mirrored:
        estimate, *limits = (1.0 - value for value in theirs)
        theirs = [estimate, *limits[1::-1], *limits[:1:-1]]
    for name, value in zip(RATES, theirs, strict=True):
        mine = getattr(found, name)
        if not _same(mine, value, same):
            turned = "backwards and mirrored" if mirrored else "backwards"
            yield f"{name} is {mine}, {turned} {value}"


def _same(first: float, second: float, within: float) -> bool:
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return abs(first - second) <= within
