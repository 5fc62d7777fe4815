"""From what was typed to what is asked: options, evidence and models, every fault at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.assumptions.model import (
    default_models,
    is_joint,
    is_regression,
    read_joint_model,
    read_model,
    read_regression_model,
    shipped_models,
)
from metaprop.core.errors import DatasetError, InputError, ModelError, OptionError, Problem
from metaprop.core.files import sha256
from metaprop.core.wording import listed, visible
from metaprop.evidence.dataset import read_evidence
from metaprop.evidence.faults import shown
from metaprop.questions.options import option_problems
from metaprop.reporting.names import csv_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from metaprop.assumptions.model import JointModel, Model, RegressionModel
    from metaprop.engines.posterior import EngineChoice
    from metaprop.evidence.dataset import Dataset


FAILED = 3
"""Exit code when a fit cannot be trusted."""
MOST_SIMULATED = 1_000_000
"""Reviews of each truth at the most: more are refused before anything is fitted, not after."""
_OPTION = {
    "thresholds": "--above",
    "level": "--level",
    "engine": "--engine",
    "count_next": "--count-next",
}
"""The option that sets each argument of ``analyse``."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command says: on standard output, on standard error, and with which exit code."""

    out: str
    err: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """The options of ``fit`` and ``run``, checked; ``thresholds`` None takes the outcome's own.

    ``simulate`` reviews for each truth calibrate the methods; 0 for none.
    """

    thresholds: tuple[float, ...] | None
    level: float
    engine: EngineChoice
    seed: int
    count_next: int | None
    simulate: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """The same options as typed."""

    above: tuple[str, ...] = ()
    level: str = "0.95"
    engine: str = "exact"
    seed: str = "0"
    count_next: str | None = None
    simulate: str = "0"


class Steps:
    """Tell the steps of an analysis: each fit by each engine; compiling is part of its fit."""

    def __init__(self, total: int, on_step: Callable[[str, int, int], None] | None) -> None:
        """Take the number of steps and whom to tell of each: what it does, its number, of all."""
        self._total = total
        self._begun = 0
        self._on_step = on_step

    @classmethod
    def of(
        cls,
        outcomes: int,
        models: int,
        engine: EngineChoice,
        on_step: Callable[[str, int, int], None] | None,
    ) -> Steps:
        """Return the steps of so many outcomes under so many models."""
        return cls(outcomes * models * (2 if engine == "both" else 1), on_step)

    def __call__(self, outcome: str, model: str, stage: str) -> None:
        """Tell that a stage of a fit begins."""
        if self._on_step is not None:
            self._on_step(f"{outcome}, {model}: {stage}", self._begun, self._total)
        self._begun += stage != "compiling"


def read_options(typed: Typed) -> Options:
    """Return the options, or raise OptionError with the fault of every one of them."""
    problems: list[Problem] = []
    above = [typed_number(text, float, "--above", 0.9, problems) for text in typed.above]
    level = typed_number(typed.level, float, "--level", 0.95, problems)
    seed = typed_number(typed.seed, int, "--seed", 1, problems)
    count = None
    if typed.count_next is not None:
        count = typed_number(typed.count_next, int, "--count-next", 20, problems)
    simulate = typed_number(typed.simulate, int, "--simulate", 400, problems)
    thresholds = [value for value in above if value is not None]
    known_level = 0.5 if level is None else level
    faults = option_problems(thresholds, known_level, "equal-tailed", typed.engine, count)
    problems += [replace(fault, where=_OPTION[fault.where]) for fault in faults]
    problems += [
        Problem(f"{value} is negative", option, "Give a whole number from 0")
        for option, value in (("--seed", seed), ("--simulate", simulate))
        if value is not None and value < 0
    ]
    if simulate is not None and simulate > MOST_SIMULATED:
        what, remedy = f"{simulate:,} is too many", f"Give a whole number up to {MOST_SIMULATED:,}"
        problems.append(Problem(what, "--simulate", remedy))
    if problems or level is None or seed is None or simulate is None:
        raise OptionError(problems)
    engine: EngineChoice = typed.engine  # type: ignore[assignment]  # option_problems knows it
    unique = tuple(dict.fromkeys(thresholds))
    return Options(unique or None, level, engine, seed, count, simulate)


def typed_number[T: (int, float)](
    text: str, kind: Callable[[str], T], option: str, example: T, problems: list[Problem]
) -> T | None:
    """Return what was typed as a number; where it is none, note the fault."""
    try:
        return kind(text)
    except ValueError:
        what = f"{text!r} is no {'whole ' if kind is int else ''}number"
        hint = f"Write a plain number, such as {example}"
        if text.rstrip().endswith("%"):
            hint = f"Write a proportion, not percent, such as {example}"
        problems.append(Problem(what, option, hint))
        return None


def refuse_nameless(path: str, where: str, kind: str) -> None:
    """Refuse an empty name, which would be taken for the folder that one is in."""
    if not path:
        raise OptionError(Problem("the name is empty", where, f"Name {kind}"))


def read_asked(path: str, outcomes: Sequence[str] = ()) -> Dataset:
    """Return the data set of a folder or a CSV, with the outcomes asked for (none: all).

    The one outcome of a plain CSV loses its label: a file's name is no word for a rate.
    """
    refuse_nameless(path, "the evidence", "a CSV of studies or the folder of a data set")
    dataset = read_evidence(path)
    if not Path(path).is_dir():
        bare = {key: replace(outcome, label="") for key, outcome in dataset.outcomes.items()}
        dataset = replace(dataset, outcomes=bare)
    problems = [
        Problem(
            f"no outcome is called {visible(name)!r}",
            "--outcome",
            f"Choose among {listed(list(map(visible, dataset.outcomes)), 'or')}",
        )
        for name in outcomes
        if name not in dataset.outcomes
    ]
    if problems:
        raise OptionError(problems)
    chosen = {key: dataset.outcomes[key] for key in dict.fromkeys(outcomes or dataset.outcomes)}
    return replace(dataset, outcomes=chosen)


def refuse_formulas(names: Sequence[str]) -> None:
    """Refuse names that must be read back as they are, and that a spreadsheet would execute."""
    problems = [
        Problem(
            f"the name {shown(name)} would be a formula in a spreadsheet",
            f"study {row:,}",
            "Rename the study so that it begins with a letter or a digit",
        )
        for row, name in enumerate(names, start=1)
        if csv_cell(name) != name
    ]
    if problems:
        raise DatasetError(problems)


def read_models(names: Sequence[str]) -> tuple[Model, ...]:
    """Return the models of files, or of stems of shipped ones; without names the default two."""
    if not names:
        return default_models()
    shipped = {path.stem: path for path in shipped_models()}
    problems = [
        Problem(
            f"no model is called {visible(name)!r}",
            "--model",
            f"Name a .toml file, or one of {listed(list(shipped), 'or')}",
        )
        for name in names
        if name not in shipped and not Path(name).suffix
    ]
    if problems:
        raise OptionError(problems)
    return read_model_files([shipped.get(name, Path(name)) for name in dict.fromkeys(names)])


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The models of several files: of one outcome, of a group of outcomes, with a covariate."""

    single: tuple[Model, ...]
    joint: tuple[JointModel, ...]
    regression: tuple[RegressionModel, ...]


def read_model_files(paths: Sequence[Path]) -> tuple[Model, ...]:
    """Return the models of one outcome, at least one, or raise ModelError with every fault."""
    found = read_all_models(paths)
    refuse_no_single(found)
    return found.single


def refuse_no_single(models: ModelFiles) -> None:
    """Refuse models none of which is of one outcome: nothing could be answered."""
    if not models.single:
        what, remedy = "there is no plain model of a single outcome", "Name one beside"
        raise ModelError(Problem(what, "the models", remedy))


def read_all_models(paths: Sequence[Path]) -> ModelFiles:
    """Return the models of several files, or raise ModelError with the faults of all."""
    single: list[Model] = []
    joint: list[JointModel] = []
    regression: list[RegressionModel] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            if is_joint(path):
                joint.append(read_joint_model(path))
            elif is_regression(path):
                regression.append(read_regression_model(path))
            else:
                single.append(read_model(path))
        except InputError as error:
            problems += error.problems
    every: list[Model | JointModel | RegressionModel] = [*single, *joint, *regression]
    counts = Counter(model.id for model in every)
    problems += [
        Problem(
            f"{n} models are called {name!r}", "the models", "Rename one file: stems name models"
        )
        for name, n in counts.items()
        if n > 1
    ]
    if problems:
        raise ModelError(problems)
    return ModelFiles(tuple(single), tuple(joint), tuple(regression))


def model_files(path: Path) -> tuple[Path, ...]:
    """Return the model files of a folder, sorted by name, or the one file itself."""
    if not path.exists():
        what, remedy = "there is no such file or folder", "Check the spelling"
        raise ModelError(Problem(what, visible(path), f"{remedy} and the folder that you are in"))
    if not path.is_dir():
        return (path,)
    found = tuple(sorted(path.glob("*.toml")))
    if not found:
        what = "this folder holds no model file"
        raise ModelError(
            Problem(what, visible(path), "Name a folder with .toml files, or one file")
        )
    return found


def input_hashes(data: Mapping[str, str], models: Sequence[Path]) -> dict[str, str]:
    """Return the SHA-256 of every file that results are made from, as a manifest names them."""
    found = {f"data/{name}": digest for name, digest in data.items()}
    return found | {f"models/{path.name}": sha256(path) for path in models}
