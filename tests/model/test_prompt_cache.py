"""A prompt that begins as one before it is read from where they part, and comes to the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dgcli
from dgcli.api import open_session
from dgcli.engine.engine import Engine
from dgcli.engine.prompt_cache import PromptCache
from tests.checkpoints import TINY
from tests.model.comparing import furthest

ROUNDING = 1e-3
CANVAS = [(7 * place) % 400 for place in range(32)]
FIRST = [2, 5, 300, 301, 17, 44, 260]


def run(model: Engine) -> tuple[Engine, PromptCache]:
    """The engine of a new run, and what it remembers."""
    prompts = PromptCache()
    return replace(model, prompts=prompts), prompts


def agree(model: Engine, engine: Engine, ids: Sequence[int]) -> None:
    found, plain = engine.encode(ids), model.encode(ids)
    assert found.length == plain.length
    assert furthest(model.denoise(CANVAS, found), model.denoise(CANVAS, plain)) < ROUNDING
    assert furthest(model.score(CANVAS, found), model.score(CANVAS, plain)) < ROUNDING


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=30), min_size=1, max_size=4))
def test_every_prompt_is_encoded_as_if_it_were_the_first(tiny: Engine, prompts: list[list[int]]) -> None:
    engine, _ = run(tiny)
    for prompt in prompts:
        agree(tiny, engine, prompt)


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
def test_only_what_is_new_is_read(tiny: Engine, prompt: list[int], read: int) -> None:
    engine, prompts = run(tiny)
    engine.encode(FIRST)
    before = prompts.read
    agree(tiny, engine, prompt)
    assert prompts.read - before == read


def test_what_a_sliding_layer_has_forgotten_is_read_again(tiny: Engine) -> None:
    (engine, prompts), prompt = run(tiny), [place % 400 for place in range(tiny.config.sliding_window)]
    engine.encode(prompt)
    agree(tiny, engine, [*prompt[:-3], 7])
    assert prompts.read == 2 * len(prompt) - 2


def test_nothing_is_forgotten_of_a_prompt_that_goes_on(tiny: Engine) -> None:
    (engine, prompts), prompt = run(tiny), [place % 400 for place in range(2 * tiny.config.sliding_window)]
    engine.encode(prompt)
    agree(tiny, engine, [*prompt, 7, 8])
    assert prompts.read == len(prompt) + 2


def test_a_cache_that_was_given_out_stays_valid(tiny: Engine) -> None:
    engine, _ = run(tiny)
    first = engine.encode(FIRST)
    before = tiny.denoise(CANVAS, first).tolist()
    engine.encode([*FIRST[:3], 8, 8])
    assert tiny.denoise(CANVAS, first).tolist() == before


def test_runs_share_no_prompts() -> None:
    model = dgcli.load(TINY)
    one, other = (open_session(model, seed=1).engine for _ in range(2))
    assert isinstance(one, Engine)
    assert isinstance(other, Engine)
    one.encode(FIRST)
    assert one.prompts is not None
    assert other.prompts is not None
    assert (one.prompts.given, other.prompts.given, model.prompts) == (len(FIRST), 0, None)
    assert one.network is other.network
