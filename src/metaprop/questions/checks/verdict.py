"""What the checks come to, in words that claim no more than they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.core.estimates import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.checks.answers import (
        PitCheck,
        StatisticCheck,
        StatisticName,
        StudySurprise,
    )

STATISTIC_LIMIT = 0.01
"""Two-sided P of a statistic below which the model misses it; six are looked at."""
LIMIT = 0.05
"""P of the evenness of the PIT values, and of the most surprising study among all."""
NAMES: dict[StatisticName, str] = {
    "studies_at_0": "studies at 0 %",
    "studies_at_100": "studies at 100 %",
    "smallest_rate": "smallest rate",
    "largest_rate": "largest rate",
    "total_events": "total of events",
    "sd_of_rates": "SD of the rates",
}
"""What each statistic is called inside a sentence."""
BEST = "by the table that fits best of those that the ranges allow"
"""How a statistic is judged where counts are ranges."""
REMEDY = (
    "Look at the study or the statistic named; fit the other family, or a model with a covariate"
)


def verdict(
    statistics: Sequence[StatisticCheck],
    pit: PitCheck | None,
    studies: Sequence[StudySurprise],
    most_surprising: float | None,
) -> Quality:
    """Return ``ok`` where no check shows a misfit, else ``caution`` with each of them.

    A check that finds nothing does not show that the model is right: with few and small studies
    wrong models pass easily. The mean P of evenness is doubled (doi:10.1093/biomet/asaa027).
    """
    found = list(_misfits(statistics, pit, studies, most_surprising))
    if found:
        return Quality("caution", f"The model misses {wording.listed(found)}.", REMEDY)
    looked = len(statistics) + (pit is not None) + (most_surprising is not None)
    checks = wording.counted(looked, "check", "checks")
    ranges = any(one.observed_low < one.observed_high for one in statistics)
    best = f", {BEST}" if ranges else ""
    return Quality(
        "ok",
        f"No sign of misfit in these {checks}{best}; that does not show the model to be right.",
    )


def _misfits(
    statistics: Sequence[StatisticCheck],
    pit: PitCheck | None,
    studies: Sequence[StudySurprise],
    most_surprising: float | None,
) -> Iterator[str]:
    for check in statistics:
        if check.posterior.two_sided < STATISTIC_LIMIT:
            p = wording.number(check.posterior.two_sided, 2)
            yield f"the {NAMES[check.statistic]} (two-sided posterior predictive P = {p})"
    # twice the mean of dependent P values is a P value: Vovk and Wang 2020
    if pit is not None and (even := 2.0 * pit.p_value.value) < LIMIT:
        p = wording.number(even, 2)
        yield f"the evenness of the leave-one-out PIT values (P = {p})"
    if most_surprising is not None and most_surprising < LIMIT:
        p = wording.number(most_surprising, 2)
        name = wording.visible(studies[0].name)
        yield f"study {name!r} (P = {p} for the most surprising of {len(studies)})"
