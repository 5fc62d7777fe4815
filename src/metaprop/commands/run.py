"""``metaprop run``: every outcome of a data set under every model, into a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.commands.asked import Chosen, ask_first, calibration_of, read_otherwise
from metaprop.commands.covariates import regressions
from metaprop.commands.inputs import (
    FAILED,
    Reply,
    Steps,
    input_hashes,
    model_files,
    read_all_models,
    read_asked,
    read_options,
    refuse_nameless,
    refuse_no_single,
)
from metaprop.commands.installed import versions
from metaprop.commands.sensitivity import how_far
from metaprop.core.errors import OptionError, Problem, both
from metaprop.core.files import check_place, scratch_folder
from metaprop.core.wording import visible
from metaprop.core.workers import Workers
from metaprop.evidence.readings import read_readings
from metaprop.questions.audit.auditing import audit_dataset
from metaprop.questions.checks.asking import ask_checks
from metaprop.questions.frequentist.published import published_rate
from metaprop.reporting import prose
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.calibration import ALONE
from metaprop.reporting.checks_words import terminal_lines
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.joint_shift import shift_words
from metaprop.reporting.names import slug
from metaprop.reporting.overview import overview_lines
from metaprop.reporting.records import RECORD_HEAD, Passport
from metaprop.reporting.report import write_report
from metaprop.reporting.sensitivity_words import hang_lines
from metaprop.reporting.stored import Beside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from metaprop.assumptions.model import Model
    from metaprop.commands.inputs import ModelFiles, Options, Typed
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.readings import ReadReadings
    from metaprop.questions.checks.answers import Checks
    from metaprop.questions.frequentist.answers import PublishedRate

DATA, MODELS = Path("data"), Path("models")
"""Where to look without arguments: the one data set there, and every model."""


def run(
    dataset: str | None,
    models: str | None,
    typed: Typed,
    *,
    output: str = "results",
    processes: int | None = 1,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Reply:
    """Analyse a data set, write ``output``/<data set> and return what to print.

    Parameters
    ----------
    dataset, models
        A folder or CSV of studies; a folder of model files or one file. None takes those of a
        checkout.
    output
        The folder that holds a folder of results for each data set.
    processes
        That share the work; None takes one for each processor. The numbers do not depend on it.
    on_step
        Called as each step begins: with what it does, its number from 0, and the number of steps.

    Raises
    ------
    InputError
        If an option, the evidence or a model is at fault; nothing was computed or written.
    OutputError
        If the folder is not ours to replace, which is told before anything is sampled, or the
        results could not be written; what stood there before is untouched.
    """
    refuse_nameless(output, "--output", "a folder, such as results")
    data_path, models_path = _paths(dataset, models)
    options, ((evidence, readings), (files, others)) = both(
        lambda: read_options(typed),
        lambda: both(lambda: _evidence(data_path), lambda: _models(models_path)),
    )
    found = audit_dataset(evidence) if evidence.claims is not None else None
    hashes = {**evidence.hashes, **readings.hashes}
    passport = _passport(hashes, files, _command(data_path, models_path, options))
    nuts = options.engine != "exact"
    regression = regressions(evidence, others.regression, options)
    chosen = Chosen(others.single, others.joint if nuts else (), regression)
    target = Path(output) / slug(evidence.id)
    check_place(target, begins=RECORD_HEAD, alone=ALONE)
    steps = Steps(_count(evidence, chosen, options, readings), on_step)
    with scratch_folder() as draws, Workers(processes) as workers:
        done_by = (workers, steps)
        first = ask_first(evidence, chosen, options, draws, done_by)
        analysis, single = first.analysis, chosen.single
        beside = Beside(
            readings=read_otherwise(evidence, readings.readings, single, analysis, done_by),
            frequentist=first.frequentist,
            published=_published(evidence),
            joint=first.joint,
            audit=found,
            evidence=evidence_of(evidence, readings.readings),
            assumptions=assumptions_of(single, (*chosen.joint, *regression), analysis),
            checks=_checks(evidence, single, options, done_by),
            sensitivity=how_far(evidence, readings, single, options, draws, done_by),
            moderators=first.moderators,
            calibration=calibration_of(evidence, single, options, target, done_by),
        )
        write_report(analysis, passport, target, beside, draws, workers)
    failed = any(map(prose.failed, analysis.outcomes))
    sampled = [answer.quality for answer in first.joint]
    sampled += [answer.quality for one in beside.moderators for answer in one.answers]
    failed |= any(quality.status == "failed" for quality in sampled)
    code = FAILED if failed else 0
    lines = overview_lines(analysis, beside.readings, _totals(evidence, readings))
    lines += [line for answer in first.joint if (line := shift_words(analysis, answer))][:1]
    lines += hang_lines(beside.sensitivity)
    lines += terminal_lines(beside.checks.fits if beside.checks is not None else ())
    return Reply("\n".join([*lines, f"Results are in {visible(target)}."]), code=code)


def _paths(dataset: str | None, models: str | None) -> tuple[Path, Path]:
    """Return where evidence and models lie, or say what to pass."""
    found = sorted(path.parent for path in DATA.glob("*/dataset.toml"))
    problems = []
    if dataset is None and len(found) != 1:
        held = (
            f"{DATA}/ here holds {len(found)} data sets" if found else f"there is no {DATA}/ here"
        )
        problems.append(_not_given("DATASET", f"{held}"))
    if models is None and not MODELS.is_dir():
        problems.append(_not_given("MODELS", f"there is no {MODELS}/ here"))
    if problems:
        raise OptionError(problems)
    return Path(dataset) if dataset is not None else found[0], Path(models or MODELS)


def _evidence(path: Path) -> tuple[Dataset, ReadReadings]:
    evidence = read_asked(str(path))
    return evidence, read_readings(evidence)


def _models(path: Path) -> tuple[tuple[Path, ...], ModelFiles]:
    files = model_files(path)
    found = read_all_models(files)
    refuse_no_single(found)
    return files, found


def _not_given(name: str, why: str) -> Problem:
    return Problem(
        f"{name} was not given, and {why}",
        "metaprop run",
        "Pass both: metaprop run FOLDER_OF_DATA FOLDER_OF_MODELS; for one table, "
        "metaprop fit FILE.csv needs nothing else",
    )


def _count(dataset: Dataset, chosen: Chosen, options: Options, readings: ReadReadings) -> int:
    """Return how many steps a run has: fits by each engine, readings, others."""
    outcomes = len(dataset.outcomes)
    fits = outcomes * len(chosen.single) * (2 if options.engine == "both" else 1)
    sampled = len(chosen.joint) * len(dataset.groups) + len(chosen.regression)
    return fits + sampled + len(readings.readings) + 3 * outcomes + bool(options.simulate)


def _checks(
    dataset: Dataset,
    models: tuple[Model, ...],
    options: Options,
    done_by: tuple[Workers, Steps],
) -> Checks:
    """Return whether each model can be trusted with each outcome."""
    workers, steps = done_by
    return ask_checks(
        tuple(dataset.outcomes.values()),
        models,
        thresholds=options.thresholds,
        level=options.level,
        seed=options.seed,
        on_step=steps,
        workers=workers,
    )


def _passport(hashes: Mapping[str, str], files: tuple[Path, ...], command: str) -> Passport:
    inputs = input_hashes(hashes, files)
    return Passport(command, inputs, versions())


def _command(data: Path, models: Path, options: Options) -> str:
    """Return the command that leads to the same results, without paths of this machine."""
    asked = "".join(f" --above {rate}" for rate in options.thresholds or ())
    level = f"--level {options.level} --engine {options.engine} --seed {options.seed}"
    simulated = f" --simulate {options.simulate}"
    return f"metaprop run {_shown(data)} {_shown(models)}{asked} {level}{simulated}"


def _shown(path: Path) -> str:
    here = Path.cwd().resolve()
    full = path.resolve()
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else full.name


def _published(dataset: Dataset) -> dict[str, PublishedRate]:
    """Return what a publication claims of the outcomes, where the data set holds its claims."""
    found = {name: published_rate(dataset.claims, name) for name in dataset.outcomes}
    return {name: rate for name, rate in found.items() if rate is not None}


def _totals(dataset: Dataset, readings: ReadReadings) -> dict[str, set[str]]:
    """Return, for each outcome with a known total, the readings that take it alone otherwise."""
    return {
        outcome.id: {
            reading.id
            for reading in readings.readings
            if reading.totals and not reading.overrides and reading.outcomes == (outcome.id,)
        }
        for outcome in dataset.outcomes.values()
        if outcome.known_total is not None
    }
