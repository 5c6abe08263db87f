"""A value that is computed in the background while what follows mostly waits: for a process, a disk."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Soon(Generic[_T]):
    """What `function` returns, computed in a thread that begins at once."""

    def __init__(self, function: Callable[[], _T]) -> None:
        self._found: list[_T] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(function,), daemon=True)
        self._thread.start()

    def result(self) -> _T:
        """Wait for it; raises what `function` raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self, function: Callable[[], _T]) -> None:
        try:
            self._found.append(function())
        except BaseException as error:
            self._error = error
