"""What a calibration says, in sentences made from its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.calibration.asking import Effort, modest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.calibration.records import Calibration, ModelRanks, Scenario, Simulated
    from metaprop.questions.calibration.truth import Truth

SPREADS = {"logit-normal": "tau", "beta-binomial": "rho"}
RATES = {"logit-normal": "typical rate", "beta-binomial": "average rate"}


def truth_words(truth: Truth) -> str:
    """Return a truth in a few words: its rate and how studies spread around it."""
    rate = f"{RATES[truth.family]} {wording.threshold(truth.rate)}"
    return f"{rate}, {SPREADS[truth.family]} {truth.spread:g}"


def calibrate_command(found: Calibration) -> str | None:
    """Return the command that made a calibration; None for one of the size that a run makes."""
    asked = {score.replicates for scenario in found.scenarios for score in scenario.scores}
    ranks = {one.engine: one.replicates for one in found.ranks}
    effort = Effort(
        max(asked, default=0), min(asked, default=0), ranks.get("exact", 0), ranks.get("nuts", 0)
    )
    if effort == modest(effort.replicates):
        return None
    truths = [scenario.truth for scenario in found.scenarios]
    options = dict.fromkeys(
        (
            *(f"--family {truth.family}" for truth in truths),
            *(f"--rate {truth.rate:g}" for truth in truths),
            *(f"--spread {truth.spread:g}" for truth in truths),
            f"--replicates {effort.replicates} --modelled {effort.modelled}",
            f"--ranks {effort.ranked} --nuts {effort.sampled} --seed {found.seed}",
        )
    )
    return f"metaprop calibrate FOLDER --outcome {found.outcome} {' '.join(options)}"


def simulated(number: Simulated, digits: int = 1) -> str:
    """Return a simulated share in percent with its Monte Carlo standard error in points."""
    error = f"{100 * number.error:.{digits}f}"
    return f"{wording.percent(number.value, digits)} (± {error})"


def coverage_finding(found: Calibration) -> str:
    """Return the finding of the scenarios: how often the usual interval and the best one hold."""
    usual = [scenario.scores[0].average.coverage.value for scenario in found.scenarios]
    level = wording.threshold(found.level)
    return (
        f"{level} intervals of the usual method hold the average rate in {_range(usual)} of "
        "simulated reviews"
    )


def _range(shares: list[float]) -> str:
    low, high = (wording.percent(share, 0) for share in (min(shares), max(shares)))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def coverage_sentences(found: Calibration) -> Iterator[str]:
    """Yield one sentence for each scenario, then how nominal coverage is to be read."""
    for scenario in found.scenarios:
        yield _scenario_sentence(scenario, found.level)
    yield (
        "Under one fixed truth a credible interval need not hold it with its nominal probability: "
        "that is promised on average over truths drawn from the prior, which the ranks test."
    )


def _scenario_sentence(scenario: Scenario, level: float) -> str:
    told = [
        f"{score.label} {simulated(score.average.coverage)}"
        for score in scenario.scores
        if score is scenario.scores[0] or score.kind in {"counts", "Bayesian"}
        if score.estimand != "typical" or score is scenario.scores[0]
    ]
    return (
        f"{truth_words(scenario.truth).capitalize()} (average rate "
        f"{wording.percent(scenario.average)}): {wording.threshold(level)} intervals hold the "
        f"average rate by {'; '.join(told)}. The usual method finds I2 = 0 in "
        f"{simulated(scenario.i2_zero)} of these reviews."
    )


def rank_sentence(found: ModelRanks) -> str:
    """Return whether the ranks of one model by one engine look uniform."""
    engine = {"exact": "quadrature", "nuts": "NUTS"}[found.engine]
    outside = [one.quantity for one in found.ranks if not one.inside]
    least = min(one.p_value for one in found.ranks)
    level = wording.threshold(found.ranks[0].level)
    verdict = (
        f"the ranks of {wording.listed(outside)} leave their {level} band"
        if outside
        else f"all ranks stay inside their {level} bands"
    )
    fits = wording.counted(found.failed, "fit", "fits")
    failed = f" {fits} could not be trusted." if found.failed else ""
    return (
        f"{found.family.capitalize()} ({found.model}) by {engine}, "
        f"{found.replicates:,} reviews drawn from its priors: {verdict} "
        f"(the least of "
        f"{len(found.ranks)} Kolmogorov P values is {wording.number(least, 2)}).{failed}"
    )
