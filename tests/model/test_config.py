"""What is read out of `config.json` and `generation_config.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.generation import GenerationDefaults, read_generation
from dgcli.diffusion import DenoiseSettings
from dgcli.diffusion.own_token import Counted
from dgcli.diffusion.sampler import EntropyBound
from dgcli.diffusion.schedule import Schedule
from dgcli.diffusion.stopping import AllOf, Confident, Stable
from dgcli.errors import ModelError
from dgcli.settings import HoleSettings, WritingSettings
from tests import checkpoints
from tests.checkpoints import GOLDEN, TINY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the config alone."""
    (tmp_path / "config.json").write_bytes((TINY / "config.json").read_bytes())
    return tmp_path


def test_both_shapes_say_the_same(folder: Path) -> None:
    released = read_config(folder)
    (folder / "config.json").write_bytes((GOLDEN / "per_layer_config.json").read_bytes())
    assert read_config(folder) == released
    assert [layer.sliding for layer in released.layers] == [True] * 5 + [False]
    sliding, full = released.layers[0], released.layers[5]
    assert (sliding.head_dim, sliding.kv_heads, sliding.rope_theta, sliding.rope_pairs) == (16, 2, 1e4, 8)
    assert (full.head_dim, full.kv_heads, full.rope_theta, full.rope_pairs) == (32, 1, 1e6, 4)
    assert released.control_ids == (0, 1, 2, 400, 401, 402)


def test_a_byte_order_mark_before_it_says_nothing(folder: Path) -> None:
    expected = read_config(folder)
    (folder / "config.json").write_bytes(b"\xef\xbb\xbf" + (TINY / "config.json").read_bytes())
    assert read_config(folder) == expected


def test_what_may_be_absent(folder: Path) -> None:
    expected = read_config(folder)

    def strip(config: dict[str, Any]) -> None:
        del config["vision_config"]
        for name in ("layer_types", "rope_parameters", "rms_norm_eps", "attention_k_eq_v", "hidden_activation"):
            config["text_config"].pop(name)

    checkpoints.edit_json(folder / "config.json", strip)
    assert read_config(folder) == expected


def test_the_last_layer_sees_everything(folder: Path) -> None:
    checkpoints.edit_json(
        folder / "config.json", lambda config: config["text_config"].update(layer_types=["sliding_attention"] * 6)
    )
    assert not read_config(folder).layers[-1].sliding


def text(**values: object) -> Callable[[dict[str, Any]], None]:
    return lambda config: config["text_config"].update(values)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda config: config.clear(), "model_type is None"),
        (lambda config: config.update(model_type="llama"), "model_type is 'llama', not 'diffusion_gemma'"),
        (lambda config: config.update(text_config=None), "text_config is missing"),
        (lambda config: config.update(text_config=[1]), "text_config is [1], not an object"),
        (lambda config: config.update(canvas_length=0), "canvas_length is 0"),
        (lambda config: config.update(tie_word_embeddings=False), "tie_word_embeddings is false"),
        (text(hidden_activation="relu"), "text_config.hidden_activation is 'relu'"),
        (text(use_bidirectional_attention="all"), "text_config.use_bidirectional_attention"),
        (text(attention_bias=True), "text_config.attention_bias"),
        (text(hidden_size="64"), "text_config.hidden_size is '64', not a whole number"),
        (text(hidden_size=True), "text_config.hidden_size is True"),
        (text(hidden_size=2**40), "text_config.hidden_size is 1099511627776"),
        (text(vocab_size=-1), "text_config.vocab_size is -1"),
        (text(num_experts=None), "text_config.num_experts is missing"),
        (text(top_k_experts=9), "text_config.top_k_experts is 9, more than num_experts, 8"),
        (text(num_hidden_layers=10**6), "text_config.num_hidden_layers is 1000000, more than 1000"),
        (text(num_attention_heads=5), "text_config.num_attention_heads is 5, no multiple of 2"),
        (text(head_dim=15), "head_dim is 15, which is odd"),
        (text(layer_types=["full_attention"]), "text_config.layer_types is not a list of 6"),
        (text(rms_norm_eps=0), "text_config.rms_norm_eps is 0"),
        (text(eos_token_id=["a"]), "text_config.eos_token_id is ['a']"),
        (text(final_logit_softcapping=-1), "text_config.final_logit_softcapping is -1"),
        (text(per_layer_config={"5": {"head_dim": 0}}), "text_config.per_layer_config.5.head_dim is 0"),
        (text(rope_parameters={"full_attention": {"rope_type": "yarn"}}), "rope_type is 'yarn'"),
        (text(rope_parameters={"full_attention": 3}), "text_config.rope_parameters.full_attention is 3"),
    ],
)
def test_complaints_name_the_file_and_the_field(
    folder: Path, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    checkpoints.edit_json(folder / "config.json", change)
    with pytest.raises(ModelError) as caught:
        read_config(folder)
    assert str(folder / "config.json") in str(caught.value)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("content", ["", " \n", "{", "null", "[" * 100_000, "\x00", '{"model_type": "diffusion_gemma"'])
def test_files_that_hold_no_object(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json"):
        read_config(folder)


def as_transformers(max_tokens: int) -> WritingSettings:
    return WritingSettings(
        temperature=1.0,
        top_k=50,
        top_p=1.0,
        repetition_penalty=1.0,
        no_repeat_ngram_size=0,
        max_tokens=max_tokens,
    )


def as_in_the_reference(steps: int) -> DenoiseSettings:
    return DenoiseSettings(
        schedule=Schedule(steps=steps, t_max=0.8, t_min=0.4, noise=1.0),
        own_token=Counted(),
        sampler=EntropyBound(0.1),
        stopping=AllOf((Stable(1), Confident(0.005))),
    )


def test_generation_settings_are_those_of_the_file() -> None:
    found = read_generation(TINY, read_config(TINY))
    assert found == GenerationDefaults(
        denoising=as_in_the_reference(steps=12),
        eos_ids=(1, 6),
        pad_id=0,
        holes=HoleSettings(),
        self_speculation=False,
        writing=as_transformers(max_tokens=64),
        noise_id=None,
    )


def test_generation_settings_of_the_reference_stand_in(folder: Path) -> None:
    config = read_config(folder)
    expected = GenerationDefaults(
        denoising=as_in_the_reference(steps=48),
        eos_ids=(1,),
        pad_id=0,
        holes=HoleSettings(),
        self_speculation=False,
        writing=as_transformers(max_tokens=256),
        noise_id=None,
    )
    assert read_generation(folder, config) == expected
    (folder / "generation_config.json").write_text('{"eos_token_id": null, "sampler_config": null}')
    assert read_generation(folder, config) == expected
    (folder / "generation_config.json").write_text('{"eos_token_id": 106, "max_denoising_steps": 16, "t_max": 1}')
    found = read_generation(folder, config)
    schedule = found.denoising.schedule
    assert (found.eos_ids, schedule.steps, schedule.t_max, schedule.t_min) == ((106,), 16, 1.0, 0.4)


def test_end_ids_are_those_of_the_top_level_where_nothing_else_says_them(folder: Path) -> None:
    """A single one or several; the text's part names only what ends a text."""
    for found, expected in (([1, 6, 5], (1, 6, 5)), (6, (6,)), (None, (1,))):
        checkpoints.edit_json(folder / "config.json", lambda config, ids=found: config.update(eos_token_id=ids))
        config = read_config(folder)
        assert read_generation(folder, config).eos_ids == expected
        assert {1, *expected} <= set(config.control_ids)


def test_sampler_and_stopping_rule_have_the_numbers_of_the_file(folder: Path) -> None:
    numbers = {"sampler_config": {"entropy_bound": 0.5}, "stability_threshold": 3, "confidence_threshold": 0.2}
    (folder / "generation_config.json").write_text(json.dumps(numbers))
    found = read_generation(folder, read_config(folder)).denoising
    assert (found.sampler, found.stopping) == (EntropyBound(0.5), AllOf((Stable(3), Confident(0.2))))


def test_a_checkpoint_says_that_it_pads_holes_and_needs_several_draws(folder: Path) -> None:
    (folder / "generation_config.json").write_text(
        '{"holes": {"padding": true, "draws": 2, "right": 8}, "noise_token_id": 4}'
    )
    found = read_generation(folder, read_config(folder))
    assert (found.holes, found.noise_id) == (HoleSettings(padding=True, draws=2, right=8), 4)
    (folder / "generation_config.json").write_text('{"holes": {"suffix": 9, "bare": true}}')
    assert read_generation(folder, read_config(folder)).holes == HoleSettings(suffix=9, bare=True)
    (folder / "generation_config.json").write_text('{"holes": {"padding": 1}}')
    with pytest.raises(ModelError, match="padding is 1, not true or false"):
        read_generation(folder, read_config(folder))


@pytest.mark.parametrize(
    "values",
    [
        {"t_min": 0},
        {"t_min": 0.9},
        {"max_denoising_steps": 0},
        {"sampler_config": {"entropy_bound": "0.1"}},
        {"eos_token_id": -1},
        {"confidence_threshold": float("nan")},
        {"stability_threshold": -1},
        {"holes": {"suffix": 100}},  # the request quotes what follows already
    ],
)
def test_generation_settings_are_checked(folder: Path, values: dict[str, object]) -> None:
    (folder / "generation_config.json").write_text(json.dumps(values))
    with pytest.raises(ModelError) as caught:
        read_generation(folder, read_config(folder))
    assert f"{folder / 'generation_config.json'}: " in str(caught.value)


def test_how_the_encoder_writes_is_what_the_file_says(folder: Path) -> None:
    """Under the names that transformers has. Where nothing is to be drawn, the temperature is 0."""
    written = {"temperature": 0.2, "top_k": 7, "top_p": 0.9, "repetition_penalty": 1.1, "no_repeat_ngram_size": 8}
    (folder / "generation_config.json").write_text(json.dumps({**written, "max_new_tokens": 9}))
    config = read_config(folder)
    assert read_generation(folder, config).writing == WritingSettings(**written, max_tokens=9)
    (folder / "generation_config.json").write_text(json.dumps({**written, "do_sample": False}))
    assert read_generation(folder, config).writing.temperature == 0.0
