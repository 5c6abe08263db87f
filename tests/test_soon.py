from __future__ import annotations

from threading import Event

import pytest

from dgcli.platform.soon import Soon


def test_it_runs_beside_what_follows() -> None:
    go = Event()
    soon = Soon(lambda: go.wait(60))
    go.set()
    assert soon.result() is True
    assert soon.result() is True


def test_an_error_is_raised_where_the_value_is_asked_for() -> None:
    soon = Soon(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        soon.result()
