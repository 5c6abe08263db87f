"""The numbers of the reference implementation, recorded by golden/make_golden.py."""

from __future__ import annotations

import pytest

from dgcli.engine.engine import Engine
from dgcli.platform.backend import mx
from tests.model.comparing import furthest

KEPT = slice(0, 32, 4)  # positions whose logits are recorded
LOGITS, HIDDEN, LOGPROBS = 2e-4, 1e-4, 1e-4  # absolute
PROMPTS = pytest.mark.parametrize("prompt", ["short", "window", "long"])
SHAPES = pytest.mark.parametrize("shape", ["tiny", "per_layer"])
CHUNKS = pytest.mark.parametrize("chunk", [512, 7, 1])


@pytest.fixture
def shaped(request: pytest.FixtureRequest, shape: str) -> Engine:
    found = request.getfixturevalue(shape)
    assert isinstance(found, Engine)
    return found


def check(logits: mx.array, golden: dict[str, mx.array], name: str) -> None:
    assert logits.dtype == mx.float32
    assert furthest(logits[KEPT], golden[name]) < LOGITS
    assert mx.argmax(logits, axis=-1).tolist() == golden[f"{name}.argmax"].tolist()


@SHAPES
@PROMPTS
@CHUNKS
def test_logits_and_hidden_states_are_those_of_the_reference(
    shaped: Engine, golden: dict[str, mx.array], prompt: str, chunk: int
) -> None:
    cache = shaped.encode(golden[f"{prompt}.prompt"], chunk=chunk)
    canvas = golden[f"{prompt}.canvas"]
    assert furthest(cache.hidden, golden[f"{prompt}.encoder_hidden"]) < HIDDEN

    first = shaped.denoise(canvas, cache)
    check(first, golden, f"{prompt}.logits")
    check(shaped.denoise(canvas, cache, first / 0.7), golden, f"{prompt}.conditioned")

    committed = shaped.encode(golden[f"{prompt}.committed"], cache, chunk=chunk)
    assert committed.length == golden[f"{prompt}.prompt"].size + 32
    check(shaped.denoise(canvas, committed), golden, f"{prompt}.after_commit")


@PROMPTS
def test_scores_are_the_log_softmax_of_the_tied_head(tiny: Engine, golden: dict[str, mx.array], prompt: str) -> None:
    ids = golden[f"{prompt}.prompt"]
    scores = tiny.score(ids[1:], tiny.encode(ids[:1]))
    assert scores.dtype == mx.float32
    assert furthest(scores, golden[f"{prompt}.logprobs"]) < LOGPROBS


def test_zero_logits_are_not_the_first_step(tiny: Engine, golden: dict[str, mx.array]) -> None:
    cache, canvas = tiny.encode(golden["short.prompt"]), golden["short.canvas"]
    zeros = mx.zeros((canvas.size, tiny.vocab_size))
    assert furthest(tiny.denoise(canvas, cache, zeros), tiny.denoise(canvas, cache)) > 0.01
