"""``metaprop check``: read a table, a data set or models, say what would be done, do nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.assumptions.model import default_models
from metaprop.commands.inputs import (
    Reply,
    model_files,
    read_all_models,
    read_asked,
    refuse_nameless,
)
from metaprop.core.wording import counted, listed, threshold
from metaprop.evidence.readings import read_readings
from metaprop.questions.audit.auditing import claims_in
from metaprop.questions.audit.tables import summaries_in
from metaprop.reporting.knowledge import knowledge_words
from metaprop.reporting.names import printable, slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import JointModel, Model
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.reading import Reading


def check(path: str) -> Reply:
    """Return what a file or folder holds and what would be done with it.

    Raises
    ------
    InputError
        With every fault found.
    """
    refuse_nameless(path, "what to check", "a table, a data set or a model file")
    place = Path(path)
    if place.suffix == ".toml" or _holds_models(place):
        models = read_all_models(model_files(place))
        return Reply(
            "\n\n".join([*map(_model_text, models.single), *map(_model_text, models.joint)])
        )
    dataset = read_asked(path)
    claims_in(dataset)
    summaries_in(dataset)
    readings = read_readings(dataset).readings
    return Reply(_dataset_text(dataset, readings, path))


def _holds_models(place: Path) -> bool:
    if not place.is_dir() or (place / "dataset.toml").exists():
        return False
    return any(place.glob("*.toml"))


def _model_text(model: Model | JointModel) -> str:
    return f"{model.id}\n{model.prose()}"


def _dataset_text(dataset: Dataset, readings: Sequence[Reading], path: str) -> str:
    outcomes = [_outcome_line(outcome) for outcome in dataset.outcomes.values()]
    models = listed([model.family for model in default_models()])
    typed, folder = printable(path), f"results/{slug(dataset.id)}/"
    count = counted(len(outcomes), "outcome", "outcomes")
    return "\n".join(
        [
            f"{printable(dataset.title)}: no fault found.",
            *outcomes,
            *_group_lines(dataset),
            *_reading_lines(dataset, readings),
            f"`metaprop fit {typed}` would fit {models} to {count} by the exact engine and print;",
            f"`metaprop run {typed} MODELS` would fit every model of MODELS and write {folder}.",
            "Nothing was fitted or written.",
        ]
    )


def _outcome_line(outcome: Outcome) -> str:
    studies = outcome.studies
    patients = int(studies.totals.sum())
    low, high = int(studies.low.sum()), int(studies.high.sum())
    events = counted(low, "event", "events") if low == high else f"{low} to {high} events"
    if studies.binding_total is not None:
        events += f" ({studies.binding_total} by the known total)"
    asked = listed([threshold(rate) for rate in outcome.thresholds])
    return (
        f"{printable(outcome.label or outcome.id)}: {counted(studies.k, 'study', 'studies')},"
        f" {events} of {counted(patients, 'patient', 'patients')};"
        f" {outcome.direction}; thresholds {asked or 'none'}; {knowledge_words(outcome)}."
    )


def _group_lines(dataset: Dataset) -> list[str]:
    """Return one line for each group: its outcomes, which follow from others, its supersets."""
    lines = []
    for group, members in dataset.groups.items():
        names = [f"{one.id} (a consequence)" if one.consequence else one.id for one in members]
        above = [one.id for one in dataset.outcomes.values() if one.any_of == group]
        superset = f"; {listed(above)} is any of them" if above else ""
        lines.append(f"Group {group}: {listed(names)}{superset}.")
    return lines


def _reading_lines(dataset: Dataset, readings: Sequence[Reading]) -> list[str]:
    """Return one line for each reading; its choices are counted, not listed."""
    lines = []
    for key in dict.fromkeys(reading.id for reading in readings):
        same = [reading for reading in readings if reading.id == key]
        reading = same[0]
        touched = counted(len(reading.outcomes), "outcome", "outcomes")
        if len(reading.outcomes) == 1:
            touched = printable(dataset.outcomes[reading.outcomes[0]].label).lower()
        choices = f", {len(same)} choices" if len(same) > 1 else ""
        gone = len(reading.overrides) - len(reading.standing(dataset))
        passed = (
            f", {counted(gone, 'cell', 'cells')} passed over: known better since" if gone else ""
        )
        lines.append(f"Reading {key} ({touched}{choices}{passed}): {printable(reading.sentence)}")
    return lines
