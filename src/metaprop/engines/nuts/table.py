"""The counts of a table as PyMC takes them: arrays that can be exchanged without compiling again.

The non-centred logit-normal model has one parameter for each study, and the number of parameters
is fixed when a model is compiled. Tables are therefore filled up to a length with studies of no
patients, which say nothing.

With a known total a study that reports nothing has a range too, from none to all its patients, and
each range is first narrowed to the counts with which the others can reach the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.engines.nuts.range_op import APART
from metaprop.engines.nuts.totals import Beyond

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.evidence.studies import Studies

    type Ints = NDArray[np.int64]
    type Numbers = NDArray[np.int64] | NDArray[np.float64]

BLOCK = 8
"""Tables are filled up to a multiple of this, so that few lengths are ever compiled."""
MOST_STUDIES = 5_000
"""Each study is a parameter; beyond this a fit takes hours."""
WELL_KNOWN = 0.1
"""Variance of a study's own logit below which the study says more of it than the others do."""
MOST_TERMS = 50_000
"""Counts summed over all ranges in each step of the sampler."""
MOST_PRODUCTS = 500_000
"""Of a count and a sum of the others, where a total is known, in each step of the sampler."""


@dataclass(frozen=True, slots=True)
class Table:
    """Exact counts, and the counts that each range allows.

    ``events`` and ``total`` have shape ``(b,)``: 0 of 0 where a count is not known exactly, and
    from the k-th place on. ``centred`` is 1 for a study that tells its own rate, else 0.

    The ranges are told apart: range r is of study ``study[r]`` with ``patients[r]`` patients; its
    counts are ``counts[r]``, shape ``(R, W)``, and ``allowed`` is 0 for each of them and -inf for
    those that only fill the row. ``beyond`` is what a known total says of them together, None where
    it says nothing.
    """

    events: NDArray[np.int64]
    total: NDArray[np.int64]
    centred: NDArray[np.float64]
    study: NDArray[np.int64]
    patients: NDArray[np.int64]
    counts: NDArray[np.int64]
    allowed: NDArray[np.float64]
    beyond: Beyond | None

    @classmethod
    def of(cls, studies: Studies, length: int | None = None) -> Table:
        """Return the counts of ``studies``, filled up to ``length`` (None: not at all).

        Raises
        ------
        OptionError
            The table is too long, or its ranges too wide, for a sampler.
        """
        exact = studies.low == studies.high
        fill = np.zeros((length or studies.k) - studies.k, dtype=np.int64)
        ranged = np.flatnonzero(is_range(studies))
        low, high, beyond = _narrowed(studies, ranged)
        width = int((high - low).max()) + 1 if ranged.size else 1
        problems = _problems(studies.k, ranged.size * width, beyond)
        if problems:
            raise OptionError(problems)
        counts = low[:, None] + np.arange(width)
        inside = counts <= high[:, None]
        return cls(
            np.concatenate([np.where(exact, studies.low, 0), fill]),
            np.concatenate([np.where(exact, studies.totals, 0), fill]),
            np.concatenate([_tells_its_rate(studies), fill]),
            ranged,
            studies.totals[ranged],
            np.where(inside, counts, low[:, None]),
            np.where(inside, 0.0, -np.inf),
            beyond,
        )

    def data(self) -> dict[str, Numbers]:
        """Return the arrays that a model of this table needs, under its names for them."""
        arrays: dict[str, Numbers] = {"counted": self.events, "total": self.total}
        if self.centred.any():
            arrays["centred"] = self.centred
        if not self.study.size:
            return arrays
        if self.beyond is not None:
            arrays["beyond"] = np.array([self.beyond.least, self.beyond.most])
        return arrays | {
            "range_study": self.study,
            "range_total": self.patients,
            "range_counts": self.counts,
            "range_allowed": self.allowed,
        }

    def packed(self) -> dict[str, Numbers]:
        """Return two arrays that a model of any table takes: each array costs compilation.

        ``cells``, shape ``(3, b)``: the least events of each study, its patients, whether it is
        centred. ``range_rows``, shape ``(4, R + 1)``: of each range study, patients, low, high,
        then what is known of all ranges together, as ``range_op`` takes it.
        """
        low, total = self.events.copy(), self.total.copy()
        low[self.study], total[self.study] = self.counts[:, 0], self.patients
        ends = self.counts.min(axis=1), self.counts.max(axis=1)
        beyond = APART if self.beyond is None else (self.beyond.least, self.beyond.most)
        ranges = np.stack([self.study, self.patients, *ends]).astype(np.float64)
        return {
            "cells": np.stack([low, total, self.centred]).astype(np.float64),
            "range_rows": np.column_stack([ranges, [0.0, 0.0, *beyond]]),
        }


def padded_length(k: int) -> int:
    """Return the length that a table of ``k`` studies is filled up to."""
    return BLOCK * -(-k // BLOCK)


def is_range(studies: Studies) -> NDArray[np.bool_]:
    """Return which counts are ranges that say something, shape ``(k,)``."""
    ranged: NDArray[np.bool_] = studies.low < studies.high
    if studies.binding_total is not None:
        return ranged
    return ranged & ((studies.low > 0) | (studies.high < studies.totals))


def _tells_its_rate(studies: Studies) -> NDArray[np.float64]:
    """Return 1 for each study whose count fixes the logit of its rate well, else 0."""
    events, others = studies.low + 0.5, studies.totals - studies.high + 0.5
    well = (studies.low == studies.high) & (1.0 / events + 1.0 / others < WELL_KNOWN)
    return np.asarray(well, dtype=np.float64)


def _narrowed(studies: Studies, ranged: Ints) -> tuple[Ints, Ints, Beyond | None]:
    """Return the ends of the ranges that a known total allows, and what it says of their sum."""
    low, high = studies.low[ranged], studies.high[ranged]
    known = studies.binding_total
    if known is None:
        return low, high, None
    elsewhere = int(studies.low.sum() - low.sum())
    least, most = known.low - elsewhere, known.high - elsewhere
    highest = np.minimum(high, most - (low.sum() - low))
    lowest = np.maximum(low, least - (high.sum() - high))
    start = int(lowest.sum())
    return lowest, highest, Beyond(max(0, least - start), most - start)


def _problems(k: int, terms: int, beyond: Beyond | None) -> list[Problem]:
    remedy = "Use the exact engine, which takes any table"
    problems = []
    if k > MOST_STUDIES:
        what = f"{k:,} studies are more than the {MOST_STUDIES:,} that NUTS is asked for"
        problems.append(Problem(what, "engine nuts", remedy))
    if terms > MOST_TERMS:
        what = f"the ranges hold {terms:,} counts, and NUTS sums at most {MOST_TERMS:,}"
        problems.append(Problem(what, "engine nuts", remedy))
    products = 0 if beyond is None else terms * (beyond.most + 1)
    if products > MOST_PRODUCTS:
        what = f"the known total asks for {products:,} products, and NUTS takes {MOST_PRODUCTS:,}"
        problems.append(Problem(what, "engine nuts", remedy))
    return problems
