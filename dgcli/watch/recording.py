"""Reading a trace back. A trace may come from anywhere: nothing in it is taken on trust."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from dgcli.checkpoint.pieces import Pieces
from dgcli.errors import InputError
from dgcli.events import CanvasStart, Doing, Draft, Event, Filled, Focus, Step, Trial
from dgcli.platform.environment import one_line
from dgcli.watch.trace import FORMAT, VERSION

LARGEST = 512 * 2**20  # bytes of a trace
_LARGEST_ID = 2**31
_LARGEST_CANVAS = 65_536
_LARGEST_NUMBER = 1e12  # of milliseconds and the like
_LARGEST_ENTROPY = math.log(_LARGEST_ID)  # nats; that of any distribution over tokens is smaller
_AGAIN = "Record the run again with <record>."


@dataclass(frozen=True)
class Moment:
    """An event, and when it happened."""

    event: Event
    ms: float  # since the run began


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A run as it was recorded."""

    command: str
    model: str
    seed: int | None
    moments: tuple[Moment, ...]
    texts: Mapping[int, str | bytes]  # of ids; of parts of characters, their bytes
    result: Mapping[str, Any]  # the last line; empty if the run did not get that far
    notes: tuple[str, ...]  # what a person should know about the file

    @property
    def pieces(self) -> Pieces:
        return Pieces(lambda token: self.texts.get(token, f"⟨{token}⟩"))

    @property
    def draft(self) -> Draft | None:
        return next((moment.event for moment in self.moments if isinstance(moment.event, Draft)), None)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(moment.event for moment in self.moments if isinstance(moment.event, Step))

    @property
    def starts(self) -> tuple[CanvasStart, ...]:
        return tuple(moment.event for moment in self.moments if isinstance(moment.event, CanvasStart))


def read_trace(path: Path) -> Recording:
    """Read a file that `--record` wrote. If its end is missing, as after an interrupted run, the rest is read.

    Raises:
        InputError: it is missing, too large, no trace, or damaged.
    """
    reader = _Reader(path)
    for line, whole in _lines(path):
        reader.take(line, whole)
    return reader.recording()


def _lines(path: Path) -> Iterator[tuple[str, bool]]:
    """The lines of a file, and of each whether it is ended by a newline."""
    try:
        with path.open("rb") as file:
            size = 0
            while data := file.readline(LARGEST + 1):
                size += len(data)
                if size > LARGEST:
                    raise InputError(
                        f"{path} is larger than {LARGEST >> 20} MiB.", "Record fewer holes or fewer steps at a time."
                    )
                yield data.decode("utf-8", errors="replace"), data.endswith(b"\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", "Check the name and the permissions.") from error


@dataclass
class _Reader:
    """Takes line after line."""

    path: Path
    number: int = 0
    header: Mapping[str, Any] | None = None
    moments: list[Moment] = field(default_factory=list)
    texts: dict[int, str | bytes] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    open: dict[int, tuple[int, Step]] = field(default_factory=dict)  # the last step of a canvas, and its place
    widths: dict[int, int] = field(default_factory=dict)
    ms: float = 0.0
    ids: int = _LARGEST_ID  # tokens are below it: the vocabulary's size

    def take(self, line: str, whole: bool) -> None:
        self.number += 1
        try:
            value = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError):
            if whole or self.header is None:
                self.fail("is not JSON")
            self.notes.append("The recording ends within a line: what comes before it is shown.")
            return
        if not isinstance(value, dict):
            self.fail("is not an object")
        if self.header is None:
            self.take_header(value)
        elif self.result:
            self.fail("comes after the result")
        elif "input" in value:
            self.take_step(value)
        elif "canvas" in value:
            self.take_canvas(value)
        elif "trial" in value or "focus" in value:
            self.take_text(value)
        elif "result" in value or "stop_reason" in value:
            self.take_filled(value)
            self.result = value
        else:
            self.fail("is of no known kind")

    def recording(self) -> Recording:
        if self.header is None:
            self.fail("is missing: the file is empty")
        if not self.result:
            self.notes.append("The recording has no end: the run was interrupted.")
        if any(token not in self.texts for moment in self.moments for token in _ids(moment.event)):
            self.notes.append("The recording has no texts for some of its tokens: their numbers are shown.")
        header, seed = self.header, self.header.get("seed")
        return Recording(
            command=one_line(str(header.get("command", "")))[:40],
            model=one_line(str(header.get("model", "")))[:200],
            seed=seed if type(seed) is int and 0 <= seed < 2**64 else None,
            moments=tuple(self.moments),
            texts=self.texts,
            result=self.result,
            notes=tuple(self.notes),
        )

    def take_header(self, value: Mapping[str, Any]) -> None:
        if value.get("format") != FORMAT:
            raise InputError(f"{self.path} is not a recording made by dg.", "Name a file that <record> wrote.")
        if value.get("version") != VERSION:
            raise InputError(
                f"{self.path} has version {str(value.get('version'))[:20]} of the format; this dg reads {VERSION}.",
                "Use the dg that wrote it.",
            )
        self.header = value
        if "vocab_size" in value:
            self.ids = self.integer(value, "vocab_size")
        self.take_draft(value)

    def take_draft(self, value: Mapping[str, Any]) -> None:
        draft = value.get("draft")
        if draft is not None:
            parts, marks = self.texts_of(draft, "parts"), self.texts_of(draft, "marks")
            if len(parts) != len(marks) + 1:
                self.fail("has a draft whose parts and marks do not fit together")
            rewrites = draft.get("rewrites") is True
            self.moments.append(Moment(Draft(parts=parts, marks=marks, rewrites=rewrites), self.ms))

    def take_canvas(self, value: Mapping[str, Any]) -> None:
        self.take_filled(value)
        self.take_draft(value)
        canvas = self.integer(value, "canvas")
        if canvas in self.widths:
            self.fail(f"announces canvas {canvas} a second time")
        role = value.get("role", "answer")
        hole = self.integer(value, "hole", 1)
        width = self.integer(value, "width")
        start = CanvasStart(
            canvas=canvas,
            role=role if isinstance(role, str) else self.fail("has a role that is not text"),
            prompt=self.integers(value, "prompt", self.ids),
            width=width,
            hole=hole,
            holes=max(hole, self.integer(value, "holes", 1)),
            forbidden=self.integers(value, "forbidden", self.ids) if "forbidden" in value else (),
            place=self.place(value, width),
        )
        self.widths[canvas] = start.width
        self.moments.append(Moment(start, self.ms))

    def take_text(self, value: Mapping[str, Any]) -> None:
        """A text that is tried, or where in a hole that is done."""
        self.take_filled(value)
        self.take_draft(value)
        self.take_time(value)
        event: Trial | Focus
        if "trial" in value:
            doing = value.get("doing")
            if doing not in [each.value for each in Doing]:
                self.fail("does not say what is done with its text")
            which = self.integer(value, "which")
            count = max(which, self.integer(value, "count"))
            event = Trial(text=self.text_of(value, "trial"), doing=Doing(doing), which=which, count=count)
        else:
            hole = self.integer(value, "hole")
            texts = {key: self.text_of(self.mapping(value, "focus"), key) for key in ("before", "old", "behind")}
            event = Focus(hole=hole, holes=max(hole, self.integer(value, "holes")), **texts)
        self.moments.append(Moment(event, self.ms))

    def take_time(self, value: Mapping[str, Any], ms: float = 0.0) -> None:
        """When a line was written; where that is not told, so many milliseconds after the line before."""
        self.ms = max(self.ms, self.number_of(value["at"], "at")) if "at" in value else self.ms + ms

    def take_step(self, value: Mapping[str, Any]) -> None:
        for token, text in self.mapping(value, "pieces").items():
            raw = text if isinstance(text, list) else [text]
            if not token.isdecimal() or not (isinstance(text, str) or all(map(_is_byte, raw))):
                self.fail("has pieces that are not texts")
            self.texts[int(token[:12])] = text if isinstance(text, str) else bytes(raw)
        canvas, number, of = (self.integer(value, key) for key in ("canvas", "step", "of"))
        width = self.widths.get(canvas)
        if width is None:
            self.fail(f"is a step of canvas {canvas}, which no line before it announces")
        before = self.open.get(canvas)
        if number != (before[1].step + 1 if before else 1) or number > of:
            self.fail(f"is step {number} of {of} of canvas {canvas}, out of turn")
        rows = {key: self.integers(value, key, self.ids) for key in ("input", "sampled", "argmax")}
        rows |= {key: self.integers(value, key, 2) for key in ("accepted", "free")}
        entropy = tuple(self.number_of(each, "entropy", _LARGEST_ENTROPY) for each in self.list_of(value, "entropy"))
        if any(len(row) != width for row in (*rows.values(), entropy)):
            self.fail(f"has rows that are not as wide as its canvas ({width})")
        if before is not None:  # what a step shows is what the next one reads
            place, earlier = before
            self.moments[place] = replace(self.moments[place], event=replace(earlier, next_input=rows["input"]))
        ms = self.number_of(value.get("ms", 0), "ms")
        step = Step(
            canvas=canvas,
            step=number,
            of=of,
            temperature=self.number_of(value.get("temperature", 0), "temperature"),
            input=rows["input"],
            sampled=rows["sampled"],
            argmax=rows["argmax"],
            accepted=tuple(map(bool, rows["accepted"])),
            entropy=entropy,
            free=tuple(map(bool, rows["free"])),
            next_input=rows["argmax"],
            settled=value.get("settled") is True,
            seconds=ms / 1000,
            sampling=self.number_of(value.get("sampling_ms", 0), "sampling_ms") / 1000,
        )
        self.take_time(value, ms)
        self.open[canvas] = len(self.moments), step
        self.moments.append(Moment(step, self.ms))

    def take_filled(self, value: Mapping[str, Any]) -> None:
        for each in self.list_of(value, "filled") if "filled" in value else ():
            text = each.get("text") if isinstance(each, dict) else None
            if not isinstance(text, str):
                self.fail("has a filled hole without a text")
            canvas = None if each.get("canvas") is None else self.integer(each, "canvas")
            self.moments.append(Moment(Filled(hole=self.integer(each, "hole"), text=text, canvas=canvas), self.ms))

    def place(self, value: Mapping[str, Any], width: int) -> tuple[int, int] | None:
        if "place" not in value:
            return None
        found = self.integers(value, "place", width + 1)
        if len(found) != 2 or found[0] > found[1]:
            self.fail("has a place that is not a beginning and an end")
        return found[0], found[1]

    def integer(self, value: Mapping[str, Any], key: str, default: int | None = None) -> int:
        found = value.get(key, default)
        if type(found) is not int or not 0 <= found < _LARGEST_ID:
            self.fail(f"has no number for `{key}`")
        return found

    def integers(self, value: Mapping[str, Any], key: str, below: int) -> tuple[int, ...]:
        found = self.list_of(value, key)
        if not all(type(each) is int and 0 <= each < below for each in found):
            self.fail(f"has something in `{key}` that cannot be there")
        return tuple(found)

    def number_of(self, value: Any, key: str, most: float = _LARGEST_NUMBER) -> float:
        if type(value) not in (int, float) or not 0 <= value <= most:
            self.fail(f"has something in `{key}` that is not a number, or none that can be")
        return float(value)

    def list_of(self, value: Mapping[str, Any], key: str) -> Sequence[Any]:
        found = value.get(key)
        if not isinstance(found, list) or (key != "prompt" and len(found) > _LARGEST_CANVAS and key != "forbidden"):
            self.fail(f"has no list for `{key}`")
        return found

    def mapping(self, value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = value.get(key, {})
        if not isinstance(found, dict):
            self.fail(f"has no object for `{key}`")
        return found

    def text_of(self, value: Mapping[str, Any], key: str) -> str:
        found = value.get(key)
        return found if isinstance(found, str) else self.fail(f"has no text for `{key}`")

    def texts_of(self, value: Any, key: str) -> tuple[str, ...]:
        found = self.list_of(value, key) if isinstance(value, dict) else self.fail("has a draft that is not an object")
        if not all(isinstance(each, str) for each in found):
            self.fail(f"has something in `{key}` that is not text")
        return tuple(found)

    def fail(self, problem: str) -> NoReturn:
        raise InputError(f"{self.path} is damaged: line {max(self.number, 1)} {problem}.", _AGAIN)


def _ids(event: Event) -> Sequence[int]:
    return (*event.next_input, *event.argmax) if isinstance(event, Step) else ()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_byte(value: Any) -> bool:
    return type(value) is int and 0 <= value < 256
