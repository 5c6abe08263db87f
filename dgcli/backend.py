"""The one place that imports mlx, and all that depends on the device.

On Linux the CPU build of mlx brings a reference BLAS; a fast one (OpenBLAS or MKL) loaded before it, with its symbols
global, takes its place and multiplies float32 matrices about thirty times faster. Hence: import `mx` from here, never
`mlx.core`.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLAS_ADVICE = {
    "linux": "No fast BLAS was found: install OpenBLAS (Debian, Ubuntu: apt install libopenblas0) "
    "or, without root, MKL (pip install mkl), and dg runs up to 30 times faster.",
}


def _blas_libraries() -> Iterator[tuple[str, str]]:
    """Yield (name, what to open) of every fast BLAS that may be present, the preferred and the cheap to find first."""
    yield "openblas", "libopenblas.so.0"
    yield "mkl", "libmkl_rt.so.2"
    installed = [Path(entry).parent.parent for entry in sys.path if Path(entry).name.endswith("-packages")]
    for folder in dict.fromkeys([Path(sys.prefix, "lib"), *installed]):
        # The mkl wheel puts its libraries into PREFIX/lib, two levels above site-packages.
        for found in sorted(folder.glob("libmkl_rt.so*")):
            yield "mkl", str(found)
    for name, library in (("openblas", "openblas"), ("mkl", "mkl_rt")):
        if searched := ctypes.util.find_library(library):
            yield name, searched


def _load_blas() -> str | None:
    """Load the first fast BLAS that opens and return its name; None where there is none."""
    for name, library in _blas_libraries():
        try:
            ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return name
    return None


_blas = _load_blas() if sys.platform == "linux" else ("accelerate" if sys.platform == "darwin" else None)

import mlx.core as mx  # noqa: E402, TID251 - after BLAS, and here only

__all__ = [
    "BACKEND",
    "Backend",
    "available_memory",
    "clear_cache",
    "mx",
    "tanh",
    "total_memory",
    "usable_memory",
    "wire_memory",
]


@dataclass(frozen=True)
class Backend:
    """What the model runs on."""

    device: str
    """"metal" or "cpu"."""
    blas: str | None
    """What multiplies matrices on the CPU: "openblas", "mkl", "accelerate"; None: the slow reference library."""
    compute_dtype: mx.Dtype | None
    """The type that weights are cast to on load; None: as they are stored."""
    dequantise: bool
    """Whether quantised weights are expanded on load where memory allows it."""
    group_experts: bool
    """Whether tokens are sent to their experts by one product per expert, not by one gathered product for all."""
    advice: str
    """One sentence on how to make it much faster; empty where there is nothing to gain."""


def _describe() -> Backend:
    if mx.metal.is_available():
        return Backend("metal", _blas, None, dequantise=False, group_experts=False, advice="")
    mx.set_default_device(mx.Device(mx.cpu))
    mx.disable_compile()  # it would run g++ at run time, in a folder under /tmp that anyone can predict
    advice = "" if _blas else _BLAS_ADVICE.get(sys.platform, "")
    return Backend("cpu", _blas, mx.float32, dequantise=True, group_experts=True, advice=advice)


BACKEND = _describe()


# tanh(x) = x * P(x^2) / Q(x^2) within 3e-7 for |x| < 7.9, beyond which float32 knows only 1: the fit that Eigen uses.
_TANH_LIMIT = 7.90531110763549805
_TANH_P = (
    *(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08),
    *(1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03),
)
_TANH_Q = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)


def tanh(x: mx.array) -> mx.array:
    """Hyperbolic tangent. On the CPU mlx calls the C library for every element; products are three times faster."""
    if BACKEND.device != "cpu" or x.dtype != mx.float32:
        return mx.tanh(x)
    x = mx.clip(x, -_TANH_LIMIT, _TANH_LIMIT)
    return x * _polynomial(_TANH_P, x * x) / _polynomial(_TANH_Q, x * x)


def _polynomial(coefficients: tuple[float, ...], x: mx.array) -> mx.array:
    total = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * x + coefficient
    return total


def wire_memory() -> None:
    """Let Metal keep as much memory resident as it recommends, so that the weights are not paged out between steps."""
    if BACKEND.device == "metal":
        limit = mx.device_info()["max_recommended_working_set_size"]
        mx.set_wired_limit(int(limit))


def clear_cache() -> None:
    """Give freed buffers back to the system; worth it between canvases, not between steps."""
    mx.clear_cache()


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
    if BACKEND.device == "metal":
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
