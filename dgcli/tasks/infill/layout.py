"""How prompts and canvases are laid out. Training lays out its examples by calling this module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.tokenizer import TURN_CLOSE, Tokenizer
from dgcli.errors import ModelError
from dgcli.events import Canvas
from dgcli.settings import AS_RELEASED, HoleSettings
from dgcli.tasks.infill.filled import LATER_GAP
from dgcli.tasks.infill.recall import GAP, recalled
from dgcli.text.seams import left_text

ANSWER = "Answer with the text alone, repeated word for word with the gap filled, and nothing before or behind it."
QUOTED = 8  # the part of a sliding window that is spent on sentences from before it
_LEFT_SHARE = 4  # at most a quarter of the canvas repeats text that the encoder could read as well
CHARACTERS_PER_TOKEN = 8  # more than any text has: a bound on what has to be tokenised


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A hole and all the text around it, with newlines as `\\n`."""

    left: str
    right: str
    hint: str = ""
    words: int | None = None
    old: str = ""

    @property
    def asks(self) -> bool:
        """Whether its mark says what is wanted."""
        return bool(self.hint or self.old or self.words is not None)

    @property
    def inline(self) -> bool:
        """Whether other text stands on the hole's own line, and the hole is to stay in it."""
        line = self.left.rpartition("\n")[2] + self.right.partition("\n")[0]
        return bool(line.strip()) and "\n" not in self.old


@dataclass(frozen=True, kw_only=True)
class GapLayout:
    """A hole in tokens, before its length is chosen: what the encoder reads, and what stands around the hole."""

    prompt: tuple[int, ...]  # request and opened turn, then the text before `near_left`
    near_left: tuple[int, ...]
    right: tuple[int, ...]  # to the end of the document, its end tokens included
    fill_token: int  # stands after the end of the document
    canvas_length: int
    right_held: int | None = None  # tokens of `right` that a canvas holds at most
    quoted: tuple[str, ...] = ()  # sentences from far before the hole that the request repeats

    @property
    def longest_hole(self) -> int:
        """Tokens that a hole can have at most and still see a little of the text behind it."""
        return self.canvas_length - len(self.near_left) - min(self._seen_right, self.canvas_length // 4)

    @property
    def _seen_right(self) -> int:
        return len(self.right) if self.right_held is None else min(len(self.right), self.right_held)

    def width(self, hole: int) -> int:
        """Canvas width that a hole of `hole` tokens needs."""
        return min(self.canvas_length, len(self.near_left) + hole + self._seen_right)

    def canvas(self, hole: int, width: int | None = None) -> Canvas:
        """The canvas for a hole of `hole` tokens: near left, hole, right, and end tokens up to `width`."""
        width = self.width(hole) if width is None else width
        right = self.right[: width - len(self.near_left) - hole]
        padding = (self.fill_token,) * (width - len(self.near_left) - hole - len(right))
        return Canvas(
            tokens=(*self.near_left, *(self.fill_token,) * hole, *right, *padding),
            free=(False,) * len(self.near_left) + (True,) * hole + (False,) * (len(right) + len(padding)),
        )


def lay_out_gap(
    gap: Gap,
    chat: Chat,
    canvas_length: int,
    context: int = 1024,
    holes: HoleSettings = AS_RELEASED,
    *,
    window: int | None = None,
) -> GapLayout:
    """Prompt and surroundings of a hole.

    Args:
        canvas_length: tokens of the widest canvas.
        context: tokens of the document that the prompt quotes at most, and half as many that precede the canvas as
            text already written; the nearest to the hole.
        window: tokens that a sliding layer sees. Where the text before the hole is longer and the request quotes some
            of what is further away, no more of it is written than leaves the quotation within the window. None: every
            layer sees all.
    """
    tokenizer = chat.tokenizer
    near = canvas_length // _LEFT_SHARE if holes.left is None else holes.left
    gap = _nearest(gap, CHARACTERS_PER_TOKEN * (context + canvas_length))
    left = tokenizer.encode(left_text(gap.left))[-(context // 2 + near) :]
    quoted: tuple[str, ...] = ()
    if window is not None and not holes.bare and len(left) > window:
        seen = window - window // QUOTED - len(chat.after)
        quoted = _recalled(gap, tokenizer, seen, window // QUOTED)
        left = left[-seen:] if quoted else left
    near = min(len(left), near)
    close, fill_token = end_tokens(tokenizer)
    prompt, end = chat.prompt(gap_request(gap, tokenizer, context, quoted)), close
    if holes.bare and (gap.hint or gap.old):
        prompt = chat.prompt(short_request(gap, tokenizer, context))
    elif holes.bare:
        prompt, end = (text_begin(tokenizer),), fill_token
    return GapLayout(
        prompt=(*prompt, *left[: len(left) - near]),
        near_left=left[len(left) - near :],
        right=(*tokenizer.encode(gap.right.rstrip()), end),  # the template trims turns: none ends in a blank
        fill_token=fill_token,
        canvas_length=canvas_length,
        right_held=holes.right,
        quoted=quoted,
    )


def suffix_first(gap: Gap, layout: GapLayout, tokenizer: Tokenizer, suffix: int, left: int) -> tuple[int, ...]:
    """What an encoder reads that is to write what leads up to a text: first that text, then what precedes the hole.

    It takes the two for one document, of which it knows what else it is about. The order is that of suffix, prefix and
    middle of Bavarian et al., Efficient Training of Language Models to Fill in the Middle (2207.14255), without signs
    between them, which a model has to be taught. Where something is asked for, the request stands between them.

    Args:
        layout: of this hole, with a request that does not quote its text (`bare`).
        suffix: tokens of the text behind the hole, at most.
        left: tokens of the text before it, at most.
    Returns nothing where nothing follows, or none of it is to be read.
    """
    behind = tokenizer.encode(gap.right.strip()[: CHARACTERS_PER_TOKEN * suffix])[:suffix]
    if not behind:
        return ()
    if gap.hint or gap.old:
        return (text_begin(tokenizer), *behind, *layout.prompt, *layout.near_left)
    before = tokenizer.tail(left_text(gap.left[-CHARACTERS_PER_TOKEN * left :]), left)
    return (text_begin(tokenizer), *behind, *tokenizer.encode(f"\n\n{before}"))


def gap_request(gap: Gap, tokenizer: Tokenizer, context: int, quoted: Sequence[str] = ()) -> str:
    """The user's turn: what to do, then the text around the hole, the nearest `context` tokens of it.

    Last come sentences from further away, which are nearest to the model's turn there.
    """
    lines = [f"Fill in the gap marked {GAP} in this text.", ANSWER]
    if gap.hint:
        lines.append(f"The gap: {gap.hint}")
    if gap.old:
        lines.append(f"The gap now reads: {tokenizer.head(gap.old, context // 2)}")
    if gap.words is not None:
        lines.append(f"Use about {gap.words} word{'s' if gap.words != 1 else ''}.")
    left, right = tokenizer.tail(gap.left, context // 2), tokenizer.head(gap.right, context // 2)
    if LATER_GAP in left + right:
        lines.append(f"Leave other gaps, {LATER_GAP}, as they are.")
    earlier = "\n\nEarlier the text says:\n" + "\n".join(f"- {each}" for each in quoted) if quoted else ""
    return "\n".join(lines) + f"\n\n{left}{GAP}{right}{earlier}"


def short_request(gap: Gap, tokenizer: Tokenizer, context: int) -> str:
    """The user's turn where the text around a hole is not quoted, but goes on as the answer."""
    if gap.hint:
        return f"Go on with this text. Next it says: {gap.hint}"
    return f"Go on with this text. Say in other words: {tokenizer.head(gap.old, context // 2)}"


def _recalled(gap: Gap, tokenizer: Tokenizer, seen: int, most: int) -> tuple[str, ...]:
    """What the request quotes of the text that stands before the last `seen` tokens before the hole."""
    if seen < 1:
        return ()
    near = tokenizer.tail(gap.left, seen)
    most -= len(tokenizer.encode("\n\nEarlier the text says:\n"))
    far = gap.left[: len(gap.left) - len(near)]
    return recalled(far, (near, gap.right), gap.hint, tokenizer, most)


def _nearest(gap: Gap, characters: int) -> Gap:
    """The hole with at most so many characters on each side. What is cut off is far beyond the canvas."""
    return replace(gap, left=gap.left[-characters:], right=gap.right[:characters])


def text_begin(tokenizer: Tokenizer) -> int:
    """The token that texts begin with: where there is none of its own, the one that parts them.

    Raises:
        ModelError: the vocabulary has neither, so it is not DiffusionGemma's.
    """
    begin = tokenizer.named("<bos>")
    return end_tokens(tokenizer)[1] if begin is None else begin


def end_tokens(tokenizer: Tokenizer) -> tuple[int, int]:
    """The token that closes the model's turn, and the one that fills the canvas behind it.

    Raises:
        ModelError: the vocabulary has no such tokens, so it is not DiffusionGemma's.
    """
    close, fill = tokenizer.named(TURN_CLOSE), tokenizer.named("<eos>")
    if close is None or fill is None:
        raise ModelError(
            f"The tokenizer has no {TURN_CLOSE} or no <eos> token.", "Choose a DiffusionGemma checkpoint with <model>."
        )
    return close, fill
