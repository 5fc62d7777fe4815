from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.core.estimates import Estimate
from metaprop.reporting.codec import MismatchError, decode, dumps, encode


@dataclass(frozen=True, slots=True)
class Leaf:
    kind: Literal["oak", "ash"]
    length: float
    error: float


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    age: int | None
    leaves: tuple[Leaf, ...]
    notes: dict[str, str]


TREE = Tree("Ä $x$", None, (Leaf("oak", 1.5, 0.1), Leaf("ash", 2.0, 0.0)), {"a": "b"})


def test_a_record_survives_the_way_to_text_and_back() -> None:
    assert decode(Tree, json.loads(dumps(encode(TREE)))) == TREE


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"age": "old"}, "age"),
        ({"age": True}, "age"),
        ({"name": 3}, "name"),
        ({"leaves": {}}, "leaves"),
        ({"leaves": [{"kind": "elm", "length": 1.0, "error": 0.0}]}, "leaves.kind"),
        ({"leaves": [{"kind": "oak", "length": "1", "error": 0.0}]}, "leaves.length"),
        ({"notes": {"a": 1}}, "notes.a"),
        ({"unknown": 1}, ""),
    ],
)
def test_a_wrong_value_is_named_by_its_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(MismatchError) as caught:
        decode(Tree, encode(TREE) | change)
    assert caught.value.key == key


def test_a_missing_key_is_a_mismatch() -> None:
    raw = encode(TREE)
    del raw["name"]
    with pytest.raises(MismatchError, match="name, age, leaves, notes"):
        decode(Tree, raw)


@dataclass(frozen=True, slots=True)
class Grafted:
    name: str
    scion: str | None = None


def test_results_from_before_a_field_lack_it_where_it_has_a_default() -> None:
    assert decode(Grafted, {"name": "Ä"}) == Grafted("Ä")
    with pytest.raises(MismatchError, match="name, scion"):
        decode(Grafted, {"scion": "a"})


def test_what_is_not_finite_is_null_and_comes_back() -> None:
    text = dumps(encode(Estimate(math.nan, math.inf, "no mean")))
    assert json.loads(text) == {"value": None, "error": None, "undefined": "no mean"}
    back = decode(Estimate, json.loads(text))
    assert math.isnan(back.value)
    assert back.error == math.inf


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_rounded_error_is_never_smaller_nor_much_larger(error: float) -> None:
    rounded = encode(error, "error")
    # Twelve digits of the error are the smallest part that could be lost or gained before.
    assert error * (1 - 1e-6) <= rounded <= error * 1.1000001


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_twelve_digits(value: float) -> None:
    assert encode(value) == pytest.approx(value, rel=5e-12)


def test_plain_lists_and_small_objects_stand_on_one_line() -> None:
    text = dumps({"a": [1, 2, 3], "b": {"value": 1.0, "error": 0.0}, "c": [[1], [2]]})
    assert text.splitlines() == [
        "{",
        ' "a": [1, 2, 3],',
        ' "b": {"value": 1.0, "error": 0.0},',
        ' "c": [',
        "  [1],",
        "  [2]",
        " ]",
        "}",
    ]
