"""Reading the tensors of a checkpoint folder: one file or shards, each tensor once, when it is needed.

`mx.load` reads a tensor when it is first evaluated. Here every tensor is taken out of its file's table, cast, evaluated
and released, so that at most one tensor is in memory twice. What nobody asks for (the vision tower) is never read, and
nothing but safetensors is ever opened.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from dgcli.checkpoint.fields import read_json
from dgcli.checkpoint.header import TensorInfo, read_header
from dgcli.checkpoint.quantisation import Packing, Quantisation, TensorPart
from dgcli.checkpoint.tensors import Tensor
from dgcli.errors import ModelError, lacks_memory
from dgcli.platform.backend import mx

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_ADVICE = "The checkpoint is incomplete or of another kind: fetch it again."


class Weights:
    """The tensors of a checkpoint folder, by name. Each can be taken once."""

    def __init__(self, folder: Path) -> None:
        """Find the tensors. Raises ModelError where the folder holds no safetensors or its index points nowhere."""
        self.folder = folder
        self._headers: dict[Path, dict[str, TensorInfo]] = {}
        self._tables: dict[Path, dict[str, mx.array]] = {}
        self._source, self._places = self._find()

    def __contains__(self, name: str) -> bool:
        return name in self._places

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._places)

    def info(self, name: str) -> TensorInfo:
        """What the header of its file says about a tensor. Raises ModelError where it is missing."""
        path = self._places.get(name)
        if path is None:
            raise ModelError(f"{self._source}: tensor {name} is missing.", _ADVICE)
        tensor = self._header(path).get(name)
        if tensor is None:
            raise ModelError(f"{path}: tensor {name} is missing; {_INDEX} says it is there.", _ADVICE)
        return tensor

    def check(self, part: TensorPart) -> TensorInfo:
        """What the header says about a tensor that is to be read. Raises ModelError as `take` does."""
        tensor = self.info(part.name)
        if tensor.shape != part.shape:
            raise ModelError(f"{tensor.path}: tensor {part.name} has shape {tensor.shape}, not {part.shape}.", _ADVICE)
        if tensor.dtype not in part.dtypes:
            expected = " or ".join(part.dtypes)
            raise ModelError(f"{tensor.path}: tensor {part.name} is {tensor.dtype[:10]}, not {expected}.", _ADVICE)
        return tensor

    def take(self, part: TensorPart, cast: mx.Dtype | None) -> mx.array:
        """Read one tensor, [...] in the part's shape, cast to `cast` (None: as stored).

        Raises ModelError where it is missing, or its shape or type differs from the part's.
        """
        tensor = self.check(part)
        stored = self._table(tensor.path).pop(part.name)
        array = stored if cast is None else stored.astype(cast)
        del stored
        try:
            mx.eval(array)
        except RuntimeError as error:
            if lacks_memory(error):
                raise MemoryError from error
            raise ModelError(f"{tensor.path}: tensor {part.name} cannot be read: {_brief(error)}.", _ADVICE) from None
        return array

    def packing(self, tensor: Tensor, quantisation: Quantisation) -> Packing | None:
        """How a weight is packed, by the config's settings; None: it is not.

        Raises ModelError where the settings do not fit the tensors.
        """
        module = tensor.module
        if not tensor.packable or f"{module}.scales" not in self:
            return None
        scales, found = self.info(f"{module}.scales"), quantisation.of(module)
        if found is None:
            raise ModelError(f"{scales.path}: {module} is quantised, but config.json does not say how.", _ADVICE)
        if tensor.shape[-1] % found.group_size or f"{module}.global_scale" in self:
            raise ModelError(
                f"{scales.path}: {module} does not fit {found.describe()}, which config.json gives it.", _ADVICE
            )
        return found

    def stored_bytes(self, tensors: Collection[Tensor]) -> int:
        """What they take in the files, packed or not; missing ones take nothing. Raises ModelError as `info`."""
        parts = [f"{tensor.module}.{part}" for tensor in tensors for part in ("weight", "scales", "biases")]
        names = {*parts, *(tensor.name for tensor in tensors)}
        return sum(self.info(name).nbytes for name in names if name in self)

    def parts(self, tensor: Tensor, packing: Packing | None) -> tuple[TensorPart, ...]:
        """How a weight lies in this checkpoint: mlx conversions add `.weight` to the names of experts' matrices."""
        parts = tensor.parts(packing)
        if tensor.name in self or f"{tensor.name}.weight" not in self or packing is not None:
            return parts
        return (replace(parts[0], name=f"{tensor.name}.weight"),)

    def _find(self) -> tuple[Path, Mapping[str, Path]]:
        """The file that says which tensors there are, and the file of each."""
        if (self.folder / _INDEX).exists():
            return self.folder / _INDEX, self._find_shards(self.folder / _INDEX)
        single = self.folder / _SINGLE
        paths = [single] if single.exists() else sorted(self.folder.glob("model*.safetensors"))
        if not paths:
            raise ModelError(
                f"{self.folder} holds no {_SINGLE}.",
                "dg reads weights from safetensors files only: fetch the checkpoint in that form.",
            )
        return paths[0], {name: path for path in paths for name in self._header(path)}

    def _find_shards(self, index: Path) -> Mapping[str, Path]:
        shards = read_json(index).section("weight_map").values
        paths = {shard: self._shard(index, shard) for shard in dict.fromkeys(map(str, shards.values()))}
        return {name: paths[str(shard)] for name, shard in shards.items()}

    def _shard(self, index: Path, shard: str) -> Path:
        if shard != Path(shard).name or "\\" in shard or not shard.endswith(".safetensors"):
            raise ModelError(
                f"{index} names {ascii(shard)[:80]}, which is not a safetensors file in its folder.", _ADVICE
            )
        path = self.folder / shard
        if not os.path.isfile(path):  # unlike Path.is_file, it knows of names that no file can have
            raise ModelError(f"{path} does not exist; {_INDEX} says that tensors are in it.", _ADVICE)
        return path

    def _header(self, path: Path) -> dict[str, TensorInfo]:
        if path not in self._headers:
            self._headers[path] = read_header(path)
        return self._headers[path]

    def _table(self, path: Path) -> dict[str, mx.array]:
        if path not in self._tables:
            try:
                self._tables[path] = tensors_of_file(path)
            except (OSError, RuntimeError, ValueError) as error:
                raise ModelError(f"{path} cannot be read: {_brief(error)}.", _ADVICE) from None
        return self._tables[path]


def tensors_of_file(path: Path) -> dict[str, mx.array]:
    """The tensors of a safetensors file by name, none of them read yet.

    Raises:
        OSError: it cannot be opened; mlx does not say why.
        RuntimeError, ValueError: mlx does not read it.
    """
    try:
        tensors = mx.load(str(path), format="safetensors")
    except RuntimeError:
        path.open("rb").close()  # raises what mlx keeps to itself
        raise
    assert isinstance(tensors, dict)
    return tensors


def _brief(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ascii(said.strip().rstrip("."))[1:-1][:120]
