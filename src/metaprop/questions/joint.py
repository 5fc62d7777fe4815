"""Ask the joint model about a group of outcomes, with and without those that follow from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from metaprop.engines.nuts.joint import fit_joint
from metaprop.engines.nuts.marginals import SampledMarginal
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.answers import Quantile
from metaprop.questions.joint_answers import JointAnswer, ParameterAnswer, TypeAnswer
from metaprop.questions.summaries import Question, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import JointModel
    from metaprop.engines.nuts.joint import JointPosterior
    from metaprop.evidence.studies import Studies

LEAST = 2
"""Outcomes that make a group."""


class Grouped(Protocol):
    """What an outcome of a group must say of itself: ``metaprop.evidence.dataset.Outcome`` does."""

    @property
    def id(self) -> str: ...  # noqa: D102 - the fields of TypeAnswer, described there
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def thresholds(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def studies(self) -> Studies: ...  # noqa: D102
    @property
    def consequence(self) -> bool: ...  # noqa: D102


def ask_joint(  # noqa: PLR0913 - the one door of the room; all but three have names and defaults
    group: str,
    outcomes: Sequence[Grouped],
    model: JointModel,
    *,
    level: float = 0.95,
    settings: Settings | None = None,
    on_stage: Callable[[str], None] | None = None,
    on_draws: Callable[[tuple[str, ...], Any], None] | None = None,
) -> tuple[JointAnswer, ...]:
    """Fit the joint model to a group of outcomes and return the numbers as records.

    Parameters
    ----------
    group
        The name of the group, kept in the records.
    outcomes
        All outcomes of the group, two or more; a superset of them is none of them.
    model
        The joint model.
    level
        Of every equal-tailed credible interval, in (0, 1).
    settings
        How NUTS samples; None takes the defaults.
    on_stage
        Called with ``"compiling"`` and ``"sampling"`` as each begins.
    on_draws
        Called with the outcomes left out and the ArviZ DataTree of each fit.

    Returns
    -------
    tuple of JointAnswer
        The fit of all outcomes; then, if some are consequences of others and two are left without
        them, the fit without consequences.

    Raises
    ------
    OptionError
        Fewer than two outcomes, nothing known of any, a known total, or too many counts.
    """
    settings = settings or Settings()
    causes = [outcome for outcome in outcomes if not outcome.consequence]
    fits = [list(outcomes)]
    if LEAST <= len(causes) < len(outcomes):
        fits.append(causes)
    answers = []
    for included in fits:
        left_out = tuple(outcome.id for outcome in outcomes if outcome not in included)
        studies = {outcome.id: outcome.studies for outcome in included}
        posterior = fit_joint(studies, model, settings, on_stage)
        answers.append(_answer(group, included, left_out, posterior, level))
        if on_draws is not None:
            on_draws(left_out, posterior.tree)
    return tuple(answers)


def _answer(
    group: str,
    outcomes: Sequence[Grouped],
    left_out: tuple[str, ...],
    posterior: JointPosterior,
    level: float,
) -> JointAnswer:
    names = posterior.types
    return JointAnswer(
        group=group,
        model=posterior.model.id,
        left_out=left_out,
        level=level,
        settings=posterior.settings,
        diagnostics=posterior.diagnostics,
        quality=posterior.quality,
        types=tuple(_type_answer(outcome, posterior, level) for outcome in outcomes),
        parameters=tuple(
            _parameter(given.parameter, posterior, level) for given in posterior.model.parameters
        ),
        more_frequent=tuple(tuple(posterior.more_frequent(a, b) for b in names) for a in names),
        rank_error=posterior.ranks.error,
    )


def _type_answer(outcome: Grouped, posterior: JointPosterior, level: float) -> TypeAnswer:
    question = Question(tuple(outcome.thresholds), level, "equal-tailed", "summary", None)
    place = posterior.types.index(outcome.id)
    return TypeAnswer(
        id=outcome.id,
        label=outcome.label,
        average=summarise(posterior.average(outcome.id), question),
        new_study=summarise(posterior.new_study(outcome.id), question),
        ranks=tuple(posterior.ranks.probabilities[place].tolist()),
        mean_rank=float(posterior.ranks.mean[place]),
    )


def _parameter(name: str, posterior: JointPosterior, level: float) -> ParameterAnswer:
    # a number on the log-odds scale, as tau is
    marginal = SampledMarginal("tau", posterior.parameter(name), unit=False)
    tail = round((1.0 - level) / 2.0, 12)
    quantiles = tuple(Quantile(at, marginal.quantile(at)) for at in (tail, 0.5, 1.0 - tail))
    return ParameterAnswer(name, marginal.mean(), quantiles)
