from __future__ import annotations

import json

import pytest

from dgcli.cli.speed import Speed, line
from tests.checkpoints import TINY
from tests.cli.conftest import Dg


def test_one_line_to_quote(dg: Dg) -> None:
    done = dg("bench", "--steps", "3", "--prompt", "40")
    assert done.code == 0, done.stderr
    assert done.text.count("\n") == 1
    for part in ("load ", "prefill ", "ms/step of 32 tokens", "3 steps", "tok/s", "peak ", "mlx "):
        assert part in done.text


def test_the_same_as_json(dg: Dg) -> None:
    found = json.loads(dg("bench", "--steps", "3", "--prompt", "40", "--width", "16", "--json").stdout)
    assert found.keys() == Speed.__dataclass_fields__.keys()
    assert (found["width"], found["steps"], found["prompt"]) == (16, 3, 40)
    assert found["model"] == str(TINY)
    seconds = found["first_step"] + 2 * found["ms_per_step"] / 1000  # of two steps, the median is the mean
    assert found["tokens_per_second"] == pytest.approx(16 / seconds, rel=0.05)
    assert found["peak_memory"] > found["weights"] > 0
    assert "16 tokens" in line(Speed(**found))


@pytest.mark.parametrize(("arguments", "code"), [(["--width", "33"], 2), (["--prompt", "0"], 2), (["-m", "./none"], 3)])
def test_what_cannot_be_measured(dg: Dg, arguments: list[str], code: int) -> None:
    assert dg("bench", *arguments).code == code
