"""The methods appendix of a folder of results, from its records alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.appendix.audit_part import published
from metaprop.reporting.appendix.blocks import Document
from metaprop.reporting.appendix.calibration_part import calibrated
from metaprop.reporting.appendix.checks_part import model_checks
from metaprop.reporting.appendix.choices_part import choices
from metaprop.reporting.appendix.closing import certainty, limitations, reproduction
from metaprop.reporting.appendix.comparators import comparators
from metaprop.reporting.appendix.computing import computing
from metaprop.reporting.appendix.covariates_part import covariates
from metaprop.reporting.appendix.evidence_part import data
from metaprop.reporting.appendix.formats import write_document
from metaprop.reporting.appendix.models_part import estimands, models
from metaprop.reporting.appendix.opening import opening
from metaprop.reporting.appendix.ran import methods_that_ran
from metaprop.reporting.appendix.results_part import thresholds
from metaprop.reporting.appendix.sensitivity_part import sensitivity
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.reporting.stored import Results


def appendix(results: Results) -> Document:
    """Return the appendix as a document."""
    ran = methods_that_ran(results)
    sections = (
        opening(results),
        data(results),
        estimands(results),
        models(results, ran),
        computing(results, ran),
        thresholds(results),
        comparators(results, ran),
        covariates(results, ran),
        sensitivity(results),
        choices(results, ran),
        model_checks(results, ran),
        calibrated(results, ran),
        published(results, ran),
        limitations(results),
        certainty(results),
        reproduction(results, ran),
    )
    return Document(
        title=f"Methods appendix: {printable(results.manifest.title) or results.manifest.dataset}",
        blocks=tuple(block for section in sections for block in section.blocks),
        tables=tuple(table for section in sections for table in section.tables),
    )


def write_appendix(results: Results, folder: Path) -> None:
    """Write the appendix and its references into an existing folder of results.

    The files are ``methods_appendix.docx``, ``.pdf``, ``.html``, ``.md``, ``.tex`` and
    ``references.bib``.

    Raises
    ------
    OutputError
        If a format cannot be made.
    """
    write_document(appendix(results), folder)
