"""Choosing among the fills of a hole in the terminal: arrow keys, Enter, r for others, s to skip, q to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from dgcli.platform.environment import visible
from dgcli.tasks.infill.infill import Decision, Offer, Verdict
from dgcli.watch.keys import Keys
from dgcli.watch.terminal import Line, Terminal
from dgcli.watch.width import columns, cut

HELP = "↑↓ 1-9 enter take  e edit  r others  s skip  b back  q stop"
_NOT_EDITED = "the editor failed, so nothing was changed"
_STRONG, _FAINT, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LONGEST_LIST = 9
_BACK = ("b", "B", "left", "backspace")
_VERDICTS = {
    **dict.fromkeys(("r", "R"), Verdict.AGAIN),
    **dict.fromkeys(("s", "S"), Verdict.SKIP),
    **dict.fromkeys(_BACK, Verdict.BACK),
    **dict.fromkeys(("q", "Q", "escape", "ctrl-d"), Verdict.STOP),
}


class Picker:
    """Asks for each hole which fill to take. Leaves nothing on the screen."""

    def __init__(
        self,
        stream: TextIO,
        make_way: Callable[[], None],
        edit: Callable[[str], str | None],
        keys: Callable[[], Keys] = Keys,
    ) -> None:
        self._stream = stream
        self._make_way = make_way
        self._edit = edit
        self._keys = keys
        self._offer: Offer | None = None
        self._at = 0
        self._note = ""

    def __call__(self, offer: Offer) -> Decision:
        """The index of a fill, a text of the person's own, or what else to do.

        Raises:
            KeyboardInterrupt: the person wants to give everything up.
        """
        self._offer, self._at, self._note = offer, 0, ""
        self._make_way()
        while True:
            decision = self._decision(offer)
            if decision is not None:
                return decision
            own = self._edit(offer.fills[self._at].text)
            if own is not None:
                return own
            self._note = _NOT_EDITED

    def _decision(self, offer: Offer) -> Decision | None:
        """What keys decide; None to edit the chosen fill."""
        terminal = Terminal(self._stream, lambda: self._draw(terminal))
        with self._keys() as keys, terminal:
            while True:
                self._draw(terminal)
                key = keys.read()
                self._note = ""
                if key == "ctrl-c":
                    raise KeyboardInterrupt
                if key in ("e", "E"):
                    return None
                if key == "enter":
                    return self._at
                if key in _VERDICTS and (key not in _BACK or offer.hole > 1):
                    return _VERDICTS[key]
                self._move(key, min(len(offer.fills), _LONGEST_LIST))

    def _move(self, key: str | None, count: int) -> None:
        if key in ("up", "k"):
            self._at = (self._at - 1) % count
        elif key in ("down", "j", "tab"):
            self._at = (self._at + 1) % count
        elif key is not None and key.isascii() and key.isdigit() and 1 <= int(key) <= count:
            self._at = int(key) - 1

    def _draw(self, terminal: Terminal) -> None:
        assert self._offer is not None
        width, height = terminal.size
        terminal.draw(picker_lines(self._offer, self._at, width - 1, height, self._note))


def picker_lines(offer: Offer, at: int, width: int, height: int, note: str = "") -> list[Line]:
    """The picture of an offer with fill `at` chosen: at most `height` lines of at most `width` columns.

    The chosen fill stands in its place in the text; the others are listed below.
    """
    fills = [arrowed(fill.text) for fill in offer.fills[:_LONGEST_LIST]]
    before, behind = arrowed(offer.before)[-width:], arrowed(offer.behind)
    room = max(0, width - columns(fills[at]))
    start = cut_front(before, room * 2 // 3)
    place = cut(start + fills[at] + behind, width)
    lines = [
        _line(f"hole {offer.hole} of {offer.holes}", width, _FAINT),
        _line(place, width, ""),
        *(
            _line(
                f"{'❯' if index == at else ' '} {index + 1}  {fill or '(nothing)'}",
                width,
                _STRONG if index == at else "",
            )
            for index, fill in enumerate(fills)
        ),
        _line(note or HELP, width, _FAINT),
    ]
    first = max(0, min(at + 3 - height, len(lines) - height))  # a small window keeps the chosen fill in view
    return lines[first : first + height]


def arrowed(text: str) -> str:
    """A text on one line that cannot steer the terminal."""
    return visible(text.replace("\r\n", "⏎").replace("\n", "⏎"))


def cut_front(text: str, width: int) -> str:
    """The longest end of `text` that takes at most `width` columns."""
    while text and columns(text) > width:
        text = text[1:]
    return text


def _line(text: str, width: int, style: str) -> Line:
    shown = cut(text, width)
    return Line(f"{style}{shown}{_PLAIN}" if style else shown, columns(shown))
