"""What blocks came to: the values that a run of `restyle` ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dgcli.tasks.infill.filled import Fill
from dgcli.text.document import Document, splice


@dataclass(frozen=True, kw_only=True)
class Block(Fill):
    """A paragraph as it comes out: `span` is of characters of the text, `score` in nats."""

    line: int  # that it begins in, counted from 1
    steps: int = 0
    faults: tuple[str, ...] = ()  # why it, or a part of it, was left as it was


Part = str | Block  # of a text: what is written as it is, or a paragraph
Write = Callable[[Part], None]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What the blocks of a text came to, when they themselves are forgotten."""

    blocks: int = 0
    changed: int = 0
    left: int = 0  # those with a fault
    kept: int = 0  # those that were left on purpose
    steps_used: int = 0
    converged: bool = True
    stopped: bool = False  # no more is to be rewritten, here or elsewhere

    def __add__(self, more: Totals) -> Totals:
        return Totals(
            blocks=self.blocks + more.blocks,
            changed=self.changed + more.changed,
            left=self.left + more.left,
            kept=self.kept + more.kept,
            steps_used=self.steps_used + more.steps_used,
            converged=self.converged and more.converged,
            stopped=self.stopped or more.stopped,
        )

    @classmethod
    def of(cls, block: Block) -> Totals:
        """Those of one block."""
        return cls(
            blocks=1,
            changed=int(block.text != block.old),
            left=int(bool(block.faults)),
            kept=int(block.skipped and not block.faults),
            steps_used=block.steps,
            converged=block.converged,
        )


@dataclass(frozen=True, kw_only=True)
class Restyled:
    """A whole text after a run."""

    document: Document  # with a span for each block
    text: str
    fills: tuple[Block, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Restyled:
        """The text of all parts that were written, in order.

        Raises:
            PromiseBrokenError: text between the blocks would have changed.
        """
        blocks = tuple(part for part in parts if isinstance(part, Block))
        source = "".join(part.old if isinstance(part, Block) else part for part in parts)
        document = Document(text=source, spans=tuple(block.span for block in blocks))
        return cls(document=document, text=splice(document, [block.text for block in blocks]), fills=blocks)

    @property
    def steps_used(self) -> int:
        return sum(block.steps for block in self.fills)

    @property
    def converged(self) -> bool:
        return all(block.converged for block in self.fills)
