"""Checks of one printed line that need no counts: the line by itself, and the sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted, listed, percent
from metaprop.engines.frequentist.quantiles import chi2_tail
from metaprop.questions.audit.held import found
from metaprop.questions.audit.matching import match, repairs
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.settings import choices
from metaprop.questions.audit.shape import SCALE_WORDS, information, rulers, symmetric_on
from metaprop.questions.audit.symmetry import symmetry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.claims import Claim
    from metaprop.evidence.printed import Printed
    from metaprop.questions.audit.held import Held
    from metaprop.questions.audit.records import Sureness, Verdict
    from metaprop.questions.audit.shape import Information

MOST_STUDIES = 200
"""Numbers of studies that I2 and P are tried with, at least."""
MORE = 1.1
"""Times the patients (and two for each study, which corrections add) that a line may know.

Studies are weighed by their own rates, so that an honest interval may know a little more than one
rate would tell: less than this in made-up reviews.
"""


def line_findings(held: Held) -> Iterator[Finding]:
    """Yield what a printed line says by itself."""
    yield from order(held)
    yield from raw_rate(held)
    yield from symmetry(held)
    yield from patients_implied(held)
    yield from heterogeneity(held)
    yield from zero_events(held)


def order(held: Held) -> Iterator[Finding]:
    """Say whether the estimate lies between its limits."""
    claim = held.claim
    for limits in ((claim.ci_low, claim.ci_high), (claim.pi_low, claim.pi_high)):
        low, high = limits
        outside = [one for one in limits if one is not None]
        if not outside:
            continue
        fine = low is None or low.low <= claim.estimate.high
        fine = fine and (high is None or high.high >= claim.estimate.low)
        sentence = "The estimate lies between its limits."
        if not fine:
            told = listed([f"{one} %" for one in outside])
            sentence = f"The estimate {claim.estimate} % does not lie between its limits, {told}."
        verdict: Verdict = "reproduced" if fine else "impossible"
        yield found(claim, "order of the limits", verdict, "certain", sentence)


def raw_rate(held: Held) -> Iterator[Finding]:
    """Hold the printed events against the counts, and the raw rate against the interval."""
    claim, patients = held.claim, held.patients
    if held.studies is not None and claim.events_total is not None:
        yield _events(held, claim.events_total)
    events = claim.events_total if held.exact is None else int(held.exact.events.sum())
    if events is None or patients is None or events > patients:
        return
    rate = events / patients
    limits = claim.interval
    if limits is None:
        return
    inside = limits[0].low <= rate <= limits[1].high
    width = limits[1].value - limits[0].value
    far = max(limits[0].value - rate, rate - limits[1].value) > width
    turned = far and limits[0].low <= 1.0 - rate <= limits[1].high
    told = f"{events} of {patients} patients are {percent(rate)}"
    place = "which lies in" if inside else "which lies outside"
    sentence = f"{told}, {place} the printed interval of the pooled rate, {claim.line}."
    if turned:
        sentence += " The rate of those without the event lies in it."
    numbers = (Number("events", "", events, "count"), Number("raw rate", "", rate, "rate"))
    verdict: Verdict = "not reproduced" if turned else "reproduced"
    yield Finding(
        *(claim.outcome, claim.source, "raw rate", verdict, "certain", sentence, numbers),
        notable=not inside,
    )


def _events(held: Held, events: int) -> Finding:
    assert held.studies is not None  # noqa: S101 - asked only with studies
    low, high = int(held.studies.low.sum()), int(held.studies.high.sum())
    known = f"{low}" if low == high else f"{low} to {high}"
    fine = low <= events <= high
    tail = "as printed" if fine else f"not the printed {events}"
    if fine and low != high:
        tail = f"among them the printed {events}"
    sentence = f"The counts of the studies add up to {known}, {tail}."
    verdict: Verdict = "reproduced" if fine else "not reproduced"
    numbers = (Number("events", f"{events}", low if low == high else float("nan"), "count"),)
    return found(held.claim, "sums", verdict, "certain", sentence, *numbers)


def patients_implied(held: Held) -> Iterator[Finding]:
    """Say how many patients of one common rate would give so narrow an interval."""
    line, patients, k = held.line, held.patients, held.k
    if line is None or patients is None:
        return
    fits = symmetric_on(line, held.mean_sizes) or rulers(held.mean_sizes)
    told = [one for ruler in fits if (one := information(ruler, line, held.claim.level))]
    told = [one for one in told if np.isfinite(one.patients)]
    if not told:
        return
    least: Information = min(told, key=lambda one: one.least)
    room = MORE * (patients + 2 * (held.studies.k if held.studies is not None else k or 0))
    fine = least.least <= room or _explained(held)
    sentence = (
        f"So narrow an interval on the {SCALE_WORDS[least.scale]} scale takes about "
        f"{least.patients:.0f} patients if all studies have one rate; there were {patients}."
    )
    numbers = (
        Number("patients implied", "", least.patients, "number"),
        Number("patients", "", patients, "count"),
    )
    verdict: Verdict = "reproduced" if fine else "not reproduced"
    sure: Sureness = "weak" if fine else "strong"
    yield Finding(
        *(held.claim.outcome, held.claim.source, "information", verdict, sure, sentence, numbers),
        notable=least.least > patients,
    )


def _explained(held: Held) -> bool:
    """Return whether a setting shows the line whose interval is never too narrow."""
    known = choices()
    places = () if held.match is None else held.match.shown_by
    return any(place >= len(known) or known[place].pooling.guarded for place in places)


def studies_agreeing(claim: Claim, most: int) -> tuple[int, ...]:
    """Return the numbers of studies, from 2 on, with which I2 and the P of Q agree.

    Notes
    -----
    I2 = max(0, 1 - (k - 1) / Q), and P is that of a chi-squared with k - 1 degrees of freedom.
    """
    if claim.i2 is None or claim.q_p is None:
        return ()
    df = np.arange(1.0, most)
    low, high = (min(max(end, 0.0), 1.0) for end in (claim.i2.low, claim.i2.high))
    with np.errstate(divide="ignore"):
        most_q = df / (1.0 - high)
        least_q = np.zeros_like(df) if low == 0.0 else df / (1.0 - low)
    least_p, most_p = chi2_tail(most_q, df), chi2_tail(least_q, df)
    slack = 1e-9
    fine = (least_p <= claim.q_p.high + slack) & (most_p >= claim.q_p.low - slack)
    return tuple((df[fine] + 1).astype(int).tolist())


def heterogeneity(held: Held) -> Iterator[Finding]:
    """Say with how many studies I2 and P agree, if I2 was taken from Q."""
    claim, k = held.claim, held.k
    if claim.i2 is None or claim.q_p is None or k is None:
        return
    total = held.studies.k if held.studies is not None else k
    agreeing = studies_agreeing(claim, max(MOST_STUDIES, 2 * total))
    pair = f"I2 = {claim.i2} % and P {_sign(claim.q_p)}"
    numbers = (
        Number("studies named", f"{k}", k, "count"),
        Number("fewest studies that agree", "", min(agreeing, default=np.nan), "count"),
        Number("most studies that agree", "", max(agreeing, default=np.nan), "count"),
    )
    verdict: Verdict = "cannot be checked"
    if k in agreeing:
        verdict = "reproduced"
        sentence = f"{pair} agree with the {k} studies named{_also(agreeing, total, k)}."
    elif total in agreeing:
        verdict = "not reproduced"
        sentence = (
            f"{pair} agree for {_ranges(agreeing)} studies, among them all {total}, "
            f"and not for the {k} named beside the line, if I2 was taken from Q."
        )
    else:
        where = f"for {_ranges(agreeing)} studies" if agreeing else "for no number of studies"
        sentence = f"{pair} agree {where}, and not for {k}, unless I2 was taken from tau2."
    made = found(claim, "heterogeneity", verdict, "strong", sentence, *numbers)
    yield replace(made, notable=k not in agreeing)


def shared_number(lines: Sequence[Held]) -> Iterator[Finding]:
    """Say with which number of studies I2 and P agree in all lines of a table at once."""
    told = [one for one in lines if one.claim.i2 is not None and one.claim.q_p is not None]
    named = [held.k for held in told if held.k is not None]
    if len(named) < 2:  # noqa: PLR2004 - one line says nothing of others
        return
    most = max(MOST_STUDIES, 2 * max(named))
    rows = [set(studies_agreeing(held.claim, most)) for held in told]
    shared = tuple(sorted(set.intersection(*rows)))
    fewer = sum(k not in shared for k in named)
    what = f"for {_ranges(shared)} studies and for no other number" if shared else "for no number"
    sentence = (
        f"I2 and P of all {len(told)} lines agree {what}, if I2 was taken from Q; beside "
        f"{counted(fewer, 'line', 'lines')} another number of studies is named."
    )
    numbers = (Number("lines that name another number", "", fewer, "count"),)
    verdict: Verdict = "reproduced" if shared else "cannot be checked"
    yield Finding(
        *("all lines", told[0].claim.source, "heterogeneity", verdict, "strong", sentence, numbers),
        notable=fewer > 0,
    )


def _sign(p: Printed) -> str:
    return f"= {p}" if p.relation == "is" else f"{p}"


def _also(agreeing: tuple[int, ...], total: int, k: int) -> str:
    if total == k:
        return ""
    return f", and with all {total}" if total in agreeing else f", and not with all {total}"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Return whole numbers in words, neighbours as a range."""
    steps = np.flatnonzero(np.diff(numbers) > 1) + 1
    runs = np.split(np.array(numbers), steps)
    return listed([f"{run[0]}" if run.size == 1 else f"{run[0]} to {run[-1]}" for run in runs])


def zero_events(held: Held) -> Iterator[Finding]:
    """Say whether the line is what a usual setting returns for no event in any study.

    Asked only where the lower limit says something, and no setting shows the line from its counts.
    """
    line, shown = held.line, held.match is not None and held.match.found
    if line is None or held.zero is None or held.studies is None or shown or line[1].low <= 0.0:
        return
    bare = replace(held.claim, i2=None, q_p=None)
    same = match(held.zero, bare)
    mended = () if same.found else repairs(held.zero, bare)
    swapped = [row for row in mended if row[0].kind == "swapped digits"]
    if not same.found and not swapped:
        return
    settings = same.settings or swapped[0][1]
    but = "" if same.found else f", were it printed {swapped[0][0].words}"
    known = int(held.studies.low.sum())
    tail = f" At least {counted(known, 'event is', 'events are')} known." if known else ""
    sentence = (
        "The line is indistinguishable from what this setting returns for no event in all "
        f"{held.studies.k} studies{but}: {settings[0]}.{tail}"
    )
    verdict: Verdict = "not reproduced" if known else "reproduced with a setting"
    yield Finding(
        *(held.claim.outcome, held.claim.source, "zero events", verdict, "strong", sentence),
        settings=settings,
        notable=True,
    )
