"""What depends on the device."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from dgcli.errors import lacks_memory
from dgcli.platform import backend
from dgcli.platform.backend import BACKEND


def test_the_backend_is_described() -> None:
    assert BACKEND.device in ("cpu", "metal")
    assert BACKEND.numpy_products == (BACKEND.device == "cpu" and BACKEND.blas is None)
    assert 0 < backend.available_memory() <= backend.total_memory()


@pytest.mark.skipif(sys.platform != "linux", reason="only there has mlx a slow BLAS of its own")
def test_without_a_fast_blas_large_products_are_those_of_numpy() -> None:
    """They are the same numbers, at any number of dimensions, of views as well, and tens of times quicker."""
    code = (
        "import ctypes, sys\n"
        "def refuse(*args, **kwargs): raise OSError\n"
        "ctypes.CDLL = refuse\n"
        "from dgcli.platform.backend import BACKEND, mx\n"
        "assert BACKEND.blas is None, BACKEND\n"
        "from dgcli.platform.products import matmul\n"
        "def check(a, b):\n"
        "    found = matmul(a, b)\n"
        "    assert mx.abs(found - a @ b).max() < 1e-4 and found.shape == (a @ b).shape\n"
        "x, w = mx.random.normal((2, 40, 96)), mx.random.normal((128, 96)) / 10\n"
        "check(x, w.T), check(x[:, ::2], w.T[:, :100]), check(x[0], w.T), check(x, x.swapaxes(-1, -2))\n"
        "check(x[:, :1], w.T)\n"
        "assert 'numpy' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_importing_it_imports_nothing_heavy() -> None:
    code = (
        "import sys, dgcli.model\n"
        "print([name for name in ('numpy', 'mlx.nn', 'mlx_lm', 'transformers', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(backend._libc is None, reason="only the GNU library gives memory back on request")
def test_released_memory_is_no_longer_held() -> None:
    code = (
        "import os\n"
        "from dgcli.platform.backend import mx, release_memory\n"
        "def held(): return int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE') >> 20\n"
        "arrays = [mx.ones((2**18,)) for _ in range(100)]\n"
        "mx.eval(arrays)\n"
        "most = held()\n"
        "del arrays[1:]\n"
        "release_memory()\n"
        "print(most - held())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 90  # MiB


def test_threads_that_mlx_would_be_refused_are_refused_before_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would end the process; and those that were started end."""
    before, started = threading.active_count(), []
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if len(started) == 5:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    backend.ensure_threads.cache_clear()
    with pytest.raises(RuntimeError) as raised:
        backend.ensure_threads()
    assert lacks_memory(raised.value)
    assert len(started) == 5
    assert threading.active_count() == before
