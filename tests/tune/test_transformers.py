"""The loss of both shapes equals what torch makes of transformers' models on the same noise, canvas by canvas."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dgcli.engine.loading import load_engine
from dgcli.tune.batch import make_batch
from dgcli.tune.example import Example
from dgcli.tune.forward import both_streams
from dgcli.tune.loss import losses
from dgcli.tune.noise import Noise, Noised
from dgcli.tune.pairs import initial
from dgcli.tune.plan import Plan
from tests.checkpoints import TINY
from tests.tune.material import PATCHED, example

pytestmark = pytest.mark.reference

EXAMPLES = (example(90, 3), example(61, 20, held=(25, 26, 40), seed=1))  # a window of 16, canvases of 32 and 24 tokens
Denoise = Callable[[Any, Any, int], Any]  # ids before a canvas, canvas, start -> logits [L, V]


@pytest.mark.parametrize("shape", ["released", "patched"])
def test_losses_are_those_of_transformers(shape: str) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    folder, token = (TINY, None) if shape == "released" else (PATCHED, 3)
    network = load_engine(folder).network
    plan = Plan(mode="each", rank=2, steps=1)
    noise, numbers = Noise(network.config.canvas_length, network.config.vocab_size, token), Random(5)
    noised = [noise(each, numbers) for each in EXAMPLES]
    made = make_batch(network.config, EXAMPLES, noised, encoder=True, every=False)
    streams = both_streams(network, initial(network.config, plan), plan, made)
    found = losses(network, streams, made)
    assert found.denoiser is not None
    assert found.encoder is not None
    with torch.no_grad():
        encode, denoise = _released(folder) if shape == "released" else _patched(folder, network.config)
        pairs = [(encode(each), each) for each in EXAMPLES]
        read = [_nats(logits[index - 1], each.ids[index]) for logits, each in pairs for index in each.learned]
        rows = zip(EXAMPLES, noised, strict=True)
        written = [nats for row in rows for nats in _canvases(denoise, *row, network.config.canvas_length)]
    assert found.encoder.tolist() == pytest.approx(read, abs=2e-4)
    assert found.denoiser.tolist() == pytest.approx(written, abs=2e-4)


def _canvases(denoise: Denoise, each: Example, noised: Noised, length: int) -> list[float]:
    import torch

    found = []
    for start in range(each.given, len(each.ids), length):
        canvas = noised.canvas[start - each.given : start - each.given + length]
        logits = denoise(torch.tensor([each.ids[:start]]), torch.tensor([canvas]), start)
        own = [index for index in noised.noised if start <= index + each.given < start + length]
        found += [_nats(logits[index + each.given - start], each.ids[each.given + index]) for index in own]
    return found


def _nats(logits: Any, token: int) -> float:
    return float(logits.logsumexp(-1) - logits[token])


def _released(folder: Path) -> tuple[Callable[[Example], Any], Denoise]:
    import torch
    from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache

    model = DiffusionGemmaForBlockDiffusion.from_pretrained(folder, dtype=torch.float32).eval()
    cap = 30.0

    def read(ids: Any) -> Any:
        cache = DynamicCache(config=model.config.get_text_config(decoder=True))
        return model.model.encoder(input_ids=ids, past_key_values=cache, position_ids=_positions(0, ids))

    def encode(each: Example) -> Any:
        return cap * torch.tanh(model.lm_head(read(torch.tensor([each.ids])).last_hidden_state)[0] / cap)

    def denoise(before: Any, canvas: Any, start: int) -> Any:
        out = model(
            decoder_input_ids=canvas,
            past_key_values=read(before).past_key_values,
            decoder_position_ids=_positions(start, canvas),
        )
        return out.logits[0].float()

    return encode, denoise


def _patched(folder: Path, config: Any) -> tuple[Callable[[Example], Any], Denoise]:
    import torch
    from safetensors.torch import load_file
    from transformers import LlamaForCausalLM

    from tests.golden.make_patched import ROPE, SIZES, LlamaConfig, ours

    model = LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters=ROPE, tie_word_embeddings=True)).eval()
    weights = load_file(folder / "model.safetensors")
    model.model.load_state_dict({name: weights[ours(name)].float() for name in model.model.state_dict()})

    def encode(each: Example) -> Any:
        return model(torch.tensor([each.ids])).logits[0]

    def denoise(before: Any, canvas: Any, start: int) -> Any:
        read = model(before, use_cache=True, output_hidden_states=True)
        length = canvas.shape[1]
        states = model.model(
            canvas,
            past_key_values=copy.deepcopy(read.past_key_values),
            attention_mask=torch.zeros(1, 1, length, start + length),
            position_ids=_positions(start, canvas),
        ).last_hidden_state
        return model.lm_head(torch.cat([read.hidden_states[-1][:, -1:], states[:, :-1]], dim=1))[0]

    return encode, denoise


def _positions(start: int, ids: Any) -> Any:
    import torch

    return torch.arange(start, start + ids.shape[1])[None]
