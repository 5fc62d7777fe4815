"""The fits of an analysis, cut into calls for one process each.

Whatever needs the same compiled model is one call, so that a model shape is compiled once however
many processes there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from metaprop.questions.agreement import FALSE_ALARM
from metaprop.questions.sampling import ask_nuts, checked, sampled_answer
from metaprop.questions.summaries import Question, model_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.engines.posterior import EngineChoice
    from metaprop.evidence.studies import Studies
    from metaprop.questions.answers import ModelAnswer

    type OnDraws = Callable[[str, str, Any], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One outcome that a model is to be fitted to, and what is asked of the posterior."""

    id: str
    studies: Studies
    question: Question


@dataclass(frozen=True, slots=True)
class How:
    """What holds for every fit of an analysis; ``false_alarm`` is that of one fit."""

    engine: EngineChoice
    seed: int
    false_alarm: float
    on_draws: OnDraws | None


@dataclass(frozen=True, slots=True)
class Fits:
    """Fits that share a compiled model: outcomes ``wanted[i]`` for i in ``places``, one model."""

    model: Model
    model_place: int
    wanted: tuple[Wanted, ...]
    places: tuple[int, ...]
    how: How

    def __call__(self, tell: Callable[..., None]) -> tuple[ModelAnswer, ...]:
        """Return the answers, one for each place."""
        return tuple(_fit(one, self.model, self.how, tell) for one in self.wanted)


def fits_of(
    wanted: Sequence[Wanted],
    models: Sequence[Model],
    engine: EngineChoice,
    seed: int,
    on_draws: OnDraws | None,
) -> tuple[Fits, ...]:
    """Return every fit of every model to every outcome, in as few calls as there are shapes.

    With a sampler those that take longest come first: many outcomes, a model with a rate for each
    study.
    """
    how = How(engine, seed, FALSE_ALARM / (len(wanted) * len(models)), on_draws)
    groups: dict[tuple[int, Hashable], list[int]] = {}
    for place, one in enumerate(wanted):
        for number, model in enumerate(models):
            groups.setdefault((number, _shape(one, place, model, engine)), []).append(place)
    found = [
        Fits(models[number], number, tuple(wanted[i] for i in places), tuple(places), how)
        for (number, _), places in groups.items()
    ]
    return tuple(found if engine == "exact" else sorted(found, key=_longest_first))


def by_outcome(
    fits: Sequence[Fits], answers: Sequence[tuple[ModelAnswer, ...]], outcomes: int
) -> Iterator[tuple[ModelAnswer, ...]]:
    """Yield for each outcome the answers of all models, in the order of the models."""
    found: list[dict[int, ModelAnswer]] = [{} for _ in range(outcomes)]
    for one, given in zip(fits, answers, strict=True):
        for place, answer in zip(one.places, given, strict=True):
            found[place][one.model_place] = answer
    for models in found:
        yield tuple(models[number] for number in sorted(models))


def _shape(one: Wanted, place: int, model: Model, engine: EngineChoice) -> Hashable:
    """Return what fits must have in common to be one call."""
    from metaprop.engines.nuts.models import Shape

    return place if engine == "exact" else Shape.of(model, one.studies)


def _longest_first(fits: Fits) -> tuple[int, bool]:
    return -len(fits.wanted), fits.model.family != "logit-normal"


def _fit(one: Wanted, model: Model, how: How, tell: Callable[..., None]) -> ModelAnswer:
    """Return one outcome under one model, by the engine or engines that were asked for."""
    from metaprop.engines.fitting import fit

    def stage(name: str) -> None:
        tell(one.id, model.id, name)

    def take(tree: Any) -> None:  # noqa: ANN401 - xarray.DataTree
        if how.on_draws is not None:
            how.on_draws(one.id, model.id, tree)

    if how.engine == "nuts":
        alone = ask_nuts(one.studies, model, how.seed, stage)
        take(alone.tree)
        answer = model_answer(alone, model, one.studies, one.question)
        return replace(answer, sampled=sampled_answer(alone, one.question))
    stage("exact")
    exact = fit(one.studies, model, engine="exact")
    answer = model_answer(exact, model, one.studies, one.question)
    if how.engine == "exact":
        return answer
    drawn = ask_nuts(one.studies, model, how.seed, stage)
    believed, sampled = checked(exact, drawn, one.question, how.false_alarm, stage)
    take(believed.tree)
    return replace(answer, sampled=sampled)
