"""How the rewriting of a passage is laid out. Training lays out its examples by calling this module."""

from __future__ import annotations

from dataclasses import dataclass

from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.tokenizer import Tokenizer
from dgcli.tasks.infill.layout import GapLayout, end_tokens
from dgcli.text.seams import left_text


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A paragraph to be rewritten, on one line, and how."""

    text: str
    register: str  # described in a few words or sentences
    before: str = ""  # the text before it, as it was rewritten
    examples: tuple[tuple[str, str], ...] = ()  # what is meant: from, to


def rewrite_request(passage: Passage, tokenizer: Tokenizer, context: int) -> str:
    """The user's turn: what to do, the nearest `context` tokens of what stands before, and the passage."""
    lines = [f"Rewrite this text. {passage.register}"]
    lines += [f'For example, "{source}" becomes "{target}"' for source, target in passage.examples]
    if before := tokenizer.tail(passage.before, context).strip():
        lines.append(f"It follows this text: {before}")
    return "\n".join(lines) + f"\n\n{passage.text}"


def lay_out_edit(
    passage: Passage, chat: Chat, canvas_length: int, context: int, *, left: str = "", right: str = ""
) -> GapLayout:
    """A hole in the rewritten passage between `left` and `right`; both empty: the passage as a whole.

    What of `left` does not leave half of the canvas to the hole and `right` is encoded as already written.
    """
    tokenizer = chat.tokenizer
    written = tokenizer.encode(left_text(left))
    near = min(len(written), canvas_length // 2)
    close, fill_token = end_tokens(tokenizer)
    return GapLayout(
        prompt=(*chat.prompt(rewrite_request(passage, tokenizer, context)), *written[: len(written) - near]),
        near_left=written[len(written) - near :],
        right=(*tokenizer.encode(right.rstrip()), close),
        fill_token=fill_token,
        canvas_length=canvas_length,
    )
