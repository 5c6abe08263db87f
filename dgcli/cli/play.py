"""The terminal's part of `dg replay`: keys in, frames out, until q is pressed."""

from __future__ import annotations

from dgcli.cli import looks
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment
from dgcli.platform.interrupts import unwinding
from dgcli.watch.export.frames import wait
from dgcli.watch.keys import Keys
from dgcli.watch.picture import Look, Picture, picture
from dgcli.watch.playback import Playback
from dgcli.watch.recording import Recording
from dgcli.watch.screen import FRAMES_PER_SECOND, draw
from dgcli.watch.terminal import Terminal
from dgcli.watch.timeline import Timeline
from dgcli.watch.view import Colors, View


def play(recording: Recording, env: Environment, *, speed: float, view: View | None) -> None:
    """Play on the whole screen of the terminal; afterwards it shows again what it showed before.

    Raises:
        UsageError: there is no terminal to read keys from.
    """
    player = _Player(Timeline(recording), env, speed, looks.view(env, view))
    try:
        with unwinding(), player.terminal, Keys() as keys:
            player.run(keys)
    except OSError as error:
        raise UsageError("There is no terminal to play on.", "Write a file with --export run.html.") from error
    except EOFError:
        return  # the terminal went away


class _Player:
    def __init__(self, timeline: Timeline, env: Environment, speed: float, view: View) -> None:
        self._timeline = timeline
        self._clock = env.clock
        self._theme = looks.theme(env)
        self._state = Playback(places=len(timeline), holes=timeline.holes, speed=speed, view=view)
        self.terminal = Terminal(env.stderr, self._draw, whole=True, keys=True)

    def run(self, keys: Keys) -> None:
        """Until q is pressed."""
        due = self._clock()
        while not self._state.over:
            self._draw()
            if self._state.playing:
                # Late by a little is made up for; late by more, as after a pause, is not.
                due = max(due + self._wait(), self._clock() - 0.2)
                key = keys.read(max(0.0, due - self._clock()))
            else:
                key = keys.read()
            if key is None:
                self._state = self._state.further()
            else:
                self._state = self._state.press(key)
                due = self._clock()

    def _wait(self) -> float:
        return max(wait(self._timeline, self._state.place, self._state.speed), 1 / FRAMES_PER_SECOND)

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
