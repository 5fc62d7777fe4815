"""The sensitivity of conclusions as rows of tables; ``probability`` is that of the good side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.sensitivity.records import (
        FamilyComparison,
        OutcomeSensitivity,
        Refit,
        Sensitivity,
    )
    from metaprop.reporting.tables import Cell

_AVERAGE = ("outcome", "side", "threshold", "model")
PRIORS = (
    *(*_AVERAGE, "location_prior", "heterogeneity_prior", "default"),
    *("hellinger_distance", "median", "probability", "error"),
)
TIPS = (
    *(*_AVERAGE, "path", "moves", "from", "to", "default", "level"),
    *("tips_at", "hellinger_distance"),
)
PATHS = (*_AVERAGE, "path", "at", "hellinger_distance", "probability", "error")
EVIDENCE = (
    *(*_AVERAGE, "kind", "what", "studies", "patients", "median", "low", "high", "level"),
    *("probability", "error"),
)
FAMILIES = (
    *("outcome", "models", "weighing", "weights", "log_marginal_likelihoods", "error"),
    *("log_predictive_totals", "difference", "standard_error"),
    *("median", "low", "high", "level", "side", "threshold", "probability"),
)
CHOICES = (
    *(*_AVERAGE, "rank", "choice", "from", "to", "before", "after"),
    "change_in_percentage_points",
)
POWER = (
    *("outcome", "model", "component", "arviz_psense", "exact_psense", "power"),
    *("exact_probability", "sampled_probability", "standard_error", "pareto_k", "reason"),
)


def prior_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each pair of priors and threshold."""
    for outcome in found.outcomes:
        for grid in outcome.grids:
            for crossed in grid.crossed:
                head = (outcome.id, outcome.side, crossed.threshold, grid.model)
                for i, location in enumerate(grid.locations):
                    for j, spread in enumerate(grid.spreads):
                        usual = "yes" if location.default and spread.default else "no"
                        where = (grid.distances[i][j], grid.medians[i][j])
                        numbers = (*where, crossed.probabilities[i][j], grid.error)
                        yield (*head, location.prior, spread.prior, usual, *numbers)


def tip_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each path, threshold and level; no place where none was found."""
    for outcome in found.outcomes:
        for path in outcome.paths:
            for chances in path.chances:
                head = (outcome.id, outcome.side, chances.threshold, path.model)
                ends = (path.id, path.moves, path.at[0], path.at[-1], path.default)
                for tip in chances.tips:
                    yield (*head, *ends, tip.level, tip.at, tip.distance)


def path_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each point of each path: the curve of a probability over its priors."""
    for outcome in found.outcomes:
        for path in outcome.paths:
            for chances in path.chances:
                head = (outcome.id, outcome.side, chances.threshold, path.model, path.id)
                points = zip(path.at, path.distances, chances.probabilities, strict=True)
                yield from ((*head, *point, path.error) for point in points)


def evidence_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each study left out and each year, model and threshold."""
    for outcome in found.outcomes:
        for kind, refits in (("left out", outcome.without), ("up to year", outcome.cumulative)):
            for one in refits:
                yield from _refit_rows(outcome, kind, one)


def _refit_rows(outcome: OutcomeSensitivity, kind: str, one: Refit) -> Iterator[tuple[Cell, ...]]:
    numbers = (one.studies, one.patients, one.median, one.low, one.high, outcome.level)
    for threshold, probability in zip(outcome.headline, one.probabilities, strict=True):
        head = (outcome.id, outcome.side, threshold, one.model)
        yield (*head, kind, one.what, *numbers, probability, one.error)


def family_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each way of averaging and threshold; several models stand in one cell."""
    for outcome in found.outcomes:
        if outcome.families is not None:
            yield from _family_rows(outcome, outcome.families)


def _family_rows(
    outcome: OutcomeSensitivity, families: FamilyComparison
) -> Iterator[tuple[Cell, ...]]:
    logs = _joined([one.value for one in families.log_marginal_likelihoods])
    error = max(one.error for one in families.log_marginal_likelihoods)
    predicted: tuple[Cell, ...] = (None, None, None)
    if families.predictive is not None:
        one = families.predictive
        predicted = (_joined(list(one.totals)), one.difference, one.standard_error)
    for averaged in families.averaged:
        head = (outcome.id, "; ".join(families.models), averaged.weighing)
        weights = (_joined(list(averaged.weights)), logs, error, *predicted)
        ends = (averaged.median, averaged.low, averaged.high, outcome.level, outcome.side)
        for threshold, chance in zip(outcome.headline, averaged.probabilities, strict=True):
            yield (*head, *weights, *ends, threshold, chance)


def _joined(numbers: list[float]) -> str:
    return "; ".join(f"{number:.6g}" for number in numbers)


def choice_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield the choices that move the main probability farthest, ranked for each model."""
    for outcome in found.outcomes:
        ranks: dict[str, int] = {}
        for one in outcome.switches:
            ranks[one.model] = ranks.get(one.model, 0) + 1
            head = (outcome.id, outcome.side, one.threshold, one.model, ranks[one.model])
            yield (*head, one.kind, one.usual, one.other, one.before, one.after, one.points)


def power_rows(found: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each component and power, or one that says why there is none."""
    for outcome in found.outcomes:
        for one in outcome.power:
            head = (outcome.id, one.model, one.component, one.sampled, one.exact)
            if not one.scaled:
                yield (*head, None, None, None, None, None, one.reason)
            for scaled in one.scaled:
                numbers = (scaled.power, scaled.exact, scaled.sampled)
                yield (*head, *numbers, scaled.standard_error, scaled.pareto_k, one.reason)
