"""Make anew what takes minutes: checks of fit, sensitivity, simulated reviews."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metaprop.commands.again import Part
from metaprop.questions.calibration.asking import calibrate
from metaprop.questions.checks.asking import ask_checks
from metaprop.questions.sensitivity.dataset import ask_sensitivity
from metaprop.reporting.stored import as_stored
from metaprop.reporting.verification.simulated import (
    closed_part,
    effort_again,
    held_ranks,
    held_scores,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.commands.again import Asked
    from metaprop.commands.inputs import Steps
    from metaprop.questions.calibration.records import Calibration
    from metaprop.questions.sensitivity.records import Sensitivity
    from metaprop.reporting.stored import Results


def slow_parts(results: Results, asked: Asked, steps: Steps) -> Iterator[Part]:
    """Yield what takes minutes, without what is known by draws."""
    beside = results.beside
    if beside.checks is not None:
        yield _checks(results, asked, steps)
    if beside.sensitivity is not None:
        yield _sensitivity(beside.sensitivity, asked, steps)
    if beside.calibration is not None:
        yield from _calibration(beside.calibration, asked, steps)


def _checks(results: Results, asked: Asked, steps: Steps) -> Part:
    options = asked.options
    now = ask_checks(
        tuple(asked.dataset.outcomes.values()),
        asked.models.single,
        thresholds=options.thresholds,
        level=options.level,
        seed=options.seed,
        on_step=steps,
    )
    return Part("checks of fit", results.beside.checks, as_stored(now), "replayed")


def _sensitivity(stored: Sensitivity, asked: Asked, steps: Steps) -> Part:
    now = ask_sensitivity(
        asked.dataset,
        asked.readings.readings,
        asked.models.single,
        thresholds=asked.options.thresholds,
        level=asked.options.level,
        on_outcome=lambda name: steps(name, "sensitivity", "exact"),
    )
    return Part.of("sensitivity", "printed", _without_draws, stored, as_stored(now))


def _without_draws(found: Sensitivity) -> Sensitivity:
    return replace(found, outcomes=tuple(replace(one, power=()) for one in found.outcomes))


def _calibration(stored: Calibration, asked: Asked, steps: Steps) -> Iterator[Part]:
    """Yield what is simulated again in full, then the first reviews of the rest."""
    outcome = asked.dataset.outcomes.get(stored.outcome)
    models = {model.prose(): model for model in asked.models.single}
    if outcome is None or not set(stored.models) <= set(models):
        yield Part("calibration", stored, None, "words")
        return
    steps(outcome.id, "calibration", "every method")
    now = calibrate(
        outcome.studies,
        [models[words] for words in stored.models],
        truths=[scenario.truth for scenario in stored.scenarios],
        effort=effort_again(stored),
        level=stored.level,
        seed=stored.seed,
        outcome=outcome.id,
        label=outcome.label,
    )
    now = as_stored(now)
    yield Part("calibration", closed_part(stored), closed_part(now), "replayed")
    yield Part("its first reviews", held_scores(stored), held_scores(now), "sampled")
    ranks, again = held_ranks(stored, now)
    yield Part("its first ranks", ranks, again, "sampled")
