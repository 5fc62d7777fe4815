"""``metaprop run``: every outcome of a data set under every model, into a folder of results."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from metaprop.commands.covariates import ask_first_outcome, regressions
from metaprop.commands.inputs import (
    FAILED,
    Reply,
    Steps,
    input_hashes,
    model_files,
    read_all_models,
    read_asked,
    read_model_files,
    read_options,
    refuse_nameless,
)
from metaprop.commands.sensitivity import how_far
from metaprop.core.errors import OptionError, Problem
from metaprop.core.wording import visible
from metaprop.core.workers import Workers
from metaprop.engines.nuts.sampling import Settings
from metaprop.evidence.columns import covariates_of
from metaprop.evidence.readings import read_readings
from metaprop.questions.analysis import analyse
from metaprop.questions.audit.auditing import audit_dataset
from metaprop.questions.calibration.asking import calibrate, modest, usual_truths
from metaprop.questions.checks.asking import ask_checks
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.published import published_rate
from metaprop.questions.joint import LEAST, ask_joint
from metaprop.questions.readings import ask_readings
from metaprop.reporting import prose
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.calibration import Question, kept_calibration
from metaprop.reporting.checks_words import terminal_lines
from metaprop.reporting.draws import draws_file, write_draws
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.joint_shift import shift_words
from metaprop.reporting.names import slug
from metaprop.reporting.overview import overview_lines
from metaprop.reporting.records import Passport
from metaprop.reporting.report import write_report
from metaprop.reporting.sensitivity_words import hang_lines
from metaprop.reporting.stored import Beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from metaprop.assumptions.model import JointModel, Model
    from metaprop.commands.inputs import Options, Typed
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.readings import ReadReadings
    from metaprop.questions.answers import Analysis
    from metaprop.questions.calibration.records import Calibration
    from metaprop.questions.checks.answers import Checks
    from metaprop.questions.frequentist.answers import FrequentistAnswer, PublishedRate
    from metaprop.questions.joint_answers import JointAnswer

DATA, MODELS = Path("data"), Path("models")
"""Where to look without arguments: the one data set there, and every model."""
_PACKAGES = (
    *("arviz", "matplotlib", "metaprop", "numpy", "nutpie", "pymc", "pypandoc_binary", "scipy"),
    "typst",
)


def run(
    dataset: str | None,
    models: str | None,
    typed: Typed,
    *,
    output: str = "results",
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
    on_step
        Called as each step begins: with what it does, its number from 0, and the number of steps.

    Raises
    ------
    InputError
        If an option, the evidence or a model is at fault; nothing was computed or written.
    OutputError
        If the results could not be written; what stood there before is untouched.
    """
    options = read_options(typed)
    refuse_nameless(output, "--output", "a folder, such as results")
    data_path, models_path = _paths(dataset, models)
    evidence = read_asked(str(data_path))
    readings = read_readings(evidence)
    found = audit_dataset(evidence) if evidence.claims is not None else None
    files = model_files(models_path)
    hashes = {**evidence.hashes, **readings.hashes}
    passport = _passport(hashes, files, _command(data_path, models_path, options))
    target = Path(output) / slug(evidence.id)
    with TemporaryDirectory(prefix="metaprop-") as draws:
        chosen = read_model_files(files)
        others = read_all_models(files)
        together = others.joint if options.engine != "exact" else ()
        regression = regressions(evidence, others.regression, options)
        steps = Steps(
            _count(evidence, len(chosen), options, readings)
            + len(together) * len(evidence.groups)
            + len(regression),
            on_step,
        )
        analysis = _analyse(evidence, chosen, options, Path(draws), steps)
        read = ask_readings(
            evidence,
            readings.readings,
            chosen,
            analysis,
            lambda name: steps(name, "reading", "exact"),
        )
        frequentist = tuple(
            _frequentist(evidence, outcome, options, steps)
            for outcome in evidence.outcomes.values()
        )
        joint = tuple(
            answer for model in together for answer in _joint(evidence, model, options, steps)
        )
        beside = Beside(
            readings=read,
            frequentist=frequentist,
            published=_published(evidence),
            joint=joint,
            audit=found,
            evidence=evidence_of(evidence, readings.readings),
            assumptions=assumptions_of(chosen, (*together, *regression), analysis),
            checks=_checks(evidence, chosen, options, steps),
            sensitivity=how_far(evidence, readings, chosen, options, Path(draws), steps),
            moderators=ask_first_outcome(evidence, regression, options, steps),
            calibration=_calibration(evidence, chosen, options, target, steps),
        )
        write_report(analysis, passport, target, beside, Path(draws))
    failed = any(map(prose.failed, analysis.outcomes))
    sampled = [answer.quality for answer in joint]
    sampled += [answer.quality for one in beside.moderators for answer in one.answers]
    failed |= any(quality.status == "failed" for quality in sampled)
    code = FAILED if failed else 0
    lines = overview_lines(analysis, read, _totals(evidence, readings))
    lines += [line for answer in joint if (line := shift_words(analysis, answer))][:1]
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


def _not_given(name: str, why: str) -> Problem:
    return Problem(
        f"{name} was not given, and {why}",
        "metaprop run",
        "Pass both: metaprop run FOLDER_OF_DATA FOLDER_OF_MODELS; for one table, "
        "metaprop fit FILE.csv needs nothing else",
    )


def _analyse(
    dataset: Dataset,
    models: tuple[Model, ...],
    options: Options,
    draws: Path,
    steps: Steps,
) -> Analysis:
    """Return the analysis; the draws of NUTS are kept in a folder meanwhile."""

    def keep(outcome: str, model: str, tree: Any) -> None:  # noqa: ANN401 - xarray.DataTree
        write_draws(tree, draws_file(draws, outcome, model))

    return analyse(
        tuple(dataset.outcomes.values()),
        models,
        thresholds=options.thresholds,
        level=options.level,
        engine=options.engine,
        seed=options.seed,
        dataset=dataset.id,
        title=dataset.title,
        on_step=steps,
        on_draws=keep,
    )


def _count(dataset: Dataset, models: int, options: Options, readings: ReadReadings) -> int:
    """Return how many steps a run has: fits by each engine, readings, others."""
    outcomes = len(dataset.outcomes)
    fits = outcomes * models * (2 if options.engine == "both" else 1)
    return fits + len(readings.readings) + 3 * outcomes + bool(options.simulate)


def _frequentist(
    dataset: Dataset, outcome: Outcome, options: Options, steps: Steps
) -> FrequentistAnswer:
    """Return every frequentist method on one outcome, or why it is left out."""
    steps(outcome.id, "frequentist", "every method")
    return frequentist_answer(
        outcome,
        covariates_of(dataset.covariates, dataset.study_names, outcome.studies),
        published=published_rate(dataset.claims, outcome.id),
        level=options.level,
        seed=options.seed,
    )


def _checks(dataset: Dataset, models: tuple[Model, ...], options: Options, steps: Steps) -> Checks:
    """Return whether each model can be trusted with each outcome."""
    with Workers() as workers:
        return ask_checks(
            tuple(dataset.outcomes.values()),
            models,
            thresholds=options.thresholds,
            level=options.level,
            seed=options.seed,
            on_step=steps,
            workers=workers,
        )


def _calibration(
    dataset: Dataset, models: tuple[Model, ...], options: Options, target: Path, steps: Steps
) -> Calibration | None:
    """Return how every method does at the sizes of the first outcome; a stored answer is kept."""
    if not options.simulate:
        return None
    outcome = next(iter(dataset.outcomes.values()))
    steps(outcome.id, "calibration", "every method")
    varying = tuple(model for model in models if model.heterogeneity is not None)
    asked = Question(
        totals=tuple(outcome.studies.totals.tolist()),
        truths=usual_truths(outcome.studies),
        models=tuple(model.prose() for model in varying),
        level=options.level,
        seed=options.seed,
        replicates=options.simulate,
    )
    return kept_calibration(target, asked) or calibrate(
        outcome.studies,
        varying,
        effort=modest(options.simulate),
        level=options.level,
        seed=options.seed,
        outcome=outcome.id,
        label=outcome.label,
    )


def _joint(
    dataset: Dataset, model: JointModel, options: Options, steps: Steps
) -> Iterator[JointAnswer]:
    """Yield the fits of the joint model to every group of two or more outcomes."""
    for group, outcomes in dataset.groups.items():
        asked = [one for one in outcomes if one.id in dataset.outcomes]
        if len(asked) >= LEAST:
            steps(group, model.id, "sampling")
            settings = Settings(seed=options.seed)
            yield from ask_joint(group, asked, model, level=options.level, settings=settings)


def _passport(hashes: Mapping[str, str], files: tuple[Path, ...], command: str) -> Passport:
    inputs = input_hashes(hashes, files)
    versions = {name: _version(name) for name in _PACKAGES}
    return Passport(command, inputs, versions | {"python": platform.python_version()})


def _version(package: str) -> str:
    """Return the version of an installed package; metaprop may run from its source alone."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


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
