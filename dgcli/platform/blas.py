"""A fast BLAS, found and loaded before mlx, whose own it replaces; and whether threads may be started at all."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import threading
from collections.abc import Iterator
from pathlib import Path


def load_blas() -> str | None:
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
