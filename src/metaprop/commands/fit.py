"""``metaprop fit``: the answer for one table or data set, on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.commands.inputs import FAILED, Reply, Steps, read_asked, read_models, read_options
from metaprop.core.errors import both
from metaprop.questions.analysis import analyse
from metaprop.reporting import prose, terminal
from metaprop.reporting.machine import machine_text
from metaprop.reporting.overview import agreement_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.commands.inputs import Options, Typed
    from metaprop.evidence.dataset import Dataset
    from metaprop.questions.answers import Analysis, OutcomeAnswer


def fit(  # noqa: PLR0913 - what was typed; all but two have names and defaults
    path: str,
    typed: Typed,
    *,
    models: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    as_json: bool = False,
    width: int = 100,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Reply:
    """Fit models to a CSV or a data set and return what to print.

    ``on_step`` is called as each step begins: with what it does, its number, and the number of all.

    Raises
    ------
    InputError
        If an option, the evidence or a model is at fault; nothing was computed.
    """
    options, (dataset, chosen) = both(
        lambda: read_options(typed),
        lambda: both(lambda: read_asked(path, outcomes), lambda: read_models(models)),
    )
    analysis = analyse(
        tuple(dataset.outcomes.values()),
        chosen,
        thresholds=options.thresholds,
        level=options.level,
        engine=options.engine,
        seed=options.seed,
        count_next=options.count_next,
        detail="summary",
        dataset=dataset.id,
        title=dataset.title,
        on_step=Steps.of(len(dataset.outcomes), len(chosen), options.engine, on_step),
    )
    code = FAILED if any(map(prose.failed, analysis.outcomes)) else 0
    if as_json:
        warnings = [line for o in analysis.outcomes for line in prose.quality_lines(o)]
        silences = [
            terminal.silence_line(o)
            for o in analysis.outcomes
            if dataset.outcomes[o.id].studies.silent
        ]
        return Reply(machine_text(analysis), "\n".join([*silences, *warnings]), code)
    return Reply(_text(analysis, dataset, options, width), code=code)


def _text(analysis: Analysis, dataset: Dataset, options: Options, width: int) -> str:
    lines = []
    for outcome in analysis.outcomes:
        told = options.thresholds or _main(outcome)
        named, studies = len(analysis.outcomes) > 1, dataset.outcomes[outcome.id].studies
        missing = int(studies.unreported.sum())
        said = terminal.outcome_lines(
            outcome, told, width, named=named, unreported=missing, silent=studies.silent
        )
        lines += [*said, ""]
    agreement = agreement_lines(analysis)
    if agreement:
        lines += [*agreement, ""]
    return "\n".join([*lines, terminal.foot_line(analysis)])


def _main(outcome: OutcomeAnswer) -> tuple[float, ...]:
    threshold = prose.main_threshold(outcome)
    return () if threshold is None else (threshold,)
