"""What is believed of logits: their softmax at a temperature, and how unsure that is."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import pytest

from dgcli.diffusion import Logits, belief
from dgcli.diffusion.belief import believe, discounted
from dgcli.platform.backend import mx, this_backend

LOGITS = (2.0, 0.0, -1.0, 0.5)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_belief_is_the_softmax_of_logits_divided_by_the_temperature(temperature: float) -> None:
    powers = [exp(logit / temperature) for logit in LOGITS]
    expected = [power / sum(powers) for power in powers]
    found = believe(Logits(mx.array([LOGITS])), temperature)
    assert found.probability.tolist()[0] == pytest.approx(expected, abs=1e-5)
    assert found.entropy == pytest.approx([-sum(one * log(one) for one in expected)], abs=1e-4)
    assert found.argmax == [0]


def test_a_higher_temperature_is_less_sure_of_the_same_token() -> None:
    cold, hot = believe(Logits(mx.array([LOGITS])), 0.5), believe(Logits(mx.array([LOGITS])), 2.0)
    assert cold.entropy[0] < hot.entropy[0]
    assert cold.argmax == hot.argmax


@pytest.mark.parametrize("temperature", [0.1, 0.8])
@pytest.mark.parametrize("cap", [None, 30.0])
def test_metal_believes_what_the_cpu_believes(
    monkeypatch: pytest.MonkeyPatch, cap: float | None, temperature: float
) -> None:
    """Whatever is forbidden, discounted, kept or neither, and in whatever type the logits come."""
    raw = 8 * mx.random.normal((6, 300), key=mx.random.key(3)).astype(mx.bfloat16)
    forbidden = mx.where(mx.arange(300) < 20, -1e9, 0.0)
    own = [(25, 1e9), (30, 0.0), (31, -1e9), (32, 0.5), (3, 1e9), (299, 0.0)]
    logits = Logits(raw, cap).lowered(forbidden)
    given: list[mx.array] = []

    def sample(rows: range, probability: mx.array) -> list[int]:
        given.append(probability)
        return list(rows)

    expected = believe(logits, temperature, own, sample)
    monkeypatch.setattr(belief, "this_backend", lambda: replace(this_backend(), device="metal"))
    found = believe(logits, temperature, own, sample)
    assert found.argmax == expected.argmax
    assert found.argmax[2] == 31
    assert found.sampled == expected.sampled == list(range(6))
    assert found.entropy == pytest.approx(expected.entropy, abs=1e-4)
    assert mx.abs(given[1] - given[0]).max().item() < 1e-4
    assert given[1][:, :20].max().item() == 0
    assert found.probability.dtype == mx.bfloat16
    assert mx.array_equal(found.probability, given[1].astype(mx.bfloat16)).item()


def test_a_discount_takes_its_nats_from_one_token_of_each_row() -> None:
    found = discounted(mx.array([LOGITS, LOGITS]), mx.array([1, 3]), mx.array([0.5, 2.0]))
    assert found.tolist() == [
        [2.0, -0.5, -1.0, 0.5],
        [2.0, 0.0, -1.0, -1.5],
    ]
