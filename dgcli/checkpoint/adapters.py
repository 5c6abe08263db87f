"""LoRA adapters: what their files hold. Two spellings are read, that of PEFT and that of mlx-lm.

PEFT (adapter_model.safetensors, which Unsloth, NeMo and diffusers write too) knows the two modes as separate modules,
so a pair may be for one of them only; names without a mode, and those of mlx-lm (adapters.safetensors), mean both.
PEFT's may also give some tokens embeddings of their own (`trainable_token_indices`), which the head shares.
Reference: peft, tuners/lora/layer.py, tuners/trainable_tokens/layer.py and utils/other.py; mlx-lm, tuner/lora.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from pathlib import Path
from typing import Any

from dgcli.checkpoint.adapter_file import AdapterFile
from dgcli.checkpoint.dtypes import FLOATS
from dgcli.checkpoint.fields import Fields, read_json
from dgcli.checkpoint.folders import CONFIG, MLX_FILE, PEFT_FILE
from dgcli.checkpoint.header import TensorInfo
from dgcli.checkpoint.tensors import BOTH, DENOISER, EMBEDDING, ENCODER, VISION, Mode
from dgcli.errors import ModelError, UsageError
from dgcli.platform.backend import mx

_REPEAT, _REPEATED_GROUP, _MOST_REPEATS = re.compile(r"[*+{]"), re.compile(r"\)[*+?{]"), 3
_LARGEST_ALPHA = 1e30
_LONGEST_NAME = 200  # characters; those of the model have 60 at most
_ADVICE = "Use a LoRA adapter that was trained on this model, saved by PEFT or mlx-lm."
_PART = re.compile(r"(?P<module>.+)\.lora_(?P<half>[AB])(\.default)?\.weight|(?P<mlx>.+)\.lora_(?P<mlx_half>[ab])")
_ROWS = re.compile(r"(?P<module>.+)\.token_adapter\.trainable_tokens_delta(\.default)?")
_PREFIX = re.compile(r"^(base_model\.model\.|transformer\.|language_model\.model\.(?=layers))")
_PLACES: tuple[tuple[re.Pattern[str], tuple[Mode, ...]], ...] = (
    (re.compile(r"^(model\.)?encoder\.(language_model\.)?"), (ENCODER,)),
    (re.compile(r"^(model\.)?decoder\."), (DENOISER,)),
    (re.compile(r"^(model\.)?"), BOTH),
)


@dataclass(frozen=True)
class Pair:
    """The low-rank correction of one matrix [out, in]: scale * B A x."""

    down: mx.array  # A, [rank, in]
    up: mx.array  # B, [out, rank]
    scale: float
    name: str
    """Of the module, as the file has it."""


@dataclass(frozen=True)
class TokenRows:
    """Embeddings of some tokens, in place of the model's."""

    ids: tuple[int, ...]  # [R]
    values: mx.array  # [R, H]
    weight: float
    """How far from the model's rows to these; 1: all the way."""


@dataclass(frozen=True)
class Adapter:
    """The pairs of an adapter: (mode, module such as layers.0.self_attn.q_proj) -> pair; and mode -> embeddings."""

    path: Path
    base: str
    """The model it was made for, as far as it says so."""
    pairs: Mapping[tuple[Mode, str], Pair]
    rows: Mapping[Mode, TokenRows]

    def error(self, complaint: str) -> ModelError:
        """The error to raise about it."""
        made_for = f"; the adapter says that it is made for {self.base}" if self.base else ""
        return ModelError(f"{self.path}: {complaint}{made_for}.", _ADVICE)


def open_adapter(text: str | Path) -> Adapter:
    """Read one named as PATH or PATH=WEIGHT. Raises ModelError, and UsageError for a weight that is not a number."""
    whole = Path(os.path.expanduser(text))  # an unknown ~user stays as it is
    if os.path.exists(whole):
        return read_adapter(whole)
    path, equals, weight = str(text).rpartition("=")
    return read_adapter(Path(os.path.expanduser(path)), _weight(weight)) if equals else read_adapter(whole)


def _weight(text: str) -> float:
    """A finite number; a negative one takes away what the adapter adds."""
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise UsageError(f"{text!r} is not a weight for an adapter.", "Write it as in <adapter> folder=0.5.")
    return number


def read_adapter(path: Path, weight: float = 1.0) -> Adapter:
    """Read a folder with an adapter, or its safetensors file; `weight` multiplies what it adds.

    Raises ModelError that names the file and the tensor at fault.
    """
    file = _find(path)
    config = read_json(file.with_name(CONFIG), advice="An adapter's folder holds its configuration beside its weights.")
    _check_kind(config)
    stored = AdapterFile.open(file, config)
    halves, embeddings = _by_module(file, stored.infos)
    scale = _mlx_scale(config) if file.name == MLX_FILE else _peft_scale(config)
    scales = {module: weight * scale(module, _rank(file, module, found)) for module, found in halves.items()}
    infos = [*embeddings.values(), *(info for found in halves.values() for info in found.values())]
    table = stored.read(info.name for info in infos)
    # what mlx-lm trains is one module for both modes, whichever of them its name has
    one_for_both = file.name == MLX_FILE and not any(_place(module)[0] == (ENCODER,) for module in halves)
    pairs: dict[tuple[Mode, str], Pair] = {}
    for module, found in halves.items():
        modes, target = _place(module)
        if one_for_both and ".self_conditioning." not in f".{target}":
            modes = BOTH
        pair = _pair(module, found, table, scales[module])
        pairs.update(((mode, target), pair) for mode in modes)
    rows = {
        mode: _token_rows(config, module, info, table[info.name], weight)
        for module, info in embeddings.items()
        for mode in _place(module)[0]
    }
    if not pairs and not rows:
        raise ModelError(f"{file} holds no tensors.", _ADVICE)
    base = config.values.get("base_model_name_or_path") or config.values.get("model") or ""
    return Adapter(file, str(base), pairs, rows)


def _by_module(
    file: Path, infos: Mapping[str, TensorInfo]
) -> tuple[dict[str, dict[str, TensorInfo]], dict[str, TensorInfo]]:
    """Module -> the halves of its pair; and module -> its rows. What corrects how pictures are read is left out."""
    halves: dict[str, dict[str, TensorInfo]] = {}
    embeddings: dict[str, TensorInfo] = {}
    for name, info in infos.items():
        if (own := _ROWS.fullmatch(_PREFIX.sub("", name))) is not None:
            embeddings[own["module"]] = info
            continue
        module, half = _split(file, name)
        if not f"model.{module.removeprefix('model.')}".startswith(VISION):
            halves.setdefault(module, {})[half] = info
    return halves, embeddings


def _find(path: Path) -> Path:
    files = [path] if path.is_file() else [path / name for name in (PEFT_FILE, MLX_FILE)]
    found = next((file for file in files if file.is_file()), None)
    if found is None or found.suffix != ".safetensors":
        problem = f"holds neither {PEFT_FILE} nor {MLX_FILE}" if path.is_dir() else "is not an adapter"
        raise ModelError(f"{path} {problem if path.exists() else 'does not exist'}.", _ADVICE)
    return found


def _check_kind(config: Fields) -> None:
    values = config.values
    kind = str(values.get("peft_type") or values.get("fine_tune_type") or "lora")
    if kind.lower() != "lora":
        raise config.error("peft_type", f"is {kind!a}; only LoRA is known")
    if values.get("use_dora"):
        raise config.error("use_dora", "is true; only plain LoRA is known")
    if values.get("bias", "none") != "none" or values.get("lora_bias"):
        raise config.error("bias", "is trained too; only pairs of matrices are known")


def _mlx_scale(config: Fields) -> Callable[[str, int], float]:
    """The factor itself, and one rank for all modules."""
    parameters = config.section("lora_parameters", {})
    factor = parameters.positive("scale", 20.0)

    def scale(module: str, found: int) -> float:
        if found != (expected := parameters.size("rank", found)):
            raise parameters.error("rank", f"is {expected}, but the tensors of {module} have rank {found}")
        return factor

    return scale


def _peft_scale(config: Fields) -> Callable[[str, int], float]:
    """lora_alpha over the rank (or its root), and what rank_pattern and alpha_pattern say of single modules."""
    ranks, alphas = config.section("rank_pattern", {}).values, config.section("alpha_pattern", {}).values
    rank, alpha = config.size("r", 8), config.positive("lora_alpha", 8)

    def scale(module: str, found: int) -> float:
        expected = _by_pattern(config, ranks, module, rank)
        if found != expected:
            raise config.error("r", f"gives {module} the rank {expected}, but its tensors have rank {found}")
        own = _by_pattern(config, alphas, module, alpha)
        if isinstance(own, bool) or not isinstance(own, int | float) or not abs(own) < _LARGEST_ALPHA:
            raise config.error("alpha_pattern", f"has {own!a} for {module}, not a number")
        return own / (sqrt(found) if config.values.get("use_rslora") else found)

    return scale


def _by_pattern(config: Fields, patterns: Mapping[str, Any], module: str, default: float) -> Any:
    """The value of the first pattern, a regular expression, that fits the module.

    Raises ModelError for what is none, and for what could take for ever: with a repeated group, or many repeats.
    """
    for key, value in patterns.items():
        if _REPEATED_GROUP.search(key) or len(_REPEAT.findall(key)) > _MOST_REPEATS:
            raise config.error(f"…_pattern.{key}", "is not a pattern for the name of a module")
        try:
            if re.match(rf"(.*\.)?({key})$", module):
                return value
        except re.error:
            raise config.error(f"…_pattern.{key}", "is not a regular expression") from None
    return default


def _split(file: Path, name: str) -> tuple[str, str]:
    """The module that a tensor belongs to, and whether it is its "A" or "B"."""
    found = _PART.fullmatch(_PREFIX.sub("", name))
    if found is None or len(name) > _LONGEST_NAME:
        raise ModelError(f"{file}: tensor {name!a} is not half of a LoRA pair.", _ADVICE)
    return found["module"] or found["mlx"], found["half"] or found["mlx_half"]


def _place(module: str) -> tuple[tuple[Mode, ...], str]:
    """The modes that a module belongs to, and its name below them."""
    for pattern, modes in _PLACES:
        if (found := pattern.match(module)) is not None:
            return modes, module[found.end() :]
    raise AssertionError("the last pattern matches everything")


def _token_rows(config: Fields, module: str, info: TensorInfo, values: mx.array, weight: float) -> TokenRows:
    """The rows of an embedding, and the tokens that the configuration says they are of."""
    if _place(module)[1] != EMBEDDING:
        raise ModelError(f"{info.path}: {module[:60]!a} is not an embedding that an adapter could change.", _ADVICE)
    named = config.values.get("trainable_token_indices")
    name = "trainable_token_indices"
    ids = config.section(name).indices(EMBEDDING, ()) if isinstance(named, Mapping) else config.indices(name, ())
    if len(info.shape) != 2 or info.dtype not in FLOATS or len(set(ids)) != info.shape[0]:
        raise config.error(name, f"names {len(set(ids))} tokens, and {info.name} is {info.dtype} in shape {info.shape}")
    return TokenRows(ids, values, weight)


def _rank(file: Path, module: str, found: Mapping[str, TensorInfo]) -> int:
    halves = sorted(found)
    if halves not in (["A", "B"], ["a", "b"]):
        raise ModelError(f"{file}: {module} has only lora_{halves[0]}, not a pair.", _ADVICE)
    for info in found.values():
        if len(info.shape) != 2 or info.dtype not in FLOATS:
            raise ModelError(
                f"{file}: tensor {info.name} is {info.dtype[:10]} in shape {info.shape}; a matrix is expected.", _ADVICE
            )
    down, up = (found[half].shape for half in halves)
    ranks = (down[0], up[1]) if halves == ["A", "B"] else (down[1], up[0])
    if ranks[0] != ranks[1]:
        raise ModelError(
            f"{file}: {module} has a pair of rank {ranks[0]} and {ranks[1]}, in shapes {down} and {up}.", _ADVICE
        )
    return ranks[0]


def _pair(module: str, found: Mapping[str, TensorInfo], table: dict[str, mx.array], scale: float) -> Pair:
    first, second = (table[found[half].name] for half in sorted(found))
    down, up = (first, second) if "A" in found else (first.T, second.T)
    return Pair(down, up, scale, module)
