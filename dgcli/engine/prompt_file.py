"""One prompt in a safetensors file: its tokens, the keys and values of every layer, and a sum over them all."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from dgcli.checkpoint.header import read_header
from dgcli.errors import ModelError
from dgcli.model.cache import Cache
from dgcli.platform.backend import mx
from dgcli.platform.private import is_ours

DAMAGE = (OSError, ModelError, RuntimeError, ValueError, KeyError)
"""What reading a file raises that is none of these, is cut off, or was changed."""
_HEADER_BYTES = 2**14  # more than that of any file

PromptIds = tuple[int, ...]
Arrays: TypeAlias = "Mapping[str, mx.array]"


def write_prompt(path: Path, ids: PromptIds, cache: Cache) -> None:
    """Write the ids [L] of a prompt and its cache of one row.

    Raises OSError or RuntimeError: mlx says no more than that a write failed.
    """
    arrays = _arrays(ids, cache)
    mx.save_safetensors(str(path), arrays, {"sum": _sum(arrays)})


def file_bytes(ids: PromptIds, cache: Cache) -> int:
    """What the file of a prompt [L] takes at most."""
    return _HEADER_BYTES + sum(array.nbytes for array in _arrays(ids, cache).values())


def read_ids(path: Path) -> PromptIds:
    """The tokens of a prompt, and nothing else. Raises one of DAMAGE; that they are right is not checked."""
    arrays, _ = _open(path)
    return _ids(arrays)


def read_prompt(path: Path) -> tuple[PromptIds, Cache]:
    """A prompt as it was written, but for the hidden states, of which there is the last. Raises one of DAMAGE."""
    arrays, expected = _open(path)
    mx.eval(arrays)
    if _sum(arrays) != expected:
        raise ValueError(f"{path} was changed")
    layers = tuple((arrays[f"{index}.keys"], arrays[f"{index}.values"]) for index in range((len(arrays) - 2) // 2))
    ids, last = _ids(arrays), arrays["last"]
    return ids, Cache(layers, len(ids), last, last)


def _arrays(ids: PromptIds, cache: Cache) -> dict[str, mx.array]:
    assert cache.last is not None
    layers = {
        f"{index}.{name}": array
        for index, layer in enumerate(cache.layers)
        for name, array in zip(("keys", "values"), layer, strict=True)
    }
    return {"ids": mx.array(ids, dtype=mx.int32), "last": cache.last, **layers}


def _open(path: Path) -> tuple[Arrays, str]:
    """The arrays of a file, none of them read yet, and the sum that they should have."""
    status = path.lstat()
    ours = stat.S_ISREG(status.st_mode) and is_ours(status)
    if not ours or "ids" not in read_header(path):
        raise ValueError(f"{path} holds no prompt")
    found: Any = mx.load(str(path), format="safetensors", return_metadata=True)
    arrays, metadata = found
    return arrays, metadata.get("sum", "")


def _ids(arrays: Arrays) -> PromptIds:
    if arrays["ids"].ndim != 1:
        raise ValueError("its tokens are not a row")
    return tuple(cast("list[int]", arrays["ids"].tolist()))


def _sum(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        data: Any = mx.contiguous(array).reshape(-1).view(mx.uint8)
        digest.update(memoryview(data))
    return digest.hexdigest()
