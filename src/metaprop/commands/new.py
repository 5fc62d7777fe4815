"""``metaprop new``: a project of one's own, on which ``metaprop run`` works at once.

README.md                        what to fill in, and in which order
data/<name>/dataset.toml         the passport: questions to answer, each beside its key
data/<name>/studies.csv          one row for each study
data/<name>/counts.csv           events and totals, each with its source
models/*.toml                    what is assumed: copies of the shipped models
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.assumptions.model import shipped_models
from metaprop.commands.inputs import Reply, refuse_formulas, refuse_nameless
from metaprop.core.errors import OptionError, OutputError, Problem, TableError
from metaprop.core.files import read_text, write_folder
from metaprop.core.wording import counted, listed, visible
from metaprop.evidence.faults import shown
from metaprop.evidence.plain import further_columns, studies_in
from metaprop.evidence.studies import Studies
from metaprop.reporting.names import csv_cell, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.counts import Count

MARKER = "README.md"
EXAMPLE = ("Example A", "Example B", "Example C"), (9, 14, 10), (9, 15, 11)
"""Studies of nobody, so that a project without a table runs: every row says so."""
_OTHER_SIGNS = re.compile("[^a-z0-9]+")
LONGEST_ID = 40
"""Characters of an outcome's id, which names files too."""
MOST_NAMED = 8
"""Columns that are named; the others are counted."""
LABEL = "Event"
"""What an outcome is called until somebody says."""
LONGEST_LABEL = 200
"""Characters of an outcome's name."""
NOBODY = "made up, to be replaced: no study has this row"


@dataclass(frozen=True, slots=True)
class Start:
    """What a project starts from: what each outcome is called, its studies, each row's source.

    ``further`` are columns of the table that the project does not take over.
    """

    name: str
    outcomes: tuple[tuple[str, Studies], ...]
    sources: tuple[str, ...]
    further: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The studies, the same for each outcome."""
        return self.outcomes[0][1].names

    @property
    def ids(self) -> tuple[str, ...]:
        """An id for each outcome, no two alike."""
        found: list[str] = []
        for label, _ in self.outcomes:
            name = _OTHER_SIGNS.sub("_", label.lower()).strip("_")[:LONGEST_ID] or "outcome"
            name = name if name[0].isalpha() else f"outcome_{name}"
            found.append(name if name not in found else f"{name}_{len(found) + 1}")
        return tuple(found)


def new(
    folder: str,
    *,
    source: str | None = None,
    events: Sequence[str] = (),
    label: str = LABEL,
    lower: bool = False,
) -> Reply:
    """Write a new project and return what to do next.

    Parameters
    ----------
    folder
        The folder of the project; it must not exist, or be empty.
    source
        A CSV with the columns study, events and total; None starts from an example to replace.
    events
        Columns of events in that CSV, an outcome each, called as its column; none takes the one
        that is recognised.
    label
        What the outcome is called, such as "Union", where there is one.
    lower
        Whether lower rates are better.

    Raises
    ------
    InputError
        If the table or an argument is at fault; nothing was written.
    OutputError
        If the folder holds something already, or cannot be written.
    """
    refuse_nameless(folder, "FOLDER", "a folder for the project")
    if not label.strip() or not label.isprintable() or len(label) > LONGEST_LABEL:
        what, remedy = (
            f"{shown(visible(label))} is no name of an outcome",
            "Give words, such as Union",
        )
        raise OptionError(Problem(what, "--label", remedy))
    target = Path(folder)
    if target.is_symlink() or (target.exists() and (target.is_file() or any(target.iterdir()))):
        remedy = "Name a folder that does not exist yet."
        raise OutputError(f"{visible(folder)}: there is something here already. {remedy}")
    start = _start(target, source, events, label.strip())
    write_folder(target, lambda fresh: _fill(fresh, start, lower=lower), marker=MARKER)
    return Reply(_next_steps(folder, start, source))


def _start(target: Path, source: str | None, events: Sequence[str], label: str) -> Start:
    if source is None:
        if events:
            what, remedy = "there is no table to take columns from", "Name a CSV with --from"
            raise OptionError(Problem(what, "--events", remedy))
        studies = Studies.of(*EXAMPLE)
        return Start(slug(target.absolute().name), ((label, studies),), (NOBODY,) * studies.k)
    if Path(source).is_dir():
        what, remedy = "this is a folder", "Name a CSV with the columns study, events and total"
        raise OptionError(Problem(what, f"--from {visible(source)}", remedy))
    text = read_text(source, error=TableError)
    named = tuple(dict.fromkeys(events))
    outcomes = _outcomes(text, visible(source), named, label)
    refuse_formulas(outcomes[0][1].names)
    name = csv_cell(visible(Path(source).name))
    rows = tuple(f"{name}, study {i + 1}; say where it stands" for i in range(outcomes[0][1].k))
    return Start(slug(Path(source).stem), outcomes, rows, further_columns(text, named))


def _outcomes(
    text: str, where: str, events: Sequence[str], label: str
) -> tuple[tuple[str, Studies], ...]:
    """Return each outcome with its studies, or raise TableError with the faults of all columns."""
    if not events:
        return ((label, studies_in(text, where)),)
    found: list[tuple[str, Studies]] = []
    problems: list[Problem] = []
    for column in events:
        called = label if len(events) == 1 and label != LABEL else column
        try:
            found.append((called, studies_in(text, where, column)))
        except TableError as error:
            problems += error.problems
    if problems:
        raise TableError(list(dict.fromkeys(problems)))
    return tuple(found)


def _fill(folder: Path, start: Start, *, lower: bool) -> None:
    data, models = folder / "data" / start.name, folder / "models"
    data.mkdir(parents=True)
    models.mkdir()
    named = list(zip(start.names, start.sources, strict=True))
    _write_csv(data / "studies.csv", [("study", "source"), *named])
    head = ("outcome", "study", "events", "total", "source")
    _write_csv(data / "counts.csv", [head, *_counts(start)])
    (data / "dataset.toml").write_text(_passport(start, lower=lower), "utf-8")
    for path in _models():
        shutil.copyfile(path, models / path.name)
    (folder / MARKER).write_text(_readme(start), "utf-8")


def _counts(start: Start) -> Iterator[tuple[str, ...]]:
    for outcome, (_, studies) in zip(start.ids, start.outcomes, strict=True):
        rows = zip(studies.counts, studies.totals.tolist(), start.names, start.sources, strict=True)
        for count, total, name, source in rows:
            yield outcome, name, _cell(count, total), str(total), source


def _cell(count: Count, total: int) -> str:
    """Return a count by the grammar of a cell: what says nothing is unknown, not a range."""
    if count.low == count.high:
        return str(count.low)
    if count.high < total:
        return f"{count.low}-{count.high}"
    return f"{count.low}+" if count.low else "?"


def _models() -> tuple[Path, ...]:
    """Return every shipped model file, those of groups and of covariates too."""
    return tuple(sorted(shipped_models()[0].parent.glob("*.toml")))


def _write_csv(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _passport(start: Start, *, lower: bool) -> str:
    """Return the passport: what is known is filled in, what is not is a question."""
    labels = listed([label for label, _ in start.outcomes])
    asked = f"How often: {labels}, for the average study and for the next one?"
    pairs = zip(start.ids, start.outcomes, strict=True)
    sections = "\n".join(_section(name, label, lower=lower) for name, (label, _) in pairs)
    return f"""\
# The passport of this data set. Answer the questions; take away the # before a key you fill in.

# What is the review called?
title = {_quoted(start.name)}
# What do you want to know, in one sentence?
question = {_quoted(asked)}
# Where is the review published?
# citation = ""
# doi = "10."
# Where was this analysis registered, or was it not?
# registration = ""
# What must a reader know of the evidence? One sentence each.
# limitations = [""]

{sections}
# More outcomes: one such section each, with their rows in counts.csv.
# Those that belong together share a group = "...".

# What each further column of studies.csv holds; what may explain why rates differ is a covariate.
[columns]
# year = {{ meaning = "year of publication", unit = "year", label = "Year", covariate = "number" }}
"""


def _section(outcome: str, label: str, *, lower: bool) -> str:
    direction, thresholds, headline = "higher is better", "[0.80, 0.85, 0.90, 0.95]", "0.90"
    if lower:
        direction, thresholds, headline = "lower is better", "[0.05, 0.10, 0.20]", "0.10"
    return f"""\
[outcomes.{outcome}]
label = {_quoted(label)}
# "higher is better" or "lower is better"?
direction = "{direction}"
# Which rates would change what you do? Between 0 and 1, increasing.
thresholds = {thresholds}
# Which of them are titles about?
# headline = {headline}
# Why these, and who says so?
# thresholds_reason = ""
"""


def _quoted(text: str) -> str:
    """Return a text as a string of TOML: those of JSON are."""
    return json.dumps(text, ensure_ascii=False)


def _readme(start: Start) -> str:
    data = f"data/{start.name}"
    return f"""\
# {start.name}

`data/` is what was observed, `models/` is what is assumed, `results/` is what follows: nothing in
it is written by hand.

1. `{data}/studies.csv`: one row for each study; add what may explain why rates differ.
2. `{data}/counts.csv`: events and patients of each study, and where each number stands. A cell
   of `events` holds `3` (exactly), `1+` (at least), `0-3` (a range), or `?` (not reported, which
   is not zero).
3. `{data}/dataset.toml`: the questions there.
4. `models/`: the priors. Change one only before you have seen an answer, and write down why.

```console
$ metaprop check {data}    # every fault at once, nothing computed
$ metaprop run             # the report and all it stands on, in results/{start.name}
```
"""


def _next_steps(folder: str, start: Start, source: str | None) -> str:
    began = "an example that nobody observed" if source is None else visible(source)
    studies = counted(len(start.names), "study", "studies")
    outcomes = counted(len(start.outcomes), "outcome", "outcomes")
    lines = [f"{visible(folder)} is a project with {studies} and {outcomes} from {began}."]
    if start.further:
        told = listed([shown(name) for name in start.further[:MOST_NAMED]])
        more = len(start.further) - MOST_NAMED
        rest = f" and {counted(more, 'other', 'others')}" if more > 0 else ""
        lines.append(
            f"Not taken over: {told}{rest}. What counts events is named by --events; what may "
            f"explain why rates differ goes into data/{start.name}/studies.csv."
        )
    lines.append(
        f"Next: answer the questions in data/{start.name}/dataset.toml, then, in that folder, "
        "`metaprop run`."
    )
    return "\n".join(lines)
