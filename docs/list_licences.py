"""Write down under which licence everything in the lock comes: ``docs/licences.md``.

    .venv/bin/python docs/list_licences.py

Names and versions are those of the lock, licences those that the installed packages state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-uv.lock")
TABLE = ROOT / "docs" / "licences.md"
ELSEWHERE = {"colorama": "BSD-3-Clause"}
"""What the lock has for another system only, and is not installed here."""
COPYLEFT = re.compile(r"\b(?:A?GPL|LGPL|MPL|EPL|EUPL|CDDL|Mozilla|GNU)", re.IGNORECASE)
_STATED = re.compile(r"[\w .()+-]{3,60}")
BROUGHT = {
    "pypandoc-binary": "brings pandoc, GPL-2.0-or-later",
    "typst": "brings fonts: OFL-1.1, GUST Font License, Bitstream Vera",
    "matplotlib": "brings fonts: Bitstream Vera, STIX, BaKoMa",
    "numpy": "brings GCC's Fortran library, GPL-3.0 with GCC exception 3.1",
    "scipy": (
        "brings GCC's Fortran library, GPL-3.0 with GCC exception 3.1, and libquadmath, LGPL-2.1"
    ),
    "setuptools": "brings autocommand, LGPL-3.0",
}
"""What a package brings that has a licence of its own, where what it states does not say so."""
REASONS = {
    "pypandoc-binary": (
        "pandoc is started as a program of its own, which reads and writes data; nothing of it is "
        "linked, changed or shipped by metaprop. What it writes is not under its licence, and "
        "the templates are ours or those that pandoc's authors license freely (BSD)."
    ),
    "numpy": (
        "the exception is made for just this: programs that use the compiler's library may have "
        "any licence."
    ),
    "scipy": (
        "the exception is made for just this: programs that use the compiler's library may have "
        "any licence. libquadmath is a shared library of its own in SciPy's package, unchanged, "
        "and can be replaced."
    ),
    "setuptools": (
        "autocommand serves setuptools' own build tools; metaprop neither calls nor ships it."
    ),
    "hypothesis": (
        "MPL-2.0 covers its own files, which are used unchanged and only to test; users of "
        "metaprop do not receive it."
    ),
    "pathspec": (
        "MPL-2.0 covers its own files, which are used unchanged and only to check types and to "
        "build the wheel; users of metaprop do not receive it."
    ),
}
"""Why each licence that asks for something in return is no obstacle."""
_HEAD = """# Licences

metaprop itself is under the MIT licence. Everything in `requirements.lock` and
`requirements-uv.lock`, with the licence that it states:

| package | version | licence | for |
|---|---|---|---|
"""
_AFTER = """
`run` is what an installed metaprop needs, `make` what its makers use to test, check and build.

## Those that ask for something in return

"""
_FOOT = """
The others (MIT, BSD, Apache-2.0, PSF, MIT-CMU, 0BSD, Zlib, CC0) ask that their notices are kept,
which the installed packages do. metaprop's own wheel holds none of their code.

Written by `docs/list_licences.py`.
"""


@dataclass(frozen=True, slots=True)
class Licensed:
    """One package of the lock: what it states, what it brings, and whom it serves."""

    name: str
    version: str
    licence: str
    runs: bool

    @property
    def whole(self) -> str:
        """Its licence, and that of what it brings."""
        brought = BROUGHT.get(self.name)
        return self.licence if brought is None else f"{self.licence}; {brought}"


def plain(name: str) -> str:
    """Return a package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """Return the version of every package in the locks."""
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in LOCKS)
    found = re.findall(r"^([\w.-]+)(?:\[[\w,]*\])?==(\S+)", text, re.MULTILINE)
    return {plain(name): version for name, version in found}


def needed(name: str = "metaprop") -> set[str]:
    """Return everything that an installed package needs to run, itself included."""
    found: set[tuple[str, str]] = set()
    waiting = [(name, "")]
    while waiting:
        one, extra = waiting.pop()
        if (one, extra) in found:
            continue
        found.add((one, extra))
        try:
            requires = distribution(one).requires or []
        except PackageNotFoundError:
            continue
        for asked in map(Requirement, requires):
            if asked.marker is None or asked.marker.evaluate({"extra": extra}):
                waiting += [(plain(asked.name), wanted) for wanted in ("", *asked.extras)]
    return {one for one, _ in found}


def stated(one: Distribution) -> str:
    """Return the licence that a package states, in as few words as it does."""
    head = one.metadata
    for key in ("License-Expression", "License"):
        words = " ".join(str(head.get(key, "")).split())
        if _STATED.fullmatch(words) and not words.startswith("Copyright"):
            return words
    classifiers = [str(line) for line in head.get_all("Classifier") or []]
    names = [line.split("::")[-1].strip() for line in classifiers if line.startswith("License")]
    if names := [name for name in names if name != "OSI Approved"]:
        return ", ".join(names)
    raise SystemExit(f"{head['Name']} states no licence: look it up, and add it to ELSEWHERE")


def licences() -> list[Licensed]:
    """Return every package of the lock."""
    runs = needed()
    return [
        Licensed(
            name,
            version,
            ELSEWHERE.get(name) or stated(distribution(name)),
            name in runs or name in ELSEWHERE,
        )
        for name, version in sorted(locked().items())
    ]


def page() -> str:
    """Return the table, and the reasons; every licence that needs one must have one."""
    found = licences()
    rows = [
        f"| {one.name} | {one.version} | {one.whole} | {'run' if one.runs else 'make'} |"
        for one in found
    ]
    returns = [one for one in found if COPYLEFT.search(one.whole)]
    if missing := [one.name for one in returns if one.name not in REASONS]:
        raise SystemExit(f"no reason is given for {', '.join(missing)}: see REASONS")
    reasons = [f"- **{one.name}** ({one.whole}): {REASONS[one.name]}" for one in returns]
    return _HEAD + "\n".join(rows) + "\n" + _AFTER + "\n".join(reasons) + "\n" + _FOOT


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8", newline="\n")
