"""Ask every model about every outcome and keep the numbers.

This room runs the engines and fills the records of ``answers``; it neither prints nor draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from metaprop.core.errors import OptionError, Problem
from metaprop.questions.agreement import FALSE_ALARM
from metaprop.questions.answers import Analysis, Detail, Direction, ModelAnswer, OutcomeAnswer
from metaprop.questions.observed import observed_studies, totals_of
from metaprop.questions.options import option_problems
from metaprop.questions.sampling import ask_nuts, checked, sampled_answer
from metaprop.questions.summaries import Question, model_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import EngineChoice
    from metaprop.evidence.studies import Studies


class Asked(Protocol):
    """What an outcome must say of itself: ``metaprop.evidence.dataset.Outcome`` does."""

    @property
    def id(self) -> str: ...  # noqa: D102 - the fields of OutcomeAnswer, described there
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def direction(self) -> Direction: ...  # noqa: D102
    @property
    def thresholds(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def studies(self) -> Studies: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class PlainOutcome:
    """The one outcome of a table that has no ``dataset.toml`` to describe it."""

    studies: Studies
    id: str = "events"
    label: str = ""
    direction: Direction = "higher is better"
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Run:
    """What holds for every fit of an analysis, and whom to tell."""

    engine: EngineChoice
    seed: int
    false_alarm: float
    on_step: Callable[[str, str, str], None]
    on_draws: Callable[[str, str, Any], None]


def analyse(  # noqa: PLR0913 - the one door of the room; all but two have names and defaults
    outcomes: Studies | Asked | Sequence[Asked],
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    kind: IntervalKind = "equal-tailed",
    engine: EngineChoice = "exact",
    seed: int = 0,
    detail: Detail = "full",
    count_next: int | None = None,
    dataset: str = "",
    title: str = "",
    on_step: Callable[[str, str, str], None] | None = None,
    on_draws: Callable[[str, str, Any], None] | None = None,
) -> Analysis:
    """Fit every model to every outcome and return the numbers as records.

    Parameters
    ----------
    outcomes
        The studies of one outcome, or one or several outcomes of a data set.
    models
        At least one model.
    thresholds
        Rates in (0, 1) whose exceedance is asked for; None takes each outcome's own.
    level, kind
        Of every credible interval: posterior probability in (0, 1), and how its ends are chosen.
    engine, seed
        Who integrates: ``"exact"``, ``"nuts"``, or ``"both"``: the exact engine answers and NUTS is
        held against it. The seed decides every random number.
    detail
        ``"full"`` adds each study's rate and the curves to the ``"summary"`` of the estimands.
    count_next
        Ask for the number of events among so many patients of one new study.
    dataset, title
        Name of the data set, kept in the records.
    on_step
        Called with the ids of outcome and model and with ``"exact"``, ``"compiling"`` or
        ``"sampling"`` as each begins, to show progress.
    on_draws
        Called with the ids of outcome and model and the ArviZ DataTree of each fit by NUTS.

    Returns
    -------
    Analysis
        One ``OutcomeAnswer`` for each outcome, one ``ModelAnswer`` for each model in it.

    Raises
    ------
    OptionError
        If an argument is outside its domain; every such argument is listed.

    Examples
    --------
    >>> from metaprop import Studies, analyse, default_models
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> analysis = analyse(studies, default_models(), thresholds=[0.8], detail="summary")
    >>> for model in analysis.outcomes[0].models:
    ...     print(model.id, round(model.estimand("average").probability(0.8).value, 4))
    logit_normal 0.8883
    beta_binomial 0.9022
    """
    problems = option_problems(thresholds or (), level, kind, engine, count_next)
    if not models:
        problems.append(Problem("no model was given", "models", "Pass at least one model"))
    if problems:
        raise OptionError(problems)
    asked = _as_outcomes(outcomes)
    tell = on_step or (lambda _outcome, _model, _stage: None)
    take = on_draws or (lambda _outcome, _model, _tree: None)
    run = _Run(engine, seed, FALSE_ALARM / (len(asked) * len(models)), tell, take)
    question = Question((), level, kind, detail, count_next)
    answers = tuple(_answer(one, models, thresholds, question, run) for one in asked)
    return Analysis(dataset, title, engine, level, kind, seed, detail, answers)


def _as_outcomes(outcomes: Studies | Asked | Sequence[Asked]) -> tuple[Asked, ...]:
    from metaprop.evidence.studies import Studies

    if isinstance(outcomes, Studies):
        return (PlainOutcome(outcomes),)
    if isinstance(outcomes, (list, tuple)):
        return tuple(outcomes)
    return (outcomes,)  # type: ignore[return-value]  # what is left of the union is one Asked


def _answer(
    asked: Asked,
    models: Sequence[Model],
    thresholds: Sequence[float] | None,
    question: Question,
    run: _Run,
) -> OutcomeAnswer:
    above = tuple(asked.thresholds if thresholds is None else thresholds)
    question = replace(question, above=above)
    return OutcomeAnswer(
        id=asked.id,
        label=asked.label,
        direction=asked.direction,
        thresholds=above,
        totals=totals_of(asked.studies),
        observed=observed_studies(asked.studies, question.level)
        if question.detail == "full"
        else (),
        models=tuple(_fit(asked, model, question, run) for model in models),
    )


def _fit(asked: Asked, model: Model, question: Question, run: _Run) -> ModelAnswer:
    """Return one outcome under one model, by the engine or engines that were asked for."""
    from metaprop.engines.fitting import fit

    def tell(stage: str) -> None:
        run.on_step(asked.id, model.id, stage)

    if run.engine == "nuts":
        alone = ask_nuts(asked.studies, model, run.seed, tell)
        run.on_draws(asked.id, model.id, alone.tree)
        answer = model_answer(alone, model, asked.studies, question)
        return replace(answer, sampled=sampled_answer(alone, question))
    tell("exact")
    exact = fit(asked.studies, model, engine="exact")
    answer = model_answer(exact, model, asked.studies, question)
    if run.engine == "exact":
        return answer
    drawn = ask_nuts(asked.studies, model, run.seed, tell)
    believed, sampled = checked(exact, drawn, question, run.false_alarm, tell)
    run.on_draws(asked.id, model.id, believed.tree)
    return replace(answer, sampled=sampled)
