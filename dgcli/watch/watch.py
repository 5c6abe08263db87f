"""From events to scenes. Taking an event in costs next to nothing; a scene is put together only to be drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from dgcli.events import CanvasStart, Draft, Event, Filled, Focus, Step, Trial
from dgcli.watch.frames import Cell, Pieces, State, frame
from dgcli.watch.race import Race
from dgcli.watch.scene import Around, Numbers, Scene, TaggedText

_BREAK = re.compile(r"\r\n?")
_TOLD = 1.0  # seconds in which the status line tells that another canvas leads


class Watch:
    """Follows a run. Of the canvases of a batch it looks at the one that leads (`race.py`)."""

    def __init__(self, pieces: Pieces, clock: Callable[[], float]) -> None:
        self._pieces = pieces
        self._clock = clock
        self._started = clock()
        self._draft: Draft | None = None
        self._fills: dict[int, str] = {}
        self._around = Around()
        self._hole = self._holes = 0
        self._batch: list[CanvasStart] = []
        self._lengths: dict[int, int] = {}
        self._race = Race()
        self._before: Step | None = None
        self._step: Step | None = None
        self._trial: Trial | None = None  # what is tried since the last step
        self._focus: Focus | None = None  # of the hole at hand
        self._lead_since = float("-inf")  # by the clock; another led before
        self._tokens = 0  # of finished holes
        self._uncounted = False  # a hole was filled without a canvas, so nobody knows its tokens
        self._passes = 0  # of an answer
        self._done = False
        self._step_seen = False  # of the batch at hand

    def see(self, event: Event) -> bool:
        """Take an event in; whether there is something new to draw."""
        if isinstance(event, Step):
            return self._see_step(event)
        if isinstance(event, CanvasStart):
            self._see_start(event)
            return len(self._batch) == 1
        if isinstance(event, Trial):
            self._step, self._trial = None, event
        elif isinstance(event, Draft):
            self._draft, self._hole, self._holes = event, 0, len(event.marks)
            self._fills.clear()
            self._batch, self._focus = [], None
            self._look_around()
        elif isinstance(event, Focus):
            self._hole, self._holes, self._focus = event.hole, event.holes, event
            self._look_around()
        else:
            self._see_filled(event)
        return True

    def finish(self) -> None:
        """The run is over: from now on the scene is the finished text."""
        self._keep_answer()
        self._done, self._focus = True, None
        self._look_around()

    def scene(self) -> Scene:
        """This moment."""
        step = self._step
        numbers = Numbers(
            entropies=self._race.entropies,
            hole=self._hole,
            holes=self._filled if self._done and self._draft is not None else self._holes,
            lengths=tuple(self._lengths.get(each.canvas, 0) for each in self._batch) if len(self._batch) > 1 else (),
            tokens=0 if self._uncounted else self._tokens,
            passes=self._passes,
            seconds=max(0.0, self._clock() - self._started),
            filled=step is None and self._focus is None and self._hole in self._fills,
            rewrites=self._draft is not None and self._draft.rewrites,
            overtaken=self._clock() - self._lead_since < _TOLD,
            done=self._done,
            trial=self._trial,
        )
        if self._trial is not None:
            cells = (Cell(_newlines(self._trial.text), State.TRIED, 0.0),)
            return Scene(around=self._around, cells=self._spaced(cells), numbers=numbers)
        if step is None:
            return Scene(around=self._around, cells=(), numbers=numbers)
        picture = frame(step, self._pieces, self._before)
        numbers = replace(
            numbers,
            step=picture.step,
            of=picture.of,
            free=picture.free,
            open=picture.open,
            tokens=0 if self._uncounted else self._tokens + picture.free - picture.open,
        )
        return Scene(around=self._around, cells=self._in_place(step, picture.cells), numbers=numbers)

    @property
    def _filled(self) -> int:
        """How many holes hold something else than before."""
        marks = self._draft.marks if self._draft is not None else ()
        return sum(self._fills.get(number, mark) != mark for number, mark in enumerate(marks, 1))

    @property
    def _shown(self) -> CanvasStart | None:
        """The canvas that is looked at."""
        lead = self._race.lead
        return next((start for start in self._batch if start.canvas == lead), None)

    def _see_start(self, start: CanvasStart) -> None:
        if self._batch and self._step_seen:
            self._batch = []
        if not self._batch:
            self._step_seen = False
            self._race = Race()
            self._lead_since = float("-inf")
            if start.role == "answer":
                self._keep_answer()
            alone = self._draft is None and start.role == "answer"  # there is no document, and no hole in it
            hole, holes = (0, 0) if alone else (start.hole, start.holes)
            if self._focus is not None and self._focus.hole != hole:
                self._focus = None
            goes_on = self._focus is None and hole in self._fills  # one that was done
            if goes_on or (hole, holes) != (self._hole, self._holes):
                self._hole, self._holes = hole, holes
                self._look_around()
        self._batch.append(start)

    def _see_step(self, step: Step) -> bool:
        self._step_seen = True
        if step.canvas not in self._lengths:
            self._lengths[step.canvas] = sum(step.free)
        led_before = self._race.lead
        if not self._race.see(step):
            return False
        if led_before not in (None, step.canvas) and step.step > 1:
            self._lead_since = self._clock()
        self._before, self._step, self._trial = self._race.before, step, None
        self._passes += self._draft is None
        return True

    def _see_filled(self, event: Filled) -> None:
        if event.canvas is not None:
            self._tokens += self._lengths.get(event.canvas, 0)
        elif self._draft is not None and event.text not in self._draft.marks:
            self._uncounted = True
        self._hole = event.hole
        self._fills[event.hole] = event.text
        self._focus = None
        self._look_around(after=event.hole)

    def _keep_answer(self) -> None:
        """Without a document the canvases themselves are the text, one after the other."""
        if self._draft is None and self._step is not None:
            text = "".join(self._pieces(self._step.argmax))
            self._tokens += sum(self._step.free)
            self._around = Around(before=(*self._around.before, TaggedText(_newlines(text), "filled")))
            self._step = None

    def _look_around(self, after: int = 0) -> None:
        """Nothing is tried or denoised at this moment; the document is looked at anew."""
        self._step = self._trial = None
        self._around = self._surroundings(after)

    def _surroundings(self, after: int = 0) -> Around:
        """The document around the hole at hand; `after` a hole that was just filled, around the place behind it."""
        draft = self._draft
        if draft is None:
            return self._around
        behind = max(self._fills, default=0) if self._done else after
        mark, folded = "", 0
        before: list[TaggedText] = []
        patches = before  # what is walked through goes before the hole at hand, and then after it
        rest: list[TaggedText] = []
        if not self._done and not self._hole:
            patches = rest  # the beginning of the run: all is still to come
        for number, part in enumerate(draft.parts):
            if number:
                if number == self._hole and not behind:
                    patches = rest
                    mark = _newlines(draft.marks[number - 1])
                    if self._focus is not None:
                        done, now, rest_of_it = map(
                            _newlines, (self._focus.before, self._focus.old, self._focus.behind)
                        )
                        folded = max(0, mark.count("\n") - (done + now + rest_of_it).count("\n"))
                        mark = now
                        before.append(TaggedText(done, "filled"))
                        rest.append(TaggedText(rest_of_it, "mark"))
                elif number in self._fills:
                    patches.append(TaggedText(_newlines(self._fills[number]), "filled"))
                else:
                    patches.append(TaggedText(_newlines(draft.marks[number - 1]), "mark"))
                if number == behind:
                    patches = rest
            patches.append(TaggedText(_newlines(part), "context"))
        return Around(before=tuple(before), after=tuple(rest), mark=mark, numbered=True, folded=folded)

    def _in_place(self, step: Step, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """The cells that stand where the document has its hole; all of them where there is no document."""
        if self._draft is None:
            return cells
        start = self._shown
        if start is not None and start.place is not None:
            cells = cells[slice(*start.place)]
        else:
            free = [position for position, is_free in enumerate(step.free) if is_free]
            cells = cells[free[0] : free[-1] + 1] if free else ()
        return self._spaced(cells)

    def _spaced(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """The cells without a space that the text before them has already."""
        written = "".join(patch.text for patch in self._around.before[-2:])
        if not written or written[-1].isspace():  # the space before a hole belongs to the text, and to the first word
            cells = _without_first_space(cells)
        return cells


def _without_first_space(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    for index, cell in enumerate(cells):
        if cell.text:
            return (*cells[:index], replace(cell, text=cell.text.removeprefix(" ")), *cells[index + 1 :])
    return cells


def _newlines(text: str) -> str:
    return _BREAK.sub("\n", text)
