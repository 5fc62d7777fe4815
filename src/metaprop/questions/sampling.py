"""Ask NUTS, and hold its answer against the exact engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metaprop.core.estimates import Quality
from metaprop.engines import fitting
from metaprop.questions.agreement import compare, judge
from metaprop.questions.answers import SampledAnswer
from metaprop.questions.summaries import marginals_of, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaprop.assumptions.model import Model
    from metaprop.engines.nuts.posterior import NutsPosterior
    from metaprop.engines.posterior import Posterior
    from metaprop.evidence.studies import Studies
    from metaprop.questions.answers import Agreement
    from metaprop.questions.summaries import Question

AGAIN = 4
"""Times as many draws before a disagreement is believed."""


def ask_nuts(
    studies: Studies, model: Model, seed: int, on_stage: Callable[[str], None]
) -> NutsPosterior:
    """Return the posterior by NUTS with the usual number of draws."""
    return fitting.fit(studies, model, engine="nuts", seed=seed, on_stage=on_stage)


def checked(
    exact: Posterior,
    sampled: NutsPosterior,
    question: Question,
    false_alarm: float,
    on_stage: Callable[[str], None],
) -> tuple[NutsPosterior, SampledAnswer]:
    """Return the draws that were believed, and the sampled answer with its agreement.

    A fit whose engines disagree is sampled once more, with four times the draws; if they still
    disagree, its quality has failed.
    """
    names = sampled.studies.names

    def agree(found: NutsPosterior) -> Agreement:
        return judge(compare(exact, found, names, question.above), false_alarm)

    agreement = agree(sampled)
    if not agreement.passed:
        settings = sampled.settings
        sampled = fitting.fit(
            sampled.studies,
            sampled.model,
            engine="nuts",
            seed=settings.seed + 1,
            draws=AGAIN * settings.draws,
            on_stage=on_stage,
        )
        agreement = agree(sampled)
    answer = replace(sampled_answer(sampled, question), agreement=agreement)
    return sampled, answer if agreement.passed else replace(answer, quality=_disagree(agreement))


def sampled_answer(sampled: NutsPosterior, question: Question) -> SampledAnswer:
    """Return what NUTS says by itself."""
    return SampledAnswer(
        settings=sampled.settings,
        diagnostics=sampled.diagnostics,
        quality=sampled.quality,
        estimands=tuple(summarise(marginal, question) for marginal in marginals_of(sampled)),
        agreement=None,
    )


def _disagree(agreement: Agreement) -> Quality:
    worst = agreement.worst
    whose = worst.estimand if worst.study is None else f"study {worst.study!r}"
    return Quality(
        "failed",
        f"The engines disagree on {agreement.compared} numbers; the worst is "
        f"P(> {worst.above:.6g}) of {whose}: "
        f"{worst.exact:.6g} by quadrature, {worst.sampled:.6g} by NUTS "
        f"(standard error {worst.standard_error:.1g}).",
        "Believe neither before the reason is known; please report the data and the models",
    )
