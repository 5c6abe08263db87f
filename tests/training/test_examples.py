"""Rows of stretches that are said again."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("width", [16, 255])
@pytest.mark.parametrize("seed", range(20))
def test_a_repeated_row_has_its_width_and_only_words_of_one_stretch_of_the_text(width: int, seed: int) -> None:
    np = pytest.importorskip("numpy")
    from examples import repeated

    text = np.arange(3, 303)
    row = repeated(np.random.default_rng(seed), text, width).tolist()
    assert len(row) == width
    assert max(row) - min(row) < width
    assert set(row) <= set(text.tolist())


def test_about_half_of_a_long_row_was_said_before() -> None:
    np = pytest.importorskip("numpy")
    from examples import repeated

    rng = np.random.default_rng(0)
    rows = [repeated(rng, np.arange(3, 303), 255) for _ in range(200)]
    share = 1 - sum(len(set(row.tolist())) for row in rows) / (200 * 255)
    assert 0.35 < share < 0.6
