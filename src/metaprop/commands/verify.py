"""``metaprop verify``: a folder of results held against the data and models that it came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.commands.again import Asked, count, evidence_now, exact_parts, main_analysis
from metaprop.commands.again_drawn import sampled_parts
from metaprop.commands.again_slow import slow_parts
from metaprop.commands.inputs import (
    FAILED,
    Reply,
    Steps,
    Typed,
    input_hashes,
    model_files,
    read_all_models,
    read_asked,
    read_options,
    refuse_nameless,
)
from metaprop.commands.installed import versions
from metaprop.core.errors import OptionError, Problem
from metaprop.core.files import scratch_folder
from metaprop.core.wording import counted, listed, visible
from metaprop.evidence.readings import read_readings
from metaprop.reporting.report import fill_again
from metaprop.reporting.stored import read_results
from metaprop.reporting.tables import write_tables
from metaprop.reporting.verification.files import files_apart, files_of
from metaprop.reporting.verification.words import (
    Compared,
    Verified,
    changes_told,
    compared,
    input_changes,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaprop.commands.again import Part
    from metaprop.reporting.stored import Results
    from metaprop.reporting.verification.walking import Difference

STALE = 1
"""Exit code where data or models are not those of the results: nothing drifted, all is old."""
_ENGINES = ("exact", "nuts", "both")
_OPTIONS = {"--level": "level", "--engine": "engine", "--seed": "seed"}


def verify(
    folder: str,
    dataset: str | None = None,
    models: str | None = None,
    *,
    engine: str = "exact",
    thorough: bool = False,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Reply:
    """Make the numbers of a folder of results anew and hold them against the stored ones.

    Parameters
    ----------
    folder
        What ``metaprop run`` wrote; it is read only.
    dataset, models
        Where evidence and models are; None takes those of the command in the manifest.
    engine
        ``exact`` makes anew what needs no draws; ``nuts`` and ``both`` sample again as well, with
        another seed.
    thorough
        Whether to make anew what takes minutes, too: checks of fit, sensitivity, the first
        simulated reviews; and to draw every table, figure and document again.
    on_step
        As in ``metaprop.commands.run.run``.

    Returns
    -------
    Reply
        Code 0 where all numbers came back; 3 where one did not though data and models are the
        same; 1 where data or models changed: then what that changed in the conclusions.

    Raises
    ------
    InputError
        If an argument, a record, the evidence or a model is at fault.
    """
    refuse_nameless(folder, "RESULTS", "a folder that metaprop run wrote")
    if engine not in _ENGINES:
        what = f"{engine!r} is no engine"
        raise OptionError(Problem(what, "--engine", f"Choose among {', '.join(_ENGINES)}"))
    results = read_results(Path(folder))
    where = _paths(results.manifest.command, dataset, models)
    asked, hashes = _asked(results, *where)
    inputs = input_changes(results.manifest.inputs, hashes)
    many = count(asked, thorough=thorough, sampled=engine != "exact")
    steps = Steps(many, on_step)
    analysis = main_analysis(asked, "exact", steps)
    if inputs:
        seen = (results.beside.evidence, evidence_now(asked))
        lines = changes_told(results.analysis, analysis, seen, inputs)
        end = f"{visible(folder)} is out of date: write it again with metaprop run."
        return Reply("\n".join([*lines, "", end]), code=STALE)
    parts = [*exact_parts(results, asked, analysis, steps)]
    if thorough:
        parts += slow_parts(results, asked, steps)
    if engine != "exact":
        parts += sampled_parts(results, asked, steps)
    files = _files(Path(folder), results, thorough=thorough)
    return _reply(folder, results, parts, files, thorough=thorough)


def _paths(command: str, dataset: str | None, models: str | None) -> tuple[Path, Path]:
    """Return where evidence and models are: as passed, or as the manifest's command has it."""
    head = command.removeprefix("metaprop run ").partition(" --")[0].split()
    stored = head if len(head) == len(("DATASET", "MODELS")) else [None, None]
    paths = [given or kept for given, kept in zip((dataset, models), stored, strict=True)]
    problems = [
        Problem(
            "was not given, and is not where the results were made from",
            name,
            "Pass both: metaprop verify RESULTS DATASET MODELS",
        )
        for name, path in zip(("DATASET", "MODELS"), paths, strict=True)
        if path is None or not Path(path).exists()
    ]
    if problems:
        raise OptionError(problems)
    return Path(str(paths[0])), Path(str(paths[1]))


def _asked(results: Results, data: Path, models: Path) -> tuple[Asked, dict[str, str]]:
    """Return what was asked, and the hash of every file that it is read from."""
    dataset = read_asked(str(data))
    readings = read_readings(dataset)
    files = model_files(models)
    options = read_options(_typed(results.manifest.command))
    hashes = input_hashes({**dataset.hashes, **readings.hashes}, files)
    return Asked(dataset, readings, read_all_models(files), options), hashes


def _typed(command: str) -> Typed:
    """Return the options of the command in a manifest; what has no bearing here is passed over."""
    words = command.partition(" --")[2]
    pairs = [pair.split(" ", 1) for pair in f"--{words}".replace(" --", "\n--").split("\n")]
    typed: dict[str, str] = {}
    above = []
    for name, *value in pairs:
        if name == "--above":
            above += value
        elif name in _OPTIONS:
            typed |= dict.fromkeys([_OPTIONS[name]], "".join(value))
    return Typed(above=tuple(above), **typed)


def _files(
    folder: Path, results: Results, *, thorough: bool
) -> tuple[Compared, tuple[Difference, ...]]:
    """Return whether tables, or all that people read, follow from the records beside them."""
    same = _other_versions(results) == ""
    with scratch_folder() as fresh:
        if thorough:
            fill_again(results, folder, fresh)
            names = tuple(sorted({*files_of(folder), *files_of(fresh)}))
        else:
            (fresh / "tables").mkdir()
            write_tables(results.analysis, fresh / "tables", results.beside.readings)
            names = files_of(fresh)
        found = files_apart(folder, fresh, names, pictures=same)
    name = f"{len(names)} files" if thorough else f"{len(names)} tables"
    return Compared(name, "every byte, drawn from the records", 0, len(found), {}), found


def _other_versions(results: Results) -> str:
    """Return which versions are not those that the results were made with, in words."""
    here = versions()
    return listed(
        [
            f"{name} {here[name]} ({version} then)"
            for name, version in results.manifest.versions.items()
            if here.get(name, version) != version
        ]
    )


def _left(results: Results, names: set[str], *, thorough: bool) -> tuple[str, ...]:
    """Return the parts of the folder that were not made anew, with the reason."""
    beside, drawn = results.beside, "draws" in names
    calibration = beside.calibration
    sampler = calibration is not None and any(one.engine == "nuts" for one in calibration.ranks)
    power = any(one.power for one in (beside.sensitivity.outcomes if beside.sensitivity else ()))
    sampled = results.manifest.engine != "exact"
    other = _other_versions(results)
    reasons = {
        "what NUTS drew (--engine both samples again)": sampled and not drawn,
        "power-scaling of the draws (--engine both samples again)": power and not drawn,
        "checks of fit (--thorough)": beside.checks is not None and not thorough,
        "sensitivity (--thorough)": beside.sensitivity is not None and not thorough,
        "calibration (--thorough)": calibration is not None and not thorough,
        "P values of the ranks in the calibration, which take every simulated review, and "
        "what lies beyond the first reviews of models of the counts": calibration is not None
        and thorough,
        "ranks by NUTS in the calibration (metaprop calibrate --nuts)": sampler,
        "what belongs to the draws that were drawn: diagnostics, settings, distances of the "
        "engines (their verdicts and P values were), Pareto k": drawn,
        "ArviZ's pictures of the draws": sampled,
        "other tables, figures and documents (--thorough draws them again)": not thorough,
        f"figures and documents, since other versions draw them here: {other}": bool(other)
        and thorough,
    }
    return tuple(reason for reason, stands in reasons.items() if stands)


def _reply(
    folder: str,
    results: Results,
    parts: list[Part],
    files: tuple[Compared, tuple[Difference, ...]],
    *,
    thorough: bool,
) -> Reply:
    """Return the verdict first, then what was compared, then every difference."""
    held = [compared(p.name, p.stored, p.now, p.kind) for p in parts if p.stored or p.now]
    held.append(files)
    found = Verified(
        parts=tuple(part for part, _ in held),
        differences=tuple(difference for _, own in held for difference in own),
        left=_left(results, {part.name for part in parts}, thorough=thorough),
    )
    if not found.differences:
        verdict = f"VERIFIED: {visible(folder)} follows from its data and models."
    else:
        many = counted(len(found.differences), "difference", "differences")
        verdict = f"DRIFT: {many} in {visible(folder)}, though data and models are the same."
    return Reply("\n".join([verdict, *told(found)]), code=FAILED if found.differences else 0)
