"""The fills of a hole as texts that fit where they land: which break something, what of them can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dgcli.tasks.engine import Session
from dgcli.tasks.infill.filled import Fill
from dgcli.tasks.infill.judge import Candidate
from dgcli.text.chatter import without_chatter, written_there
from dgcli.text.document import Document, Span
from dgcli.text.echoes import says, without_echoes
from dgcli.text.kept import babbles
from dgcli.text.seams import closes_up, fit, left_text
from dgcli.text.syntax.laws import Surroundings
from dgcli.text.syntax.mending import mended

_QUOTED_AGAIN = "says again what stands far before it"  # faults that leaving something out does not mend
_BABBLES = "says the same words over and over"
_NEAR = 200  # characters on each side of a hole, in which a refrain may stand
_RIGHT = 4000  # characters behind a hole that its fills are fitted to


def landed(
    session: Session,
    document: Document,
    span: Span,
    landing: Surroundings,
    ranked: Sequence[Candidate],
    *,
    alternatives: int,
    quoted: Sequence[str] = (),
) -> list[Fill]:
    """The candidates as texts that fit the hole, each text once, the best first, and how many are wanted at most.

    Those that break something are mended by leaving out what does; behind the sound ones come first what was mended,
    then what cannot be. A fill that says a sentence again that its request quoted is broken, too, and so is one that is
    stuck in a few words, where the text around is not.
    """
    sound: dict[str, Fill] = {}
    broken: dict[str, Fill] = {}
    refrain = any(map(babbles, (landing.left[-_NEAR:], landing.right[:_NEAR], span.old)))
    asks = bool(span.hint or span.words is not None or span.old)  # for words
    for candidate in ranked:
        if len(sound) - ("" in sound) >= alternatives:
            break
        text = _fitted(session.chat.tokenizer.decode(candidate.ids), document, span, landing)
        fault = landing.fault(text)
        if not text and (asks or not closes_up(landing.left, landing.right)):
            fault = "has no words"
        if any(says(text, sentence) for sentence in quoted):
            fault = _QUOTED_AGAIN
        elif not fault and not landing.place.code and babbles(text) and not refrain:
            fault = _BABBLES
        place = replace(span, start=span.start - (0 if text else _spare_space(document, span, landing)))
        fill = Fill(
            span=place,
            old=document.text[place.start : place.end],
            text=text,
            tokens=len(candidate.ids),
            score=candidate.score,
            converged=candidate.converged,
            canvas=candidate.canvas,
            fault=fault,
        )
        (broken if fault else sound).setdefault(text, fill)
    if len(sound) + len(broken) > 1 and any(fill.tokens and not fill.text for fill in sound.values()):
        del sound[""]  # blanks and marks alone are not an answer
    for fill in broken.values():
        if len(sound) >= alternatives:
            break
        if (
            fill.fault not in (_QUOTED_AGAIN, _BABBLES)
            and (repaired := _mended(fill.text, document, span, landing)) is not None
        ):
            sound.setdefault(repaired, replace(fill, text=repaired, fault=""))
    return [*sound.values(), *broken.values()][:alternatives]


def _fitted(fill: str, document: Document, span: Span, landing: Surroundings) -> str:
    if not landing.place.code:
        about = written_there(landing.left, landing.right, span.hint, span.old)
        fill = without_chatter(fill, about, first=_is_open(landing.left[-1:]), last=_is_open(landing.right[:1]))
        fill = without_echoes(fill, landing.left, landing.right)
    fitted = fit(
        fill,
        left=landing.left,
        right=document.text[span.end : span.end + _RIGHT],
        inline=landing.inline or "\n" in landing.place.never,
        newline=document.newline_at(span),
        marker=landing.marker,
    )
    return landing.padded(fitted)


def _is_open(beside: str) -> bool:
    """Whether no text stands beside a hole in its line."""
    return beside in ("", "\n")


def _mended(fill: str, document: Document, span: Span, landing: Surroundings) -> str | None:
    """A fill without what breaks something, if that leaves words and breaks nothing."""
    for less in mended(fill, landing.place):
        text = _fitted(less, document, span, landing)
        if any(map(str.isalnum, text)) and not landing.fault(text):
            return text
    return None


def _spare_space(document: Document, span: Span, landing: Surroundings) -> int:
    """How many spaces before the hole an empty fill takes along: one, if there is one, as every fill does in tokens."""
    after_another = any(other.end == span.start for other in document.spans if other != span)
    if after_another or not closes_up(landing.left, landing.right):
        return 0
    return len(landing.left) - len(left_text(landing.left))
