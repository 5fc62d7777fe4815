"""Checks of one printed line for which every count is known: which settings show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted, interval, listed, number
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.mean_interval import classic, hartung_knapp
from metaprop.engines.frequentist.pooling import common_effect
from metaprop.engines.frequentist.small_study.copas import copas
from metaprop.engines.frequentist.weighing import weigh
from metaprop.questions.audit.matching import MOST_TOLD, match, repairs
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.settings import choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.options import Correction
    from metaprop.evidence.claims import Claim
    from metaprop.questions.audit.held import Held
    from metaprop.questions.audit.matching import Match
    from metaprop.questions.audit.records import Verdict
    from metaprop.questions.audit.settings import Choice

COPAS_CORRECTIONS: tuple[Correction, ...] = ("only0", "all")
"""Corrections that the selection model is tried with, on the logit."""
CORRECTION_WORDS = {
    "only0": "0.5 added in studies with an empty cell",
    "all": "0.5 added in all studies",
}


def settings_findings(held: Held) -> Iterator[Finding]:
    """Yield which settings show a line, and if none does, what would explain it."""
    if held.match is None or held.space is None:
        claim, why = held.claim, "no table of counts tells the studies"
        if held.studies is not None:
            exact = int((held.studies.low == held.studies.high).sum()) - held.silent
            why = f"only {exact} of {held.studies.k} studies have a count that is known"
        sentence = f"The line cannot be recomputed: {why}."
        yield Finding(
            *(claim.outcome, claim.source, "settings", "cannot be checked", "certain", sentence)
        )
        return
    if held.match.found:
        yield _shown(held.claim, held.match)
        yield from pooled_findings(held)
    else:
        yield _not_shown(held)
        yield from _typing_errors(held)


def _numbers(match: Match) -> tuple[Number, ...]:
    tried = Number("settings tried", "", match.tried, "count")
    return tried, Number("settings that show the line", "", len(match.shown_by), "count")


def _shown(claim: Claim, match: Match) -> Finding:
    told = listed(match.settings[:MOST_TOLD], "or")
    more = len(match.settings) - MOST_TOLD
    rest = f" (and {counted(more, 'other way', 'other ways')} besides)" if more > 0 else ""
    enough = len(match.compared) > 2  # noqa: PLR2004 - an estimate and one limit
    return Finding(
        claim.outcome,
        claim.source,
        "settings",
        "reproduced with a setting",
        "strong" if enough else "weak",
        f"Every printed digit of {claim.line} is reproduced by: {told}{rest}.",
        _numbers(match),
        match.settings,
    )


def _not_shown(held: Held) -> Finding:
    assert held.match is not None  # noqa: S101 - asked only with a match
    nearest = held.match.misses[0]
    return Finding(
        held.claim.outcome,
        held.claim.source,
        "settings",
        "not reproduced",
        "strong",
        f"{held.claim.line} is reproduced by none of {held.match.tried:,} settings. "
        f"The nearest, {nearest.setting}, gives {nearest.line}.",
        _numbers(held.match),
        tuple(f"{miss.setting}: {miss.line}" for miss in held.match.misses),
    )


def _typing_errors(held: Held) -> Iterator[Finding]:
    """Yield single typing errors that would explain a line, and events taken for non-events."""
    assert held.space is not None  # noqa: S101 - asked only with a space
    claim = held.claim
    for repair, settings in repairs(held.space, claim)[:MOST_TOLD]:
        sentence = f"With {repair.words}, the line is reproduced by: {settings[0]}."
        yield _explained(claim, sentence, settings)
    turned = match(held.space, complement_of(claim))
    if turned.found:
        sentence = f"One less the printed rates are reproduced by: {turned.settings[0]}."
        yield _explained(claim, sentence, turned.settings)


def _explained(claim: Claim, sentence: str, settings: tuple[str, ...]) -> Finding:
    return Finding(
        claim.outcome,
        claim.source,
        "typing error",
        "cannot be checked",
        "weak",
        sentence,
        settings=settings,
        notable=True,
    )


def pooled_findings(held: Held) -> Iterator[Finding]:
    """Yield what the setting that shows a line does to it: its interval, and what it adds."""
    studies, place = held.exact, held.match.shown_by[0] if held.match and held.match.found else None
    known = choices()
    if studies is None or place is None or place >= len(known):
        return
    choice = known[place]
    one = choice.variant
    made = effects(studies.events, studies.totals, one.scale, one.correction, one.amount)
    yield from _narrow(held, made, choice)
    yield from _added(held, made)


def _narrow(held: Held, made: Effects, choice: Choice) -> Iterator[Finding]:
    """Say so if the printed interval is narrower than that of a common rate."""
    claim, limits = held.claim, held.claim.interval
    shared = common_effect(made, claim.level).rates(choice.size)
    low, high = float(shared.ci_low), float(shared.ci_high)
    if limits is None or not limits[1].high - limits[0].low < high - low:
        return
    between = estimate_tau2(made, choice.pooling.tau2) if choice.pooling.tau2 else np.zeros(())
    weighed = weigh(made, between)
    factor = float(hartung_knapp(made, weighed).se / classic(weighed).se)
    sentence = f"The interval is narrower than that of a common rate, {interval(low, high)}"
    if choice.pooling.interval == "hartung-knapp" and factor < 1.0:
        sentence += f": Hartung-Knapp multiplies the standard error by {number(factor)}"
    numbers = (
        Number("lower limit, common effect", "", low, "rate"),
        Number("upper limit, common effect", "", high, "rate"),
        Number("factor of the standard error", "", factor, "number"),
    )
    head = (claim.outcome, claim.source, "safeguard", "reproduced with a setting", "certain")
    yield Finding(*head, f"{sentence}.", numbers, notable=True)  # type: ignore[arg-type]  # the head's words are of their Literals


def _added(held: Held, made: Effects) -> Iterator[Finding]:
    """Say how many patients nobody had were added to the rarer kind."""
    assert held.exact is not None  # noqa: S101 - asked only with exact counts
    claim, added = held.claim, float(made.phantom_events)
    events = int(held.exact.events.sum())
    others = int(held.exact.totals.sum()) - events
    rarer, name = min((events, "events"), (others, "non-events"))
    if added == 0.0:
        return
    sentence = f"The correction adds {added:g} {name} that nobody had to {rarer} that were seen."
    numbers = (Number("added", "", added, "number"), Number("seen", "", rarer, "count"))
    head = (claim.outcome, claim.source, "correction", "reproduced with a setting", "certain")
    yield Finding(*head, sentence, numbers, notable=added > rarer)  # type: ignore[arg-type]  # the head's words are of their Literals


def complement_of(claim: Claim) -> Claim:
    """Return a claim with one less its rates."""
    low, high = claim.ci_low, claim.ci_high
    return replace(
        claim,
        estimate=claim.estimate.complement(),
        ci_low=None if high is None else high.complement(),
        ci_high=None if low is None else low.complement(),
    )


def selection_findings(held: Held) -> Iterator[Finding]:
    """Hold the P of a Copas selection model against that of two corrections."""
    claim, studies = held.claim, held.exact
    if claim.copas_p is None:
        return
    if studies is None:
        sentence = "The P of the selection model cannot be recomputed without counts."
        yield Finding(
            *(claim.outcome, claim.source, "selection model", "cannot be checked", "certain"),
            sentence,
        )
        return
    told: dict[str, float] = {}
    for correction in COPAS_CORRECTIONS:
        adjusted = copas(effects(studies.events, studies.totals, "logit", correction)).adjusted
        if adjusted is not None:
            told[CORRECTION_WORDS[correction]] = adjusted.residual_p
    shown = tuple(words for words, p in told.items() if claim.copas_p.shows(p))
    verdict: Verdict = "reproduced with a setting" if shown else "cannot be checked"
    printed = f"P = {claim.copas_p} of the selection model"
    found = listed([f"{claim.copas_p.written(p)} with {words}" for words, p in told.items()])
    sentence = f"{printed} is found with {listed(shown, 'or')}; the logit gives {found}."
    if not shown:
        sentence = f"{printed} is not found on the logit: {found or 'no P'}."
    other = [
        words for words in shown if held.match and any(words in s for s in held.match.settings)
    ]
    if shown and held.match and held.match.found and not other:
        sentence += " That is not the correction behind the pooled line."
    numbers = tuple(Number(words, str(claim.copas_p), p, "number") for words, p in told.items())
    yield Finding(
        *(claim.outcome, claim.source, "selection model", verdict, "weak", sentence, numbers),
        settings=shown,
        notable=bool(shown and not other),
    )
