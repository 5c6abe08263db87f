"""Products of matrices, the quick way: mlx's own, or numpy's where mlx has only the slow reference BLAS.

numpy's wheel carries an OpenBLAS of its own, which cannot take the place of mlx's. Handing numbers over copies the
result alone, so from some size on it is well worth it.
"""

from __future__ import annotations

from typing import Any

from dgcli.platform.backend import mx, this_backend

_LEAST = 2**17  # multiplications; fewer are done before they are handed over


def matmul(a: mx.array, b: mx.array) -> mx.array:
    """a @ b: [..., L, I] and [..., I, O] -> [..., L, O]. Through numpy it is computed at once, not when asked for."""
    if not this_backend().numpy_products or a.dtype != mx.float32 or b.dtype != mx.float32:
        return a @ b
    if a.size * b.shape[-1] < _LEAST:
        return a @ b
    product: Any = mx.custom_function(_by_numpy)
    product.vjp(_below)
    result: mx.array = product(a, b)
    return result


def _by_numpy(a: mx.array, b: mx.array) -> mx.array:
    import numpy as np

    return mx.array(np.matmul(np.asarray(a), np.asarray(b)))


def _below(factors: tuple[mx.array, mx.array], above: mx.array, _: mx.array) -> tuple[mx.array, mx.array]:
    """The gradients of both factors by that of the product.

    That of a matrix [I, O] is mlx's own product, which is not computed where nobody asks for it: most are frozen.
    """
    a, b = factors
    towards_a = _by_numpy(above, b.swapaxes(-1, -2))
    if b.ndim == 2:
        return towards_a, a.reshape(-1, a.shape[-1]).T @ above.reshape(-1, above.shape[-1])
    return _summed(towards_a, a), _summed(_by_numpy(a.swapaxes(-1, -2), above), b)


def _summed(gradient: mx.array, factor: mx.array) -> mx.array:
    """Over the axes along which the factor was repeated."""
    extra = range(gradient.ndim - factor.ndim)
    return gradient.sum(axis=tuple(extra)) if extra else gradient
