"""Every figure, and the tables and records beside it, as calls that processes can share.

Each call writes files of its own into the folder, so their order does not matter.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from metaprop.core.workers import Plan
from metaprop.reporting import prose
from metaprop.reporting.audit import write_audit
from metaprop.reporting.calibration import write_calibration
from metaprop.reporting.checks import fill_checks
from metaprop.reporting.draws import draws_file, read_draws
from metaprop.reporting.figures.audit_rows import BayesianLine
from metaprop.reporting.frequentist import fill_frequentist
from metaprop.reporting.joint import fill_joint
from metaprop.reporting.moderators import fill_moderators
from metaprop.reporting.names import slug
from metaprop.reporting.outcomes import whole_groups
from metaprop.reporting.paper.filling import fill_paper
from metaprop.reporting.sensitivity import drawn_sensitivity, fill_sensitivity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from metaprop.core.estimates import IntervalKind
    from metaprop.questions.answers import Analysis, OutcomeAnswer
    from metaprop.questions.checks.answers import PriorCheck
    from metaprop.questions.frequentist.answers import PublishedRate
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.reporting.stored import Beside

    type Call = Callable[[Callable[..., None]], None]

SAMPLER = "sampler"
"""Pictures that need the draws, below ``figures``."""


def plan_drawing(analysis: Analysis, also: Beside, folder: Path) -> Plan[None]:
    """Return how to fill a folder that has ``figures`` and ``tables``, and ``draws`` if any.

    ArviZ's own pictures, which take longest, come first.
    """
    calls = [*_of_draws(analysis, folder), *_beside(analysis, also, folder)]
    calls += main_figures(analysis, also, folder / "figures")
    return Plan(tuple(calls), _nothing)


def _nothing(_done: list[None]) -> None:
    """Return nothing: all of it is on the disk."""


def _call(work: Callable[..., None], *given: Any) -> Call:  # noqa: ANN401 - whatever the work takes
    """Return the work as a call that tells nothing."""
    return partial(_silently, work, given)


def _silently(
    work: Callable[..., None], given: tuple[Any, ...], _tell: Callable[..., None]
) -> None:
    work(*given)


def _of_draws(analysis: Analysis, folder: Path) -> Iterator[Call]:
    if (folder / "draws").is_dir():
        for outcome in analysis.outcomes:
            yield _call(_draw_sampler, outcome, analysis.level, folder)


def _draw_sampler(outcome: OutcomeAnswer, level: float, folder: Path) -> None:
    """Draw ArviZ's own pictures of one outcome's draws."""
    from metaprop.reporting.figures.sampler import save_sampler_figures

    draws = folder / "draws"
    files = {m: draws_file(draws, outcome.id, m.id) for m in prose.in_order(outcome.models)}
    trees = {prose.model_label(m, outcome): read_draws(path) for m, path in files.items()}
    save_sampler_figures(trees, level, folder / "figures" / SAMPLER, slug(outcome.id))


def main_figures(analysis: Analysis, also: Beside, folder: Path) -> Iterator[Call]:
    """Yield one figure of all outcomes, and two of each."""
    if len(analysis.outcomes) > 1:
        yield _call(_draw_outcomes, analysis, also.published, also.joint, folder)
    for outcome in analysis.outcomes:
        yield _call(_draw_outcome, outcome, analysis.level, analysis.kind, folder)


def _draw_outcomes(
    analysis: Analysis,
    published: dict[str, PublishedRate],
    joint: tuple[JointAnswer, ...],
    folder: Path,
) -> None:
    from metaprop.reporting.figures.outcomes import save_outcomes

    save_outcomes(analysis, published, whole_groups(joint), folder, "outcomes")


def _draw_outcome(outcome: OutcomeAnswer, level: float, kind: IntervalKind, folder: Path) -> None:
    from metaprop.reporting.figures.forest import save_forest
    from metaprop.reporting.figures.threshold_curves import save_threshold_curves

    save_forest(outcome, level, kind, folder, f"forest_{slug(outcome.id)}")
    save_threshold_curves(outcome, level, kind, folder, f"thresholds_{slug(outcome.id)}")


def _draw_updated(outcome: OutcomeAnswer, priors: tuple[PriorCheck, ...], folder: Path) -> None:
    """Draw priors and posteriors of the first outcome of a data set, its headline."""
    from metaprop.reporting.figures.updated import save_updated

    save_updated(outcome, priors, folder, f"priors_{slug(outcome.id)}")


def _beside(analysis: Analysis, also: Beside, folder: Path) -> Iterator[Call]:
    """Yield what stands beside the main analysis, as far as it was asked for."""
    yield _call(fill_paper, analysis, also, folder)
    if also.frequentist:
        yield _call(fill_frequentist, analysis, also.frequentist, folder)
    if also.joint:
        yield _call(fill_joint, also.joint, analysis, folder)
    if also.calibration is not None:
        yield _call(write_calibration, also.calibration, folder)
    if also.checks is not None:
        yield _call(fill_checks, also.checks, analysis.dataset, folder)
        yield _call(_draw_updated, analysis.outcomes[0], also.checks.priors, folder / "figures")
    if also.sensitivity is not None:
        yield _call(fill_sensitivity, also.sensitivity, folder)
        drawn = drawn_sensitivity(also.sensitivity, also.readings, folder / "figures")
        yield from map(_call, drawn)
    if also.moderators:
        yield _call(fill_moderators, also.moderators, analysis.dataset, folder)
    if also.audit is not None:
        yield _call(write_audit, also.audit, folder, _bayesian_lines(analysis))


def _bayesian_lines(analysis: Analysis) -> tuple[BayesianLine, ...]:
    """Return the average rates that stand beside the claims."""
    found = []
    for outcome in analysis.outcomes:
        for model in prose.varying(outcome):
            average = model.estimand("average")
            ends = (average.median.value, average.interval.low, average.interval.high)
            found.append(BayesianLine(outcome.id, model.family, *ends, analysis.level))
    return tuple(found)
