"""What is believed of logits: their softmax at a temperature, and how unsure that is."""

from __future__ import annotations

from math import exp, log

import pytest

from dgcli.diffusion.belief import believe, discounted
from dgcli.platform.backend import mx

LOGITS = (2.0, 0.0, -1.0, 0.5)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_belief_is_the_softmax_of_logits_divided_by_the_temperature(temperature: float) -> None:
    powers = [exp(logit / temperature) for logit in LOGITS]
    expected = [power / sum(powers) for power in powers]
    found = believe(mx.array([LOGITS]), temperature)
    assert found.probability.tolist()[0] == pytest.approx(expected, abs=1e-5)
    assert found.entropy == pytest.approx([-sum(one * log(one) for one in expected)], abs=1e-4)
    assert found.argmax == [0]


def test_a_higher_temperature_is_less_sure_of_the_same_token() -> None:
    cold, hot = believe(mx.array([LOGITS]), 0.5), believe(mx.array([LOGITS]), 2.0)
    assert cold.entropy[0] < hot.entropy[0]
    assert cold.argmax == hot.argmax


def test_a_discount_takes_its_nats_from_one_token_of_each_row() -> None:
    found = discounted(mx.array([LOGITS, LOGITS]), mx.array([1, 3]), mx.array([0.5, 2.0]))
    assert found.tolist() == [
        [2.0, -0.5, -1.0, 0.5],
        [2.0, 0.0, -1.0, -1.5],
    ]
