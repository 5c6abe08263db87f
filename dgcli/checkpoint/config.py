"""What `config.json` says about a DiffusionGemma, checked, in frozen values.

Two shapes of the file are read: the released one (`global_head_dim`, `num_global_key_value_heads`) and the one that
transformers >= 5.23 saves (`per_layer_config`). Reference: transformers, models/diffusion_gemma/configuration_*.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Literal, cast, get_args

from dgcli.checkpoint.fields import Fields, read_json
from dgcli.checkpoint.quantisation import Quantisation, read_quantisation
from dgcli.errors import ModelError

MODEL_TYPE = "diffusion_gemma"
DEFAULT_SOFTCAP = 30.0
ActivationName = Literal["gelu_pytorch_tanh", "silu"]
_FULL, _SLIDING = "full_attention", "sliding_attention"
_DEFAULT_ROPE: Mapping[str, Mapping[str, Any]] = {
    _SLIDING: {"rope_type": "default", "rope_theta": 10_000.0},
    _FULL: {"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1_000_000.0},
}
_MOST_LAYERS = 1000
_DEFAULT_PATTERN = 6  # every sixth layer is full where `layer_types` is absent


@dataclass(frozen=True)
class LayerConfig:
    """The shape of one layer's attention."""

    sliding: bool
    """Whether it sees the last `sliding_window` positions only."""
    head_dim: int
    kv_heads: int
    rope_theta: float
    rope_pairs: int
    """How many of the head_dim / 2 pairs (i, i + head_dim / 2) are rotated, pair i by theta^(-2i / head_dim)."""
    rope_factor: float
    """Positions are divided by it."""
    own_values: bool
    """Whether values have a matrix of their own; else they are the raw keys."""


@dataclass(frozen=True)
class Parts:
    """What the blocks of a checkpoint have. A DiffusionGemma has all of it, a patched Llama none."""

    qkv_norms: bool
    post_norms: bool
    """Norms behind attention and feed-forward, before the residual is added."""
    layer_scalars: bool
    self_conditioning: bool


@dataclass(frozen=True)
class ModelConfig:
    """A text stack that reads and denoises. Sizes in elements, `canvas_length` and windows in tokens."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    """Width of the dense MLP and of self-conditioning."""
    activation: ActivationName
    heads: int
    attention_scale: float
    """What queries are multiplied by."""
    experts: int
    """0: a layer has its dense MLP alone."""
    top_experts: int
    """Experts that each token is sent to."""
    expert_size: int
    sliding_window: int
    """Positions that a sliding layer sees, the token's own included."""
    norm_eps: float
    softcap: float | None
    """Logits are softcap * tanh(raw / softcap); None: they are raw."""
    embedding_scale: float
    head_shift: int
    """The denoiser's state at a position predicts the token so many positions behind it: 0, or 1 as in Llama."""
    parts: Parts
    canvas_length: int
    max_positions: int
    pad_id: int
    eos_ids: tuple[int, ...]
    control_ids: tuple[int, ...]
    """Ids that the config names for control, those above included: they are never text."""
    layers: tuple[LayerConfig, ...]
    quantisation: Quantisation


def read_config(folder: Path) -> ModelConfig:
    """Read and check FOLDER/config.json. Raises ModelError that names the file and the field."""
    top = read_json(folder / "config.json", advice="Name a folder that holds a DiffusionGemma checkpoint.")
    _check_kind(top)
    text = top.section("text_config")
    layers = _layers(text)
    experts = 0 if text.values.get("num_experts") == 0 else text.size("num_experts")
    return ModelConfig(
        vocab_size=text.size("vocab_size"),
        hidden_size=text.size("hidden_size"),
        intermediate_size=text.size("intermediate_size"),
        activation=_activation(text),
        heads=text.size("num_attention_heads"),
        attention_scale=text.positive("attention_scale", 1.0),
        experts=experts,
        top_experts=_top_experts(text, experts),
        expert_size=text.size("moe_intermediate_size") if experts else 0,
        sliding_window=text.size("sliding_window", 512),
        norm_eps=text.positive("rms_norm_eps", 1e-6),
        softcap=_softcap(top, text),
        embedding_scale=text.positive("embedding_scale", sqrt(text.size("hidden_size"))),
        head_shift=text.index("head_shift", 0, below=2),
        parts=Parts(
            qkv_norms=text.flag("use_qkv_norms", default=True),
            post_norms=text.flag("use_post_norms", default=True),
            layer_scalars=text.flag("use_layer_scalars", default=True),
            self_conditioning=text.flag("use_self_conditioning", default=True),
        ),
        canvas_length=top.size("canvas_length", 256),
        max_positions=text.size("max_position_embeddings", 131_072),
        pad_id=text.index("pad_token_id", 0, below=text.size("vocab_size")),
        eos_ids=_eos_ids(top, text),
        control_ids=_control_ids(top, text),
        layers=layers,
        quantisation=read_quantisation(top),
    )


def _check_kind(top: Fields) -> None:
    kind = top.values.get("model_type")
    if kind != MODEL_TYPE:
        raise ModelError(
            f"{top.path}: model_type is {kind!r}, not {MODEL_TYPE!r}.",
            "dg runs DiffusionGemma only: name a folder with such a checkpoint.",
        )
    text = top.section("text_config")
    if text.values.get("use_bidirectional_attention") == "all":
        raise text.error("use_bidirectional_attention", "is 'all'; only a causal encoder is known")
    if text.values.get("attention_bias"):
        raise text.error("attention_bias", "is true; attention with biases is not known")
    for fields in (top, text):
        if fields.values.get("tie_word_embeddings") is False:
            raise fields.error("tie_word_embeddings", "is false; only a tied head is known")


def _activation(text: Fields) -> ActivationName:
    found = text.values.get("hidden_activation", "gelu_pytorch_tanh")
    if found not in get_args(ActivationName):
        raise text.error("hidden_activation", f"is {found!r}, not one of {', '.join(get_args(ActivationName))}")
    return cast("ActivationName", found)


def _softcap(top: Fields, text: Fields) -> float | None:
    """The reference's default is 30, and checkpoints leave it out, write null, or keep it at the top level; 0: none."""
    for fields in (text, top):
        if (found := fields.values.get("final_logit_softcapping")) is not None:
            return None if found == 0 else fields.positive("final_logit_softcapping")
    return DEFAULT_SOFTCAP


def _eos_ids(top: Fields, text: Fields) -> tuple[int, ...]:
    """The top level names all that end an answer, the text's part only what ends a text."""
    return top.indices("eos_token_id", text.indices("eos_token_id", (1,)))


def _control_ids(top: Fields, text: Fields) -> tuple[int, ...]:
    common = [text.indices(name, ids) for name, ids in (("pad_token_id", (0,)), ("bos_token_id", (2,)))]
    common += [text.indices("eos_token_id", (1,)), _eos_ids(top, text)]
    images = [top.indices(name, ()) for name in ("boi_token_id", "eoi_token_id", "image_token_id")]
    return tuple(sorted({token for ids in (*common, *images) for token in ids if token < text.size("vocab_size")}))


def _top_experts(text: Fields, experts: int) -> int:
    top = text.size("top_k_experts") if experts else 0
    if top > experts:
        raise text.error("top_k_experts", f"is {top}, more than num_experts, {experts}")
    return top


def _layers(text: Fields) -> tuple[LayerConfig, ...]:
    count = text.size("num_hidden_layers", most=_MOST_LAYERS)
    types = _layer_types(text, count)
    shapes = _full_shapes(text, types)
    rope = text.section("rope_parameters", _DEFAULT_ROPE)
    return tuple(_layer(text, rope, kind, *shapes[index]) for index, kind in enumerate(types))


def _layer_types(text: Fields, count: int) -> list[str]:
    found = text.values.get("layer_types")
    if found is None:
        found = [_FULL if (index + 1) % _DEFAULT_PATTERN == 0 else _SLIDING for index in range(count)]
    if not isinstance(found, list) or len(found) != count or any(kind not in (_FULL, _SLIDING) for kind in found):
        raise text.error("layer_types", f"is not a list of {count} times '{_SLIDING}' or '{_FULL}'")
    return [*found[:-1], _FULL]  # the reference forces the last layer to see everything


def _full_shapes(text: Fields, types: list[str]) -> list[tuple[int, int]]:
    """(head_dim, kv_heads) of every layer, from either shape of the file."""
    common = (text.size("head_dim", 256), text.size("num_key_value_heads", 4))
    if text.values.get("per_layer_config") is not None:
        overrides = text.section("per_layer_config")
        return [_overridden(overrides, index, kind, common) for index, kind in enumerate(types)]
    has_own_heads = text.values.get("attention_k_eq_v", True) and text.values.get("num_global_key_value_heads")
    full = (text.size("global_head_dim", 512), text.size("num_global_key_value_heads") if has_own_heads else common[1])
    return [full if kind == _FULL else common for kind in types]


def _overridden(overrides: Fields, index: int, kind: str, common: tuple[int, int]) -> tuple[int, int]:
    for key in (str(index), kind):
        if key in overrides.values:
            own = overrides.section(key)
            return own.size("head_dim", common[0]), own.size("num_key_value_heads", common[1])
    return common


def _layer(text: Fields, rope: Fields, kind: str, head_dim: int, kv_heads: int) -> LayerConfig:
    heads = text.size("num_attention_heads")
    if heads % kv_heads:
        raise text.error("num_attention_heads", f"is {heads}, no multiple of {kv_heads} key and value heads")
    if head_dim % 2:
        raise text.error("head_dim", f"is {head_dim}, which is odd")
    own = rope.section(kind, _DEFAULT_ROPE[kind])
    rope_type = own.values.get("rope_type", "default")
    proportion = own.positive("partial_rotary_factor", 1.0)
    if rope_type not in ("default", "proportional") or proportion > 1:
        raise own.error(
            "rope_type", f"is {rope_type!r} with a part of {proportion}; only plain and proportional are known"
        )
    proportional = rope_type == "proportional"
    if not proportional and proportion != 1:
        raise own.error("partial_rotary_factor", f"is {proportion} for plain rotary positions; 1 is expected")
    return LayerConfig(
        sliding=kind == _SLIDING,
        head_dim=head_dim,
        kv_heads=kv_heads,
        rope_theta=own.positive("rope_theta", 10_000.0),
        rope_pairs=int(proportion * head_dim // 2),
        rope_factor=own.positive("factor", 1.0) if proportional else 1.0,
        own_values=kind == _SLIDING or not text.flag("attention_k_eq_v", default=True),
    )
