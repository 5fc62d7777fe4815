"""Model files: where they lie, and from the path of one to a checked ``Model``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import ModelError, Problem
from metaprop.core.files import read_text
from metaprop.core.wording import visible

if TYPE_CHECKING:
    import os

    from metaprop.assumptions.model.records import Model

DEFAULTS = ("logit_normal", "beta_binomial")
"""The two models that are fitted when none is named, by their file stems."""

LONGEST = 2**16
"""Most characters a model file may hold: the shipped ones have about 1,000."""

_ID = re.compile(r"[a-z0-9_-]{1,64}")
_PACKAGE = Path(__file__).resolve().parents[2]


def read_model(path: str | os.PathLike[str]) -> Model:
    """Return the model that a TOML file describes; ``models/README.md`` gives the form.

    Parameters
    ----------
    path
        The file; its stem becomes the id of the model.

    Raises
    ------
    ModelError
        Listing every fault with file, key, value and the allowed values.

    Examples
    --------
    >>> model = read_model(shipped_models()[-1])
    >>> model.id, model.family, model.location.parameter
    ('logit_normal', 'logit-normal', 'mu')
    """
    # pydantic takes a tenth of a second to import: only reading a file pays for it
    from metaprop.assumptions.model.schema import parse

    name = Path(path)
    where = visible(name)
    if name.suffix != ".toml" or not _ID.fullmatch(name.stem):
        what = f"{visible(name.name)!r} cannot be the name of a model file"
        remedy = "Use small letters, digits, _ and -, at most 64 of them, and end in .toml"
        raise ModelError(Problem(what, where, remedy))
    return parse(_table(read_text(path, error=ModelError), where), name.stem, where)


def _table(text: str, where: str) -> dict[str, object]:
    if len(text) > LONGEST:
        what = f"the file holds {len(text)} characters"
        raise ModelError(Problem(what, where, f"A model needs less than {LONGEST}"))
    try:
        return tomllib.loads(text)
    except RecursionError:
        remedy = "A model needs two levels of tables"
        raise ModelError(Problem("the tables are nested too deeply", where, remedy)) from None
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        what = f"this is not TOML: {visible(str(error))}"
        remedy = "Correct it; models/README.md shows the form"
        raise ModelError(Problem(what, where, remedy)) from None


def shipped_models() -> tuple[Path, ...]:
    """Return the paths of the models that come with metaprop, sorted by name.

    An installed wheel carries them as ``metaprop/shipped/models``, a checkout as ``models/``.

    Raises
    ------
    ModelError
        Neither folder is there.

    Examples
    --------
    >>> [path.stem for path in shipped_models()]
    ['beta_binomial', 'common_rate', 'logit_normal']
    """
    folders = (_PACKAGE / "shipped" / "models", _PACKAGE.parents[1] / "models")
    for folder in folders:
        if found := sorted(folder.glob("*.toml")):
            return tuple(found)
    remedy = "Install metaprop again, or name a model file"
    raise ModelError(Problem("the shipped models are missing", "the installation", remedy))


def default_models() -> tuple[Model, ...]:
    """Return the models fitted when none is named: ``logit_normal``, then ``beta_binomial``.

    Raises
    ------
    ModelError
        The shipped models are missing.

    Examples
    --------
    >>> [model.id for model in default_models()]
    ['logit_normal', 'beta_binomial']
    """
    folder = shipped_models()[0].parent
    return tuple(read_model(folder / f"{name}.toml") for name in DEFAULTS)
