"""The bar of a long job fits its window, and says the most that there is room for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dgcli.cli.following import Follower
from dgcli.cli.progress import Meter
from dgcli.platform.environment import Environment
from dgcli.tune.progress import Measured, Progress
from dgcli.watch.width import columns
from tests.cli.conftest import Terminal

WIDTHS = (120, 79, 59, 39, 24, 12, 5, 1)


def an_environment(stderr: io.StringIO) -> Environment:
    return Environment(io.BytesIO(), io.BytesIO(), stderr, {"TERM": "xterm"}, lambda: 0.0, Path())


def a_follower(stderr: io.StringIO) -> Follower:
    follower = Follower(an_environment(stderr), quiet=False)
    follower.take(Measured(0, 4.049, {}, 4.049, 1.0))
    follower.take(Progress(86, 210, 3.21, 1e-4, 1.0, 100, 60.0, 540.0))
    return follower


def test_a_run_in_windows_of_all_widths() -> None:
    found = [a_follower(io.StringIO())._line(width) for width in WIDTHS]
    assert all(columns(line) <= width for line, width in zip(found, WIDTHS, strict=True))
    assert found[0].endswith(" step 86 of 210, loss 3.21, held out 4.049 (best 4.049), about 9 min left")
    assert found[1].endswith("░ step 86 of 210, held out 4.049, about 9 min left")
    assert found[2].endswith("░ 86 of 210, held out 4.049, 9 min left")
    assert found[3].endswith("░ about 9 min left")


@pytest.mark.parametrize("done", [0, 10**9, 15 * 10**9])
def test_a_job_over_bytes_in_windows_of_all_widths(done: int) -> None:
    meter = Meter(an_environment(io.StringIO()), "fetching", quiet=False)
    meter.show(done, 15 * 10**9)
    for width in WIDTHS:
        assert columns(meter._line(width)) <= width
    assert "of 15.0 GB" in meter._line(79)


def test_the_bar_is_gone_in_the_end_and_makes_way_for_what_is_said() -> None:
    stderr = Terminal()
    env = an_environment(stderr)
    with Follower(env, quiet=False) as follower:
        follower.tell("dg: something.")
        assert len(env.asides) == 1
    assert not env.asides
    said = stderr.getvalue()
    assert "\r\x1b[J\x1b[?7h\x1b[?25hdg: something.\n" in said  # long lines break, they are not cut
    assert said.rindex("\r\x1b[J") > said.rindex("learning")


def test_nothing_is_drawn_where_it_is_to_be_quiet() -> None:
    stderr = Terminal()
    with Follower(an_environment(stderr), quiet=True) as follower:
        follower.take(Measured(0, 4.0, {}, 4.0, 1.0))
        follower.tell("dg: something.")
    assert not stderr.getvalue()
