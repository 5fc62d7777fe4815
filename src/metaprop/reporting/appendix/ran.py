"""Which procedures ran, judged by the records alone: what the appendix may cite, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.assumptions.model.families import METHODS as FAMILIES
from metaprop.engines.exact.grouped import SHARED_EFFECT
from metaprop.engines.exact.posterior import QUADRATURE
from metaprop.engines.exact.unreported import UNREPORTED_ODDS
from metaprop.engines.nuts.diagnostics import CONVERGENCE
from metaprop.engines.nuts.joint import JOINT
from metaprop.engines.nuts.posterior import NUTS
from metaprop.engines.nuts.regression import REGRESSION
from metaprop.questions.agreement import ENGINES_AGREE
from metaprop.questions.calibration.coverage import COVERAGE
from metaprop.questions.calibration.ranks import SBC
from metaprop.questions.calibration.uniformity import BAND
from metaprop.questions.checks.information import ELIR
from metaprop.questions.checks.left_out import LEFT_OUT
from metaprop.questions.checks.replicated import PREDICTIVE
from metaprop.questions.checks.uniformity import PIT
from metaprop.questions.observed import CLOPPER_PEARSON
from metaprop.questions.sensitivity.choices import TURNER
from metaprop.questions.sensitivity.distance import HELLINGER
from metaprop.questions.sensitivity.families import LEAVE_ONE_STUDY_OUT, STACKING
from metaprop.questions.sensitivity.multiverse import MULTIVERSE
from metaprop.questions.sensitivity.paths import TIPPING
from metaprop.questions.sensitivity.power_scaling import POWER_SCALING
from metaprop.reporting.appendix.blocks import Citation, Text
from metaprop.reporting.appendix.references import dois_in, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.core.methods import Method
    from metaprop.questions.answers import ModelAnswer
    from metaprop.questions.calibration.records import Calibration
    from metaprop.questions.checks.answers import Checks
    from metaprop.questions.sensitivity.records import Sensitivity
    from metaprop.reporting.appendix.blocks import Inlines
    from metaprop.reporting.stored import Results


@dataclass(frozen=True, slots=True)
class Ran:
    """The procedures that ran, each once, in the order in which they are told."""

    methods: tuple[Method, ...]

    def cite(self, *names: str) -> Inlines:
        """Return the citation of procedures by their names, with the space before it.

        Nothing for what did not run or has no reference: a sentence may name it all the same.
        """
        dois = (m.doi for name in names for m in self.methods if m.name == name)
        found = tuple(dict.fromkeys(doi for doi in dois if doi is not None))
        return (Text(" "), Citation(found)) if found else ()

    def has(self, name: str) -> bool:
        """Return whether a procedure ran."""
        return any(method.name == name for method in self.methods)


def methods_that_ran(results: Results) -> Ran:
    """Return the procedures behind a folder of results."""
    found = (
        *_bayesian(results),
        *_beside(results),
        *(method for answer in results.beside.frequentist for method in answer.methods),
        *(results.beside.audit.methods if results.beside.audit is not None else ()),
    )
    once = {(method.name, method.sentence): method for method in found}
    return Ran(tuple(once.values()))


def prior_dois(source: str) -> tuple[str, ...]:
    """Return the references that the source of a prior names."""
    return tuple(doi for doi in dois_in(source) if known(doi))


def _bayesian(results: Results) -> Iterator[Method]:
    models = [model for outcome in results.analysis.outcomes for model in outcome.models]
    joint = results.beside.joint
    for family, method in FAMILIES.items():
        if any(model.family == family for model in models):
            yield method
    if joint:
        yield JOINT
    yield from _assumed(results)
    if any(model.engine == "exact" for model in models):
        yield QUADRATURE
    if any(map(_sampled, models)) or joint:
        yield NUTS
        yield CONVERGENCE
    if any(model.sampled is not None and model.sampled.agreement is not None for model in models):
        yield ENGINES_AGREE
    if any(s.interval is not None for o in results.analysis.outcomes for s in o.observed):
        yield CLOPPER_PEARSON


def _assumed(results: Results) -> Iterator[Method]:
    """Yield what the readings assume of rates."""
    evidence = results.beside.evidence
    readings = () if evidence is None else evidence.readings
    if any(reading.unreported_odds != 1.0 for reading in readings):
        yield UNREPORTED_ODDS
    if any(reading.shared_effect is not None for reading in readings):
        yield SHARED_EFFECT


def _beside(results: Results) -> Iterator[Method]:
    beside = results.beside
    if any(found.answers for found in beside.moderators):
        yield REGRESSION
    if beside.sensitivity is not None:
        yield from _moved(beside.sensitivity)
    if beside.checks is not None:
        yield from _checked(beside.checks)
    if beside.calibration is not None:
        yield from _calibrated(beside.calibration)


def _checked(checks: Checks) -> Iterator[Method]:
    if any(fit.statistics for fit in checks.fits):
        yield PREDICTIVE
    if any(fit.studies for fit in checks.fits):
        yield LEFT_OUT
    if any(fit.pit is not None for fit in checks.fits):
        yield PIT
    if checks.priors:
        yield ELIR


def _calibrated(found: Calibration) -> Iterator[Method]:
    if found.scenarios:
        yield COVERAGE
    if found.ranks:
        yield SBC
        yield BAND


def _moved(found: Sensitivity) -> Iterator[Method]:
    grids = [grid for outcome in found.outcomes for grid in outcome.grids]
    if grids:
        yield MULTIVERSE
        yield HELLINGER
    if any(prior.id == "turner" for grid in grids for prior in grid.spreads):
        yield TURNER
    if any(outcome.paths for outcome in found.outcomes):
        yield TIPPING
    if any(outcome.power for outcome in found.outcomes):
        yield POWER_SCALING
    families = [one.families for one in found.outcomes if one.families is not None]
    if any(one.predictive is not None for one in families):
        yield LEAVE_ONE_STUDY_OUT
    if any(averaged.weighing == "stacking" for one in families for averaged in one.averaged):
        yield STACKING


def _sampled(model: ModelAnswer) -> bool:
    return model.sampled is not None or model.engine == "nuts"
