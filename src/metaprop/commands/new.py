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
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.assumptions.model import shipped_models
from metaprop.commands.inputs import Reply, read_asked, refuse_formulas, refuse_nameless
from metaprop.core.errors import OptionError, OutputError, Problem
from metaprop.core.files import write_folder
from metaprop.core.wording import counted, visible
from metaprop.evidence.faults import shown
from metaprop.evidence.studies import Studies
from metaprop.reporting.names import csv_cell, slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.evidence.counts import Count

MARKER = "README.md"
EXAMPLE = ("Example A", "Example B", "Example C"), (9, 14, 10), (9, 15, 11)
"""Studies of nobody, so that a project without a table runs: every row says so."""
LONGEST_LABEL = 200
"""Characters of an outcome's name."""
NOBODY = "made up, to be replaced: no study has this row"


@dataclass(frozen=True, slots=True)
class Start:
    """What a project starts from: its studies, and where each row comes from."""

    name: str
    studies: Studies
    sources: tuple[str, ...]


def new(
    folder: str, *, source: str | None = None, label: str = "Event", lower: bool = False
) -> Reply:
    """Write a new project and return what to do next.

    Parameters
    ----------
    folder
        The folder of the project; it must not exist, or be empty.
    source
        A CSV with the columns study, events and total; None starts from an example to replace.
    label
        What the outcome is called, such as "Union".
    lower
        Whether a lower rate is better.

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
    start = _start(target, source)
    write_folder(target, lambda fresh: _fill(fresh, start, label, lower=lower), marker=MARKER)
    return Reply(_next_steps(folder, start, source))


def _start(target: Path, source: str | None) -> Start:
    if source is None:
        studies = Studies.of(*EXAMPLE)
        return Start(slug(target.absolute().name), studies, (NOBODY,) * studies.k)
    if Path(source).is_dir():
        what, remedy = "this is a folder", "Name a CSV with the columns study, events and total"
        raise OptionError(Problem(what, f"--from {visible(source)}", remedy))
    dataset = read_asked(source)
    refuse_formulas(dataset)
    (outcome,) = dataset.outcomes.values()
    name = csv_cell(visible(Path(source).name))
    rows = tuple(f"{name}, study {i + 1}; say where it stands" for i in range(outcome.studies.k))
    return Start(slug(dataset.id), outcome.studies, rows)


def _fill(folder: Path, start: Start, label: str, *, lower: bool) -> None:
    data, models = folder / "data" / start.name, folder / "models"
    data.mkdir(parents=True)
    models.mkdir()
    outcome = slug(label.lower()).replace("-", "_") or "event"
    outcome = outcome if outcome[0].isalpha() else f"outcome_{outcome}"
    studies = start.studies
    sizes = studies.totals.tolist()
    cells = [_cell(count, total) for count, total in zip(studies.counts, sizes, strict=True)]
    rows = list(zip(studies.names, cells, map(str, sizes), start.sources, strict=True))
    _write_csv(data / "studies.csv", [("study", "source"), *((row[0], row[-1]) for row in rows)])
    head = ("outcome", "study", "events", "total", "source")
    _write_csv(data / "counts.csv", [head, *((outcome, *row) for row in rows)])
    (data / "dataset.toml").write_text(_passport(start, outcome, label, lower=lower), "utf-8")
    for path in _models():
        shutil.copyfile(path, models / path.name)
    (folder / MARKER).write_text(_readme(start), "utf-8")


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


def _passport(start: Start, outcome: str, label: str, *, lower: bool) -> str:
    """Return the passport: what is known is filled in, what is not is a question."""
    direction, thresholds = "higher is better", "[0.80, 0.85, 0.90, 0.95]"
    if lower:
        direction, thresholds = "lower is better", "[0.05, 0.10, 0.20]"
    asked = f"How often: {label.strip()}, for the average study and for the next one?"
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

[outcomes.{outcome}]
label = {_quoted(label.strip())}
# "higher is better" or "lower is better"?
direction = "{direction}"
# Which rates would change what you do? Between 0 and 1, increasing.
thresholds = {thresholds}
# Why these, and who says so?
# thresholds_reason = ""

# More outcomes: one such section each, with their rows in counts.csv.
# Those that belong together share a group = "...".

# What each further column of studies.csv holds; what may explain why rates differ is a covariate.
[columns]
# year = {{ meaning = "year of publication", unit = "year", label = "Year", covariate = "number" }}
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
    studies = counted(start.studies.k, "study", "studies")
    return (
        f"{visible(folder)} is a project with {studies} from {began}.\n"
        f"Next: answer the questions in data/{start.name}/dataset.toml, then, in that folder, "
        "`metaprop run`."
    )
