"""How many bytes a step moves between its logits and the soft embeddings of the next, as Metal computes it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dgcli.diffusion import PhiloxDraws, Site, belief, draws
from dgcli.model import network
from dgcli.model.network import Network
from dgcli.platform import blocks, elementwise
from dgcli.platform.backend import mx, this_backend
from tests.counting import Counted, Operations, Traffic, counted

FREE, VOCAB = 16, 2**17
FUSED = ((belief, "_powers"), (belief, "_shares"), (elementwise, "_softcap"))


def test_a_step_passes_over_its_logits_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """In passes over float32 [free positions, vocabulary], read or written. What is fused is one pass.

    Two bytes a number for the product and for what is mixed, 6 for blocks that are put together,
    2 for forbidden tokens, 2 for known noise, 10 for the belief, 1 for the sample.
    """
    traffic = Traffic()
    metal = replace(this_backend(), device="metal")
    for module in (blocks, elementwise):
        monkeypatch.setattr(module, "this_backend", lambda: metal)
    monkeypatch.setattr(blocks, "MULTIPLIED", 4 * VOCAB)
    monkeypatch.setattr(blocks, "_SMALL", VOCAB)
    for module in (blocks, belief, draws):
        monkeypatch.setattr(module, "mx", Operations(traffic))
    for module, name in FUSED:
        monkeypatch.setattr(module, name, counted(getattr(module, name), traffic))
    monkeypatch.setattr(elementwise, "mx", Operations(traffic))
    logits = mx.random.normal((FREE, VOCAB), key=mx.random.key(1)).astype(mx.bfloat16)

    def head(rows: Counted) -> Counted:
        start = int(rows.array[0].item())
        traffic.wrote(logits[start : start + rows.shape[0]])
        return Counted(logits[start : start + rows.shape[0]], traffic)

    head.shape = (VOCAB, 1)  # type: ignore[attr-defined]

    def mix(rows: Counted) -> Counted:
        traffic.read(rows.astype(mx.bfloat16).array)
        return Counted(mx.zeros((rows.shape[0], 1)), traffic)

    made: Any = SimpleNamespace(
        config=SimpleNamespace(softcap=30.0, embedding_scale=1),
        denoiser_head=head,
        denoiser_embedding=SimpleNamespace(mix=mix, shape=(VOCAB, 1)),
        dtype=mx.bfloat16,
    )
    made._capped = lambda raw: Network._capped(made, raw)
    made._scaled = lambda found: found
    capped = Network.canvas_logits(made, cast("mx.array", Counted(mx.arange(FREE), traffic)))
    allowed = capped + Counted(mx.zeros((VOCAB,)), traffic)
    found = belief.believe(allowed, 0.6, [(3, 1e9)] * FREE)
    PhiloxDraws(1, VOCAB).sample(1, [Site(0, place) for place in range(FREE)], found.probability)
    Network.mix(made, found.probability)
    assert network.in_products is blocks.in_products
    passes = traffic.nbytes / (4 * FREE * VOCAB)
    assert passes == pytest.approx(25.1, abs=0.1)
