"""A denoiser that computes some rows of a canvas, and takes keys and values of others from an earlier step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dgcli.diffusion import Predict
from dgcli.model.attention import KeysValues
from dgcli.model.cache import Cache
from dgcli.model.network import Network
from dgcli.platform.backend import mx


@dataclass
class SomeRows:
    """The denoiser of one canvas after a prompt."""

    network: Network
    cache: Cache
    kept: tuple[KeysValues, ...] = field(init=False)  # per layer: of the prompt, and of rows as they once were

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Of the canvas nothing is kept any more."""
        self.kept = self.cache.layers

    def logits(
        self,
        tokens: Sequence[int],
        free: Sequence[int],
        previous: mx.array | None,
        rows: Sequence[int],
        keep: Sequence[int] = (),
    ) -> mx.array:
        """Logits [F, V] of the `free` positions of a canvas [L], where only `rows` are computed; all others are kept.

        `previous` [F, V] is as for `Predict`. `keep` are rows that later steps take as they are now.
        """
        network = self.network
        place_of = {row: place for place, row in enumerate(rows)}
        asked = mx.array([place_of[row] for row in free], dtype=mx.int32)
        chosen = mx.array(list(rows), dtype=mx.int32)
        embeddings = network.embed(mx.array([[tokens[row] for row in rows]]))  # [1, R, H]
        soft = network.embed(mx.array([tokens[row] for row in rows]))
        soft[asked] = 0.0 if previous is None else network.mix(previous)
        x = network.self_conditioning(embeddings, soft[None])
        rotations = network.rotations(self.cache.length, len(tokens))
        last, kept = len(network.layers) - 1, []
        for index, layer in enumerate(network.layers):
            cosine, sine = rotations[index]
            past, places = self.kept[index], asked[None] if index == last else None
            turned = (cosine[chosen], sine[chosen])
            x, (keys, values) = layer(x, network.denoiser_scalars[index], turned, past, None, places=places)
            if keep:
                start = past[0].shape[2]
                new = mx.array([start + place_of[row] for row in keep], dtype=mx.int32)
                seen = mx.concatenate([mx.arange(start), new])
                kept.append((keys[:, :, seen], values[:, :, seen]))
        if keep:
            self.kept = tuple(kept)
            mx.eval(self.kept)
        return network.logits(network.norm(x[0]))


@dataclass
class Timed:
    """A denoiser, and the processor time that it took."""

    predict: Predict
    seconds: float = 0.0

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        started = time.process_time()
        logits = self.predict(tokens, free, previous)
        mx.eval(logits)
        self.seconds += time.process_time() - started
        return logits
