"""Made-up reviews, printed as papers print them: honest ones, and ones with a known error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.core.scales import expit, logit
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool
from metaprop.evidence.claims import Claim
from metaprop.evidence.printed import Printed
from metaprop.questions.audit.settings import Choice, Pooling, Variant, sizes
from metaprop.questions.audit.typing_errors import DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.options import Scale

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Slip = Literal[
    "swapped digits", "wrong digit", "wrong k", "wrong scale", "complement", "no safeguard"
]
"""What can go wrong between an analysis and its print."""

HONEST = tuple(
    Pooling(tau2, *spread)
    for tau2 in ("dl", "reml", "pm")
    for spread in (("z", "none"), ("hartung-knapp", "se"), ("hartung-knapp", "ci"))
)
"""Ways to pool that reviews use and that are never narrower than a common rate allows."""
SCALES: tuple[Scale, ...] = ("logit", "logit", "logit", "freeman-tukey", "arcsine", "raw", "log")
"""The logit is what most reviews use."""
LARGEST_TAU = 1.2
FEWEST = 4
"""Studies that a pooled subset keeps at least."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One line of a made-up review: events (k,) of totals (k,), how it was pooled, its print."""

    events: Ints
    totals: Ints
    choice: Choice
    claim: Claim


def choose(rng: np.random.Generator) -> Choice:
    """Return how one review pools all its lines."""
    scale = SCALES[rng.integers(len(SCALES))]
    correction = "none" if scale in {"freeman-tukey", "arcsine"} else "only0"
    variant = Variant(scale, "meta", correction, 0.0 if correction == "none" else 0.5)  # type: ignore[arg-type]  # one of the two rules
    return Choice(variant, HONEST[rng.integers(len(HONEST))], sizes(scale)[0])


def made_up(totals: Ints, choice: Choice, rng: np.random.Generator) -> MadeUp:
    """Return an honest line: rates of studies on the logit, events binomial, pooled and printed."""
    middle = logit(rng.choice([0.03, 0.05, 0.1, 0.2, 0.4, 0.7, 0.9, 0.97]))
    rates = expit(middle + rng.uniform(0.0, LARGEST_TAU) * rng.standard_normal(totals.size))
    events = rng.binomial(totals, rates)
    digits = int(rng.choice([1, 2, 2]))
    return MadeUp(events, totals, choice, claim_of(events, totals, choice, digits))


def claim_of(events: Ints, totals: Ints, choice: Choice, digits: int) -> Claim:
    """Return the line that a choice prints, rates with ``digits`` decimals of percent."""
    numbers = pooled_numbers(events, totals, choice)
    rates = [_percent(value, digits) for value in numbers[:3]]
    return Claim(
        row=2,
        outcome="made up",
        source="a made-up review",
        estimate=rates[0],
        ci_low=rates[1],
        ci_high=rates[2],
        i2=_percent(numbers[3], 1),
        q_p=_p_value(numbers[4], digits + 1),
        events_total=int(events.sum()),
    )


def pooled_numbers(events: Ints, totals: Ints, choice: Choice) -> tuple[float, ...]:
    """Return estimate, limits, I2 and P of one choice, all in [0, 1]."""
    one, how = choice.variant, choice.pooling
    with np.errstate(all="ignore"):
        made = effects(events, totals, one.scale, one.correction, one.amount, one.convention)
        pooled = pool(made, Plan(how.tau2 or "dl", how.interval, how.safeguard))
        rates, told = pooled.rates(choice.size), pooled.heterogeneity
    values = (rates.estimate, rates.ci_low, rates.ci_high, told.i2, told.p_value)
    return tuple(float(value) for value in values)


def _percent(rate: float, digits: int) -> Printed:
    return Printed(f"{100.0 * rate:.{digits}f}", 100.0)


def _p_value(p: float, digits: int) -> Printed:
    least = 10.0**-digits
    if p < least:
        return Printed(f"{least:.{digits}f}", 1.0, "below")
    return Printed(f"{p:.{digits}f}", 1.0)


def usable(line: MadeUp) -> bool:
    """Return whether a line has an estimate with an interval, as one that is printed has."""
    limits = line.claim.interval
    assert limits is not None  # noqa: S101 - claim_of prints both
    return all(one.text.replace(".", "").isdigit() for one in (line.claim.estimate, *limits))


def slipped(line: MadeUp, slip: Slip, rng: np.random.Generator) -> MadeUp | None:
    """Return a line with one error; None where the error would not show in print."""
    claim = _SLIPS[slip](line, rng)
    if claim is None or (claim.line, claim.i2, claim.q_p) == (
        line.claim.line,
        line.claim.i2,
        line.claim.q_p,
    ):
        return None
    wrong = replace(line, claim=claim)
    return wrong if usable(wrong) else None


def _swapped(line: MadeUp, rng: np.random.Generator) -> Claim | None:
    def change(text: str) -> str:
        places = [i for i, sign in enumerate(text) if sign != "."]
        first = int(rng.integers(len(places) - 1))
        letters, (a, b) = list(text), places[first : first + 2]
        letters[a], letters[b] = letters[b], letters[a]
        return "".join(letters)

    return _typed(line, change, rng)


def _wrong_digit(line: MadeUp, rng: np.random.Generator) -> Claim | None:
    def change(text: str) -> str:
        place = rng.choice([i for i, sign in enumerate(text) if sign != "."])
        return text[:place] + DIGITS[rng.integers(len(DIGITS))] + text[place + 1 :]

    return _typed(line, change, rng)


def _typed(line: MadeUp, change: Callable[[str], str], rng: np.random.Generator) -> Claim | None:
    """Return a claim with one of its three rates typed otherwise."""
    name = ("estimate", "ci_low", "ci_high")[rng.integers(3)]
    printed: Printed = getattr(line.claim, name)
    if len(printed.text.replace(".", "")) == 1:
        return None
    typed = printed.typed(change(printed.text))
    return None if typed.value > 1.0 else replace(line.claim, **{name: typed})  # type: ignore[arg-type]  # one of three rates


def _wrong_k(line: MadeUp, rng: np.random.Generator) -> Claim | None:
    """Return what some of the studies give, printed as if it were from all."""
    k = line.totals.size
    if k <= FEWEST:
        return None
    kept = rng.permutation(k)[: rng.integers(FEWEST, k)]
    digits = line.claim.estimate.digits
    claim = claim_of(line.events[kept], line.totals[kept], line.choice, digits)
    return replace(claim, events_total=line.claim.events_total)


def _wrong_scale(line: MadeUp, _: np.random.Generator) -> Claim | None:
    """Return the estimate with the limits of another scale."""
    scale: Scale = "raw" if line.choice.variant.scale != "raw" else "logit"
    other = replace(line.choice, variant=Variant(scale, "meta", "only0", 0.5))
    digits = line.claim.estimate.digits
    claim = claim_of(line.events, line.totals, other, digits)
    return replace(line.claim, ci_low=claim.ci_low, ci_high=claim.ci_high)


def _complement(line: MadeUp, _: np.random.Generator) -> Claim | None:
    """Return the line of the patients without the event."""
    digits = line.claim.estimate.digits
    claim = claim_of(line.totals - line.events, line.totals, line.choice, digits)
    return replace(claim, events_total=line.claim.events_total)


def _no_safeguard(line: MadeUp, _: np.random.Generator) -> Claim | None:
    """Return a Hartung-Knapp interval that is narrower than a common rate allows; else None."""
    pooling = replace(line.choice.pooling, interval="hartung-knapp", safeguard="none")
    digits = line.claim.estimate.digits
    unsafe = replace(line.choice, pooling=pooling)
    classic = replace(line.choice, pooling=Pooling(None, "z", "none"))
    narrow, usual = (pooled_numbers(line.events, line.totals, one) for one in (unsafe, classic))
    if not narrow[2] - narrow[1] < usual[2] - usual[1]:
        return None
    return claim_of(line.events, line.totals, unsafe, digits)


_SLIPS: dict[Slip, Callable[[MadeUp, np.random.Generator], Claim | None]] = {
    "swapped digits": _swapped,
    "wrong digit": _wrong_digit,
    "wrong k": _wrong_k,
    "wrong scale": _wrong_scale,
    "complement": _complement,
    "no safeguard": _no_safeguard,
}
