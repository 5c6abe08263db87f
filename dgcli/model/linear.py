"""Weight matrices as they are held in memory: plain or quantised, alone or one per expert.

All are frozen and called with activations; which of them a module gets is decided when it is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from dgcli.checkpoint.quantisation import Packing
from dgcli.platform.backend import mx, this_backend
from dgcli.platform.products import matmul


class Matrix(Protocol):
    """A linear map without bias, stored as [out, in]."""

    def __call__(self, x: mx.array) -> mx.array:
        """[..., in] -> [..., out]"""

    def mix(self, weights: mx.array) -> mx.array:
        """Weighted sums of the rows: [..., out] -> [..., in]"""

    def rows(self, ids: mx.array) -> mx.array:
        """The rows of these indices: [...] -> [..., in]"""

    @property
    def shape(self) -> tuple[int, int]:
        """(out, in)"""
        ...

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """All that it holds in memory, the weight [out, ...] first."""
        ...


class ExpertMatrix(Protocol):
    """One linear map without bias per expert, stored as [experts, out, in]."""

    def __call__(self, x: mx.array, experts: mx.array) -> mx.array:
        """[N, in] and the expert of each row, ascending, [N] -> [N, out]"""

    def each(self, x: mx.array) -> mx.array:
        """Every expert's: [N, in] or one for each [experts, N, in] -> [experts, N, out]"""

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """All that it holds in memory, the weights [experts, out, ...] first."""
        ...


@dataclass(frozen=True)
class Dense:
    """A matrix as it is."""

    weight: mx.array  # [out, in]

    def __call__(self, x: mx.array) -> mx.array:
        """[..., in] -> [..., out]"""
        return matmul(x, self.weight.T)

    def mix(self, weights: mx.array) -> mx.array:
        """[..., out] -> [..., in]"""
        return matmul(weights.astype(self.weight.dtype), self.weight)

    def rows(self, ids: mx.array) -> mx.array:
        """[...] -> [..., in]"""
        return self.weight[ids]

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.weight.shape
        return rows, columns

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """The weight, [out, in]."""
        return (self.weight,)


@dataclass(frozen=True)
class Quantised:
    """A packed matrix, which mlx multiplies with as it is."""

    weight: mx.array  # [out, in * bits / 32], uint32
    scales: mx.array  # [out, in / group_size]
    biases: mx.array | None  # like scales
    format: Packing
    dtype: mx.Dtype
    """Of what comes out."""

    def __call__(self, x: mx.array) -> mx.array:
        """[..., in] -> [..., out]"""
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases, transpose=True, **_keywords(self.format))

    def mix(self, weights: mx.array) -> mx.array:
        """[..., out] -> [..., in]"""
        weights = weights.astype(self.dtype)
        return mx.quantized_matmul(
            weights, self.weight, self.scales, self.biases, transpose=False, **_keywords(self.format)
        )

    def rows(self, ids: mx.array) -> mx.array:
        """[...] -> [..., in]"""
        scales, biases = self.scales[ids], None
        if self.biases is not None:  # mlx computes in the type of the scales, which may be narrower than what comes out
            scales, biases = scales.astype(self.dtype), self.biases[ids].astype(self.dtype)
        return mx.dequantize(self.weight[ids], scales, biases, **_keywords(self.format), dtype=self.dtype)

    @property
    def shape(self) -> tuple[int, int]:
        rows, groups = self.scales.shape
        return rows, groups * self.format.group_size

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """The packed weight [out, in * bits / 32], and scales and biases [out, in / group_size]."""
        return tuple(array for array in (self.weight, self.scales, self.biases) if array is not None)


@dataclass(frozen=True)
class DenseExperts:
    """A matrix for each expert, as it is."""

    weight: mx.array  # [experts, out, in]

    def __call__(self, x: mx.array, experts: mx.array) -> mx.array:
        """[N, in], experts [N] -> [N, out]"""
        if this_backend().group_experts:
            return self._by_group(x, experts)
        weight = self.weight.swapaxes(-1, -2)
        return mx.gather_mm(x[:, None], weight, rhs_indices=experts, sorted_indices=True)[:, 0]

    def _by_group(self, x: mx.array, experts: mx.array) -> mx.array:
        """One product per expert that is asked for: on the CPU several times faster than a gathered one."""
        order = experts.tolist()
        assert isinstance(order, list)
        starts = [index for index in range(len(order)) if index == 0 or order[index] != order[index - 1]]
        ends = [*starts[1:], len(order)]
        groups = [matmul(x[start:end], self.weight[order[start]].T) for start, end in zip(starts, ends, strict=True)]
        return mx.concatenate(groups)

    def each(self, x: mx.array) -> mx.array:
        """[N, in] or [experts, N, in] -> [experts, N, out]"""
        return matmul(x, self.weight.swapaxes(-1, -2))

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """The weights, [experts, out, in]."""
        return (self.weight,)


@dataclass(frozen=True)
class QuantisedExperts:
    """A packed matrix for each expert."""

    weight: mx.array  # [experts, out, in * bits / 32], uint32
    scales: mx.array  # [experts, out, in / group_size]
    biases: mx.array | None  # like scales
    format: Packing

    def __call__(self, x: mx.array, experts: mx.array) -> mx.array:
        """[N, in], experts [N] -> [N, out]"""
        return mx.gather_qmm(
            x[:, None],
            self.weight,
            self.scales,
            self.biases,
            rhs_indices=experts,
            transpose=True,
            sorted_indices=True,
            **_keywords(self.format),
        )[:, 0]

    def each(self, x: mx.array) -> mx.array:
        """[N, in] or [experts, N, in] -> [experts, N, out]"""
        x = x if x.ndim > 2 else x[None]
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases, transpose=True, **_keywords(self.format))

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """The packed weights [experts, out, in * bits / 32]; scales and biases [experts, out, in / group_size]."""
        return tuple(array for array in (self.weight, self.scales, self.biases) if array is not None)


def _keywords(found: Packing) -> dict[str, Any]:
    return {"group_size": found.group_size, "bits": found.bits, "mode": found.mode}
