"""A filler that writes what it is told to, and an editor at a server with it, in this process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dgcli.lsp.filler import Cancelled, Edit, Outcome, Stop, Tell
from dgcli.text.document import Document
from tests.lsp.client import Editor

REGISTERS = ("formal", "plain")


@dataclass
class Scripted:
    """Fills every hole with `words`, and knows others. While it is `held`, a run lasts until nobody wants it."""

    words: str = "was"
    others: tuple[str, ...] = ("is", "will be")
    left: tuple[str, ...] = ()
    wrong: Exception | None = None
    held: bool = False
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    stopped: int = 0

    def fill(
        self,
        document: Document,
        name: str,
        only: frozenset[int],
        *,
        alternatives: int,
        seed: int,
        tell: Tell,
        stop: Stop,
    ) -> Outcome:
        self.asked.append((document, name, only, seed))
        self._work(tell, stop)
        spans = [document.spans[index] for index in sorted(only)]
        edits = tuple(
            Edit(start=span.start, end=span.end, text=self.words, others=self.others, hole=span) for span in spans
        )
        return Outcome(edits=() if self.left else edits, left=self.left)

    def restyle(
        self, text: str, name: str, register: str, only: tuple[int, int], *, seed: int, tell: Tell, stop: Stop
    ) -> Outcome:
        self.asked.append((text, name, register, only, seed))
        self._work(tell, stop)
        start, end = only
        edit = Edit(start=start, end=end, text=text[start:end].upper())
        return Outcome(edits=() if edit.text == text[start:end] else (edit,), left=self.left)

    def _work(self, tell: Tell, stop: Stop) -> None:
        if self.wrong is not None:
            raise self.wrong
        tell("hole 1 of 1, step 1 of 2", 0.5)
        self.begun.set()
        while self.held and not stop():
            time.sleep(0.002)
        if stop():
            self.stopped += 1
            raise Cancelled
        tell("hole 1 of 1, step 2 of 2", 1.0)


@contextmanager
def connected(serve: Callable[[BinaryIO, BinaryIO], object]) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Streams to and from a server, which runs in a thread of this process until nothing more comes."""
    (hears, to), (back, says) = (
        (os.fdopen(end, "rb"), os.fdopen(begin, "wb")) for end, begin in (os.pipe(), os.pipe())
    )
    thread = threading.Thread(target=serve, args=(hears, says), daemon=True)
    thread.start()
    try:
        yield to, back
    finally:
        to.close()
        thread.join(300)
        assert not thread.is_alive()
        for stream in (hears, back, says):
            stream.close()


@contextmanager
def editing(filler: Scripted, seed: int | None = 1) -> Iterator[Editor]:
    """An editor at a server."""
    from dgcli.lsp.server import Server

    with connected(Server(filler, lambda: REGISTERS, seed).serve) as (to, back):
        try:
            yield Editor(to, back)
        finally:
            filler.held = False
