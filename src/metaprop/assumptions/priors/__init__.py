"""Prior distributions of one number: density, probabilities, quantiles, draws, a line of prose.

Not here: which prior belongs to which parameter (``metaprop.assumptions.model``).
"""

from metaprop.assumptions.priors.grammar import DISTRIBUTIONS
from metaprop.assumptions.priors.prior import Prior

__all__ = ["DISTRIBUTIONS", "Prior"]
