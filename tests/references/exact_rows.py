# mypy: ignore-errors
"""Compiled priors and rows of the posterior behind ``exact.json``.

A row is the posterior density along the location ``x`` (``mu`` or ``logit m``) at one value of
``v`` (``log tau`` or ``logit rho``), kept as Gauss-Legendre panels that adapt to it. Untyped,
because numba's decorators are.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from references.exact_likelihood import (
    LOGIT_NORMAL,
    ROOT_2PI,
    TIMES,
    bb_study,
    ln_study,
    log1pexp,
)

PRIORS = (
    "normal",
    "logistic",
    "student_t",
    "half_normal",
    "half_cauchy",
    "uniform",
    "exponential",
    "gamma",
    "log_normal",
    "beta",
)
NORMAL, LOGISTIC, STUDENT_T, HALF_NORMAL, HALF_CAUCHY = range(5)
UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL, BETA = range(5, 10)


# ---- priors, with the Jacobian of x or v ---------------------------------------------------------


@njit(cache=True)
def log_prior_real(prior, x):
    code, a, b, c = int(prior[0]), prior[1], prior[2], prior[3]
    if code == NORMAL:
        z = (x - a) / b
        return -0.5 * z * z - math.log(b * ROOT_2PI)
    if code == LOGISTIC:
        z = abs(x - a) / b
        return -z - 2 * math.log1p(math.exp(-z)) - math.log(b)
    z = (x - b) / c
    norm = math.lgamma((a + 1) / 2) - math.lgamma(a / 2) - 0.5 * math.log(a * math.pi) - math.log(c)
    return norm - (a + 1) / 2 * math.log1p(z * z / a)


@njit(cache=True)
def log_prior_rate(prior, x):
    """Beta(a, b) or Uniform(0, 1) of expit(x)."""
    a, b = (1.0, 1.0) if int(prior[0]) == UNIFORM else (prior[1], prior[2])
    norm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return norm - a * log1pexp(-x) - b * log1pexp(x)


@njit(cache=True)
def log_prior_scale(prior, v):
    code, a, b = int(prior[0]), prior[1], prior[2]
    t = math.exp(v)
    if code == HALF_NORMAL:
        return v - 0.5 * (t / a) ** 2 + 0.5 * math.log(2 / math.pi) - math.log(a)
    if code == HALF_CAUCHY:
        return math.log(2 / math.pi) + (v - math.log(a)) - log1pexp(2 * (v - math.log(a)))
    if code == UNIFORM:
        return v - math.log(b - a)
    if code == EXPONENTIAL:
        return v + math.log(a) - a * t
    if code == GAMMA:
        return a * (v + math.log(b)) - math.lgamma(a) - b * t
    return -0.5 * ((v - a) / b) ** 2 - math.log(b * ROOT_2PI)


@njit(cache=True)
def log_density(x, v, family, studies, location, spread, rule, drop):
    """Unnormalised log posterior density of (x, v)."""
    if family == LOGIT_NORMAL:
        total = log_prior_real(location, x) + log_prior_scale(spread, v)
    else:
        rate = location[4] == 1
        total = log_prior_rate(location, x) if rate else log_prior_real(location, x)
        total += log_prior_rate(spread, v)
    for i in range(studies.shape[0]):
        if family == LOGIT_NORMAL:
            term = ln_study(studies[i], x, math.exp(v), -math.inf, rule, drop)[0]
        else:
            term = bb_study(studies[i], x, math.exp(-v))
        total += studies[i, TIMES] * term
    return total


# ---- a row ---------------------------------------------------------------------------------------


@njit(cache=True)
def row_mode(start, v, model, rule, drop):
    family, studies, location, spread = model
    a, step = start, 0.5
    fa = log_density(a, v, family, studies, location, spread, rule, drop)
    b = a + step
    fb = log_density(b, v, family, studies, location, spread, rule, drop)
    if fb < fa:
        a, b, fa, fb, step = b, a, fb, fa, -step
    while True:
        step *= 2
        c = b + step
        fc = log_density(c, v, family, studies, location, spread, rule, drop)
        if fc <= fb:
            break
        a, b, fb = b, c, fc
    low, high = min(a, c), max(a, c)
    g = 0.5 * (math.sqrt(5) - 1)
    p, q = high - g * (high - low), low + g * (high - low)
    fp = log_density(p, v, family, studies, location, spread, rule, drop)
    fq = log_density(q, v, family, studies, location, spread, rule, drop)
    for _ in range(36):
        if fp > fq:
            high, q, fq = q, p, fp
            p = high - g * (high - low)
            fp = log_density(p, v, family, studies, location, spread, rule, drop)
        else:
            low, p, fp = p, q, fq
            q = low + g * (high - low)
            fq = log_density(q, v, family, studies, location, spread, rule, drop)
        if abs(fp - fq) < 1e-6 and high - low < 0.1 and max(fp, fq) > fb - 1e-9:
            break
    return (p, fp) if fp > fq else (q, fq)


@njit(cache=True)
def row_reach(mode, top, sign, v, model, rule, drop):
    """Distance at which the density has fallen by exp(-1), and by exp(-drop)."""
    family, studies, location, spread = model
    width = 1e-5
    while width < 1e8:
        x = mode + sign * width
        if log_density(x, v, family, studies, location, spread, rule, drop) < top - 1:
            break
        width *= 2
    reach = 2 * width
    while reach < 1e9:
        x = mode + sign * reach
        if log_density(x, v, family, studies, location, spread, rule, drop) < top - drop:
            break
        reach *= 1.4
    return width, reach


@njit(cache=True)
def row_side(mode, top, sign, v, model, rule, row_rule, drop):
    """Accepted panels on one side of the mode: edges and density / exp(top) at the nodes."""
    family, studies, location, spread = model
    nodes, tail, tolerance = row_rule[0], row_rule[2], row_rule[3]
    size = nodes.size
    width, reach = row_reach(mode, top, sign, v, model, rule, drop)
    lefts, rights = np.empty(400), np.empty(400)
    count, edge, ahead = 0, 0.0, 1.5 * width
    while edge < reach and count < 300:
        lefts[count], rights[count] = edge, min(ahead, reach)
        count += 1
        edge, ahead = ahead, ahead * 2
    out_a, out_b, out_g = np.empty(600), np.empty(600), np.empty((600, size))
    done = 0
    g = np.empty(size)
    while count > 0:
        count -= 1
        a, b = lefts[count], rights[count]
        half, centre = 0.5 * (b - a), 0.5 * (a + b)
        for j in range(size):
            x = mode + sign * (centre + half * sign * nodes[j])
            f = log_density(x, v, family, studies, location, spread, rule, drop)
            g[j] = math.exp(f - top)
        worst = 0.0
        for k in range(tail.shape[0]):
            c = 0.0
            for j in range(size):
                c += tail[k, j] * g[j]
            worst = max(worst, abs(c))
        if worst * max(1.0, half / width) <= tolerance or half < 0.02 * width or done > 590:
            p, q = mode + sign * a, mode + sign * b
            out_a[done], out_b[done], out_g[done] = min(p, q), max(p, q), g
            done += 1
        else:
            lefts[count], rights[count], lefts[count + 1], rights[count + 1] = a, centre, centre, b
            count += 2
    return out_a[:done], out_b[:done], out_g[:done]


@njit(cache=True)
def row(start, v, model, rule, row_rule, drop):
    """One row: panel edges in ascending order, density / exp(top) at their nodes, top."""
    mode, top = row_mode(start, v, model, rule, drop)
    la, lb, lg = row_side(mode, top, -1.0, v, model, rule, row_rule, drop)
    ra, rb, rg = row_side(mode, top, 1.0, v, model, rule, row_rule, drop)
    a, b = np.concatenate((la, ra)), np.concatenate((lb, rb))
    g = np.concatenate((lg, rg))
    order = np.argsort(a)
    return a[order], b[order], g[order], top, mode


@njit(cache=True)
def tails(xs, pointers, lefts, rights, coefficients):
    """Mass above xs[i] in row i, by integrating each panel's Legendre series exactly."""
    out = np.empty(xs.size)
    size = coefficients.shape[1]
    for i in range(xs.size):
        total, x = 0.0, xs[i]
        for p in range(pointers[i], pointers[i + 1]):
            half = 0.5 * (rights[p] - lefts[p])
            if x <= lefts[p]:
                total += 2 * half * coefficients[p, 0]
            elif x < rights[p]:
                u = (x - lefts[p]) / half - 1
                before, now = 1.0, u
                part = coefficients[p, 0] * (1 - u)
                for k in range(1, size):
                    after = ((2 * k + 1) * u * now - k * before) / (k + 1)
                    part -= coefficients[p, k] * (after - before) / (2 * k + 1)
                    before, now = now, after
                total += half * part
        out[i] = total
    return out


@njit(cache=True)
def series_at(coefficients, u):
    """Value of a Legendre series."""
    before, now = 1.0, u
    total = coefficients[0] + coefficients[1] * u
    for k in range(1, coefficients.size - 1):
        before, now = now, ((2 * k + 1) * u * now - k * before) / (k + 1)
        total += coefficients[k + 1] * now
    return total


@njit(cache=True)
def refine(rows, cuts, rule, least, widest):
    """Nodes, weights and row numbers for integrating a function against the density.

    Panels with less than ``least[row]`` of mass are left out; the others are cut at ``cuts[row]``
    and into pieces not wider than ``widest`` (wider only far from 0).
    """
    pointers, lefts, rights, coefficients = rows
    nodes, weights = rule[0], rule[1]
    xs, ws, owner = [0.0 for _ in range(0)], [0.0 for _ in range(0)], [0 for _ in range(0)]
    for i in range(pointers.size - 1):
        for p in range(pointers[i], pointers[i + 1]):
            a, b = lefts[p], rights[p]
            if coefficients[p, 0] * (b - a) < least[i]:
                continue
            edge, stop = a, a
            while edge < b:
                distance = max(0.0, edge, -b)
                stop = min(b, edge + max(widest, 0.5 * distance))
                for c in range(cuts.shape[1]):
                    if edge + 1e-13 * (1 + abs(edge)) < cuts[i, c] < stop:
                        stop = cuts[i, c]
                half, centre = 0.5 * (stop - edge), 0.5 * (stop + edge)
                for j in range(nodes.size):
                    x = centre + half * nodes[j]
                    u = (2 * x - a - b) / (b - a)
                    xs.append(x)
                    ws.append(half * weights[j] * series_at(coefficients[p], u))
                    owner.append(i)
                edge = stop
    return np.array(xs), np.array(ws), np.array(owner)
