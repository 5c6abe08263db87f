"""Every form in which a checkpoint comes, and every way in which one is broken."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dgcli
from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.convert import convert
from dgcli.checkpoint.memory import need
from dgcli.checkpoint.recipes import Keep
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.errors import ModelError
from dgcli.model.linear import Dense, DenseExperts, Quantised, QuantisedExperts
from dgcli.platform.backend import mx
from tests import checkpoints
from tests.checkpoints import INDEX, WEIGHTS
from tests.metal import expanding
from tests.model.comparing import furthest, relative

UP = "model.decoder.layers.3.mlp.up_proj.weight"
EMBEDDING = "model.decoder.embed_tokens.weight"
PARTS = ("weight", "scales", "biases")
FORMATS = [
    ("affine", 32, 4),
    ("affine", 32, 8),
    ("affine", 32, 3),
    ("mxfp4", 32, 4),
    ("mxfp8", 32, 8),
    ("nvfp4", 16, 4),
]


def logits(model: Engine, golden: dict[str, mx.array]) -> mx.array:
    return model.denoise(golden["long.canvas"], model.encode(golden["long.prompt"]))


def refusal(folder: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load_engine(folder)
    assert caught.value.exit_code == 3
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert caught.value.advice
    return caught.value


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return checkpoints.copy(tmp_path / "broken")


class TestForms:
    def test_shards(self, tmp_path: Path, tiny: Engine, golden: dict[str, mx.array]) -> None:
        sharded = load_engine(checkpoints.shards(tmp_path / "sharded"))
        assert logits(sharded, golden).tolist() == logits(tiny, golden).tolist()

    def test_a_shard_that_only_the_vision_tower_needs_may_be_damaged(self, tmp_path: Path) -> None:
        folder = checkpoints.shards(tmp_path / "sharded")
        (folder / "model-vision.safetensors").write_bytes(b"not read")
        checkpoints.edit_json(
            folder / INDEX,
            lambda index: index["weight_map"].update(
                {name: "model-vision.safetensors" for name in index["weight_map"] if "vision" in name}
            ),
        )
        load_engine(folder)

    def test_shards_without_an_index(self, tmp_path: Path, tiny: Engine, golden: dict[str, mx.array]) -> None:
        folder = checkpoints.shards(tmp_path / "sharded")
        (folder / INDEX).unlink()
        assert logits(load_engine(folder), golden).tolist() == logits(tiny, golden).tolist()

    def test_a_head_that_repeats_the_embedding_is_the_embedding(
        self, broken: Path, tiny: Engine, golden: dict[str, mx.array]
    ) -> None:
        arrays = checkpoints.tensors(broken)
        checkpoints.save(broken / WEIGHTS, arrays | {"lm_head.weight": arrays[EMBEDDING]})
        model = load_engine(broken)
        assert model.network.head is model.network.embedding
        assert (model.nbytes, model.parameters) == (tiny.nbytes, tiny.parameters)
        assert logits(model, golden).tolist() == logits(tiny, golden).tolist()

    def test_a_head_of_its_own_is_used_although_the_config_ties_it(
        self, broken: Path, tiny: Engine, golden: dict[str, mx.array]
    ) -> None:
        """Its rows are here those of the embedding, moved on by one: so are the logits."""
        arrays = checkpoints.tensors(broken)
        head = mx.roll(arrays[EMBEDDING], 1, axis=0)
        checkpoints.save(broken / WEIGHTS, arrays | {"lm_head.weight": head})
        model = load_engine(broken)
        moved = mx.roll(logits(tiny, golden), 1, axis=-1)
        assert furthest(logits(model, golden), moved) < 1e-4
        assert model.parameters == tiny.parameters + head.size
        assert need(broken).weights == need(checkpoints.TINY).weights + head.size * 4
        with pytest.raises(ModelError, match="lm_head"):
            convert(broken, broken.with_name("made"))

    def test_an_encoder_that_repeats_the_denoiser_is_the_denoiser(self, broken: Path, tiny: Engine) -> None:
        arrays = checkpoints.tensors(broken)
        own = UP.replace("model.decoder", "model.encoder.language_model")
        checkpoints.save(broken / WEIGHTS, arrays | {own: arrays[UP]})
        assert load_engine(broken).nbytes == tiny.nbytes
        checkpoints.save(broken / WEIGHTS, arrays | {own: arrays[UP] + 1})
        assert own in str(refusal(broken))

    def test_links_as_the_hub_cache_makes_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "snapshot"
        folder.mkdir()
        for file in checkpoints.TINY.iterdir():
            (folder / file.name).symlink_to(file)
        load_engine(folder)

    def test_names_of_mlx_conversions(self, broken: Path, tiny: Engine, golden: dict[str, mx.array]) -> None:
        arrays = checkpoints.tensors(broken)
        renamed = {f"{name}.weight" if ".experts." in name else name: array for name, array in arrays.items()}
        checkpoints.save(broken / WEIGHTS, renamed)
        assert logits(load_engine(broken), golden).tolist() == logits(tiny, golden).tolist()

    @pytest.mark.parametrize("dtype", [mx.bfloat16, mx.float32])
    def test_types(self, broken: Path, tiny: Engine, golden: dict[str, mx.array], dtype: mx.Dtype) -> None:
        arrays = {name: array.astype(dtype) for name, array in checkpoints.tensors(broken).items()}
        checkpoints.save(broken / WEIGHTS, arrays)
        model = load_engine(broken)
        assert model.network.dtype == mx.float32
        assert relative(logits(model, golden), logits(tiny, golden)) < 0.2

    @pytest.mark.parametrize("form", FORMATS)
    def test_quantised(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: dict[str, mx.array], form: tuple[str, int, int]
    ) -> None:
        """Packed and expanded weights give the same logits, and both come from the packed numbers."""
        expanding()
        mode, group_size, bits = form
        folder = checkpoints.quantised(tmp_path / "quantised", *form)
        expanded = load_engine(folder)
        monkeypatch.setattr("dgcli.engine.loading.available_memory", lambda: 0)
        packed = load_engine(folder)

        layer, packed_layer = expanded.network.layers[5], packed.network.layers[5]
        assert isinstance(packed_layer.attention.q, Quantised)
        assert isinstance(packed_layer.routed.experts.down, QuantisedExperts)
        assert isinstance(packed.network.embedding, Quantised)
        assert packed.network.embedding.format.mode == "affine"
        assert packed_layer.attention.q.format.mode == mode
        assert (packed_layer.attention.q.biases is None) == (mode != "affine")
        assert isinstance(layer.attention.q, Dense)
        assert isinstance(layer.routed.experts.down, DenseExperts)
        stored = {
            name: checkpoints.tensors(folder).get(f"model.decoder.layers.5.self_attn.q_proj.{name}") for name in PARTS
        }
        weight = mx.dequantize(
            stored["weight"],  # type: ignore[arg-type]
            stored["scales"],  # type: ignore[arg-type]
            stored["biases"],
            group_size=group_size,
            bits=bits,
            mode=mode,
            dtype=mx.float32,
        )
        assert layer.attention.q.weight.tolist() == weight.tolist()

        assert relative(logits(packed, golden), logits(expanded, golden)) < 1e-5

    def test_the_vision_tower_is_never_read(self, tmp_path: Path, broken: Path) -> None:
        arrays = checkpoints.tensors(broken)
        text = {name: array for name, array in arrays.items() if "vision" not in name}
        assert len(text) < len(arrays)
        checkpoints.save(broken / WEIGHTS, text)
        load_engine(broken)

    def test_softcapping_may_be_null_or_elsewhere(self, broken: Path) -> None:
        checkpoints.edit_json(broken / "config.json", lambda c: c["text_config"].update(final_logit_softcapping=None))
        assert load_engine(broken).config.softcap == 30
        checkpoints.edit_json(broken / "config.json", lambda c: c.update(final_logit_softcapping=20))
        assert load_engine(broken).config.softcap == 20


class TestFolders:
    def test_missing(self, tmp_path: Path) -> None:
        assert "does not exist" in str(refusal(tmp_path / "nowhere"))

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert "is not a folder" in str(refusal(tmp_path / "file"))

    def test_empty(self, tmp_path: Path) -> None:
        assert "config.json does not exist" in str(refusal(tmp_path))

    def test_without_weights(self, broken: Path) -> None:
        (broken / WEIGHTS).unlink()
        assert "holds no model.safetensors" in str(refusal(broken))

    def test_a_pickle_is_not_opened(self, broken: Path, tmp_path: Path) -> None:
        class Trap:
            def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
                return os.mkdir, (str(tmp_path / "sprung"),)

        (broken / WEIGHTS).unlink()
        for name in ("pytorch_model.bin", "model.pt", "model.pkl"):
            (broken / name).write_bytes(pickle.dumps(Trap()))
        assert "safetensors" in refusal(broken).advice
        (broken / WEIGHTS).write_bytes(pickle.dumps(Trap()))
        refusal(broken)
        (broken / WEIGHTS).unlink()
        (broken / INDEX).write_text(json.dumps({"weight_map": {UP: "model.pkl"}}))
        refusal(broken)
        assert not (tmp_path / "sprung").exists()


class TestWeights:
    @pytest.mark.parametrize("length", [0, 5, 8, 100, 20_000])
    def test_cut_off_in_the_header(self, broken: Path, length: int) -> None:
        os.truncate(broken / WEIGHTS, length)
        assert f"{broken / WEIGHTS} is cut off" in str(refusal(broken))

    def test_cut_off_in_a_tensor(self, broken: Path) -> None:
        path = broken / WEIGHTS
        os.truncate(path, path.stat().st_size - 1)
        last = max(checkpoints.tensors().items(), key=lambda item: item[0])[0]
        error = str(refusal(broken))
        assert str(path) in error
        assert last.split(".")[1] in error
        assert "1 bytes beyond the file's end" in error

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            (lambda header: header.pop(UP), "is missing"),
            (lambda header: header[UP].update(shape=[32, 128]), "has shape (32, 128), not (64, 64)"),
            (lambda header: header[UP].update(dtype="I16"), "is I16, not"),
            (lambda header: header[UP].update(dtype="F32"), "does not fill its"),
            (lambda header: header[UP].update(dtype="Q9"), "of an unknown type"),
            (lambda header: header[UP].update(shape=[64, -64]), "is damaged"),
            (lambda header: header[UP].update(shape=[2**40, 0], data_offsets=[0, 0]), "does not fill"),
            (lambda header: header[UP].update(data_offsets=[0, 8192]), "begins before"),
            (lambda header: header[UP].update(data_offsets=[8192, 0]), "does not fill"),
            (lambda header: header[UP].update(data_offsets=[0]), "is damaged"),
            (lambda header: header.update({UP: 3}), "is damaged"),
        ],
    )
    def test_damaged_tensors_are_named(
        self, broken: Path, change: Callable[[dict[str, Any]], object], complaint: str
    ) -> None:
        checkpoints.edit_header(broken / WEIGHTS, change)
        error = str(refusal(broken))
        assert complaint in error
        assert str(broken / WEIGHTS) in error
        assert UP in error or "begins before" in complaint

    def test_of_another_size(self, broken: Path) -> None:
        checkpoints.edit_json(broken / "config.json", lambda config: config["text_config"].update(hidden_size=128))
        error = str(refusal(broken))
        assert "model.decoder.layers.0.input_layernorm.weight has shape (64,), not (128,)" in error

    @pytest.mark.parametrize("header", [b"", b"[]", b"{", b"null", b"[" * 100_000, b"\xff\xff", b'{"a":1e999}'])
    def test_headers_that_are_none(self, broken: Path, header: bytes) -> None:
        (broken / WEIGHTS).write_bytes(len(header).to_bytes(8, "little") + header)
        assert str(broken / WEIGHTS) in str(refusal(broken))

    def test_an_absurd_header_length(self, broken: Path) -> None:
        (broken / WEIGHTS).write_bytes(b"\xff" * 8 + b"{}" * 100)
        assert "cut off in its header" in str(refusal(broken))


class TestIndex:
    @pytest.fixture
    def sharded(self, tmp_path: Path) -> Path:
        return checkpoints.shards(tmp_path / "sharded")

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"weight_map": 3}', '{"weight_map": {'])
    def test_broken(self, sharded: Path, text: str) -> None:
        (sharded / INDEX).write_text(text)
        assert INDEX in str(refusal(sharded))

    @pytest.mark.parametrize("shard", ["../model.safetensors", "/etc/passwd", "..", "", "a\\b.safetensors", "x.bin", 7])
    def test_outside_the_folder(self, sharded: Path, shard: object) -> None:
        checkpoints.edit_json(sharded / INDEX, lambda index: index["weight_map"].update({UP: shard}))
        assert "not a safetensors file in its folder" in str(refusal(sharded))

    def test_a_shard_that_is_not_there(self, sharded: Path) -> None:
        (sharded / "model-00002-of-00003.safetensors").unlink()
        assert "model-00002-of-00003.safetensors does not exist" in str(refusal(sharded))

    def test_a_tensor_in_no_shard(self, sharded: Path) -> None:
        checkpoints.edit_json(sharded / INDEX, lambda index: index["weight_map"].pop(UP))
        error = str(refusal(sharded))
        assert INDEX in error
        assert UP in error

    def test_a_tensor_in_another_shard(self, sharded: Path) -> None:
        checkpoints.edit_json(
            sharded / INDEX,
            lambda index: index["weight_map"].update(
                {UP: next(file for file in index["weight_map"].values() if file != index["weight_map"][UP])}
            ),
        )
        assert UP in str(refusal(sharded))


class TestQuantised:
    @pytest.fixture
    def quantised(self, tmp_path: Path) -> Path:
        return checkpoints.quantised(tmp_path / "quantised", "affine", 32, 4)

    def change(self, folder: Path, **settings: object) -> str:
        checkpoints.edit_json(folder / "config.json", lambda config: config["quantization"].update(settings))
        return str(refusal(folder))

    def test_bits_that_do_not_fit(self, quantised: Path) -> None:
        assert "has shape" in self.change(quantised, bits=8)

    def test_groups_that_do_not_fit(self, quantised: Path) -> None:
        assert "has shape" in self.change(quantised, group_size=64)
        assert "does not fit affine with 4 bits in groups of 128" in self.change(quantised, group_size=128)

    def test_formats_that_nobody_knows(self, quantised: Path) -> None:
        assert "quantization.mode" in self.change(quantised, mode="int3")
        assert "quantization.bits" in self.change(quantised, mode="affine", bits=7)
        assert "quantization.group_size" in self.change(quantised, bits=4, group_size=48)
        assert "quantization.mode" in self.change(quantised, mode="mxfp4", group_size=64)

    def test_a_format_without_biases(self, quantised: Path) -> None:
        assert "is F32, not U8" in self.change(quantised, mode="mxfp4")

    def test_without_settings(self, quantised: Path) -> None:
        checkpoints.edit_json(quantised / "config.json", lambda config: config.pop("quantization"))
        assert "does not say how" in str(refusal(quantised))

    def test_by_another_tool(self, quantised: Path) -> None:
        def other(config: dict[str, Any]) -> None:
            del config["quantization"]
            config["quantization_config"] = {"quant_method": "gptq", "bits": 4}

        checkpoints.edit_json(quantised / "config.json", other)
        assert "'gptq', which dg cannot read" in str(refusal(quantised))

    def test_a_method_by_its_name(self, quantised: Path) -> None:
        """`mlx` is this way to quantise, which mlx leaves out; some write it in `quantization_config` alone."""

        def named(config: dict[str, Any]) -> None:
            config["quantization_config"] = {"quant_method": "mlx", **config.pop("quantization")}

        expected = load_engine(quantised).score(list(range(20, 30)), load_engine(quantised).encode([2, 11]))
        checkpoints.edit_json(quantised / "config.json", named)
        engine = load_engine(quantised)
        assert mx.array_equal(engine.score(list(range(20, 30)), engine.encode([2, 11])), expected)

    def test_bits_that_differ_from_module_to_module(self, tmp_path: Path) -> None:
        """As a search for the best leaves them; a module that stays whole may be listed as `false`."""
        keep = [Keep.parse(text) for text in (r"layers\.[024]\..*=3", r"layers\.1\..*q_proj=6", r"layers\.3.*down=16")]
        folder = convert(checkpoints.TINY, tmp_path / "made", "4bit", keep=keep).folder
        whole = "model.decoder.layers.3.mlp.down_proj"
        checkpoints.edit_json(folder / "config.json", lambda config: config["quantization"].update({whole: False}))
        settings = read_config(folder).quantisation
        assert {packing.bits for packing in settings.modules.values()} == {3, 4, 6, 8}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("dgcli.engine.loading.available_memory", lambda: 0)
            packed = load_engine(folder)
        expanded = load_engine(folder)
        ids, before = list(range(20, 30)), [2, 11]
        found, expected = (engine.score(ids, engine.encode(before)) for engine in (packed, expanded))
        assert mx.allclose(found, expected, atol=1e-3)

    def test_without_biases(self, quantised: Path) -> None:
        arrays = checkpoints.tensors(quantised)
        del arrays["model.decoder.layers.0.self_attn.q_proj.biases"]
        checkpoints.save(quantised / WEIGHTS, arrays)
        assert "q_proj.biases is missing" in str(refusal(quantised))


def test_memory_is_that_of_the_expanded_weights(tiny: Engine, golden: dict[str, mx.array]) -> None:
    """Loading holds at most one tensor twice."""
    mx.clear_cache()
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    model = load_engine(checkpoints.TINY)
    largest = 8 * 64 * 64 * (4 + 2)  # the experts' matrix, in float32 and float16
    assert mx.get_peak_memory() - before < model.nbytes + 1.5 * largest
    assert furthest(logits(model, golden), logits(tiny, golden)) == 0


def test_the_encoder_writes_only_where_the_checkpoint_says_so(tmp_path: Path) -> None:
    folder = checkpoints.copy(tmp_path / "model")
    loaded = dgcli.load(folder)
    assert (loaded.writing, loaded.answer_length) == (None, loaded.canvas_length)
    checkpoints.edit_json(folder / "generation_config.json", lambda value: value.update(self_speculation=True))
    loaded = dgcli.load(folder)
    assert loaded.writing is not None
    assert loaded.answer_length == loaded.writing.max_tokens == 64
