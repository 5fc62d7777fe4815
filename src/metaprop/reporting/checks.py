"""What a folder of results holds of the checks: records, tables and figures.

checks/outcomes/<outcome>/<model>.json   the fit of one outcome
checks/priors/<model>.json               a model before any data
tables/checks.csv, surprise.csv          each statistic; each study against the others
tables/prior_information.csv             implied priors, and what they are worth in patients
figures/{checks,surprise}_<outcome>      the same as pictures; figures/priors all models' priors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.questions.checks.answers import Checks, FitCheck, PriorCheck
from metaprop.reporting import prose
from metaprop.reporting.checks_words import shown_models
from metaprop.reporting.names import slug
from metaprop.reporting.records import SCHEMA, read_record, write_record
from metaprop.reporting.tables import Cell, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from metaprop.questions.checks.answers import Replicated

CHECKS = (
    *("outcome", "model", "statistic", "observed_low", "observed_high", "replicated_from"),
    *("low", "median", "high", "level", "mid_p_low", "mid_p_high", "error", "two_sided_p"),
)
SURPRISE = (
    *("outcome", "model", "study", "events_low", "events_high", "total"),
    *("expected_low", "expected_high", "level", "pit_low", "pit_high", "error", "two_sided_p"),
    *("p_of_the_most_surprising", "p_of_even_pit", "error_of_even_pit"),
)
INFORMATION = (
    *("outcome", "model", "from", "estimand", "median", "low", "high", "level"),
    *("threshold", "probability_above", "worth_in_patients", "error"),
)


@dataclass(frozen=True, slots=True)
class FitCheckRecord:
    """The checks of one outcome under one model, as stored."""

    schema: int
    dataset: str
    check: FitCheck


@dataclass(frozen=True, slots=True)
class PriorCheckRecord:
    """A model before any data, as stored."""

    schema: int
    dataset: str
    check: PriorCheck


def fill_checks(checks: Checks, dataset: str, folder: Path) -> None:
    """Write records, tables and figures of the checks into an existing folder of results."""
    for fit in checks.fits:
        write_record(fit_file(folder, fit.outcome, fit.model), FitCheckRecord(SCHEMA, dataset, fit))
    for prior in checks.priors:
        write_record(prior_file(folder, prior.model), PriorCheckRecord(SCHEMA, dataset, prior))
    write_check_figures(checks, folder / "figures")
    tables = folder / "tables"
    write_csv(tables / "checks.csv", CHECKS, check_rows(checks.fits))
    write_csv(tables / "surprise.csv", SURPRISE, surprise_rows(checks.fits))
    write_csv(tables / "prior_information.csv", INFORMATION, information_rows(checks))


def fit_file(folder: Path, outcome: str, model: str) -> Path:
    """Return where the checks of one outcome under one model are stored."""
    return folder / "checks" / "outcomes" / slug(outcome) / f"{slug(model)}.json"


def prior_file(folder: Path, model: str) -> Path:
    """Return where a model before any data is stored."""
    return folder / "checks" / "priors" / f"{slug(model)}.json"


def read_checks(folder: Path, outcomes: Sequence[str], models: Sequence[str]) -> Checks | None:
    """Return the checks that stand in a folder of results, None where there are none.

    They are in the order of the ids of ``outcomes`` and ``models``.

    Raises
    ------
    DatasetError
        If a file is missing, damaged or of another schema.
    """
    if not (folder / "checks").is_dir():
        return None
    fits = (fit_file(folder, outcome, model) for outcome in outcomes for model in models)
    priors = (prior_file(folder, model) for model in models)
    return Checks(
        tuple(read_record(path, FitCheckRecord).check for path in fits),
        tuple(read_record(path, PriorCheckRecord).check for path in priors),
    )


def check_rows(fits: Sequence[FitCheck]) -> Iterator[tuple[Cell, ...]]:
    """Yield two rows for each statistic: against replicates after the data, and before."""
    for fit in fits:
        for one in fit.statistics:
            head = (fit.outcome, fit.model, one.statistic, one.observed_low, one.observed_high)
            yield (*head, "posterior", *_replicated(one.posterior, fit.level))
            yield (*head, "prior", *_replicated(one.prior, fit.level))
        for left in fit.unchecked:
            yield (fit.outcome, fit.model, left.statistic, *(None,) * 2, left.reason, *(None,) * 8)


def _replicated(found: Replicated, level: float) -> tuple[Cell, ...]:
    error = max(found.p_low.error, found.p_high.error)
    ends = (found.low, found.median, found.high, level)
    return (*ends, found.p_low.value, found.p_high.value, error, found.two_sided)


def surprise_rows(fits: Sequence[FitCheck]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each study, the most surprising of its outcome first."""
    for fit in fits:
        even = (None, None) if fit.pit is None else (fit.pit.p_value.value, fit.pit.p_value.error)
        for one in fit.studies:
            seen = (one.name, one.low, one.high, one.total)
            expected = (one.expected_low, one.expected_high, fit.level)
            pit = (one.below, one.upto, one.error, one.two_sided)
            yield (fit.outcome, fit.model, *seen, *expected, *pit, fit.most_surprising, *even)


def information_rows(checks: Checks) -> Iterator[tuple[Cell, ...]]:
    """Yield the implied priors by threshold, and what each average is worth in patients."""
    for prior in checks.priors:
        worth = (prior.information.value, prior.information.error)
        for one in prior.estimands:
            interval = one.interval
            where = (None, prior.model, "prior", one.estimand)
            ends = (one.median.value, interval.low, interval.high, prior.level)
            own = worth if one.estimand == "average" else (None, None)
            yield (*where, *ends, None, None, *own)
            for entry in one.above:
                yield (*where, *ends, entry.above, entry.probability.value, None, None)
    for fit in checks.fits:
        worth = (fit.information.value, fit.information.error)
        yield (fit.outcome, fit.model, "prior and data", "average", *(None,) * 6, *worth)


def write_check_figures(checks: Checks, folder: Path) -> None:
    """Draw two figures for each outcome, and one of the priors, into an existing folder."""
    from metaprop.reporting.figures.checks import save_checks
    from metaprop.reporting.figures.priors import save_priors
    from metaprop.reporting.figures.surprise import save_surprise

    for outcome in dict.fromkeys(fit.outcome for fit in checks.fits):
        mine = [fit for fit in checks.fits if fit.outcome == outcome]
        shown = shown_models(mine)
        save_checks(shown, folder, f"checks_{slug(outcome)}")
        if shown[0].studies:
            save_surprise(shown, folder, f"surprise_{slug(outcome)}")
    if checks.priors:
        save_priors(prose.in_order(checks.priors), folder, "priors")
