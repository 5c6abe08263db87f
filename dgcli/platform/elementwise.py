"""Functions of single numbers over large arrays, made of what mlx is quick at.

On the CPU mlx calls the C library for every exponential and hyperbolic tangent, one after the other; the products and
sums of a polynomial are vectorised and several times faster. Elsewhere, and in other types than float32, mlx's own
functions are used. Every operation is a pass over its array and makes another, so long arrays go through in blocks (see
`blocks`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import TypeVar

from dgcli.platform.backend import mx, this_backend
from dgcli.platform.gradients import with_gradient

# tanh(x) = x * P(x^2) / Q(x^2) within 3e-7 for |x| < 7.9, beyond which float32 knows only 1: the fit that Eigen uses.
_TANH_LIMIT = 7.90531110763549805
_TANH_P = (
    *(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08),
    *(1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03),
)
_TANH_Q = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)

# 2^f within 1e-7 of itself for |f| <= 1/2: a weighted least-squares fit that evens out the largest error.
_POWER = (0.00132647279, 0.00967151274, 0.0555073374, 0.240222421, 0.693146978, 1.0)
_MANTISSA_BITS, _EXPONENT_OF_ONE = 23, 127


_Results = TypeVar("_Results")


def fused(function: Callable[..., _Results]) -> Callable[..., _Results]:
    """`function`, which makes each number of the ones at the same place, as one pass on Metal.

    It takes arrays, tuples of arrays, and None.
    """
    compiled: list[Callable[..., _Results]] = []

    def call(*arrays: object) -> _Results:
        if this_backend().device == "cpu":
            return function(*arrays)
        if not compiled:
            compiled.append(mx.compile(function))
        return compiled[0](*arrays)

    return call


def tanh(x: mx.array) -> mx.array:
    """Hyperbolic tangent within 5e-7: [...] -> [...]"""
    return softcap(x, 1.0) if _in_parts(x) else mx.tanh(x)


def softcap(x: mx.array, cap: float) -> mx.array:
    """cap * tanh(x / cap), within cap * 5e-7, in float32: [...] -> [...]"""
    if not _in_parts(x):
        return _softcap(x, mx.array(cap, dtype=mx.float32))
    return with_gradient(
        lambda x: _stretched_tanh(x, cap), lambda above, result: above * (1 - mx.square(result * (1 / cap)))
    )(x)


def _stretched_tanh(x: mx.array, cap: float) -> mx.array:
    x = mx.clip(x / cap, -_TANH_LIMIT, _TANH_LIMIT)
    square = x * x
    return x * _polynomial(tuple(cap * value for value in _TANH_P), square) / _polynomial(_TANH_Q, square)


@fused
def _softcap(x: mx.array, cap: mx.array) -> mx.array:
    return mx.tanh(x.astype(mx.float32) / cap) * cap


def exp(x: mx.array) -> mx.array:
    """e^x for x <= 0, within 4e-6 of itself, and within 3e-7 for x >= -1; 0 below -88: [...] -> [...]

    It is 2^n * 2^f with a whole n and |f| <= 1/2. A float32 is 2^(exponent - 127) * mantissa, so n is put in its place
    among the bits, and the rest is a polynomial.
    """
    return with_gradient(_exp, mx.multiply)(x) if _in_parts(x) else mx.exp(x)


def _exp(x: mx.array) -> mx.array:
    x = mx.maximum(x, -88.0) * (1 / log(2))
    whole = mx.round(x)
    bits: mx.array = (whole.astype(mx.int32) + _EXPONENT_OF_ONE) * 2**_MANTISSA_BITS
    return bits.view(mx.float32) * _polynomial(_POWER, x - whole)


def softmax(x: mx.array) -> mx.array:
    """Probabilities over the last axis, within 1e-5 of themselves: [..., V] -> [..., V]"""
    return with_gradient(_softmax, _below_softmax)(x) if _in_parts(x) else mx.softmax(x, axis=-1, precise=True)


def _softmax(x: mx.array) -> mx.array:
    powers = _exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _below_softmax(above: mx.array, result: mx.array) -> mx.array:
    weighted = above * result
    return weighted - result * weighted.sum(axis=-1, keepdims=True)


def logsumexp(x: mx.array) -> mx.array:
    """log(sum(exp(x))) over the last axis, within 5e-6: [..., V] -> [...]"""
    if not _in_parts(x):
        return mx.logsumexp(x, axis=-1)
    top = x.max(axis=-1, keepdims=True)
    return top[..., 0] + mx.log(exp(x - top).sum(axis=-1))


def _in_parts(x: mx.array) -> bool:
    return this_backend().device == "cpu" and x.dtype == mx.float32


def _polynomial(coefficients: tuple[float, ...], x: mx.array) -> mx.array:
    """The highest power first."""
    total = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * x + coefficient
    return total
