"""Nodes laid once for studies in groups, on which the average rate is answered under many priors.

For each of a few shares of the variance between groups the likelihood is kept on a grid of its own,
as ``shared`` keeps that of the plain model; what a prior makes of the shares follows from the
evidence on each grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact import estimands
from metaprop.engines.exact.grid import Resolution, build
from metaprop.engines.exact.grouped import SHARES, AtShare, ShareRule, check_grouped, members_of
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.reweighing import Reweighing
from metaprop.engines.exact.shared import FINER, ROUGH
from metaprop.engines.exact.surface import Surface
from metaprop.engines.likelihood.cells import Cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.studies import Studies


class GroupedNodes:
    """The likelihood of one outcome, its studies in groups, at nodes that priors share.

    Every answer carries its error: nodes, or shares, that do not suit a prior show it there.
    """

    def __init__(
        self,
        studies: Studies,
        laid_for: Model,
        groups: Sequence[str],
        tolerance: float,
        level: float = FINER,
    ) -> None:
        """Lay the nodes for a logit-normal model's priors and compute the likelihood there, once.

        ``groups`` has the group of each study; ``tolerance`` and ``level`` are as of
        ``SharedNodes``. OptionError for what cannot be told group by group.
        """
        check_grouped(studies, laid_for)
        self._cells = Cells.of(studies)
        self._rule = ShareRule.of(SHARES[0])
        members = members_of(studies, groups)
        resolution = Resolution.at(laid_for.family, tolerance, level)
        cut = estimands.CUT - float(np.log(tolerance)) + 3.0 * level
        self._at_shares = tuple(
            self._laid(
                AtShare(studies, laid_for, members, float(share), tolerance), resolution, cut
            )
            for share in self._rule.shares
        )

    def _laid(self, at: AtShare, resolution: Resolution, cut: float) -> Reweighing:
        surface = at.surface(self._cells, resolution.fineness)
        grid = build(surface, at.surface(self._cells, ROUGH), resolution)
        return Reweighing.of(grid, estimands.average(grid, cut))

    def average(self, model: Model) -> Mixture:
        """Return the average rate under other priors of the logit-normal family."""
        parts, log_z = [], []
        for one in self._at_shares:
            likelihood = one.grid.surface.likelihood
            grid = one.grid.with_prior(Surface.of(model, self._cells, prepared=likelihood), 1.0)
            parts.append(one(grid))
            log_z.append(estimands.evidence(grid).value)
        return Mixture(tuple(parts), *self._rule.given(np.array(log_z)))
