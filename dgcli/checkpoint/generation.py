"""How a checkpoint wants to be sampled: its `generation_config.json`.

Reference: transformers, models/diffusion_gemma/generation_diffusion_gemma.py (DiffusionGemmaGenerationConfig), whose
defaults stand where the file or a field is absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.fields import Fields, read_json
from dgcli.settings import HoleSettings, WritingSettings

GENERATION_FILE = "generation_config.json"
_MOST_STEPS = 10_000
_MOST_DRAWS = 16
_MOST_HELD = 4096
_COLDEST = 1e-6


@dataclass(frozen=True)
class GenerationDefaults:
    """Temperatures divide logits, entropies are in nats, thresholds are in steps and nats."""

    max_steps: int
    t_min: float
    """Temperature that the schedule ends at."""
    t_max: float
    """Temperature of the first step."""
    entropy_bound: float
    """What the accepted tokens' entropies may add up to, the largest left out."""
    stability_threshold: int
    """Steps that the argmax canvas has to stay the same."""
    confidence_threshold: float
    """Mean entropy under which a stable canvas is finished."""
    eos_ids: tuple[int, ...]
    """Ids that end the output."""
    pad_id: int
    """What is written after the first of them."""
    holes: HoleSettings
    """How the model was taught to fill holes."""
    self_speculation: bool
    """Whether the encoder writes, and the denoiser drafts for it; else the denoiser writes, as in the reference."""
    writing: WritingSettings
    """How it writes then."""
    noise_id: int | None
    """The token that all noise is; None: noise is any token. A model that was taught by one keeps what it accepted."""


def read_generation(folder: Path, config: ModelConfig) -> GenerationDefaults:
    """Read FOLDER/generation_config.json; ids that it lacks come from the config.

    Raises ModelError that names the file and the field.
    """
    path = folder / GENERATION_FILE
    fields = read_json(path) if path.exists() else Fields(path, {})
    t_min, t_max = fields.positive("t_min", 0.4), fields.positive("t_max", 0.8)
    if t_min < _COLDEST:
        raise fields.error("t_min", f"is {t_min}, less than {_COLDEST}: logits could not be divided by it")
    if t_min > t_max:
        raise fields.error("t_min", f"is {t_min}, more than t_max, {t_max}")
    return GenerationDefaults(
        max_steps=fields.size("max_denoising_steps", 48, most=_MOST_STEPS),
        t_min=t_min,
        t_max=t_max,
        entropy_bound=fields.section("sampler_config", {}).positive("entropy_bound", 0.1),
        stability_threshold=fields.index("stability_threshold", 1),
        confidence_threshold=fields.positive("confidence_threshold", 0.005),
        eos_ids=fields.indices("eos_token_id", config.eos_ids),
        pad_id=fields.index("pad_token_id", config.pad_id, below=config.vocab_size),
        holes=_holes(fields.section("holes", {})),
        self_speculation=fields.flag("self_speculation", False),
        writing=_writing(fields),
        noise_id=_optional_id(fields, "noise_token_id", config),
    )


def _holes(fields: Fields) -> HoleSettings:
    sizes = {
        name: None if fields.values.get(name) is None else fields.size(name, 1, most=_MOST_HELD)
        for name in ("left", "right")
    }
    return HoleSettings(
        padding=fields.flag("padding", False),
        draws=fields.size("draws", 1, most=_MOST_DRAWS),
        continuations=fields.index("continuations", 0, below=_MOST_DRAWS + 1),
        bare=fields.flag("bare", False),
        left=sizes["left"],
        right=sizes["right"],
    )


def _writing(fields: Fields) -> WritingSettings:
    return WritingSettings(
        temperature=fields.positive("temperature", 1.0) if fields.flag("do_sample", True) else 0.0,
        top_k=fields.size("top_k", 50),
        top_p=fields.share("top_p", 1.0),
        repetition_penalty=fields.positive("repetition_penalty", 1.0),
        no_repeat_ngram_size=fields.index("no_repeat_ngram_size", 0),
        max_tokens=fields.size("max_new_tokens", 256),
    )


def _optional_id(fields: Fields, name: str, config: ModelConfig) -> int | None:
    return None if fields.values.get(name) is None else fields.index(name, below=config.vocab_size)
