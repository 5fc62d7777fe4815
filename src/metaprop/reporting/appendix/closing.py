"""What limits the analysis, what its readers have to judge, and how to make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.appendix.blocks import (
    Address,
    Citation,
    Code,
    Column,
    Heading,
    Listing,
    ReferenceList,
    Section,
    Strong,
    Table,
    TableNumber,
    bullets,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.references import known
from metaprop.reporting.appendix.words import UNKNOWN, label, median_and_ends
from metaprop.reporting.calibration_words import calibrate_command
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.core.methods import Method
    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

GRADE, MISSING, METHODS, INPUTS = "grade", "rob-me", "methods", "inputs"
DOMAINS = (
    *("Risk of bias", "Inconsistency", "Indirectness", "Imprecision"),
    *("Publication bias", "Certainty"),
)
"""What GRADE asks about a body of evidence, and its answer."""
NO_LIMITATIONS = (
    "The data set names no limitation of its evidence: whether reports were read in full, share "
    "patients or meet the criteria of a review is not recorded."
)
NOT_IN_PRINT = (
    "counts are not numbers in print. Ranges assume coarsening at random; what is not reported may "
    "be missing because of what it was."
)
NO_EFFECT = (
    "Single-arm proportions compare nothing: no rate here is an effect of a treatment. Whether "
    "small or bad studies bias the whole is not modelled."
)
UNDER_A_MODEL = (
    "A probability holds under its model and its priors. With few events the data say little about "
    "how much studies differ, and the rate of a new study depends on that most."
)
GRADE_DOI = "https://doi.org/10.1136/bmj.39489.470347.AD"
ROB_ME_DOI = "https://doi.org/10.1136/bmj-2023-076754"


def limitations(results: Results) -> Section:
    """Return what a reader must know: what the data set says of itself, then what records show."""
    told = bullets(*([sentence] for sentence in _limits(results)))
    return Section((Heading(1, "Limitations"), told))


def _limits(results: Results) -> Iterator[str]:
    evidence = results.beside.evidence
    if evidence is not None:
        yield from map(printable, evidence.limitations or (NO_LIMITATIONS,))
        counts = [count for outcome in evidence.outcomes for count in outcome.counts]
        read = sum(count.basis != "reported" for count in counts)
        if read:
            yield f"{read} of {len(counts)} {NOT_IN_PRINT}"
    yield NO_EFFECT
    yield UNDER_A_MODEL
    if results.beside.joint:
        yield "The joint model does not know which outcomes the same patient had."


def certainty(results: Results) -> Section:
    """Return the tables that people have to fill: certainty of evidence, and missing results."""
    told = paragraph(
        "How certain the evidence is, and how far missing evidence puts it at risk of bias, are "
        "judgements that numbers cannot make. ",
        TableNumber(GRADE),
        " and ",
        TableNumber(MISSING),
        " hold the facts at hand in the terms of GRADE (",
        Address(GRADE_DOI),
        ") and ROB-ME (",
        Address(ROB_ME_DOI),
        "); the empty cells are for the authors.",
    )
    head = Heading(1, "Certainty of the evidence")
    return Section((head, told), (_grade(results), _rob_me(results)))


def _grade(results: Results) -> Table:
    heads = (
        Column("Outcome and facts at hand", 0.34),
        *(Column(name, 0.11) for name in DOMAINS),
    )
    rows = tuple(
        cells(
            inlines(Strong(label(outcome)), f" {_facts(outcome)}"),
            *("",) * len(DOMAINS),
        )
        for outcome in results.analysis.outcomes
    )
    notes = inlines(
        "Certainty: high, moderate, low or very low. Facts are those of the first model (percent): "
        "the interval of the average bears on imprecision; how much wider that of a new study is, "
        "on inconsistency."
    )
    caption = "Certainty of the evidence in the terms of GRADE, to be filled in."
    return Table(GRADE, caption, heads, rows, (notes,))


def _facts(outcome: OutcomeAnswer) -> str:
    model = prose.headline(outcome)
    average, new = model.estimand("average"), model.estimand("new_study")
    ends = average.interval
    inside = [wording.threshold(rate) for rate in outcome.thresholds if ends.low < rate < ends.high]
    crosses = (
        f"the interval of the average holds the threshold{'s' * (len(inside) > 1)} "
        f"{wording.listed(inside)}"
        if inside
        else "the interval of the average holds no threshold"
    )
    totals = outcome.totals
    size = f"{totals.studies} studies, {totals.patients} patients"
    rates = f"Average {median_and_ends(average)}; new study {median_and_ends(new)}"
    return f"({size}). {rates}; {crosses}."


def _rob_me(results: Results) -> Table:
    heads = (
        Column("Synthesis", 0.17),
        Column("Studies with a result", 0.11, "right"),
        Column("Studies without", 0.11, "right"),
        Column("Left out because of the result?", 0.15),
        Column("Studies that were not found?", 0.15),
        Column("Would the synthesis change?", 0.15),
        Column("Risk of bias", 0.16),
    )
    rows = tuple(
        cells(label(outcome), *_reported(results, outcome), *("",) * 4)
        for outcome in results.analysis.outcomes
    )
    notes = inlines(
        "Studies without: eligible, but print says nothing of the outcome, also where the silence "
        "is read as none. Risk of bias due to missing evidence: low, some concerns or high."
    )
    caption = "Risk of bias due to missing evidence in the terms of ROB-ME, to be filled in."
    return Table(MISSING, caption, heads, rows, (notes,))


def _reported(results: Results, outcome: OutcomeAnswer) -> tuple[str, str]:
    """Return in how many studies print says something of an outcome, and in how many nothing."""
    evidence = results.beside.evidence
    if evidence is None:
        return str(outcome.totals.studies), ""
    counts = evidence.outcome(outcome.id).counts
    silent = sum(count.basis == "silent" or count.grade == "nothing" for count in counts)
    absent = len(evidence.study_names) - len(counts)
    return str(len(counts) - silent), str(silent + absent)


def _simulated_before(results: Results) -> tuple[Block, ...]:
    """Return the command of simulations that are larger than those of a run, which kept them."""
    found = results.beside.calibration
    command = None if found is None else calibrate_command(found)
    if command is None:
        return ()
    told = "The simulations were made before, for the same folder of data, and kept by it:"
    return paragraph(told), Listing(printable(command))


def reproduction(results: Results, ran: Ran) -> Section:
    """Return the software with its versions, the command, and the references."""
    manifest = results.manifest
    versions = [f"{name} {version}" for name, version in manifest.versions.items()]
    blocks = (
        Heading(1, "Software and reproduction"),
        paragraph(
            f"{wording.listed([printable(one) for one in versions])}. Every procedure that ran, "
            "with its reference, stands in ",
            TableNumber(METHODS),
            "; the files that were read, with their SHA-256, in ",
            TableNumber(INPUTS),
            f". With these versions, these files and the seed {manifest.seed}, this command gives "
            "on one machine the same records and the same bytes of this document:",
        ),
        Listing(printable(manifest.command)),
        *_simulated_before(results),
        paragraph(
            "This appendix was written from the stored records alone; no number in it was typed. ",
            "The references are also in ",
            Code("references.bib"),
            ".",
        ),
        Heading(1, "References"),
        ReferenceList(),
    )
    return Section(blocks, (_methods(ran), _inputs(results)))


def _methods(ran: Ran) -> Table:
    heads = (Column("Procedure", 0.25), Column("What was done", 0.6), Column("Reference", 0.15))
    rows = tuple(cells(_capital(m.name), m.sentence, _reference(m)) for m in ran.methods)
    return Table(METHODS, "Procedures that ran.", heads, rows)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reference(method: Method) -> Inlines:
    if method.doi is None:
        return inlines(UNKNOWN)
    if not known(method.doi):
        return inlines(Address(method.link or ""))
    return inlines(Citation((method.doi,)))


def _inputs(results: Results) -> Table:
    heads = (Column("File", 0.42), Column("SHA-256", 0.58))
    rows = tuple(
        cells(printable(name), Code(digest)) for name, digest in results.manifest.inputs.items()
    )
    return Table(INPUTS, "Files that were read.", heads, rows)
