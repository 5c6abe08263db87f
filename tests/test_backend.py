"""What depends on the device."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from dgcli.errors import lacks_memory
from dgcli.platform.backend import this_backend
from dgcli.platform.blas import try_threads
from dgcli.platform.memory import available_memory, total_memory


def test_the_backend_is_described() -> None:
    assert this_backend().device in ("cpu", "metal")
    assert this_backend().numpy_products == (this_backend().device == "cpu" and this_backend().blas is None)
    assert 0 < available_memory() <= total_memory()


@pytest.mark.skipif(sys.platform != "linux", reason="only there has mlx a slow BLAS of its own")
def test_without_a_fast_blas_large_products_are_those_of_numpy() -> None:
    """They are the same numbers, at any number of dimensions, of views as well, and tens of times quicker."""
    code = (
        "import ctypes, sys\n"
        "def refuse(*args, **kwargs): raise OSError\n"
        "ctypes.CDLL = refuse\n"
        "from dgcli.platform.backend import this_backend, mx\n"
        "assert this_backend().blas is None\n"
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


_PROCESS = """
import importlib, locale, os, pkgutil, signal, sys, threading, warnings

def libraries():
    with open("/proc/self/maps") as maps:
        return {line.split()[-1] for line in maps if ".so" in line}

def state():
    streams = [(stream, stream.encoding, stream.errors, stream.line_buffering) for stream in (sys.stdout, sys.stderr)]
    signals = {number: signal.getsignal(number) for number in signal.valid_signals()}
    hooks = sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook
    where = os.getcwd(), locale.setlocale(locale.LC_ALL), list(sys.path)
    return dict(os.environ), list(warnings.filters), streams, signals, hooks, where, threading.active_count()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what is loaded is read from /proc")
def test_importing_dgcli_changes_nothing_in_the_process() -> None:
    """No variable, library, handler, filter, stream or thread is another afterwards."""
    _run(_PROCESS + "before = state(), libraries()\nimport dgcli\nassert (state(), libraries()) == before\n")


@pytest.mark.skipif(sys.platform != "linux", reason="what is loaded is read from /proc")
def test_importing_every_module_starts_nothing() -> None:
    """Their own imports may bring libraries; BLAS and mlx come when something is computed."""
    _run(
        _PROCESS
        + "before, started = state(), libraries()\n"
        + "import dgcli\n"
        + "for module in pkgutil.walk_packages(dgcli.__path__, 'dgcli.'):\n"
        + "    importlib.import_module(module.name)\n"
        + "assert state() == before\n"
        + "brought = [path for path in libraries() - started if 'blas' in path or 'mkl' in path or 'mlx' in path]\n"
        + "assert not brought, brought\n"
        + "assert not {'mlx', 'mlx.core', 'mlx_lm', 'numpy', 'torch', 'transformers'} & set(sys.modules)\n"
        + "from dgcli.platform.backend import mx, start\n"
        + "device = start().device\n"
        + "import mlx.core\n"
        + "assert mx.array is mlx.core.array and start().device == device\n"
    )


def test_what_is_used_before_the_start_starts_it() -> None:
    _run(
        "from dgcli.platform.backend import mx, this_backend\n"
        "assert (mx.array([1.0, 2.0]).sum() == 3).item()\n"
        "assert this_backend().compute_dtype is (None if mx.metal.is_available() else mx.float32)\n"
    )


def _run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU library gives memory back on request")
def test_released_memory_is_no_longer_held() -> None:
    code = (
        "import os\n"
        "from dgcli.platform.backend import mx\nfrom dgcli.platform.memory import release_memory\n"
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


def test_threads_that_a_library_would_be_refused_are_refused_before_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would end the process; and those that were started end."""
    before, started = threading.active_count(), []
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if len(started) == 5:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError) as raised:
        try_threads(8)
    assert lacks_memory(raised.value)
    assert len(started) == 5
    assert threading.active_count() == before
