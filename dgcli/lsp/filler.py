"""What an editor asks for, as edits of its text: a protocol, and the filler that has a model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from dgcli.events import CanvasStart, Event, Focus, Step, Trial
from dgcli.profiles import USUAL, ProfileName
from dgcli.serve.client import Client
from dgcli.serve.requests import ServerGoneError
from dgcli.text.document import Document, Span

if TYPE_CHECKING:
    from dgcli.serve.model import Model
    from dgcli.tasks.infill.filled import Fill
    from dgcli.tasks.restyle.registers import Register

Tell = Callable[[str, float | None], None]  # what is done, and how much of it: from 0 to 1; None: not known
Stop = Callable[[], bool]  # whether nobody wants the result any more
Load = Callable[[bool], "Model"]  # the model, for restyling or else for filling

_LOOKS = 0.1  # seconds between two looks whether a run is still wanted


class Cancelled(Exception):  # noqa: N818 (it is not an error)
    """Nobody wants the result any more."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Characters `start` to `end` of a text are replaced."""

    start: int
    end: int
    text: str
    others: tuple[str, ...] = ()  # what else might stand there, the best first
    hole: Span | None = None  # that it fills; None of a paragraph


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The edits of a run, in order and apart, and what a person should know: sentences."""

    edits: tuple[Edit, ...]
    left: tuple[str, ...] = ()


class Filler(Protocol):
    """Who fills and rewrites. Both raise DgError as the commands do, and Cancelled soon after `stop` says so."""

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
        """Fill the holes `only` of a document, counted from 0, as `dg infill` does; `name` is that of the file."""

    def restyle(
        self, text: str, name: str, register: str, only: tuple[int, int], *, seed: int, tell: Tell, stop: Stop
    ) -> Outcome:
        """Rewrite the paragraphs that the stretch `only` touches, as `dg restyle` does."""


@dataclass(frozen=True)
class ModelFiller:
    """The model of this process or of a server, which is asked for when it is needed. To be used by one thread."""

    load: Load
    registers: Callable[[], dict[str, Register]]
    profile: ProfileName | None = None  # None: that of the command
    steps: int | None = None

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
        tell("reading the model", None)
        model = _telling(self.load(False), tell)
        with _given_up(model, stop):
            result = model.infill(
                document,
                seed=seed,
                profile=self.profile or USUAL["infill"],
                steps=self.steps,
                alternatives=alternatives,
                name=name,
                only=only,
                show=_Watch("hole", len(only), tell, stop),
            )
        made = [(document.spans[index], result.fills[index]) for index in sorted(only)]
        return Outcome(
            edits=tuple(_edit(document, hole, fill) for hole, fill in made if not fill.skipped),
            left=tuple(
                f"Line {document.line_of(hole)}: the hole was left, as every fill {fill.fault}."
                for hole, fill in made
                if fill.fault
            ),
        )

    def restyle(
        self, text: str, name: str, register: str, only: tuple[int, int], *, seed: int, tell: Tell, stop: Stop
    ) -> Outcome:
        from dgcli.tasks.restyle.manner import Manner
        from dgcli.tasks.restyle.registers import find_register
        from dgcli.tasks.restyle.restyled import Part, Restyled
        from dgcli.text.blocks.formats import format_in, format_of

        wanted = find_register(register, self.registers())
        known = format_of(PurePath(name).name, text) if name else format_in(text, "The text")
        tell("reading the model", None)
        model = _telling(self.load(True), tell)
        parts: list[Part] = []
        with _given_up(model, stop):
            model.restyle_lines(
                [text],
                Manner.of(wanted),
                parts.append,
                seed=seed,
                format=known,
                at_once=True,
                only=only,
                profile=self.profile or USUAL["restyle"],
                steps=self.steps,
                show=_Watch("paragraph", None, tell, stop),
            )
        blocks = Restyled.of(parts).fills
        return Outcome(
            edits=tuple(
                Edit(start=block.span.start, end=block.span.end, text=block.text)
                for block in blocks
                if block.text != block.old
            ),
            left=tuple(
                f"Line {block.line}: the paragraph was left as it was, or a part of it: {block.faults[0]}."
                for block in blocks
                if block.faults
            ),
        )


def _edit(document: Document, hole: Span, fill: Fill) -> Edit:
    """The fill of a hole, and the others as they stand in its place: one may take a blank along, and others not."""
    start = min(each.span.start for each in (fill, *fill.others))

    def placed(each: Fill) -> str:
        return document.text[start : each.span.start] + each.text

    return Edit(start=start, end=hole.end, text=placed(fill), others=tuple(map(placed, fill.others)), hole=hole)


def _telling(model: Model, tell: Tell) -> Model:
    """The same, which tells of its place where a server has other jobs before."""

    def waiting(place: int) -> None:
        if place:
            tell(f"waiting for the server; jobs before this one: {place}", None)

    return replace(model, waiting=waiting) if isinstance(model, Client) else model


@contextmanager
def _given_up(model: Model, stop: Stop) -> Iterator[None]:
    """Ends a run within this where nobody wants its result any more, also one of which nothing is heard: it may wait
    in the queue of a server. Raises Cancelled then."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOKS):
            if stop():
                model.close()

    thread = threading.Thread(target=look, name="given-up", daemon=True)
    thread.start()
    try:
        yield
    except ServerGoneError as error:
        if stop():
            raise Cancelled from error
        raise
    finally:
        done.set()
        thread.join()


@dataclass
class _Watch:
    """Tells how far a run is, and ends it where nobody wants its result any more."""

    what: str
    wanted: int | None  # how many of them there are to be done
    tell: Tell
    stop: Stop
    canvases: dict[int, CanvasStart] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)  # holes
    focus: Focus | None = None  # of the paragraph at hand
    told: str = ""

    def __call__(self, event: Event) -> None:
        if self.stop():
            raise Cancelled
        if isinstance(event, CanvasStart):
            self.canvases[event.canvas] = event
            self.begun.add(event.hole)
        elif isinstance(event, Focus):
            self.focus = event
        elif isinstance(event, Step):
            canvas = self.canvases[event.canvas]
            share = (len(self.begun) - 1 + event.step / event.of) / self.wanted if self.wanted else None
            self.say(canvas.hole, canvas.holes, f"step {event.step} of {event.of}", share)
        elif isinstance(event, Trial) and self.focus is not None:
            self.say(self.focus.hole, self.focus.holes, f"{event.doing.value} text {event.which} of {event.count}")

    def say(self, hole: int, holes: int, doing: str, share: float | None = None) -> None:
        """Tell it, once: a step is one of several canvases, and a text is tried token by token."""
        message = f"{self.what} {hole} of {holes}, {doing}"
        if message != self.told:
            self.told = message
            self.tell(message, share)
