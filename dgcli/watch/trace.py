"""A run as JSON lines: enough for anyone to check it step by step against the reference implementation.

First line: format, version, command, model, seed, settings and the canvases that the run begins with. Then, for each
canvas, a line with the ids in the encoder's cache, and a line for each of its steps. Texts that are tried without one,
and parts of a hole that are begun, have lines of their own. Last line: the result.

So that a trace can be played without the model, the header has the `draft`, a step the `pieces` (texts of ids) that are
new in it, and the line after a hole is done tells what it was `filled` with. Where a text is worked on as it comes, the
first canvas of each part has the `draft` of that part.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from dgcli.checkpoint.pieces import Piece
from dgcli.errors import InputError
from dgcli.events import CanvasStart, Draft, Event, Filled, Focus, Step, Trial

FORMAT, VERSION = "dg-trace", 1
_BEGINNING = f'{{"format":"{FORMAT}",'.encode()


class Trace:
    """Writes a trace while a run goes on. The file is for its owner only: it holds the document."""

    def __init__(
        self,
        path: Path,
        header: Callable[[], Mapping[str, Any]],
        piece: Piece | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._path = path
        self._header: Callable[[], Mapping[str, Any]] | None = header  # asked when the first canvas is there
        self._piece = piece
        self._clock = clock
        self._started = clock() if clock is not None else 0.0
        self._starts: list[CanvasStart] = []
        self._draft: Draft | None = None  # that no line has told of yet
        self._filled: list[dict[str, Any]] = []  # holes that no line has told of yet
        self._prompt_lengths: dict[int, int] = {}
        self._known: set[int] = set()  # ids whose texts are written

    def __enter__(self) -> Trace:
        try:
            self._file = os.fdopen(_opened(self._path), "w", encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as full:
            raise self._unwritable(full) from error

    def show(self, event: Event) -> None:
        """Write one event. Canvases of a batch are announced together, right before its first step."""
        if isinstance(event, CanvasStart):
            self._starts.append(event)
        elif isinstance(event, Step):
            self._announce()
            line = step_line(event, self._prompt_lengths[event.canvas])
            self._write(line | self._at() | self._texts(event))
        elif isinstance(event, Trial | Focus):
            self._announce()
            line = trial_line(event) if isinstance(event, Trial) else focus_line(event)
            self._write(line | self._at() | self._fills() | self._parts())
        elif isinstance(event, Filled):
            self._filled.append(filled_line(event))
        else:
            self._draft = event

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write the last line."""
        self._announce()
        self._write({**result, **self._fills()})

    def _at(self) -> dict[str, Any]:
        """How many milliseconds of the run have passed."""
        return {"at": round(1000 * (self._clock() - self._started), 3)} if self._clock is not None else {}

    def _announce(self) -> None:
        if self._header is not None:
            canvases = [
                {"canvas": start.canvas, "role": start.role, "width": start.width, "hole": start.hole}
                for start in self._starts
            ]
            self._write({"format": FORMAT, "version": VERSION, **self._header(), **self._parts(), "canvases": canvases})
            self._header = None
        for start in self._starts:
            self._prompt_lengths[start.canvas] = len(start.prompt)
            self._write({**canvas_line(start), **self._fills(), **self._parts()})
        self._starts.clear()

    def _fills(self) -> dict[str, Any]:
        """The holes that were filled since the last line that told of any."""
        filled, self._filled = self._filled, []
        return {"filled": filled} if filled else {}

    def _parts(self) -> dict[str, Any]:
        """The text that is begun with, if no line has told of it."""
        draft, self._draft = self._draft, None
        return {} if draft is None else {"draft": draft_line(draft)}

    def _texts(self, step: Step) -> dict[str, Any]:
        """The texts of ids that appear for the first time; of parts of characters, their bytes."""
        if self._piece is None:
            return {}
        return texts_line(step, self._piece, self._known)

    def _write(self, line: Mapping[str, Any]) -> None:
        try:
            self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(f"The recording {self._path} cannot be written ({error.strerror}).", "Name another file.")


def check_recordable(path: Path) -> None:
    """Raises InputError for a file that holds something else than a trace, or cannot be read."""
    if not os.path.isfile(path):
        return
    try:
        with path.open("rb") as there:
            beginning = there.read(len(_BEGINNING))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", "Name another file.") from error
    if beginning not in (b"", _BEGINNING):
        raise InputError(f"{path} already exists and is not a recording.", "Name another file.")


def _opened(path: Path) -> int:
    """A descriptor to write a trace to. Raises InputError for a file that holds something else."""
    check_recordable(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)
    return descriptor


def draft_line(draft: Draft) -> dict[str, Any]:
    """The text that a run begins with."""
    return {"parts": draft.parts, "marks": draft.marks, **({"rewrites": True} if draft.rewrites else {})}


def canvas_line(start: CanvasStart) -> dict[str, Any]:
    """A canvas, before its first step."""
    return {
        "canvas": start.canvas,
        "role": start.role,
        "width": start.width,
        "hole": start.hole,
        "holes": start.holes,
        "forbidden": start.forbidden,
        "prompt": start.prompt,
        **({"place": start.place} if start.place is not None else {}),
    }


def trial_line(trial: Trial) -> dict[str, Any]:
    """A text that is tried."""
    return {"trial": trial.text, "doing": trial.doing.value, "which": trial.which, "count": trial.count}


def focus_line(focus: Focus) -> dict[str, Any]:
    """The part of a hole that is begun, and all around it that the hole holds."""
    texts = {"before": focus.before, "old": focus.old, "behind": focus.behind}
    return {"focus": texts, "hole": focus.hole, "holes": focus.holes}


def filled_line(filled: Filled) -> dict[str, Any]:
    """What a hole came to."""
    return {"hole": filled.hole, "text": filled.text, "canvas": filled.canvas}


def step_line(step: Step, prompt_length: int) -> dict[str, Any]:
    """One step of a canvas; `prompt_length`: the ids in the encoder's cache."""
    return {
        "canvas": step.canvas,
        "step": step.step,
        "of": step.of,
        "remaining": step.remaining,
        "temperature": step.temperature,
        "input": step.input,
        "sampled": step.sampled,
        "argmax": step.argmax,
        "accepted": [int(accepted) for accepted in step.accepted],
        "entropy": [round(entropy, 6) for entropy in step.entropy],
        "free": [int(free) for free in step.free],
        "prompt_length": prompt_length,
        "settled": step.settled,
        "ms": round(1000 * step.seconds, 3),
        "sampling_ms": round(1000 * step.sampling, 3),
    }


def texts_line(step: Step, piece: Piece, known: set[int]) -> dict[str, Any]:
    """The texts of a step's ids that are not `known` yet; from then on they are."""
    new = {*step.input, *step.sampled, *step.argmax, *step.next_input} - known
    known |= new
    return {"pieces": {str(token): _plain(piece(token)) for token in sorted(new)}} if new else {}


def _plain(piece: str | bytes) -> str | int | list[int]:
    """A piece as JSON has it: a byte is a number."""
    if isinstance(piece, str):
        return piece
    return piece[0] if len(piece) == 1 else [*piece]
