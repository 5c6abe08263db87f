from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.diffusion import PhiloxDraws, Site
from dgcli.diffusion.draws import philox
from dgcli.platform.backend import mx

# Known answers of the authors' own test-suite (Random123, kat_vectors).
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_published_words(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: tuple[int, ...]
) -> None:
    assert philox(counter, key) == words


sites = st.lists(st.builds(Site, st.integers(0, 40), st.integers(0, 255)), min_size=1, max_size=8, unique=True)


@given(st.integers(0, 2**64 - 1), st.integers(0, 48), sites, st.data())
def test_noise_depends_on_seed_and_place_alone(seed: int, step: int, places: list[Site], data: st.DataObject) -> None:
    draws = PhiloxDraws(seed=seed, vocab_size=500)
    together = dict(zip(places, draws.noise(step, places), strict=True))
    some = data.draw(st.permutations(places))[: 1 + len(places) // 2]
    assert dict(zip(some, draws.noise(step, some), strict=True)) == {site: together[site] for site in some}
    assert all(0 <= token < 500 for token in together.values())


def test_samples_do_not_depend_on_the_batch() -> None:
    draws = PhiloxDraws(seed=7, vocab_size=50)
    places = [Site(canvas, position) for canvas in range(3) for position in range(5)]
    probabilities = mx.softmax(
        mx.array([[(i * j) % 7 for j in range(50)] for i in range(15)], dtype=mx.float32), axis=-1
    )
    together = draws.sample(3, places, probabilities)
    alone = [draws.sample(3, [site], probabilities[row : row + 1])[0] for row, site in enumerate(places)]
    assert list(together) == alone


def test_samples_follow_the_distribution() -> None:
    draws = PhiloxDraws(seed=1, vocab_size=3)
    places = [Site(0, position) for position in range(4000)]
    sampled = draws.sample(1, places, mx.broadcast_to(mx.array([0.5, 0.0, 0.5]), (4000, 3)))
    assert 1 not in sampled
    assert 0.46 < sampled.count(0) / 4000 < 0.54


def test_a_certain_token_is_always_sampled() -> None:
    draws = PhiloxDraws(seed=1, vocab_size=4)
    places = [Site(0, position) for position in range(200)]
    assert set(draws.sample(1, places, mx.broadcast_to(mx.array([0.0, 0.0, 0.0, 1.0]), (200, 4)))) == {3}


def test_every_step_canvas_and_seed_has_its_own_noise() -> None:
    places = [Site(0, position) for position in range(64)]
    others = [Site(1, position) for position in range(64)]
    draws = PhiloxDraws(seed=1, vocab_size=100_000)
    rows = [
        draws.noise(1, places),
        draws.noise(2, places),
        draws.noise(1, others),
        PhiloxDraws(seed=2, vocab_size=100_000).noise(1, places),
        draws.initial(places),
    ]
    assert len({tuple(row) for row in rows}) == len(rows)
