"""Rewriting one paragraph: passage by passage, and checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from dgcli.events import Event, Filled, Focus
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.passage import Passage, Spans, passages
from dgcli.tasks.restyle.propose import Cost
from dgcli.tasks.restyle.select import Rewritten
from dgcli.text.blocks import Prose
from dgcli.text.kept import Facts, inside, kept_spans

CANVAS_SHARE = 3  # a passage takes at most a third of the canvas: its rewriting may be longer, and is denoised whole
LONGEST_SHARE = 2  # or half of it, if there is nowhere to cut it
SPELLED = 1.5  # tokens for a character: more, and the model has no words in a script, but spells it in bytes

Named = tuple[re.Pattern[str], ...]  # of what has to be kept besides what is kept everywhere
Rewrite = Callable[[Session, Passage, int], Generator[Event, None, Rewritten]]  # canvases are numbered from the int


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph in its place."""

    prose: Prose
    fits: Callable[[str], bool]  # whether a text can stand there, and all around it means what it did
    hole: int = 1  # its number, counted from 1
    holes: int = 1
    first_canvas: int = 0


def rewrite_paragraph(
    session: Session, paragraph: Paragraph, manner: Manner, rewrite: Rewrite
) -> Generator[Event, None, Rewritten]:
    """Rewrite a paragraph with what rewrites a passage; the text that comes of it is on one line.

    A passage that nothing sound comes of stays as it was, and so does the paragraph if it is not sound as a whole.
    The canvases of the returned cost are all that were denoised: those of the next paragraph are numbered behind them.
    """
    prose = paragraph.prose
    named = (*manner.keep, prose.marks) if prose.marks is not None else manner.keep
    source = as_shown(prose.text, kept_spans(prose.text, named), manner.examples)
    named += tuple(re.compile(rf"(?<!\w){re.escape(new)}(?!\w)", re.IGNORECASE) for _, new in manner.examples)
    words, rest, cost = "", source, Cost()
    done: list[Rewritten] = []
    whole: list[tuple[str, ...]] = []  # the text in parts, each with what else may stand there behind it
    for before, passage, after in _passages(session, paragraph, manner, source, named):
        rest = rest[len(before) + len(passage.text) + len(after) :]
        if all(unit.held for unit in passage.units):
            words += before + passage.text + after
            whole.append((before + passage.text + after,))
            continue
        if fault := _out_of_reach(session, passage):
            made = Rewritten(text=passage.text, faults=(fault,))
        else:
            around = {"before": words + before, "behind": after + rest}
            yield Focus(hole=paragraph.hole, holes=paragraph.holes, old=passage.text, **around)
            made = yield from rewrite(session, passage, paragraph.first_canvas + cost.canvases)
        done.append(made)
        cost += made.cost
        words += before + made.text + after
        whole.append(tuple(before + text + after for text in (made.text, *made.others)))
        if made.text != passage.text and rest:
            yield Filled(hole=paragraph.hole, text=between(prose, prose.rewritten(words + rest)), canvas=made.canvas)
    words = prose.stopped(words)
    others = [other for other in _others(prose, whole) if not _wrong(paragraph, source, other, named)]
    faults = [fault for made in done for fault in made.faults]
    if wrong := _wrong(paragraph, source, words, named):
        words, faults = prose.text, [wrong]
    return Rewritten(
        text=words,
        canvas=next((made.canvas for made in reversed(done) if made.canvas is not None), None),
        others=tuple(others),
        faults=tuple(dict.fromkeys(faults)),
        score=sum(made.score for made in done) / max(1, len(done)),
        cost=cost,
    )


def between(prose: Prose, text: str) -> str:
    """A paragraph's text, laid out, without what stands before its first word and behind its last."""
    return text.removeprefix(prose.first).removesuffix(prose.end)


def _others(prose: Prose, whole: Sequence[Sequence[str]]) -> Iterator[str]:
    """Further texts for a paragraph: the second of each part, where there is one, then the third, and so on."""
    for number in range(1, max(map(len, whole), default=1)):
        yield prose.stopped("".join(part[number] if number < len(part) else part[0] for part in whole))


def as_shown(text: str, kept: Spans, examples: Sequence[tuple[str, str]]) -> str:
    """A text with the second of two texts wherever the first stands in it as whole words, outside what has to be kept.

    Capitals do not tell words apart; one at the beginning stays.
    """
    if not examples:
        return text
    meant = {" ".join(old.casefold().split()): new for old, new in reversed(examples)}
    found = re.compile(rf"(?<!\w)(?:{'|'.join(_with_blanks(old) for old, _ in examples)})(?!\w)", re.IGNORECASE)

    def new(match: re.Match[str]) -> str:
        if any(start < match.end() and match.start() < end for start, end in kept):
            return match.group()
        words = meant.get(" ".join(match.group().casefold().split()), match.group())
        return words[0].upper() + words[1:] if match.group()[0].isupper() else words

    return found.sub(new, text)


def _with_blanks(words: str) -> str:
    return r"\s+".join(map(re.escape, words.split()))


def _out_of_reach(session: Session, passage: Passage) -> str:
    """Why the model cannot rewrite a passage, if it cannot, so that no time is spent on trying."""
    encode = session.chat.tokenizer.encode
    if len(encode(passage.text)) > session.engine.canvas_length // LONGEST_SHARE:
        return "it has no place where it could be cut"
    free = "".join(unit.whole for unit in passage.units if not unit.held)
    if len(encode(free)) > SPELLED * len(free):
        return "this model has no words in its script; another may, see `dg models`"
    return ""


def _passages(
    session: Session, paragraph: Paragraph, manner: Manner, source: str, named: Named
) -> Iterator[tuple[str, Passage, str]]:
    """The passages of `source`, a paragraph's text, each between the blanks and the markup that enclose it."""
    spans = kept_spans(source, named)
    most = session.engine.canvas_length // CANVAS_SHARE
    place = 0
    for text in passages(source, spans, lambda part: len(session.chat.tokenizer.encode(part)), most):
        start, end = inside(text.rstrip(), emphasis=paragraph.prose.markdown)
        first, last = place + start, place + end
        passage = Passage.of(
            text[start:end],
            manner,
            kept=[(max(a, first) - first, min(b, last) - first) for a, b in spans if a < last and b > first],
            named=named,
            markup=paragraph.prose.markdown,
            hole=paragraph.hole,
            holes=paragraph.holes,
        )
        yield text[:start], passage, text[end:]
        place += len(text)


def _wrong(paragraph: Paragraph, source: str, words: str, named: Named) -> str:
    """What speaks against new words for the whole paragraph, if anything does."""
    prose = paragraph.prose
    if gone := Facts.of(source, named).changed_in(words):
        return f"{gone[0]!r} would not be kept"
    return "" if prose.keeps(words) and paragraph.fits(prose.rewritten(words)) else "its structure would not be kept"
