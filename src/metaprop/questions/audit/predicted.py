"""Checks of a printed prediction interval, for which every count is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from metaprop.core.wording import listed
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import Prediction
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool
from metaprop.questions.audit.records import Finding
from metaprop.questions.audit.settings import PREDICTIONS, choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.engines.frequentist.rates import Rates
    from metaprop.evidence.studies import Studies
    from metaprop.questions.audit.held import Held
    from metaprop.questions.audit.records import Verdict
    from metaprop.questions.audit.settings import Choice

MOST_TRIED = 100
"""Settings that show the rest of a line and are tried with each prediction interval."""


def prediction_findings(held: Held) -> Iterator[Finding]:
    """Say which prediction intervals show the printed one, under settings that show the line."""
    claim, studies = held.claim, held.exact
    low, high = claim.pi_low, claim.pi_high
    if low is None or high is None or studies is None or not (held.match and held.match.found):
        return
    known = choices()
    tried = [known[place] for place in held.match.shown_by if place < len(known)][:MOST_TRIED]
    shown: list[str] = []
    for kind in get_args(Prediction):
        for choice in tried:
            rates = _rates(studies, choice, kind, claim.level)
            if low.shows(rates.prediction_low) and high.shows(rates.prediction_high):
                shown.append(PREDICTIONS[kind])
                break
    printed = f"The prediction interval [{low}, {high}]"
    sentence = f"{printed} is reproduced with: {listed(shown, 'or')}."
    if not shown:
        sentence = f"{printed} is reproduced by none of {len(PREDICTIONS)} kinds."
    verdict: Verdict = "reproduced with a setting" if shown else "not reproduced"
    yield Finding(
        *(claim.outcome, claim.source, "prediction interval", verdict, "strong", sentence),
        settings=tuple(shown),
    )


def _rates(studies: Studies, choice: Choice, kind: Prediction, level: float) -> Rates:
    one, how = choice.variant, choice.pooling
    with np.errstate(all="ignore"):
        made = effects(
            studies.events, studies.totals, one.scale, one.correction, one.amount, one.convention
        )
        plan = Plan(how.tau2 or "dl", how.interval, how.safeguard, kind, level)
        return pool(made, plan, tau2=None if how.tau2 else 0.0).rates(choice.size)
