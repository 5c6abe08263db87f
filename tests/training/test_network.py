"""What is trained computes what the reference does, and begins where a checkpoint folder left off."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.reference

SIZE = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 96,
    "moe_intermediate_size": 32,
    "num_experts": 3,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
    "head_dim": 16,
    "global_head_dim": 16,
    "sliding_window": 12,
}
LENGTHS = [11, 7, 2]


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)


def model(top_k: int) -> Any:
    """The reference, with weights far from where they begin."""
    import torch
    from model import build, text_weights

    found = build(0, torch.float32, "cpu", SIZE | {"top_k_experts": top_k})
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in text_weights(found).values():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return found


def batch() -> tuple[Any, ...]:
    """Prompts padded on the right, their lengths, canvases, and which of their positions are held."""
    import torch

    generator = torch.Generator().manual_seed(2)
    prompt = torch.randint(3, 96, (3, max(LENGTHS)), generator=generator)
    canvas = torch.randint(3, 96, (3, 8), generator=generator)
    return prompt, torch.tensor(LENGTHS), canvas, torch.rand(canvas.shape, generator=generator) < 0.5


@pytest.mark.parametrize("top_k", [3, 2])
def test_states_and_gradients_are_those_of_the_reference(top_k: int) -> None:
    import torch
    from model import text_weights
    from network import denoise, encode

    reference = model(top_k)
    prompt, length, canvas, held = batch()
    inside = torch.arange(prompt.shape[1]) < length[:, None]

    text = reference.model.encoder(input_ids=prompt, attention_mask=inside.long())
    wanted = [text.last_hidden_state[inside]]
    with hold(reference, held):
        wanted.append(
            reference.model.decoder(
                decoder_input_ids=canvas,
                past_key_values=text.past_key_values,
                decoder_attention_mask=torch.cat([inside, torch.ones_like(held)], 1),
                decoder_position_ids=length[:, None] + torch.arange(canvas.shape[1]),
            ).last_hidden_state
        )
    wanted_gradients = gradients(wanted, text_weights(reference))

    hidden, past = encode(reference, prompt)
    found = [hidden[inside], denoise(reference, canvas, past, length, held=held)]
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    for name, gradient in gradients(found, text_weights(reference)).items():
        torch.testing.assert_close(gradient, wanted_gradients[name], atol=1e-3, rtol=1e-3, msg=name)


def hold(reference: Any, held: Any) -> Any:
    """The reference with held positions self-conditioned on their own token."""
    import torch

    def certain(_: Any, inputs: tuple[Any, Any]) -> tuple[Any, Any]:
        embeddings, soft = inputs
        return embeddings, torch.where(held[..., None], embeddings, soft)

    return reference.model.decoder.self_conditioning.register_forward_pre_hook(certain)


def gradients(states: list[Any], weights: dict[str, Any]) -> dict[str, Any]:
    """Of a sum that weighs every number of the states differently."""
    import torch

    total = sum((state * torch.sin(torch.arange(state.numel()).view(state.shape))).sum() for state in states)
    found = torch.autograd.grad(total, list(weights.values()), allow_unused=True)
    return {name: each for name, each in zip(weights, found, strict=True) if each is not None}


def test_the_loss_is_cross_entropy_under_softcapped_logits() -> None:
    import torch
    from loss import ROWS, head_loss, row_losses

    generator = torch.Generator().manual_seed(3)
    hidden = torch.randn(ROWS + 5, 16, generator=generator, requires_grad=True)
    head = (8 * torch.randn(40, 16, generator=generator)).requires_grad_()
    target = torch.randint(40, (ROWS + 5,), generator=generator)
    weight = torch.rand(ROWS + 5, generator=generator).round(decimals=1)  # some are 0

    wanted = (row_losses(hidden, head, target) * weight).sum() / weight.sum()
    found = head_loss(hidden, head, target, weight)
    torch.testing.assert_close(found, wanted)
    for ours, theirs in zip(
        torch.autograd.grad(found, [hidden, head]), torch.autograd.grad(wanted, [hidden, head]), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_a_run_begins_with_the_packaged_weights() -> None:
    import torch
    from model import build
    from network import encode
    from start import fill

    import dgcli
    from dgcli.backend import mx
    from dgcli.cli.choose import BUNDLED

    packaged = dgcli.load(BUNDLED)
    ids = packaged.tokenizer.encode("The old man opened the door and")
    trained = build(0, torch.float32, "cpu")
    fill(BUNDLED, dict(trained.named_parameters()))
    hidden, _ = encode(trained, torch.tensor([ids]))
    wanted = torch.tensor(packaged.model.encode(mx.array(ids)).hidden.tolist())
    torch.testing.assert_close(hidden[0, -1], wanted.view(-1, wanted.shape[-1])[-1], atol=1e-3, rtol=1e-3)
