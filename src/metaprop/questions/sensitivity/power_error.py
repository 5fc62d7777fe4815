"""How well draws know ArviZ's power-scaling diagnostic, which it does not say itself."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.questions.sensitivity.power_scaling import diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.sensitivity.records import Component

    type Tree = Any

BLOCKS = 32
"""Parts that draws are cut into: their scatter has 31 degrees of freedom."""
_GROUPS = ("posterior", "log_prior", "log_likelihood")


def diagnostic_error(tree: Tree, component: Component) -> float:
    """Return the Monte Carlo standard error of the diagnostic of the average rate.

    Parameters
    ----------
    tree
        ArviZ DataTree of a fit by NUTS, with the groups ``log_prior`` and ``log_likelihood``.
    component
        Which of the two is raised to a power.

    Returns
    -------
    float
        That of batch means: successive draws of one chain stay together; NaN where some part of
        the draws has no diagnostic.
    """
    found = [diagnostic(part, component)[0] for part in _parts(tree)]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return math.nan
    return float(np.std(known, ddof=1) / math.sqrt(len(known)))


def _parts(tree: Tree) -> Iterator[Tree]:
    """Yield the draws in parts, each of one chain."""
    import xarray as xr

    sizes = tree["posterior"].sizes
    each = max(BLOCKS // sizes["chain"], 1)
    edges = np.linspace(0, sizes["draw"], each + 1).astype(int)
    for chain in range(sizes["chain"]):
        for first, last in pairwise(edges.tolist()):
            cut = {"chain": [chain], "draw": slice(first, last)}
            yield xr.DataTree.from_dict({g: tree[g].to_dataset().isel(cut) for g in _GROUPS})
