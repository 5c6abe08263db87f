"""One run of the model at a time, in a thread of its own, so that the server answers while it is under way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from dgcli.lsp.filler import Stop, Tell

_Result = TypeVar("_Result")


class Busy(Exception):  # noqa: N818 (somebody may wait and ask again)
    """Another run is under way that does not give way."""


@dataclass
class Run:
    """A run that is under way, or about to be."""

    tell: Tell  # how far it is; called in the event loop
    gives_way: bool = False  # to any other
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def cancel(self) -> None:
        """Nobody wants the result any more."""
        self.cancelled.set()


class Runs:
    """The thread of the model, and who has it. To be used within one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._current: Run | None = None

    @property
    def busy(self) -> bool:
        """Whether the thread is at work, wanted or not."""
        return self._current is not None

    def cancel(self) -> None:
        """End the run that is under way, if there is one, as soon as it looks."""
        if self._current is not None:
            self._current.cancel()

    def close(self) -> None:
        """No run is to come; the one that is under way is cancelled, and not waited for."""
        self.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def work(self, run: Run, do: Callable[[Stop], _Result]) -> _Result:
        """What `do` returns, which is called in the thread and looks whether it is still wanted.

        A run that was cancelled or gives way is waited for.

        Raises:
            Busy: another one is under way.
        """
        while (current := self._current) is not None:
            if current.gives_way:
                current.cancel()
            elif not current.cancelled.is_set():
                raise Busy
            await current.ended.wait()
        self._current = run
        loop = asyncio.get_running_loop()

        def ended(future: Future[_Result]) -> None:
            with suppress(RuntimeError):  # the loop has ended before
                loop.call_soon_threadsafe(self._end, run)

        future = self._thread.submit(do, run.cancelled.is_set)
        future.add_done_callback(ended)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            run.cancel()
            raise

    def _end(self, run: Run) -> None:
        self._current = None
        run.ended.set()
