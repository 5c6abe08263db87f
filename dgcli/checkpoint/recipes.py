"""How the matrices of a checkpoint are quantised: a recipe, and exceptions to it.

Experts are nine tenths of the weights and bear few bits; embedding, attention, router, dense MLP and self-conditioning
are the rest, decide more, and keep eight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.quantisation import AFFINE_BITS, Packing
from dgcli.checkpoint.tensors import Tensor, tensor_table
from dgcli.errors import UsageError

_GROUPS = (64, 32)  # of affine formats: the first that divides a matrix's rows
_WHOLE = 16  # bits of a matrix that is not quantised


@dataclass(frozen=True)
class Recipe:
    """The formats of experts and of all other matrices; None: as they are."""

    name: str
    experts: Packing | None
    rest: Packing | None


_EIGHT = Packing(64, 8)
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("bf16", None, None),
        Recipe("8bit", _EIGHT, _EIGHT),
        Recipe("6bit", Packing(64, 6), _EIGHT),
        Recipe("5bit", Packing(64, 5), _EIGHT),
        Recipe("4bit", Packing(64, 4), _EIGHT),
        Recipe("mxfp8", Packing(32, 8, "mxfp8"), _EIGHT),
        Recipe("mxfp4", Packing(32, 4, "mxfp4"), _EIGHT),
        Recipe("nvfp4", Packing(16, 4, "nvfp4"), _EIGHT),
    )
}


@dataclass(frozen=True)
class Keep:
    """Modules whose name has a match of `pattern` get `bits`, affine; 16: they are not quantised."""

    pattern: re.Pattern[str]
    bits: int

    @classmethod
    def parse(cls, text: str) -> Keep:
        """REGEX=BITS. Raises UsageError."""
        pattern, _, bits = text.rpartition("=")
        allowed = (*AFFINE_BITS, _WHOLE)
        if not pattern or not bits.isdecimal() or int(bits) not in allowed:
            raise UsageError(
                f"--keep {text!r} is not REGEX=BITS with {', '.join(map(str, allowed))} bits.",
                "Write it as in --keep 'layers.0.*experts=8'.",
            )
        try:
            return cls(re.compile(pattern), int(bits))
        except re.error as error:
            raise UsageError(f"--keep: {pattern!r} is not a regular expression: {error}.", "Correct it.") from error


def formats(config: ModelConfig, recipe: Recipe, keep: Sequence[Keep] = ()) -> dict[str, Packing]:
    """Module -> format, for every matrix that is quantised. Of several exceptions that match, the last one counts.

    An affine format with groups that do not divide a matrix's rows takes smaller ones; a matrix that none fits stays
    whole. Raises UsageError where an exception matches nothing.
    """
    matrices = [tensor for tensor in tensor_table(config).values() if tensor.packable]
    for exception in keep:
        if not any(exception.pattern.search(tensor.module) for tensor in matrices):
            raise UsageError(
                f"--keep: no matrix has a name that {exception.pattern.pattern!r} matches.",
                "Names are like model.decoder.layers.0.experts.down_proj.",
            )
    chosen = {tensor.module: _fitting(_wanted(tensor, recipe, keep), tensor.shape[-1]) for tensor in matrices}
    return {module: found for module, found in chosen.items() if found is not None}


def _wanted(tensor: Tensor, recipe: Recipe, keep: Sequence[Keep]) -> Packing | None:
    for exception in reversed(keep):
        if exception.pattern.search(tensor.module):
            return None if exception.bits == _WHOLE else Packing(_GROUPS[0], exception.bits)
    return recipe.experts if tensor.of_experts else recipe.rest


def _fitting(wanted: Packing | None, columns: int) -> Packing | None:
    if wanted is None:
        return None
    groups = _GROUPS if wanted.mode == "affine" else (wanted.group_size,)
    return next((replace(wanted, group_size=size) for size in groups if columns % size == 0), None)
