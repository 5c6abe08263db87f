"""How many bytes a step moves between its logits and the soft embeddings of the next, as Metal computes it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dgcli.diffusion import Logits, PhiloxDraws, Site, belief, draws
from dgcli.model.network import Network
from dgcli.platform import blocks, elementwise
from dgcli.platform.backend import mx, this_backend
from tests.counting import Counted, Operations, Traffic, counted

FREE, VOCAB = 16, 2**17


def test_a_step_passes_over_its_logits_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """In passes over float32 [free positions, vocabulary], read or written. What is fused is one pass.

    The product and what is mixed have two bytes a number, and so has what is kept of the belief. The penalty of
    forbidden tokens is read once for each of the four blocks here.
    """
    traffic = Traffic()
    metal = replace(this_backend(), device="metal")
    for module in (belief, blocks, elementwise):
        monkeypatch.setattr(module, "this_backend", lambda: metal)
    monkeypatch.setattr(blocks, "SMALL", 4 * VOCAB)
    for module in (blocks, belief, draws):
        monkeypatch.setattr(module, "mx", Operations(traffic))
    for name in ("_scaled", "_told"):
        monkeypatch.setattr(belief, name, counted(getattr(belief, name), traffic))
    made: Any = SimpleNamespace(
        config=SimpleNamespace(softcap=30.0),
        denoiser_head=counted(lambda hidden: mx.random.normal((FREE, VOCAB)).astype(mx.bfloat16), traffic),
        denoiser_embedding=SimpleNamespace(mix=counted(lambda rows: rows[:, :1], traffic)),
        dtype=mx.bfloat16,
    )
    made.denoiser_head.shape = (VOCAB, 1)
    made._scaled = lambda found: found

    def passes() -> float:
        return traffic.nbytes / (4 * FREE * VOCAB)

    logits: Logits = Network.canvas_logits(made, cast("mx.array", Counted(mx.zeros((FREE, 1)), traffic)))
    assert passes() == pytest.approx(0.5, abs=0.01)  # the product is written
    logits = logits.lowered(cast("mx.array", Counted(mx.zeros((VOCAB,)), traffic)))
    sites = [Site(0, place) for place in range(FREE)]
    drawn = PhiloxDraws(1, VOCAB)
    found = belief.believe(
        logits, 0.6, [(3, 1e9)] * FREE, lambda rows, each: drawn.sample(1, sites[rows.start : rows.stop], each)
    )
    assert passes() == pytest.approx(11.3, abs=0.1)
    Network.mix(made, found.probability)
    assert passes() == pytest.approx(11.8, abs=0.1)  # what was kept is read
