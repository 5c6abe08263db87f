"""A Hugging Face checkpoint folder -> a folder of mlx weights that `dg` loads, quantised or not.

The text stack alone is kept. A quantised module gets three tensors (weight, scales, biases) and an entry in the
config, as mlx tools write them. Nothing is left behind where it fails: the folder is made beside its place and moved
there when it is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dgcli.backend import clear_cache, mx
from dgcli.errors import ModelError, UsageError
from dgcli.model.config import ModelConfig, read_config
from dgcli.model.fields import read_json
from dgcli.model.quantisation import Format, to_config
from dgcli.model.shapes import Shape, tensor_shapes
from dgcli.model.weights import FLOATS, Weights

_GROUPS = (64, 32)  # the first that divides a matrix's rows
_KEPT_BITS = 8  # of embedding, attention, router and dense MLP, however few bits the rest has
_SHARD_BYTES = 4 * 2**30
_COPIED = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"),
    *("chat_template.json", "generation_config.json", "LICENSE", "LICENSE.txt"),
)


def convert(src: str | Path, dest: str | Path, bits: int | None = 8) -> Path:
    """Convert the checkpoint in folder `src` into the new folder `dest`, and return that.

    bits: of experts and self-conditioning (affine, in groups of 64, or 32 where a row needs it; a matrix that neither
    fits stays as it is), while all else keeps 8; None: nothing is quantised. Types are kept otherwise.
    Raises ModelError as loading does, and UsageError where `dest` exists.
    """
    source, target = Path(src), Path(dest)
    if target.exists():
        raise UsageError(f"{target} exists already.", "Name a new folder.")
    config = read_config(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        folder.chmod(0o777 & ~_umask())
        formats = _write_weights(Weights(source), config, bits, folder)
        _write_config(source, config, formats, bits, folder)
        for name in _COPIED:
            if (source / name).exists():
                shutil.copyfile(source / name, folder / name)
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return target


def _write_weights(weights: Weights, config: ModelConfig, bits: int | None, folder: Path) -> dict[str, Format]:
    """Write every tensor of the text stack, in shards. Returns the formats of the quantised modules."""
    formats: dict[str, Format] = {}
    shards: list[list[str]] = []
    held: dict[str, mx.array] = {}
    for name, shape in tensor_shapes(config).items():
        found = _format(name, shape, bits)
        if found is not None:
            formats[_module(name)] = found
        held.update(_tensors(weights, name, shape, found))
        if sum(array.nbytes for array in held.values()) > _SHARD_BYTES:
            shards.append(_save(held, folder, len(shards)))
    if held:
        shards.append(_save(held, folder, len(shards)))
    _name_shards(shards, folder)
    return formats


def _tensors(weights: Weights, name: str, shape: Shape, found: Format | None) -> Iterator[tuple[str, mx.array]]:
    """What is written for one tensor: itself, or packed weights, scales and biases."""
    if f"{_module(name)}.scales" in weights:
        raise ModelError(f"{weights.folder}: {_module(name)} is quantised already.", "Convert the original checkpoint.")
    array = weights.take(weights.spelling(name), shape, FLOATS, None)
    if found is None:
        yield name, array
        return
    packed = mx.quantize(array, group_size=found.group_size, bits=found.bits, mode=found.mode)
    mx.eval(packed)
    yield from zip((f"{_module(name)}.{part}" for part in ("weight", "scales", "biases")), packed, strict=True)


def _format(name: str, shape: Shape, bits: int | None) -> Format | None:
    if bits is None or len(shape) == 1:
        return None
    group_size = next((size for size in _GROUPS if shape[-1] % size == 0), None)
    if group_size is None:
        return None
    small = ".experts." in name or ".self_conditioning." in name
    return Format(group_size, bits if small else max(bits, _KEPT_BITS))


def _save(held: dict[str, mx.array], folder: Path, index: int) -> list[str]:
    """Write one shard, forget its tensors and return their names."""
    mx.save_safetensors(str(_part(folder, index)), held, {"format": "mlx"})
    names = list(held)
    held.clear()
    clear_cache()
    return names


def _name_shards(shards: list[list[str]], folder: Path) -> None:
    """One file alone is model.safetensors; several are numbered, and an index says what is where."""
    if len(shards) == 1:
        _part(folder, 0).rename(folder / "model.safetensors")
        return
    places = {}
    for index, names in enumerate(shards):
        file = f"model-{index + 1:05}-of-{len(shards):05}.safetensors"
        _part(folder, index).rename(folder / file)
        places.update(dict.fromkeys(names, file))
    _write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": places})


def _part(folder: Path, index: int) -> Path:
    return folder / f"part-{index}.safetensors"


def _write_config(
    source: Path, config: ModelConfig, formats: dict[str, Format], bits: int | None, folder: Path
) -> None:
    """The source's config in its released shape, without what was left behind."""
    values = dict(read_json(source / "config.json").values)
    for name in ("vision_config", "quantization", "quantization_config"):
        values.pop(name, None)
    values["text_config"] = _released(dict(values["text_config"]), config, source)
    if formats and bits is not None:
        values["quantization"] = to_config(Format(_GROUPS[0], bits), formats)
    _write_json(folder / "config.json", values)


def _released(text: dict[str, Any], config: ModelConfig, source: Path) -> dict[str, Any]:
    """`per_layer_config` -> `global_head_dim` and `num_global_key_value_heads`."""
    if text.pop("per_layer_config", None) is None:
        return text
    sliding = {(layer.head_dim, layer.kv_heads) for layer in config.layers if layer.sliding}
    full = {(layer.head_dim, layer.kv_heads) for layer in config.layers if not layer.sliding}
    if len(sliding) > 1 or len(full) != 1:
        raise ModelError(
            f"{source / 'config.json'}: text_config.per_layer_config gives layers of one kind different shapes.",
            "Such a model cannot be written in the released form.",
        )
    [(head_dim, kv_heads)] = full
    for own_head_dim, own_kv_heads in sliding:
        text.update(head_dim=own_head_dim, num_key_value_heads=own_kv_heads)
    text.update(global_head_dim=head_dim, num_global_key_value_heads=kv_heads, attention_k_eq_v=True)
    return text


def _module(name: str) -> str:
    return name.removesuffix(".weight")


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
