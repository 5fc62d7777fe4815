"""The door to pandoc and Typst: a tree in, the bytes of a document out; the same bytes each time.

pandoc (GPL) comes with the package ``pypandoc_binary`` and is only ever started as a program of its
own, in its sandbox: it reads what it is handed and nothing else. Neither tool uses the network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaprop.core.errors import OutputError, Problem
from metaprop.core.files import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = "315532800"
"""1 January 1980, the first day that a zip file can name: no document holds the day it was made."""
_OTHER_SCRIPTS = re.compile("[\u0590-\u1cff\u2e80-\ud7ff\uf900-\ufaff\U0001f000-\U0003ffff]")
LONGEST = 120
"""Seconds after which pandoc is given up."""
HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"


def pandoc(
    tree: dict[str, Any] | str, options: Sequence[str], beside: Sequence[Path] = ()
) -> bytes:
    """Return what pandoc makes of a tree (or of text).

    Parameters
    ----------
    tree, options
        What it is given to read, and on its command line.
    beside
        Files that options name without a folder: documents keep such names, and no path of a
        machine shall stand in them.

    Raises
    ------
    OutputError
        If pandoc is not there, or says that it failed.
    """
    text = tree if isinstance(tree, str) else json.dumps(tree, ensure_ascii=False)
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT"}}
    with scratch_folder() as home:
        for path in beside:
            shutil.copy(path, home)
        try:
            done = subprocess.run(  # noqa: S603 - pandoc itself, with options of this package alone
                [_program(), "--sandbox", "--data-dir", str(home), *options],
                input=text.encode("utf-8", "replace"),
                capture_output=True,
                check=False,
                timeout=LONGEST,
                cwd=home,
                env=kept | {"SOURCE_DATE_EPOCH": EPOCH, "HOME": str(home), "LANG": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired:
            what, remedy = f"pandoc took more than {LONGEST} seconds", "Ask for fewer studies"
            raise OutputError(Problem(what, "methods appendix", remedy)) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise OutputError(Problem(f"pandoc failed: {said}", "methods appendix", "Report this text"))
    return done.stdout


def _program() -> str:
    """Return where pandoc lies: in ``pypandoc_binary``, which metaprop depends on."""
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError:
        remedy = "Install pypandoc_binary, which metaprop depends on"
        raise OutputError(Problem("pandoc is not there", "methods appendix", remedy)) from None


def typst_pdf(source: str) -> bytes:
    """Return a Typst document as PDF, with its fonts embedded and without a date.

    Typst's own fonts are used, so that machines do not differ; those of the machine help out only
    where somebody's name is in a script that they lack.

    Raises
    ------
    OutputError
        If Typst cannot make it.
    """
    import typst

    try:
        return typst.compile(
            source.encode(),
            format="pdf",
            ignore_system_fonts=_OTHER_SCRIPTS.search(source) is None,
            timestamp=int(EPOCH),
        )
    except typst.TypstError as error:
        what = f"Typst failed: {error.diagnostic or error.message}"
        raise OutputError(Problem(what, "methods appendix", "Report this text")) from None
