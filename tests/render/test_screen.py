from __future__ import annotations

import io

from dgcli.canvas import Canvas, CanvasStart
from dgcli.diffusion import PhiloxDraws, denoise
from dgcli.render.screen import LiveScreen, PlainScreen
from dgcli.settings import DenoiseSettings
from tests.fakes import Letters, Oracle

LETTERS = Letters()
TARGET = LETTERS.encode("The cat sat.")
START = CanvasStart(canvas=0, role="candidate", prompt=(), width=12, hole=1, holes=2)


def steps() -> list[object]:
    canvas = Canvas(tokens=TARGET, free=(False,) * 4 + (True,) * 3 + (False,) * 5)
    plan = DenoiseSettings(max_steps=9)
    return list(denoise(Oracle(TARGET, 200), canvas, plan, PhiloxDraws(1, 200)))


def test_plain_frames_show_the_canvas_and_its_numbers() -> None:
    stream = io.StringIO()
    with PlainScreen(stream, LETTERS.pieces) as screen:
        screen.show(START)
        for step in steps():
            screen.show(step)  # type: ignore[arg-type]
    lines = stream.getvalue().splitlines()
    assert lines[-2:] == ["The cat sat.", "hole 1/2 · step 2/9 · entropy 0.000 · 0 of 3 tokens open"]
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_no_control_character_of_the_text() -> None:
    stream = io.StringIO()
    with PlainScreen(stream, lambda ids: ["\x1b[31m\x07\u202e"] * len(ids)) as screen:
        screen.show(START)
        screen.show(steps()[0])  # type: ignore[arg-type]
    assert "\x1b" not in stream.getvalue()
    assert "␛[31m␇\ufffd" in stream.getvalue()


def test_the_live_view_drops_frames_but_never_waits() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with LiveScreen(stream, LETTERS.pieces, clock=lambda: 0.0) as screen:
        screen.show(START)
        for step in steps():
            screen.show(step)  # type: ignore[arg-type]
    assert stream.getvalue().count("step 1/9") >= 1
    assert "step 2/9" not in stream.getvalue()  # the clock stands still: less than a thirtieth of a second has passed
