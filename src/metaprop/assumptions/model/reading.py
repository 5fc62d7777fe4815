"""Model files: where they lie, and from the path of one to a checked ``Model``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import ModelError, Problem
from metaprop.core.files import read_text
from metaprop.core.toml import TooDeepError, parse_toml
from metaprop.core.wording import visible

if TYPE_CHECKING:
    import os

    from metaprop.assumptions.model.joint import JointModel
    from metaprop.assumptions.model.records import Model
    from metaprop.assumptions.model.regression import RegressionModel

DEFAULTS = ("logit_normal", "beta_binomial")
"""The two models that are fitted when none is named, by their file stems."""

JOINT = "joint"
"""The family of models of several outcomes, and the stem of the shipped one's file."""
REGRESSION, REGRESSION_STEM = "meta-regression", "meta_regression"
"""The family of models with a covariate, and the stem of the shipped one's file."""
_OTHERS = {
    JOINT: ("of several outcomes, not of one", "for a group of outcomes"),
    REGRESSION: ("with a covariate", "for each covariate of a data set"),
}

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

    where = _checked_name(Path(path))
    table = _table(read_text(path, error=ModelError), where)
    family = table.get("family")
    if isinstance(family, str) and family in _OTHERS:
        kind, use = _OTHERS[family]
        remedy = f"Name another model; `metaprop run` takes this one {use}"
        what = f"the family {family!r} is a model {kind}"
        raise ModelError(Problem(what, f"{where}, family", remedy))
    return parse(table, Path(path).stem, where)


def read_joint_model(path: str | os.PathLike[str]) -> JointModel:
    """Return the joint model of several outcomes that a TOML file describes.

    Parameters
    ----------
    path
        The file, whose family is ``joint``; its stem becomes the id of the model.

    Raises
    ------
    ModelError
        Listing every fault with file, key, value and the allowed values.
    """
    from metaprop.assumptions.model.schema import parse_joint

    where = _checked_name(Path(path))
    return parse_joint(_table(read_text(path, error=ModelError), where), Path(path).stem, where)


def read_regression_model(path: str | os.PathLike[str]) -> RegressionModel:
    """Return the meta-regression that a TOML file describes.

    Parameters
    ----------
    path
        The file, whose family is ``meta-regression``; its stem becomes the id of the model.

    Raises
    ------
    ModelError
        Listing every fault with file, key, value and the allowed values.
    """
    from metaprop.assumptions.model.schema import parse_regression

    where = _checked_name(Path(path))
    table = _table(read_text(path, error=ModelError), where)
    return parse_regression(table, Path(path).stem, where)


def is_joint(path: str | os.PathLike[str]) -> bool:
    """Return whether a file says of itself that it is a joint model; False if it cannot be read."""
    return _family(path) == JOINT


def is_regression(path: str | os.PathLike[str]) -> bool:
    """Return whether a file says that it is a meta-regression; False if it cannot be read."""
    return _family(path) == REGRESSION


def _family(path: str | os.PathLike[str]) -> object:
    """Return what a file says that its family is, None if it cannot be read."""
    try:
        return _table(read_text(path, error=ModelError), visible(path)).get("family")
    except ModelError:
        return None


def _checked_name(path: Path) -> str:
    """Return how to print a file's name, if it can be the name of a model."""
    if path.suffix != ".toml" or not _ID.fullmatch(path.stem):
        what = f"{visible(path.name)!r} cannot be the name of a model file"
        remedy = "Use small letters, digits, _ and -, at most 64 of them, and end in .toml"
        raise ModelError(Problem(what, visible(path), remedy))
    return visible(path)


def _table(text: str, where: str) -> dict[str, object]:
    if len(text) > LONGEST:
        what = f"the file holds {len(text)} characters"
        raise ModelError(Problem(what, where, f"A model needs less than {LONGEST}"))
    try:
        return parse_toml(text)
    except TooDeepError:
        remedy = "A model needs two levels of tables"
        raise ModelError(Problem("the tables are nested too deeply", where, remedy)) from None
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        what = f"this is not TOML: {visible(str(error))}"
        remedy = "Correct it; models/README.md shows the form"
        raise ModelError(Problem(what, where, remedy)) from None


def shipped_models() -> tuple[Path, ...]:
    """Return the paths of the models of one outcome that come with metaprop, sorted by name.

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
            return tuple(path for path in found if path.stem not in {JOINT, REGRESSION_STEM})
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


def default_joint_model() -> JointModel:
    """Return the joint model that comes with metaprop.

    Raises
    ------
    ModelError
        The shipped models are missing.

    Examples
    --------
    >>> default_joint_model().name
    'Joint'
    """
    return read_joint_model(shipped_models()[0].parent / f"{JOINT}.toml")


def default_regression_model() -> RegressionModel:
    """Return the meta-regression that comes with metaprop.

    Raises
    ------
    ModelError
        The shipped models are missing.

    Examples
    --------
    >>> default_regression_model().name
    'Meta-regression'
    """
    return read_regression_model(shipped_models()[0].parent / f"{REGRESSION_STEM}.toml")
