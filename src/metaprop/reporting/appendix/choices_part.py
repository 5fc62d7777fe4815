"""How far each conclusion moves with the priors, the family, the reading and single studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.sensitivity.multiverse import default_probability, universes
from metaprop.reporting.appendix.blocks import (
    Column,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.words import UNKNOWN, in_percent
from metaprop.reporting.names import printable
from metaprop.reporting.sensitivity import readings_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.sensitivity.multiverse import Universe
    from metaprop.questions.sensitivity.records import (
        OutcomeSensitivity,
        PowerSensitivity,
        Refit,
        Switch,
        Tip,
    )
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

CHOICES, TIPS, FAMILIES = "choices", "tipping-points", "families"
NOT_ASKED = (
    "The results hold no record of other priors, nor of what remains when single studies are left "
    "out."
)


def choices(results: Results, ran: Ran) -> Section:
    """Return how far the main probabilities move when choices are made otherwise."""
    found = results.beside.sensitivity
    told = [] if found is None else [one for one in found.outcomes if one.headline and one.grids]
    if not told:
        return Section((paragraph(NOT_ASKED),))
    left_out = readings_left_out(told[0], results.beside.readings)
    blocks: list[Block] = [paragraph(*_crossed(told, ran, left_out))]
    tables = [_choices(told)]
    tips = _tips(told[0])
    if tips.rows:
        blocks.append(paragraph(*_tipping(told[0], ran)))
        tables.append(tips)
    families = _families(told)
    if families.rows:
        blocks.append(paragraph(*_compared(told, ran)))
        tables.append(families)
    return Section(tuple(blocks), tuple(tables))


def _crossed(told: Sequence[OutcomeSensitivity], ran: Ran, left_out: Sequence[str]) -> Inlines:
    first = told[0]
    all_ways = universes(first, first.headline[0])
    low, high = (wording.inferred(all_ways[place].probability) for place in (0, -1))
    moved = max(first.switches, key=lambda one: abs(one.points), default=None)
    return inlines(
        "Every location prior was crossed with every heterogeneity prior, in both families and "
        f"under every reading{_but(left_out)}",
        *ran.cite("Multiverse analysis"),
        ", each fitted by quadrature; among them the empirical prior of Turner et al. for the "
        "heterogeneity",
        *ran.cite("Empirical heterogeneity prior of Turner et al."),
        f". For {_name(first)} these {len(all_ways):,} combinations put the probability that the "
        f"average is {_where(first)} between {low} and {high} (",
        TableNumber(CHOICES),
        f"). {_switched(moved)}",
    )


def _but(left_out: Sequence[str]) -> str:
    """Return which readings are not crossed with priors: those in which no study speaks."""
    return f" (but {wording.listed([printable(one) for one in left_out])})" if left_out else ""


def _name(outcome: OutcomeSensitivity) -> str:
    return printable(outcome.label or outcome.id)


def _where(outcome: OutcomeSensitivity) -> str:
    return f"{outcome.side} {wording.threshold(outcome.headline[0])}"


def _switched(moved: Switch | None) -> str:
    if moved is None:
        return ""
    return (
        f"Of single choices the {moved.kind} moves it farthest, from "
        f"{wording.inferred(moved.before)} to {wording.inferred(moved.after)} "
        f"({printable(moved.other)} in place of: {printable(moved.usual)})."
    )


def _choices(told: Sequence[OutcomeSensitivity]) -> Table:
    heads = (
        Column("Outcome", 0.15),
        Column("Average is", 0.1),
        Column("By default", 0.12),
        Column("Over priors", 0.13),
        Column("Over priors, families, readings", 0.14),
        Column("One study left out", 0.13),
        Column("Choice that moves it farthest", 0.23),
    )
    rows = tuple(cells(*_row(outcome)) for outcome in told)
    caption = (
        "Probability (percent) that the average rate lies on the good side of the main threshold: "
        "by default in each family, and its range over other choices."
    )
    return Table(CHOICES, caption, heads, rows)


def _row(outcome: OutcomeSensitivity) -> Iterator[str]:
    threshold = outcome.headline[0]
    ways = universes(outcome, threshold)
    yield _name(outcome)
    yield _where(outcome)
    yield " / ".join(in_percent(default_probability(g, threshold)) for g in outcome.grids)
    yield _span([one for one in ways if one.reading is None])
    yield _span(ways)
    yield _without(outcome.without)
    moved = max(outcome.switches, key=lambda one: abs(one.points), default=None)
    yield UNKNOWN if moved is None else f"{moved.kind}: {printable(moved.other)}, {_to(moved)}"


def _to(moved: Switch) -> str:
    return f"{in_percent(moved.before)} to {in_percent(moved.after)}"


def _span(ways: Sequence[Universe]) -> str:
    if not ways:
        return UNKNOWN
    return f"{in_percent(ways[0].probability)} to {in_percent(ways[-1].probability)}"


def _without(refits: Sequence[Refit]) -> str:
    found = sorted(refit.probabilities[0] for refit in refits if refit.probabilities)
    return f"{in_percent(found[0])} to {in_percent(found[-1])}" if found else UNKNOWN


def _tipping(outcome: OutcomeSensitivity, ran: Ran) -> Inlines:
    return inlines(
        f"For {_name(outcome)}, the table of tipping points (",
        TableNumber(TIPS),
        ") says how a prior would have to be changed for the probability to cross a level, with "
        "the distance of that prior from the default one",
        *ran.cite("Tipping points"),
        *ran.cite("Hellinger distance"),
        ".",
    )


def _labels(outcome: OutcomeSensitivity) -> dict[str, str]:
    """Return what each model is called: its family, or its id where two are of one family."""
    families = [grid.family for grid in outcome.grids]
    return {
        grid.model: grid.family if families.count(grid.family) == 1 else printable(grid.model)
        for grid in outcome.grids
    }


def _tips(outcome: OutcomeSensitivity) -> Table:
    threshold, labels = outcome.headline[0], _labels(outcome)
    heads = (
        Column("Model", 0.15),
        Column("What is changed", 0.45),
        Column("By default", 0.12, "right"),
        Column("Level", 0.08, "right"),
        Column("Crossed at", 0.1, "right"),
        Column("Distance", 0.1, "right"),
    )
    rows = tuple(
        cells(
            labels[path.model],
            printable(path.moves),
            UNKNOWN if path.default is None else wording.number(path.default),
            wording.threshold(tip.level),
            *_tip(tip),
        )
        for path in outcome.paths
        for chances in path.chances
        if chances.threshold == threshold
        for tip in chances.tips
        if tip.at is not None
    )
    caption = (
        f"{_name(outcome)}: where the probability that the average is {_where(outcome)} crosses a "
        "level as one prior is changed. Levels that no prior on a path reaches are left out."
    )
    note = inlines("Distance: Hellinger distance from the default prior, 0 (the same) to 1.")
    return Table(TIPS, caption, heads, rows, (note,))


def _tip(tip: Tip) -> tuple[str, str]:
    at, distance = (
        UNKNOWN if value is None else wording.number(value, 2) for value in (tip.at, tip.distance)
    )
    return at, distance


def _compared(told: Sequence[OutcomeSensitivity], ran: Ran) -> Inlines:
    scaled = [one for outcome in told for one in outcome.power]
    return inlines(
        "The families were compared by the log probability of each study given the others",
        *ran.cite("Leave-one-study-out prediction"),
        ", and answers were averaged over them",
        *ran.cite("Stacking of predictive distributions"),
        " (",
        TableNumber(FAMILIES),
        "); neither is chosen.",
        *_powers(scaled, ran),
    )


def _powers(scaled: Sequence[PowerSensitivity], ran: Ran) -> Inlines:
    """Return the largest power-scaling sensitivity of each component, where NUTS ran."""
    told = []
    for component in ("prior", "likelihood"):
        known = [s.exact for s in scaled if s.component == component and s.exact is not None]
        if known:
            told.append(f"{wording.number(max(known), 2)} for the {component}")
    if not told:
        return ()
    return inlines(
        " The power-scaling sensitivity of the average rate",
        *ran.cite("Power-scaling sensitivity"),
        ", how far its posterior moves when a component is raised to a power near 1, is at most "
        f"{wording.listed(told)} over all fits.",
    )


def _families(told: Sequence[OutcomeSensitivity]) -> Table:
    heads = (
        Column("Outcome", 0.2),
        Column("Averaged over", 0.22),
        Column("Weighing", 0.16),
        Column("Weights", 0.12),
        Column("Average rate", 0.18),
        Column("On the good side", 0.12, "right"),
    )
    rows = tuple(
        cells(
            _name(outcome) if place == 0 else "",
            wording.listed([_labels(outcome)[model] for model in outcome.families.models]),
            averaged.weighing,
            " / ".join(f"{weight:.2f}" for weight in averaged.weights),
            f"{in_percent(averaged.median)} [{in_percent(averaged.low)}, "
            f"{in_percent(averaged.high)}]",
            in_percent(averaged.probabilities[0]),
        )
        for outcome in told
        if outcome.families is not None
        for place, averaged in enumerate(outcome.families.averaged)
    )
    notes = dict.fromkeys(
        printable(outcome.families.note) for outcome in told if outcome.families is not None
    )
    level = wording.threshold(told[0].level)
    caption = (
        f"Answers averaged over the families (percent; median with {level} credible interval, and "
        "the probability of the good side of the main threshold)."
    )
    return Table(FAMILIES, caption, heads, rows, tuple(inlines(note) for note in notes))
