"""From a Hugging Face checkpoint to mlx weights and back into a model."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from dgcli.checkpoint.convert import Progress, convert
from dgcli.checkpoint.generation import read_generation
from dgcli.checkpoint.partial import SUMS, partial_folder
from dgcli.checkpoint.recipes import RECIPES, Keep
from dgcli.checkpoint.tensors import tensor_table
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.errors import DgError, ModelError, UsageError
from dgcli.platform.backend import mx
from tests import checkpoints
from tests.checkpoints import INDEX, TINY, WEIGHTS
from tests.model.comparing import furthest, relative

PROMPT, CANVAS = list(range(20, 60)), list(range(100, 132))


def logits(model: Engine) -> mx.array:
    return model.denoise(CANVAS, model.encode(PROMPT))


def whole(source: Path, dest: Path) -> Path:
    """A conversion that quantises nothing and keeps every type."""
    return convert(source, dest, "8bit", keep=[Keep.parse(".*=16")]).folder


def test_what_is_not_quantised_does_not_change(tmp_path: Path, tiny: Engine) -> None:
    folder = whole(TINY, tmp_path / "plain")
    assert logits(load_engine(folder)).tolist() == logits(tiny).tolist()
    assert set(checkpoints.tensors(folder)) == set(tensor_table(tiny.config))
    config = json.loads((folder / "config.json").read_text())
    assert "quantization" not in config
    assert config["vision_config"] is None
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        assert (folder / name).read_bytes() == (TINY / name).read_bytes()


def test_eight_bits_come_close(tmp_path: Path, tiny: Engine) -> None:
    folder = convert(TINY, tmp_path / "eight", "8bit").folder
    model = load_engine(folder)
    for matrix, original in (
        (model.network.embedding, tiny.network.embedding),
        (model.network.layers[2].routed.experts.down, tiny.network.layers[2].routed.experts.down),
    ):
        [weight], [expected] = matrix.arrays, original.arrays
        assert relative(weight, expected) < 0.01
    assert relative(logits(model), logits(tiny)) < 0.3
    assert read_generation(folder, model.config) == read_generation(TINY, tiny.config)


def test_bf16_rounds_every_tensor(tmp_path: Path, tiny: Engine) -> None:
    folder = convert(TINY, tmp_path / "bf16", "bf16").folder
    original = checkpoints.tensors()
    for name, array in checkpoints.tensors(folder).items():
        assert array.dtype == mx.bfloat16
        assert array.tolist() == original[name].astype(mx.bfloat16).tolist()
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert relative(logits(load_engine(folder)), logits(tiny)) < 0.3


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_can_be_loaded(tmp_path: Path, tiny: Engine, recipe: str) -> None:
    converted = convert(TINY, tmp_path / "made", recipe)
    found = logits(load_engine(converted.folder))
    assert relative(found, logits(tiny)) < (0.3 if recipe in ("bf16", "8bit", "6bit") else 1)
    assert converted.weight_bytes == sum(array.nbytes for array in checkpoints.tensors(converted.folder).values())
    sums = (converted.folder / SUMS).read_text().splitlines()
    files = {path.name for path in converted.folder.iterdir()} - {SUMS}
    assert {line.split("  ")[1] for line in sums} == files
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.sha256((converted.folder / name).read_bytes()).hexdigest() == digest


def test_few_bits_are_for_experts_alone(four_bit_folder: Path) -> None:
    settings = json.loads((four_bit_folder / "config.json").read_text())["quantization"]
    assert {key: settings[key] for key in ("bits", "group_size", "mode")} == {
        "bits": 4,
        "group_size": 64,
        "mode": "affine",
    }
    bits = {name: entry["bits"] for name, entry in settings.items() if isinstance(entry, dict)}
    four = {name for name, count in bits.items() if count == 4}
    assert four == {name for name in bits if ".experts." in name}
    assert all(bits[name] == 8 for name in bits if name not in four)
    assert settings["model.decoder.layers.0.experts.down_proj"]["group_size"] == 32  # rows of 32 weights
    names = set(checkpoints.tensors(four_bit_folder))
    assert all(f"{module}.scales" in names for module in bits)
    assert sum(name.endswith(".scales") for name in names) == len(bits)


def test_a_config_of_transformers_comes_out_in_the_released_shape(tmp_path: Path, tiny: Engine) -> None:
    folder = whole(checkpoints.per_layer_config(tmp_path / "source"), tmp_path / "released")
    text = json.loads((folder / "config.json").read_text())["text_config"]
    assert "per_layer_config" not in text
    assert (text["global_head_dim"], text["num_global_key_value_heads"], text["attention_k_eq_v"]) == (32, 1, True)
    model = load_engine(folder)
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
    load_engine(source)
    with pytest.raises(ModelError, match="per_layer_config"):
        convert(source, tmp_path / "released", "4bit")


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
    folder = convert(source, tmp_path / "converted", "8bit").folder
    names = checkpoints.tensors(folder)
    assert "model.decoder.layers.0.experts.down_proj" in names
    assert "model.decoder.layers.0.experts.gate_up_proj.scales" in names
    assert relative(logits(load_engine(folder)), logits(load_engine(source))) < 0.3


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgcli.checkpoint.shards._SHARD_BYTES", 200_000)


@pytest.mark.usefixtures("small_shards")
def test_large_models_are_written_in_shards(tmp_path: Path, tiny: Engine) -> None:
    folder = whole(TINY, tmp_path / "sharded")
    files = sorted(path.name for path in folder.glob("*.safetensors"))
    assert len(files) > 2
    assert files[0] == f"model-00001-of-{len(files):05}.safetensors"
    assert set(json.loads((folder / INDEX).read_text())["weight_map"].values()) == set(files)
    assert furthest(logits(load_engine(folder)), logits(tiny)) == 0


class Interruption:
    """Stops a conversion at the tensor that brings it past a part of the whole; then it only watches."""

    def __init__(self, part: float, error: BaseException) -> None:
        self.part, self.error = part, error
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)
        if progress.done > self.part * progress.total:
            self.part = 2
            raise self.error


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), MemoryError()])
def test_an_interrupted_conversion_goes_on(tmp_path: Path, error: BaseException) -> None:
    expected = convert(TINY, tmp_path / "whole", "4bit")
    watch, target = Interruption(0.7, error), tmp_path / "made"
    with pytest.raises(DgError if isinstance(error, OSError) else type(error)):
        convert(TINY, target, "4bit", watch=watch)
    assert not target.exists()
    half = partial_folder(target)
    with pytest.raises(ModelError, match=r"config\.json does not exist"):
        load_engine(half)
    kept = {path.name: path.stat().st_mtime_ns for path in half.glob("model*")}
    assert kept
    watch.seen.clear()
    again = convert(TINY, target, "4bit", watch=watch)
    assert watch.seen[0].done == watch.seen[0].resumed > 0
    assert watch.seen[-1].done == watch.seen[-1].total
    assert again.sums == expected.sums
    assert {name: (target / name).stat().st_mtime_ns for name in kept} == kept
    assert not half.exists()
    assert not [path.name for path in target.iterdir() if path.name.startswith(".")]


@pytest.mark.usefixtures("small_shards")
def test_an_interrupted_conversion_of_another_kind_is_not_continued(tmp_path: Path) -> None:
    watch, target = Interruption(0.7, KeyboardInterrupt()), tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        convert(TINY, target, "4bit", watch=watch)
    watch.seen.clear()
    made = convert(TINY, target, "8bit", watch=watch)
    assert watch.seen[0].done == 0
    assert made.sums == convert(TINY, tmp_path / "whole", "8bit").sums


def test_two_conversions_to_one_place(tmp_path: Path) -> None:
    def second(_: Progress) -> None:
        with pytest.raises(DgError, match="Another process"):
            convert(TINY, tmp_path / "made", "4bit")

    assert convert(TINY, tmp_path / "made", "4bit", watch=second).folder.is_dir()


def test_a_disk_that_is_too_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, 1000))  # type: ignore[attr-defined]
    with pytest.raises(DgError, match="GB free"):
        convert(TINY, tmp_path / "made", "4bit")


def test_nothing_is_left_where_the_source_is_damaged(tmp_path: Path) -> None:
    source = checkpoints.copy(tmp_path / "source")
    arrays = checkpoints.tensors(source)
    del arrays["model.decoder.norm.weight"]
    checkpoints.save(source / WEIGHTS, arrays)
    with pytest.raises(ModelError, match=r"model\.decoder\.norm\.weight is missing"):
        convert(source, tmp_path / "made", "4bit")
    assert not partial_folder(tmp_path / "made").exists()


def test_exceptions_from_the_recipe(tmp_path: Path) -> None:
    keep = [Keep.parse("experts=6"), Keep.parse("layers.[05].experts.down=8"), Keep.parse("router=16")]
    folder = convert(TINY, tmp_path / "made", "mxfp4", keep=keep).folder
    settings = json.loads((folder / "config.json").read_text())["quantization"]
    assert settings["mode"] == "mxfp4"
    assert settings["model.decoder.layers.0.experts.down_proj"] == {"group_size": 32, "bits": 8, "mode": "affine"}
    assert settings["model.decoder.layers.1.experts.down_proj"]["bits"] == 6
    assert not any("router" in name for name in settings)
    load_engine(folder)


@pytest.mark.parametrize("text", ["experts", "experts=7", "=4", "(=4", "experts=x"])
def test_exceptions_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError, match="--keep"):
        Keep.parse(text)


def test_an_exception_that_matches_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="matches"):
        convert(TINY, tmp_path / "made", "4bit", keep=[Keep.parse("expert_s=8")])
    with pytest.raises(UsageError, match="no recipe"):
        convert(TINY, tmp_path / "made", "7bit")


def test_the_vision_tower_comes_along_where_it_is_wanted(tmp_path: Path) -> None:
    source = checkpoints.copy(tmp_path / "source")
    arrays = checkpoints.tensors(source)
    extra = "model.encoder.vision_tower.patch_embedder.input_proj.weight"
    arrays[extra] = mx.ones((16, 48), dtype=mx.float16)
    checkpoints.save(source / WEIGHTS, arrays)
    with_vision = convert(source, tmp_path / "with", "4bit", with_vision=True).folder
    without = convert(source, tmp_path / "without", "4bit").folder
    assert checkpoints.tensors(with_vision)[extra].tolist() == arrays[extra].tolist()
    assert extra not in checkpoints.tensors(without)
    assert json.loads((with_vision / "config.json").read_text())["vision_config"] is not None
    assert logits(load_engine(with_vision)).tolist() == logits(load_engine(without)).tolist()


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="already exists"):
        convert(TINY, tmp_path / "there", "4bit")


def test_quantised_weights_are_not_quantised_again(tmp_path: Path, four_bit_folder: Path) -> None:
    with pytest.raises(ModelError, match="quantised already"):
        convert(four_bit_folder, tmp_path / "again", "8bit")
