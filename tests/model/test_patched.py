"""A Llama that is patched to denoise: what transformers computes from the same weights (golden/make_patched.py)."""

from __future__ import annotations

import pytest

from dgcli.checkpoint.adapters import read_adapter
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.errors import ModelError
from dgcli.platform.backend import mx
from tests.checkpoints import GOLDEN, copy, edit_json
from tests.model.comparing import furthest

PATCHED = GOLDEN / "patched"
ADAPTER = PATCHED / "adapter"
NOISE = 3


@pytest.fixture(scope="module")
def golden() -> dict[str, mx.array]:
    found = mx.load(str(PATCHED / "forward.safetensors"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def base() -> Engine:
    return load_engine(PATCHED)


@pytest.fixture(scope="module")
def patched(base: Engine) -> Engine:
    return base.adapted([read_adapter(ADAPTER)])


@pytest.mark.parametrize("chunk", [512, 7])
def test_the_encoder_is_the_llama_as_it_is(patched: Engine, golden: dict[str, mx.array], chunk: int) -> None:
    hidden = patched.encode(golden["prompt"], chunk=chunk).hidden
    assert furthest(patched.network.logits(hidden), golden["encoder"]) < 2e-4


def test_the_adapter_changes_the_denoiser_alone(base: Engine, patched: Engine, golden: dict[str, mx.array]) -> None:
    ids = golden["prompt"]
    assert mx.array_equal(base.encode(ids).hidden, patched.encode(ids).hidden)
    assert mx.array_equal(base.score(ids[1:], base.encode(ids[:1])), patched.score(ids[1:], patched.encode(ids[:1])))
    cache = base.encode(ids)
    assert furthest(base.denoise(golden["canvas"], cache), patched.denoise(golden["canvas"], cache)) > 0.1


def test_the_denoiser_sees_all_and_its_head_is_shifted(patched: Engine, golden: dict[str, mx.array]) -> None:
    found = patched.denoise(golden["canvas"], patched.encode(golden["prompt"]))
    assert furthest(found, golden["denoiser"]) < 2e-4


@pytest.mark.parametrize("places", [[0], [5, 6, 7], [0, 5, 23], list(range(24))])
def test_only_what_is_wanted_is_computed(patched: Engine, golden: dict[str, mx.array], places: list[int]) -> None:
    found = patched.denoise(golden["canvas"], patched.encode(golden["prompt"]), positions=places)
    assert furthest(found, golden["denoiser"][mx.array(places)]) < 2e-4


def test_rows_may_want_different_places(patched: Engine, golden: dict[str, mx.array]) -> None:
    canvas = golden["canvas"].tolist()
    found = patched.predictor(patched.encode(golden["prompt"]))([canvas, canvas], [[0, 9], [4]], None)
    assert furthest(found, golden["denoiser"][mx.array([0, 9, 4])]) < 2e-4


def test_without_self_conditioning_what_was_believed_before_changes_nothing(
    patched: Engine, golden: dict[str, mx.array]
) -> None:
    cache, canvas = patched.encode(golden["prompt"]), golden["canvas"]
    first = patched.denoise(canvas, cache)
    assert mx.array_equal(patched.denoise(canvas, cache, first / 0.7), first)


def test_a_canvas_with_nothing_before_it_has_no_state_for_its_first_place(patched: Engine) -> None:
    nothing = patched.encode([])
    with pytest.raises(ValueError, match="encode a token first"):
        patched.denoise([NOISE] * 4, nothing)
    assert patched.denoise([NOISE] * 4, nothing, positions=[1, 2]).shape == (2, patched.vocab_size)


def test_rows_of_an_adapter_count_by_its_weight(base: Engine, golden: dict[str, mx.array]) -> None:
    ids = mx.array([NOISE])
    old = base.network.embed_canvas(ids)
    whole, half = (base.adapted([read_adapter(ADAPTER, weight)]).network.embed_canvas(ids) for weight in (1.0, 0.5))
    assert furthest(half, (old + whole) / 2) < 1e-5
    assert furthest(whole, old) > 0.1


def test_soft_embeddings_know_the_rows(patched: Engine) -> None:
    one_hot = mx.eye(patched.vocab_size)[mx.array([2, NOISE, 90])]
    assert furthest(patched.network.mix(one_hot), patched.network.embed_canvas(mx.array([2, NOISE, 90]))) < 1e-5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"embed_tokens": [3]}, "names 1 tokens"),
        ({"embed_tokens": [3, 416]}, "tokens up to 416"),
        ({"embed_tokens": "all"}, "not a token id"),
        ({}, "names 0 tokens"),
    ],
)
def test_rows_that_fit_no_model_are_refused(base: Engine, tmp_path, change: object, message: str) -> None:
    folder = copy(tmp_path / "adapter", ADAPTER)
    edit_json(folder / "adapter_config.json", lambda config: config.update(trainable_token_indices=change))
    with pytest.raises(ModelError, match=message):
        base.adapted([read_adapter(folder)])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("hidden_activation", "relu", "not one of gelu_pytorch_tanh, silu"),
        ("head_shift", 2, "not below 2"),
        ("use_post_norms", "no", "not true or false"),
        ("attention_scale", 0, "above zero"),
        ("num_experts", -1, "whole number"),
    ],
)
def test_a_config_that_is_no_such_model_is_refused(tmp_path, key: str, value: object, message: str) -> None:
    folder = copy(tmp_path / "model", PATCHED)
    edit_json(folder / "config.json", lambda config: config["text_config"].update({key: value}))
    with pytest.raises(ModelError, match=message):
        load_engine(folder)
