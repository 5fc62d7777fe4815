"""What a way to pool is called: in a sentence, and as the label of a row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.frequentist.ways import TwoStep, Way

if TYPE_CHECKING:
    from metaprop.questions.frequentist.answers import PooledRate, Section, SmallStudyTest

SCALES = {
    "logit": "logit",
    "log": "log",
    "raw": "raw",
    "arcsine": "arcsine",
    "freeman-tukey": "Freeman-Tukey",
}
TAU2 = {
    "dl": "DerSimonian-Laird",
    "pm": "Paule-Mandel",
    "reml": "REML",
    "ml": "ML",
    "sj": "Sidik-Jonkman",
    "he": "Hedges",
    "hs": "Hunter-Schmidt",
    "eb": "empirical Bayes",
}
INTERVALS = {
    "z": "normal",
    "hartung-knapp": "Hartung-Knapp",
    "kenward-roger": "Kenward-Roger",
    "profile": "profile-likelihood",
}
SAFEGUARDS = {
    "none": "without safeguard",
    "se": "standard error not below the classic one",
    "ci": "not narrower than the classic one",
    "iqwig6": "safeguarded where it is narrow",
}
CORRECTIONS = {
    "only0": "{} added to both cells of studies with an empty one",
    "all": "{} added to both cells of every study",
    "if0all": "{} added to both cells of every study if one has an empty cell",
    "none": "nothing added",
}
MODELS = {
    "glmm": "binomial-normal model (GLMM), maximum likelihood",
    "beta-binomial": "beta-binomial model, maximum likelihood",
}
SECTIONS: dict[Section, str] = {
    "scale": "Two steps: scale",
    "correction": "Two steps: what is added to empty cells",
    "tau2": "Two steps: variance between studies",
    "interval": "Two steps: interval of the mean",
    "one rate": "As if all studies had one rate",
    "counts": "Models of the counts, profile likelihood",
}
"""The headings of the comparison, in its order."""
TESTS: dict[SmallStudyTest, str] = {
    "egger": "Egger, t",
    "begg": "Begg, z",
    "thompson": "Thompson, t",
    "peters": "Peters, t",
    "trim-and-fill": "Trim and fill, studies added",
}
"""What each statistic of small-study effects is."""
MODEL_NAMES = {"glmm": "GLMM", "beta-binomial": "beta-binomial"}
LEAST_P = 0.001


def way_words(way: Way) -> str:
    """Return a way to pool for the middle of a sentence."""
    if not isinstance(way, TwoStep):
        return f"{MODELS[way.model]}, {INTERVALS[way.interval]} interval"
    added = CORRECTIONS[way.correction].format(f"{way.amount:g}")
    interval = f"{INTERVALS[way.interval]} interval"
    if way.interval == "hartung-knapp":
        interval += f" ({SAFEGUARDS[way.safeguard]})"
    scale, tau2 = SCALES[way.scale], TAU2[way.tau2]
    return f"two steps: {scale} scale, {added} ({way.convention}), {tau2} tau2, {interval}"


def i2_words(rate: PooledRate) -> str:
    """Return I2 with its interval, where it has one: a share that may be 0, unlike a rate."""
    ends = rate.spread
    if math.isnan(ends.i2_low):
        return wording.percent(rate.i2)
    low, high = wording.percent(ends.i2_low), wording.percent(ends.i2_high)
    level = wording.threshold(rate.level)
    return f"{wording.percent(rate.i2)} ({level} interval {low} to {high})"


def p_value(p: float) -> str:
    """Return a P value as it is printed: two digits, never 0.

    Examples
    --------
    >>> p_value(0.0381), p_value(0.00002), p_value(0.98711)
    ('P = 0.038', 'P < 0.001', 'P = 0.99')
    """
    if math.isnan(p):
        return f"P {wording.UNDEFINED}"
    return f"P < {LEAST_P:g}" if p < LEAST_P else f"P = {wording.number(p, 2)}"
