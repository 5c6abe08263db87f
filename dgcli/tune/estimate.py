"""How much memory a step takes, reckoned before it is tried.

At its peak a step holds the weights; the pairs, their gradients and what Adam knows of them; what every layer keeps for
the gradient, or with checkpointing only what goes into it; and beside that the larger one of some rows of logits and a
layer on its way back. How many numbers a layer keeps for each of its sizes was fitted to what mlx held on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from dgcli.checkpoint.config import LayerConfig, ModelConfig
from dgcli.checkpoint.tensors import DENOISER, ENCODER, Mode
from dgcli.platform.backend import this_backend
from dgcli.platform.blocks import MULTIPLIED
from dgcli.tune.batches import Rows, lengths, packed, size
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.gradient import in_layers
from dgcli.tune.pairs import shapes
from dgcli.tune.plan import Plan, trained_modes

_FLOAT32 = 4  # bytes
_PAIRS_HELD, _PAIRS_CHANGED = 5, 8  # copies of all pairs: while gradients are made, and while Adam changes them
_BELIEFS_HELD = 1.5  # times as much for text that is to stay, whose earlier logits are made, too
_LOGITS_HELD, _BLOCK_HELD, _BLOCK = 2.9, 7, 2**19  # copies of a piece of logits, and of a block of it
_NOISED = 0.75  # of the tokens of canvases, in a batch that has many
_AT_ONCE = 6.5  # times as much is held where products are not computed when they are asked for, but at once
_AT_ONCE_EARLIER = 3.4  # times the logits, beside that, for text that is to stay
_WAY_BACK = 1.3  # of what a layer keeps, beside it, while its gradient is made


@dataclass(frozen=True)
class Estimate:
    """Bytes."""

    weights: int
    pairs: int
    """With their gradients, and what Adam knows of them."""
    states: int
    """What is kept for the gradient."""
    passing: int
    """Logits, or one layer on its way back."""

    @property
    def total(self) -> int:
        """At the peak of a step."""
        changing = self.pairs * _PAIRS_CHANGED // _PAIRS_HELD
        return self.weights + max(self.pairs + self.states + self.passing, changing)


def estimate(config: ModelConfig, plan: Plan, examples: Sequence[Example], weights: int, item: int) -> Estimate:
    """For weights of so many bytes, and a type of `item` bytes a number, in the largest of all batches of the plan."""
    pairs = sum(map(prod, shapes(config, plan).values())) * _FLOAT32
    made = packed(config, plan, examples)
    steps = [_step(config, plan, rows, item) for rows in sorted(made, key=lambda rows: size(config, plan, rows))[-8:]]
    states, passing = max(steps, key=sum, default=(0, 0))
    return Estimate(weights, _PAIRS_HELD * pairs, states, passing)


def _step(config: ModelConfig, plan: Plan, rows: Rows, item: int) -> tuple[int, int]:
    """Bytes that are kept for a batch, and bytes beside them."""
    shared, clean, noised = lengths(config, plan, rows)
    modes = [mode for mode in trained_modes(plan) if mode in rows[0].modes]
    streams = {
        ENCODER: (shared + len(rows) * clean, shared + clean),
        DENOISER: (len(rows) * noised, shared + clean + noised),
    }
    kept = [  # of each layer, by mode
        [
            item * tokens * (_kept(config, layer, seen) if mode in modes else _read(layer, mode))
            for mode, (tokens, seen) in streams.items()
        ]
        for layer in config.layers
    ]
    logits, way_back = _logits(config, plan, rows), int(_WAY_BACK * max(map(max, kept)))
    if not in_layers(plan):
        return sum(map(sum, kept)), max(logits, way_back)
    inputs = item * config.hidden_size * sum(tokens for tokens, _ in streams.values()) * len(config.layers)
    passing = float(max(logits, max(map(sum, kept)) + way_back))
    if this_backend().numpy_products:
        passing = _AT_ONCE * passing + (_AT_ONCE_EARLIER * logits if rows[0].kind == UNCHANGED else 0)
    return inputs, int(passing)


def _logits(config: ModelConfig, plan: Plan, rows: Rows) -> int:
    """Bytes that the largest piece of them takes."""
    learned = sum(len(each.learned) for each in rows)
    learned = learned if plan.all_tokens or ENCODER in trained_modes(plan) else int(_NOISED * learned)
    piece = min(max(1, learned), max(1, MULTIPLIED // config.vocab_size)) * config.vocab_size
    held = _LOGITS_HELD * piece + _BLOCK_HELD * min(piece, _BLOCK)
    return int(_FLOAT32 * held * (_BELIEFS_HELD if rows[0].kind == UNCHANGED else 1))


def _read(layer: LayerConfig, mode: Mode) -> int:
    """Numbers that a layer keeps of a token of a mode that does not learn: its key and value."""
    return 2 * layer.kv_heads * layer.head_dim if mode == ENCODER else 0


def _kept(config: ModelConfig, layer: LayerConfig, seen: int) -> int:
    """Numbers that a layer keeps of a token, which sees `seen` at most."""
    keys, hidden = layer.kv_heads * layer.head_dim, config.hidden_size
    attended = 2.4 * config.heads * layer.head_dim + 2.4 * keys + 1.6 * config.heads * seen
    gated = (7.6 if config.activation == "gelu_pytorch_tanh" else 4.7) * config.intermediate_size
    dense = (6.1 if config.parts.post_norms else 3.3) * hidden + gated
    routed = config.top_experts * (7.5 * config.expert_size + 1.3 * hidden) + 1.4 * hidden if config.experts else 0.0
    return int(attended + dense + routed)
