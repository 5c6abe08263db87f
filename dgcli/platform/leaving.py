"""Ctrl-C while a command starts. It imports next to nothing, as it has to be there before everything else."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as that of typing, which takes longer to import than all of this
if TYPE_CHECKING:
    import signal
    from types import FrameType
else:
    import _signal as signal  # what `signal` is made of; the rest of it imports enum, functools and collections

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def leave_at_once() -> None:
    """From now on a signal ends the process without a word. One that is ignored, as under nohup, stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, leave)


def leave(number: int, frame: FrameType | None) -> None:
    """The handler: there is nothing to clean up."""
    os._exit(128 + number)
