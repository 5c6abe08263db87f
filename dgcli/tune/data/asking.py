"""How a model will be asked for what it learns: the prompts and canvases of `dg infill` and `dg restyle`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.tensors import BOTH, DENOISER, ENCODER, Mode
from dgcli.settings import HoleSettings
from dgcli.tasks.infill.judge import AHEAD
from dgcli.tasks.infill.layout import Gap, GapLayout, end_tokens, lay_out_gap, text_begin
from dgcli.tasks.restyle.manner import rewrite_request
from dgcli.tasks.restyle.paragraph import CANVAS_SHARE
from dgcli.text.seams import left_text
from dgcli.tune.example import Example

CONTEXT = 192  # tokens around a hole that a prompt quotes; half as many are written before it


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What of a model decides how it is asked."""

    chat: Chat
    holes: HoleSettings
    canvas_length: int
    window: int | None = None
    """Tokens that a sliding layer sees; None: every layer sees all."""

    @property
    def longest_passage(self) -> int:
        """Tokens of a passage that is rewritten at once, at most."""
        return self.canvas_length // CANVAS_SHARE

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.chat.tokenizer.encode(text))

    def rewriting(self, source: str, target: str, register: str) -> Example:
        """A passage, and the same in a register that is described."""
        tokenizer = self.chat.tokenizer
        asked = self.chat.prompt(rewrite_request(source, register, brief=self.holes.bare))
        close, _ = end_tokens(tokenizer)
        return Example((*asked, *tokenizer.encode(target), close), given=len(asked), kind="restyle")

    def fill(self, gap: Gap, fill: str) -> Example:
        """What stands in the hole of a gap, as the denoiser is asked for it.

        An encoder that is asked so, too, learns from it; one that reads texts as they stand does by `running` and
        `written`.

        Raises:
            ValueError: it has more tokens than a canvas has room for.
        """
        layout = self._layout(gap)
        ids = self._ids(gap, fill)
        if not 0 < len(ids) <= layout.longest_hole:
            raise ValueError(f"{len(ids)} tokens in a hole of up to {layout.longest_hole}")
        canvas = layout.canvas(len(ids)).filled(ids)
        given = len(layout.prompt)
        held = frozenset(given + place for place, free in enumerate(canvas.free) if not free)
        modes: tuple[Mode, ...] = (DENOISER,) if self.holes.bare else BOTH
        return Example((*layout.prompt, *canvas.tokens), given=given, held=held, kind="infill", modes=modes)

    def written(self, gap: Gap, fill: str) -> Example:
        """A fill as an encoder that reads texts as they stand writes it, up to where it arrives at what follows."""
        layout = self._layout(gap)
        read = (*layout.prompt, *layout.near_left)
        ids = (*read, *self._ids(gap, fill), *layout.right[:AHEAD])
        return Example(ids, given=len(read), kind="infill", modes=(ENCODER,))

    def running(self, ids: Sequence[int]) -> Example:
        """Text that goes on from its beginning, as the encoder reads and writes it between two holes."""
        return Example((text_begin(self.chat.tokenizer), *ids), given=1, kind="continuation", modes=(ENCODER,))

    def _layout(self, gap: Gap) -> GapLayout:
        return lay_out_gap(gap, self.chat, self.canvas_length, CONTEXT, self.holes, window=self.window)

    def _ids(self, gap: Gap, fill: str) -> tuple[int, ...]:
        """The tokens of a fill, with the blank before its first word."""
        text = gap.left + fill
        return self.chat.tokenizer.encode(text[len(left_text(gap.left)) :])
