"""What stands further before a hole than a sliding window reaches is quoted in the request, if the hole needs it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dgcli.checkpoint.chat_template import Chat
from dgcli.settings import AS_RELEASED, HoleSettings
from dgcli.tasks.infill.infill import infill
from dgcli.tasks.infill.layout import Gap, GapLayout, lay_out_gap
from dgcli.tasks.infill.recall import recalled
from dgcli.text.marks import find_marks
from tests.fakes import Letters, Parrot, finished
from tests.tasks.test_infill import session

CHAT = Chat(tokenizer=Letters(), before=(2, 5), after=(6, 5))
WINDOW = 1200  # tokens, which are characters here
FACT = "Mrs Okoye hid the key behind the green door."
BESIDE = "At last they asked Mrs Okoye, who said that the "


def filler(characters: int) -> str:
    """Text that tells nothing, of about so many characters."""
    lines = [f"It was a day like many in that month, and {one} came by." for one in ("nobody", "somebody", "a cat")]
    text = ""
    while len(text) < characters:
        text += f"{lines[len(text) % 3]} "
    return text


def laid_out(distance: int, window: int | None = WINDOW, holes: HoleSettings = AS_RELEASED) -> GapLayout:
    gap = Gap(left=f"{filler(200)}{FACT} {filler(distance)}{BESIDE}", right=" was there.")
    return lay_out_gap(gap, CHAT, 64, 8000, holes, window=window)


def shown(layout: GapLayout) -> tuple[str, str]:
    """The request, and the text that stands behind it as already written."""
    whole = CHAT.tokenizer.decode(layout.prompt[2:])
    end = next(place for place in range(len(layout.prompt)) if layout.prompt[place : place + 2] == CHAT.after)
    request = CHAT.tokenizer.decode(layout.prompt[:end])
    return request, whole[len(request) :]


@pytest.mark.parametrize(("distance", "quoted"), [(100, False), (700, False), (1300, True), (3000, True)])
def test_a_fact_further_away_than_the_window_is_quoted_and_a_nearer_one_is_not(distance: int, quoted: bool) -> None:
    layout = laid_out(distance)
    assert layout.quoted == ((FACT,) if quoted else ())
    request, written = shown(layout)
    assert request.count(FACT) == 1 + quoted
    assert (FACT in written) is not quoted  # what is in the window stands there
    if quoted:
        last = CHAT.tokenizer.decode(layout.prompt[-(WINDOW - 1) :])
        assert FACT in last  # near enough to be seen from the canvas


def test_a_text_without_such_a_fact_is_laid_out_as_ever() -> None:
    gap = Gap(left=filler(4000), right=" was there.")
    assert lay_out_gap(gap, CHAT, 64, 6000, window=WINDOW) == lay_out_gap(gap, CHAT, 64, 6000)


def test_models_that_see_all_or_read_no_request_are_quoted_nothing() -> None:
    for layout in (laid_out(3000, window=None), laid_out(3000, window=8000)):
        assert layout == laid_out(3000, window=None)
        assert not layout.quoted
    bare = HoleSettings(bare=True)
    assert laid_out(3000, holes=bare) == laid_out(3000, window=None, holes=bare)


def test_the_quotation_is_bounded_by_a_share_of_the_window() -> None:
    facts = " ".join(f"Mrs Okoye hid {number} keys behind the green door." for number in range(4))
    layout = lay_out_gap(Gap(left=f"{facts} {filler(6000)}{BESIDE}", right="."), CHAT, 64, 6000, window=WINDOW)
    assert 0 < sum(map(len, layout.quoted)) <= WINDOW / 8


def test_a_hint_is_what_is_looked_for() -> None:
    far = "The dentist is called Dr Brun. The baker has no bread. The dog barks at the moon."
    encode = Letters()
    assert recalled(far, ("We went", "."), "who the dentist is", encode, 100) == ("The dentist is called Dr Brun.",)
    assert recalled(far, ("We went", "."), "", encode, 100) == ()
    assert recalled(far, ("We went", "."), "who the dentist is", encode, 20) == ()  # it does not fit


def test_words_that_stand_everywhere_tell_nothing() -> None:
    far = " ".join(f"There was water in bucket number {number}." for number in range(50))
    assert recalled(far, ("There was water in a ", "."), "", Letters(), 1000) == ()


@pytest.mark.parametrize(("sentences", "quoted"), [(1, 1), (2, 2), (3, 0)])
def test_words_are_rare_that_stand_in_two_sentences_and_not_in_three(sentences: int, quoted: int) -> None:
    far = " ".join(f"A tower of marble stood in {town}." for town in ("Rome", "Pisa", "Bari")[:sentences])
    assert len(recalled(far, ("They saw the tower of marble", "."), "", Letters(), 1000)) == quoted


def test_a_fact_that_is_said_again_and_again_is_quoted_once() -> None:
    far = "The code of the safe is 4711. " * 5 + "Cats sleep. Dogs bark at night."
    found = recalled(far, ("We went", "."), "the code of the safe", Letters(), 1000)
    assert found == ("The code of the safe is 4711.",)


def test_a_sentence_with_a_hole_is_not_quoted() -> None:
    text = f"{filler(200)}Mrs Okoye hid [...] behind the door. Mrs Okoye hid [[?]] then. {FACT} {filler(3000)}{BESIDE}"
    assert lay_out_gap(Gap(left=text, right="."), CHAT, 64, 8000, window=WINDOW).quoted == (FACT,)


def test_a_name_that_is_quoted_may_be_a_fill() -> None:
    text = f"{filler(200)}\n\nMrs Okoye\n\n{filler(3000)}At last they all came to [[?~9 Mrs Okoye]] again.\n"
    engine = Parrot(Letters(), phrase=" Mrs Okoye", canvas_length=300, context_length=6000, favourite=10)
    _, result = finished(infill(replace(session(engine), window=WINDOW), find_marks(text, "x")))
    assert result.fills[0].text.startswith("Mrs Okoye")
    assert not result.fills[0].fault


def test_what_is_quoted_stands_in_no_canvas_and_in_no_fill() -> None:
    layout = laid_out(3000)
    canvas = CHAT.tokenizer.decode(layout.canvas(8).tokens)
    assert "green door" not in canvas
    text = f"{filler(200)}{FACT} {filler(3000)}{BESIDE}[[?~9]] was there.\n"
    engine = Parrot(Letters(), phrase=f" {FACT[:-1]}", canvas_length=300, context_length=6000, favourite=len(FACT))
    _, result = finished(infill(replace(session(engine), window=WINDOW), find_marks(text, "x")))
    assert result.text.count("behind the green door") == 1
    assert result.fills[0].skipped or FACT[:-1] not in result.fills[0].text
