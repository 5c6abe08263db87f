"""Old text as the start of a hole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.events import CanvasStart, Step
from dgcli.settings import DenoiseSettings
from dgcli.tasks.infill.infill import infill
from dgcli.tasks.infill.layout import Gap
from dgcli.tasks.infill.seeding import old_tokens
from dgcli.text.marks import choose_matches, choose_span, compile_pattern, find_marks
from tests.fakes import Letters, Parrot, finished
from tests.tasks.test_hole import session


@pytest.mark.parametrize(("left", "text"), [("One ", " two"), ("One\n", "two"), ("", "two"), ("One  ", "two")])
def test_the_old_text_has_the_space_that_a_fill_has(left: str, text: str) -> None:
    assert old_tokens(Gap(left=left, right="", old="two"), Letters()) == Letters().encode(text)


def test_one_canvas_of_the_old_length_starts_from_the_old_text() -> None:
    engine = Parrot(Letters())
    document = choose_span("One two three", "x", "4:7", hint="")
    events, result = finished(
        infill(replace(session(engine), settings=DenoiseSettings().with_steps(10)), document, strength=0.01)
    )
    (start,) = (event for event in events if isinstance(event, CanvasStart))
    (step,) = (event for event in events if isinstance(event, Step))
    assert start.role == "candidate"
    assert (step.step, step.of) == (1, 1)
    assert engine.tokenizer.decode(step.input).startswith("One two three")
    assert result.fills[0].tokens == 4


@given(st.text(alphabet="ab \r\n.é", max_size=30), st.sampled_from(["a", r"\s+", ".+", "é"]))
def test_strength_0_gives_the_text_as_it_was(text: str, pattern: str) -> None:
    try:
        document = choose_matches(text, "x", compile_pattern(pattern, "--match"), hint="", count=None)
    except InputError:
        return
    events, result = finished(infill(session(Parrot(Letters())), document, strength=0))
    assert (result.text, result.steps_used, result.converged) == (text, 0, True)
    assert not any(isinstance(event, Step) for event in events)


def test_a_mark_has_no_text_to_start_from() -> None:
    _, result = finished(infill(session(Parrot(Letters())), find_marks("One [[?]] three", "x"), strength=0.5))
    _, usual = finished(infill(session(Parrot(Letters())), find_marks("One [[?]] three", "x")))
    assert result == usual


def test_old_text_that_is_longer_than_a_hole() -> None:
    document = choose_span("a " * 200, "x", "20:300", hint="")
    with pytest.raises(InputError, match="281 tokens, but one hole holds"):
        list(infill(session(Parrot(Letters())), document, strength=0.5))
