# mypy: ignore-errors
"""Compiled likelihood of one study behind ``exact.json``, in both families.

Shares no code and no quadrature rule with ``metaprop``. Untyped, because numba's decorators are.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Columns of the table of studies.
LOW, HIGH, N, TIMES, SIGN, Y, CONST, LOGIT, RATE, LOGC_LOW, LOGC_HIGH, STIRLING = range(12)
LOGIT_NORMAL, BETA_BINOMIAL = range(2)
ROOT_2PI = math.sqrt(2 * math.pi)
TINY = 1e-4  # tau in units of the likelihood's scale, below which two terms of a series do


@njit(cache=True)
def log1pexp(t):
    return t + math.log1p(math.exp(-t)) if t > 0 else math.log1p(math.exp(t))


@njit(cache=True)
def expit(t):
    return 1 / (1 + math.exp(-t)) if t >= 0 else math.exp(t) / (1 + math.exp(t))


@njit(cache=True)
def stirling(x):
    """Return what Stirling's formula leaves out of log Gamma(x)."""
    if x < 10:
        return math.lgamma(x) - ((x - 0.5) * math.log(x) - x + math.log(ROOT_2PI))
    q = 1 / (x * x)
    tail = 1 / 1260 - q * (1 / 1680 - q * (1 / 1188 - q * (691 / 360360)))
    return (1 / 12 - q * (1 / 360 - q * tail)) / x


@njit(cache=True)
def phi(u):
    """(1+u) log(1+u) - u, without cancellation."""
    if abs(u) < 0.05:
        total, power = 0.0, u * u
        for j in range(2, 18):
            total += power / (j * (j - 1))
            power *= -u
        return total
    return 0.0 - u if u <= -1 else (1 + u) * math.log1p(u) - u


@njit(cache=True)
def divergence(difference, q, q_c):
    """KL(p || q) of two Bernoulli rates, from p - q and q and 1 - q."""
    return q * phi(difference / q) + q_c * phi(-difference / q_c)


# ---- beta-binomial -------------------------------------------------------------------------------


@njit(cache=True)
def stirling_constant(y, n):
    """Return the part of the beta-binomial pmf that knows only the data, 0 < y < n."""
    half = 0.5 * (math.log(n) - math.log(y) - math.log(n - y)) - math.log(ROOT_2PI)
    return half + stirling(n) - stirling(y) - stirling(n - y)


@njit(cache=True)
def bb_log_pmf(y, n, constant, x, kappa):
    """log P(Y = y) with 2y <= n, logit mean x, and kappa = a + b; each term is well conditioned."""
    m, mc = expit(x), expit(-x)
    a, b, total = m * kappa, mc * kappa, n + kappa
    q, qc = (y + a) / total, (n - y + b) / total
    common = 0.5 * math.log(total / kappa) + stirling(kappa) - stirling(total)
    if y == 0:
        spread = -kappa * divergence(m * n / total, q, qc)
        right = 0.5 * math.log(b / (n + b)) + stirling(n + b) - stirling(b)
        return n * (math.log1p(-q) if q < 0.5 else math.log(qc)) + spread + common + right
    d = (m - y / n) / total
    fit = -n * divergence(-kappa * d, q, qc) - kappa * divergence(n * d, q, qc)
    left = 0.5 * math.log(a / (y + a)) + stirling(y + a) - stirling(a)
    right = 0.5 * math.log(b / (n - y + b)) + stirling(n - y + b) - stirling(b)
    return constant + fit + common + left + right


@njit(cache=True)
def bb_any(y, n, x, kappa):
    if 2 * y > n:
        y, x = n - y, -x
    return bb_log_pmf(y, n, stirling_constant(y, n) if y > 0 else 0.0, x, kappa)


@njit(cache=True)
def bb_range(low, high, n, x, kappa):
    """log P(low <= Y <= high) by the ratios of neighbours."""
    m, mc, r = expit(x), expit(-x), 1 / kappa
    scale, term, total = bb_any(low, n, x, kappa), 1.0, 1.0
    y = low
    while y < high:
        top = (n - y) * (m + y * r)
        term *= top / ((y + 1) * (mc + (n - y - 1) * r))
        total += term
        y += 1
        if term > 1e100:
            scale += math.log(term)
            total /= term
            term = 1.0
    return scale + math.log(total)


@njit(cache=True)
def bb_study(study, x, kappa):
    if study[LOW] == study[HIGH]:
        return bb_log_pmf(study[Y], study[N], study[STIRLING], study[SIGN] * x, kappa)
    return bb_range(study[LOW], study[HIGH], study[N], x, kappa)


# ---- logit-normal --------------------------------------------------------------------------------


@njit(cache=True)
def binomial_range(study, theta):
    """log P(low <= Y <= high | theta), E and Var of Y in the range."""
    low, high, n = study[LOW], study[HIGH], study[N]
    up = theta <= 0
    if up:
        start = study[LOGC_LOW] + low * theta - n * log1pexp(theta)
        odds, y, end, step = math.exp(theta), low, high, 1.0
    else:
        start = study[LOGC_HIGH] - (n - high) * theta - n * log1pexp(-theta)
        odds, y, end, step = math.exp(-theta), high, low, -1.0
    first = y
    term, total, s1, s2 = 1.0, 1.0, 0.0, 0.0
    while y != end:
        ratio = odds * ((n - y) / (y + 1) if up else y / (n - y + 1))
        term *= ratio
        y += step
        total += term
        d = y - first
        s1 += d * term
        s2 += d * d * term
        if term > 1e100:
            start += math.log(term)
            total /= term
            s1 /= term
            s2 /= term
            term = 1.0
        if ratio < 1 and term < 1e-20 * total:
            break
    mean = s1 / total
    return start + math.log(total), first + mean, s2 / total - mean * mean


@njit(cache=True)
def log_likelihood(study, theta):
    """log P(count | log odds theta), binomial coefficient included."""
    if study[LOW] != study[HIGH]:
        return binomial_range(study, theta)[0]
    t, y, n = study[SIGN] * theta, study[Y], study[N]
    if y == 0:
        return -n * log1pexp(t)
    d, rate = t - study[LOGIT], study[RATE]
    if d < 30:
        return study[CONST] + y * d - n * math.log1p(rate * math.expm1(d))
    beyond = math.log(rate) + math.log1p((1 - rate) / rate * math.exp(-d))
    return study[CONST] - (n - y) * d - n * beyond


@njit(cache=True)
def score(study, theta):
    """First derivative and minus the second of ``log_likelihood``."""
    p, pc, n = expit(theta), expit(-theta), study[N]
    if study[LOW] == study[HIGH]:
        y = study[LOW]
        return (y - n * p if 2 * y <= n else n * pc - (n - y)), n * p * pc
    _, mean, variance = binomial_range(study, theta)
    return mean - n * p, n * p * pc - variance


@njit(cache=True)
def theta_exponent(study, mu, tau, u):
    """Exponent at u: z = (theta - mu)/tau where tau < 1, else theta itself."""
    if tau < 1:
        return log_likelihood(study, mu + tau * u) - 0.5 * u * u
    z = (u - mu) / tau
    return log_likelihood(study, u) - 0.5 * z * z


@njit(cache=True)
def theta_mode(study, mu, tau):
    """Mode of the (log-concave) integrand and its local standard deviation."""
    c = tau if tau < 1 else 1.0
    base = mu if tau < 1 else 0.0
    other = tau * score(study, mu)[0]
    here, other = (0.0, other) if tau < 1 else (mu, mu + tau * other)
    a, b = min(here, other), max(here, other)
    u = 0.5 * (a + b)
    sd = 1.0
    for _ in range(300):
        slope, information = score(study, base + c * u)
        z = u if tau < 1 else (u - mu) / tau
        h = c * slope - z * (c / tau)
        curvature = c * c * max(information, 0.0) + (c / tau) ** 2
        sd = 1 / math.sqrt(curvature)
        if h > 0:
            a = u
        else:
            b = u
        new = u + h / curvature
        if not a < new < b:
            new = 0.5 * (a + b)
        near = 1e-3 * min(sd, 1.0)  # sd is misleading where the likelihood is a straight line
        if abs(new - u) < near or b - a < near:
            u = new
            break
        u = new
    return u, sd


@njit(cache=True)
def theta_edge(study, mu, tau, mode, width, drop):
    """Point beyond the mode (sign of width) where the integrand has fallen by exp(-drop)."""
    top = theta_exponent(study, mu, tau, mode)
    inside, outside = 0.0, width
    for _ in range(300):
        if theta_exponent(study, mu, tau, mode + outside) < top - drop:
            break
        inside, outside = outside, 2 * outside
    for _ in range(6):
        middle = 0.5 * (inside + outside)
        if theta_exponent(study, mu, tau, mode + middle) < top - drop:
            outside = middle
        else:
            inside = middle
    return mode + outside


@njit(cache=True)
def theta_piece(study, mu, tau, limits, top, rule):
    """Adaptive composite Gauss-Legendre of exp(exponent - top) between limits (a, b)."""
    nodes, weights, tail, tolerance = rule[0], rule[1], rule[2], rule[3]
    size = nodes.size
    lefts, rights = np.empty(200), np.empty(200)
    g = np.empty(size)
    middle = 0.5 * (limits[0] + limits[1])
    lefts[0], rights[0], lefts[1], rights[1] = limits[0], middle, middle, limits[1]
    left, total = 2, 0.0
    while left > 0:
        left -= 1
        a, b = lefts[left], rights[left]
        half, centre = 0.5 * (b - a), 0.5 * (a + b)
        value = 0.0
        for j in range(size):
            g[j] = math.exp(theta_exponent(study, mu, tau, centre + half * nodes[j]) - top)
            value += weights[j] * g[j]
        value *= half
        worst = 0.0
        for k in range(tail.shape[0]):
            c = 0.0
            for j in range(size):
                c += tail[k, j] * g[j]
            worst = max(worst, abs(c))
        if worst * half <= tolerance * (total + value) or left > 190 or half <= 1e-14 * abs(centre):
            total += value
        else:
            lefts[left], rights[left], lefts[left + 1], rights[left + 1] = a, centre, centre, b
            left += 2
    return total


@njit(cache=True)
def ln_study(study, mu, tau, above, rule, drop):
    """log P(count | mu, tau), and the share of it from theta > above."""
    slope, information = score(study, mu)
    if above == -math.inf and tau * (abs(slope) + math.sqrt(study[N])) < TINY:
        second = 0.5 * tau * tau * (slope * slope - information)  # next term: TINY**4
        return log_likelihood(study, mu) + math.log1p(second), 1.0
    mode, sd = theta_mode(study, mu, tau)
    top = theta_exponent(study, mu, tau, mode)
    right = theta_edge(study, mu, tau, mode, 3 * sd, drop)
    left = theta_edge(study, mu, tau, mode, -3 * sd, drop)
    upper = theta_piece(study, mu, tau, (mode, right), top, rule)
    lower = theta_piece(study, mu, tau, (left, mode), top, rule)
    share = 1.0
    if above > -1e300:
        cut = (above - mu) / tau if tau < 1 else above
        if cut >= right:
            share = 0.0
        elif cut >= mode:
            share = theta_piece(study, mu, tau, (cut, right), top, rule) / (upper + lower)
        elif cut > left:
            part = theta_piece(study, mu, tau, (left, cut), top, rule)
            share = 1 - part / (upper + lower)
    norm = ROOT_2PI if tau < 1 else ROOT_2PI * tau
    return top + math.log((upper + lower) / norm), share


@njit(cache=True)
def ln_shares(study, xs, vs, above, rule, drop):
    """P(theta > above | count, mu, tau) over arrays."""
    out = np.empty(xs.size)
    for i in range(xs.size):
        out[i] = ln_study(study, xs[i], math.exp(vs[i]), above, rule, drop)[1]
    return out


@njit(cache=True)
def study_logs(family, study, xs, vs, rule, drop):
    """log P(count | x, v) over arrays."""
    out = np.empty(xs.size)
    for i in range(xs.size):
        if family == LOGIT_NORMAL:
            out[i] = ln_study(study, xs[i], math.exp(vs[i]), -math.inf, rule, drop)[0]
        else:
            out[i] = bb_study(study, xs[i], math.exp(-vs[i]))
    return out
