"""What the loop asks of a model: logits of the free positions, finished or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from dgcli.platform.backend import mx
from dgcli.platform.blocks import in_cache
from dgcli.platform.elementwise import softcap


class Predict(Protocol):
    """The denoiser after a prompt."""

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        """Logits of the free positions.

        Args:
            tokens: a batch of canvases of one width [B, L].
            free: the free positions of each row, ascending; F in all.
            previous: [F, V] the probabilities that the positions got at the step before, at its temperature; None at
                the first step. Held positions are conditioned on their own token.

        Returns:
            [F, V] float32, row after row.
        """
        ...


@dataclass(frozen=True, eq=False)
class Logits:
    """Logits [F, V] as the product of the head leaves them.

    What is still to be done to them is done to each number by itself. So it need not be done to all of them at once,
    and no copy of them in float32 has to be made, which takes a megabyte a position with 262,144 tokens.
    """

    raw: mx.array  # [F, V], in the type that the model computes with
    cap: float | None = None  # what they are softcapped at
    penalty: mx.array | None = None  # [V] what is added to each row then

    def finished(self, rows: mx.array) -> mx.array:
        """Some rows [N, V] of `raw` as logits, float32."""
        found = rows.astype(mx.float32) if self.cap is None else softcap(rows, self.cap)
        return found if self.penalty is None else found + self.penalty

    def array(self) -> mx.array:
        """All of them: [F, V], float32."""
        if self.cap is None and self.penalty is None:
            return self.raw.astype(mx.float32)
        return in_cache(self.finished, self.raw)

    def lowered(self, penalty: mx.array) -> Logits:
        """The same with a penalty [V] added to each row."""
        return replace(self, penalty=penalty if self.penalty is None else self.penalty + penalty)


@runtime_checkable
class PredictUnfinished(Protocol):
    """A denoiser that can also leave the last part of the work to whoever looks at its logits."""

    def unfinished(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> Logits:
        """As `Predict`. `previous` may have the type of the logits that it comes from."""
        ...


def unfinished(
    predict: Predict, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
) -> Logits:
    """Logits [F, V] of the free positions, left unfinished where the denoiser can do that."""
    if isinstance(predict, PredictUnfinished):
        return predict.unfinished(tokens, free, previous)
    return Logits(predict(tokens, free, previous))
