"""Every way to pool that print is held against, and what to call it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Literal, get_args

from metaprop.core.wording import listed
from metaprop.engines.frequentist.between.estimate import METHODS
from metaprop.engines.frequentist.options import (
    Convention,
    Correction,
    MeanInterval,
    Prediction,
    Safeguard,
    Scale,
    SizeMean,
    Tau2Method,
)
from metaprop.engines.frequentist.transforms import UNCORRECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.rates import RateName

AMOUNTS = (0.5, 1.0, 0.25, 0.1, 0.01)
"""What is added to an empty cell in print: a half, and what software offers instead."""

OneStepInterval = Literal["wald", "wald-t", "profile"]


@dataclass(frozen=True, slots=True)
class Variant:
    """How studies are turned into estimates: what stands before any pooling."""

    scale: Scale
    convention: Convention
    correction: Correction
    amount: float


@dataclass(frozen=True, slots=True)
class Pooling:
    """How estimates become a mean with its interval; ``tau2`` None is the common-effect mean."""

    tau2: Tau2Method | None
    interval: MeanInterval
    safeguard: Safeguard

    @property
    def guarded(self) -> bool:
        """Whether the interval is never narrower than that of a common rate."""
        return self.interval != "hartung-knapp" or self.safeguard != "none"


@dataclass(frozen=True, slots=True)
class Choice:
    """One two-step analysis: variant, pooling, and the size a double arcsine is turned back at."""

    variant: Variant
    pooling: Pooling
    size: SizeMean = "harmonic"


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to pool, one word or phrase for each of its choices; "" where there is none."""

    scale: str
    correction: str
    tau2: str
    interval: str
    size: str
    reading: str


def groups() -> tuple[tuple[Scale, Convention], ...]:
    """Return scales with their convention, those that pool the same way side by side."""
    return tuple(product(get_args(Scale), get_args(Convention)))


def variants(scale: Scale, convention: Convention) -> tuple[Variant, ...]:
    """Return all corrections of one scale; one that adds nothing stands there once."""
    none = Variant(scale, convention, "none", 0.0)
    if (scale, convention) in UNCORRECTED:
        return (none,)
    adding = [rule for rule in get_args(Correction) if rule != "none"]
    rows = (Variant(scale, convention, rule, a) for a, rule in product(AMOUNTS, adding))
    return (*rows, none)


def poolings() -> tuple[Pooling, ...]:
    """Return every estimator of tau2 with every interval, and the common-effect mean."""
    intervals: list[tuple[MeanInterval, Safeguard]] = [("z", "none")]
    intervals += [("hartung-knapp", guard) for guard in get_args(Safeguard)]
    intervals.append(("kenward-roger", "none"))
    between = [Pooling(m, *spread) for m, spread in product(get_args(Tau2Method), intervals)]
    return (*between, Pooling(None, "z", "none"))


def sizes(scale: Scale) -> tuple[SizeMean, ...]:
    """Return the sizes at which a scale can be turned back into rates."""
    return get_args(SizeMean) if scale == "freeman-tukey" else ("harmonic",)


@cache
def choices() -> tuple[Choice, ...]:
    """Return every two-step analysis, in the order of all answers to a table."""
    return tuple(
        Choice(variant, pooling, size)
        for scale, convention in groups()
        for pooling in poolings()
        for size in sizes(scale)
        for variant in variants(scale, convention)
    )


def two_step(choice: Choice) -> Setting:
    """Return the words for a mean of the studies' estimates."""
    variant, pooling, size = choice.variant, choice.pooling, choice.size
    tau2 = "common effect" if pooling.tau2 is None else METHODS[pooling.tau2].name
    at = f"turned back at the {_SIZES[size]}" if variant.scale == "freeman-tukey" else ""
    return Setting(
        scale=f"{_SCALES[variant.scale]}, inverse variance",
        correction=_correction(variant),
        tau2=tau2,
        interval=_INTERVALS[pooling.interval, pooling.safeguard],
        size=at,
        reading=_READINGS[variant.convention],
    )


def one_step(model: Model, estimand: RateName, interval: OneStepInterval) -> Setting:
    """Return the words for a model fitted by maximum likelihood."""
    name = f"{_MODELS[model]}, {estimand} rate"
    return Setting(name, "", "", _ONE_STEP[interval], "", "")


def described(settings: Iterable[Setting]) -> tuple[str, ...]:
    """Return settings in words: those that differ in one choice only are told together.

    Examples
    --------
    >>> plain = Variant("logit", "meta", "none", 0.0)
    >>> for line in described(
    ...     two_step(Choice(plain, Pooling(tau2, "z", "none"))) for tau2 in ("dl", "pm")
    ... ):
    ...     print(line)
    logit, inverse variance; nothing added; tau2 by DerSimonian-Laird or Paule-Mandel; ...
    """
    rows = [_row(setting) for setting in settings]
    for place in _MERGED:
        rows = list(_merged(rows, place))
    return tuple(map(_told, rows))


Row = tuple[tuple[str, ...], ...]


def _row(setting: Setting) -> Row:
    return tuple((getattr(setting, field.name),) for field in fields(setting))


def _merged(rows: Sequence[Row], place: int) -> Iterator[Row]:
    """Yield rows that differ in one place only as one."""
    found: dict[Row, list[str]] = {}
    for row in rows:
        rest = (*row[:place], *row[place + 1 :])
        words = found.setdefault(rest, [])
        words += [word for word in row[place] if word not in words]
    for rest, words in found.items():
        yield (*rest[:place], tuple(words), *rest[place:])


def _told(row: Row) -> str:
    told = []
    for field, words in zip(fields(Setting), row, strict=True):
        if words == ("",) or (field.name == "reading" and len(words) == len(_READINGS)):
            continue
        some = f"any of {len(words)} estimators of tau2"
        text = some if field.name == "tau2" and len(words) > _FEW else listed(words, "or")
        by_name = field.name == "tau2" and len(words) <= _FEW and words != ("common effect",)
        told.append(f"tau2 by {text}" if by_name else text)
    return "; ".join(told)


def _correction(variant: Variant) -> str:
    if variant.correction == "none":
        return "nothing added"
    return f"{variant.amount:g} added {_RULES[variant.correction]}"


_FEW = 4
_MERGED = (2, 5, 4, 1, 3)
"""Places of a setting in the order in which they are told together: tau2 first, never the scale."""
_SCALES: dict[Scale, str] = {
    "logit": "logit",
    "log": "log",
    "raw": "untransformed",
    "arcsine": "arcsine",
    "freeman-tukey": "double arcsine",
}
_RULES: dict[Correction, str] = {
    "only0": "in studies with an empty cell",
    "all": "in all studies",
    "if0all": "in all studies if one has an empty cell",
    "none": "nowhere",
}
_SIZES: dict[SizeMean, str] = {
    "harmonic": "harmonic mean of the sizes",
    "geometric": "geometric mean of the sizes",
    "arithmetic": "mean size",
    "smallest": "smallest size",
    "largest": "largest size",
}
_INTERVALS: dict[tuple[MeanInterval, Safeguard], str] = {
    ("z", "none"): "normal interval",
    ("hartung-knapp", "none"): "Hartung-Knapp without a safeguard",
    ("hartung-knapp", "se"): "Hartung-Knapp with a standard error not below the classic one",
    ("hartung-knapp", "ci"): "Hartung-Knapp, the classic interval where that is wider",
    ("hartung-knapp", "iqwig6"): "Hartung-Knapp with IQWiG's safeguard",
    ("kenward-roger", "none"): "Kenward-Roger",
}
_READINGS: dict[Convention, str] = {
    "meta": "as R's meta reads it",
    "metafor": "as R's metafor reads it",
}
_MODELS: dict[Model, str] = {
    "binomial-normal": "binomial-normal model (GLMM)",
    "beta-binomial": "beta-binomial model",
}
_ONE_STEP: dict[OneStepInterval, str] = {
    "wald": "normal interval",
    "wald-t": "t interval",
    "profile": "profile likelihood",
}
PREDICTIONS: dict[Prediction, str] = {
    "hts-k-2": "classic standard error, t with k - 2",
    "hts-k-1": "classic standard error, t with k - 1",
    "hartung-knapp": "Hartung-Knapp's standard error, t with k - 1",
    "hartung-knapp-k-2": "Hartung-Knapp's standard error, t with k - 2",
    "kenward-roger": "Kenward-Roger's",
    "kenward-roger-less-1": "Kenward-Roger's, one degree of freedom less",
    "normal": "normal",
    "as-mean": "as the interval of the mean",
}
