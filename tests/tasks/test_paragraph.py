"""A paragraph is its passages: what each comes to is put together, counted and checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import replace

import pytest

from dgcli.events import Event, Filled, Focus
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.paragraph import Paragraph, rewrite_paragraph
from dgcli.tasks.restyle.passage import Passage, joined
from dgcli.tasks.restyle.propose import Cost
from dgcli.tasks.restyle.select import Rewritten
from dgcli.text.blocks import Prose
from tests.fakes import Letters, Parrot
from tests.tasks.test_restyle import session as of_a_canvas

THREE = "one word here. two words here. six words here."
PLAIN = Prose(source=f"{THREE}\n", text=THREE, first="", rest="", end="\n", newline="\n", width=None)
Way = Callable[[Passage, int], Rewritten]


def run(
    way: Way,
    prose: Prose = PLAIN,
    *,
    manner: Manner | None = None,
    canvas_length: int = 60,
    fits: Callable[[str], bool] = lambda text: True,
) -> tuple[list[Event], Rewritten, list[str]]:
    """The events, the outcome, and the passages that were asked for; a third of the canvas holds one sentence."""
    asked: list[str] = []

    def rewrite(session: Session, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
        asked.append(passage.text)
        yield from ()
        return way(passage, first_canvas)

    paragraph = Paragraph(prose=prose, fits=fits, hole=4, holes=7, first_canvas=30)
    session = of_a_canvas(Parrot(Letters(), canvas_length=canvas_length, context_length=900))
    run = rewrite_paragraph(session, paragraph, manner or Manner(register="Make it loud."), rewrite)
    events: list[Event] = []
    while True:
        try:
            events.append(next(run))
        except StopIteration as end:
            return events, end.value, asked


def louder(passage: Passage, first_canvas: int) -> Rewritten:
    return Rewritten(text=passage.text.upper())


def test_passages_come_one_after_the_other_and_each_is_seen_in_its_place() -> None:
    events, made, asked = run(louder)
    assert asked == ["one word here.", "two words here.", "six words here."]
    assert made.text == THREE.upper()
    one, two, three = "one word here.", "two words here.", "six words here."
    assert events == [  # that all of it is rewritten is the paragraph's to say
        Focus(hole=4, holes=7, before="", old=one, behind=f" {two} {three}"),
        Filled(hole=4, text=f"{one.upper()} {two} {three}", canvas=None),
        Focus(hole=4, holes=7, before=f"{one.upper()} ", old=two, behind=f" {three}"),
        Filled(hole=4, text=f"{one.upper()} {two.upper()} {three}", canvas=None),
        Focus(hole=4, holes=7, before=f"{one.upper()} {two.upper()} ", old=three, behind=""),
    ]


def test_what_is_seen_between_two_passages_is_laid_out_as_it_was() -> None:
    wrapped = "one word here.\ntwo words here.\nsix words here."
    prose = replace(PLAIN, source=f"- {wrapped}\n".replace("\n", "\n  ", 2), first="- ", rest="  ", width=17)
    events, _, _ = run(louder, prose)
    first = next(event.text for event in events if isinstance(event, Filled))
    assert first == "ONE WORD HERE. two\n  words here. six\n  words here."


def test_a_passage_that_stays_as_it_was_is_no_event() -> None:
    events, made, _ = run(lambda passage, _: Rewritten(text=passage.text.replace("two", "2 or more")))
    assert [event.text for event in events if isinstance(event, Filled)] == [made.text]


def test_canvases_and_costs_add_up() -> None:
    """Each passage numbers its canvases behind those of the passages before it."""
    firsts: list[int] = []

    def way(passage: Passage, first_canvas: int) -> Rewritten:
        firsts.append(first_canvas)
        return Rewritten(text=passage.text, cost=Cost(canvases=len(firsts), steps=2, tokens=5))

    assert run(way)[1].cost == Cost(canvases=1 + 2 + 3, steps=6, tokens=15)
    assert firsts == [30, 31, 33]


def test_the_canvas_is_the_last_that_something_was_taken_from_and_the_score_is_the_mean() -> None:
    outcomes = {"one": (3, -1.0), "two": (8, -2.0), "six": (None, -6.0)}

    def way(passage: Passage, _: int) -> Rewritten:
        canvas, score = outcomes[passage.text[:3]]
        return Rewritten(text=passage.text, canvas=canvas, score=score)

    _, made, _ = run(way)
    assert (made.canvas, made.score) == (8, -3.0)


def test_others_of_a_paragraph_take_the_others_of_each_passage() -> None:
    def way(passage: Passage, _: int) -> Rewritten:
        others = (passage.text.title(), passage.text.swapcase())[: 1 + passage.text.startswith("two")]
        return Rewritten(text=passage.text.upper(), others=others)

    assert run(way)[1].others == (THREE.title(), "ONE WORD HERE. TWO WORDS HERE. SIX WORDS HERE.")


def test_others_that_are_not_sound_as_a_whole_are_left_out() -> None:
    def way(passage: Passage, _: int) -> Rewritten:
        return Rewritten(text=passage.text.upper(), others=(passage.text.replace("two", "nine"), passage.text))

    assert run(way, canvas_length=300)[1].others == (THREE,)


def test_a_subject_without_a_full_stop_gets_none() -> None:
    prose = replace(PLAIN, text="one word here", subject=True)
    _, made, _ = run(lambda passage, _: Rewritten(text="Other words.", others=("More words.",)), prose)
    assert (made.text, made.others) == ("Other words", ("More words",))


def test_a_fault_is_told_once_and_one_of_the_whole_alone() -> None:
    def way(passage: Passage, _: int) -> Rewritten:
        return Rewritten(
            text=passage.text.upper(), faults=("a fault", "another" if "two" in passage.text else "a fault")
        )

    assert run(way)[1].faults == ("a fault", "another")
    _, made, _ = run(way, fits=lambda text: "SIX" not in text)
    assert (made.text, made.faults) == (THREE, ("its structure would not be kept",))


@pytest.mark.parametrize("kept", ["here", "two"])
def test_what_is_lost_of_the_whole_is_named(kept: str) -> None:
    manner = Manner(register="Make it loud.", keep=(re.compile(kept),))
    _, made, _ = run(lambda passage, _: Rewritten(text="Other words."), manner=manner)
    assert (made.text, made.faults) == (THREE, (f"{kept!r} would not be kept",))


def test_a_passage_of_kept_strings_alone_is_not_asked_for() -> None:
    prose = replace(PLAIN, text="one word here. https://example.org/a six words here.")
    assert run(louder, prose)[2] == ["one word here.", "six words here."]


def test_marks_of_a_format_are_kept_as_if_they_had_been_named() -> None:
    prose = replace(PLAIN, text="one <b>word</b> here.", marks=re.compile("<[^>]*>"), markdown=False)
    asked: list[Passage] = []

    def way(passage: Passage, _: int) -> Rewritten:
        asked.append(passage)
        return Rewritten(text=passage.text)

    run(way, prose, canvas_length=300)
    assert "".join(unit.whole for unit in asked[0].units if unit.held).count("<") == 2


def test_words_of_an_example_are_kept_in_whatever_case() -> None:
    manner = Manner(register="Make it loud.", examples=(("two words", "a few"),))
    prose = replace(PLAIN, text="one word here. Two words here.")

    def way(passage: Passage, _: int) -> Rewritten:
        return Rewritten(text=joined([unit if unit.held else replace(unit, text="so") for unit in passage.units]))

    _, made, asked = run(way, prose, manner=manner)
    assert (asked[1], made.text) == ("A few here.", "so so so A few so")
    _, made, _ = run(lambda passage, _: Rewritten(text=passage.text.replace("few", "lot")), prose, manner=manner)
    assert made.faults == ("'A few' would not be kept",)


@pytest.mark.parametrize(("length", "reached"), [(30, True), (31, False)])
def test_a_passage_that_fills_more_than_half_the_canvas_is_left(length: int, reached: bool) -> None:
    prose = replace(PLAIN, text=("a\u200d" * 20)[:length])  # joined: there is no place to cut it
    _, made, asked = run(lambda passage, _: Rewritten(text=passage.text), prose)
    assert bool(asked) == reached
    assert made.faults == (() if reached else ("it has no place where it could be cut",))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("<i>one word here</i>", "one word here"),
        ("one word here</i>", "one word here"),  # whose other half stands before the words
        ("<b><i>one word</i> here</b>", "<i>one word</i> here"),
        ("<c.loud>one word here", "one word here"),
        ("**one word here.**", "one word here."),
        ("**one** word **here**", "**one** word **here**"),
        ("<i>one</i> word <i>here</i>", "<i>one</i> word <i>here</i>"),
        ("<https://a.b> one word here", "<https://a.b> one word here"),
    ],
)
def test_markup_around_all_words_of_a_passage_is_set_aside_and_put_back(text: str, asked: str) -> None:
    """So a text for the whole passage may be taken, which the model writes without it."""

    def way(passage: Passage, _: int) -> Rewritten:
        return Rewritten(text=passage.text.replace("word", "words"), others=(passage.text,))

    _, made, passages = run(way, replace(PLAIN, text=text), canvas_length=300)
    assert passages == [asked]
    assert (made.text, made.others) == (text.replace("word", "words"), (text,))
