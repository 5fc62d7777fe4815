"""What two runs of the sampler have in common: estimates, verdicts on agreement, power-scaling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.core.estimates import Estimate
from metaprop.questions.agreement import p_value_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.questions.answers import Agreement, Analysis, OutcomeAnswer
    from metaprop.questions.sensitivity.records import Component, PowerSensitivity


def sampled_outcomes(analysis: Analysis) -> tuple[OutcomeAnswer, ...]:
    """Return the outcomes with the estimands by NUTS in the place of the exact ones."""
    return tuple(
        replace(
            outcome,
            observed=(),
            models=tuple(
                replace(
                    model,
                    engine="nuts",
                    quality=model.quality if model.sampled is None else model.sampled.quality,
                    estimands=() if model.sampled is None else model.sampled.estimands,
                    studies=(),
                    curves=(),
                    log_marginal_likelihood=None,
                )
                for model in outcome.models
            ),
        )
        for outcome in analysis.outcomes
    )


@dataclass(frozen=True, slots=True)
class HeldAgreement:
    """Both engines on one fit, ``name``: how many comparisons, at which gate, passed or not."""

    name: str
    compared: int
    gate: float
    passed: bool


@dataclass(frozen=True, slots=True)
class HeldWorst:
    """The least probable comparison of one fit: its P, and how far apart the engines are there.

    ``largest`` is the greatest distance in standard errors, not below that of this comparison.
    """

    name: str
    p_value: float
    largest: float


def held_agreements(analysis: Analysis) -> tuple[HeldAgreement, ...]:
    """Return how every fit by both engines was judged."""
    return tuple(
        HeldAgreement(name, one.compared, one.gate, one.passed) for name, one in _agreed(analysis)
    )


def judged_again(analysis: Analysis) -> tuple[tuple[HeldWorst, ...], tuple[HeldWorst, ...]]:
    """Return the worst comparison of every fit as stored, and as it follows from its numbers."""
    found = dict(_agreed(analysis))
    stored = tuple(HeldWorst(n, one.worst.p_value, one.largest) for n, one in found.items())
    now = tuple(
        HeldWorst(n, p_value_again(one.worst), max(one.largest, _apart(one)))
        for n, one in found.items()
    )
    return stored, now


def _agreed(analysis: Analysis) -> Iterator[tuple[str, Agreement]]:
    for outcome in analysis.outcomes:
        for model in outcome.models:
            if model.sampled is not None and model.sampled.agreement is not None:
                yield f"{outcome.id}, {model.id}", model.sampled.agreement


def _apart(one: Agreement) -> float:
    error = one.worst.standard_error
    return abs(one.worst.sampled - one.worst.exact) / error if error > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class HeldPower:
    """One component raised to powers: ArviZ's diagnostic and the exact one, probabilities at each.

    None where there is no diagnostic.
    """

    model: str
    label: str
    diagnostic: Estimate | None
    exact: float | None
    at: tuple[float, ...]
    by_draws: tuple[Estimate, ...]
    by_quadrature: tuple[float, ...]


def held_power(
    found: Sequence[PowerSensitivity], errors: Mapping[tuple[str, Component], float]
) -> tuple[HeldPower, ...]:
    """Return power-scaling with an error of the diagnostic, by model and component."""
    return tuple(
        HeldPower(
            one.model,
            one.component,
            _diagnostic(one.sampled, errors.get((one.model, one.component))),
            one.exact,
            tuple(scaled.power for scaled in one.scaled),
            tuple(Estimate(scaled.sampled, scaled.standard_error) for scaled in one.scaled),
            tuple(scaled.exact for scaled in one.scaled),
        )
        for one in found
    )


def _diagnostic(value: float | None, error: float | None) -> Estimate | None:
    return None if value is None or error is None else Estimate(value, error)
