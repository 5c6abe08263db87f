"""Filling the holes of a document, one after the other, each seeing the fills before it."""

from __future__ import annotations

import re
from collections.abc import Container, Generator, Sequence
from dataclasses import replace
from itertools import pairwise

from dgcli.events import Draft, Event, Filled
from dgcli.tasks.choosing import Choose, Decision, Offer, Verdict, take_the_best, until_the_rest
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.due import word_is_due
from dgcli.tasks.infill.filled import LATER_GAP, Fill, Infilled, left_alone
from dgcli.tasks.infill.hole import Hole
from dgcli.tasks.infill.landing import landed
from dgcli.tasks.infill.layout import Gap, lay_out_gap
from dgcli.tasks.infill.seeding import seeded
from dgcli.text.document import Document, Span, splice
from dgcli.text.marks import MARK
from dgcli.text.syntax.kinds import kind_of
from dgcli.text.syntax.laws import OTHER, Surroundings


def infill(
    session: Session,
    document: Document,
    marker: re.Pattern[str] = MARK,
    alternatives: int = 1,
    choose: Choose = take_the_best,
    *,
    strength: float = 1.0,
    name: str = "",
    only: Container[int] | None = None,
) -> Generator[Event, None, Infilled]:
    """Fill every hole of `document`, with up to `alternatives` different fills for each.

    The text has the fills that `choose` takes, and later holes see those. `strength` is how much of the text that
    stands in a hole may change: 0 nothing, 1 all. `name` is that of the file, which tells what may stand in it: fills
    that break something come last, and where nobody chooses one, their hole is left. `only` are the holes to fill,
    counted from 0; the others are left, and known to be open. None: all are.

    Raises:
        InputError: a mark asks for more words than a canvas holds, or the old text is longer than one.
        PromiseBrokenError: text outside the holes would have changed.
    """
    engine, holes = session.engine, len(document.spans)
    choose = until_the_rest(choose)
    kind = kind_of(name)
    fills: list[Fill] = []
    offers: list[Offer] = []  # for each of them, what there was to choose from
    before: Offer | None = None  # the offer of a hole that was gone back to
    canvases = steps = 0
    decision: Decision = Verdict.SKIP
    yield _draft(document)
    while (number := len(fills)) < holes and decision is not Verdict.STOP:
        span, gap = document.spans[number], _gap(document, number, fills)
        left, right = _around(document, number, fills, OTHER)
        landing = Surroundings(kind, name, left, right, old=gap.old, inline=gap.inline, marker=marker).narrowed()
        sizes = engine.canvas_length, engine.context_length
        layout = lay_out_gap(gap, session.chat, *sizes, session.holes, window=session.window)
        run, old = seeded(session, gap, layout, strength) if gap.old and 0 < strength < 1 else (session, None)
        offer = before or Offer(hole=number + 1, holes=holes, before=gap.left, fills=(), behind=gap.right)
        left_out = (gap.old and not strength) or (only is not None and number not in only)
        decision = Verdict.SKIP if left_out else Verdict.AGAIN if before is None else choose(before)
        while decision is Verdict.AGAIN:
            due = word_is_due(gap) and not landing.place.code
            hole = Hole(run, gap, layout, number + 1, holes, canvases, landing.place.never, old, due)
            outcome = yield from hole.settle(alternatives)
            canvases += outcome.canvases
            steps += outcome.steps
            ranked, quoted = outcome.ranked, layout.quoted
            found = landed(session, document, span, landing, ranked, alternatives=alternatives, quoted=quoted)
            offer = replace(offer, fills=tuple(replace(fill, again=outcome.again) for fill in found))
            decision = choose(offer)
        before = None
        if decision is Verdict.BACK:
            before = offers.pop() if offers else offer
            del fills[-1:]
        elif decision is not Verdict.STOP:
            fills.append(_decided(document, span, offer, decision))
            offers.append(_with_own(offer, fills[-1]) if isinstance(decision, str) else offer)
            yield Filled(hole=number + 1, text=fills[-1].text, canvas=fills[-1].canvas)
    for span in document.spans[len(fills) :]:
        fills.append(left_alone(document, span, ""))
        yield Filled(hole=len(fills), text=fills[-1].text)
    text = splice(replace(document, spans=tuple(fill.span for fill in fills)), [fill.text for fill in fills])
    return Infilled(text=text, fills=tuple(fills), steps_used=steps, stopped=decision is Verdict.STOP)


def _draft(document: Document) -> Draft:
    edges = [0, *(edge for span in document.spans for edge in (span.start, span.end)), len(document.text)]
    pieces = [document.text[start:end] for start, end in pairwise(edges)]
    return Draft(parts=tuple(pieces[::2]), marks=tuple(pieces[1::2]))


def _decided(document: Document, span: Span, offer: Offer, decision: Decision) -> Fill:
    if isinstance(decision, int):
        others = offer.fills[:decision] + offer.fills[decision + 1 :]
        return replace(offer.fills[decision], others=tuple(fill for fill in others if not fill.fault))
    if isinstance(decision, str):
        text = re.sub(r"\r\n|\r|\n", document.newline_at(span), decision)
        return replace(left_alone(document, span, ""), text=text, others=offer.fills, skipped=False)
    if not offer.fills:
        return left_alone(document, span, "")
    return replace(left_alone(document, span, offer.fills[0].fault), again=offer.fills[0].again)


def _with_own(offer: Offer, own: Fill) -> Offer:
    """The offer with a text of the person's own before the others, for when they come back to it."""
    others = tuple(fill for fill in offer.fills if fill.text != own.text)
    return replace(offer, fills=(replace(own, others=()), *others))


def _gap(document: Document, number: int, fills: Sequence[Fill]) -> Gap:
    """Hole `number` with all the text around it: filled before it (or skipped), open behind it."""
    span = document.spans[number]
    left, right = _around(document, number, fills, LATER_GAP)
    return Gap(left=left, right=right, hint=span.hint, words=span.words, old=_plain(span.old))


def _around(document: Document, number: int, fills: Sequence[Fill], open_hole: str) -> tuple[str, str]:
    """The text before and behind hole `number`, with `open_hole` for those that are not filled."""
    span = document.spans[number]
    parts: list[str] = []
    end = 0
    for fill in fills:
        parts += (document.text[end : fill.span.start], open_hole if fill.skipped else fill.text)
        end = fill.span.end
    left = "".join((*parts, document.text[end : span.start]))
    parts, end = [], span.end
    for later in document.spans[number + 1 :]:
        parts += (document.text[end : later.start], open_hole)
        end = later.end
    right = "".join((*parts, document.text[end:]))
    return _plain(left).lstrip("\ufeff"), _plain(right)


def _plain(text: str) -> str:
    """Text with newlines as the model knows them."""
    return re.sub(r"\r\n|\r", "\n", text)
