"""How a text is to be rewritten, and how the model is asked. Training makes its requests by calling this module."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dgcli.tasks.restyle.registers import Register

ANSWER = "Answer with the new text alone, on one line, and nothing before or behind it."


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a text is to be rewritten."""

    register: str  # described
    unlike: str = ""  # the register that its words are told from, described; any if empty
    strength: float = 0.8  # the share of the words that may change, from 0 to 1
    examples: tuple[tuple[str, str], ...] = ()  # words, and those that are to stand for them
    keep: tuple[re.Pattern[str], ...] = ()
    headings: bool = False
    candidates: int = 1  # rewritings of a passage that the best is taken of
    spare: int = 0  # further ones that are handed on, where they are found on the way

    @classmethod
    def of(cls, register: Register, **how: Any) -> Manner:
        """As a register says, with further fields."""
        return cls(register=register.description, unlike=register.unlike, **how)


def rewrite_request(text: str, register: str, examples: Sequence[tuple[str, str]] = (), *, brief: bool = True) -> str:
    """The user's turn: what to do, and the passage, on one line.

    Args:
        brief: that the answer is to be the text alone goes without saying, as for a model that was trained on this.
        register: described in a few words or sentences.
        examples: what is meant, as pairs of words before and after.
    """
    lines = [f"Rewrite this text. {register}" if brief else f"Rewrite this text. {ANSWER} {register}"]
    lines += [f'For example, "{source}" becomes "{target}"' for source, target in examples]
    return "\n".join(lines) + f"\n\n{text}"
