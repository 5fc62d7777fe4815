"""What the records say of a need: nothing where it is met, else the reason why it is not.

Each function takes the results and returns "" or a reason; none reads or writes a file. Reasons
hold numbers, never text that somebody typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.engines.nuts.diagnostics import EFFECTIVE, R_HAT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.core.estimates import Quality
    from metaprop.engines.nuts.diagnostics import Diagnostics
    from metaprop.questions.answers import SampledAnswer
    from metaprop.reporting.assumptions import StoredPrior
    from metaprop.reporting.stored import Results

NO_DRAWS = "NUTS did not run: the answers are by quadrature and have no chains"


def anything(_results: Results) -> str:
    """Return no reason: that the place is there is enough."""
    return ""


def trusted_fits(results: Results) -> str:
    """Return how many fits have failed."""
    every = [
        q for outcome in results.analysis.outcomes for m in outcome.models for q in m.qualities
    ]
    every += [quality for quality, _ in _others(results)]
    failed = sum(quality.status == "failed" for quality in every)
    return f"{failed} of {len(every)} fits have failed" if failed else ""


def question(results: Results) -> str:
    """Return whether the data set states no question."""
    evidence = results.beside.evidence
    stated = evidence is not None and bool(evidence.question.strip())
    return "" if stated else "The data set states no question"


def reasoned_priors(results: Results) -> str:
    """Return how many priors have no reason or no source."""
    priors = [*_priors(results)]
    if not priors:
        return "The records hold no priors"
    bare = sum(not (prior.reason.strip() and prior.source.strip()) for prior in priors)
    return f"{bare} of {len(priors)} priors have no reason or no source" if bare else ""


def reasoned_thresholds(results: Results) -> str:
    """Return for how many outcomes nobody says why these thresholds."""
    evidence = results.beside.evidence
    if evidence is None:
        return "The records hold no evidence"
    asked = [outcome for outcome in evidence.outcomes if outcome.thresholds]
    if not asked:
        return "No outcome has a threshold"
    bare = sum(not (outcome.thresholds_reason or "").strip() for outcome in asked)
    told = f"For {bare} of {len(asked)} outcomes the data set gives no reason for its thresholds"
    return told if bare else ""


def converged(results: Results) -> str:
    """Return how many chains do not agree."""
    found = [*_diagnostics(results)]
    if not found:
        return NO_DRAWS
    apart = sum(one.r_hat > R_HAT or one.divergences > 0 for one in found)
    told = f"{apart} of {len(found)} fits by NUTS have R-hat above {R_HAT} or divergent draws"
    return told if apart else ""


def resolved(results: Results) -> str:
    """Return how many fits have too few effective draws."""
    found = [*_diagnostics(results)]
    if not found:
        return NO_DRAWS
    few = sum(min(one.bulk, one.tail) < EFFECTIVE for one in found)
    told = f"{few} of {len(found)} fits by NUTS have fewer than {EFFECTIVE:.0f} effective draws"
    return told if few else ""


def engines_agree(results: Results) -> str:
    """Return how many fits by the two engines disagree."""
    every = [one.agreement for one in _sampled(results) if one.agreement is not None]
    if not every:
        return "The two engines were not compared"
    apart = sum(not one.passed for one in every)
    return f"In {apart} of {len(every)} fits the two engines disagree" if apart else ""


def exact_errors(results: Results) -> str:
    """Return whether an answer has no stated numerical error."""
    models = [model for outcome in results.analysis.outcomes for model in outcome.models]
    exact = [model for model in models if model.engine == "exact"]
    if not exact:
        return "The answers are by NUTS"
    return trusted_fits(results)


def checked_fits(results: Results) -> str:
    """Return whether no model was held against tables replicated from it."""
    checks = results.beside.checks
    return "" if checks is not None and checks.fits else "Models were not checked against the data"


def shown_priors(results: Results) -> str:
    """Return whether what the priors imply is not shown."""
    checks = results.beside.checks
    return "" if checks is not None and checks.priors else "The implied priors were not drawn"


def asked_sensitivity(results: Results) -> str:
    """Return whether other priors were not tried."""
    return "" if results.beside.sensitivity is not None else "Other priors were not tried"


def read_otherwise(results: Results) -> str:
    """Return whether neither other readings nor other choices were tried."""
    tried = results.beside.readings or results.beside.sensitivity is not None
    return "" if tried else "Neither other readings nor other priors were tried"


def explored(results: Results) -> str:
    """Return whether no covariate was looked at."""
    two_step = any(answer.moderators for answer in results.beside.frequentist)
    told = "No covariate of the studies is recorded, so that none could be related to rates"
    return "" if two_step or results.beside.moderators else told


def small_studies(results: Results) -> str:
    """Return whether small-study effects were not looked at for any outcome."""
    asked = any(answer.small_study is not None for answer in results.beside.frequentist)
    return "" if asked else "No outcome has only exact counts, which the tests of asymmetry need"


def appraised(results: Results) -> str:
    """Return whether no appraisal of the studies is recorded."""
    evidence = results.beside.evidence
    has = evidence is not None and evidence.minors is not None
    return "" if has else "The data set holds no appraisal of its studies"


def _sampled(results: Results) -> Iterator[SampledAnswer]:
    for outcome in results.analysis.outcomes:
        yield from (model.sampled for model in outcome.models if model.sampled is not None)


def _others(results: Results) -> Iterator[tuple[Quality, Diagnostics]]:
    """Yield the fits by NUTS beside the main ones."""
    yield from ((one.quality, one.diagnostics) for one in results.beside.joint)
    for moderators in results.beside.moderators:
        yield from ((one.quality, one.diagnostics) for one in moderators.answers)


def _diagnostics(results: Results) -> Iterator[Diagnostics]:
    yield from (one.diagnostics for one in _sampled(results))
    yield from (diagnostics for _, diagnostics in _others(results))


def _priors(results: Results) -> Iterator[StoredPrior]:
    assumed = results.beside.assumptions
    for model in () if assumed is None else assumed.models:
        yield from model.priors
