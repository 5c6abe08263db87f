"""Products that go through numpy are those of mlx, and so are their gradients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dgcli.platform import products
from dgcli.platform.backend import mx, this_backend


@pytest.mark.parametrize("shapes", [((5, 8), (8, 3)), ((2, 5, 8), (8, 3)), ((2, 5, 8), (2, 8, 3)), ((5, 8), (2, 8, 3))])
def test_they_are_those_of_mlx(
    monkeypatch: pytest.MonkeyPatch, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    backend = replace(this_backend(), numpy_products=True)
    monkeypatch.setattr(products, "this_backend", lambda: backend)
    monkeypatch.setattr(products, "_LEAST", 1)
    a, b = (mx.random.normal(shape, key=mx.random.key(index)) for index, shape in enumerate(shapes))
    assert mx.allclose(products.matmul(a, b), a @ b, atol=1e-5)
    found = mx.grad(lambda a, b: mx.square(products.matmul(a, b)).sum(), argnums=(0, 1))(a, b)
    wanted = mx.grad(lambda a, b: mx.square(a @ b).sum(), argnums=(0, 1))(a, b)
    assert all(mx.allclose(one, other, atol=1e-4) for one, other in zip(found, wanted, strict=True))
