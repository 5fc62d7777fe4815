"""The variance between studies by any of eight estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.iterations import (
    maximum_likelihood,
    paule_mandel,
    restricted_maximum_likelihood,
)
from metaprop.engines.frequentist.between.moments import (
    dersimonian_laird,
    hedges,
    hunter_schmidt,
    sidik_jonkman,
)
from metaprop.engines.frequentist.options import Tau2Method, check_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

ESTIMATORS: Mapping[Tau2Method, Callable[[Effects], NDArray[np.float64]]] = {
    "dl": dersimonian_laird,
    "pm": paule_mandel,
    "reml": restricted_maximum_likelihood,
    "ml": maximum_likelihood,
    "sj": sidik_jonkman,
    "he": hedges,
    "hs": hunter_schmidt,
    "eb": paule_mandel,
}

_SENTENCE = "The variance between studies was estimated by the {} method."
METHODS: Mapping[Tau2Method, Method] = {
    "dl": Method(
        "DerSimonian-Laird", _SENTENCE.format("DerSimonian-Laird"), "10.1016/0197-2456(86)90046-2"
    ),
    "pm": Method("Paule-Mandel", _SENTENCE.format("Paule-Mandel"), "10.6028/jres.087.022"),
    "reml": Method(
        "restricted maximum likelihood",
        _SENTENCE.format("restricted maximum likelihood"),
        "10.3102/10769986030003261",
    ),
    "ml": Method(
        "maximum likelihood", _SENTENCE.format("maximum likelihood"), "10.3102/10769986030003261"
    ),
    "sj": Method(
        "Sidik-Jonkman", _SENTENCE.format("Sidik-Jonkman"), "10.1111/j.1467-9876.2005.00489.x"
    ),
    "he": Method("Hedges", _SENTENCE.format("Hedges"), "10.1037/0033-2909.93.2.388"),
    "hs": Method("Hunter-Schmidt", _SENTENCE.format("Hunter-Schmidt"), "10.3102/10769986030003261"),
    "eb": Method(
        "empirical Bayes",
        "The variance between studies was estimated by empirical Bayes (Morris), which solves "
        "the equation of Paule and Mandel.",
        "10.1080/01621459.1983.10477920",
    ),
}


def tau2(effects: Effects, method: Tau2Method) -> NDArray[np.float64]:
    """Return the variance between studies on the scale of the effects, shape (...).

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    method
        ``dl`` DerSimonian-Laird, ``pm`` Paule-Mandel, ``reml`` and ``ml`` (restricted) maximum
        likelihood, ``sj`` Sidik-Jonkman, ``he`` Hedges, ``hs`` Hunter-Schmidt, ``eb`` empirical
        Bayes.

    Returns
    -------
    ndarray
        At least 0; NaN where fewer than two studies are used.

    Raises
    ------
    OptionError
        No estimator has this name.
    """
    if method not in ESTIMATORS:
        check_choice(method, Tau2Method, "tau2")
    found = ESTIMATORS[method](effects)
    several = effects.count > 1.0
    return found if several.all() else np.where(several, found, np.nan)


NAMES = get_args(Tau2Method)
