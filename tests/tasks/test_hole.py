"""One hole: padding, and fills of nothing."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.diffusion import Predict
from dgcli.errors import InputError
from dgcli.events import CanvasStart, Step
from dgcli.settings import HoleSettings
from dgcli.tasks.choosing import Decision
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.due import AGAIN, is_filler, word_is_due
from dgcli.tasks.infill.filled import Infilled
from dgcli.tasks.infill.hole import Hole, Outcome
from dgcli.tasks.infill.infill import infill
from dgcli.tasks.infill.judge import EMPTY_KNOWN, EMPTY_MARGIN, LEADS_UP, Candidate, repeats
from dgcli.tasks.infill.landing import landed
from dgcli.tasks.infill.layout import Gap, lay_out_gap
from dgcli.tasks.infill.length import lengths_to_try
from dgcli.text.document import Document
from dgcli.text.marks import choose_span, find_marks
from dgcli.text.syntax.kinds import Kind
from dgcli.text.syntax.laws import Surroundings
from tests.fakes import Letters, Parrot, Spaced, finished, session_of

PAD = 0


@dataclass
class Terse(Parrot):
    """Its encoder likes it best where the text behind a hole follows at once."""

    phrase: str = "word"
    at_once: float = -0.1  # nats a token
    otherwise: float = -3.0

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        behind = self.tokenizer.encode(' .,"')
        return [[self.at_once if row[0] in behind else self.otherwise] * len(row) for row in rows]


class Sinking(Parrot):
    """Its encoder expects every token less than the one before."""

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        return [[-float(place) for place in range(len(row))] for row in rows]


def session(engine: Parrot, *, hole_padding: bool = True) -> Session:
    return replace(session_of(engine, steps=3), holes=HoleSettings(padding=hole_padding))


def run(document: Document, engine: Parrot, *, hole_padding: bool = True) -> tuple[list[CanvasStart], Infilled]:
    events, result = finished(infill(session(engine, hole_padding=hole_padding), document))
    return [event for event in events if isinstance(event, CanvasStart)], result


def test_a_hole_that_is_too_long_is_padded_and_the_padding_dropped() -> None:
    starts, result = run(find_marks("One [[?]] three.", "x"), Parrot(Letters(), writes=5))
    assert result.text == "One word three."
    assert (result.fills[0].tokens, result.fills[0].text) == (5, "word")
    assert len(starts) == 3
    assert all(PAD not in start.forbidden for start in starts)


def hole(engine: Parrot, left: str, right: str) -> Hole:
    one, gap = session(engine), Gap(left=left, right=right)
    return Hole(one, gap, lay_out_gap(gap, one.chat, engine.canvas_length, engine.context_length), 1, 1, 0)


@pytest.mark.parametrize(
    ("right", "fill", "clumsy"),
    [
        (", but she left.", "it was late", False),
        (", but she left.", ", late", True),
        (", but she left.", "(late)", False),
        (", but she left.", "it was. Late", True),
        (" and she left.", "it was.", True),
        (" and she left.", "e. g. snow", False),
        (" She left.", "it was. Late", True),
        (" She left.", "it was. Late!", False),
        ("", "it was. Late and", True),
        ("", "it was late", False),
        (" and she left.", "it was was", True),
        (" late and she left.", "it was late", True),
        (" and she left.", "of the cold of the cold", True),
        (" and she left.", "of the cold, and of the rain", False),
        (" and she left.", "she left and she left", True),
        (". He stayed because of her.", "it rained", False),
        (". She stayed in the rain.", "she stayed in the dark", True),
        (". She stayed in the rain.", "she stayed in her house in spite of it", True),
        (". She stayed in the rain.", "of the dog that had gone to sleep when she stayed in the barn with him", False),
        ("(x.y.z)", "f(x.y.z)", False),
    ],
)
def test_fills_that_say_things_again_or_end_a_sentence_that_goes_on_are_clumsy(
    right: str, fill: str, clumsy: bool
) -> None:
    engine = Parrot(Letters())
    (found,) = hole(engine, "He stayed because ", right).judge.judged([tuple(engine.tokenizer.encode(fill))])
    assert found.clumsy is clumsy


@pytest.mark.parametrize(
    ("fill", "clumsy"),
    [
        ("I would like to check in today.", False),  # one run of three words in seven
        ("To check in.", True),
        ("When do you want to check in today?", True),  # three in eight
        ("Would you like to check in?", True),
    ],
)
def test_a_sentence_may_have_some_words_in_common_with_its_neighbours(fill: str, clumsy: bool) -> None:
    engine = Parrot(Letters())
    left, right = "When would you like to leave? On Monday. ", " You want to check in at ten."
    (found,) = hole(engine, left, right).judge.judged([tuple(engine.tokenizer.encode(fill))])
    assert found.clumsy is clumsy


@pytest.mark.parametrize(
    ("left", "fill", "clumsy"),
    [
        ("Some ", "how", True),
        ("Some ", " how", False),
        ("Some ", "\nhow", False),
        ("Some", "how", False),
        ("Some\n", "how", False),
        ("", "how", False),
        ("A day: 日 ", "how", False),
    ],
)
def test_a_fill_that_goes_on_with_a_word_from_which_a_blank_parts_it_is_clumsy(
    left: str, fill: str, clumsy: bool
) -> None:
    engine = Parrot(Spaced())
    (found,) = hole(engine, left, " it ended.").judge.judged([engine.tokenizer.encode(fill)])
    assert found.clumsy is clumsy


@pytest.mark.parametrize(
    ("left", "fill", "clumsy"),
    [
        ("It rained. ", "1. 2.", True),
        ("It rained.\n\n", "19)", True),
        ("It rained. ", "1. We left.", False),
        ("It rained. ", "1969.", False),
        ("It rained on May ", "19.", False),
    ],
)
def test_the_number_of_a_list_is_no_sentence(left: str, fill: str, clumsy: bool) -> None:
    engine = Parrot(Letters())
    (found,) = hole(engine, left, " The sun came out.").judge.judged([tuple(engine.tokenizer.encode(fill))])
    assert found.clumsy is clumsy


def test_what_a_fill_leads_up_to_counts_for_more_than_its_own_words() -> None:
    """Whatever its length is."""
    short, long = hole(Sinking(Letters()), "He ", " it.").judge.judged([(7,), (7, 8, 9)])
    for found in (short, long):
        assert found.score == pytest.approx(found.own + LEADS_UP * found.ahead)
    assert LEADS_UP > 1


@dataclass(frozen=True)
class Told(Hole):
    """A hole for which it is told what comes of it."""

    found: tuple[Candidate, ...] = ()

    def denoise(
        self, lengths: Sequence[int], first_canvas: int, *, padded: bool
    ) -> Generator[CanvasStart | Step, None, tuple[tuple[Candidate, ...], int]]:
        yield from ()
        return self.found, 1


@given(st.lists(st.tuples(st.booleans(), st.floats(-9, 0)), min_size=1, max_size=8))
def test_the_best_fill_comes_first_and_a_clumsy_one_behind_all_others(judged: list[tuple[bool, float]]) -> None:
    engine = Parrot(Letters())
    one, gap = session(engine), Gap(left="He ", right=" it.", hint="a verb")
    layout = lay_out_gap(gap, one.chat, engine.canvas_length, engine.context_length)
    found = tuple(
        Candidate(ids=(number + 10,), ahead=score, own=0.0, score=LEADS_UP * score, clumsy=clumsy)
        for number, (clumsy, score) in enumerate(judged)
    )
    ranked = _settled(Told(one, gap, layout, 1, 1, 0, found=found).settle(lengths=(1,)))
    assert sorted(ranked, key=lambda each: each.ids) == sorted(found, key=lambda each: each.ids)
    assert [each.clumsy for each in ranked] == sorted(each.clumsy for each in found)
    for clumsy in (False, True):
        scores = [each.score for each in ranked if each.clumsy is clumsy]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("words", "hint", "said"),
    [
        ("my child is ill", "my child is ill", True),
        ("that My child is ill, so", "my child is ill.", True),
        ("my child is sick", "my child is ill", False),
        ("of repairs", "repairs", False),
        ("the old bridge", "old bridge", True),
        ("the old, long bridge", "old bridge", False),
        ("a word", "", False),
    ],
)
def test_a_fill_does_not_repeat_its_hint(words: str, hint: str, said: bool) -> None:
    """A single word may be what is asked for."""
    assert repeats(words, hint) is said


class Indifferent(Parrot):
    """Its encoder likes all texts alike."""

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        return [[-1.0] * len(row) for row in rows]


def test_of_equal_fills_the_one_as_long_as_the_documents_sentences_is_best() -> None:
    told = hole(Indifferent(Letters()), "The men went down to the river. ", " They came back late.")
    usual = lengths_to_try(told.gap, told.layout, told.session.chat.tokenizer).usual
    assert usual is not None
    tokens = [len(candidate.ids) for candidate in _ranked(told)]
    assert tokens == sorted(tokens, key=lambda length: abs(log(length / usual)))
    untold = hole(Indifferent(Letters()), "The men went ", " to the river.")
    tokens = [len(candidate.ids) for candidate in _ranked(untold)]
    assert tokens == sorted(tokens)  # where none is usual, the shortest


def _ranked(one: Hole) -> tuple[Candidate, ...]:
    """Different fills of all lengths that the document suggests."""
    return _settled(replace(one, session=replace(one.session, holes=HoleSettings())).settle(wanted=3))


def _settled(run: Generator[CanvasStart | Step, None, Outcome]) -> tuple[Candidate, ...]:
    return finished(run)[1].ranked


def test_each_length_is_denoised_as_often_as_the_checkpoint_says() -> None:
    one = session(Parrot(Letters(), writes=5), hole_padding=False)
    document = find_marks("A [[?]] b.", "x")
    once, twice = (list(infill(replace(one, holes=HoleSettings(draws=draws)), document)) for draws in (1, 2))
    widths = [[event.width for event in each if isinstance(event, CanvasStart)] for each in (once, twice)]
    assert widths[1] == 2 * widths[0]
    numbers = [event.canvas for event in twice if isinstance(event, CanvasStart)]
    assert numbers == list(range(len(numbers)))  # so the noise differs


@pytest.mark.parametrize(("text", "hole_padding"), [("One [[?]] three.", False), ("One [[?~2]] three.", True)])
def test_where_a_model_may_not_pad(text: str, hole_padding: bool) -> None:
    """It was not taught to, or a length is asked for."""
    starts, result = run(find_marks(text, "x"), Parrot(Letters(), writes=1), hole_padding=hole_padding)
    assert all(PAD in start.forbidden for start in starts)
    assert result.fills[0].tokens >= 1 or result.fills[0].fault == "has no words"


def test_nothing_but_padding_is_no_answer_where_words_are_asked_for() -> None:
    starts, result = run(find_marks("One [[? a number]] three.", "x"), Parrot(Letters(), writes=0))
    assert [PAD in start.forbidden for start in starts] == [False] * 3 + [True] * 3 * (1 + AGAIN)
    assert result.text == "One [[? a number]] three."
    assert result.fills[0].fault == "has no words"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("One [[?]] three.", "One three."),
        ("One [[?]], two", "One, two"),
        ("One[[?]] two", "One two"),
        ("One\n\nTwo [[?]] three\n", "One\n\nTwo three\n"),
        ("One [[?]] [[?]] two", "One two"),
        ('"One [[?]]" two', '"One" two'),
    ],
)
def test_the_best_fill_may_be_nothing(before: str, after: str) -> None:
    """Then the space before the hole goes with it, if there would be two."""
    document = find_marks(before, "x")
    _, result = run(document, Terse(Letters()), hole_padding=False)
    assert result.text == after
    for fill in result.fills:
        assert (fill.text, fill.tokens, fill.canvas, fill.skipped) == ("", 0, None, False)
        assert before[fill.span.start : fill.span.end] == fill.old


def test_an_empty_fill_takes_no_space_of_a_fill_right_before_it() -> None:
    decisions: list[Decision] = ["word ", 0]
    engine = session(Terse(Letters()), hole_padding=False)
    task = infill(engine, find_marks("One [[?]][[?]] two", "x"), choose=lambda offer: decisions.pop(0))
    _, result = finished(task)
    assert [fill.text for fill in result.fills] == ["word ", ""]
    assert result.text == "One word  two"


KNOWN = -EMPTY_KNOWN * log(Letters().vocab_size)


@pytest.mark.parametrize(
    ("at_once", "otherwise", "empty"),
    [
        (-0.1, -0.11 - EMPTY_MARGIN, True),
        (-0.1, -0.09 - EMPTY_MARGIN, False),
        (KNOWN + 0.01, -9.0, True),
        (KNOWN - 0.01, -9.0, False),
    ],
)
def test_a_fill_is_empty_only_where_that_is_clearly_likelier(at_once: float, otherwise: float, empty: bool) -> None:
    """And where the encoder knows well enough what follows to tell."""
    engine = Terse(Letters(), at_once=at_once, otherwise=otherwise)
    _, result = run(find_marks("One [[?]] three.", "x"), engine, hole_padding=False)
    assert (result.text == "One three.") is empty


@pytest.mark.parametrize(
    "text",
    [
        "One [[? a number]] three.",  # words are asked for
        "One [[?~1]] three.",
        "[[?]]",
        "[[?]] one",
        "One [[?]]",
        "One [[?]]\nTwo",
        "One\n[[?]]\nTwo",
        "- [[?]]\n- two",
        "(One) ([[?]] two)",
        "un[[?]]able",
        "One  [[?]] two",
    ],
)
@pytest.mark.parametrize("hole_padding", [False, True])
def test_where_a_fill_is_never_empty(text: str, hole_padding: bool) -> None:
    """Where a model writes nothing but blanks, the mark stays."""
    for phrase, writes in ((" word", 0), ("  ", 100)):
        _, result = run(find_marks(text, "x"), Terse(Letters(), phrase, writes=writes), hole_padding=hole_padding)
        assert all(fill.text for fill in result.fills)
        assert all(fill.tokens or fill.fault == "has no words" for fill in result.fills)


def test_chosen_text_is_never_rewritten_to_nothing() -> None:
    document = choose_span("One two three", "x", "4:7", hint="")
    _, result = run(document, Terse(Letters(), writes=0))
    assert result.fills[0].tokens or result.text == document.text


parts = st.sampled_from(
    ["[[?]]", "[[?]]", " ", "  ", "\n", "\r\n", "a", "b c", ".", "(", ")", '"', "é", "\ufeff", "- "]
)


@settings(max_examples=100)
@given(st.lists(parts, min_size=1, max_size=9))
def test_an_empty_fill_takes_one_space_or_none(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        document = find_marks(text, "x")
    except InputError:
        return
    _, result = run(document, Terse(Letters(), canvas_length=24), hole_padding=False)
    end, rebuilt = 0, ""
    for span, fill in zip(document.spans, result.fills, strict=True):
        taken = text[fill.span.start : span.start]
        assert taken == "" or (taken == " " and not fill.text)
        assert fill.span.end == span.end
        rebuilt += text[end : fill.span.start] + fill.text
        if taken:
            assert not rebuilt.endswith((" ", "\n"))
            assert text[span.end] in ' .)"'
        end = span.end
    assert result.text == rebuilt + text[end:]


@dataclass
class Hesitant(Parrot):
    """It writes `filler` in its first batches, and words in the next."""

    filler: str = "..."
    hesitates: int = 1

    def predictor(self, cache: tuple[int, ...]) -> Predict:
        phrase, self.phrase = self.phrase, self.filler if len(self.prompts) < self.hesitates else self.phrase
        predict = super().predictor(cache)
        self.phrase = phrase
        return predict


@pytest.mark.parametrize("filler", ["   ", "...", "-", " ,", '"!"', "\0"])
@pytest.mark.parametrize("text", ["One [[?~1]] three.", "One [[?]] three.", "One [[? a number]] three.", "[[?~1]]"])
@pytest.mark.parametrize("hesitates", [0, 1, AGAIN, AGAIN + 1, 9])
def test_where_a_word_is_due_a_hole_is_tried_again_a_few_times(text: str, filler: str, hesitates: int) -> None:
    engine = Hesitant(Letters(), filler=filler, hesitates=hesitates)
    starts, result = run(find_marks(text, "x"), engine, hole_padding=False)
    (fill,) = result.fills
    assert fill.again == min(hesitates, AGAIN)
    assert len(engine.prompts) == 1 + fill.again
    assert any(map(str.isalpha, fill.text)) is (hesitates <= AGAIN) or fill.fault
    assert [start.canvas for start in starts] == list(range(len(starts)))  # other noise each time
    batches = len(starts) // (1 + fill.again)
    widths = [start.width for start in starts[::batches]]
    assert widths == sorted(set(widths))  # and another canvas


def test_no_two_batches_of_a_document_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Canvases are numbered on, and what the encoder writes beside them is drawn by the first of their numbers."""
    drawn: list[int] = []

    def continuations(*given: object, first_canvas: int, **named: object) -> Generator[CanvasStart, None, list[object]]:
        drawn.append(first_canvas)
        yield from ()
        return []

    monkeypatch.setattr("dgcli.tasks.infill.hole.continuations", continuations)
    one = session(Hesitant(Letters(), filler="..."), hole_padding=False)
    one = replace(one, holes=replace(one.holes, continuations=2))
    events, _ = finished(infill(one, find_marks("One [[?~1]] three [[?~1]] five.", "x")))
    starts = [event for event in events if isinstance(event, CanvasStart)]
    assert [start.canvas for start in starts] == list(range(len(starts)))
    batches = [
        event.canvas
        for before, event in pairwise((None, *events))
        if isinstance(event, CanvasStart) and not isinstance(before, CanvasStart)
    ]
    assert drawn == batches
    assert len(batches) == 3  # the first hole twice


def test_chosen_text_that_is_seeded_is_tried_again_with_other_noise_alone() -> None:
    """It starts from what stands there, which is as long as it is."""
    engine = Hesitant(Letters(), filler="...")
    document = choose_span("One two three", "x", "4:7", hint="")
    _, result = finished(infill(session(engine, hole_padding=False), document, strength=0.5))
    assert (result.fills[0].again, len(engine.prompts)) == (1, 2)


@pytest.mark.parametrize("text", ["One.\n\n[[?]]\n\nTwo.", "One two. [[?]] Three four.", "[[?]]", "- [[?]]\n- two"])
def test_where_no_word_is_due_a_fill_is_taken_as_it_comes(text: str) -> None:
    engine = Hesitant(Letters(), filler="...", hesitates=9)
    _, result = run(find_marks(text, "x"), engine, hole_padding=False)
    assert (result.fills[0].again, len(engine.prompts)) == (0, 1)


def test_signs_in_code_are_no_filler() -> None:
    engine = Hesitant(Letters(), filler=" - ", hesitates=9)
    document = find_marks("a = b [[?]] c\n", "x.py")
    _, result = finished(infill(session(engine, hole_padding=False), document, name="x.py"))
    assert result.fills[0].again == 0


@pytest.mark.parametrize(
    ("words", "left", "filler"),
    [
        ("", "He ", True),
        (" …", "He ", True),
        ("—", "He ", True),
        ("thought", "", True),
        ("thought", "He ", False),
        ("+", "2 ", False),
        ("❤", "I ", False),
        ("7", "He has ", False),
    ],
)
def test_filler_is_blank_or_punctuation_or_how_a_thought_begins(words: str, left: str, filler: bool) -> None:
    assert is_filler(words, Gap(left=left, right=" it.")) is filler


@pytest.mark.parametrize(
    ("gap", "due"),
    [
        (Gap(left="He ", right=" it."), True),
        (Gap(left="He sat. ", right=" She left."), False),
        (Gap(left="He sat. ", right=" She left.", words=1), True),
        (Gap(left="He sat. ", right=" She left.", hint="why"), True),
        (Gap(left="He ", right=""), False),
        (Gap(left="", right=" it."), False),
        (Gap(left="He\n", right="\nit."), False),
    ],
)
def test_a_word_is_due_inside_a_sentence_or_where_something_is_asked_for(gap: Gap, due: bool) -> None:
    assert word_is_due(gap) is due


LONG = "the men of the town went down to the river and came back late"


@pytest.mark.parametrize(
    ("fill", "left", "right", "text"),
    [
        ("Sure, here is the text: it rained", "", ". They stayed.\n", "it rained"),
        ("Here is the completed text:\nIt rained.", "One.\n\n", "\n\nTwo.\n", "It rained."),
        ("it rained, and so " + LONG + " again", "He says ", f" {LONG}.\n", "it rained, and so"),
        (LONG + ", as it rained", f"Then {LONG}", ".\n", ", as it rained"),
        ("It rained. Would you like a longer version?", "One.\n\n", "", "It rained."),
    ],
)
def test_what_is_no_part_of_a_fill_is_cut(fill: str, left: str, right: str, text: str) -> None:
    """Chatter at open sides, and what stands around the hole already; such fills come last."""
    engine = Parrot(Letters(), canvas_length=400)
    one = session(engine)
    ids = Letters().encode(fill)
    document = find_marks(f"{left}[[?]]{right}", "x")
    landing = Surroundings(Kind.MARKDOWN, "", left, right)
    found = Candidate(ids=ids, ahead=0.0, own=0.0, score=0.0)
    (landed_,) = landed(one, document, document.spans[0], landing, [found], alternatives=1)
    assert (landed_.text, landed_.fault) == (text, "")
    (judged,) = hole(engine, left, right).judge.judged([ids])
    assert judged.clumsy


def test_a_fence_around_a_fill_of_a_whole_document_is_cut() -> None:
    document = find_marks("[[?]]\n", "x")
    landing = Surroundings(Kind.MARKDOWN, "", "", "\n")
    found = Candidate(ids=Letters().encode("```markdown\nIt rained.\n```"), ahead=0.0, own=0.0, score=0.0)
    (fill,) = landed(session(Parrot(Letters())), document, document.spans[0], landing, [found], alternatives=1)
    assert (fill.text, fill.fault) == ("It rained.", "")


@pytest.mark.parametrize(("left", "stuck"), [("It was ", True), ("La la la la la la, sang ", False)])
def test_a_fill_that_is_stuck_is_taken_only_where_the_text_is_a_refrain(left: str, stuck: bool) -> None:
    """Nothing of it can be kept; another comes before it however it is scored."""
    document = find_marks(f"{left}[[?]] today.\n", "x")
    landing = Surroundings(Kind.MARKDOWN, "", left, " today.\n")
    babble, other = (
        Candidate(ids=Letters().encode(fill), ahead=0.0, own=0.0, score=score)
        for fill, score in (("you the the the the you", 0.0), ("cold", -1.0))
    )
    where = session(Parrot(Letters())), document, document.spans[0], landing
    (alone,) = landed(*where, [babble], alternatives=1)
    assert alone.fault == ("says the same words over and over" if stuck else "")
    (best,) = landed(*where, [babble, other], alternatives=1)
    assert (best.text == "cold") is stuck


def test_blanks_are_no_answer_where_another_fill_has_words_but_nothing_at_all_may_be_one() -> None:
    document = find_marks("It was [[?]] cold today.\n", "x")
    landing = Surroundings(Kind.MARKDOWN, "", "It was ", " cold today.\n")
    where = session(Parrot(Letters())), document, document.spans[0], landing
    blanks, nothing, words = (
        Candidate(ids=Letters().encode(fill), ahead=0.0, own=0.0, score=0.0) for fill in ("  ", "", "so")
    )
    assert [fill.text for fill in landed(*where, [blanks, words], alternatives=1)] == ["so"]
    assert [fill.text for fill in landed(*where, [nothing, words], alternatives=1)] == [""]
