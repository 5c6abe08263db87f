"""Choosing what stands in a hole, or in a paragraph's place: what is offered, and what may be decided about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from dgcli.tasks.infill.filled import Fill


class Verdict(Enum):
    """What else can be decided than to take one of what is offered."""

    AGAIN = "again"  # others, from other noise
    SKIP = "skip"  # leave the hole, or the paragraph, as it is
    BACK = "back"  # decide about the one before it again
    REST = "rest"  # take the best of it and of all that follow
    STOP = "stop"  # leave it and all that follow as they are


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The fills of a hole, or rewritings of a paragraph in words on one line, the best first, to choose from."""

    hole: int  # counted from 1
    holes: int
    before: str = ""  # the text before and behind it
    fills: tuple[Fill, ...]
    behind: str = ""


Decision = int | str | Verdict  # which of the fills, or a text that stands in their place
Choose = Callable[[Offer], Decision]


def take_the_best(offer: Offer) -> Decision:
    """What is chosen where nobody is asked: no fill that breaks something."""
    return Verdict.SKIP if offer.fills[0].fault else 0


def until_the_rest(choose: Choose) -> Choose:
    """The same choice, until it says to take the rest: from then on nobody is asked."""
    asks = True

    def chosen(offer: Offer) -> Decision:
        nonlocal asks
        decision = choose(offer) if asks else Verdict.REST
        asks = decision is not Verdict.REST
        return decision if asks else take_the_best(offer)

    return chosen
