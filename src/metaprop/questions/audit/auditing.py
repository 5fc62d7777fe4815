"""Hold a data set's published numbers against its evidence: every check, in the order of print."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metaprop.core.errors import DatasetError, Problem
from metaprop.core.wording import visible
from metaprop.engines.frequentist.small_study.copas import COPAS
from metaprop.evidence.claims import Claim, claims_of, read_claims
from metaprop.evidence.dataset import Dataset, read_evidence
from metaprop.questions.audit.counted import selection_findings, settings_findings
from metaprop.questions.audit.held import Held
from metaprop.questions.audit.matching import match
from metaprop.questions.audit.plausible import recipes, reconstruction_findings
from metaprop.questions.audit.predicted import prediction_findings
from metaprop.questions.audit.printed_twice import printed_twice
from metaprop.questions.audit.quality import side_findings
from metaprop.questions.audit.reconstruction import RECONSTRUCTION
from metaprop.questions.audit.records import Audit, LineAudit, Shown, line_verdict
from metaprop.questions.audit.relations import relation_findings
from metaprop.questions.audit.settings import choices
from metaprop.questions.audit.shape import INFORMATION, SYMMETRY
from metaprop.questions.audit.space import space_of, zero_space
from metaprop.questions.audit.symmetry import shared_scale
from metaprop.questions.audit.tables import GRIM, summaries_in, table_findings
from metaprop.questions.audit.uncounted import line_findings, shared_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from metaprop.core.methods import Method
    from metaprop.evidence.dataset import Outcome
    from metaprop.evidence.studies import Studies
    from metaprop.questions.audit.records import Check, Finding
    from metaprop.questions.audit.settings import Choice
    from metaprop.questions.audit.space import Space

CLAIMS = "claims.csv"


def audit(
    evidence: Dataset | str | PathLike[str] | None = None,
    claims: str | PathLike[str] | None = None,
) -> Audit:
    r"""Hold published numbers against the evidence.

    Parameters
    ----------
    evidence
        A data set, its folder, or a plain CSV of studies; None where only the claims are known.
    claims
        A CSV of claims (``evidence.claims`` says how); None takes ``claims.csv`` of the data set.

    Returns
    -------
    Audit
        One finding for each check, with a verdict and a neutral sentence. Rates are in [0, 1].

    Raises
    ------
    DatasetError
        There are no claims, or the folder is at fault.
    TableError
        A table is at fault; with every fault.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     trees, print_ = Path(folder, "trees.csv"), Path(folder, "claims.csv")
    ...     _ = trees.write_text("study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n")
    ...     _ = print_.write_text("estimate_percent,ci_low_percent,ci_high_percent\n91,87,95\n")
    ...     found = audit(trees, print_)
    >>> found.lines[0].verdict
    'not reproduced'
    """
    dataset = evidence if isinstance(evidence, Dataset) or evidence is None else None
    if dataset is None and evidence is not None:
        dataset = read_evidence(evidence)  # type: ignore[arg-type]  # a path by now
    if claims is not None:
        return _of_claims(dataset, read_claims(claims), visible(claims))
    if dataset is None:
        what = "neither evidence nor claims were given"
        raise DatasetError(Problem(what, "audit", "Name a data set, or a CSV of claims"))
    return audit_dataset(dataset)


def audit_dataset(dataset: Dataset) -> Audit:
    """Hold the claims of a data set against its evidence.

    Raises
    ------
    DatasetError
        The data set has no claims.
    TableError
        ``claims.csv`` or ``summaries.csv`` is at fault; with every fault.
    """
    if dataset.claims is None:
        where = visible(dataset.folder / CLAIMS)
        remedy = "Add the published numbers there, or name another file with --claims"
        raise DatasetError(
            Problem("there are no claims to hold the evidence against", where, remedy)
        )
    return _audit(dataset, claims_in(dataset))


def claims_in(dataset: Dataset) -> tuple[Claim, ...]:
    """Return the claims of a data set, none where it has no file of them.

    Raises
    ------
    TableError
        ``claims.csv`` is at fault; with every fault.
    """
    if dataset.claims is None:
        return ()
    ids = dataset.covariates.get("study_id")
    known = [] if ids is None else [cell for cell in ids.values if cell is not None]
    return claims_of(
        dataset.claims,
        visible(dataset.folder / CLAIMS),
        tuple(dataset.outcomes),
        tuple(known) if known else dataset.study_names,
    )


def _of_claims(dataset: Dataset | None, claims: tuple[Claim, ...], where: str) -> Audit:
    """Audit the claims of a file of their own; a data set with one outcome is what all are of."""
    if dataset is None:
        lines = tuple(_line(Held(claim, claim.outcome), ()) for claim in claims)
        return _made("", where, 0, lines, ())
    if len(dataset.outcomes) == 1:
        (only,) = dataset.outcomes
        claims = tuple(replace(claim, outcome=only) for claim in claims)
    problems = [
        Problem(
            f"the claim is about {claim.outcome!r}, which is no outcome of the data set",
            f"{where}, row {claim.row}",
            f"Use one of {', '.join(dataset.outcomes)} in the column 'outcome'",
        )
        for claim in claims
        if claim.outcome not in dataset.outcomes
    ]
    if problems:
        raise DatasetError(problems)
    return _audit(dataset, claims)


def _audit(dataset: Dataset, claims: Sequence[Claim]) -> Audit:
    spaces = _Spaces()
    lines = [_held(dataset, claim, spaces) for claim in claims]
    home = [choice for held in lines for choice in _choices(held)]
    scale = home[0].variant.scale if home else None
    lines = [replace(held, home=scale) for held in lines]
    tried = recipes(home)
    summaries = summaries_in(dataset)
    twice = printed_twice(summaries, claims)
    aside = (*table_findings(dataset, summaries), *twice, *side_findings(dataset))
    together = (*shared_scale(lines), *shared_number(lines))
    related = (*relation_findings(dataset, lines), *together, *aside)
    own = {held.claim.outcome for held in lines}
    audited = tuple(
        _line(held, tried, tuple(one for one in related if one.about == held.claim.outcome))
        for held in lines
    )
    tables = tuple(one for one in related if one.about not in own)
    return _made(dataset.id, dataset.title, spaces.tried, audited, tables)


METHODS: Mapping[Check, Method] = {
    "symmetry": SYMMETRY,
    "information": INFORMATION,
    "reconstruction": RECONSTRUCTION,
    "selection model": COPAS,
    "whole numbers": GRIM,
}


def _made(
    dataset: str, title: str, tried: int, lines: tuple[LineAudit, ...], tables: tuple[Finding, ...]
) -> Audit:
    """Return an audit with the methods of the checks that ran."""
    ran = {one.check for line in lines for one in line.findings} | {one.check for one in tables}
    methods = tuple(method for check, method in METHODS.items() if check in ran)
    return Audit(dataset, title, tried, methods, lines, tables)


class _Spaces:
    """The answers to each table of counts, computed once for each and each level."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes, float], Space] = {}
        self._zero: dict[tuple[bytes, float], Space] = {}
        self.tried = 0

    def of(self, studies: Studies, level: float) -> Space:
        """Return every answer to one table of exact counts."""
        key = studies.events.tobytes(), studies.totals.tobytes(), level
        if key not in self._known:
            self._known[key] = space_of(studies, level)
            self.tried = len(self._known[key].settings)
        return self._known[key]

    def of_none(self, studies: Studies, level: float) -> Space:
        """Return the answers to no event in any of these studies."""
        key = studies.totals.tobytes(), level
        if key not in self._zero:
            self._zero[key] = zero_space(studies.totals, level)
        return self._zero[key]


def _held(dataset: Dataset, claim: Claim, spaces: _Spaces) -> Held:
    """Return a claim with its studies and all answers to them."""
    outcome = dataset.outcomes[claim.outcome]
    studies = outcome.studies
    held = Held(
        claim,
        outcome.label or outcome.id,
        studies,
        _places(dataset, outcome, claim),
        sum(basis == "silent" for basis in outcome.bases),
        zero=spaces.of_none(studies, claim.level),
    )
    if held.exact is None:
        return held
    space = spaces.of(studies, claim.level)
    return replace(held, space=space, match=match(space, claim))


def _places(dataset: Dataset, outcome: Outcome, claim: Claim) -> tuple[int, ...]:
    """Return where the studies named beside a line stand in its counts."""
    ids = dataset.covariates.get("study_id")
    names: Mapping[str | None, str] = dict(
        zip(dataset.study_names if ids is None else ids.values, dataset.study_names, strict=True)
    )
    order = {name: place for place, name in enumerate(outcome.studies.names)}
    places = [order[names[one]] for one in claim.listed if names.get(one) in order]
    return tuple(sorted(places))


def _choices(held: Held) -> tuple[Choice, ...]:
    """Return the two-step settings that show a line."""
    if held.match is None:
        return ()
    known = choices()
    return tuple(known[place] for place in held.match.shown_by if place < len(known))


def _line(held: Held, tried: Sequence[Choice], related: tuple[Finding, ...] = ()) -> LineAudit:
    """Return all findings about one claim."""
    findings = (
        *settings_findings(held),
        *prediction_findings(held),
        *line_findings(held),
        *reconstruction_findings(held, tried),
        *selection_findings(held),
        *related,
    )
    claim, exact = held.claim, held.exact
    nothing = float("nan")
    limits = claim.interval
    low, high = (nothing, nothing) if limits is None else (limits[0].value, limits[1].value)
    return LineAudit(
        outcome=claim.outcome,
        label=held.label,
        source=claim.source,
        line=claim.line,
        level=claim.level,
        printed=Shown(claim.estimate.value, low, high),
        recomputed=None if held.match is None else held.match.best,
        by="" if held.match is None else held.match.by,
        raw_rate=None if exact is None else float(exact.events.sum() / exact.totals.sum()),
        verdict=line_verdict(findings),
        findings=findings,
    )
