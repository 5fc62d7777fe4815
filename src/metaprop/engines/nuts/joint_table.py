"""The counts of several outcomes of the same studies, as arrays for one model.

Each pair of type and study that says something is a cell. Cells, types and studies are filled up
to round numbers, so that groups of like size need no compilation of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.engines.likelihood.cells import log_choose
from metaprop.engines.nuts.table import Table
from metaprop.evidence.studies import Studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.engines.nuts.table import Numbers

CELLS, TYPES, STUDIES = 64, 8, 16
"""Lengths are filled up to multiples of these."""


@dataclass(frozen=True, slots=True)
class JointTable:
    """The cells of a group of outcomes.

    ``types`` (C) and ``studies`` (I) are names; ``type_of`` and ``study_of`` say for each of the
    filled-up cells whose it is, shape ``(N,)``; ``cells`` has their counts.
    """

    types: tuple[str, ...]
    studies: tuple[str, ...]
    type_of: NDArray[np.int64]
    study_of: NDArray[np.int64]
    cells: Table

    @classmethod
    def of(cls, outcomes: Mapping[str, Studies]) -> JointTable:
        """Gather the cells of outcomes, by the names of types; studies are matched by name.

        Raises
        ------
        OptionError
            Fewer than two outcomes, nothing known of any, a known total, or too many counts.
        """
        problems = _problems(outcomes)
        if problems:
            raise OptionError(problems)
        names = dict.fromkeys(name for one in outcomes.values() for name in one.names)
        place = {name: i for i, name in enumerate(names)}
        type_of, study_of, low, high, totals = [], [], [], [], []
        for c, one in enumerate(outcomes.values()):
            said = np.flatnonzero((one.low > 0) | (one.high < one.totals))
            type_of += [c] * said.size
            study_of += [place[one.names[i]] for i in said.tolist()]
            low += one.low[said].tolist()
            high += one.high[said].tolist()
            totals += one.totals[said].tolist()
        length = round_up(len(low), CELLS)
        every = Studies(
            tuple(map(str, range(len(low)))), np.array(low), np.array(high), np.array(totals)
        )
        fill = [0] * (length - len(low))
        return cls(
            tuple(outcomes),
            tuple(names),
            np.array(type_of + fill, dtype=np.int64),
            np.array(study_of + fill, dtype=np.int64),
            Table.of(every, length),
        )

    def packed(self) -> dict[str, Numbers]:
        """Return two arrays that a model of any table takes: each array costs compilation.

        ``cells``, shape ``(5, N)``: type, study, least events, patients, log binomial coefficient.
        ``range_rows``, shape ``(4, R + 1)``: cell, patients, low, high, as ``range_op`` takes them.
        """
        packed = self.cells.packed()
        low, total, _ = packed["cells"]
        choose = log_choose(total, low)
        cells = np.stack([self.type_of, self.study_of, low, total, choose])
        return {"cells": cells, "range_rows": packed["range_rows"]}


def round_up(length: int, block: int) -> int:
    """Return the least multiple of ``block`` that is not below ``length``."""
    return block * -(-length // block)


def _problems(outcomes: Mapping[str, Studies]) -> list[Problem]:
    where = "the joint model"
    problems = []
    if len(outcomes) < 2:  # noqa: PLR2004 - the least that makes a group
        what = f"{len(outcomes)} outcome is no group"
        problems.append(Problem(what, where, "Give at least two outcomes"))
    if all(bool(np.all((s.low == 0) & (s.high == s.totals))) for s in outcomes.values()):
        problems.append(Problem("nothing is known of any outcome", where, "Give some counts"))
    problems += [
        Problem(
            f"a total of {one.binding_total} events is known for {name!r}",
            where,
            "It takes each study's own counts; leave the total out with with_known_total(None)",
        )
        for name, one in outcomes.items()
        if one.binding_total is not None
    ]
    return problems
