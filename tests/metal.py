"""The settings of Metal on the CPU, so that their code runs where there is no Mac."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dgcli.platform import backend
from dgcli.platform.backend import Backend, mx, start, this_backend
from dgcli.platform.memory import total_memory

METAL = Backend("metal", None, None, numpy_products=False, dequantise=False, group_experts=False)


def expanding() -> None:
    """Skip a test of expanded weights where they stay packed."""
    if not this_backend().dequantise:
        pytest.skip("quantised weights stay packed on Metal")


@contextmanager
def metal_settings(small: int | None = None) -> Iterator[None]:
    """Weights stay packed and in the type that they are stored in, experts are gathered, mlx's own functions are used.

    A model computes in float32 where its weights take less than `small` bytes, None: as many as on a Mac. On the CPU
    mlx gathers matrices of float32 alone, so those are widened and narrowed here; all else is as on Metal.
    """
    start()
    gather = mx.gather_mm

    def widened(a: mx.array, b: mx.array, **options: object) -> mx.array:
        return gather(a.astype(mx.float32), b.astype(mx.float32), **options).astype(a.dtype)

    device = {"device_name": "no GPU", "max_recommended_working_set_size": total_memory()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "_started", METAL)
        patch.setattr(mx, "gather_mm", widened)
        patch.setattr(mx, "set_wired_limit", lambda limit: 0)
        patch.setattr(mx, "device_info", lambda: device)
        if small is not None:
            patch.setattr(backend, "_SMALL", small)
        yield
