"""Rewriting one paragraph: passage by passage, and checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from dgcli.events import Event, Filled
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Passage
from dgcli.tasks.restyle.passage import Spans, as_shown, passages, units_of
from dgcli.tasks.restyle.propose import Edits
from dgcli.tasks.restyle.score import Job, Rewording, Way
from dgcli.tasks.restyle.select import Rewritten, rewrite
from dgcli.text.blocks import Prose
from dgcli.text.kept import Facts, doubts, kept_spans

CONTEXT_SHARE = 16  # of the text that a prompt may quote, for what stands before a passage
CANVAS_SHARE = 3  # a passage takes at most a third of the canvas: its rewording may be longer, and is denoised whole
LONGEST_SHARE = 2  # or half of it, if there is nowhere to cut it
SPELLED = 1.5  # tokens for a character: more, and the model has no words in a script, but spells it in bytes


Named = tuple[re.Pattern[str], ...]  # of what has to be kept besides what is kept everywhere


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a text is to be rewritten."""

    register: str  # described
    unlike: str = ""  # the register that its words are told from, described; any if empty
    contrast: float = 0.25  # weights of how rewordings are judged, see `Job.score`
    back: float = 0.5
    strength: float = 0.8
    examples: tuple[tuple[str, str], ...] = ()  # words, and those that are to stand for them
    keep: tuple[re.Pattern[str], ...] = ()
    headings: bool = False
    candidates: int = 1  # rewordings of a passage to choose from
    context: bool = False  # the model reads what stands before, as it was rewritten
    by_encoder: bool = True  # a passage may become what the encoder writes for it
    way: Way = field(default_factory=Edits)


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph in its place."""

    prose: Prose
    before: str  # the words before it, as they were rewritten
    fits: Callable[[str], bool]  # whether a text can stand there, and all around it means what it did
    hole: int = 1  # its number, counted from 1
    holes: int = 1
    first_canvas: int = 0


@dataclass(frozen=True, kw_only=True)
class Reworded:
    """A paragraph's new words."""

    words: str
    faults: tuple[str, ...]  # why it, or a passage of it, was left as it was
    others: tuple[str, ...]  # further rewordings, the best first
    rewording: Rewording  # what was used up
    score: float


def reword(session: Session, paragraph: Paragraph, manner: Manner) -> Generator[Event, None, Reworded]:
    """Rewrite a paragraph.

    A passage that nothing sound comes of stays as it was, and so does the paragraph if it is not sound as a whole.
    """
    prose, words, used = paragraph.prose, "", Rewording("")
    named = _named(prose, manner)
    source = rest = as_shown(prose.text, kept_spans(prose.text, named), manner.examples)
    named += tuple(re.compile(rf"(?<!\w){re.escape(new)}(?!\w)", re.IGNORECASE) for _, new in manner.examples)
    done: list[Rewritten] = []
    for text, kept in _passages(session, source, named):
        rest = rest[len(text) :]
        blank = text[len(text.rstrip()) :]
        job = _job(session, paragraph, manner, text=text.rstrip(), kept=kept, words=words, named=named)
        if all(unit.held for unit in job.units):
            words += text
            continue
        if fault := _out_of_reach(session, job):
            result = Rewritten(Rewording(text.rstrip()), faults=(fault,))
        else:
            number = paragraph.first_canvas + used.canvases
            result = yield from rewrite(job, manner.way, number, manner.candidates, by_encoder=manner.by_encoder)
        done.append(result)
        used = result.rewording.after(used)
        words += result.rewording.text + blank
        if result.rewording.text != text.rstrip() and rest:
            yield Filled(hole=paragraph.hole, text=words + rest, canvas=result.rewording.canvas)
    words = prose.stopped(words)
    faults = [fault for result in done for fault in result.faults]
    if wrong := _wrong(paragraph, source, words, named):
        words, faults = prose.text, [wrong]
    return Reworded(
        words=words,
        faults=tuple(dict.fromkeys(faults)),
        others=tuple(map(prose.stopped, done[0].others)) if len(done) == 1 else (),
        rewording=used,
        score=sum(result.score for result in done) / max(1, len(done)),
    )


def _out_of_reach(session: Session, job: Job) -> str:
    """Why the model cannot rewrite a passage, if it cannot, so that no time is spent on trying."""
    encode = session.chat.tokenizer.encode
    if len(encode(job.passage.text)) > session.engine.canvas_length // LONGEST_SHARE:
        return "it has no place where it could be cut"
    free = "".join(unit.whole for unit in job.units if not unit.held)
    if len(encode(free)) > SPELLED * len(free):
        return "this model has no words in its script; another may, see `dg models`"
    return ""


def _passages(session: Session, source: str, named: Named) -> Iterator[tuple[str, Spans]]:
    """The passages of a paragraph, each with the places of what has to be kept in it."""
    spans = kept_spans(source, named)
    most = session.engine.canvas_length // CANVAS_SHARE
    start = 0
    for text in passages(source, spans, lambda part: len(session.chat.tokenizer.encode(part)), most):
        end = start + len(text)
        yield text, [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
        start = end


def _job(
    session: Session, paragraph: Paragraph, manner: Manner, *, text: str, kept: Spans, words: str, named: Named
) -> Job:
    facts = Facts.of(text, named)

    def faults(new: str) -> tuple[str, ...]:
        gone = facts.changed_in(new)
        return (*(f"{string!r} would not be kept" for string in gone[:1]), *doubts(text, new))

    return Job(
        session=session,
        passage=Passage(
            text=text,
            register=manner.register,
            before=f"{paragraph.before} {words}".strip() if manner.context else "",
            examples=manner.examples,
        ),
        units=units_of(text, kept, markup=paragraph.prose.markdown),
        strength=manner.strength,
        faults=faults,
        context=session.engine.context_length // CONTEXT_SHARE,
        unlike=manner.unlike,
        contrast=manner.contrast,
        back=manner.back,
        hole=paragraph.hole,
        holes=paragraph.holes,
    )


def _wrong(paragraph: Paragraph, source: str, words: str, named: Named) -> str:
    """What speaks against new words for the whole paragraph, if anything does."""
    prose = paragraph.prose
    if gone := Facts.of(source, named).changed_in(words):
        return f"{gone[0]!r} would not be kept"
    return "" if prose.keeps(words) and paragraph.fits(prose.rewritten(words)) else "its structure would not be kept"


def _named(prose: Prose, manner: Manner) -> Named:
    return (*manner.keep, prose.marks) if prose.marks is not None else manner.keep
