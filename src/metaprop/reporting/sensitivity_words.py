"""The answer to "does it hang on the prior?" and "on one study?", in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.sensitivity.multiverse import (
    crossed_at,
    default_probability,
    farthest_study,
    universes,
)
from metaprop.questions.sensitivity.records import TIPPING_LEVELS
from metaprop.reporting.names import printable
from metaprop.reporting.prose import rate_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.sensitivity.records import (
        OutcomeSensitivity,
        PriorGrid,
        PriorPath,
        Sensitivity,
        Switch,
        Tip,
    )

FIRM = 0.95
"""A probability from which most readers would speak of the conclusion as firm."""


def average_is(outcome: OutcomeSensitivity) -> str:
    """Return what every probability is about, such as ``the average union rate``."""
    return f"the average {rate_name(outcome.label)}"


def sensitivity_sentences(outcome: OutcomeSensitivity) -> tuple[str, ...]:
    """Return the findings about one outcome: priors, where they tip, studies, families.

    Empty where no threshold was asked about.
    """
    if not outcome.headline:
        return ()
    return (
        *prior_sentences(outcome),
        *_tip_sentences(outcome),
        *_evidence_sentences(outcome),
        *_family_sentences(outcome),
        *_choice_sentences(outcome),
    )


def hang_lines(found: Sensitivity | None) -> list[str]:
    """Return whether the conclusion about the first outcome hangs on the prior, for a terminal."""
    return [] if found is None else list(prior_sentences(found.outcomes[0]))


def multiverse_finding(outcome: OutcomeSensitivity) -> str:
    """Return how far the main probability moves over every combination of choices."""
    threshold = outcome.headline[0]
    chances = [one.probability for one in universes(outcome, threshold)]
    firm = sum(one >= FIRM for one in chances) / len(chances)
    return (
        f"{_capital(average_is(outcome))}: {outcome.side} {wording.threshold(threshold)} with "
        f"probability {_range(chances)} over {len(chances):,} analyses; with "
        f"{wording.threshold(FIRM)} or more in {wording.percent(firm, 0)} of them"
    )


def paths_finding(outcome: OutcomeSensitivity) -> str:
    """Return how far the main probability moves along all paths of priors, and where it tips."""
    threshold, paths = outcome.headline[0], outcome.paths
    chances = [one for path in paths for one in path.chances[0].probabilities]
    number = wording.counted(len(paths), "path of priors", "paths of priors")
    return (
        f"{_capital(average_is(outcome))}: {outcome.side} {wording.threshold(threshold)} with "
        f"probability {_range(chances)} along {number}; {_nearest_tip(outcome)}"
    )


def _nearest_tip(outcome: OutcomeSensitivity) -> str:
    """Return which level is crossed by the prior that is nearest to the default one."""
    found = [
        (tip.distance, tip.level)
        for path in outcome.paths
        for tip in path.chances[0].tips
        if tip.distance is not None
    ]
    if not found:
        levels = wording.listed([wording.threshold(level) for level in TIPPING_LEVELS], "or")
        return f"none of them crosses {levels}"
    distance, level = min(found)
    return (
        f"the nearest crossing, of {wording.threshold(level)}, is at a Hellinger distance of "
        f"{wording.number(distance, 2)}"
    )


def prior_sentences(outcome: OutcomeSensitivity) -> Iterator[str]:
    """Yield, for each model, whether the main conclusion hangs on the prior, and how far."""
    for grid in outcome.grids if outcome.headline else ():
        threshold = outcome.headline[0]
        chances = [one for row in crossed_at(grid.crossed, threshold) for one in row]
        usual = default_probability(grid, threshold)
        yield (
            f"{_capital(_hangs(grid, threshold))} ({_name(outcome, grid)}): over "
            f"{len(chances)} pairs of priors, the probability that {average_is(outcome)} is "
            f"{outcome.side} {wording.threshold(threshold)} runs from {_range(chances)}; with the "
            f"default priors it is {wording.inferred(usual)}."
        )


def _hangs(grid: PriorGrid, threshold: float) -> str:
    """Return whether the side of the threshold, and its firmness, depend on the prior."""
    chances = [one for row in crossed_at(grid.crossed, threshold) for one in row]
    if min(chances) >= FIRM:
        return "it does not hang on the prior"
    if max(chances) <= 1.0 - FIRM:
        return "it does not hang on the prior that this is improbable"
    if min(chances) > 0.5:  # noqa: PLR2004 - more probable than not
        return "how firm it is hangs on the prior, which side is likelier does not"
    if max(chances) < 0.5:  # noqa: PLR2004 - less probable than not
        return "how improbable it is hangs on the prior, which side is likelier does not"
    return "it hangs on the prior"


def _tip_sentences(outcome: OutcomeSensitivity) -> Iterator[str]:
    """Yield, for each model and path, where the main probability first crosses a level."""
    for path in outcome.paths:
        tips = path.chances[0].tips
        found = [tip for tip in tips if tip.at is not None]
        name = _name(outcome, next(grid for grid in outcome.grids if grid.model == path.model))
        ends = f"between {wording.number(path.at[0])} and {wording.number(path.at[-1])}"
        if not found:
            levels = wording.listed([wording.threshold(tip.level) for tip in tips], "or")
            yield f"{_capital(path.moves)} ({name}): no crossing of {levels} found {ends}."
            continue
        told = wording.listed([_tip(path, tip) for tip in found])
        yield f"{_capital(path.moves)} ({name}), {ends}: the probability crosses {told}."


def _tip(path: PriorPath, tip: Tip) -> str:
    assert tip.at is not None  # noqa: S101 - the caller has looked
    usual = "" if path.default is None else f", default {wording.number(path.default)}"
    far = "" if tip.distance is None else f"Hellinger distance {tip.distance:.2f}"
    level = wording.threshold(tip.level)
    return f"{level} at {wording.number(tip.at)} ({far}{usual})"


def _evidence_sentences(outcome: OutcomeSensitivity) -> Iterator[str]:
    for grid in outcome.grids:
        mine = [one for one in outcome.without if one.model == grid.model]
        farthest = farthest_study(outcome, grid.model)
        if farthest is None:
            continue
        chances = [one.probabilities[0] for one in mine]
        yield (
            f"Any one study left out ({_name(outcome, grid)}): the probability runs from "
            f"{_range(chances)}; {printable(farthest.what)} moves it farthest, to "
            f"{wording.inferred(farthest.probabilities[0])}."
        )


def _family_sentences(outcome: OutcomeSensitivity) -> Iterator[str]:
    found = outcome.families
    if found is None:
        return
    names = [_name(outcome, grid) for grid in outcome.grids]
    if found.predictive is not None:
        one = found.predictive
        yield (
            f"Each study predicted from the others: the log probability of {names[1]} is "
            f"{one.difference:+.2f} against {names[0]} (standard error "
            f"{one.standard_error:.2f}, {len(one.studies)} studies)."
        )
    elif found.refused is not None:
        yield f"The families were not compared study by study: {found.refused}"
    for averaged in found.averaged:
        weights = wording.listed(
            [
                f"{name} {wording.percent(weight, 0)}"
                for name, weight in zip(names, averaged.weights, strict=True)
            ]
        )
        yield (
            f"Averaged over the families by {averaged.weighing} ({weights}): "
            f"{wording.inferred(averaged.probabilities[0])}."
        )
    yield found.note


def _choice_sentences(outcome: OutcomeSensitivity) -> Iterator[str]:
    model = outcome.grids[0].model
    mine = [one for one in outcome.switches if one.model == model]
    if mine:
        name = _name(outcome, outcome.grids[0])
        yield f"What moves it most ({name}): {switch_words(mine[0])}."


def switch_words(one: Switch) -> str:
    """Return one choice made otherwise, with what it does in percentage points."""
    other = printable(one.other)
    other = other.replace("_", " ") if one.kind == "reading" else other
    return (
        f"{one.kind}, {other} instead of {printable(one.usual)}, "
        f"{one.points:+.1f} percentage points"
    )


def _range(chances: list[float]) -> str:
    return f"{wording.inferred(min(chances))} to {wording.inferred(max(chances))}"


def _name(outcome: OutcomeSensitivity, grid: PriorGrid) -> str:
    same = [one for one in outcome.grids if one.family == grid.family]
    return grid.family if len(same) == 1 else printable(grid.model)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
