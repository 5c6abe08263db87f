from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.tasks.infill.filled import Fill
from dgcli.tasks.infill.infill import Decision, Offer, Verdict
from dgcli.text.document import Span
from dgcli.watch.keys import Keys
from dgcli.watch.picker import HELP, Picker, picker_lines


def offer(fills: Sequence[str], before: str = "The cat ", behind: str = " the mat.") -> Offer:
    span = Span(start=0, end=5)
    made = [Fill(span=span, old="[[?]]", text=text, tokens=1, score=0.0, converged=True, canvas=0) for text in fills]
    return Offer(hole=1, holes=2, before=before, fills=tuple(made), behind=behind)


class Pressed(Keys):
    """Keys that were pressed beforehand."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def __enter__(self) -> Pressed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def read(self, seconds: float | None = None) -> str | None:
        return self._names.pop(0)


def pick(*names: str, edit: Callable[[str], str | None] = lambda text: None, hole: int = 2) -> Decision:
    keys = Pressed(names)  # those that editing leaves are read on
    picker = Picker(io.StringIO(), lambda: None, edit, lambda: keys)
    return picker(replace(offer(["sat on", "lay on", "left"]), hole=hole))


@pytest.mark.parametrize(
    ("keys", "decision"),
    [
        (["enter"], 0),
        (["down", "enter"], 1),
        (["up", "enter"], 2),
        (["down", "down", "down", "enter"], 0),
        (["3", "enter"], 2),
        (["9", "x", "enter"], 0),
        (["r"], Verdict.AGAIN),
        (["s"], Verdict.SKIP),
        (["b"], Verdict.BACK),
        *([[key], Verdict.STOP] for key in ("q", "escape", "ctrl-d")),
    ],
)
def test_keys_decide(keys: list[str], decision: Decision) -> None:
    assert pick(*keys) == decision


def test_giving_everything_up() -> None:
    with pytest.raises(KeyboardInterrupt):
        pick("ctrl-c")


def test_before_the_first_hole_there_is_none() -> None:
    assert pick("b", "down", "enter", hole=1) == 1


def test_the_chosen_fill_is_edited_and_taken() -> None:
    assert pick("down", "e", edit=lambda text: f"{text}, quite") == "lay on, quite"


def test_an_editor_that_fails_changes_nothing() -> None:
    assert pick("down", "e", "enter", edit=lambda text: None) == 1


def test_the_chosen_fill_stands_in_its_place() -> None:
    lines = [line.data for line in picker_lines(offer(["sat on", "lay on"]), 1, 60, 20)]
    assert lines[1] == "The cat lay on the mat."
    assert "  1  sat on" in lines[2]
    assert "❯ 2  lay on" in lines[3]
    assert HELP in lines[4]


texts = st.text(max_size=60) | st.sampled_from(["\x1b[2J", "日本語" * 20, "👩‍👩‍👧" * 9, "\r\n\t"])


@given(
    st.lists(texts, min_size=1, max_size=12),
    texts,
    texts,
    st.tuples(st.integers(4, 100), st.integers(3, 30)),
    st.data(),
)
def test_a_picture_never_exceeds_the_window(
    fills: list[str], before: str, behind: str, window: tuple[int, int], data: st.DataObject
) -> None:
    width, height = window
    at = data.draw(st.integers(0, min(len(fills), 9) - 1))
    lines = picker_lines(offer(fills, before, behind), at, width, height)
    assert 0 < len(lines) <= height
    assert all(line.width <= width for line in lines)
    assert any("❯" in line.data for line in lines)
    for line in lines:
        plain = line.data.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
        assert "\x1b" not in plain
        assert "\n" not in plain
