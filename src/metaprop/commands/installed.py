"""Which versions of what numbers, pictures and documents hang on are installed."""

from __future__ import annotations

import platform
from importlib import metadata

_PACKAGES = (
    *("arviz", "matplotlib", "metaprop", "numpy", "nutpie", "pymc", "pypandoc_binary", "scipy"),
    "typst",
)


def versions() -> dict[str, str]:
    """Return the version of each package and of Python, as a manifest holds them."""
    return {name: _version(name) for name in _PACKAGES} | {"python": platform.python_version()}


def _version(package: str) -> str:
    """Return the version of an installed package; metaprop may run from its source alone."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
