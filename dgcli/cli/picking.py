"""What asks the person at the terminal which text to take, and remembers what was taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dgcli.cli.config import registers_file
from dgcli.cli.editor import edited_by_hand, editor_of
from dgcli.platform.environment import Environment
from dgcli.tasks.choosing import Choose, Decision, Offer
from dgcli.tasks.infill.filled import LATER_GAP
from dgcli.tasks.restyle.registers import Register, read_registers
from dgcli.text.document import Document
from dgcli.text.kept import facts, lost
from dgcli.watch.offers import Picture
from dgcli.watch.picker import Picker

BEFORE, BEHIND = 1000, 400  # characters of the text around a hole


def picker(env: Environment, picture: Picture) -> Picker:
    """Draws what is offered on stderr, and reads keys from the terminal. Texts are edited in the person's editor."""
    editor = Path(editor_of(env.variables).split(maxsplit=1)[0]).name
    return Picker(env.stderr, env.make_way, lambda text: edited_by_hand(text, env.variables), picture, editor=editor)


@dataclass
class Picks:
    """Asks a person, and remembers what was taken or edited, by the number of its hole or paragraph.

    `tell` is told where a text that a person edited has no longer a number, say, of the one in whose place it stands.
    """

    ask: Choose
    tell: Callable[[str], None] | None = None
    taken: dict[int, tuple[Offer, str]] = field(default_factory=dict)

    def __call__(self, offer: Offer) -> Decision:
        """What the person decides; a later decision about the same counts."""
        decision = self.ask(offer)
        self.taken.pop(offer.hole, None)
        if isinstance(decision, int | str):
            text = offer.fills[decision].text if isinstance(decision, int) else decision
            self.taken[offer.hole] = offer, _plain(text)
        if self.tell is None or not isinstance(decision, str):
            return decision
        if gone := lost(facts(offer.fills[0].old), facts(decision)):
            self.tell(f"dg: your text no longer has what stood there: {', '.join(gone)}.")
        return decision

    def fills(self, document: Document) -> Iterator[dict[str, str]]:
        """Of the holes of a document, those in which there is a text now."""
        for hole, (offer, text) in sorted(self.taken.items()):
            if text.strip():
                hint = document.spans[hole - 1].hint
                before = offer.before.rpartition(LATER_GAP)[2][-BEFORE:]
                behind = offer.behind.partition(LATER_GAP)[0][:BEHIND]
                yield {"before": before, "fill": text, "behind": behind, **({"hint": hint} if hint else {})}

    def pairs(self, register: str) -> Iterator[dict[str, str]]:
        """Of paragraphs, those that were reworded."""
        for _, (offer, text) in sorted(self.taken.items()):
            old = _plain(offer.fills[0].old)
            if text.strip() and text.split() != old.split():
                yield {"source": old, "target": text, "register": register}


def register_kept(register: Register, env: Environment) -> str:
    """A register as `dg tune` will know it: by its name, if that is not one of an adapter; else by its description."""
    known = read_registers(registers_file(env)).get(register.name)
    return register.name if known is not None and known.description == register.description else register.description


def _plain(text: str) -> str:
    return re.sub(r"\r\n|\r", "\n", text)
