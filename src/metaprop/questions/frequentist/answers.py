"""The records of frequentist answers: numbers with their estimands, nothing computed here.

Rates are proportions in [0, 1]; a number that does not exist is NaN, and ``messages`` say why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Looked up by the codec when records are read back, so they must be importable here.
from metaprop.core.methods import Method  # noqa: TC001
from metaprop.engines.frequentist.options import Scale  # noqa: TC001

RateName = Literal["average", "typical"]


@dataclass(frozen=True, slots=True)
class Transformed:
    """The numbers of a pooled rate on the scale on which they were made."""

    estimate: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float


@dataclass(frozen=True, slots=True)
class OtherRate:
    """The other rate of the same fit: the average where the answer is the typical one, ..."""

    estimand: RateName
    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class SpreadLimits:
    """Limits of the heterogeneity at the level of the answer; NaN where they do not exist.

    Two steps: Q-profile for ``tau2``, at least 0, and ``i2`` in [0, 1]; one step: of ``tau2`` or
    ``rho`` by the interval asked for.
    """

    tau2_low: float
    tau2_high: float
    rho_low: float
    rho_high: float
    i2_low: float
    i2_high: float


@dataclass(frozen=True, slots=True)
class PooledRate:
    """One pooled rate with its intervals.

    ``estimand`` is ``average`` (mean rate over the population of studies) or ``typical`` (rate of
    the median study, which is what a transformed scale pools). ``ci_low`` to ``ci_high`` is the
    confidence interval called ``interval``, at ``level``; ``prediction_low`` to
    ``prediction_high`` holds the rate of a new study. ``transformed`` has the same on ``scale``,
    with ``se`` there. ``tau2`` is the variance between studies on the scale, ``rho`` the
    intraclass correlation (beta-binomial). ``i2`` in [0, 1], ``h2`` at least 1; ``spread`` are the
    limits of all these; Cochran's ``q`` with ``q_df`` and ``q_p_value``. ``used`` of ``k`` studies
    carry weight; ``phantom_events`` were added to events, and as many to non-events, of studies
    that together carry ``corrected_weight`` of the mean, in [0, 1].

    Examples
    --------
    >>> from metaprop import Studies, pool
    >>> found = pool(Studies.of(["A", "B", "C"], events=[9, 14, 6], totals=[9, 15, 11]))
    >>> found.estimand, found.phantom_events, round(found.corrected_weight, 3)
    ('typical', 0.5, 0.24)
    """

    estimand: RateName
    estimate: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float
    transformed: Transformed
    scale: Scale
    interval: str
    level: float
    se: float
    tau2: float
    rho: float
    i2: float
    h2: float
    spread: SpreadLimits
    q: float
    q_df: float
    q_p_value: float
    k: int
    used: int
    phantom_events: float
    corrected_weight: float
    other: OtherRate | None
    messages: tuple[str, ...]


RowEstimand = Literal["average", "typical", "common"]
"""``common``: the one rate of all studies, if they share one."""
Section = Literal["scale", "correction", "tau2", "interval", "one rate", "counts"]
"""What is changed in a row of the comparison: one thing at a time; or no two-step method at all."""


@dataclass(frozen=True, slots=True)
class ComparedMethod:
    """One method of the comparison; numbers as in ``PooledRate``.

    ``label`` says what differs from the usual method, which is the first row: logit scale, one
    half added to studies with an empty cell, DerSimonian-Laird, Hartung-Knapp without safeguard.
    """

    section: Section
    label: str
    estimand: RowEstimand
    estimate: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float
    interval: str
    tau2: float
    rho: float
    used: int
    phantom_events: float
    corrected_weight: float
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsualStudy:
    """One study as the usual method takes it, in the order of the table.

    ``estimate`` is its rate with what was ``added`` to events and to non-events (0 in most),
    ``low`` to ``high`` the normal interval on the logit scale, as a rate in [0, 1]; ``weight`` is
    its share of the pooled mean, in [0, 1]. A study that is left out weighs 0 and has NaN.
    """

    name: str
    events: int
    total: int
    estimate: float
    low: float
    high: float
    weight: float
    added: float


@dataclass(frozen=True, slots=True)
class UsualForest:
    """The usual method study by study: what a classical forest shows.

    ``pooled`` is the ``typical`` rate with its Hartung-Knapp and prediction intervals, all of the
    same level as the rest; the weights of ``studies`` add up to 1.
    """

    studies: tuple[UsualStudy, ...]
    pooled: PooledRate


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """The rate that a publication gives, with its interval, all in [0, 1]."""

    estimate: float
    ci_low: float
    ci_high: float
    source: str


@dataclass(frozen=True, slots=True)
class CommonRateTest:
    """The likelihood-ratio test that all studies share one rate, in one model of the counts.

    ``p_bootstrap`` is from ``simulations`` reviews with one rate, ``bootstrap_error`` its Monte
    Carlo standard error; ``p_mixture`` from the 50:50 mixture of 0 and chi-square (1 df).
    """

    model: Literal["glmm", "beta-binomial"]
    statistic: float
    p_mixture: float
    p_bootstrap: float
    bootstrap_error: float
    simulations: int
    messages: tuple[str, ...]


SmallStudyTest = Literal["egger", "begg", "thompson", "peters", "trim-and-fill"]


@dataclass(frozen=True, slots=True)
class SmallStudyResult:
    """One statistic of small-study effects, with what it is where nothing depends on size.

    ``statistic`` is t (Egger, Thompson, Peters), z (Begg) or the number of studies k0 that trim
    and fill adds, with ``p_value`` as usually given. ``p_bootstrap`` is from reviews simulated
    under the fitted binomial-normal model at the same sizes, where nothing depends on size;
    ``p_refitted`` lets the parameters vary as refits to such reviews do. Each has its Monte Carlo
    standard error. ``expected`` is the median of the statistic over the simulated reviews, and
    ``without_empty`` the statistic of the studies that have no empty cell. ``share`` in [0, 1] of
    the simulated reviews have a statistic at all.
    """

    test: SmallStudyTest
    statistic: float
    p_value: float
    p_bootstrap: float
    bootstrap_error: float
    p_refitted: float
    refitted_error: float
    expected: float
    without_empty: float
    share: float
    simulations: int
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdjustedRate:
    """What a method makes of the usual rate when it allows for small-study effects.

    ``copas-all`` is the selection model with the correction added to every study. ``p_value`` is
    the P of asymmetry that is left (Copas, else NaN), ``unpublished`` how many studies are missing
    by the method (NaN where it does not say).
    """

    method: Literal["trim-and-fill", "copas", "copas-all", "limit"]
    estimate: float
    ci_low: float
    ci_high: float
    p_value: float
    unpublished: float
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunnelLimit:
    """Rates between which 95 % of studies of ``size`` patients lie under the fitted model."""

    size: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SmallStudy:
    """Small-study effects of one outcome; ``sentences`` say what they can mean here."""

    tests: tuple[SmallStudyResult, ...]
    adjusted: tuple[AdjustedRate, ...]
    funnel: tuple[FunnelLimit, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient of a meta-regression on the log-odds scale, per unit of its column."""

    name: str
    estimate: float
    se: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ModeratorFit:
    """One covariate in a meta-regression of ``k`` studies.

    ``two-step``: of logits with 0.5 added to empty cells, REML, Knapp and Hartung's test with the
    safeguard ``se``; ``one-step``: in the binomial-normal model, likelihood ratio. ``left_out``
    are the studies whose covariate is not known. ``statistic`` with ``df`` tests all coefficients
    but the intercept: F per coefficient, or chi-square. ``tau2`` is what the covariate leaves of
    ``tau2_without``.
    """

    covariate: str
    unit: str | None
    approach: Literal["two-step", "one-step"]
    k: int
    left_out: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    tau2: float
    tau2_without: float
    statistic: float
    df: float
    p_value: float
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrequentistAnswer:
    """One outcome by every frequentist method; all in it is empty where it was ``left_out``.

    ``left_out`` is the reason, None where every count is exact. ``level`` holds for every
    interval; ``seed`` decides the simulations. ``methods`` are the procedures that ran; ``usual``
    is the usual method study by study.
    """

    id: str
    label: str
    level: float
    seed: int
    left_out: str | None
    compared: tuple[ComparedMethod, ...]
    published: PublishedRate | None
    common_rate: tuple[CommonRateTest, ...]
    small_study: SmallStudy | None
    moderators: tuple[ModeratorFit, ...]
    methods: tuple[Method, ...]
    usual: UsualForest | None = None
