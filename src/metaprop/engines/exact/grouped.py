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

from metaprop.core.errors import OptionError, Problem
from metaprop.core.estimates import Quality
from metaprop.core.methods import Method
from metaprop.engines.exact.grouped_likelihood import GroupedLikelihood
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.posterior import ExactPosterior
from metaprop.engines.exact.refining import LOOSE
from metaprop.engines.likelihood.cells import Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.mixture import Answer
    from metaprop.engines.exact.surface import Surface
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

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


class AtShare(ExactPosterior):
    """The posterior at one share; its spread is the whole one, T."""

    def __init__(
        self, studies: Studies, model: Model, members: Members, share: float, tolerance: float
    ) -> None:
        super().__init__(studies, model, tolerance)
        self._members, self._share = members, share

    def surface(self, cells: Cells, fineness: float) -> Surface:
        """Return what is integrated: the studies in their groups."""

        def laid(fineness: float) -> GroupedLikelihood:
            return GroupedLikelihood.of(*self._members, self._share, fineness)

        return replace(super().surface(cells, fineness), likelihood=laid(fineness), relaid=laid)


type Members = tuple[Cells | None, tuple[Cells, ...]]


class GroupedPosterior:
    """The posterior over all shares; its answers are mixtures of those at each share."""

    def __init__(self, at_shares: Sequence[ExactPosterior], rule: ShareRule) -> None:
        """Take the posterior at each share of the rule."""
        self._at_shares = tuple(at_shares)
        self._rule = rule
        log_z = np.array([one.log_marginal_likelihood.value for one in at_shares])
        self._weights, self._coarse = rule.given(log_z)

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
        rates = (self.average, self.typical, self.new_study)
        error = max(rate.worst_error() for rate in rates)
        told = f"Numerical error of probabilities and rates at most {error:.0e}."
        if error < LOOSE:
            return Quality("ok", told)
        return Quality("failed", told, "Read the error beside each number")

    def _mixture(self, part: Callable[[ExactPosterior], Answer]) -> Mixture:
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

    def given(self, log_z: Floats) -> tuple[Floats, Floats]:
        """Return the posterior weights of the shares, and the coarser ones.

        ``log_z`` are the log marginal likelihoods at the shares, shape ``(P,)``.
        """
        height = np.exp(log_z - log_z.max())
        fine, coarse = (
            height * part / float(height @ part) for part in (self.weights, self.coarse)
        )
        return fine, coarse


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
    check_grouped(studies, model)
    members = members_of(studies, groups)
    known: dict[float, AtShare] = {}
    for points in SHARES:
        rule = ShareRule.of(points)
        shares = np.round(rule.shares, 12).tolist()  # the same number in every rule
        known |= {
            s: AtShare(studies, model, members, s, tolerance) for s in shares if s not in known
        }
        found = GroupedPosterior([known[s] for s in shares], rule)
        if found.average.worst_error() < max(ACCURATE, tolerance):
            break
    return found


def check_grouped(studies: Studies, model: Model) -> None:
    """Raise OptionError for what cannot be told group by group."""
    problems = []
    if model.family != "logit-normal":
        what = f"a {model.family} model has no normal effect of groups"
        problems.append(Problem(what, "model", "Use a logit-normal one"))
    if studies.known_total is not None:
        what = "a known total cannot be told group by group"
        problems.append(Problem(what, "known_total", "Leave it out: known_total = None"))
    if problems:
        raise OptionError(problems)


def members_of(studies: Studies, groups: Sequence[str]) -> Members:
    """Return the cells of studies that are alone, None without any, and those of each group."""
    names = np.array(groups)
    of_each = [names == name for name in dict.fromkeys(groups)]
    alone = np.isin(
        names, [name for name in dict.fromkeys(groups) if list(groups).count(name) == 1]
    )
    together = tuple(Cells.of(studies.where(rows)) for rows in of_each if rows.sum() > 1)
    return Cells.of(studies.where(alone)) if alone.any() else None, together
