"""The tensors of an adapter's file: as they are, or quantised in mlx's layout and expanded as they are read.

Of a quantised half `NAME.weight` the file has `NAME.scales` and `NAME.biases` too, and `quantization` in the
adapter's configuration says how it is packed, as in a checkpoint's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dgcli.checkpoint.fields import Fields
from dgcli.checkpoint.header import TensorInfo, read_header
from dgcli.checkpoint.quantisation import Packing, TensorPart, packed_parts, read_quantisation
from dgcli.checkpoint.weights import tensors_of_file
from dgcli.errors import ModelError, lacks_memory
from dgcli.platform.backend import mx

_WEIGHT, _SCALES, _BIASES = ".weight", ".scales", ".biases"


@dataclass(frozen=True)
class AdapterFile:
    """What a file of an adapter holds. A quantised tensor counts as the one that it stands for, of type F32."""

    path: Path
    infos: Mapping[str, TensorInfo]
    """Name -> what is read."""
    packed: Mapping[str, Packing]
    """How those of them are packed that are quantised."""

    @classmethod
    def open(cls, path: Path, config: Fields) -> AdapterFile:
        """Read the header. Raises ModelError where a quantised tensor does not fit what `config` says of it."""
        infos, packed = {}, {}
        header, quantisation = read_header(path), read_quantisation(config)
        for name, info in header.items():
            module, _, part = name.rpartition(".")
            if f".{part}" == _WEIGHT and f"{module}{_SCALES}" in header:
                packed[name] = found = _format(config, quantisation.of(module), module, header)
                rows, words = info.shape
                infos[name] = replace(info, dtype="F32", shape=(rows, words * 32 // found.bits))
            elif f".{part}" not in (_SCALES, _BIASES) or f"{module}{_WEIGHT}" not in header:
                infos[name] = info
        return cls(path, infos, packed)

    def read(self, names: Iterable[str]) -> dict[str, mx.array]:
        """Some of them in the shapes of `infos`, [...] each, now: later the file may be another.

        Raises ModelError where the file has changed or cannot be opened, MemoryError where there is no room.
        """
        try:
            loaded = tensors_of_file(self.path)
            table = {name: self._expanded(loaded, name) for name in names}
            mx.eval(table)
        except (RuntimeError, KeyError, FileNotFoundError) as error:
            if lacks_memory(error):
                raise MemoryError from error
            raise ModelError(f"{self.path} was changed while it was being read.", "Run the command again.") from None
        except OSError as error:
            raise ModelError(f"{self.path} cannot be read: {error.strerror}.", "Run the command again.") from None
        return table

    def _expanded(self, loaded: Mapping[str, mx.array], name: str) -> mx.array:
        if (found := self.packed.get(name)) is None:
            return loaded[name]
        module = name.removesuffix(_WEIGHT)
        scales, biases = (loaded[f"{module}{part}"].astype(mx.float32) for part in (_SCALES, _BIASES))
        return mx.dequantize(loaded[name], scales, biases, group_size=found.group_size, bits=found.bits)


def _format(config: Fields, found: Packing | None, module: str, header: Mapping[str, TensorInfo]) -> Packing:
    """`found`, if the tensors of a quantised module fit it."""
    weight, scales = header[f"{module}{_WEIGHT}"], header[f"{module}{_SCALES}"]
    if found is None or not found.has_biases:
        raise config.error("quantization", f"does not say how {module[:200]} is packed, by scales and biases")
    *rows, groups = scales.shape or (0,)
    wanted = packed_parts(module, (*rows, groups * found.group_size), found)
    if len(rows) != 1 or not all(_fits(header.get(part.name), part) for part in wanted):
        raise ModelError(
            f"{weight.path}: {module[:200]} does not fit {found.describe()}, which {config.path.name} gives it.",
            "Use a LoRA adapter that was trained on this model.",
        )
    return found


def _fits(info: TensorInfo | None, part: TensorPart) -> bool:
    return info is not None and info.shape == part.shape and info.dtype in part.dtypes
