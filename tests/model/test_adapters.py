"""LoRA adapters: those of PEFT compute what the reference does, those of mlx-lm are for both modes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import dgcli
from dgcli.checkpoint.adapters import open_adapter, read_adapter
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.errors import ModelError, UsageError
from dgcli.platform.backend import mx
from tests.checkpoints import GOLDEN, TINY, edit_json, save
from tests.model.comparing import furthest

ADAPTER = GOLDEN / "adapter"
PYTHON = os.environ.get("DG_PEFT", sys.executable)
HAS_PEFT = "DG_PEFT" in os.environ or all(map(find_spec, ("peft", "torch", "transformers")))
PROMPT, CANVAS = list(range(20, 60)), list(range(100, 132))
Q = "model.decoder.layers.3.self_attn.q_proj"


def check_against_peft(model: Engine, folder: Path) -> None:
    golden = mx.load(str(folder / "forward.safetensors"))
    assert isinstance(golden, dict)
    adapted = model.adapted([read_adapter(folder)])
    cache = adapted.encode(golden["prompt"])
    first = adapted.denoise(golden["canvas"], cache)
    conditioned = adapted.denoise(golden["canvas"], cache, first / 0.7)
    assert furthest(cache.hidden, golden["hidden"]) < 1e-4
    assert furthest(first[::4], golden["logits"]) < 2e-4
    assert furthest(conditioned[::4], golden["conditioned"]) < 2e-4


def test_an_adapter_of_peft_computes_what_peft_does(tiny: Engine) -> None:
    check_against_peft(tiny, ADAPTER)


def test_both_modes_are_adapted(tiny: Engine) -> None:
    adapted = tiny.adapted([read_adapter(ADAPTER)])
    expected = logits(adapted)
    assert furthest(tiny.denoise(CANVAS, adapted.encode(PROMPT)), expected) > 0.1
    assert furthest(adapted.denoise(CANVAS, tiny.encode(PROMPT)), expected) > 0.1


@pytest.mark.reference
@pytest.mark.skipif(not HAS_PEFT, reason="DG_PEFT names no Python with peft, torch and transformers")
@pytest.mark.parametrize(
    ("seed", "targets"),
    [
        (3, None),  # an odd one is scaled by the root of the rank
        (4, r".*(language_model|decoder)\.layers.*(_proj|router\.proj)"),
        (5, r".*language_model\.layers.*(v|o|down)_proj"),  # the encoder alone
        (7, "all-linear"),
        (6, r".*decoder\.layers.*(q|k|up)_proj"),  # the denoiser alone
    ],
)
def test_new_adapters_of_peft(tiny: Engine, tmp_path: Path, seed: int, targets: str | None) -> None:
    script = GOLDEN / "make_adapter.py"
    subprocess.run([PYTHON, str(script), str(tmp_path), str(seed), *([targets] if targets else [])], check=True)
    check_against_peft(tiny, tmp_path)


def logits(model: Engine) -> mx.array:
    return model.denoise(CANVAS, model.encode(PROMPT))


def mlx_adapter(folder: Path, modules: dict[str, tuple[mx.array, mx.array]], scale: float = 3.0) -> Path:
    """An adapter as mlx-lm writes it: module -> ([in, rank], [rank, out])."""
    folder.mkdir()
    arrays = {
        f"{name}.lora_{half}": array for name, pair in modules.items() for half, array in zip("ab", pair, strict=True)
    }
    save(folder / "adapters.safetensors", arrays)
    rank = next(iter(modules.values()))[0].shape[1]
    parameters = {"rank": rank, "scale": scale, "dropout": 0.0}
    config = {"fine_tune_type": "lora", "num_layers": 6, "lora_parameters": parameters, "model": "tiny"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def pair(columns: int, rows: int, seed: int = 0) -> tuple[mx.array, mx.array]:
    keys = mx.random.split(mx.random.key(seed))
    return mx.random.normal((columns, 2), key=keys[0]) * 0.2, mx.random.normal((2, rows), key=keys[1]) * 0.2


def test_an_adapter_of_mlx_lm_is_the_sum_of_its_parts(tmp_path: Path, tiny: Engine) -> None:
    """On a plain base an unmerged adapter computes what a merged one would, in both modes."""
    down, up = pair(64, 64)
    adapted = tiny.adapted([read_adapter(mlx_adapter(tmp_path / "adapter", {Q: (down, up)}))])
    merged = shutil.copytree(TINY, tmp_path / "merged")
    arrays = mx.load(str(merged / "model.safetensors"))
    assert isinstance(arrays, dict)
    arrays = {name: array.astype(mx.float32) for name, array in arrays.items()}
    arrays[f"{Q}.weight"] = arrays[f"{Q}.weight"] + 3.0 * (down @ up).T
    save(merged / "model.safetensors", arrays)
    expected = load_engine(merged)
    assert furthest(adapted.encode(PROMPT).hidden, expected.encode(PROMPT).hidden) < 1e-4
    assert furthest(logits(adapted), logits(expected)) < 1e-3
    assert furthest(logits(adapted), logits(tiny)) > 0.01


def test_weights_add_up(tmp_path: Path, tiny: Engine) -> None:
    folder = mlx_adapter(tmp_path / "adapter", {Q: pair(64, 64)})
    whole = logits(tiny.adapted([open_adapter(folder)]))
    halves = logits(tiny.adapted([open_adapter(f"{folder}=0.25"), open_adapter(f"{folder}=0.75")]))
    assert furthest(whole, halves) < 1e-3
    assert furthest(logits(tiny.adapted([open_adapter(f"{folder}=0")])), logits(tiny)) == 0
    assert tiny.adapted([]) is tiny


def test_on_quantised_bases(tmp_path: Path, packed: Engine, four_bit: Engine) -> None:
    adapter = read_adapter(ADAPTER)
    assert furthest(logits(packed.adapted([adapter])), logits(four_bit.adapted([adapter]))) < 1e-2
    assert furthest(logits(packed.adapted([adapter])), logits(packed)) > 0.1


def test_a_name_without_a_mode_means_both(tmp_path: Path, tiny: Engine) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    down, up = pair(64, 64)
    name = "base_model.model.model.layers.3.self_attn.q_proj"
    save(folder / "adapter_model.safetensors", {f"{name}.lora_A.weight": down.T, f"{name}.lora_B.weight": up.T})
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 6}))
    both = logits(tiny.adapted([read_adapter(folder)]))
    mlx = logits(tiny.adapted([read_adapter(mlx_adapter(tmp_path / "mlx", {Q: (down, up)}))]))
    assert furthest(both, mlx) == 0


def refusal(folder: Path, model: Engine) -> str:
    with pytest.raises(ModelError) as caught:
        model.adapted([read_adapter(folder)])
    assert caught.value.advice
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda config: config.update(r=3), "have rank 2"),
        (lambda config: config.update(rank_pattern={}), "k_proj the rank 2, but its tensors have rank 1"),
        (lambda config: config.update(peft_type="LOHA"), "'LOHA'; only LoRA is known"),
        (lambda config: config.update(use_dora=True), "use_dora is true"),
        (lambda config: config.update(bias="all"), "bias is trained too"),
        (lambda config: config.update(lora_alpha="x"), "lora_alpha is 'x'"),
    ],
)
def test_settings_that_do_not_fit(
    tmp_path: Path, tiny: Engine, change: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    folder = shutil.copytree(ADAPTER, tmp_path / "adapter")
    edit_json(folder / "adapter_config.json", change)
    error = refusal(folder, tiny)
    assert complaint in error
    assert str(folder / "adapter_config.json") in error


@pytest.mark.parametrize(
    ("modules", "complaint"),
    [
        (
            {"model.decoder.layers.9.self_attn.q_proj": pair(64, 64)},
            "no matrix model.decoder.layers.9.self_attn.q_proj",
        ),
        (
            {"model.decoder.layers.5.self_attn.v_proj": pair(64, 32)},
            "no matrix model.decoder.layers.5.self_attn.v_proj",
        ),
        ({"model.decoder.embed_tokens": pair(64, 416)}, "no matrix model.decoder.embed_tokens"),
        (
            {"model.decoder.layers.0.experts.down_proj": pair(64, 64)},
            "no matrix model.decoder.layers.0.experts.down_proj",
        ),
        ({Q: pair(128, 64)}, "corrects a matrix of shape (64, 128), and the model's is (64, 64)"),
    ],
)
def test_targets_and_bases_that_do_not_fit(
    tmp_path: Path, tiny: Engine, modules: dict[str, tuple[mx.array, mx.array]], complaint: str
) -> None:
    error = refusal(mlx_adapter(tmp_path / "adapter", modules), tiny)
    assert complaint in error
    assert "made for tiny" in error


def test_tensors_that_are_no_pairs(tmp_path: Path, tiny: Engine) -> None:
    def change(folder: str, **arrays: mx.array) -> str:
        found = mlx_adapter(tmp_path / folder, {Q: pair(64, 64)})
        loaded = mx.load(str(found / "adapters.safetensors"))
        assert isinstance(loaded, dict)
        renamed = {name.replace("__", "."): array for name, array in arrays.items()}
        save(found / "adapters.safetensors", {**loaded, **renamed})
        return refusal(found, tiny)

    weight = mx.zeros((4, 4))
    assert "lm_head.weight' is not half of a LoRA pair" in change("one", lm_head__weight=weight)
    assert "x has only lora_a" in change("two", x__lora_a=weight)
    assert "rank 4 and 5" in change("three", x__lora_a=weight, x__lora_b=mx.zeros((5, 4)))
    assert "a matrix is expected" in change("four", x__lora_a=mx.zeros((2, 4, 4)), x__lora_b=weight)


def test_what_is_no_adapter(tmp_path: Path, tiny: Engine) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere", tiny)
    assert "holds neither adapter_model.safetensors nor adapters.safetensors" in refusal(TINY, tiny)
    (tmp_path / "adapter_model.bin").write_bytes(b"pickle")
    assert "is not an adapter" in refusal(tmp_path / "adapter_model.bin", tiny)
    (tmp_path / "adapters.safetensors").write_bytes(b"")
    assert "adapter_config.json does not exist" in refusal(tmp_path, tiny)
    for weight in ("x", "", "nan", "inf", "-inf", "1e999"):
        with pytest.raises(UsageError, match="not a weight"):
            open_adapter(f"{ADAPTER}={weight}")


def test_the_interface_takes_adapters() -> None:
    model = dgcli.load(TINY, adapters=[ADAPTER, f"{ADAPTER}=-1"])
    assert furthest(logits(model), logits(dgcli.load(TINY))) < 1e-2


def packed_adapter(folder: Path) -> Path:
    """The adapter of the tests, halves in 8 bits where rows are long enough."""
    shutil.copytree(ADAPTER, folder)
    loaded = mx.load(str(folder / "adapter_model.safetensors"))
    assert isinstance(loaded, dict)
    arrays: dict[str, mx.array] = {}
    for name, array in loaded.items():
        if array.shape[-1] % 32:
            arrays[name] = array
            continue
        parts = mx.quantize(array.astype(mx.float32), group_size=32, bits=8)
        names = (f"{name.removesuffix('weight')}{part}" for part in ("weight", "scales", "biases"))
        arrays |= zip(names, parts, strict=True)
    assert len(arrays) > len(loaded)
    save(folder / "adapter_model.safetensors", arrays)
    packing = {"quantization": {"group_size": 32, "bits": 8}}
    edit_json(folder / "adapter_config.json", lambda config: config.update(packing))
    return folder


def test_halves_may_be_quantised(tmp_path: Path, tiny: Engine) -> None:
    """They are what they stand for, up to the rounding of 8 bits."""
    packed = read_adapter(packed_adapter(tmp_path / "packed"))
    plain = read_adapter(ADAPTER)
    assert packed.pairs.keys() == plain.pairs.keys()
    for place, expected in plain.pairs.items():
        found = packed.pairs[place]
        assert furthest(found.down.astype(mx.float32), expected.down.astype(mx.float32)) < 0.02 * _span(expected.down)
        assert furthest(found.up.astype(mx.float32), expected.up.astype(mx.float32)) < 0.02 * _span(expected.up)
    logits(tiny.adapted([packed]))


def _span(array: mx.array) -> float:
    return float((array.max() - array.min()).item())


@pytest.mark.parametrize(
    ("quantization", "complaint"),
    [
        (None, "does not say how"),
        ({"group_size": 32, "bits": 4}, "does not fit affine with 4 bits in groups of 32"),
        ({"mode": "mxfp8"}, "by scales and biases"),
    ],
)
def test_quantised_halves_that_do_not_fit(
    tmp_path: Path, tiny: Engine, quantization: dict[str, Any] | None, complaint: str
) -> None:
    folder = packed_adapter(tmp_path / "packed")
    edit_json(folder / "adapter_config.json", lambda config: config.update(quantization=quantization))
    assert complaint in refusal(folder, tiny)


def test_a_folder_with_an_adapter_stands_for_its_base_with_it(tmp_path: Path) -> None:
    folder = shutil.copytree(ADAPTER, tmp_path / "adapter")
    shutil.copytree(TINY, tmp_path / "base")

    def named(base: object) -> Path:
        edit_json(folder / "adapter_config.json", lambda config: config.update(base_model_name_or_path=base))
        return folder

    expected = logits(dgcli.load(TINY, adapters=[ADAPTER]))
    assert furthest(logits(dgcli.load(named("../base"))), expected) == 0
    assert furthest(logits(dgcli.load(named(str(TINY.absolute())))), expected) == 0
    for nothing in ("../nowhere", "owner/name", None, "", 1):
        with pytest.raises(ModelError, match=r"its base .* is not a folder"):
            dgcli.load(named(nothing))
