"""Memory of a server: that of the thread that computes is given back like any other."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import ctypes, sys
from dgcli.errors import DgError
from dgcli.serve.worker import Worker
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p

def load():
    place = library.malloc(ctypes.c_size_t(50_000))
    lines = [line.split() for line in open("/proc/self/maps") if line.rstrip().endswith("[heap]")]
    first, last = (int(bound, 16) for bound in lines[0][0].split("-"))
    raise DgError("in the heap" if first <= place < last else "elsewhere", "")

try:
    Worker(load).start()
except DgError as error:
    sys.exit(error.problem != "in the heap")
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only that library gives threads heaps of their own")
def test_the_thread_of_the_model_has_no_heap_of_its_own() -> None:
    """What it frees at the end of such a heap would stay with the process."""
    pytest.importorskip("starlette", reason="needs the extra `serve`")
    assert subprocess.run([sys.executable, "-c", CODE], check=False).returncode == 0
