"""The small checkpoint of the tests, made by golden/make_golden.py, and ways to make others of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dgcli.platform.backend import mx

GOLDEN = Path(__file__).parent / "golden"
TINY = GOLDEN / "tiny"
"""Random float16 weights, config of the released shape, canvas 32, sliding window 16, tokenizer, chat template."""

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"


def copy(folder: Path, source: Path = TINY) -> Path:
    """A checkpoint of one's own, to break."""
    return Path(shutil.copytree(source, folder))


def edit_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def edit_header(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the header of a safetensors file and leave its data where they are."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])


def tensors(folder: Path = TINY) -> dict[str, mx.array]:
    loaded = mx.load(str(folder / WEIGHTS))
    assert isinstance(loaded, dict)
    return loaded


def save(path: Path, arrays: dict[str, mx.array]) -> None:
    """Write a safetensors file, also over the one that the arrays were loaded from."""
    mx.eval(arrays)
    mx.save_safetensors(str(path.with_name("new.safetensors")), arrays, {"format": "mlx"})
    path.with_name("new.safetensors").replace(path)


def reserved(folder: Path, ids: Iterable[int]) -> Path:
    """The checkpoint with a vocabulary that has some of its ids in reserve."""
    copy(folder)
    names = {token: f"<unused{number}>" for number, token in enumerate(ids)}

    def rename(tokenizer: dict[str, Any]) -> None:
        vocabulary = tokenizer["model"]["vocab"]
        tokenizer["model"]["vocab"] = {names.get(token, name): token for name, token in vocabulary.items()}
        kept = set(tokenizer["model"]["vocab"])
        merges = [pair if isinstance(pair, list) else pair.split(" ") for pair in tokenizer["model"]["merges"]]
        tokenizer["model"]["merges"] = [pair for pair in merges if {*pair, "".join(pair)} <= kept]
        tokenizer["added_tokens"] = [token for token in tokenizer["added_tokens"] if token["id"] not in names]

    edit_json(folder / "tokenizer.json", rename)
    return folder


def per_layer_config(folder: Path) -> Path:
    """The checkpoint with the config that transformers saves."""
    copy(folder)
    shutil.copyfile(GOLDEN / "per_layer_config.json", folder / "config.json")
    return folder


def large_vocabulary(folder: Path, size: int, canvas_length: int = 256) -> Path:
    """The checkpoint with random rows for so many tokens, most of which its tokenizer does not know."""
    copy(folder)
    arrays = tensors(folder)
    name = "model.decoder.embed_tokens.weight"
    arrays[name] = (mx.random.normal((size, arrays[name].shape[1]), key=mx.random.key(1)) * 0.1).astype(mx.float16)
    save(folder / WEIGHTS, arrays)
    edit_json(folder / "config.json", lambda config: config["text_config"].update(vocab_size=size))
    edit_json(folder / "config.json", lambda config: config.update(canvas_length=canvas_length))
    return folder


def shards(folder: Path, count: int = 3) -> Path:
    """The checkpoint in several files with an index."""
    copy(folder)
    names = sorted(tensors(folder))
    places = {name: f"model-{index % count + 1:05}-of-{count:05}.safetensors" for index, name in enumerate(names)}
    loaded = tensors(folder)
    for file in set(places.values()):
        save(folder / file, {name: loaded[name] for name in names if places[name] == file})
    (folder / WEIGHTS).unlink()
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}), encoding="utf-8")
    return folder


def quantised(folder: Path, mode: str, group_size: int, bits: int) -> Path:
    """The checkpoint as mlx tools quantise it: one default, and an entry without mode (so affine) for the embedding."""
    copy(folder)
    arrays: dict[str, mx.array] = {}
    for name, array in tensors(folder).items():
        module = name.removesuffix(".weight")
        if array.ndim == 1 or not name.startswith("model.decoder"):
            arrays[name] = array
        elif module.endswith("embed_tokens"):
            arrays.update(_packed(module, mx.quantize(array.astype(mx.float32), group_size=64, bits=8)))
        else:
            packed = mx.quantize(array.astype(mx.float32), group_size=group_size, bits=bits, mode=mode)
            arrays.update(_packed(module, packed))
    save(folder / WEIGHTS, arrays)
    settings: dict[str, object] = {"group_size": group_size, "bits": bits, "mode": mode}
    settings["model.decoder.embed_tokens"] = {"group_size": 64, "bits": 8}
    edit_json(folder / "config.json", lambda config: config.update(quantization=settings))
    return folder


def _packed(module: str, parts: Any) -> dict[str, mx.array]:
    return {f"{module}.{part}": array for part, array in zip(("weight", "scales", "biases"), parts, strict=False)}
