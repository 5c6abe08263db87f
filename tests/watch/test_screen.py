from __future__ import annotations

import io
import re

import pytest

from dgcli.events import CanvasStart, Event, Filled, Step
from dgcli.watch.screen import FRAMES_PER_SECOND, LiveScreen, PlainScreen
from dgcli.watch.theme import Theme
from dgcli.watch.view import Colors, ThemeName, View
from dgcli.watch.watch import Watch
from tests.watch.runs import DRAFT, FILLS, Clock, events, pieces

THEME = Theme.of(ThemeName.dark, Colors.true)
FRAME = "\x1b[?2026h"
OWN = re.compile(r"\x1b\[\?(?:25|7|2026)[hl]|\x1b\[\d*[AJK]|\x1b\[[\d;]*m|\r\n|\r")  # what the live view may send


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_frames_show_the_canvas_and_its_numbers() -> None:
    stream = io.StringIO()
    with PlainScreen(stream, pieces, Clock(step=0.01)) as screen:
        for event in events():
            screen.show(event)
    frames = stream.getvalue().split("\n 1 │ # The mill")
    assert "3 │ The old mill stands by the side of" in frames[-1]
    assert "4" in frames[-1]
    assert "hole 2/2" in frames[-1]
    assert "\x1b" not in stream.getvalue()
    assert re.search(r"\.\.+", frames[3])  # states are told in characters


def hostile(ids: object) -> list[str]:
    return ["\x1b[31m\x07\u202e\x9b2J"] * len(list(ids))  # type: ignore[call-overload]


@pytest.mark.parametrize("view", list(View))
def test_a_terminal_gets_no_control_character_of_the_text(view: View) -> None:
    for stream, screen in (
        (plain := io.StringIO(), PlainScreen(plain, hostile, Clock(), view=view)),
        (tty := Tty(), LiveScreen(tty, hostile, Clock(step=1.0), theme=THEME, view=view, keep=True)),
    ):
        with screen:
            for event in events():
                screen.show(event)
        left = OWN.sub("", stream.getvalue())
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", left)
        assert "␛[31m␇\ufffd" in left


def test_the_live_view_drops_frames_but_never_waits() -> None:
    stream = Tty()
    with LiveScreen(stream, pieces, Clock(), theme=THEME) as screen:  # the clock stands still
        for event in events():
            screen.show(event)
    assert stream.getvalue().count(FRAME) == 1 + len(FILLS)  # the first, and each text that is taken


def on_the_way() -> list[Event]:
    """The events but for texts that are taken, which are always drawn."""
    return [event for event in events() if not isinstance(event, Filled)]


def test_at_most_thirty_frames_a_second() -> None:
    stream, clock = Tty(), Clock()
    with LiveScreen(stream, pieces, clock, theme=THEME) as screen:
        for _ in range(20):
            for event in on_the_way():
                screen.show(event)
                clock.now += 0.004
    assert 0.5 * clock.now * FRAMES_PER_SECOND < stream.getvalue().count(FRAME) <= clock.now * FRAMES_PER_SECOND + 1


def test_a_slow_terminal_gets_fewer_frames() -> None:
    stream, clock = Tty(), Clock(step=0.004)  # every look at the clock costs, so a frame costs more than 10 ms
    with LiveScreen(stream, pieces, clock, theme=THEME) as screen:
        for _ in range(20):
            for event in on_the_way():
                screen.show(event)
    assert screen.spent < 0.1 * clock.now


def test_the_finished_text_stays_if_nothing_else_shows_it() -> None:
    for keep in (False, True):
        stream = Tty()
        with LiveScreen(stream, pieces, Clock(step=1.0), theme=THEME, keep=keep) as screen:
            for event in events():
                screen.show(event)
        after = stream.getvalue().rpartition(FRAME)[2]
        text = OWN.sub("", stream.getvalue().rpartition("\x1b[?2026l")[0].rpartition(FRAME)[2])
        if keep:
            assert "The old mill stands by the side of the river" in text
            assert "2 holes filled" in text
            assert "\x1b[J\x1b[?2026l\r\n" in after
        assert stream.getvalue().endswith("\x1b[?7h\x1b[?25h")


def _fail(screen: LiveScreen) -> None:
    screen.show(DRAFT)
    raise ZeroDivisionError


def test_what_fails_leaves_nothing_behind() -> None:
    stream = Tty()
    screen = LiveScreen(stream, pieces, Clock(step=1.0), theme=THEME, keep=True)
    with pytest.raises(ZeroDivisionError), screen:
        _fail(screen)
    assert stream.getvalue().endswith("A\x1b[J\x1b[?7h\x1b[?25h")


def test_a_terminal_that_goes_away_does_not_stop_the_run() -> None:
    class Gone(Tty):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    with LiveScreen(Gone(), pieces, Clock(step=1.0), theme=THEME, keep=True) as screen:
        for event in events():
            screen.show(event)


def test_something_else_can_be_written_in_between() -> None:
    stream = Tty()
    with LiveScreen(stream, pieces, Clock(step=1.0), theme=THEME) as screen:
        screen.show(DRAFT)
        screen.make_way()
        assert stream.getvalue().endswith("A\x1b[J\x1b[?7h\x1b[?25h")
        length = len(stream.getvalue())
        screen.show(CanvasStart(canvas=0, role="candidate", prompt=(), width=20, hole=1, holes=2))
        assert stream.getvalue()[length:].startswith("\x1b[?25l\x1b[?7l\x1b[?2026h\r")


def test_of_a_batch_the_canvas_that_leads_is_shown_until_the_last_step() -> None:
    watch = Watch(pieces, Clock())
    seen = [(event, watch.see(event)) for event in events()]
    for hole in ((0, 1), (2, 3)):
        of_hole = [(event, new) for event, new in seen if isinstance(event, Step) and event.canvas in hole]
        assert {event.step for event, new in of_hole if new} == {event.step for event, _ in of_hole}


def test_what_is_taken_is_drawn_even_right_after_another_frame() -> None:
    stream = Tty()
    with LiveScreen(stream, pieces, Clock(), theme=THEME) as screen:  # the clock stands still
        for event in events():
            screen.show(event)
            if isinstance(event, Filled):
                assert event.text in OWN.sub("", stream.getvalue().rpartition(FRAME)[2])
