"""Checks of printed tables: whole numbers behind percentages, sums, means, numbers of studies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.core.wording import counted, listed, visible
from metaprop.evidence.printed import Printed, read_printed
from metaprop.evidence.summaries import summaries_of
from metaprop.questions.audit.records import Finding, Number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.columns import Column
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.summaries import PrintedSummary
    from metaprop.questions.audit.records import Check, Verdict

GRIM = Method(
    "GRIM",
    "Each printed percentage was held against those that whole numbers of patients can make.",
    "10.1177/1948550616673876",
)
PERCENT = "_percent"
TABLE, SUMMARIES = "studies.csv", "summaries.csv"
MOST_NAMED = 5
"""Rows that are named; the others are counted."""


def table_findings(dataset: Dataset, summaries: Sequence[PrintedSummary]) -> Iterator[Finding]:
    """Yield what the table of studies says by itself, and against what is printed of it."""
    for outcome in dataset.outcomes.values():
        column = dataset.covariates.get(f"{outcome.id}{PERCENT}")
        if column is not None:
            yield whole_numbers(dataset, outcome, column)
    yield from sexes(dataset)
    for summary in summaries:
        if not summary.again:
            yield summary_finding(dataset, summary)


def summaries_in(dataset: Dataset) -> tuple[PrintedSummary, ...]:
    """Return what is printed about the columns of a data set; nothing where there is no file.

    Raises
    ------
    TableError
        ``summaries.csv`` is at fault; with every fault.
    """
    if dataset.summaries is None:
        return ()
    where = visible(dataset.folder / SUMMARIES)
    return summaries_of(dataset.summaries, where, dataset.covariates, dataset.outcomes)


def whole_numbers(dataset: Dataset, outcome: Outcome, column: Column) -> Finding:
    """Say whether each percentage comes from a whole number of patients, and from the count."""
    studies, strange, other, told, only = outcome.studies, [], [], 0, 0
    sizes = dict(zip(studies.names, zip(studies.totals, studies.counts, strict=True), strict=True))
    for name, cell in zip(dataset.study_names, column.values, strict=True):
        printed = None if cell is None else read_printed(cell, 100.0)
        if printed is None or name not in sizes:
            continue
        told += 1
        total, count = sizes[name]
        fits = counts_behind(printed, int(total))
        strange += [name] * (not fits)
        only += len(fits) == 1
        other += [name] * (bool(fits) and not any(count.low <= y <= count.high for y in fits))
    verdict: Verdict = "impossible" if strange else "not reproduced" if other else "reproduced"
    sentence = f"Each of {told} percentages comes from a whole number of patients, that of counts."
    if strange:
        sentence = f"No whole number of patients makes the percentage of {_named(strange)}."
    elif other:
        sentence = f"The percentage is not that of the count in {_named(other)}."
    elif only == told:
        sentence += " No other whole number makes any of them."
    numbers = (
        Number("percentages", "", told, "count"),
        Number("percentages that one whole number alone makes", "", only, "count"),
    )
    return Finding(column.name, TABLE, "whole numbers", verdict, "certain", sentence, numbers)


def counts_behind(printed: Printed, total: int) -> tuple[int, ...]:
    """Return the counts of ``total`` patients whose percentage prints so.

    Examples
    --------
    >>> counts_behind(Printed("93", 100.0), 15), counts_behind(Printed("93", 100.0), 9)
    ((14,), ())
    """
    first = max(math.floor(printed.low * total) - 1, 0)
    last = min(math.ceil(printed.high * total) + 1, total)
    tried = np.arange(first, last + 1)
    return tuple(tried[printed.shows(tried / total)].tolist())


def _named(names: Sequence[str]) -> str:
    few = list(names[:MOST_NAMED])
    more = len(names) - len(few)
    return listed([*few, *([counted(more, "other", "others")] if more else [])])


def sexes(dataset: Dataset) -> Iterator[Finding]:
    """Say whether men and women make up the patients of every study."""
    men, women, n = (numbers_of(dataset, name) for name in ("men", "women", "n"))
    if not (men.size and women.size and n.size):
        return
    known = ~np.isnan(men + women + n)
    differ = known & (men + women != n)
    names = [name for name, wrong in zip(dataset.study_names, differ, strict=True) if wrong]
    sentence = f"Men and women make up the patients of all {int(known.sum())} studies that say so."
    if names:
        sentence = f"Men and women do not make up the patients of {_named(names)}."
    verdict: Verdict = "not reproduced" if names else "reproduced"
    yield Finding("men, women", TABLE, "sums", verdict, "certain", sentence)


def numbers_of(dataset: Dataset, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a column as numbers, shape (studies,), NaN where it is empty; () without it."""
    column = dataset.covariates.get(name)
    if column is None:
        return np.zeros(0)
    cells = [None if cell is None else read_printed(cell, 1.0) for cell in column.values]
    return np.array([np.nan if cell is None else cell.value for cell in cells])


def summary_finding(dataset: Dataset, summary: PrintedSummary) -> Finding:
    """Hold a printed sum, mean or number of studies against its columns."""
    columns = [numbers_of(dataset, name) for name in summary.columns]
    if summary.statistic != "studies" and np.isnan(columns).all():
        return _without_numbers(summary)
    if summary.statistic == "mean":
        return _mean(dataset, summary)
    names = listed(summary.columns, "or")
    check: Check = "sums"
    if summary.statistic == "sum":
        value = float(np.nansum(np.sum(columns, axis=0)))
        sentence = f"{names} adds up to {value:g}"
    else:
        value, check = float(np.any(~np.isnan(columns), axis=0).sum()), "numbers of studies"
        sentence = f"{counted(int(value), 'study', 'studies')} of {TABLE} give {names}"
    fine = bool(summary.printed.shows(value))
    tail = f"as printed ({summary.printed})" if fine else f"where print has {summary.printed}"
    return Finding(
        ", ".join(summary.columns),
        summary.source,
        check,
        "reproduced" if fine else "not reproduced",
        "certain",
        f"{sentence}, {tail}.",
        (Number(summary.statistic, str(summary.printed), value, "number"),),
    )


def _without_numbers(summary: PrintedSummary) -> Finding:
    """Say that columns hold no number to which a printed sum or mean could be held."""
    check: Check = "means" if summary.statistic == "mean" else "sums"
    names = listed(summary.columns, "or")
    sentence = f"No cell of {names} is a number: the printed {summary.printed} cannot be checked."
    about = ", ".join(summary.columns)
    return Finding(about, summary.source, check, "cannot be checked", "certain", sentence)


def _mean(dataset: Dataset, summary: PrintedSummary) -> Finding:
    """Hold a printed mean against that of the studies, plain and weighed by patients."""
    values, sizes = numbers_of(dataset, summary.columns[0]), numbers_of(dataset, "n")
    known = ~np.isnan(values)
    means = {"unweighted": float(values[known].mean())}
    if sizes.size and sizes[known].sum() > 0.0:  # not so where a size is not known
        means["weighted by patients"] = float(np.average(values[known], weights=sizes[known]))
    ways = tuple(
        f"{name}, {how}"
        for how in _ROUNDED
        for name, mean in means.items()
        if _ROUNDED[how](mean, summary.printed)
    )
    told = listed([f"{mean:.4g} {name}" for name, mean in means.items()])
    found = f"is the mean {listed(ways, 'or')}" if ways else "is neither of them"
    sentence = (
        f"The mean of {summary.columns[0]} over {int(known.sum())} studies is {told}; the printed "
        f"{summary.printed} {found}."
    )
    numbers = tuple(
        Number(f"mean, {name}", str(summary.printed), mean, "number")
        for name, mean in means.items()
    )
    verdict: Verdict = "reproduced with a setting" if ways else "not reproduced"
    if f"unweighted, {ROUNDED}" in ways:
        verdict = "reproduced"
    return Finding(
        *(summary.columns[0], summary.source, "means", verdict, "certain", sentence, numbers, ways)
    )


ROUNDED = "rounded"
_ROUNDED = {
    ROUNDED: lambda mean, printed: bool(printed.shows(mean)),
    "cut off": lambda mean, printed: bool(
        printed.value - 1e-9 <= mean < printed.value + printed.step
    ),
}
