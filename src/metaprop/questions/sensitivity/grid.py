"""Location priors crossed with heterogeneity priors: every combination, one likelihood."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from metaprop.questions.sensitivity.asking import DIGITS
from metaprop.questions.sensitivity.choices import location_alternatives, spread_alternatives
from metaprop.questions.sensitivity.distance import hellinger
from metaprop.questions.sensitivity.records import Crossed, PriorGrid, ReadGrid

if TYPE_CHECKING:
    from metaprop.assumptions.model import Model
    from metaprop.questions.sensitivity.asking import Asked, Prepared

    Rows = tuple[tuple[float, ...], ...]


@lru_cache(maxsize=64)
def crossed_models(model: Model, asked: Asked) -> tuple[tuple[Model, ...], ...]:
    """Return the model under every pair of priors: a row for each location, (L, S)."""
    main = asked.headline[0] if asked.headline else None
    return tuple(
        tuple(spread.put_into(location.put_into(model)) for spread in spread_alternatives(model))
        for location in location_alternatives(model, main, asked.side)
    )


def prior_grid(prepared: Prepared) -> PriorGrid:
    """Return every location prior crossed with every heterogeneity prior."""
    model, asked = prepared.model, prepared.asked
    main = asked.headline[0] if asked.headline else None
    models = crossed_models(model, asked)
    before = prepared.refitted
    marginals = [[prepared.average(one) for one in row] for row in models]
    chances = tuple(tuple(map(prepared.probabilities, row)) for row in marginals)
    return PriorGrid(
        model=model.id,
        family=model.family,
        locations=tuple(a.choice for a in location_alternatives(model, main, asked.side)),
        spreads=tuple(a.choice for a in spread_alternatives(model)),
        distances=tuple(
            tuple(round(hellinger(model, one), DIGITS) for one in row) for row in models
        ),
        medians=tuple(
            tuple(round(m.quantile(0.5).value, DIGITS) for m in row) for row in marginals
        ),
        crossed=_by_threshold(asked, chances),
        error=prepared.error,
        refitted=prepared.refitted - before,
    )


def read_grid(prepared: Prepared, reading: str, kept: str | None) -> ReadGrid:
    """Return the same priors crossed, from another reading of the evidence."""
    before = prepared.refitted
    models = crossed_models(prepared.model, prepared.asked)
    chances = tuple(tuple(map(prepared.under, row)) for row in models)
    return ReadGrid(
        reading=reading,
        kept=kept,
        model=prepared.model.id,
        crossed=_by_threshold(prepared.asked, chances),
        error=prepared.error,
        refitted=prepared.refitted - before,
    )


def _by_threshold(asked: Asked, chances: tuple[Rows, ...]) -> tuple[Crossed, ...]:
    """Return (L, S, T) probabilities as one table for each of the T thresholds."""
    return tuple(
        Crossed(threshold, tuple(tuple(cell[place] for cell in row) for row in chances))
        for place, threshold in enumerate(asked.headline)
    )
