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
    from collections.abc import Callable

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
    tilt, target, low, high = 0.0, np.nan, -np.inf, np.inf
    for _ in range(STEPS):
        mean, variance = 0.0, 0.0
        for r in range(log_p.shape[0]):
            p = tilted(log_p[r], tilt)[0]
            whole, first, second = 0.0, 0.0, 0.0
            for w in range(p.size):
                whole += p[w]
                first += p[w] * w
                second += p[w] * w * w
            mean += first / whole
            variance += max(second / whole - (first / whole) ** 2, 0.0)
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


def tilted(log_p: Floats, tilt: float) -> tuple[Floats, float]:
    """Return the tilted probabilities of a range's counts, the largest 1, and the log of that."""
    p = np.empty(log_p.size)
    top = -np.inf
    for w in range(log_p.size):
        p[w] = log_p[w] + tilt * w
        top = max(top, p[w])
    for w in range(log_p.size):
        p[w] = np.exp(p[w] - top)
    return p, top


def add_up(
    log_p: Floats, ends: tuple[int, int], tilt: float, target: float
) -> tuple[float, Floats]:
    """Convolve forwards for the probability of the total, backwards for that of each count."""
    p, ahead, log_scale = forwards(log_p, ends[1] + 1, tilt)
    behind, total = np.zeros(ends[1] + 1), 0.0
    for t in range(ends[0], ends[1] + 1):
        behind[t] = np.exp(-tilt * (t - target))
        total += ahead[-1, t] * behind[t]
    return log_scale - tilt * target + np.log(max(total, TINY)), backwards(p, ahead, behind)


# Loops without temporary arrays, which would be most of the work.


def forwards(log_p: Floats, size: int, tilt: float) -> tuple[Floats, Floats, float]:
    """Return tilted probabilities, those of the sum of the first r counts, and the log of scales.

    The sums' have shape ``(R + 1, size)``, and each row adds up to 1.
    """
    p, ahead, log_scale = np.zeros(log_p.shape), np.zeros((log_p.shape[0] + 1, size)), 0.0
    ahead[0, 0] = 1.0
    for r in range(log_p.shape[0]):
        p[r], top = tilted(log_p[r], tilt)
        for w in range(min(log_p.shape[1], size)):
            if p[r, w] > 0.0:
                for t in range(size - w):
                    ahead[r + 1, t + w] += p[r, w] * ahead[r, t]
        scale = max(ahead[r + 1].sum(), TINY)
        ahead[r + 1] /= scale
        log_scale += top + np.log(scale)
    return p, ahead, log_scale


def backwards(p: Floats, ahead: Floats, behind: Floats) -> Floats:
    """Return the probability of each count given the total; ``behind`` weighs each total."""
    shares, size = np.zeros(p.shape), behind.size
    for r in range(p.shape[0] - 1, -1, -1):
        further = behind
        behind = np.zeros(size)
        for w in range(min(p.shape[1], size)):
            if p[r, w] > 0.0:
                reached = 0.0
                for t in range(size - w):
                    reached += ahead[r, t] * further[t + w]
                    behind[t] += p[r, w] * further[t + w]
                shares[r, w] = p[r, w] * reached
        shares[r] /= max(shares[r].sum(), TINY)
        behind /= max(behind.max(), TINY)
    return shares


PARTS: tuple[Callable[..., Any], ...] = (tilted, find_tilt, forwards, backwards, add_up)
"""What Numba compiles."""


def _version() -> int:
    """Return a number that changes with the functions above: Numba keeps what it compiled."""
    source = "".join(map(inspect.getsource, PARTS))
    source += f"{STEPS} {NEAR} {NO_VARIANCE} {TINY}"
    return int(sha256(source.encode()).hexdigest()[:12], 16)


@cache
def _operation() -> Any:  # noqa: ANN401 - a PyTensor operation, whose library is not loaded here
    import pytensor.tensor as pt
    from numba.extending import register_jitable
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

    for part in PARTS:
        register_jitable(part)

    def compiled(_op: LogTotal, **_: object) -> tuple[Any, int]:
        def both(log_p: Any, beyond: Any) -> Any:  # noqa: ANN401 - arrays, seen by Numba alone
            tilt, target = find_tilt(log_p, beyond[0], beyond[1])
            value, shares = add_up(log_p, (beyond[0], beyond[1]), tilt, target)
            return np.asarray(value), shares

        return basic.numba_njit(both), _version()

    basic.register_funcify_default_op_cache_key(LogTotal)(compiled)
    return LogTotal()
