"""A hole that starts from the text that stood in it, partly noised, and not from noise alone."""

from __future__ import annotations

from dataclasses import replace

from dgcli.checkpoint.tokenizer import Tokenizer
from dgcli.errors import InputError
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.layout import Gap, GapLayout
from dgcli.text.seams import left_text


def seeded(session: Session, gap: Gap, layout: GapLayout, strength: float) -> tuple[Session, tuple[int, ...]]:
    """A session whose canvases start from what stands in them, and the gap's old text in tokens.

    Args:
        strength: between 0 and 1: the share of the old tokens that noise replaces, and of the steps that are made.

    Raises:
        InputError: the old text is longer than one hole.
    """
    old = old_tokens(gap, session.chat.tokenizer)
    if len(old) > layout.longest_hole:
        raise InputError(
            f"The chosen text has {len(old)} tokens, but one hole holds {layout.longest_hole} with this model.",
            "Choose less text at a time, or use <strength> 1.",
        )
    return replace(session, settings=session.settings.from_noise(strength)), old


def old_tokens(gap: Gap, tokenizer: Tokenizer) -> tuple[int, ...]:
    """The old text as a fill has it: with the space before it, if there is one."""
    return tokenizer.encode(gap.left[len(left_text(gap.left)) :] + gap.old)
