"""``metaprop verify``: a folder of results held against the data and models that it came from."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.commands.again import (
    Asked,
    count,
    evidence_now,
    exact_parts,
    main_analysis,
    sampled_parts,
    slow_parts,
)
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
from metaprop.core.errors import OptionError, Problem
from metaprop.core.files import scratch_folder
from metaprop.core.wording import counted, visible
from metaprop.evidence.readings import read_readings
from metaprop.reporting.stored import read_results
from metaprop.reporting.tables import write_tables
from metaprop.reporting.verification.walking import Difference, count_numbers, differences
from metaprop.reporting.verification.words import Verified, changes_told, input_changes, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaprop.commands.again import Part
    from metaprop.reporting.stored import Results

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
        Whether to make anew what takes minutes, too: checks of fit and sensitivity.
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
    steps = Steps(count(asked), on_step)
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
    return _reply(folder, results, parts, _tables(Path(folder), results))


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


def _tables(folder: Path, results: Results) -> tuple[Difference, ...]:
    """Return the main tables that do not follow from the records beside them."""
    with scratch_folder() as fresh:
        write_tables(results.analysis, fresh, results.beside.readings)
        return tuple(
            Difference("tables", path.name, "the file", "is written otherwise", math.nan, 0.0)
            for path in sorted(fresh.iterdir())
            if not (found := folder / "tables" / path.name).is_file()
            or found.read_bytes() != path.read_bytes()
        )


def _left(results: Results, names: set[str]) -> tuple[str, ...]:
    """Return the parts of the folder that were not made anew, with the reason."""
    beside = results.beside
    reasons = {
        "what NUTS drew (--engine both samples again)": "draws" not in names
        and results.manifest.engine != "exact",
        "checks of fit (--thorough)": "checks of fit" not in names and beside.checks is not None,
        "sensitivity (--thorough)": "sensitivity" not in names and beside.sensitivity is not None,
        "power-scaling of the draws": any(
            one.power for one in (beside.sensitivity.outcomes if beside.sensitivity else ())
        ),
        "calibration, which is simulated": beside.calibration is not None,
        "pages and figures (metaprop report draws them from the same records)": True,
    }
    return tuple(reason for reason, stands in reasons.items() if stands)


def _reply(
    folder: str, results: Results, parts: list[Part], tables: tuple[Difference, ...]
) -> Reply:
    """Return the verdict first, then every difference."""
    found = Verified(
        parts=(*(part.name for part in parts if part.stored or part.now), "tables"),
        numbers=sum(count_numbers(part.stored, part.kind) for part in parts),
        differences=(
            *(d for p in parts for d in differences(p.name, p.stored, p.now, p.kind)),
            *tables,
        ),
        left=_left(results, {part.name for part in parts}),
    )
    if not found.differences:
        verdict = f"VERIFIED: {visible(folder)} follows from its data and models."
    else:
        many = counted(len(found.differences), "difference", "differences")
        verdict = f"DRIFT: {many} in {visible(folder)}, though data and models are the same."
    return Reply("\n".join([verdict, *told(found)]), code=FAILED if found.differences else 0)
