"""Sample anew, with another seed, all that is known by draws."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from metaprop.commands.again import Part, main_analysis
from metaprop.commands.covariates import plan_moderators, regressions
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.joint import LEAST, ask_joint
from metaprop.questions.sensitivity.asking import Asked as Sensitive
from metaprop.questions.sensitivity.outcome import powers_of, varying_models
from metaprop.questions.sensitivity.power_error import diagnostic_error
from metaprop.reporting.stored import as_stored
from metaprop.reporting.verification.by_draws import held_joint, held_moderators
from metaprop.reporting.verification.drawn import (
    held_agreements,
    held_power,
    judged_again,
    sampled_outcomes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.commands.again import Asked
    from metaprop.commands.inputs import Steps
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.questions.sensitivity.records import OutcomeSensitivity
    from metaprop.reporting.stored import Results

    type Trees = dict[tuple[str, str], Any]


def sampled_parts(results: Results, asked: Asked, steps: Steps) -> Iterator[Part]:
    """Yield all that is known by draws, sampled again with another seed."""
    other = replace(asked, options=replace(asked.options, seed=results.manifest.seed + 1))
    kept, trees = _powered(results), {}

    def keep(outcome: str, model: str, tree: Any) -> None:  # noqa: ANN401 - xarray.DataTree
        if any(one.id == outcome for one in kept):
            trees[outcome, model] = tree

    both = results.manifest.engine == "both"
    now = main_analysis(other, "both" if both else "nuts", steps, keep)
    yield Part.of("draws", "sampled", sampled_outcomes, results.analysis, now)
    if both:
        yield Part.of("agreement", "words", held_agreements, results.analysis, now)
        stored, again = judged_again(results.analysis)
        yield Part("its P values", stored, again, "replayed")
    for one in kept:
        yield _power(one, asked, trees)
    if results.beside.joint:
        joint = as_stored(tuple(_joint(other, steps)))
        yield Part.of("joint model", "sampled", held_joint, results.beside.joint, joint)
    if results.beside.moderators:
        models = regressions(other.dataset, other.models.regression, other.options)
        found = as_stored(plan_moderators(other.dataset, models, other.options).alone(steps))
        regression = results.beside.moderators
        yield Part.of("meta-regression", "sampled", held_moderators, regression, found)


def _powered(results: Results) -> tuple[OutcomeSensitivity, ...]:
    """Return what is known of the outcomes whose draws were reweighted."""
    found = results.beside.sensitivity
    return () if found is None else tuple(one for one in found.outcomes if one.power)


def _power(stored: OutcomeSensitivity, asked: Asked, trees: Trees) -> Part:
    models = asked.models.single
    own = {m.id: trees[stored.id, m.id] for m in varying_models(models)}
    question = Sensitive(stored.headline, stored.side, stored.level)
    studies = asked.dataset.outcomes[stored.id].studies
    now = as_stored(powers_of(studies, models, own, question))
    errors = {
        (one.model, one.component): diagnostic_error(own[one.model], one.component)
        for one in now
        if one.sampled is not None
    }
    held = partial(held_power, errors=errors)
    return Part.of(f"power-scaling of {stored.id}", "sampled", held, stored.power, now)


def _joint(asked: Asked, steps: Steps) -> Iterator[JointAnswer]:
    settings = Settings(seed=asked.options.seed)
    for model in asked.models.joint:
        for group, outcomes in asked.dataset.groups.items():
            kept = [one for one in outcomes if one.id in asked.dataset.outcomes]
            if len(kept) >= LEAST:
                steps(group, model.id, "sampling")
                level = asked.options.level
                yield from ask_joint(group, kept, model, level=level, settings=settings)
