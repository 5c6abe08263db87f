"""The infill task on an engine small enough to read: what it promises holds for any document and any model."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.events import CanvasStart, Event, Step
from dgcli.settings import HoleSettings
from dgcli.tasks.choosing import Decision, Offer, Verdict
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.filled import Infilled
from dgcli.tasks.infill.infill import infill
from dgcli.text.marks import MARK, find_marks
from tests.fakes import Letters, Parrot, finished, session_of


def session(engine: Parrot) -> Session:
    return session_of(engine, steps=3)


def run(text: str, engine: Parrot | None = None) -> tuple[list[Event], Infilled]:
    return finished(infill(session(engine or Parrot(Letters())), find_marks(text, "x")))


def test_holes_are_filled_and_nothing_else_changes() -> None:
    _, result = run("One [[?]] three. Four [[?~1]] six.\n")
    assert re.fullmatch(r"One [word ]+ three. Four [word ]+ six.\n", result.text)
    assert [fill.old for fill in result.fills] == ["[[?]]", "[[?~1]]"]
    assert result.converged


def test_a_later_hole_sees_the_fill_before_it_and_the_earlier_one_sees_a_gap() -> None:
    engine = Parrot(Letters(), context_length=400)
    run("One [[?]] three [[?]] five.", engine)
    first, second = (engine.tokenizer.decode(prompt) for prompt in dict.fromkeys(engine.prompts))
    assert "One [[?]] three [...] five." in first
    assert "[...]" not in second
    assert re.search(r"One [word ]+ three \[\[\?\]\] five\.", second)


@pytest.mark.parametrize("only", [{0}, {1}, {2}, {0, 2}, set()])
def test_only_the_holes_that_are_named_are_filled_and_the_others_are_known_to_be_open(only: set[int]) -> None:
    engine = Parrot(Letters(), context_length=800)
    document = find_marks("One [[?]] two [[? three]] four [[?]] five.", "x")
    _, result = finished(infill(session(engine), document, only=only))
    assert [index for index, fill in enumerate(result.fills) if not fill.skipped] == sorted(only)
    parts = re.split(r"\[\[\?.*?\]\]", document.text)
    fills = ["[word ]+" if index in only else re.escape(fill.old) for index, fill in enumerate(result.fills)]
    assert re.fullmatch(
        parts[0] + "".join(fill + part for fill, part in zip(fills, parts[1:], strict=True)), result.text
    )
    asked = [engine.tokenizer.decode(prompt) for prompt in dict.fromkeys(engine.prompts)]
    assert len(asked) == len(only)
    assert all("[...]" in prompt for prompt in asked if only != {0, 2})


def test_hint_and_length_are_asked_for() -> None:
    engine = Parrot(Letters(), context_length=400)
    run("One [[?~2 a number]] three.", engine)
    request = engine.tokenizer.decode(engine.prompts[0])
    assert "The gap: a number\nUse about 2 words." in request


def test_fills_are_judged_after_the_text_alone_unless_only_the_request_says_what_is_wanted() -> None:
    """The request quotes the text behind the hole, and so hides whether a fill leads up to it."""

    judged_after: set[str] = set()

    class Judging(Parrot):
        def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
            judged_after.add(self.tokenizer.decode(cache))
            return super().score_rows(rows, cache)

    engine = Judging(Letters(), context_length=400)
    run("One two [[?]] four five.", engine)
    assert judged_after == {"One two"}
    judged_after.clear()
    run("One two [[? a number]] four five.", engine)
    (read,) = judged_after
    assert read.endswith("One two")
    assert "The gap: a number" in read


def test_lengths_are_one_batch_and_the_best_is_kept() -> None:
    events, result = run("One [[?]] three.")
    starts = [event for event in events if isinstance(event, CanvasStart)]
    assert [start.role for start in starts] == ["candidate"] * 5
    assert [start.canvas for start in starts] == list(range(5))
    assert len({start.width for start in starts}) == 1
    assert result.fills[0].tokens in (4, 6)  # those around the favourite


def test_somebody_chooses() -> None:
    """Again at the first hole, then its second fill; the second hole is skipped, and the third sees both decisions."""
    engine = Parrot(Letters(), context_length=400, phrase=" ab")
    decisions: list[Decision] = [Verdict.AGAIN, 1, Verdict.SKIP, 0]
    offers: list[Offer] = []

    def choose(offer: Offer) -> Decision:
        offers.append(offer)
        return decisions[len(offers) - 1]

    document = find_marks("One [[?]] three [[? skipped]] five [[?]] seven.", "x")
    events, result = finished(infill(session(engine), document, alternatives=2, choose=choose))
    assert [(offer.hole, offer.holes) for offer in offers] == [(1, 3), (1, 3), (2, 3), (3, 3)]
    taken = offers[1].fills[1].text
    assert result.text.startswith(f"One {taken} three [[? skipped]] five ")
    assert offers[3].before == f"One {taken} three [...] five "
    assert [fill.skipped for fill in result.fills] == [False, True, False]
    starts = [event.canvas for event in events if isinstance(event, CanvasStart)]
    assert starts == list(range(len(starts)))  # no canvas has the noise of another


THREE = "One [[?]] three [[? skipped]] five\r\n[[?]] seven."


def decided(*decisions: Decision) -> tuple[list[Offer], Infilled]:
    """What was offered and what came of it, where these decisions are made one after the other."""
    offers: list[Offer] = []

    def choose(offer: Offer) -> Decision:
        offers.append(offer)
        return decisions[len(offers) - 1]

    engine = Parrot(Letters(), context_length=400, phrase=" ab")
    _, result = finished(infill(session(engine), find_marks(THREE, "x"), alternatives=2, choose=choose))
    return offers, result


def test_what_was_taken_before_somebody_stops_is_kept() -> None:
    offers, result = decided(1, Verdict.STOP)
    assert len(offers) == 2
    assert result.text == THREE.replace("[[?]]", offers[0].fills[1].text, 1)
    assert [fill.skipped for fill in result.fills] == [False, True, True]
    assert result.stopped


def test_a_hole_that_is_gone_back_to_is_offered_as_it_was() -> None:
    offers, result = decided(0, 0, Verdict.BACK, Verdict.BACK, Verdict.BACK, 1, Verdict.SKIP, 0)
    assert [offer.hole for offer in offers] == [1, 2, 3, 2, 1, 1, 2, 3]
    assert offers[3] == offers[1]
    assert offers[4] == offers[5] == offers[0]
    assert result.text.startswith(f"One {offers[0].fills[1].text} three [[? skipped]] five\r\n")
    assert [fill.skipped for fill in result.fills] == [False, True, False]
    assert not result.stopped


def test_a_text_of_ones_own_stands_in_a_hole_with_the_documents_newlines() -> None:
    offers, result = decided("mine\n[", Verdict.SKIP, "")
    assert result.text == "One mine\r\n[ three [[? skipped]] five\r\n seven."
    assert result.fills[0].others == offers[0].fills


@given(st.lists(st.sampled_from([0, Verdict.SKIP, Verdict.BACK, "own"]), max_size=8))
def test_however_somebody_decides_nothing_but_holes_changes(decisions: list[Decision]) -> None:
    result = decided(*decisions, *[Verdict.STOP] * 9)[1]
    assert re.fullmatch(r"One .* three .* five\r\n.* seven\.", result.text)
    assert len(result.fills) == 3
    for fill in result.fills:
        assert fill.text == fill.old or not fill.skipped


def test_a_hole_that_no_canvas_can_hold() -> None:
    with pytest.raises(InputError, match="asks for 500 words"):
        run("One [[?~500]] three.")


def test_a_document_longer_than_canvas_and_prompt() -> None:
    engine = Parrot(Letters())
    text = "Word after word. " * 300 + "[[?]] " + "And on it goes. " * 300
    _, result = run(text, engine)
    assert len(engine.prompts[0]) < 300
    assert result.text.startswith("Word after word. " * 300)
    assert result.text.endswith("And on it goes. " * 300)


@pytest.mark.parametrize("before", ["", "A line that ends otherwise\n\n"])
def test_the_newline_that_is_used_there_in_a_fill(before: str) -> None:
    _, result = run(f"{before}One\r\n\r\n[[?~8]]\r\n\r\nTwo", Parrot(Letters(), phrase="ab\ncd"))
    assert "\r\n" in result.fills[0].text
    assert "\n" not in result.fills[0].text.replace("\r\n", "")


def test_a_hole_inside_a_line_stays_in_it() -> None:
    _, result = run("One [[?~8]] two", Parrot(Letters(), phrase="\n"))
    assert "\n" not in result.text


def test_a_fill_that_looks_like_a_mark_is_none() -> None:
    _, result = run("One [[?~9]] two", Parrot(Letters(), phrase="[[?]]"))
    assert result.text == "One [[?~9]] two"
    assert "double brackets" in result.fills[0].fault


class Headstrong(Letters):
    """Its tokens cannot be told by what they hold: a fill has what is only seen afterwards."""

    def holding(self, strings: Collection[str]) -> frozenset[int]:
        return frozenset()


def named(name: str, text: str, engine: Parrot, **options: Any) -> tuple[list[CanvasStart], Infilled]:
    events, result = finished(infill(session(engine), find_marks(text, "x"), name=name, **options))
    return [event for event in events if isinstance(event, CanvasStart)], result


def test_what_means_something_in_the_file_is_not_proposed() -> None:
    text, letters = 'x = "[[?~3]]"\n', Letters()
    starts, _ = named("a.py", text, Parrot(letters))
    assert all(set(letters.encode('"\\')) <= set(start.forbidden) for start in starts)
    starts, _ = named("a.md", text, Parrot(letters))
    assert all(set(letters.encode('"\\')).isdisjoint(start.forbidden) for start in starts)


def test_a_fill_that_breaks_the_file_is_mended() -> None:
    _, result = named("a.py", 'x = "[[?~3]]"\n', Parrot(Headstrong(), phrase='wo"d '))
    assert re.fullmatch(r'x = "[wod ]+"\n', result.text)
    assert not result.fills[0].fault


def test_where_every_fill_breaks_the_file_the_mark_stays_and_the_next_is_filled() -> None:
    text = "x = [[?~3]]\ny = 1  # [[?~3]]\n"
    _, result = named("a.py", text, Parrot(Headstrong(), phrase="is in "))
    assert re.fullmatch(r"x = \[\[\?~3\]\]\ny = 1  # [isn ]+\n", result.text)
    first, second = result.fills
    assert (first.skipped, first.fault, second.fault) == (True, "breaks the file as Python", "")


def test_a_person_may_choose_what_breaks_the_file() -> None:
    offered: list[Offer] = []

    def choose(offer: Offer) -> int:
        offered.append(offer)
        return len(offer.fills) - 1

    engine = Parrot(Headstrong(), phrase='a"b')
    _, result = named("a.py", 'x = "[[?~3]]"\n', engine, choose=choose, alternatives=5)
    assert [bool(fill.fault) for fill in offered[0].fills] == sorted(bool(fill.fault) for fill in offered[0].fills)
    assert offered[0].fills[-1].fault
    assert result.text.count('"') > 2


def test_what_a_fill_only_repeats_takes_its_space_along() -> None:
    """The space before an empty fill belongs to it, whether it was empty or became so."""
    padding = replace(session(Parrot(Letters(), phrase="old dog", writes=7)), holes=HoleSettings(padding=True))
    _, result = finished(infill(padding, find_marks("The [[?]] old dog jumps", "x")))
    assert result.text == "The old dog jumps"


plain = st.text(alphabet=st.characters(codec="utf-8"), max_size=25) | st.sampled_from(
    ["\ufeff", "\r\n", "\n\n", "  ", "\t- ", "e\u0301", "👩‍👩‍👧 ", "שלום", "<eos>", "<turn|>", "\\[[?]]", "]]", "```\n"]
)
marks = st.sampled_from(["[[?]]", "[[?~1]]", "[[? hint]]", "[[?~2 more\r\nlines]]"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(plain, marks), min_size=1, max_size=8))
def test_whatever_the_document_only_its_holes_change(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        document = find_marks(text, "x")
    except InputError:
        return
    events, result = run(text)
    pattern = "(.*)".join(re.escape(piece) for piece in pieces(text, [(s.start, s.end) for s in document.spans]))
    match = re.fullmatch(pattern, result.text, re.DOTALL)
    assert match is not None
    assert find_later_marks(result.text) <= {text[s.start : s.end] for s in document.spans} | find_later_marks(text)
    for event in events:
        if isinstance(event, Step):
            held = [i for i, free in enumerate(event.free) if not free]
            assert (
                [event.input[i] for i in held] == [event.argmax[i] for i in held] == [event.next_input[i] for i in held]
            )


def pieces(text: str, spans: list[tuple[int, int]]) -> list[str]:
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]


def find_later_marks(text: str) -> set[str]:
    return {match.group() for match in MARK.finditer(text)}


def test_what_a_person_wrote_is_offered_first_when_they_come_back_to_it() -> None:
    offered: list[Offer] = []
    decisions = iter(["my own", Verdict.BACK, 0, 0])

    def choose(offer: Offer) -> Decision:
        offered.append(offer)
        return next(decisions)

    _, result = named("a.md", "One [[?~3]] two.\n\nSix [[?~3]] ten.\n", Parrot(Letters()), choose=choose)
    first, _, again, _ = offered
    assert [fill.text for fill in again.fills] == ["my own", *(fill.text for fill in first.fills)]
    assert result.text.startswith("One my own two.")
