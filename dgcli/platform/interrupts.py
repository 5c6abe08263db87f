"""What Ctrl-C, SIGTERM and SIGHUP do to a command.

While it starts, nothing is there to clean up: the process ends at once and says nothing (`leaving`), whatever is being
imported.
What would leave something behind, such as a temporary file or a drawn terminal, runs `unwinding`, and what must not
stop half-way runs `held`.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dgcli.platform.leaving import SIGNALS, leave

_CLEANING = 1.0  # seconds that cleaning up may take before another signal interrupts it, too


@contextmanager
def unwinding() -> Iterator[None]:
    """Here a signal raises KeyboardInterrupt or SystemExit, so that what was begun is cleaned up.

    It is raised once: a second signal, right behind the first, would end the cleaning up. Whatever library code makes
    of the exception, it comes out as what it was.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    raised: list[tuple[float, BaseException]] = []

    def unwind(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not raised or now - raised[-1][0] > _CLEANING:
            raised.append((now, KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)))
            raise raised[-1][1]

    before = {number: signal.getsignal(number) for number in SIGNALS}
    ours = [number for number in SIGNALS if before[number] in (leave, signal.SIG_DFL, signal.default_int_handler)]
    for number in ours:
        signal.signal(number, unwind)
    try:
        yield
    except Exception as error:
        if raised:
            raise raised[-1][1] from error
        raise
    finally:
        for number in ours:
            signal.signal(number, before[number])


@contextmanager
def held() -> Iterator[None]:
    """What is done here is done to its end; a signal that comes meanwhile acts then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


class Asked:
    """Whether a signal has asked for an end, and which."""

    number: int | None = None

    def __call__(self) -> bool:
        return self.number is not None


@contextmanager
def asking() -> Iterator[Asked]:
    """Here the first signal is only written down, for work that soon ends by itself; the next is as in `unwinding`."""
    asked = Asked()
    with unwinding():
        if threading.current_thread() is not threading.main_thread():
            yield asked
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}

        def note(number: int, frame: FrameType | None) -> None:
            asked.number = number
            for each, handler in before.items():
                signal.signal(each, handler)

        for number in SIGNALS:
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, note)
        try:
            yield asked
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
