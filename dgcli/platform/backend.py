"""The one place that imports mlx, and all that depends on the device, its memory and that of a container too.

Importing it changes nothing in the process: `start` loads mlx and sets it up. On Linux the CPU build of mlx brings a
reference BLAS; a fast one (OpenBLAS or MKL) loaded before it, with its symbols global, takes its place and multiplies
float32 matrices about thirty times faster. Hence: import `mx` from here, never `mlx.core`. Where there is none,
`dgcli.platform.products` hands large products to numpy, whose wheel has one inside.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mlx.core as mx  # noqa: TID251 - here only
else:
    mx = ModuleType("mlx.core")  # has what is in mlx.core from `start` on

__all__ = [
    "Backend",
    "available_memory",
    "clear_cache",
    "compute_type",
    "mx",
    "release_memory",
    "start",
    "this_backend",
    "total_memory",
    "try_threads",
    "usable_memory",
    "wire_memory",
]

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
        blas = _load_blas() if sys.platform == "linux" else "accelerate" if sys.platform == "darwin" else None
        try_threads(_READERS)
        core = import_module("mlx.core")
        mx.__dict__.pop("__getattr__", None)
        mx.__dict__.update(core.__dict__)
        if sys.platform == "linux":
            _keep_freed_memory()
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


def _blas_libraries() -> Iterator[tuple[str, str]]:
    """Yield (name, what to open) of every fast BLAS that may be present, the preferred and the cheap to find first."""
    yield "openblas", "libopenblas.so.0"
    yield "mkl", "libmkl_rt.so.2"
    installed = [Path(entry).parent.parent for entry in sys.path if Path(entry).name.endswith("-packages")]
    for folder in dict.fromkeys([Path(sys.prefix, "lib"), *installed]):
        # The mkl wheel puts its libraries into PREFIX/lib, two levels above site-packages.
        for found in sorted(folder.glob("libmkl_rt.so*")):
            yield "mkl", str(found)
    import ctypes.util  # takes a while, and what is above is nearly always there

    for name, library in (("openblas", "openblas"), ("mkl", "mkl_rt")):
        if searched := ctypes.util.find_library(library):
            yield name, searched


def try_threads(count: int) -> None:
    """Start so many threads at once and end them: a library that is refused one ends the process.

    Raises:
        RuntimeError: one is refused, for want of memory or by a limit on threads.
    """
    done = threading.Event()
    threads = [threading.Thread(target=done.wait) for _ in range(count)]
    try:
        for thread in threads:
            thread.start()
    finally:
        done.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


def _load_blas() -> str | None:
    """Load the first fast BLAS that opens and return its name; None where there is none.

    Raises RuntimeError where OpenBLAS, which has a thread for each core, would interrupt the process for want of one.
    """
    if resource.getrlimit(resource.RLIMIT_NPROC)[0] != resource.RLIM_INFINITY:
        try_threads(os.cpu_count() or 1)
    for name, library in _blas_libraries():
        try:
            ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return name
    return None


def _keep_freed_memory() -> None:
    """Let the C library, where it is the GNU one, keep freed memory for what comes next.

    mlx has no pool of its own on the CPU. By default every large array would be mapped anew, and the system clears and
    maps its pages one by one: 90,000 of them in a step with a vocabulary of 32,768, a fifth of the step's time.
    """
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


def wire_memory() -> None:
    """Let Metal keep as much memory resident as it recommends, so that the weights are not paged out between steps."""
    if this_backend().device == "metal":
        limit = mx.device_info()["max_recommended_working_set_size"]
        mx.set_wired_limit(int(limit))


def clear_cache() -> None:
    """Give buffers that Metal keeps back to the system; worth it between canvases, not between steps."""
    mx.clear_cache()


def release_memory() -> None:
    """Give all freed memory back to the system; worth it between runs, for the next has to ask for it again."""
    clear_cache()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def total_memory() -> int:
    """Memory that this process may ever have, in bytes: the machine's, or the container's where that is less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_container_limits()])


def available_memory() -> int:
    """Memory that can be taken now without swapping, in bytes; the total where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return total_memory()
    kibibytes = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)
    return total_memory() if kibibytes is None else min(total_memory(), kibibytes * 1024)


def usable_memory() -> int:
    """Memory that a model may take, in bytes: on Metal the working set that the system recommends, else what is free.

    What other programs hold on a Mac is not counted: the system makes room for a working set by compressing them.
    """
    if this_backend().device == "metal":
        return min(total_memory(), int(mx.device_info()["max_recommended_working_set_size"]))
    return available_memory()


def _container_limits() -> Iterator[int]:
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            yield int(text)
