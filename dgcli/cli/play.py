"""The terminal's part of `dg replay`: keys in, frames out, until q is pressed."""

from __future__ import annotations

import os
import select

from dgcli.cli import looks
from dgcli.env import Environment
from dgcli.render.export.frames import wait
from dgcli.render.picture import Look, Picture, View, picture
from dgcli.render.playback import Playback, keys_of
from dgcli.render.recording import Recording
from dgcli.render.screen import FRAMES_PER_SECOND, draw
from dgcli.render.terminal import Terminal
from dgcli.render.theme import Colors
from dgcli.render.timeline import Timeline


def play(recording: Recording, env: Environment, *, speed: float, view: View | None) -> None:
    """Play on the whole screen of the terminal; afterwards it shows again what it showed before."""
    player = _Player(Timeline(recording), env, speed, looks.view(view))
    with player.terminal:
        player.run()


class _Player:
    def __init__(self, timeline: Timeline, env: Environment, speed: float, view: View) -> None:
        self._timeline = timeline
        self._env = env
        self._theme = looks.theme(env)
        self._state = Playback(places=len(timeline), holes=timeline.holes, speed=speed, view=view)
        self.terminal = Terminal(env.stderr, self._draw, whole=True, keys=True)

    def run(self) -> None:
        file = self._env.stdin.fileno()
        unfinished = ""
        due = self._env.clock()
        while not self._state.over:
            self._draw()
            due = max(due + self._wait(), self._env.clock() - 1.0)
            pressed = self._pressed(file, due)
            if pressed is None:
                self._state = self._state.further()
                continue
            if not pressed:
                return  # the terminal went away
            keys, unfinished = keys_of(unfinished + pressed)
            for key in keys:
                self._state = self._state.press(key)
            due = self._env.clock()

    def _wait(self) -> float:
        return max(wait(self._timeline, self._state.place, self._state.speed), 1 / FRAMES_PER_SECOND)

    def _pressed(self, file: int, due: float) -> str | None:
        """What was typed before it is time for the next frame; None if nothing was."""
        while True:
            room = max(0.0, due - self._env.clock()) if self._state.playing else None
            if not select.select([file], [], [], room)[0]:
                return None
            try:
                return os.read(file, 1024).decode(errors="replace")
            except InterruptedError:
                continue

    def _draw(self) -> None:
        columns, rows = self.terminal.size
        state = self._state
        signs = self._theme.colors is Colors.none
        look = Look(width=columns - 1, height=rows - 1, view=state.view, signs=signs, tallest=rows)
        shown = picture(self._timeline.scene(state.place), look)
        missing = max(0, rows - 1 - len(shown.rows))
        text, foot = (shown.rows[:-2], shown.rows[-2:]) if len(shown.rows) > 2 else (shown.rows, ())
        keys = (state.keys(columns - 1),) if rows > 1 else ()
        self.terminal.draw(draw(Picture((*text, *((),) * missing, *foot, *keys)), self._theme))
