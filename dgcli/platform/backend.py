"""The one place that imports mlx, and all that depends on the device.

Importing it changes nothing in the process: `start` loads mlx and sets it up. On Linux the CPU build of mlx brings a
reference BLAS; a fast one (OpenBLAS or MKL) loaded before it, with its symbols global, takes its place and multiplies
float32 matrices about thirty times faster. Hence: import `mx` from here, never `mlx.core`. Where there is none,
`dgcli.platform.products` hands large products to numpy, whose wheel has one inside.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dgcli.platform.blas import load_blas, try_threads

if TYPE_CHECKING:
    import mlx.core as mx  # noqa: TID251 - here only
else:
    mx = ModuleType("mlx.core")  # has what is in mlx.core from `start` on

__all__ = ["Backend", "compute_type", "keep_freed_memory", "mx", "start", "this_backend"]

_READERS = 8  # threads with which mlx reads files: two pools of four
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # of mallopt, malloc.h
_KEPT = 2**30  # bytes that stay at the end of the heap
_SMALL = 10**9  # bytes of weights of a model that is quick in float32 on Metal, too


@dataclass(frozen=True)
class Backend:
    """What the model runs on."""

    device: str
    """"metal" or "cpu"."""
    blas: str | None
    """What multiplies matrices on the CPU: "openblas", "mkl", "accelerate"; None: the slow reference library."""
    compute_dtype: mx.Dtype | None
    """The type that weights are cast to on load; None: it depends on the checkpoint, see `compute_type`."""
    numpy_products: bool
    """Whether large products of float32 go through numpy, as there is no fast BLAS for mlx."""
    dequantise: bool
    """Whether quantised weights are expanded on load where memory allows it."""
    group_experts: bool
    """Whether tokens are sent to their experts by one product per expert, not by one gathered product for all."""


_started: Backend | None = None  # of this process, as BLAS and mlx are


def start() -> Backend:
    """Load a fast BLAS and mlx, set both up, and say what there is. Only the first call in a process does something.

    `dgcli.load` and the command line call it; what uses `mx` before that starts it, too.

    Raises:
        RuntimeError: the threads that BLAS and mlx are going to start are refused, for want of memory or by a limit:
            they would end the process.
    """
    global _started  # noqa: PLW0603  (a process has one mlx)
    if _started is None:
        blas = load_blas() if sys.platform == "linux" else "accelerate" if sys.platform == "darwin" else None
        try_threads(_READERS)
        core = import_module("mlx.core")
        mx.__dict__.pop("__getattr__", None)
        mx.__dict__.update(core.__dict__)
        keep_freed_memory()
        _started = _set_up(blas)
    return _started


def this_backend() -> Backend:
    """What the model runs on; it is started where nothing has done so."""
    return _started or start()


def _first_use(name: str) -> Any:
    """What `mx` has before it is filled."""
    if name.startswith("__"):  # somebody looks at the module, and does not use it
        raise AttributeError(name)
    start()
    return getattr(mx, name)


if not TYPE_CHECKING:
    mx.__getattr__ = _first_use


def keep_freed_memory() -> None:
    """Let the C library, where it is the GNU one, keep freed memory for what comes next, in one heap.

    mlx has no pool of its own on the CPU. By default every large array would be mapped anew, and the system clears and
    maps its pages one by one: 90,000 of them in a step with a vocabulary of 32,768, a fifth of the step's time.

    What computes in another thread calls it before that is started: a thread would get a heap of its own, whose end the
    library does not give back, so that memory goes up and down between runs.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for parameter, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _KEPT), (_ARENA_MAX, 1)):
            library.mallopt(parameter, value)


def _set_up(blas: str | None) -> Backend:
    if mx.metal.is_available():
        return Backend("metal", blas, None, numpy_products=False, dequantise=False, group_experts=False)
    mx.set_default_device(mx.Device(mx.cpu))
    mx.disable_compile()  # it would run g++ at run time, in a folder under /tmp that anyone can predict
    return Backend("cpu", blas, mx.float32, numpy_products=blas is None, dequantise=True, group_experts=True)


def compute_type(stored: mx.Dtype, nbytes: int) -> mx.Dtype:
    """The type to compute in where the backend has none, with weights of `nbytes` that are `stored` in a type.

    float32 where they take less than a gigabyte: a seed then gives the same text on Metal as on the CPU, but for
    rounding. Others compute as they are stored. float16 could not hold the states of a Gemma, which go beyond 65,504,
    so it becomes bfloat16.
    """
    if nbytes < _SMALL:
        return mx.float32
    return mx.bfloat16 if stored == mx.float16 else stored
