"""How a checkpoint wants to be sampled: its `generation_config.json`.

Reference: transformers, models/diffusion_gemma/generation_diffusion_gemma.py (DiffusionGemmaGenerationConfig), whose
defaults stand where the file or a field is absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.fields import Fields, read_json
from dgcli.diffusion.sampler import EntropyBound
from dgcli.diffusion.schedule import Schedule
from dgcli.diffusion.stopping import AllOf, Confident, Stable
from dgcli.settings import AS_RELEASED, DenoiseSettings, HoleSettings, WritingSettings

GENERATION_FILE = "generation_config.json"
_MOST_STEPS = 10_000
_MOST_DRAWS = 16
_MOST_CONTINUATIONS = 64
_MOST_HELD = 4096
_COLDEST = 1e-6


@dataclass(frozen=True)
class GenerationDefaults:
    """What is asked for, and what the model was taught."""

    denoising: DenoiseSettings
    """How a canvas is denoised."""
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
    return GenerationDefaults(
        denoising=_denoising(fields),
        eos_ids=fields.indices("eos_token_id", config.eos_ids),
        pad_id=fields.index("pad_token_id", config.pad_id, below=config.vocab_size),
        holes=_holes(fields.section("holes", {})),
        self_speculation=fields.flag("self_speculation", False),
        writing=_writing(fields),
        noise_id=_optional_id(fields, "noise_token_id", config),
    )


def _denoising(fields: Fields) -> DenoiseSettings:
    usual, bound, stable, confident = Schedule(), EntropyBound(), Stable(), Confident()
    t_min, t_max = fields.positive("t_min", usual.t_min), fields.positive("t_max", usual.t_max)
    if t_min < _COLDEST:
        raise fields.error("t_min", f"is {t_min}, less than {_COLDEST}: logits could not be divided by it")
    if t_min > t_max:
        raise fields.error("t_min", f"is {t_min}, more than t_max, {t_max}")
    return DenoiseSettings(
        schedule=Schedule(
            steps=fields.size("max_denoising_steps", usual.steps, most=_MOST_STEPS), t_max=t_max, t_min=t_min
        ),
        sampler=EntropyBound(fields.section("sampler_config", {}).positive("entropy_bound", bound.bound)),
        stopping=AllOf(
            (
                Stable(fields.index("stability_threshold", stable.steps)),
                Confident(fields.positive("confidence_threshold", confident.nats)),
            )
        ),
    )


def _holes(fields: Fields) -> HoleSettings:
    usual = AS_RELEASED
    sizes = {
        name: None if fields.values.get(name) is None else fields.size(name, 1, most=_MOST_HELD)
        for name in ("left", "right")
    }
    suffix = fields.index("suffix", usual.suffix, below=_MOST_HELD + 1)
    bare = fields.flag("bare", usual.bare)
    if suffix and not bare:
        raise fields.error("suffix", f"is {suffix} where bare is false: the request quotes what follows already")
    return HoleSettings(
        padding=fields.flag("padding", usual.padding),
        draws=fields.size("draws", usual.draws, most=_MOST_DRAWS),
        continuations=fields.index("continuations", usual.continuations, below=_MOST_CONTINUATIONS + 1),
        suffix=suffix,
        bare=bare,
        left=sizes["left"],
        right=sizes["right"],
    )


def _writing(fields: Fields) -> WritingSettings:
    usual = WritingSettings()
    return WritingSettings(
        temperature=fields.positive("temperature", usual.temperature) if fields.flag("do_sample", True) else 0.0,
        top_k=fields.size("top_k", usual.top_k),
        top_p=fields.share("top_p", usual.top_p),
        repetition_penalty=fields.positive("repetition_penalty", usual.repetition_penalty),
        no_repeat_ngram_size=fields.index("no_repeat_ngram_size", usual.no_repeat_ngram_size),
        max_tokens=fields.size("max_new_tokens", usual.max_tokens),
    )


def _optional_id(fields: Fields, name: str, config: ModelConfig) -> int | None:
    return None if fields.values.get(name) is None else fields.index(name, below=config.vocab_size)
