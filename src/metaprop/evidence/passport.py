"""Read ``dataset.toml``: what a data set is, and which outcomes it reports.

With ``reading_head`` the only room of ``evidence`` that loads pydantic; ``dataset`` opens it when
a folder is read.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from metaprop.evidence.keys import Cell, Key, Line, Strict, read_keys

if TYPE_CHECKING:
    from metaprop.evidence.faults import Faults

Direction = Literal["higher is better", "lower is better"]


def _increasing(rates: list[float]) -> list[float]:
    if any(low >= high for low, high in pairwise(rates)):
        raise ValueError("thresholds increase from each to the next")
    return rates


Rate = Annotated[float, Field(gt=0, lt=1)]
Thresholds = Annotated[list[Rate], Field(min_length=1, max_length=50), AfterValidator(_increasing)]


class OutcomeEntry(Strict):
    """``[outcomes.<id>]``: thresholds are rates in (0, 1), with a reason if known.

    ``headline`` is the one of them that titles and first sentences are about.
    ``group`` names the outcomes that one joint model takes together; a ``consequence`` of the
    others in its group is left out of it once. ``any_of`` names the group whose outcomes this one
    is the superset of. ``known_total`` is a cell over all studies, read with its source.
    """

    label: Line
    direction: Direction
    thresholds: Thresholds
    headline: Rate | None = None
    thresholds_reason: Line | None = None
    group: Key | None = None
    consequence: bool = False
    any_of: Key | None = None
    known_total: Cell | None = None
    known_total_source: Line | None = None

    @model_validator(mode="after")
    def _asked(self) -> Self:
        if self.headline is not None and self.headline not in self.thresholds:
            raise ValueError(f"headline is one of the thresholds, which {self.headline:g} is not")
        return self


class ColumnEntry(Strict):
    """``[columns.<name>]``: what a column of ``studies.csv`` holds; no unit for words.

    A ``covariate`` may explain why rates differ: it has a ``label``, and a unit if it is a number.
    ``eligible`` are the cells that fit a ``criterion`` by which studies were to be chosen, as it is
    printed, with its place.
    """

    meaning: Line
    unit: Line | None = None
    label: Line | None = None
    covariate: Literal["number", "category"] | None = None
    eligible: list[Line] = Field(default_factory=list)
    criterion: Line | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.covariate is not None and self.label is None:
            raise ValueError("a covariate has a label, by which tables and figures call it")
        if self.covariate == "number" and self.unit is None:
            raise ValueError("a covariate that is a number has a unit")
        if self.covariate == "category" and self.unit is not None:
            raise ValueError("a covariate that is a category has no unit")
        if bool(self.eligible) != (self.criterion is not None):
            raise ValueError("a criterion and the cells that are eligible by it go together")
        return self


class Passport(Strict):
    """``dataset.toml``.

    ``registration`` says where the analysis was registered, or that it was not; ``limitations``
    are what a reader must know of the evidence, one sentence or two each.
    """

    title: Line
    question: Line
    citation: Line | None = None
    doi: Line | None = None
    registration: Line | None = None
    limitations: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    outcomes: Annotated[dict[Key, OutcomeEntry], Field(min_length=1)]
    columns: dict[str, ColumnEntry] = Field(default_factory=dict)


def read_passport(text: str, faults: Faults) -> Passport | None:
    """Return the passport, or None after noting every fault with its key, value and remedy."""
    entries: dict[str, type[Strict]] = {"outcomes": OutcomeEntry, "columns": ColumnEntry}
    return read_keys(text, Passport, faults, entries=entries, wordings=_WORDINGS)


_NO_RATE = ("{value} is no rate between 0 and 1", "Write 0.90 for 90 %")
_PLAIN_NAME = "Use small letters, digits and underscores, beginning with a letter"
_WORDINGS = {
    "literal_error": (
        "{value} is not allowed",
        "Write " + " or ".join(f'"{choice}"' for choice in get_args(Direction)),
    ),
    "covariate: literal_error": ("{value} is not allowed", 'Write "number" or "category"'),
    "string_pattern_mismatch": ("{value} is no name of an outcome", _PLAIN_NAME),
    "group: string_pattern_mismatch": ("{value} is no name of a group", _PLAIN_NAME),
    "any_of: string_pattern_mismatch": ("{value} is no name of a group", _PLAIN_NAME),
    "greater_than": _NO_RATE,
    "less_than": _NO_RATE,
    "finite_number": _NO_RATE,
}
