"""What the posterior predicts: the count in a new study, and joint draws of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import expit, log_expit
from metaprop.engines.exact.beta_shape import logit_median
from metaprop.engines.likelihood.beta_binomial import log_count
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.logit_normal import LogitNormal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from metaprop.engines.exact.grid import Grid

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

AT_ONCE = 256
"""Counts whose probabilities are worked out together."""
OVERSAMPLE = 1.6
"""Proposals a draw wanted; the proposal is within a few percent of the posterior."""


def count_probabilities(grid: Grid, patients: int) -> tuple[Floats, float]:
    """Return P(y events of ``patients``) for y = 0..patients, and a bound on their error."""
    masses = grid.versions()
    versions = [np.zeros(patients + 1) for _ in masses]
    for counts, probability in _node_probabilities(grid, patients):
        for version, mass in zip(versions, masses, strict=True):
            version[counts] = np.einsum("rj,rjc->c", mass, probability)
    error = sum(float(np.abs(version - versions[0]).max()) for version in versions[1:])
    return versions[0], error + grid.edge() + grid.likelihood_error


def _node_probabilities(grid: Grid, patients: int) -> Iterator[tuple[Ints, Floats]]:
    """Yield counts (C,) and their probabilities at every node (R, J, C)."""
    for start in range(0, patients + 1, AT_ONCE):
        counts = np.arange(start, min(start + AT_ONCE, patients + 1))
        if grid.surface.family == "logit-normal":
            total = np.full_like(counts, patients)
            cells = Cells(counts, counts, total, np.ones_like(counts))
            found = LogitNormal.of(cells, 1.3).each(grid.location, grid.log_spread)
        else:
            log_m, log_q = log_expit(grid.location), log_expit(-grid.location)
            r = np.exp(grid.log_spread)
            every = [log_count(log_m, log_q, r, int(y), patients) for y in counts]
            found = np.stack(every, axis=-1)
        yield counts, np.exp(found)


def joint_draws(grid: Grid, n: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Return ``n`` independent draws of location, spread, average, typical and new_study."""
    location, log_spread = _hyperparameters(grid, n, rng)
    family = grid.surface.family
    if family == "common-rate":
        rate = expit(location)
        return {"average": rate, "typical": rate, "new_study": rate}
    if family == "logit-normal":
        tau = np.exp(log_spread)
        average = logit_average(location[:, None], log_spread[:, None])[:, 0]
        new = expit(location + tau * rng.standard_normal(n))
        known = {"tau": tau, "mu": location, "typical": expit(location)}
        return {**known, "average": expit(average), "new_study": new}
    typical = logit_median(location[:, None], log_spread[:, None])[:, 0]
    known = {"rho": expit(log_spread), "average": expit(location), "typical": expit(typical)}
    return {**known, "new_study": _beta(location, log_spread, rng)}


def _beta(location: Floats, log_r: Floats, rng: np.random.Generator) -> Floats:
    """Draw from Beta(m kappa, (1 - m) kappa) by two gamma variates; no variate underflows."""
    smallest = np.finfo(float).tiny
    a = rng.gamma(np.maximum(np.exp(log_expit(location) - log_r), 1e-3))
    b = rng.gamma(np.maximum(np.exp(log_expit(-location) - log_r), 1e-3))
    return a / np.maximum(a + b, smallest)


def _hyperparameters(grid: Grid, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return draws of the natural coordinates by rejection from the interpolated grid."""
    kept: list[Floats] = []
    count = 0
    while count < n:
        s, t, proposed = _propose(grid, int(OVERSAMPLE * n) + 50, rng)
        ratio = np.exp(grid.density_at(s, t) - grid.log_total - np.log(proposed))
        accept = rng.random(s.size) * ratio.max() < ratio
        kept.append(np.stack([s[accept], t[accept]]))
        count += int(accept.sum())
    s, t = np.concatenate(kept, axis=1)[:, :n]
    return grid.natural_at(s, t)


def _propose(grid: Grid, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return positions on the lattice and their density under the bilinear interpolant."""
    node = rng.choice(grid.mass.size, size=n, p=grid.mass.ravel())
    row, column = np.divmod(node, grid.mass.shape[1])
    s = row + (rng.random(n) - rng.random(n) if grid.row_nodes.size > 1 else np.zeros(n))
    t = column + rng.random(n) - rng.random(n)
    padded = np.pad(grid.mass, 2)
    i, j = np.floor(s).astype(int), np.floor(t).astype(int)
    ds, dt = s - i, t - j
    density = np.zeros(n)
    for down, weight_down in ((0, 1.0 - ds), (1, ds)):
        for right, weight_right in ((0, 1.0 - dt), (1, dt)):
            density += padded[i + down + 2, j + right + 2] * weight_down * weight_right
    return s + grid.row_nodes[0], t + grid.column_nodes[0], density
