"""The average rate from some of the studies: one left out at a time, and year by year."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact.posterior import fit_exact
from metaprop.questions.sensitivity.asking import TOLERANCE, chance
from metaprop.questions.sensitivity.records import Refit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import Estimate
    from metaprop.engines.posterior import Marginal
    from metaprop.evidence.studies import Studies
    from metaprop.questions.sensitivity.asking import Asked

    Mask = NDArray[np.bool_]


class Rest:
    """Posteriors without one study each; studies of the same cell share one.

    A known total loses what the study left out had: where that is a range, so is the rest.
    """

    def __init__(self, studies: Studies, models: Sequence[Model], tolerance: float) -> None:
        """Fit each model without each distinct study; needs at least two studies."""
        self.studies = studies
        self._fitted = {
            (cell, model.id): fit_exact(studies.where(mask), model, tolerance=tolerance)
            for cell, mask in _masks(studies)
            for model in models
        }

    def average(self, place: int, model: Model) -> Marginal:
        """Return the average rate without the study at a place."""
        return self._fitted[_cell(self.studies, place), model.id].average

    def log_marginal_likelihood(self, place: int, model: Model) -> Estimate:
        """Return the log marginal likelihood of the other studies."""
        return self._fitted[_cell(self.studies, place), model.id].log_marginal_likelihood


def leave_one_out(rest: Rest, models: Sequence[Model], asked: Asked) -> tuple[Refit, ...]:
    """Return the average rate without each study in turn, in the order of the table."""
    studies = rest.studies
    known: dict[tuple[tuple[int, int, int], str], Refit] = {}
    found = []
    for place, name in enumerate(studies.names):
        for model in models:
            key = (_cell(studies, place), model.id)
            if key not in known:
                count = (studies.k - 1, int(studies.totals.sum() - studies.totals[place]))
                known[key] = refit(rest.average(place, model), name, count, model.id, asked)
            found.append(_renamed(known[key], name))
    return tuple(found)


def cumulative(
    studies: Studies, models: Sequence[Model], years: Mapping[str, int], asked: Asked
) -> tuple[Refit, ...]:
    """Return the average rate from the studies published up to each year.

    Parameters
    ----------
    studies
        All studies; those whose year is not known are left out throughout.
    models
        One answer for each at each year.
    years
        Year of publication by the name of the study.
    asked
        Thresholds, side and level.
    """
    found = []
    for year in sorted({years[name] for name in studies.names if name in years}):
        mask = np.array([years.get(name, year + 1) <= year for name in studies.names])
        some = studies.where(mask)
        count = (some.k, int(some.totals.sum()))
        for model in models:
            average = fit_exact(some, model, tolerance=TOLERANCE).average
            found.append(refit(average, f"{year}", count, model.id, asked))
    return tuple(found)


def refit(average: Marginal, what: str, count: tuple[int, int], model: str, asked: Asked) -> Refit:
    """Return one posterior as a record; ``count`` is how many studies and patients."""
    interval = average.interval(asked.level, "equal-tailed")
    chances = [chance(average, threshold, asked.side) for threshold in asked.headline]
    return Refit(
        what=what,
        studies=count[0],
        patients=count[1],
        model=model,
        median=average.quantile(0.5).value,
        low=interval.low,
        high=interval.high,
        probabilities=tuple(min(max(one.value, 0.0), 1.0) for one in chances),
        error=max((one.error for one in chances), default=0.0),
    )


def _renamed(found: Refit, name: str) -> Refit:
    return replace(found, what=name)


def _cell(studies: Studies, place: int) -> tuple[int, int, int]:
    return int(studies.low[place]), int(studies.high[place]), int(studies.totals[place])


def _masks(studies: Studies) -> Iterator[tuple[tuple[int, int, int], Mask]]:
    """Yield each distinct cell with the mask that leaves one study of it out."""
    seen = set()
    for place in range(studies.k):
        cell = _cell(studies, place)
        if cell not in seen:
            seen.add(cell)
            mask = np.ones(studies.k, dtype=bool)
            mask[place] = False
            yield cell, mask
