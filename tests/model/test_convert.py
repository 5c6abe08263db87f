"""From a Hugging Face checkpoint to mlx weights and back into a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dgcli.backend import mx
from dgcli.errors import ModelError, UsageError
from dgcli.model import Model, load_model
from dgcli.model.convert import convert
from dgcli.model.shapes import tensor_shapes
from tests import checkpoints
from tests.checkpoints import INDEX, TINY, WEIGHTS
from tests.model.comparing import furthest, relative

PROMPT, CANVAS = list(range(20, 60)), list(range(100, 132))


def logits(model: Model) -> mx.array:
    return model.denoise(CANVAS, model.encode(PROMPT))


def test_without_bits_nothing_changes_but_what_is_left_behind(tmp_path: Path, tiny: Model) -> None:
    folder = convert(TINY, tmp_path / "plain", bits=None)
    assert logits(load_model(folder)).tolist() == logits(tiny).tolist()
    assert set(checkpoints.tensors(folder)) == set(tensor_shapes(tiny.config))
    config = json.loads((folder / "config.json").read_text())
    assert "quantization" not in config
    assert "vision_config" not in config
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        assert (folder / name).read_bytes() == (TINY / name).read_bytes()


def test_eight_bits_come_close(tmp_path: Path, tiny: Model) -> None:
    folder = convert(TINY, tmp_path / "eight")
    model = load_model(folder)
    for matrix, original in (
        (model.network.embedding, tiny.network.embedding),
        (model.network.layers[2].experts.down, tiny.network.layers[2].experts.down),
    ):
        [weight], [expected] = matrix.arrays, original.arrays
        assert relative(weight, expected) < 0.01
    assert relative(logits(model), logits(tiny)) < 0.3
    assert model.generation == tiny.generation


def test_few_bits_are_for_experts_and_self_conditioning_alone(four_bit_folder: Path) -> None:
    settings = json.loads((four_bit_folder / "config.json").read_text())["quantization"]
    assert {key: settings[key] for key in ("bits", "group_size", "mode")} == {
        "bits": 4,
        "group_size": 64,
        "mode": "affine",
    }
    bits = {name: entry["bits"] for name, entry in settings.items() if isinstance(entry, dict)}
    four = {name for name, count in bits.items() if count == 4}
    assert four == {name for name in bits if ".experts." in name or ".self_conditioning." in name}
    assert all(bits[name] == 8 for name in bits if name not in four)
    assert settings["model.decoder.layers.0.experts.down_proj"]["group_size"] == 32  # rows of 32 weights
    names = set(checkpoints.tensors(four_bit_folder))
    assert all(f"{module}.scales" in names for module in bits)
    assert sum(name.endswith(".scales") for name in names) == len(bits)


def test_a_config_of_transformers_comes_out_in_the_released_shape(tmp_path: Path, tiny: Model) -> None:
    folder = convert(checkpoints.per_layer_config(tmp_path / "source"), tmp_path / "released", bits=None)
    text = json.loads((folder / "config.json").read_text())["text_config"]
    assert "per_layer_config" not in text
    assert (text["global_head_dim"], text["num_global_key_value_heads"], text["attention_k_eq_v"]) == (32, 1, True)
    model = load_model(folder)
    assert model.config == tiny.config
    assert logits(model).tolist() == logits(tiny).tolist()


def test_shapes_that_the_released_config_cannot_say(tmp_path: Path) -> None:
    source = checkpoints.per_layer_config(tmp_path / "source")
    checkpoints.edit_json(
        source / "config.json",
        lambda config: config["text_config"]["per_layer_config"].update(
            {"2": {"head_dim": 16, "num_key_value_heads": 1}}
        ),
    )
    arrays = checkpoints.tensors(source)
    for name in ("k_proj", "v_proj"):
        key = f"model.decoder.layers.2.self_attn.{name}.weight"
        arrays[key] = arrays[key][:16]
    checkpoints.save(source / WEIGHTS, arrays)
    load_model(source)
    with pytest.raises(ModelError, match="per_layer_config"):
        convert(source, tmp_path / "released")


def test_a_matrix_that_no_group_fits_stays_as_it_is(tmp_path: Path) -> None:
    source = checkpoints.copy(tmp_path / "source")
    checkpoints.edit_json(source / "config.json", lambda config: config["text_config"].update(moe_intermediate_size=24))
    arrays = checkpoints.tensors(source)
    for name in list(arrays):
        if name.endswith("experts.down_proj"):
            arrays[name] = arrays[name][..., :24]
        elif name.endswith("experts.gate_up_proj"):
            arrays[name] = arrays[name][:, :48]
    checkpoints.save(source / WEIGHTS, arrays)
    folder = convert(source, tmp_path / "converted")
    names = checkpoints.tensors(folder)
    assert "model.decoder.layers.0.experts.down_proj" in names
    assert "model.decoder.layers.0.experts.gate_up_proj.scales" in names
    assert relative(logits(load_model(folder)), logits(load_model(source))) < 0.3


def test_large_models_are_written_in_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Model) -> None:
    monkeypatch.setattr("dgcli.model.convert._SHARD_BYTES", 200_000)
    folder = convert(TINY, tmp_path / "sharded", bits=None)
    files = sorted(path.name for path in folder.glob("*.safetensors"))
    assert len(files) > 2
    assert files[0] == f"model-00001-of-{len(files):05}.safetensors"
    assert set(json.loads((folder / INDEX).read_text())["weight_map"].values()) == set(files)
    assert furthest(logits(load_model(folder)), logits(tiny)) == 0


def test_nothing_is_left_where_it_fails(tmp_path: Path) -> None:
    source = checkpoints.copy(tmp_path / "source")
    arrays = checkpoints.tensors(source)
    del arrays["model.decoder.norm.weight"]
    checkpoints.save(source / WEIGHTS, arrays)
    with pytest.raises(ModelError, match=r"model\.decoder\.norm\.weight is missing"):
        convert(source, tmp_path / "made" / "converted")
    assert list((tmp_path / "made").iterdir()) == []


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        convert(TINY, tmp_path / "there")


def test_quantised_weights_are_not_quantised_again(tmp_path: Path, four_bit_folder: Path) -> None:
    with pytest.raises(ModelError, match="quantised already"):
        convert(four_bit_folder, tmp_path / "again")
