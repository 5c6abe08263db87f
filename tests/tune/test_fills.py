"""Fills that a person chose: what each mode of a model learns of them."""

from __future__ import annotations

from dgcli.tasks.infill.judge import AHEAD
from dgcli.tasks.infill.layout import Gap, lay_out_gap
from dgcli.tune.data.fills import FilledHole, fill_examples
from tests.tune.data import BARE, CHAT, RELEASED

FILLED = FilledHole("At noon we ", "raised the cape", ", bearing NE by a point.")


def test_a_fill_is_a_hole_as_infill_asks_for_it() -> None:
    (found,) = fill_examples(FILLED, RELEASED)
    assert found == RELEASED.fill(Gap(left=FILLED.before, right=FILLED.behind), FILLED.fill)
    assert found.modes == ("encoder", "denoiser")
    assert CHAT.tokenizer.decode([found.ids[place] for place in found.learned]) == " raised the cape"


def test_an_encoder_that_reads_texts_as_they_stand_learns_to_write_it_and_to_arrive_behind_it() -> None:
    denoised, written = fill_examples(FILLED, BARE)
    assert (denoised.modes, written.modes) == (("denoiser",), ("encoder",))
    decode = CHAT.tokenizer.decode
    assert decode(written.ids[: written.given]) == "At noon we"
    assert decode(written.ids[written.given :]) == " raised the cape" + FILLED.behind[:AHEAD]


def test_what_the_mark_asked_for_is_read_before() -> None:
    """By both modes, as `dg infill` lays it out."""
    asked = FilledHole(FILLED.before, FILLED.fill, FILLED.behind, hint="what was seen")
    for asking in (RELEASED, BARE):
        gap = Gap(left=asked.before, right=asked.behind, hint=asked.hint)
        layout = lay_out_gap(gap, CHAT, asking.canvas_length, 192, asking.holes)
        for example in fill_examples(asked, asking):
            assert example.ids[: len(layout.prompt)] == layout.prompt
            assert "what was seen" in CHAT.tokenizer.decode(layout.prompt)


def test_a_fill_that_no_canvas_holds_is_left_out() -> None:
    assert fill_examples(FilledHole("a", "b" * 300, "c"), RELEASED) == ()
