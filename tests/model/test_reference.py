"""Logits against the reference files named by DG_REFERENCE: small checkpoints, and conversions of mlx-vlm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.platform.backend import mx
from tests.model.comparing import furthest, relative, same_argmax

pytestmark = pytest.mark.reference
FOLDER = Path(os.environ.get("DG_REFERENCE", "."))
PROMPTS = pytest.mark.parametrize("prompt", ["short", "window", "long"])


def recorded(name: str) -> dict[str, mx.array]:
    loaded = mx.load(str(FOLDER / name))
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("checkpoint", ["tiny", "tiny-per-layer-config"])
@PROMPTS
@pytest.mark.parametrize("chunk", [512, 7])
def test_the_reference_implementation(checkpoint: str, prompt: str, chunk: int) -> None:
    model, golden = load_engine(FOLDER / checkpoint), recorded("forward.safetensors")
    ids, canvas = golden[f"{prompt}.prompt"], golden[f"{prompt}.canvas"]
    cache = model.encode(ids, chunk=chunk)
    committed = model.encode(golden[f"{prompt}.committed"], cache, chunk=chunk)
    assert furthest(cache.hidden, golden[f"{prompt}.encoder_hidden"]) < 1e-4
    for name, logits in (
        ("logits", model.denoise(canvas, cache)),
        ("logits_self_conditioned", model.denoise(canvas, cache, golden[f"{prompt}.self_conditioning_logits"])),
        ("logits_after_commit", model.denoise(canvas, committed)),
    ):
        assert furthest(logits, golden[f"{prompt}.{name}"]) < 2e-4
        assert same_argmax(logits, golden[f"{prompt}.{name}"])
    assert furthest(model.score(ids[1:], model.encode(ids[:1])), log_probabilities(model, golden, prompt)) < 1e-4


def log_probabilities(model: Engine, golden: dict[str, mx.array], prompt: str) -> mx.array:
    """Of every id but the first: log-softmax of the tied head over the reference's hidden states."""
    [embedding] = model.network.embedding.arrays
    logits = mx.tanh(golden[f"{prompt}.encoder_hidden"][:-1] @ embedding.T / 30) * 30
    normed = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    return mx.take_along_axis(normed, golden[f"{prompt}.prompt"][1:, None], axis=-1)[:, 0]


@pytest.mark.parametrize("held", ["expanded", "packed"])
@pytest.mark.parametrize("kind", ["bf16", "4bit", "8bit", "mxfp4", "mxfp8", "nvfp4"])
@PROMPTS
def test_conversions_of_mlx_vlm(monkeypatch: pytest.MonkeyPatch, kind: str, prompt: str, held: str) -> None:
    if held == "packed":
        monkeypatch.setattr("dgcli.engine.loading.available_memory", lambda: 0)
    model, inputs, golden = (
        load_engine(FOLDER / f"mlx-{kind}"),
        recorded("forward.safetensors"),
        recorded("mlx-forward.safetensors"),
    )
    canvas, cache = inputs[f"{prompt}.canvas"], model.encode(inputs[f"{prompt}.prompt"])
    first = model.denoise(canvas, cache)
    for name, logits in (("logits", first), ("logits_self_conditioned", model.denoise(canvas, cache, first / 0.7))):
        expected = golden[f"mlx-{kind}.{prompt}.{name}"]
        assert same_argmax(logits, expected)
        assert relative(logits, expected) < 1e-4
