"""The figures of a paper at the widths of a journal's columns, from a folder of results.

one_column/, two_columns/     85 mm and 180 mm wide, no text below 6 points, each figure thrice
<figure>.pdf, .svg, .png      letters embedded; letters as outlines; 300 dots per inch
README.txt                    what is what, and of which results
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.files.writing import write_folder
from metaprop.reporting.figures import style
from metaprop.reporting.names import printable, slug
from metaprop.reporting.paper.filling import FLOW, QUALITY
from metaprop.reporting.paper.flow import save_flow
from metaprop.reporting.paper.minors import save_minors
from metaprop.reporting.paper.twins import save_twins
from metaprop.reporting.stored import read_results

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.reporting.figures.style import Look
    from metaprop.reporting.stored import Results

LOOKS: dict[str, Look] = {"one_column": style.ONE_COLUMN, "two_columns": style.TWO_COLUMNS}
TELLS = "README.txt"
"""The file that tells a folder of ours."""
BEGINS = "Figures of "
"""What it begins with: many a folder has a README.txt."""


def write_journal(folder: Path, target: Path, *, minors: bool = False) -> Results:
    """Write the paper's figures of a folder of results into another folder, and return the results.

    ``minors`` puts the quality scores beside the classical forests and their twins, as far as two
    columns have the room. The folder of results stays as it is.

    Raises
    ------
    DatasetError
        If a record is missing, damaged or of another schema; nothing was written.
    OutputError
        If the target cannot be written or is not ours to replace; it is then as it was.
    """
    results = read_results(folder)

    def fill(fresh: Path) -> None:
        for name, look in LOOKS.items():
            (fresh / name).mkdir()
            with style.looking(look):
                _draw(results, fresh / name, minors=minors and not look.narrow)
        (fresh / TELLS).write_text(_told(results), encoding="utf-8", newline="\n")

    write_folder(target, fill, marker=TELLS, begins=BEGINS.encode())
    return results


def _draw(results: Results, folder: Path, *, minors: bool) -> None:
    from metaprop.reporting.figures.forest import save_forest

    analysis, evidence = results.analysis, results.beside.evidence
    scores = evidence.minors if minors and evidence is not None else None
    usual = {answer.id: answer.usual for answer in results.beside.frequentist}
    for outcome in analysis.outcomes:
        name, asked = slug(outcome.id), (analysis.level, analysis.kind, folder)
        save_forest(outcome, *asked, f"forest_{name}")
        pooled = usual.get(outcome.id)
        if pooled is not None:
            save_twins(outcome, pooled, *asked, name, scores)
    if evidence is not None and evidence.prisma is not None:
        save_flow(evidence.prisma, len(evidence.study_names), folder, FLOW)
    if evidence is not None and evidence.minors is not None:
        save_minors(evidence.minors, folder, QUALITY)


def _told(results: Results) -> str:
    lines = [f"{BEGINS}{printable(results.analysis.title or results.analysis.dataset)}", ""]
    lines += [f"{name}/  {look.width:g} mm wide" for name, look in LOOKS.items()]
    return "\n".join(
        [*lines, "", "PDF: letters embedded. SVG: letters as outlines. PNG: 300 dpi.", ""]
    )
