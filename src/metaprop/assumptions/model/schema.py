"""The form of a model file, in pydantic: every fault with file, key, value and allowed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from metaprop.assumptions.model.joint import JointModel
from metaprop.assumptions.model.records import Model, ParameterPrior, range_problems
from metaprop.assumptions.model.regression import RegressionModel
from metaprop.assumptions.priors import Prior
from metaprop.assumptions.priors.grammar import shown
from metaprop.core.errors import ModelError, Problem
from metaprop.core.wording import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

LONGEST_TEXT = 2000
"""Most characters of a name, a sentence, a reason or a source."""


def _one_line(text: str) -> str:
    """Return the text with its line breaks folded; refuse empty, long and unprintable text."""
    line = " ".join(text.split())
    if not line or len(line) > LONGEST_TEXT or not line.isprintable():
        raise PydanticCustomError("text", "is empty, too long or not printable")
    return line


Text = Annotated[str, AfterValidator(_one_line)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Priored(_Table):
    """What the tables of all parameters hold; each family's own adds the allowed names."""

    parameter: str
    prior: InstanceOf[Prior]
    unit: Text
    reason: Text
    source: Text

    @field_validator("prior", mode="before")
    @classmethod
    def _read_prior(cls, table: object, info: ValidationInfo) -> Prior:
        parameter = info.data.get("parameter")  # absent where it was wrong itself
        if not isinstance(table, dict):
            raise PydanticCustomError("table", "is not a table")
        try:
            prior = Prior.from_table(table, where="prior")
        except ModelError as error:
            raise _carrying(error.problems) from None
        problems = range_problems(parameter, prior, "prior") if parameter else []
        if problems:
            raise _carrying(problems)
        return prior

    def record(self) -> ParameterPrior:
        return ParameterPrior(self.parameter, self.prior, self.unit, self.reason, self.source)


def _carrying(problems: list[Problem] | tuple[Problem, ...]) -> PydanticCustomError:
    """Return the one error that pydantic allows a field, with all our problems in it."""
    return PydanticCustomError("problems", "problems", {"problems": tuple(problems)})


class _Rate(_Priored):
    parameter: Literal["average", "logit_average"]


class _LogOdds(_Priored):
    parameter: Literal["mu", "typical"]


class _Correlation(_Priored):
    parameter: Literal["rho", "kappa"]


class _Spread(_Priored):
    parameter: Literal["tau"]


class _Level(_Priored):
    parameter: Literal["alpha"]


class _BetweenTypes(_Priored):
    parameter: Literal["sigma_alpha"]


class _Shared(_Priored):
    parameter: Literal["lambda"]


class _BetweenStudies(_Priored):
    parameter: Literal["omega"]


class _Coefficient(_Priored):
    parameter: Literal["beta"]


class _File(_Table):
    name: Text
    sentence: Text


class _BetaBinomial(_File):
    family: Literal["beta-binomial"]
    location: _Rate
    heterogeneity: _Correlation


class _LogitNormal(_File):
    family: Literal["logit-normal"]
    location: _LogOdds
    heterogeneity: _Spread


class _CommonRate(_File):
    family: Literal["common-rate"]
    location: _Rate


class _Joint(_File):
    family: Literal["joint"]
    location: _Level
    between_types: _BetweenTypes
    shared: _Shared
    between_studies: _BetweenStudies

    def record(self, stem: str) -> JointModel:
        priors = (self.location, self.between_types, self.shared, self.between_studies)
        return JointModel(stem, self.name, self.sentence, *(given.record() for given in priors))


class _Regression(_File):
    family: Literal["meta-regression"]
    location: _LogOdds
    heterogeneity: _Spread
    coefficient: _Coefficient

    def record(self, stem: str) -> RegressionModel:
        priors = (self.location, self.heterogeneity, self.coefficient)
        return RegressionModel(
            stem, self.name, self.sentence, *(given.record() for given in priors)
        )


_ANY: TypeAdapter[_BetaBinomial | _LogitNormal | _CommonRate] = TypeAdapter(
    Annotated[_BetaBinomial | _LogitNormal | _CommonRate, Field(discriminator="family")]
)


def parse(table: Mapping[str, object], stem: str, where: str) -> Model:
    """Return the model that a parsed file describes.

    Raises
    ------
    ModelError
        Listing every fault; ``where`` names the file.
    """
    try:
        file = _ANY.validate_python(table)
    except ValidationError as error:
        details = error.errors(include_url=False)
        # pydantic puts the family in front of every key once it has chosen by it
        faults = [p for one in details for p in _problems(one, one["loc"][1:], where)]
        raise ModelError(faults) from None
    heterogeneity = None if isinstance(file, _CommonRate) else file.heterogeneity.record()
    return Model(stem, file.name, file.family, file.sentence, file.location.record(), heterogeneity)


def parse_joint(table: Mapping[str, object], stem: str, where: str) -> JointModel:
    """Return the joint model that a parsed file describes.

    Raises
    ------
    ModelError
        Listing every fault; ``where`` names the file.
    """
    return _validated(_Joint, table, where).record(stem)


def parse_regression(table: Mapping[str, object], stem: str, where: str) -> RegressionModel:
    """Return the meta-regression that a parsed file describes.

    Raises
    ------
    ModelError
        Listing every fault; ``where`` names the file.
    """
    return _validated(_Regression, table, where).record(stem)


def _validated[T: _File](wanted: type[T], table: Mapping[str, object], where: str) -> T:
    """Return the file of a family that has one form only, or raise with all its faults."""
    try:
        return wanted.model_validate(table)
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults = [p for one in details for p in _problems(one, one["loc"], where)]
        raise ModelError(faults) from None


def _problems(detail: ErrorDetails, loc: tuple[int | str, ...], where: str) -> Iterator[Problem]:
    """Return one of pydantic's errors in our words; ``loc`` has the keys that lead to it."""
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    tagged = kind.startswith("union_tag")
    keys = ("family",) if tagged else loc
    place = f"{where}, {'.'.join(visible(str(key)) for key in keys)}"
    if kind == "problems":
        for problem in context["problems"]:
            inner = problem.where.removeprefix("prior")
            yield Problem(problem.what, f"{place}{inner}", problem.remedy)
        return
    if tagged and kind == "union_tag_invalid":
        value = context["tag"]
    yield Problem(_what(kind, value), place, _remedy(kind, context))


def _what(kind: str, value: object) -> str:
    if kind in {"missing", "union_tag_not_found"}:
        return "the key is missing"
    if kind == "extra_forbidden":
        return f"no such key (its value: {shown(value)})"
    return f"{shown(value)} is not allowed here"


def _remedy(kind: str, context: Mapping[str, object]) -> str:
    if kind in {"literal_error", "union_tag_invalid"}:
        allowed = context.get("expected", context.get("expected_tags"))
        return f"Write one of: {str(allowed).replace(' or ', ', ')}"
    remedies = {
        "missing": "Add it; models/README.md shows the form",
        "union_tag_not_found": "Write one of: 'beta-binomial', 'logit-normal', 'common-rate'",
        "extra_forbidden": "Remove it; models/README.md lists the keys",
        "text": f"Write 1 to {LONGEST_TEXT} printable characters",
        "string_type": "Write text in quotes",
        "table": 'Write a table such as { distribution = "half_normal", scale = 1 }',
    }
    return remedies.get(kind, "Write a table, as models/README.md shows")
