"""What of an answer is thought, and how a prompt says that none is wanted.

Two ways to write a thought are known: the channel of the chat template, and `<think>` at the beginning of an answer, as
models write it that were told of no channel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.checkpoint.chat_template import NO_THOUGHT
from dgcli.checkpoint.tokenizer import THOUGHT_OPEN, Tokenizer, without_thoughts

_OPEN, _CLOSE = "<think>", "</think>"
_EMPTY = f"{_OPEN}\n\n{_CLOSE}\n\n"
_THOUGHT = re.compile(rf"\s*{_OPEN}(?:.*?{_CLOSE}|.*)", re.DOTALL)


@dataclass(frozen=True)
class Spoken:
    """What an answer says."""

    text: str
    thought: str = ""  # the sign that opens the thought that it begins with, if it does


def spoken(ids: Sequence[int], tokenizer: Tokenizer) -> Spoken:
    """The text of an answer's ids without what is thought, also where a thought is never closed."""
    text = _shown(without_thoughts(ids, tokenizer), tokenizer)
    if found := _THOUGHT.match(text):
        return Spoken(text[found.end() :], _OPEN)
    opening = tokenizer.named(THOUGHT_OPEN)
    before = next((ids[:place] for place, token in enumerate(ids) if token == opening), None)
    begins = before is not None and tokenizer.control.isdisjoint(before) and not tokenizer.decode(before).strip()
    return Spoken(text, THOUGHT_OPEN if begins else "")


def closed(prompt: Sequence[int], thought: str, tokenizer: Tokenizer) -> tuple[int, ...]:
    """A prompt behind which a thought like that of `Spoken` was thought and is over."""
    empty = tokenizer.encode_template(NO_THOUGHT if thought == THOUGHT_OPEN else _EMPTY)
    return tuple(prompt) if tuple(prompt[-len(empty) :]) == empty else (*prompt, *empty)


def openings(tokenizer: Tokenizer) -> frozenset[int]:
    """Ids that open a thought."""
    return frozenset(token for name in (THOUGHT_OPEN, _OPEN) if (token := tokenizer.named(name)) is not None)


def _shown(ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """The text of ids; `<think>` and its end are in it, too, where they are control tokens."""
    signs = {tokenizer.named(name): name for name in (_OPEN, _CLOSE)}
    parts: list[str] = []
    start = 0
    for place, token in enumerate(ids):
        if token in signs and token in tokenizer.control:
            parts += [tokenizer.decode(ids[start:place]), signs[token]]
            start = place + 1
    return "".join((*parts, tokenizer.decode(ids[start:])))
