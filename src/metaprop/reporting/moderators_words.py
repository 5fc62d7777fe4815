"""What the meta-regressions say, as sentences that claim no more than a direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.names import printable
from metaprop.reporting.prose import rate_name

if TYPE_CHECKING:
    from metaprop.questions.moderators.answers import (
        ContrastAnswer,
        Difference,
        ModeratorAnswer,
        Moderators,
    )

POINTS = 100.0
"""Percentage points in a difference of 1."""
LITTLE = 0.75
"""Share of the prior variance below which intervals stay at least half as wide as before."""


def moderator_sentences(found: Moderators) -> tuple[str, ...]:
    """Return how little can be learnt, then a sentence for each contrast and what was left out."""
    lines = [summary_sentence(found)] if found.answers else []
    lines += [
        contrast_sentence(found, answer, contrast)
        for answer in found.answers
        for contrast in answer.contrasts
    ]
    lines += [
        f"{printable(answer.label)}: {answer.quality.message} {answer.quality.remedy}".strip()
        for answer in found.answers
        if answer.quality.status != "ok"
    ]
    lines += [f"{printable(one.label)} was not asked about. {one.reason}" for one in found.unasked]
    return tuple(lines)


def most_telling(found: Moderators) -> tuple[ModeratorAnswer, ContrastAnswer]:
    """Return the contrast whose direction is most certain."""
    pairs = [(answer, contrast) for answer in found.answers for contrast in answer.contrasts]
    return max(pairs, key=lambda pair: pair[1].difference.direction)


def summary_sentence(found: Moderators) -> str:
    """Return what the most certain direction is worth among so many contrasts."""
    answer, contrast = most_telling(found)
    count = sum(len(one.contrasts) for one in found.answers)
    learnt = [one.learnt for a in found.answers for one in a.contrasts]
    share = f"{100 * min(learnt):.0f} to {100 * max(learnt):.0f} %"
    return (
        f"Of {wording.counted(count, 'contrast', 'contrasts')} over "
        f"{wording.counted(len(found.answers), 'covariate', 'covariates')} the most certain "
        f"direction is that of {printable(answer.label)} "
        f"({direction_words(contrast)}); were there nothing to find, half of the time the most "
        f"certain of so many independent ones would exceed about "
        f"{wording.inferred(found.direction_by_chance)}. "
        f"The data took away {share} of the prior variance of a log odds ratio, so that intervals "
        "are still at least half as wide as before: too little to say that a covariate matters, or "
        "that it does not."
        if max(learnt) < LITTLE
        else f"The data took away {share} of the prior variance of a log odds ratio."
    )


def contrast_sentence(found: Moderators, answer: ModeratorAnswer, contrast: ContrastAnswer) -> str:
    """Return one contrast: the averages, their difference, its direction, and the prior's."""
    rate = rate_name(found.outcome_label)
    levels = {level.label: level.average.median.value for level in answer.levels}
    low, high = (wording.inferred(levels[name]) for name in (contrast.lower, contrast.upper))
    level = wording.threshold(found.level)
    head = covariate_name(answer)
    return (
        f"{head}: average {rate} {low} at {named(answer, contrast.lower)} and {high} at "
        f"{named(answer, contrast.upper)} (medians); difference "
        f"{interval_words(contrast.difference)} percentage points ({level} credible interval; "
        f"before the data {ends_words(contrast.prior)}, or from a rate of "
        f"{wording.inferred(contrast.start)} to between {wording.inferred(contrast.reach_low)} and "
        f"{wording.inferred(contrast.reach_high)}); {direction_words(contrast)}."
        f"{_left_out(answer)}"
    )


def covariate_name(answer: ModeratorAnswer) -> str:
    """Return a covariate with its unit."""
    label = printable(answer.label)
    return f"{label} ({printable(answer.unit)})" if answer.unit else label


def named(answer: ModeratorAnswer, mark: str) -> str:
    """Return a level of a covariate for the middle of a sentence."""
    return printable(mark) if answer.kind == "category" else mark


def direction_words(contrast: ContrastAnswer) -> str:
    """Return the more probable direction with its probability."""
    above = contrast.difference.above_zero.value
    upper, lower = printable(contrast.upper), printable(contrast.lower)
    sign, chance = ("higher", above) if above >= 0.5 else ("lower", 1.0 - above)  # noqa: PLR2004 - the more probable
    return f"{sign} at {upper} than at {lower} with probability {wording.inferred(chance)}"


def interval_words(difference: Difference) -> str:
    """Return median and interval of a difference in percentage points."""
    median = difference.quantiles[1].value.value
    return f"{signed(median)} [{ends_words(difference)}]"


def ends_words(difference: Difference) -> str:
    """Return the ends of a difference in percentage points."""
    low, high = (difference.quantiles[i].value.value for i in (0, 2))
    return f"{signed(low)} to {signed(high)}"


def signed(difference: float) -> str:
    """Return a difference of rates in percentage points, with its sign.

    Examples
    --------
    >>> signed(0.0123), signed(-0.2), signed(0.0001)
    ('+1.2', '-20.0', '0.0')
    """
    text = f"{POINTS * difference:+.1f}"
    return text.lstrip("+-") if float(text) == 0.0 else text


def _left_out(answer: ModeratorAnswer) -> str:
    if not answer.left_out:
        return ""
    names = wording.listed([printable(name) for name in answer.left_out])
    return f" Left out, since it is not known of them: {names}."
