"""The log probability of a known total as PyTensor takes it: one operation, with its gradient.

A loop of PyTensor's own (``scan``) takes minutes to compile with gradients; this one, written for
Numba, takes a second. The same sums as in ``totals``, for one draw at a time.
"""

from __future__ import annotations

import inspect
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.engines.nuts.totals import NEAR, NO_VARIANCE, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    type Tensor = Any

TINY = np.finfo(np.float64).tiny
"""Divides a sum that has underflowed."""


def log_total(log_p: Tensor, beyond: Tensor) -> Tensor:
    """Return the log probability that counts add up to a total, a PyTensor scalar.

    Parameters
    ----------
    log_p
        Log probability of the count w beyond the least in range r, shape ``(R, W)``; -inf where it
        is not allowed.
    beyond
        The least and the most events of all ranges together beyond their lows, shape ``(2,)``.
    """
    return _operation()(log_p, beyond)[0]


def log_total_with_shares(log_p: Floats, least: int, most: int) -> tuple[float, Floats]:
    """Return the log probability of the total, and that of each count given the total.

    The latter, shape ``(R, W)``, is the gradient of the former with respect to ``log_p``.
    """
    tilt, target = find_tilt(log_p, least, most)
    return add_up(log_p, (least, most), tilt, target)


def find_tilt(log_p: Floats, least: int, most: int) -> tuple[float, float]:
    """Return the tilt and the sum that it aims at: ``totals`` says what for."""
    w = np.arange(log_p.shape[1]) * 1.0
    tilt, target, low, high = 0.0, np.nan, -np.inf, np.inf
    for _ in range(STEPS):
        mean, variance = 0.0, 0.0
        for row in log_p:
            tilted = row + tilt * w
            p = np.exp(tilted - tilted.max())
            p /= p.sum()
            first = (p * w).sum()
            mean += first
            variance += (p * (w - first) ** 2).sum()
        if np.isnan(target):
            target = min(max(mean, least), most)
        miss = target - mean
        if abs(miss) <= NEAR * np.sqrt(variance):
            break
        low, high = (tilt, high) if miss > 0.0 else (low, tilt)
        reach = 1.0 + abs(tilt)
        moved = tilt + min(max(miss / max(variance, NO_VARIANCE), -reach), reach)
        tilt = moved if low < moved < high else 0.5 * (low + high)
    return tilt, target


def add_up(
    log_p: Floats, ends: tuple[int, int], tilt: float, target: float
) -> tuple[float, Floats]:
    """Convolve forwards for the probability of the total, backwards for that of each count."""
    least, size = ends[0], ends[1] + 1
    ranges, width = log_p.shape[0], min(log_p.shape[1], size)
    p, shares = np.zeros(log_p.shape), np.zeros(log_p.shape)
    ahead = np.zeros((ranges + 1, size))
    ahead[0, 0] = 1.0
    log_scale = -tilt * target
    for r in range(ranges):
        tilted = log_p[r] + tilt * np.arange(log_p.shape[1])
        p[r] = np.exp(tilted - tilted.max())
        for w in range(width):
            ahead[r + 1, w:] += p[r, w] * ahead[r, : size - w]
        scale = max(ahead[r + 1].sum(), TINY)
        ahead[r + 1] /= scale
        log_scale += tilted.max() + np.log(scale)
    behind = np.zeros(size)
    behind[least:] = np.exp(-tilt * (np.arange(least, size) - target))
    total = (ahead[ranges] * behind).sum()
    for r in range(ranges - 1, -1, -1):
        further = behind
        behind = np.zeros(size)
        for w in range(width):
            shares[r, w] = p[r, w] * (ahead[r, : size - w] * further[w:]).sum()
            behind[: size - w] += p[r, w] * further[w:]
        shares[r] /= max(shares[r].sum(), TINY)
        behind /= max(behind.max(), TINY)
    return log_scale + np.log(max(total, TINY)), shares


def _version() -> int:
    """Return a number that changes with the functions above: Numba keeps what it compiled."""
    source = inspect.getsource(find_tilt) + inspect.getsource(add_up)
    source += f"{STEPS} {NEAR} {NO_VARIANCE} {TINY}"
    return int(sha256(source.encode()).hexdigest()[:12], 16)


@cache
def _operation() -> Any:  # noqa: ANN401 - a PyTensor operation, whose library is not loaded here
    import pytensor.tensor as pt
    from pytensor.gradient import DisconnectedType
    from pytensor.graph import Apply, Op
    from pytensor.link.numba.dispatch import basic

    class LogTotal(Op):  # type: ignore[misc]  # PyTensor has no types
        __props__ = ()

        def make_node(self, log_p: Tensor, beyond: Tensor) -> Apply:
            log_p, beyond = pt.as_tensor(log_p), pt.as_tensor(beyond)
            return Apply(self, [log_p, beyond], [pt.dscalar(), log_p.type()])

        def perform(self, _node: Apply, inputs: list[Any], outputs: list[list[Any]]) -> None:
            value, shares = log_total_with_shares(inputs[0], *inputs[1].tolist())
            outputs[0][0], outputs[1][0] = np.asarray(value), shares

        def pullback(
            self, _inputs: list[Tensor], outputs: list[Tensor], cotangents: list[Tensor]
        ) -> list[Tensor]:
            return [cotangents[0] * outputs[1], DisconnectedType()()]

        def connection_pattern(self, _node: Apply) -> list[list[bool]]:
            return [[True, False], [False, False]]

    def compiled(_op: LogTotal, **_: object) -> tuple[Any, int]:
        tilting, adding = basic.numba_njit(find_tilt), basic.numba_njit(add_up)

        def both(log_p: Any, beyond: Any) -> Any:  # noqa: ANN401 - arrays, seen by Numba alone
            tilt, target = tilting(log_p, beyond[0], beyond[1])
            value, shares = adding(log_p, (beyond[0], beyond[1]), tilt, target)
            return np.asarray(value), shares

        return basic.numba_njit(both), _version()

    basic.register_funcify_default_op_cache_key(LogTotal)(compiled)
    return LogTotal()
