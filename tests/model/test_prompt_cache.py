"""A prompt that begins as one before it is read from where they part, and comes to the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.engine.engine import Model
from dgcli.engine.prompt_cache import Recall
from tests.model.comparing import furthest

ROUNDING = 1e-3
CANVAS = [(7 * place) % 400 for place in range(32)]
FIRST = [2, 5, 300, 301, 17, 44, 260]


def agree(model: Model, recall: Recall, ids: Sequence[int]) -> None:
    found, plain = recall.encode(ids), model.encode(ids)
    assert found.length == plain.length
    assert furthest(model.denoise(CANVAS, found), model.denoise(CANVAS, plain)) < ROUNDING
    assert furthest(model.score(CANVAS, found), model.score(CANVAS, plain)) < ROUNDING


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=30), min_size=1, max_size=4))
def test_every_prompt_is_encoded_as_if_it_were_the_first(tiny: Model, prompts: list[list[int]]) -> None:
    recall = Recall(tiny)
    for prompt in prompts:
        agree(tiny, recall, prompt)


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ([*FIRST, 99, 310], 2),
        ([*FIRST[:5], 12, 40], 2),
        (FIRST, 0),
        (FIRST[:4], 1),  # the last is read again: it predicts what comes next
        ([9, *FIRST], len(FIRST) + 1),
    ],
)
def test_only_what_is_new_is_read(tiny: Model, prompt: list[int], read: int) -> None:
    recall = Recall(tiny)
    recall.encode(FIRST)
    before = recall.read
    agree(tiny, recall, prompt)
    assert recall.read - before == read


def test_what_a_sliding_layer_has_forgotten_is_read_again(tiny: Model) -> None:
    recall, prompt = Recall(tiny), [place % 400 for place in range(tiny.config.sliding_window)]
    recall.encode(prompt)
    agree(tiny, recall, [*prompt[:-3], 7])
    assert recall.read == 2 * len(prompt) - 2


def test_nothing_is_forgotten_of_a_prompt_that_goes_on(tiny: Model) -> None:
    recall, prompt = Recall(tiny), [place % 400 for place in range(2 * tiny.config.sliding_window)]
    recall.encode(prompt)
    agree(tiny, recall, [*prompt, 7, 8])
    assert recall.read == len(prompt) + 2


def test_a_cache_that_was_given_out_stays_valid(tiny: Model) -> None:
    recall = Recall(tiny)
    first = recall.encode(FIRST)
    before = tiny.denoise(CANVAS, first).tolist()
    recall.encode([*FIRST[:3], 8, 8])
    assert tiny.denoise(CANVAS, first).tolist() == before
