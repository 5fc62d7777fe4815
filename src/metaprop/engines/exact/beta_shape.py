"""The beta distribution on the logit: its density and its median, wherever its parameters lie.

Parameters are the logit of the mean and ``log(1 / kappa)``: a = m kappa, b = (1 - m) kappa.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import expit, log_expit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

SMALLEST = -690.0
"""Logs below this would underflow."""
SMALL_GAP = 1e-3
"""Logits this close are compared by a series."""
ASYMPTOTIC = 10.0
"""Stirling's series is used from here."""
LN_HALF = float(np.log(0.5))
LEADING = -32.0
"""Below this logit, less log(1 + b), the leading term is the distribution function."""
SCORE = 12.0
"""Normal scores are cut off here: a root lies at 0."""
STEPS = 60
"""Steps of root finding at the most."""
NEARBY = 0.05
"""Half width of the bracket around a guess."""
MANY, EVERY = 64, 4
"""Of more logits than this every fourth one foretells the others."""
CERTAIN, SHARE = 1e-8, 0.05
"""How far off a guess is at the least, and against the third difference of its neighbours."""
CLOSE = 1e-11
"""A root is found where function or bracket are this small."""
BISECTION = 2
"""Which of three steps halves the bracket."""
DIFFERENCE = 0.05
"""Step of differences, in widths of the distribution or logits."""
CENTRAL = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""Weights of central differences of order eight."""
FLATTEST = 1e-300
"""The least slope that is reckoned with."""
LARGE = 3e4
"""With a and b above this the median is (a - 1/3) / (a + b - 2/3) to 1e-10."""


def _shapes(location: Floats, log_r: Floats) -> tuple[Floats, Floats]:
    """Return a and b."""
    a = np.exp(np.maximum(log_expit(location) - log_r, SMALLEST))
    b = np.exp(np.maximum(log_expit(-location) - log_r, SMALLEST))
    return a, b


def log_beta_logit(logit: Floats, location: Floats, log_r: Floats) -> Floats:
    """Return the log density of ``logit p`` for ``p ~ Beta(m kappa, (1 - m) kappa)``.

    By Stirling's formula about the mode where kappa is large, so that nothing cancels.
    """
    kappa = np.exp(-log_r)
    log_m, log_q = log_expit(location), log_expit(-location)
    a = np.exp(np.maximum(log_m - log_r, SMALLEST))
    b = np.exp(np.maximum(log_q - log_r, SMALLEST))
    log_p, log_1mp = log_expit(logit), log_expit(-logit)
    deviance = kappa * _divergence(log_m, log_q, log_p, log_1mp, logit - location)
    stirling = 0.5 * (log_m + log_q - log_r - np.log(2.0 * np.pi))
    density: Floats = stirling - deviance - _remainder(a) - _remainder(b) + _remainder(kappa)
    return density


def _divergence(
    log_m: Floats, log_q: Floats, log_p: Floats, log_1mp: Floats, gap: Floats
) -> Floats:
    """Return ``m log(m/p) + (1-m) log((1-m)/(1-p))``, the Kullback-Leibler divergence.

    For a small gap of the logits by Taylor's series, where the direct form cancels.
    """
    m, q = np.exp(log_m), np.exp(log_q)
    direct = m * (log_m - log_p) + q * (log_q - log_1mp)
    third = (q - m) / 6.0
    fourth = (1.0 - 6.0 * m * q) / 24.0
    small = np.abs(gap) < SMALL_GAP
    gap = np.where(small, gap, 0.0)  # a large one would overflow
    series = m * q * gap * gap * (0.5 + gap * (third + gap * fourth))
    return np.where(small, series, direct)


def _remainder(x: Floats) -> Floats:
    """Return ``log Gamma(x)`` less ``(x - 1/2) log x - x + log(2 pi) / 2``; x > 0."""
    safe = np.maximum(x, ASYMPTOTIC)
    z = 1.0 / (safe * safe)
    series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188)))) / safe
    small = np.minimum(x, ASYMPTOTIC)
    direct = special.gammaln(small) - (small - 0.5) * np.log(small) + small
    return np.where(x >= ASYMPTOTIC, series, direct - 0.5 * np.log(2.0 * np.pi))


def log_below(logit: Floats, location: Floats, log_r: Floats) -> Floats:
    """Return the log of the distribution function at logits of at most 0, shape ``(N,)`` each.

    Near 0 by its leading term, since there the rate itself may be too small for a double.
    """
    a, b = _shapes(location, log_r)
    with np.errstate(divide="ignore"):
        found = np.log(special.betainc(a, b, expit(logit)))
    leading = a * log_expit(logit) - np.log(a) - special.betaln(a, b)
    return np.where(logit + np.log1p(b) < LEADING, np.minimum(leading, 0.0), found)


def logit_median(location: Floats, log_r: Floats) -> Floats:
    """Return the logit of the median, shape of the broadcast arguments."""
    shape = np.broadcast_shapes(location.shape, log_r.shape)
    mean, spread = np.broadcast_to(location, shape), np.broadcast_to(log_r, shape)
    low = -np.abs(mean)
    a, b = _shapes(low, spread)
    found = _kerman(a, b)
    hard = a < LARGE
    a, b, given = a[hard], b[hard], (low[hard], spread[hard])

    def above(x: Floats, active: Bools) -> Floats:
        return _score(log_below(x, given[0][active], given[1][active]))

    leading = (LN_HALF + np.log(a) + special.betaln(a, b)) / a
    start = np.where(a > 1.0, given[0] - 1.0 / a, leading + LN_HALF / a) - 1.0
    root = find_root(above, np.minimum(start, given[0]), np.zeros(a.shape))
    found[hard] = np.minimum(root, 0.0)  # beyond by rounding, where the mean is one half
    return np.where(mean <= 0.0, found, -found)


def location_of_median(logit: Floats, log_r: Floats, low: Floats, high: Floats) -> Floats:
    """Return which location has its median at each logit: (G,), (R, 1) -> (R, G).

    The location is sought between ``low`` and ``high``, shape (R, 1); infinite where it lies
    beyond. At a given logit the distribution function is smooth in the location also where the
    median leaps, as it does with kappa near 0.
    """
    ends = low, high
    if logit.size <= MANY:
        return inverse_median(logit, log_r, ends)
    few = inverse_median(logit[::EVERY], log_r, ends)
    return inverse_median(logit, log_r, ends, _between(few, logit.size))


def _between(few: Floats, count: int) -> tuple[Floats, Floats]:
    """Return cubics through rows known at every ``EVERY``-th place, and about how wrong they are.

    Shape (R, count) each; not a number beside infinite ones.
    """
    place = np.arange(count) / EVERY
    left = np.minimum(np.maximum(np.floor(place).astype(np.int64), 1), few.shape[1] - 3)
    t = place - left
    one, two, three, four = (few[:, left + i] for i in (-1, 0, 1, 2))
    with np.errstate(invalid="ignore"):
        bend, turn = one - 2.0 * two + three, four - 3.0 * three + 3.0 * two - one
        line = two + t * (three - two)
        cubic = line + t * (t - 1.0) * (0.5 * bend + (t + 1.0) / 6.0 * turn)
    return cubic, CERTAIN + SHARE * np.abs(turn)


def inverse_median(
    logit: Floats,
    log_r: Floats,
    ends: tuple[Floats, Floats],
    guess: tuple[Floats, Floats] | None = None,
) -> Floats:
    """Return what ``location_of_median`` does, shape (R, G) of the broadcast arguments.

    ``guess``: where it is, and how far off, shape (R, G) each.
    """
    low, high = ends
    shape = np.broadcast_shapes(logit.shape, log_r.shape)
    x, spread = (np.broadcast_to(v, shape) for v in (-np.abs(logit), log_r))
    mirrored = np.broadcast_to(logit > 0.0, shape)
    down, up = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    found = _inverse_kerman(x, spread)
    found = np.where(found < down, -np.inf, np.where(found > up, np.inf, found))
    hard = x - spread < np.log(LARGE)
    given = x[hard], spread[hard]

    def below(location: Floats, active: Bools) -> Floats:
        return -_score(log_below(given[0][active], location, given[1][active]))

    start, off = found[hard], np.full(int(hard.sum()), NEARBY)
    if guess is not None:
        known = np.isfinite(guess[0][hard]) & (guess[1][hard] < NEARBY)
        start = np.where(known, np.where(mirrored, -guess[0], guess[0])[hard], start)
        off = np.where(known, guess[1][hard], off)
    found[hard] = find_root(below, down[hard], up[hard], (start, off))
    return np.where(mirrored, -found, found)


def log_median_slope(logit: Floats, location: Floats, log_r: Floats) -> Floats:
    """Return the log derivative of the median's logit by the location, shape (N,) of each.

    ``logit`` is the median there: what the distribution function at a fixed rate loses with the
    location, by differences, against the density of the logit.
    """
    sign = np.where(logit > 0.0, -1.0, 1.0)
    x, mean = sign * logit, sign * location
    slope, hard = np.empty(x.shape), x - log_r < np.log(LARGE)
    slope[~hard] = _kerman_slope(x[~hard], log_r[~hard])
    x, mean, log_r = x[hard], mean[hard], log_r[hard]
    log_width = 0.5 * (log_r - log_expit(mean) - log_expit(-mean))
    step = DIFFERENCE * np.exp(np.minimum(log_width, 0.0))
    lost = np.zeros(x.shape)
    for i, weight in enumerate(CENTRAL, start=1):
        below, above = (np.exp(log_below(x, mean + j * step, log_r)) for j in (-i, i))
        lost += weight * (below - above)
    lost = np.maximum(lost, FLATTEST)
    slope[hard] = np.log(lost) - np.log(step) - log_beta_logit(x, mean, log_r)
    return slope


def _kerman_slope(logit: Floats, log_r: Floats) -> Floats:
    """Return the log of one over the derivative of ``_inverse_kerman``."""
    third = np.exp(np.minimum(log_r, 0.0)) / 3.0
    p, q, wider = expit(logit), expit(-logit), 1.0 - 2.0 * third
    return -np.log(wider * p * q * (1.0 / (p * wider + third) + 1.0 / (q * wider + third)))


def _inverse_kerman(logit: Floats, log_r: Floats) -> Floats:
    """Return the logit of the mean whose distribution has its median at a logit."""
    third = np.exp(np.minimum(log_r, 0.0)) / 3.0
    median, rest = expit(logit), expit(-logit)
    return np.log(median * (1 - 2 * third) + third) - np.log(rest * (1 - 2 * third) + third)


def _score(log_probability: Floats) -> Floats:
    """Return the normal score of a log probability, within +-SCORE; 0 at one half."""
    return np.clip(special.ndtri_exp(np.minimum(log_probability, -1e-300)), -SCORE, SCORE)


def _kerman(a: Floats, b: Floats) -> Floats:
    """Return the logit of ``(a - 1/3) / (a + b - 2/3)``."""
    return np.log(np.maximum(a - 1 / 3, 0.1) / np.maximum(b - 1 / 3, 0.1))


def find_root(
    function: Callable[[Floats, Bools], Floats],
    low: Floats,
    high: Floats,
    guess: tuple[Floats, Floats] | None = None,
) -> Floats:
    """Return where increasing functions cross 0, shape ``(N,)``; infinite where they do not.

    ``function(x, active)`` takes the points of the elements that ``active`` (N,) picks. By the
    Illinois variant of regula falsi, with a bisection every third step, from a narrow bracket
    around the guess (where, and how far off) where it holds.
    """
    if guess is None:
        every = np.ones(low.shape, dtype=bool)
        f_low, f_high = function(low, every), function(high, every)
    else:
        low, f_low, high, f_high = _bracket(function, low, high, guess)
    root = np.where(f_low > 0.0, -np.inf, np.where(f_high < 0.0, np.inf, 0.5 * (low + high)))
    active = np.isfinite(root)
    low, high, f_low, f_high = (v[active] for v in (low, high, f_low, f_high))
    for step in range(STEPS):
        if not active.any():
            break
        share = 0.5 if step % 3 == BISECTION else -f_low / np.maximum(f_high - f_low, FLATTEST)
        middle = low + share * (high - low)
        f = function(middle, active)
        root[active] = middle
        left = f < 0.0
        # an end that stays has its value halved, so that the other end moves next
        f_low, f_high = np.where(left, f, 0.5 * f_low), np.where(left, 0.5 * f_high, f)
        low, high = np.where(left, middle, low), np.where(left, high, middle)
        going = (np.abs(f) > CLOSE) & (high - low > CLOSE * (1.0 + np.abs(low)))
        low, high, f_low, f_high = (v[going] for v in (low, high, f_low, f_high))
        active[active] = going
    return root


def _bracket(
    function: Callable[[Floats, Bools], Floats],
    low: Floats,
    high: Floats,
    guess: tuple[Floats, Floats],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the ends around a guess, or to the true ends where it is wrong, with their values."""
    every, middle = np.ones(low.shape, dtype=bool), np.where(np.isfinite(guess[0]), guess[0], 0.0)
    left, right = (np.clip(middle + side * guess[1], low, high) for side in (-1.0, 1.0))
    f_left, f_right = function(left, every), function(right, every)
    below, above = f_right < 0.0, f_left >= 0.0  # the root lies to the right, to the left
    ends = np.where(below, right, np.where(above, low, left))
    values = np.where(below, f_right, f_left)
    others = np.where(above, left, np.where(below, high, right))
    other_values = np.where(above, f_left, f_right)
    if above.any():
        values[above] = function(low[above], above)
    if below.any():
        other_values[below] = function(high[below], below)
    return ends, values, others, other_values
