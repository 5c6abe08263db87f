"""Choosing among fills, or rewritings, in the terminal, by single keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from dgcli.tasks.choosing import Decision, Offer, Verdict
from dgcli.watch.keys import Keys
from dgcli.watch.offers import LONGEST_LIST, Picture, fill_lines
from dgcli.watch.terminal import Terminal

_NOT_EDITED = "the editor failed, so nothing was changed"
_EMPTIED = "the text is empty; s leaves this place as it is"
_BACK = ("b", "B", "left", "backspace")
_VERDICTS = {
    **dict.fromkeys(("r", "R"), Verdict.AGAIN),
    **dict.fromkeys(("s", "S"), Verdict.SKIP),
    **dict.fromkeys(_BACK, Verdict.BACK),
    **dict.fromkeys(("a", "A"), Verdict.REST),
    **dict.fromkeys(("q", "Q", "escape", "ctrl-d"), Verdict.STOP),
}


class Picker:
    """Asks for each hole, or paragraph, what to take. Leaves nothing on the screen."""

    def __init__(
        self,
        stream: TextIO,
        make_way: Callable[[], None],
        edit: Callable[[str], str | None],
        picture: Picture = fill_lines,
        keys: Callable[[], Keys] = Keys,
        *,
        editor: str = "",
    ) -> None:
        """`edit` opens a program, which is told as `editor`."""
        self._stream = stream
        self._picture = picture
        self._make_way = make_way
        self._edit = edit
        self._editor = editor
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
            if own is not None and own.strip():
                return own
            self._note = _NOT_EDITED if own is None else _EMPTIED

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
                self._move(key, min(len(offer.fills), LONGEST_LIST))

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
        terminal.draw(self._picture(self._offer, self._at, width - 1, height, self._note, editor=self._editor))
