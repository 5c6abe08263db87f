"""How far apart two results are."""

from __future__ import annotations

from dgcli.platform.backend import mx


def furthest(found: mx.array, expected: mx.array) -> float:
    """The largest absolute difference."""
    assert found.shape == expected.shape
    return mx.abs(found.astype(mx.float32) - expected.astype(mx.float32)).max().item()  # type: ignore[return-value]


def relative(found: mx.array, expected: mx.array) -> float:
    """Root mean square of the difference, as a part of the expected values' own."""
    assert found.shape == expected.shape
    difference = mx.sqrt(mx.mean((found - expected) ** 2)) / mx.sqrt(mx.mean(expected**2))
    return difference.item()  # type: ignore[return-value]


def same_argmax(found: mx.array, expected: mx.array) -> bool:
    return bool(mx.all(mx.argmax(found, axis=-1) == mx.argmax(expected, axis=-1)).item())
