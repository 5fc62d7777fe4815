"""All of it for one outcome: priors, evidence, families."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from metaprop.core.errors import OptionError, Problem
from metaprop.questions.options import option_problems
from metaprop.questions.sensitivity.asking import TOLERANCE, Asked, Prepared
from metaprop.questions.sensitivity.evidence import Rest, cumulative, leave_one_out
from metaprop.questions.sensitivity.families import compare_families
from metaprop.questions.sensitivity.grid import prior_grid, read_grid
from metaprop.questions.sensitivity.multiverse import switches
from metaprop.questions.sensitivity.paths import prior_paths
from metaprop.questions.sensitivity.power_scaling import power_scaling
from metaprop.questions.sensitivity.records import OutcomeSensitivity
from metaprop.questions.thresholds import good_side, headline_thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.studies import Studies
    from metaprop.questions.analysis import Asked as AskedOutcome
    from metaprop.questions.sensitivity.records import (
        FamilyComparison,
        PowerSensitivity,
        PriorGrid,
        PriorPath,
        ReadGrid,
    )

    type Tree = Any


@dataclass(frozen=True, slots=True)
class Read:
    """The studies of one outcome under another reading; ``kept`` is the one study of several.

    ``odds`` of an event where a study does not report, over those where it does; ``groups``, of
    each study, where those of one group share a random effect: under logit-normal models alone.
    """

    reading: str
    kept: str | None
    studies: Studies
    odds: float = 1.0
    groups: tuple[str, ...] | None = None


def sensitivity(  # noqa: PLR0913 - one door; all but two have names and defaults
    outcome: Studies | AskedOutcome,
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    readings: Sequence[Read] = (),
    years: Mapping[str, int] | None = None,
    trees: Mapping[str, Tree] | None = None,
    level: float = 0.95,
) -> OutcomeSensitivity:
    """Ask how far the conclusions about one outcome move, by the exact engine.

    Parameters
    ----------
    outcome
        The studies of one outcome, or an outcome of a data set.
    models
        At least one; the common rate is left out where others are there.
    thresholds
        Rates in (0, 1); the main one and the next towards the rate that was seen are asked about.
        None takes the outcome's own.
    readings
        The same outcome under other readings of the evidence; one in which no study says anything
        is passed over, since its answer is the prior.
    years
        Year of publication by study, for the cumulative answers; None leaves them out.
    trees
        ArviZ DataTrees of fits by NUTS, by the id of the model: their power-scaling diagnostic is
        held against the exact one.
    level
        Of the equal-tailed credible intervals, in (0, 1).

    Returns
    -------
    OutcomeSensitivity
        Every prior crossed with every other, paths with tipping points, each study left out, the
        studies year by year, and the families beside each other.

    Raises
    ------
    OptionError
        If an argument is outside its domain.

    Examples
    --------
    >>> from metaprop import Studies, default_models, sensitivity
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> found = sensitivity(studies, default_models(), thresholds=[0.8])
    >>> for grid in found.grids:
    ...     chances = [p for row in grid.crossed[0].probabilities for p in row]
    ...     print(f"{grid.model}: {min(chances):.3f} to {max(chances):.3f}")
    logit_normal: 0.105 to 0.993
    beta_binomial: 0.226 to 0.993
    """
    problems = option_problems(thresholds or (), level, "equal-tailed", "exact", None)
    if not models:
        problems.append(Problem("no model was given", "models", "Pass at least one model"))
    if problems:
        raise OptionError(problems)
    asked, studies, head = _asked(outcome, thresholds, level)
    varying = varying_models(models)
    prepared = [Prepared(studies, model, asked) for model in varying]
    rest = Rest(studies, varying, TOLERANCE) if studies.k > 1 else None
    found = replace(
        head,
        grids=tuple(map(prior_grid, prepared)),
        paths=tuple(path for one in prepared for path in prior_paths(one)),
        readings=tuple(
            _read(read, model, asked)
            for read in readings
            if speaks(read.studies)
            for model in varying
            if read.groups is None or model.family == "logit-normal"
        ),
        without=() if rest is None else leave_one_out(rest, varying, asked),
        cumulative=() if years is None else cumulative(studies, varying, years, asked),
        families=_families(studies, varying, rest, asked),
        power=powers_of(studies, models, trees or {}, asked),
    )
    return replace(found, switches=switches(found))


def _read(read: Read, model: Model, asked: Asked) -> ReadGrid:
    prepared = Prepared(read.studies, model, asked, read.odds, read.groups)
    return read_grid(prepared, read.reading, read.kept)


def speaks(studies: Studies) -> bool:
    """Return whether any study says anything about the outcome."""
    said = (studies.low > 0) | (studies.high < studies.totals)
    return bool(said.any()) or studies.binding_total is not None


def varying_models(models: Sequence[Model]) -> tuple[Model, ...]:
    """Return the models in which studies differ, the logit-normal first; all if there is none."""
    varying = [model for model in models if model.family != "common-rate"] or list(models)
    places = {"logit-normal": 0, "beta-binomial": 1}
    return tuple(sorted(varying, key=lambda model: places.get(model.family, 2)))


def _asked(
    outcome: Studies | AskedOutcome, thresholds: Sequence[float] | None, level: float
) -> tuple[Asked, Studies, OutcomeSensitivity]:
    """Return what is asked, of which studies, and the record with its head filled in."""
    from metaprop.evidence.studies import Studies
    from metaprop.questions.analysis import PlainOutcome

    one = PlainOutcome(outcome) if isinstance(outcome, Studies) else outcome
    side = good_side(one.direction)
    chosen = one.thresholds if thresholds is None else tuple(thresholds)
    events, patients = one.studies.total_events, int(one.studies.totals.sum())
    seen = 0.5 * (events.low + events.high) / patients
    told = headline_thresholds(one.direction, chosen, seen, one.headline)
    asked = Asked(told, side, level)
    none: tuple[PriorGrid, ...] = ()
    paths: tuple[PriorPath, ...] = ()
    head = (one.id, one.label, side, asked.headline, level)
    return (
        asked,
        one.studies,
        OutcomeSensitivity(*head, none, paths, (), (), (), None, (), ()),
    )


def powers_of(
    studies: Studies, models: Sequence[Model], trees: Mapping[str, Tree], asked: Asked
) -> tuple[PowerSensitivity, ...]:
    """Return the power-scaling of every model with draws, if a threshold was asked about."""
    if not asked.headline:
        return ()
    return tuple(
        found
        for model in varying_models(models)
        if model.id in trees
        for found in power_scaling(trees[model.id], studies, model, asked)
    )


def _families(
    studies: Studies, models: Sequence[Model], rest: Rest | None, asked: Asked
) -> FamilyComparison | None:
    from metaprop.engines.exact.posterior import fit_exact

    if len(models) < 2:  # noqa: PLR2004 - a comparison takes two
        return None
    fitted = [fit_exact(studies, model) for model in models]
    return compare_families(models, fitted, rest, asked)
