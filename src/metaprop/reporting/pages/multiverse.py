"""How far conclusions move under other priors, other families, and without single studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Fold,
    Sheet,
    chance,
    number,
    paragraphs,
    reading_name,
    table,
    text,
    whole,
)
from metaprop.reporting.sensitivity_words import prior_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.sensitivity.records import (
        Crossed,
        FamilyComparison,
        OutcomeSensitivity,
        PriorChoice,
        PriorGrid,
        Refit,
    )
    from metaprop.reporting.pages.blocks import Kind
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

MOST_SWITCHES = 12
"""Choices that are told of an outcome; all are in ``tables/sensitivity_choices.csv``."""
ABSENT = "Other priors, families and sets of studies were not asked about in this run."


def multiverse_blocks(results: Results, pictures: Pictures) -> list[Block]:
    """Return the sensitivity of every outcome: the first open, the others folded away."""
    found = results.beside.sensitivity
    if found is None:
        return [paragraphs(ABSENT, tone="quiet")]
    blocks: list[Block] = []
    for place, one in enumerate(found.outcomes):
        teller = _Teller(one, results.outcome(one.id))
        drawn = _figures if place == 0 else _finding
        parts = (*teller.blocks(), *drawn(teller.stem, pictures))
        blocks += parts if place == 0 else [Fold(f"Other choices: {teller.name}", parts)]
    return blocks


def _figures(stem: str, pictures: Pictures) -> Iterator[Block]:
    for kind in ("sensitivity", "tipping"):
        yield from pictures.known(f"{kind}_{stem}")


def _finding(stem: str, pictures: Pictures) -> Iterator[Block]:
    """Yield what a figure says, and where it is: all of them would weigh a sixth of the page."""
    name = f"sensitivity_{stem}"
    if (finding := pictures.finding(name)) is not None:
        yield paragraphs(f"{finding} (figures/{name}.svg).")


class _Teller:
    """Tell one outcome: its models by their labels, its thresholds with their side."""

    def __init__(self, found: OutcomeSensitivity, outcome: OutcomeAnswer) -> None:
        self.found = found
        self.name = printable(found.label or found.id)
        self.rate = prose.rate_name(found.label)
        self.stem = slug(found.id)
        self.labels = {m.id: prose.model_label(m, outcome) for m in outcome.models}

    def blocks(self) -> Iterator[Block]:
        """Yield what moves the conclusion most, then each kind of choice."""
        found = self.found
        hangs = tuple(prior_sentences(found))
        if hangs:
            yield paragraphs(*hangs)
        if found.grids and len(found.headline) > 1:
            later = range(1, len(found.headline))  # the first is told above
            yield paragraphs(*(self._range(place) for place in later))
        if found.switches:
            yield self._switches()
        folds = (
            ("Every prior with every other", tuple(self._grids())),
            ("Where a conclusion tips", tuple(self._tips())),
            ("Readings under every prior", tuple(self._readings())),
            ("Without each study", tuple(self._refits(found.without, "Left out", "without"))),
            ("Year by year", tuple(self._refits(found.cumulative, "Up to", "cumulative"))),
            ("The families side by side", tuple(self._families())),
            ("Prior or likelihood raised to a power", tuple(self._power())),
        )
        for title, parts in folds:
            if parts:
                yield Fold(f"{title}: {self.name}", parts)

    def _where(self, threshold: float) -> str:
        return f"{self.found.side} {wording.threshold(threshold)}"

    def _label(self, model: str) -> str:
        return self.labels.get(model, printable(model))

    def _range(self, place: int) -> str:
        """Return between which ends one probability lies over all priors of all families."""
        crossed = [(grid, grid.crossed[place]) for grid in self.found.grids]
        chances = [p for _, one in crossed for row in one.probabilities for p in row]
        pairs = sum(len(grid.locations) * len(grid.spreads) for grid, _ in crossed)
        usual = wording.listed(
            [f"{wording.inferred(_usual(g, c))} ({self._label(g.model)})" for g, c in crossed], "or"
        )
        return (
            f"Under {wording.counted(pairs, 'pair', 'pairs')} of priors the probability that the "
            f"average {self.rate} is {self._where(self.found.headline[place])} lies between "
            f"{wording.inferred(min(chances))} and {wording.inferred(max(chances))}; with the "
            f"default priors it is {usual}."
        )

    def _switches(self) -> Sheet:
        farthest = sorted(self.found.switches, key=lambda one: -abs(one.points))
        asked = self._where(farthest[0].threshold)
        return table(
            f"switches-{self.stem}",
            f"One choice made otherwise: probability that the average {self.rate} is {asked}",
            (
                *(("Choice", "text"), ("From", "text"), ("To", "text"), ("Model", "text")),
                *(("Before", "number"), ("After", "number"), ("Change, points", "number")),
            ),
            [
                (
                    text(one.kind),
                    text(one.usual),
                    text(reading_name(one.other) if one.kind == "reading" else one.other),
                    text(self._label(one.model)),
                    chance(one.before),
                    chance(one.after),
                    Cell(f"{one.points:+.1f}", one.points),
                )
                for one in farthest[:MOST_SWITCHES]
            ],
            "The farthest first; a change in percentage points of probability.",
        )

    def _grids(self) -> Iterator[Sheet]:
        for grid in self.found.grids:
            for crossed in grid.crossed:
                yield self._grid(grid, crossed)

    def _grid(self, grid: PriorGrid, crossed: Crossed) -> Sheet:
        heads: list[tuple[str, Kind]] = [("Prior of the location", "text")]
        heads += [(_named(choice), "number") for choice in grid.spreads]
        percent = wording.threshold(crossed.threshold).removesuffix(" %").replace(".", "-")
        return table(
            f"grid-{self.stem}-{slug(grid.model)}-{percent}",
            f"{self._label(grid.model)}: probability that the average {self.rate} is "
            f"{self._where(crossed.threshold)}, by prior of the spread (columns)",
            heads,
            [
                (text(_named(choice), choice.prior), *map(chance, row))
                for choice, row in zip(grid.locations, crossed.probabilities, strict=True)
            ],
            "; ".join(f"{choice.label}: {printable(choice.prior)}" for choice in grid.spreads)
            + ".",
        )

    def _tips(self) -> Iterator[Sheet]:
        rows = [
            (
                text(path.moves, self._label(path.model)),
                Cell(self._where(chances.threshold)),
                Cell(wording.threshold(tip.level), tip.level),
                Cell("") if path.default is None else number(path.default),
                Cell("nowhere on the path") if tip.at is None else number(tip.at),
                Cell("") if tip.distance is None else number(tip.distance, 2),
            )
            for path in self.found.paths
            for chances in path.chances
            for tip in chances.tips
        ]
        if rows:
            yield table(
                f"tips-{self.stem}",
                f"{self.name}: where along a path of priors a probability crosses a level",
                (
                    *(("What moves", "text"), ("Average", "text"), ("Level", "number")),
                    *(("By default", "number"), ("Crossed at", "number")),
                    ("Hellinger distance from the default", "number"),
                ),
                rows,
            )

    def _readings(self) -> Iterator[Sheet]:
        rows = []
        for one in self.found.readings:
            for crossed in one.crossed:
                chances = [p for row in crossed.probabilities for p in row]
                rows.append(
                    (
                        text(
                            reading_name(one.reading), f"only {one.kept} kept" if one.kept else ""
                        ),
                        text(self._label(one.model)),
                        Cell(self._where(crossed.threshold)),
                        chance(min(chances)),
                        chance(max(chances)),
                    )
                )
        if rows:
            yield table(
                f"read-{self.stem}",
                f"{self.name}: each reading under every pair of priors",
                (
                    *(("Reading", "text"), ("Model", "text"), ("Average", "text")),
                    *(("Least probability", "number"), ("Largest", "number")),
                ),
                rows,
            )

    def _refits(self, refits: tuple[Refit, ...], head: str, name: str) -> Iterator[Sheet]:
        if not refits:
            return
        level = wording.threshold(self.found.level)
        asked: list[tuple[str, Kind]] = [
            (f"Average {self._where(t)}", "number") for t in self.found.headline
        ]
        yield table(
            f"{name}-{self.stem}",
            f"{self.name}: {head.lower()}",
            (
                *((head, "text"), ("Model", "text"), ("Studies", "number"), ("Patients", "number")),
                (f"Average: median [{level} equal-tailed]", "number"),
                *asked,
            ),
            [
                (
                    text(one.what),
                    text(self._label(one.model)),
                    whole(one.studies),
                    whole(one.patients),
                    _median(one.median, one.low, one.high),
                    *map(chance, one.probabilities),
                )
                for one in refits
            ],
        )

    def _families(self) -> Iterator[Block]:
        families = self.found.families
        if families is None:
            return
        yield paragraphs(families.note, families.refused or "", self._predicted(families))
        asked: list[tuple[str, Kind]] = [
            (f"Average {self._where(t)}", "number") for t in self.found.headline
        ]
        yield table(
            f"families-{self.stem}",
            f"{self.name}: answers averaged over the families",
            (
                *(("Weighed by", "text"), ("Weights", "text")),
                (f"Average: median [{wording.threshold(self.found.level)}]", "number"),
                *asked,
            ),
            [
                (
                    text(one.weighing),
                    text(
                        ", ".join(
                            f"{self._label(model)} {wording.percent(weight)}"
                            for model, weight in zip(families.models, one.weights, strict=True)
                        )
                    ),
                    _median(one.median, one.low, one.high),
                    *map(chance, one.probabilities),
                )
                for one in families.averaged
            ],
        )

    def _predicted(self, families: FamilyComparison) -> str:
        found = families.predictive
        if found is None or len(families.models) < 2:  # noqa: PLR2004 - a difference takes two
            return ""
        first, second = (self._label(model) for model in families.models[:2])
        return (
            f"Each study predicted from the others: the sum of log probabilities of {second} less "
            f"that of {first} is {wording.number(found.difference)} (standard error "
            f"{wording.number(found.standard_error)})."
        )

    def _power(self) -> Iterator[Sheet]:
        rows = [
            (
                text(self._label(one.model)),
                text(one.component, one.reason or ""),
                Cell("") if one.sampled is None else number(one.sampled),
                Cell("") if one.exact is None else number(one.exact),
                text(one.quality.status, one.quality.message),
            )
            for one in self.found.power
        ]
        if rows:
            yield table(
                f"power-{self.stem}",
                f"{self.name}: how far the average moves when one part is raised to a power near 1",
                (
                    *(("Model", "text"), ("Part", "text"), ("ArviZ (psense)", "number")),
                    *(("Exact", "number"), ("Verdict", "text")),
                ),
                rows,
            )


def _usual(grid: PriorGrid, crossed: Crossed) -> float:
    """Return the probability under the default priors."""
    row = next(i for i, choice in enumerate(grid.locations) if choice.default)
    column = next(j for j, choice in enumerate(grid.spreads) if choice.default)
    return crossed.probabilities[row][column]


def _named(choice: PriorChoice) -> str:
    return f"{choice.label} (default)" if choice.default else choice.label


def _median(median: float, low: float, high: float) -> Cell:
    ends = ", ".join(wording.inferred(end).removesuffix(" %") for end in (low, high))
    return Cell(f"{wording.inferred(median)} [{ends}]", median)
