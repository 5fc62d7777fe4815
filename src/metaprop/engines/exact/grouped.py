"""Studies that come in groups: the log odds of a group's studies share a random effect.

    logit p_i = mu + T (sqrt(phi) w_g + sqrt(1 - phi) z_i),   w_g and z_i ~ Normal(0, 1)

``T`` is the spread of studies as in the logit-normal model, under the same prior, and ``phi`` the
share of its variance that lies between groups, uniform on (0, 1). With ``phi = 0`` this is the
plain model. The estimands keep their meaning: the average rate is ``E[expit(N(mu, T^2))]`` as
before, a new study is one of a new group.

For each of a few shares the posterior is on a grid of its own; the shares are summed by Fejer's
second rule, its nested half telling how far that may be off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.errors import OptionError, Problem
from metaprop.core.estimates import Quality
from metaprop.core.methods import Method
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.posterior import LOOSE, ExactPosterior
from metaprop.engines.likelihood.binomial_logit import FLOOR, standard_error
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.logit_normal import LogitNormal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.marginals import LatticeMarginal
    from metaprop.engines.exact.surface import Surface
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]
    Lattice = tuple[Floats, Floats, Floats]

SHARED_EFFECT = Method(
    "Random effect of groups of studies",
    "Where a reading says so, the log odds of studies of one group share a normal random effect; "
    "the whole spread has the prior of the logit-normal model, and the share of its variance that "
    "lies between groups is uniform on (0, 1).",
    None,
)
SHARES = (15, 31, 63)
"""Shares of the variance between groups for which grids are laid, each among the next: the fewest
that are accurate."""
ACCURATE = 1e-5
"""Error of probabilities and rates below which no more shares are taken."""
SPACING, SWITCH = 0.45, 0.6
"""Steps, and where the rule changes, in standard errors of a group: as for a single study."""
REACH, MOST = 7.5, 6000
"""Standard deviations of a group's effect that are summed over, and the most points to do so."""
HERMITE = 16
"""Gauss-Hermite points at fineness 1 where a group's effect is narrow."""
ROWS = 6
"""Rows that share a lattice."""
COARSE = 2.0
"""A lattice with steps of more than so many standard deviations of an effect is cut in halves."""


@dataclass(frozen=True, slots=True)
class Together:
    """The studies of one group; ``scale`` is what they say at most of their log odds."""

    each: LogitNormal
    scale: float

    @classmethod
    def of(cls, cells: Cells, fineness: float) -> Together:
        """Lay the lattices over each study's rate."""
        information = float(np.sum(cells.times / standard_error(cells) ** 2))
        return cls(LogitNormal.of(cells, fineness), information**-0.5)

    def __call__(self, mu: Floats, between: Floats, log_within: Floats, fineness: float) -> Floats:
        """Integrate over the effect: ``mu`` (R, J), its spread and that of studies (R, 1)."""
        total = np.empty(mu.shape)
        narrow = between[:, 0] < SWITCH * self.scale
        for rule, rows in ((self._by_hermite, narrow), (self._on_lattice, ~narrow)):
            places = np.flatnonzero(rows)
            for part in np.split(places, range(ROWS, places.size, ROWS)):
                if part.size:
                    total[part] = rule(mu[part], between[part], log_within[part], fineness)
        return total

    def _by_hermite(
        self, mu: Floats, between: Floats, log_within: Floats, fineness: float
    ) -> Floats:
        z, weight = special.roots_hermitenorm(int(np.ceil(HERMITE * fineness)))
        places = mu[:, :, None] + between[:, :, None] * z
        log_like = self.each(places.reshape(mu.shape[0], -1), log_within).reshape(places.shape)
        found: Floats = np.logaddexp.reduce(log_like + np.log(weight / weight.sum()), axis=2)
        return found

    def _on_lattice(
        self, mu: Floats, between: Floats, log_within: Floats, fineness: float
    ) -> Floats:
        """Sum over one lattice of log odds for all columns: the studies depend on nothing else."""
        ends = float((mu - REACH * between).min()), float((mu + REACH * between).max())
        step = max(SPACING * self.scale / fineness, (ends[1] - ends[0]) / MOST)
        if step > COARSE * float(between.min()) and mu.size > 1:
            halves = self._halves(mu, between, log_within)
            parts = [self._on_lattice(*half, fineness) for half in halves]
            return np.concatenate(parts, axis=0 if mu.shape[0] > 1 else 1)
        theta = np.arange(ends[0], ends[1] + step, step)
        log_like = self.each(np.broadcast_to(theta, (mu.shape[0], theta.size)), log_within)
        top = log_like.max(axis=1, keepdims=True)
        z = (mu[:, :, None] - theta) / between[:, :, None]
        kernel = np.exp(-0.5 * z * z)
        kernel /= kernel.sum(axis=2, keepdims=True)
        like = np.einsum("rjm,rm->rj", kernel, np.exp(log_like - top))
        found: Floats = top + np.log(np.maximum(like, FLOOR))
        return found

    @staticmethod
    def _halves(mu: Floats, between: Floats, log_within: Floats) -> list[Lattice]:
        """Return either half of the rows, or of the columns where there is one row only."""
        if mu.shape[0] > 1:
            rows = np.array_split(np.arange(mu.shape[0]), 2)
            return [(mu[part], between[part], log_within[part]) for part in rows]
        return [(part, between, log_within) for part in np.array_split(mu, 2, axis=1)]


@dataclass(frozen=True, slots=True)
class GroupedLikelihood:
    """Log likelihood of grouped studies at one ``share`` of the variance between groups.

    ``alone`` are the studies that share with no other, ``groups`` the others, group by group.
    """

    alone: LogitNormal | None
    groups: tuple[Together, ...]
    share: float
    fineness: float

    @classmethod
    def of(
        cls, alone: Cells | None, groups: Sequence[Cells], share: float, fineness: float
    ) -> GroupedLikelihood:
        """Lay the lattices over each study's rate; groups of which nothing is known are left."""
        laid = tuple(Together.of(cells, fineness) for cells in groups if len(cells))
        own = None if alone is None else LogitNormal.of(alone, fineness)
        return cls(own, laid, share, fineness)

    def __call__(self, mu: Floats, log_spread: Floats) -> Floats:
        """Return the log likelihood at ``mu`` (R, J) and the log of the spread T (R, 1): (R, J)."""
        total = np.zeros(mu.shape) if self.alone is None else self.alone(mu, log_spread)
        between = np.exp(log_spread) * np.sqrt(self.share)
        log_within = log_spread + 0.5 * np.log1p(-self.share)
        for group in self.groups:
            total += group(mu, between, log_within, self.fineness)
        return total


class _AtShare(ExactPosterior):
    """The posterior at one share; its spread is the whole one, T."""

    def __init__(
        self, studies: Studies, model: Model, members: _Members, share: float, tolerance: float
    ) -> None:
        super().__init__(studies, model, tolerance)
        self._members, self._share = members, share

    def surface(self, cells: Cells, fineness: float) -> Surface:
        """Return what is integrated: the studies in their groups."""

        def laid(fineness: float) -> GroupedLikelihood:
            return GroupedLikelihood.of(*self._members, self._share, fineness)

        return replace(super().surface(cells, fineness), likelihood=laid(fineness), relaid=laid)


type _Members = tuple[Cells | None, tuple[Cells, ...]]


class GroupedPosterior:
    """The posterior over all shares; its answers are mixtures of those at each share."""

    def __init__(self, at_shares: Sequence[ExactPosterior], rule: ShareRule) -> None:
        """Take the posterior at each share of the rule."""
        self._at_shares = tuple(at_shares)
        self._rule = rule
        log_z = np.array([one.log_marginal_likelihood.value for one in at_shares])
        height = np.exp(log_z - log_z.max())
        self._weights, self._coarse = (
            height * part / float(height @ part) for part in (rule.weights, rule.coarse)
        )

    @property
    def average(self) -> Mixture:
        """Mean rate over the population of studies, ``E[p]``."""
        return self._mixture(lambda one: one.average)

    @property
    def typical(self) -> Mixture:
        """Rate of the median study."""
        return self._mixture(lambda one: one.typical)

    @property
    def new_study(self) -> Mixture:
        """Rate in a study of a group not yet seen."""
        return self._mixture(lambda one: one.new_study)

    @property
    def share(self) -> float:
        """Posterior mean of the share of the variance between groups, in (0, 1); 0.5 before."""
        return float(self._weights @ self._rule.shares)

    @property
    def quality(self) -> Quality:
        """Whether the answers are accurate."""
        error = max(self.average.worst_error(), self.new_study.worst_error())
        told = f"Numerical error of probabilities and rates at most {error:.0e}."
        if error < LOOSE:
            return Quality("ok", told)
        return Quality("failed", told, "Read the error beside each number")

    def _mixture(self, part: Callable[[ExactPosterior], LatticeMarginal]) -> Mixture:
        return Mixture(tuple(map(part, self._at_shares)), self._weights, self._coarse)


@dataclass(frozen=True, slots=True)
class ShareRule:
    """Shares in (0, 1), shape ``(P,)``, their weights, and those of every second one alone."""

    shares: Floats
    weights: Floats
    coarse: Floats

    @classmethod
    def of(cls, points: int) -> ShareRule:
        """Return Fejer's second rule of ``points``, one less than a power of two."""
        shares, weights = _fejer(points)
        coarse = np.zeros(points)
        coarse[1::2] = _fejer(points // 2)[1]
        return cls(shares, weights, coarse)


def _fejer(points: int) -> tuple[Floats, Floats]:
    """Return nodes in (0, 1) and weights, exact for polynomials of degree ``points - 1``."""
    angle = np.pi * np.arange(1, points + 1) / (points + 1)
    odd = np.arange(1, points + 1, 2)
    waves = np.sin(np.outer(angle, odd)) / odd
    weights = 2.0 * np.sin(angle) / (points + 1) * waves.sum(axis=1)
    return 0.5 - 0.5 * np.cos(angle), weights


def fit_grouped(
    studies: Studies, model: Model, groups: Sequence[str], *, tolerance: float = 1e-6
) -> GroupedPosterior:
    """Return the posterior of a logit-normal model whose studies come in groups.

    Parameters
    ----------
    studies
        One outcome in k studies, without a known total.
    model
        Of the logit-normal family; its prior on tau is that of the whole spread T.
    groups
        The group of each study, shape ``(k,)``; the name of a group of one does not matter.
    tolerance
        Absolute error aimed at for probabilities and quantiles of rates at each share.

    Raises
    ------
    OptionError
        The model is of another family, or a total over all studies is known.
    """
    problems = []
    if model.family != "logit-normal":
        what = f"a {model.family} model has no normal effect of groups"
        problems.append(Problem(what, "model", "Use a logit-normal one"))
    if studies.known_total is not None:
        what = "a known total cannot be told group by group"
        problems.append(Problem(what, "known_total", "Leave it out: known_total = None"))
    if problems:
        raise OptionError(problems)
    members = _members(studies, groups)
    known: dict[float, _AtShare] = {}
    for points in SHARES:
        rule = ShareRule.of(points)
        shares = np.round(rule.shares, 12).tolist()  # the same number in every rule
        known |= {
            s: _AtShare(studies, model, members, s, tolerance) for s in shares if s not in known
        }
        found = GroupedPosterior([known[s] for s in shares], rule)
        if found.average.worst_error() < max(ACCURATE, tolerance):
            break
    return found


def _members(studies: Studies, groups: Sequence[str]) -> _Members:
    """Return the cells of studies that are alone, None without any, and those of each group."""
    names = np.array(groups)
    of_each = [names == name for name in dict.fromkeys(groups)]
    alone = np.isin(
        names, [name for name in dict.fromkeys(groups) if list(groups).count(name) == 1]
    )
    together = tuple(Cells.of(studies.where(rows)) for rows in of_each if rows.sum() > 1)
    return Cells.of(studies.where(alone)) if alone.any() else None, together
