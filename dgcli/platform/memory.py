"""How much memory there is: the machine's, a container's, what a model may take of it; and how it is given back."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dgcli.platform.backend import mx, this_backend


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


def _container_limits() -> Iterator[int]:
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            yield int(text)
