"""Products of matrices, the quick way: mlx's own, or numpy's where mlx has only the slow reference BLAS.

numpy's wheel carries an OpenBLAS of its own, which cannot take the place of mlx's. Handing numbers over copies the
result alone, so from some size on it is well worth it.
"""

from __future__ import annotations

from dgcli.platform.backend import mx, this_backend

_LEAST = 2**17  # multiplications; fewer are done before they are handed over


def matmul(a: mx.array, b: mx.array) -> mx.array:
    """a @ b: [..., L, I] and [..., I, O] -> [..., L, O]. Through numpy it is computed at once, not when asked for."""
    if not this_backend().numpy_products or a.dtype != mx.float32 or b.dtype != mx.float32:
        return a @ b
    if a.size * b.shape[-1] < _LEAST:
        return a @ b
    import numpy as np

    return mx.array(np.matmul(np.asarray(a), np.asarray(b)))
