"""How much more probable a range is than its least count, as PyTensor takes it: with its gradient.

A study of n patients with ``low`` to ``high`` events has the likelihood ``p(low)`` times ``sum over
c of p(c) / p(low)``. The ratios follow from count to count without a gamma function, so that a
range costs little more than an exact count, and one operation for Numba compiles in a moment where
a graph of PyTensor's own takes seconds. Where a total is known, the sum is over the counts of all
ranges together that reach it (``total_op``).

``ranges`` has shape ``(4, R + 1)``: for each of R ranges whose it is (not used here), patients, low
and high. The last column has, in its last two rows, the least and the most events of all together
beyond their lows, or ``APART`` where no total is known.
"""

from __future__ import annotations

import inspect
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from metaprop.engines.nuts import total_op, totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    type Tensor = Any
    type Kind = Literal["binomial", "beta-binomial"]

APART = (-1.0, -1.0)
"""Nothing is known of the sum: each range is by itself."""


def binomial_ranges(logit_p: Tensor, ranges: Tensor) -> Tensor:
    """Return the log of the ratio for binomial counts, ``logit_p`` of shape ``(R,)``: a scalar."""
    return _operation("binomial")(logit_p, ranges)[0]


def beta_binomial_ranges(alpha: Tensor, beta: Tensor, ranges: Tensor) -> Tensor:
    """Return the log of the ratio for beta-binomial counts of the same two shapes: a scalar."""
    return _operation("beta-binomial")(alpha, beta, ranges)[0]


def binomial_ratio(logit_p: Floats, ranges: Floats) -> tuple[float, Floats]:
    """Return the log ratio, and its gradient with respect to each logit."""
    each = _empty(ranges)
    for r in range(each.shape[0]):
        for w in range(1, int(ranges[3, r] - ranges[2, r]) + 1):
            c = ranges[2, r] + w
            each[r, w] = each[r, w - 1] + logit_p[r] + np.log((ranges[1, r] - c + 1.0) / c)
    value, shares = _together(each, ranges[2:, -1])
    return value, (shares * np.arange(each.shape[1])).sum(axis=1)


def beta_binomial_ratio(alpha: float, beta: float, ranges: Floats) -> tuple[float, float, float]:
    """Return the log ratio, and its gradient with respect to both shapes."""
    each = _empty(ranges)
    by_alpha, by_beta = np.zeros(each.shape), np.zeros(each.shape)
    for r in range(each.shape[0]):
        for w in range(1, int(ranges[3, r] - ranges[2, r]) + 1):
            c = ranges[2, r] + w
            left = ranges[1, r] - c
            a, b = alpha + (c - 1.0), beta + left
            each[r, w] = each[r, w - 1] + np.log((left + 1.0) * a / (c * b))
            by_alpha[r, w] = by_alpha[r, w - 1] + 1.0 / a
            by_beta[r, w] = by_beta[r, w - 1] - 1.0 / b
    value, shares = _together(each, ranges[2:, -1])
    return value, (shares * by_alpha).sum(), (shares * by_beta).sum()


def _empty(ranges: Floats) -> Floats:
    """Return a matrix for the counts of each range, beyond its low: 0 there, -inf elsewhere."""
    width, count = 1, ranges.shape[1] - 1
    for r in range(count):
        width = max(width, int(ranges[3, r] - ranges[2, r]) + 1)
    each = np.full((count, width), -np.inf)
    each[:, 0] = 0.0
    return each


def _apart(each: Floats) -> tuple[float, Floats]:
    """Return the log probability of all ranges, and each count's share of its range."""
    value, shares = 0.0, np.zeros(each.shape)
    for r in range(each.shape[0]):
        top = each[r].max()
        shares[r] = np.exp(each[r] - top)
        whole = shares[r].sum()
        shares[r] /= whole
        value += top + np.log(whole)
    return value, shares


def _together(each: Floats, beyond: Floats) -> tuple[float, Floats]:
    """Return the same, of counts that reach a total where one is known."""
    if beyond[1] < 0:
        return _apart(each)
    least, most = int(beyond[0]), int(beyond[1])
    tilt, target = total_op.find_tilt(each, least, most)
    return total_op.add_up(each, (least, most), tilt, target)


_PARTS: tuple[Callable[..., Any], ...] = (
    binomial_ratio,
    beta_binomial_ratio,
    _empty,
    _apart,
    _together,
    *total_op.PARTS,
)


def _version() -> int:
    """Return a number that changes with the functions above: Numba keeps what it compiled."""
    source = "".join(map(inspect.getsource, _PARTS)) + f"{total_op.TINY} {totals.STEPS}"
    source += f"{totals.NEAR} {totals.NO_VARIANCE}"
    return int(sha256(source.encode()).hexdigest()[:12], 16)


@cache
def _operation(kind: Kind) -> Any:  # noqa: ANN401 - a PyTensor operation, whose library is not loaded here
    return _operations()(kind)


@cache
def _operations() -> Any:  # noqa: ANN401 - a class of PyTensor operations
    import pytensor.tensor as pt
    from pytensor.gradient import DisconnectedType
    from pytensor.graph import Apply, Op

    class Ranges(Op):  # type: ignore[misc]  # PyTensor has no types
        """Inputs: the parameters and ``ranges``; outputs: the log ratio, its gradients."""

        __props__ = ("kind",)

        def __init__(self, kind: Kind) -> None:
            self.kind = kind

        def make_node(self, *inputs: Tensor) -> Apply:
            given = [pt.as_tensor(one) for one in inputs]
            return Apply(self, given, [pt.dscalar(), *(one.type() for one in given[:-1])])

        def perform(self, _node: Apply, inputs: list[Any], outputs: list[list[Any]]) -> None:
            found = _OF[self.kind](*inputs)
            for place, value in zip(outputs, found, strict=True):
                place[0] = np.asarray(value)

        def pullback(
            self, _inputs: list[Tensor], outputs: list[Tensor], cotangents: list[Tensor]
        ) -> list[Tensor]:
            slopes = [cotangents[0] * gradient for gradient in outputs[1:]]
            return [*slopes, DisconnectedType()()]

        def connection_pattern(self, node: Apply) -> list[list[bool]]:
            parameters = len(node.inputs) - 1
            row = [True] + [False] * parameters
            return [row] * parameters + [[False] * (parameters + 1)]

    _for_numba(Ranges)
    return Ranges


def _for_numba(ranges_op: Any) -> None:  # noqa: ANN401 - the class above
    """Say how Numba does the operation; it keeps on disk what it has compiled."""
    from numba.extending import register_jitable
    from pytensor.link.numba.dispatch import basic

    for part in _PARTS:
        register_jitable(part)

    def binomial(logit_p: Any, ranges: Any) -> Any:  # noqa: ANN401 - arrays, seen by Numba alone
        value, slope = binomial_ratio(logit_p, ranges)
        return np.asarray(value), slope

    def beta_binomial(alpha: Any, beta: Any, ranges: Any) -> Any:  # noqa: ANN401 - the same
        value, first, second = beta_binomial_ratio(alpha.item(), beta.item(), ranges)
        return np.asarray(value), np.asarray(first), np.asarray(second)

    def compiled(op: Any, **_: object) -> tuple[Any, int]:  # noqa: ANN401 - the operation
        return basic.numba_njit(binomial if op.kind == "binomial" else beta_binomial), _version()

    basic.register_funcify_default_op_cache_key(ranges_op)(compiled)


_OF: dict[Kind, Callable[..., Any]] = {
    "binomial": binomial_ratio,
    "beta-binomial": beta_binomial_ratio,
}
