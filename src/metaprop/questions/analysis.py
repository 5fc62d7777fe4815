"""Ask every model about every outcome and keep the numbers.

This room runs the engines and fills the records of ``answers``; it neither prints nor draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from metaprop.core.errors import OptionError, Problem
from metaprop.core.workers import Plan
from metaprop.questions.answers import Analysis, Detail, Direction, ModelAnswer, OutcomeAnswer
from metaprop.questions.fits import Wanted, by_outcome, fits_of
from metaprop.questions.observed import observed_studies, totals_of
from metaprop.questions.options import option_problems
from metaprop.questions.summaries import Question

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
    def headline(self) -> float | None: ...  # noqa: D102
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
    headline: float | None = None


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
    plan = plan_analysis(
        outcomes,
        models,
        Question((), level, kind, detail, count_next),
        thresholds=thresholds,
        engine=engine,
        seed=seed,
        named=Named(dataset, title),
        on_draws=on_draws,
    )
    return plan.alone(on_step)


@dataclass(frozen=True, slots=True)
class Named:
    """Id and title of a data set."""

    id: str = ""
    title: str = ""


def plan_analysis(  # noqa: PLR0913 - the arguments of analyse
    outcomes: Studies | Asked | Sequence[Asked],
    models: Sequence[Model],
    question: Question,
    *,
    thresholds: Sequence[float] | None = None,
    engine: EngineChoice = "exact",
    seed: int = 0,
    named: Named | None = None,
    on_draws: Callable[[str, str, Any], None] | None = None,
) -> Plan[Analysis]:
    """Return an analysis as a plan: one call for each compiled model, with all fits that need it.

    The arguments are those of ``analyse``. A call tells what ``on_step`` is told; ``on_draws`` is
    called in the process that has drawn.

    Raises
    ------
    OptionError
        If an argument is outside its domain; every such argument is listed.
    """
    level, kind, detail = question.level, question.kind, question.detail
    problems = option_problems(thresholds or (), level, kind, engine, question.count_next)
    if not models:
        problems.append(Problem("no model was given", "models", "Pass at least one model"))
    if problems:
        raise OptionError(problems)
    asked, called = _as_outcomes(outcomes), named or Named()
    above = [tuple(one.thresholds if thresholds is None else thresholds) for one in asked]
    wanted = [
        Wanted(one.id, one.studies, replace(question, above=rates))
        for one, rates in zip(asked, above, strict=True)
    ]
    fits = fits_of(wanted, models, engine, seed, on_draws)

    def gather(answers: Sequence[tuple[ModelAnswer, ...]]) -> Analysis:
        each = by_outcome(fits, answers, len(asked))
        found = tuple(_answer(*given) for given in zip(asked, wanted, each, strict=True))
        return Analysis(called.id, called.title, engine, level, kind, seed, detail, found)

    return Plan(fits, gather)


def _as_outcomes(outcomes: Studies | Asked | Sequence[Asked]) -> tuple[Asked, ...]:
    from metaprop.evidence.studies import Studies

    if isinstance(outcomes, Studies):
        return (PlainOutcome(outcomes),)
    if isinstance(outcomes, (list, tuple)):
        return tuple(outcomes)
    return (outcomes,)  # type: ignore[return-value]  # what is left of the union is one Asked


def _answer(asked: Asked, wanted: Wanted, models: tuple[ModelAnswer, ...]) -> OutcomeAnswer:
    question = wanted.question
    full = question.detail == "full"
    return OutcomeAnswer(
        id=asked.id,
        label=asked.label,
        direction=asked.direction,
        thresholds=question.above,
        headline=asked.headline,
        totals=totals_of(asked.studies),
        observed=observed_studies(asked.studies, question.level) if full else (),
        models=models,
    )
