"""A Hugging Face checkpoint folder -> a folder of mlx weights that `dg` and mlx-vlm load, quantised or not.

Files are written one after the other into a hidden folder beside the destination, which gets its name when all is
there: a half-made conversion is never taken for a model, and what was finished before an interruption is not made
again. At no time is more in memory than one file of the result and one tensor of the source.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgcli.checkpoint.config import ModelConfig, read_config
from dgcli.checkpoint.fields import read_json
from dgcli.checkpoint.partial import SUMS, Partial, write_json
from dgcli.checkpoint.quantisation import Packing, to_config
from dgcli.checkpoint.reading import sha256_of_file
from dgcli.checkpoint.recipes import RECIPES, Keep, Recipe, formats
from dgcli.checkpoint.shards import Shard, plan
from dgcli.checkpoint.tensors import parameter_count
from dgcli.checkpoint.tied import check_encoder, has_own_head
from dgcli.checkpoint.weights import Weights
from dgcli.errors import DgError, ModelError, UsageError
from dgcli.platform.backend import mx, start
from dgcli.platform.memory import release_memory

_COPIED = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"),
    *("chat_template.json", "generation_config.json", "processor_config.json", "preprocessor_config.json"),
    *("LICENSE", "LICENSE.txt"),
)
_SPARE_BYTES = 64 * 2**20  # for the tokenizer and other small files


@dataclass(frozen=True)
class Progress:
    """How far a conversion is, in bytes of the source's tensors."""

    done: int
    total: int
    resumed: int
    """Of `done`, what an interrupted conversion had finished before."""


@dataclass(frozen=True)
class Converted:
    """A finished conversion."""

    folder: Path
    weight_bytes: int
    parameters: int
    """Of the text stack."""
    sums: dict[str, str]
    """sha256 of every file, as in the folder's SHA256SUMS."""

    @property
    def bits_per_weight(self) -> float:
        return 8 * self.weight_bytes / self.parameters


def convert(
    src: str | Path,
    dest: str | Path,
    recipe: str = "8bit",
    *,
    keep: Sequence[Keep] = (),
    with_vision: bool = False,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Converted:
    """Convert the checkpoint in folder `src` into the new folder `dest`.

    recipe: a name in RECIPES. `bf16` makes every tensor bfloat16; the others keep types where they do not quantise.
    keep: exceptions, see `recipes.Keep`. with_vision: carry the vision tower along, which `dg` does not use.
    watch: called before the first and after every tensor.
    Raises ModelError as loading does, UsageError where `dest` exists or the recipe is unknown, DgError where the disk
    is too small. What an interrupted or failed write had finished is found again by the next call with the same
    arguments.
    """
    source, target = Path(src), Path(dest)
    if recipe not in RECIPES:
        raise UsageError(f"There is no recipe {recipe!r}.", f"Use one of {', '.join(RECIPES)}.")
    if target.exists():
        raise UsageError(f"{target} already exists.", "Name a new folder.")
    start()
    config = read_config(source)
    chosen = formats(config, RECIPES[recipe], keep)
    weights = Weights(source)
    check_encoder(weights)
    if has_own_head(weights):
        raise ModelError(f"{source} has its own head, lm_head, which cannot be converted.", "Use it as it is.")
    shards = plan(weights, config, chosen, mx.bfloat16 if recipe == "bf16" else None, vision=with_vision)
    values = _config(source, config, chosen, RECIPES[recipe], vision=with_vision)
    job = {"source": _fingerprint(source), "config": values, "files": [shard.file for shard in shards]}
    with Partial.open(target, job) as partial:
        try:
            _check_disk(partial, shards, target)
            _write_weights(weights, shards, partial, watch)
            sums = _finish(source, shards, values, partial)
            partial.publish()
        except ModelError:
            partial.discard()  # the source is at fault, so going on later would not help
            raise
        except OSError as error:
            raise DgError(
                f"{error.filename or partial.folder} cannot be written: {error.strerror or error}.",
                f"Make room and run the command again: it goes on from {partial.folder}.",
            ) from error
    return Converted(target, sum(shard.written_bytes for shard in shards), parameter_count(config), sums)


def _check_disk(partial: Partial, shards: list[Shard], target: Path) -> None:
    needed = _SPARE_BYTES + sum(shard.written_bytes for shard in shards if not partial.has(shard.file))
    free = shutil.disk_usage(partial.folder).free
    if needed > free:
        raise DgError(
            f"{target} will take {needed / 1e9:.1f} GB, and the disk has {free / 1e9:.1f} GB free.",
            "Make room, or choose a recipe with fewer bits.",
        )


def _write_weights(weights: Weights, shards: list[Shard], partial: Partial, watch: Callable[[Progress], None]) -> None:
    total = sum(shard.read_bytes for shard in shards)
    resumed = done = sum(shard.read_bytes for shard in shards if partial.has(shard.file))
    watch(Progress(done, total, resumed))
    for shard in shards:
        if partial.has(shard.file):
            continue
        held: dict[str, mx.array] = {}
        for tensor in shard.tensors:
            held.update(tensor.make(weights))
            done += tensor.read_bytes
            watch(Progress(done, total, resumed))
        with partial.writing(shard.file) as path:
            _save(path, held)
        held.clear()
        release_memory()


def _save(path: Path, held: dict[str, mx.array]) -> None:
    try:
        mx.save_safetensors(str(path), held, {"format": "mlx"})
    except RuntimeError as error:  # mlx says no more than that a write failed
        raise OSError(None, str(error)[:200].rstrip("."), str(path)) from error


def _finish(source: Path, shards: list[Shard], values: dict[str, Any], partial: Partial) -> dict[str, str]:
    """Write everything beside the weights, and the sums of all. The config comes last."""
    folder = partial.folder
    for name in _COPIED:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    if len(shards) > 1:
        places = {part.name: shard.file for shard in shards for each in shard.tensors for part in each.written}
        size = sum(shard.written_bytes for shard in shards)
        write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": places})
    write_json(folder / "config.json", values)
    others = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".") and path.name != SUMS)
    sums = {name: partial.finished.get(name) or sha256_of_file(folder / name) for name in others}
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), encoding="ascii")
    return sums


def _config(
    source: Path, config: ModelConfig, chosen: dict[str, Packing], recipe: Recipe, *, vision: bool
) -> dict[str, Any]:
    """The source's config in its released shape, with the quantisation that was chosen."""
    values = dict(read_json(source / "config.json").values)
    for name in ("quantization", "quantization_config"):
        values.pop(name, None)
    if not vision:
        values["vision_config"] = None  # where it is absent, mlx-vlm expects a vision tower of the default size
    values["text_config"] = _released(dict(values["text_config"]), config, source)
    if recipe.name == "bf16":
        values["dtype"] = "bfloat16"
    if chosen:
        default = recipe.experts or next(iter(chosen.values()))
        values["quantization"] = to_config(default, chosen)
    return values


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


def _fingerprint(source: Path) -> list[list[Any]]:
    """What tells one source from another without reading its weights: names, sizes and times of its files."""
    files = sorted((*source.glob("*.safetensors"), *source.glob("*.json")))
    return [[path.name, (status := path.stat()).st_size, status.st_mtime_ns] for path in files]
