from __future__ import annotations

from dataclasses import replace

from dgcli.diffusion import PhiloxDraws, denoise
from dgcli.events import Canvas, CanvasStart, Draft, Event, Filled, Focus, Step, Trial
from dgcli.settings import DenoiseSettings
from dgcli.watch.picture import Look, picture
from dgcli.watch.view import View
from dgcli.watch.watch import Watch
from tests.fakes import Letters, Oracle
from tests.watch.runs import DRAFT, Clock, events, pieces, rewriting

LETTERS = Letters()


def text_of(watch: Watch) -> str:
    scene = watch.scene()
    around = scene.around
    hole = "".join(cell.text for cell in scene.cells) or around.mark
    return "".join(patch.text for patch in around.before) + hole + "".join(patch.text for patch in around.after)


def test_the_document_is_whole_at_every_moment() -> None:
    watch = Watch(pieces, Clock())
    first = "".join(part + mark for part, mark in zip(DRAFT.parts, (*DRAFT.marks, ""), strict=True)).replace(
        "\r\n", "\n"
    )
    for event in events():
        watch.see(event)
        if isinstance(event, Draft):
            assert text_of(watch) == first
        text = text_of(watch)
        assert text.startswith("# The mill\n\nThe old mill stands ")
        assert text.endswith(" and the doors\tare shut.\n- 日本語, e\u0301 and 👩‍👩‍👧 live here.\n")
    watch.finish()
    assert "stands by the side of the river" in text_of(watch)
    assert "The wheel turns slowly and" in text_of(watch)


def test_a_space_before_a_hole_is_shown_once() -> None:
    watch = Watch(LETTERS.pieces, Clock())
    target = LETTERS.encode("ab word cd")
    canvas = Canvas(tokens=target, free=(False,) * 2 + (True,) * 5 + (False,) * 3)  # the space belongs to the word
    watch.see(Draft(parts=("ab ", " cd"), marks=("[[?]]",)))
    watch.see(CanvasStart(canvas=0, role="candidate", prompt=(), width=10))
    for step in denoise(Oracle(target, 200), canvas, DenoiseSettings(), PhiloxDraws(1, 200)):
        watch.see(step)
    assert text_of(watch) == "ab word cd"


def test_held_tokens_may_stand_in_a_hole_too() -> None:
    watch = Watch(LETTERS.pieces, Clock())
    target = LETTERS.encode("ab kept word kept cd")
    canvas = Canvas(tokens=target, free=(False,) * 8 + (True,) * 4 + (False,) * 8)
    watch.see(Draft(parts=("ab ", " cd"), marks=("kept text kept",)))
    watch.see(CanvasStart(canvas=0, role="candidate", prompt=(), width=20, place=(2, 17)))
    for step in denoise(Oracle(target, 200), canvas, DenoiseSettings(), PhiloxDraws(1, 200)):
        watch.see(step)
    assert text_of(watch) == "ab kept word kept cd"


def test_without_a_document_the_canvases_are_the_text() -> None:
    watch = Watch(LETTERS.pieces, Clock())
    for number, text in enumerate(("One.\nTwo", " and\nthree.")):
        target = LETTERS.encode(text)
        watch.see(CanvasStart(canvas=number, role="answer", prompt=(), width=len(target)))
        canvas = Canvas.blank(len(target))
        for step in denoise(Oracle(target, 200), canvas, DenoiseSettings(), PhiloxDraws(1, 200), number):
            watch.see(step)
    watch.finish()
    lines = picture(watch.scene(), Look(width=40, height=10)).lines
    assert lines[:3] == ("One.", "Two and", "three.")
    assert lines[-1].startswith("done  ")


def test_what_is_left_as_it_was() -> None:
    watch = Watch(pieces, Clock())
    kept: list[Event] = [DRAFT, Filled(hole=1, text="[[?]]"), Filled(hole=2, text="x")]
    for event in kept:
        assert watch.see(event)
    assert "stands [[?]] the river" in text_of(watch)
    assert watch.scene().numbers.holes == 2
    watch.finish()
    assert watch.scene().numbers.holes == 1


def test_a_text_that_is_tried_stands_in_the_hole_and_the_status_line_counts() -> None:
    watch = Watch(pieces, Clock())
    seen = []
    for event in events():
        new = watch.see(event)
        if isinstance(event, Trial):
            assert new
            frame = picture(watch.scene(), Look(width=80, height=16))
            assert any(
                run.text.endswith(event.text.lstrip()) for row in frame.rows for run in row if run.tag == "tried"
            )
            seen.append(frame.lines[-1].partition("  0:")[0])
    first, second = (f"hole {hole}/2  {{}}, text {{}} of 3" for hole in (1, 2))
    assert seen == [each.format(*what) for each in (first, second) for what in (("writing", 1), ("judging", 2))]


def test_of_a_long_text_that_is_tried_one_line_shows_where_it_grows() -> None:
    watch = Watch(pieces, Clock())
    for event in events():
        watch.see(event)
        if isinstance(event, Trial):
            watch.see(replace(event, text="a long way " * 20 + "to go"))
            assert "to go" in picture(watch.scene(), Look(width=40, height=1, view=View.line)).lines[0]


def test_a_block_is_in_sight_as_a_whole_while_a_part_of_it_is_worked_on() -> None:
    watch = Watch(pieces, Clock())
    texts = []
    for event in rewriting():
        watch.see(event)
        if isinstance(event, Focus | Trial):
            texts.append(text_of(watch).removeprefix("Hi,\n\n").removesuffix("\n\nTom\n"))
            assert not watch.scene().numbers.filled
    first = ["We r late. See u!", "We are See u!", "We are late. See u!", "We are late. See u!"]
    second = [f"We are late. {text}" for text in ("See u!", "See yo", "See you soon.", "See you soon.")]
    assert texts == first + second


def test_lines_keep_their_numbers_while_a_wrapped_block_is_worked_on() -> None:
    watch = Watch(pieces, Clock())
    for event in rewriting():
        wrapped = replace(event, marks=("We r late.\nSee u!",)) if isinstance(event, Draft) else event
        watch.see(wrapped)
        if not isinstance(event, Filled):
            *text, legend, _ = picture(watch.scene(), Look(width=40, height=12)).lines
            assert text[-2:] == [" 5 │ ", " 6 │ Tom"]
            assert "lines 1–6 of 6" in legend


def test_tokens_are_told_where_all_of_them_are_known() -> None:
    for whole in (True, False):
        watch = Watch(pieces, Clock())
        for event in events():
            by_encoder = not whole and isinstance(event, Filled) and event.hole == 1
            watch.see(replace(event, canvas=None) if by_encoder else event)
        watch.finish()
        assert ("tokens" in picture(watch.scene(), Look(width=80, height=16)).lines[-1]) == whole


def test_dropped_frames_cost_no_decoding() -> None:
    calls: list[object] = []

    def counted(ids: object) -> tuple[str, ...]:
        calls.append(ids)
        return pieces(ids)

    watch = Watch(counted, Clock())
    steps = [event for event in events() if watch.see(event) and isinstance(event, Step)]
    assert len(steps) > 5
    assert not calls


def test_another_canvas_in_the_lead_is_told_for_a_second() -> None:
    """But not at the first step, before which none led."""
    clock = Clock()
    watch = Watch(LETTERS.pieces, clock)
    for number in range(2):
        watch.see(CanvasStart(canvas=number, role="candidate", prompt=(), width=1, hole=1, holes=1))
    one = {"input": (1,), "sampled": (1,), "argmax": (1,), "accepted": (False,), "free": (True,), "next_input": (1,)}
    for canvas, number, entropy, overtaken in ((0, 1, 4.0, False), (1, 1, 2.0, False), (0, 2, 1.0, True)):
        watch.see(Step(canvas=canvas, step=number, of=9, temperature=1.0, entropy=(entropy,), settled=False, **one))  # type: ignore[arg-type]
        assert watch.scene().numbers.overtaken is overtaken
    clock.now += 1.0
    assert not watch.scene().numbers.overtaken
