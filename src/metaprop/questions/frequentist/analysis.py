"""Ask every frequentist method about an outcome with exact counts; elsewhere say why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from zlib import crc32

import numpy as np

from metaprop.engines.frequentist.moderators import META_REGRESSION as IN_TWO_STEPS
from metaprop.engines.frequentist.one_step.heterogeneity_test import LIKELIHOOD_RATIO
from metaprop.engines.frequentist.one_step.maximum import BETA_BINOMIAL, BINOMIAL_NORMAL
from metaprop.engines.frequentist.one_step.moderators import META_REGRESSION as IN_ONE_STEP
from metaprop.engines.frequentist.one_step.prediction import PREDICTION
from metaprop.engines.frequentist.one_step.records import EXACT, PROFILE
from metaprop.engines.frequentist.small_study.asymmetry import METHODS as ASYMMETRY
from metaprop.engines.frequentist.small_study.copas import COPAS
from metaprop.engines.frequentist.small_study.limit import LIMIT
from metaprop.engines.frequentist.small_study.rank_test import BEGG
from metaprop.engines.frequentist.small_study.trim_fill import TRIM_AND_FILL
from metaprop.questions.frequentist.answers import FrequentistAnswer
from metaprop.questions.frequentist.common_rate import common_rate_tests
from metaprop.questions.frequentist.comparison import compare_methods, methods_compared
from metaprop.questions.frequentist.moderators import moderator_fits
from metaprop.questions.frequentist.small_study import small_study
from metaprop.questions.frequentist.usual import usual_forest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.core.methods import Method
    from metaprop.evidence.columns import Covariate
    from metaprop.evidence.studies import Studies
    from metaprop.questions.frequentist.answers import PublishedRate

SIMULATIONS = 2000
"""Reviews of each bootstrap: a P of .05 has a Monte Carlo error of .005."""
ONE_STEP = (BINOMIAL_NORMAL, BETA_BINOMIAL, PROFILE, EXACT, PREDICTION, LIKELIHOOD_RATIO)
TESTS = tuple(ASYMMETRY[test] for test in ("egger", "thompson", "peters"))
LEFT_OUT = (
    "{} of {} counts are ranges or not reported: frequentist methods need every count exactly, "
    "and none is made up for them. The Bayesian models take what is known as it is."
)


class Named(Protocol):
    """What an outcome must say of itself: ``metaprop.evidence.dataset.Outcome`` does."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def studies(self) -> Studies: ...  # noqa: D102


def frequentist_answer(
    outcome: Named,
    covariates: Sequence[Covariate] = (),
    *,
    published: PublishedRate | None = None,
    level: float = 0.95,
    seed: int = 0,
    simulations: int | None = None,
) -> FrequentistAnswer:
    """Return one outcome by every frequentist method, or the reason why by none.

    Parameters
    ----------
    outcome
        Its id, label and studies.
    covariates
        Of its studies, for the meta-regressions.
    published
        A rate that a publication gives, to be shown beside.
    level
        Of every interval, in (0, 1).
    seed
        Decides every simulated review, together with the id of the outcome.
    simulations
        Simulated reviews of each bootstrap; None for ``SIMULATIONS``.
    """
    studies = outcome.studies
    head = (outcome.id, outcome.label, level, seed)
    if not studies.exact:
        vague = int((studies.low < studies.high).sum())
        reason = LEFT_OUT.format(vague, studies.k)
        return FrequentistAnswer(*head, reason, (), published, (), None, (), ())
    size = SIMULATIONS if simulations is None else simulations
    rng = np.random.default_rng([seed, crc32(outcome.id.encode())])
    return FrequentistAnswer(
        *head,
        left_out=None,
        compared=compare_methods(studies, level),
        published=published,
        common_rate=common_rate_tests(studies, rng, size),
        small_study=small_study(studies, level, rng, size),
        moderators=moderator_fits(studies, covariates, level),
        methods=_methods(moderated=bool(covariates)),
        usual=usual_forest(studies, level),
    )


def _methods(*, moderated: bool) -> tuple[Method, ...]:
    found = (*methods_compared(), *ONE_STEP, *TESTS, BEGG, TRIM_AND_FILL, COPAS, LIMIT)
    return tuple(dict.fromkeys((*found, *((IN_TWO_STEPS, IN_ONE_STEP) if moderated else ()))))
