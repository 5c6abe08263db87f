"""Restyling on an engine small enough to read: what it promises holds for any text and any model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, permutations
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.diffusion import Site
from dgcli.events import CanvasStart, Draft, Event, Filled, Step
from dgcli.platform.backend import mx
from dgcli.tasks.choosing import Choose, Decision, Offer, Verdict
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import ANSWER, Manner
from dgcli.tasks.restyle.paragraph import Rewrite, as_shown
from dgcli.tasks.restyle.passage import Passage, Unit, fitted, joined, passages, units_of
from dgcli.tasks.restyle.propose import TEXTS, Change, Cost, changed, changes, freed, omissions, text_changes, written
from dgcli.tasks.restyle.restyle import restyle
from dgcli.tasks.restyle.restyled import Block, Part, Restyled, Totals
from dgcli.tasks.restyle.score import Scorer
from dgcli.tasks.restyle.select import ALIKE, ATTEMPTS, Rewritten, adopted, best_of, rewrite, whole
from dgcli.text.blocks import chunks, structure
from dgcli.text.kept import kept_spans, kept_strings
from tests.documents import documents
from tests.fakes import Letters, Parrot, session_of

Returned = TypeVar("Returned")
END = 6  # the token that ends what is written
TEXT = (
    "# Some title here\n\nSome words to say.\n\n"
    "> [!note]\n> - and more of them to see here\n>   with `x` and https://a.b/c\n\n    code it is\n"
)

PARAGRAPHS = ("some words to say here", "one more of them", "and yet another one", "then it ends")
SEVERAL = "{}\n\n    code it is\n\n- {}\n- {}\n\n{}\n".format(*PARAGRAPHS)


def louder(session: Session, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
    """A way to rewrite that needs no model."""
    yield from ()
    units = [unit if unit.held else replace(unit, text=unit.text.upper()) for unit in passage.units]
    return Rewritten(text=joined(units))


def forgetful(session: Session, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
    """One that keeps nothing, however often it tries."""

    def attempt(canvas: int) -> Generator[Event, None, Rewritten]:
        yield from ()
        return Rewritten(text="other words", canvas=canvas, cost=Cost(canvases=1, steps=1))

    scorer = Scorer(session=session, text=passage.text, manner=passage.manner)
    return (yield from best_of(scorer, passage, (), attempt, first_canvas))


@dataclass
class Listener(Parrot):
    """An engine that likes and dislikes words, wherever they stand, in nats."""

    likes: dict[str, float] = field(default_factory=dict)

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        texts = (re.findall(r"\w+", self.tokenizer.decode(row)) for row in rows)
        liked = [sum(self.likes.get(word, 0.0) for word in words) for words in texts]
        return [[value, *[0.0] * (len(row) - 1)] for value, row in zip(liked, rows, strict=True)]


def session(engine: Parrot | None = None) -> Session:
    engine = engine or Parrot(Letters(), canvas_length=240, context_length=1600)
    return session_of(engine)


def run(
    text: str | Iterable[str],
    manner: Manner,
    engine: Parrot | None = None,
    *,
    at_once: bool = True,
    rewrite: Rewrite = louder,
    choose: Choose | None = None,
) -> tuple[list[Event], Restyled]:
    lines = chunks([text] if isinstance(text, str) else text, "markdown")
    parts: list[Part] = []
    how = {"at_once": at_once, "rewrite": rewrite, "choose": choose}
    events = list(restyle(session(engine), lines, manner, parts.append, **how))
    return events, Restyled.of(parts)


def manner(**options: object) -> Manner:
    return Manner(register="Make it loud.", **options)  # type: ignore[arg-type]


def judged(text: str, engine: Parrot, **options: object) -> tuple[Scorer, Passage]:
    """A passage, and the encoder as the judge of what may become of it."""
    how = manner(**{"strength": 1.0, "unlike": "Make it low.", **options})
    return Scorer(session=session(engine), text=text, manner=how), Passage.of(text, how)


def returned(events: Generator[Event, None, Returned]) -> Returned:
    """What a generator comes to."""
    while True:
        try:
            next(events)
        except StopIteration as end:
            made: Returned = end.value
            return made


def test_prose_is_rewritten_and_all_else_passes_through() -> None:
    _, result = run(TEXT, manner())
    assert result.text == (
        "# Some title here\n\nSOME WORDS TO SAY.\n\n"
        "> [!note]\n> - AND MORE OF THEM TO SEE HERE\n>   WITH `x` AND https://a.b/c\n\n    code it is\n"
    )
    assert [block.line for block in result.fills] == [3, 6]
    assert [TEXT[block.span.start : block.span.end] for block in result.fills] == [block.old for block in result.fills]
    assert not any(block.faults for block in result.fills)


def test_headings_where_they_are_asked_for() -> None:
    assert run(TEXT, manner(headings=True))[1].text.startswith("# SOME TITLE HERE\n")


def test_what_may_be_prose_and_was_not_read_as_such_is_a_block_with_a_fault() -> None:
    text = "Some words to say.\n\n<!-- a comment\n\nOther words to say.\n"
    _, result = run(text, manner())
    assert result.text == text.replace("Some words to say", "SOME WORDS TO SAY")
    assert [(block.line, block.faults) for block in result.fills] == [
        (1, ()),
        (3, ("what begins with “<!-- a comment” is never closed",)),
    ]
    assert run(text, manner(strength=0))[1].fills == ()


def rewritten_at(start: int, end: int) -> str:
    """SEVERAL, where only what a stretch touches is rewritten."""
    parts: list[Part] = []
    lines = chunks([SEVERAL], "markdown")
    for _ in restyle(session(), lines, manner(), parts.append, rewrite=louder, only=(start, end)):
        pass
    return Restyled.of(parts).text


def test_only_the_paragraph_at_a_place_is_rewritten() -> None:
    """Right behind its last word is at it, a blank line and code are at none."""
    for place in range(len(SEVERAL) + 1):
        line = SEVERAL[SEVERAL.rfind("\n", 0, place) + 1 :].partition("\n")[0]
        words = next((words for words in PARAGRAPHS if words in line), "")
        assert rewritten_at(place, place) == (SEVERAL.replace(words, words.upper()) if words else SEVERAL), place


def test_a_stretch_touches_several_paragraphs() -> None:
    text = SEVERAL
    for words in PARAGRAPHS[:2]:
        text = text.replace(words, words.upper())
    assert rewritten_at(SEVERAL.index("to say"), SEVERAL.index("more of")) == text


def test_strength_0_is_the_input_and_asks_no_model() -> None:
    engine = Parrot(Letters())
    for text in (TEXT, "\ufeffOne\r\ntwo three four\r\n", "no end of line, but words", ""):
        assert run(text, Manner(register="Make it loud.", strength=0), engine)[1].text == text
    assert engine.prompts == []


@pytest.mark.parametrize("phrase", [" word", "`", "](", "\n# ", " not 7"])
def test_whatever_the_model_writes_structure_and_kept_strings_stay(phrase: str) -> None:
    for strength in (0.4, 1.0):
        engine = Parrot(Letters(), phrase, canvas_length=240, context_length=320)
        events, result = run(TEXT, manner(strength=strength), engine, rewrite=rewrite)
        assert structure(result.text) == structure(TEXT)
        assert kept_strings(result.text) == kept_strings(TEXT)
        canvases = [event.canvas for event in events if isinstance(event, CanvasStart)]
        assert canvases == list(range(len(canvases)))  # no canvas has the noise of another


@settings(max_examples=25)
@given(documents(), st.sampled_from([louder, forgetful]), st.booleans())
def test_whatever_the_text_its_structure_stays(text: str, way: Rewrite, at_once: bool) -> None:
    _, result = run(text.splitlines(keepends=True), manner(), at_once=at_once, rewrite=way)
    assert structure(result.text) == structure(text)
    assert result.document.text == text


def test_a_block_of_which_nothing_sound_comes_stays_as_it_was() -> None:
    text = "Pay 30 euros to me.\n\nWords and words.\n"
    _, result = run(text, manner(), rewrite=forgetful)
    first, second = result.fills
    assert (first.text, first.faults, first.skipped) == (first.old, ("'30 euros' would not be kept",), True)
    assert first.steps == ATTEMPTS
    assert (second.text, second.faults, second.skipped) == ("other words\n", (), False)


def test_what_is_named_is_kept() -> None:
    _, result = run("Ask Anna Lee about it.", manner(keep=(re.compile("Anna Lee"),)))
    assert result.text == "ASK Anna Lee ABOUT IT."


def test_the_model_reads_what_is_asked_for() -> None:
    engine = Parrot(Letters(), canvas_length=240, context_length=3200)
    run("Some words here.\n", manner(strength=0.3, examples=(("a", "b"),)), engine, rewrite=rewrite)
    asked = engine.tokenizer.decode(engine.prompts[0])
    assert asked.startswith(
        f'Rewrite this text. {ANSWER} Make it loud.\nFor example, "a" becomes "b"\n\nSome words here.'
    )


def test_watchers_see_the_words_of_the_text_in_their_place() -> None:
    events, result = run(TEXT, manner(strength=0.3), rewrite=rewrite)
    (draft,) = [event for event in events if isinstance(event, Draft)]
    assert draft.marks == ("Some words to say.", "and more of them to see here\n>   with `x` and https://a.b/c")
    filled = {event.hole: event for event in events if isinstance(event, Filled)}
    assert all(event.hole in (1, 2) and event.holes == 2 for event in events if isinstance(event, CanvasStart))
    shown = [draft.parts[0]]
    for number, part in enumerate(draft.parts[1:], 1):
        shown += [filled[number].text, part]
    assert "".join(shown) == result.text
    widths = {event.canvas: event.width for event in events if isinstance(event, CanvasStart)}
    for event in events:
        if isinstance(event, CanvasStart):
            assert event.place == (0, event.width)
        if isinstance(event, Step):
            assert len(event.free) == widths[event.canvas]


WORDS, SAME, DEAR, CODE = "some words to say", "fine as it is here", "so dear is it to me", "    code it is"


@settings(max_examples=25)
@given(st.lists(st.sampled_from([WORDS, SAME, DEAR, CODE]), max_size=6), st.booleans())
def test_the_totals_are_those_of_the_blocks(paragraphs: Sequence[str], at_once: bool) -> None:
    def loud_but(session: Session, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
        yield from ()
        dear = passage.text == DEAR
        cost = Cost(steps=len(passage.text), converged=not dear)
        text = passage.text if passage.text == SAME else passage.text.upper()
        return Rewritten(text=text, faults=("it is dear",) if dear else (), cost=cost)

    lines = chunks([f"{text}\n\n" for text in paragraphs], "markdown")
    parts: list[Part] = []
    totals = returned(restyle(session(), lines, manner(), parts.append, at_once=at_once, rewrite=loud_but))
    prose = [text for text in paragraphs if text != CODE]
    assert totals == Totals(
        blocks=len(prose),
        changed=len(prose) - prose.count(SAME),
        left=prose.count(DEAR),
        steps_used=sum(map(len, prose)),
        converged=DEAR not in prose,
    )
    result = Restyled.of(parts)
    assert (len(result.fills), result.steps_used, result.converged) == (
        totals.blocks,
        totals.steps_used,
        totals.converged,
    )


def test_parts_come_before_the_next_chunk_is_read() -> None:
    read: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            read.append(number)
            yield "Some words to say.\n"
            yield "\n"

    seen: list[int] = []

    def write(part: Part) -> None:
        if isinstance(part, Block):
            seen.append(len(read))

    for _ in restyle(session(), chunks(lines(), "text"), manner(), write, rewrite=louder):
        pass
    assert seen == [1, 2, 3]


def test_the_candidate_that_is_most_like_the_passage_is_taken() -> None:
    """Whichever comes first; the others follow, the best first."""

    class Shorter(Parrot):
        """The longer a text, the less it is like any other."""

        def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
            return [[-float(len(row))] * len(row) for row in rows]

    texts = ["Some words to say to them.", "Some words.", "Some words to say to."]
    for order in permutations(texts):
        parts = iter(order)

        def attempt(canvas: int, parts: Iterator[str] = parts) -> Generator[Event, None, Rewritten]:
            yield from ()
            text = next(parts)
            return Rewritten(text=text, cost=Cost(steps=2, converged=text == "Some words."))

        scorer, passage = judged("Some words to say.", Shorter(Letters()), candidates=3)
        made = returned(best_of(scorer, passage, (), attempt, 0))
        assert (made.text, *made.others) == tuple(sorted(texts, key=len))
        assert made.cost == Cost(steps=6, converged=True)  # it is sure that converged, whatever the others did


def test_sound_texts_that_are_left_are_spare() -> None:
    scorer, passage = judged("some words here", Parrot(Letters()), spare=2)
    texts = ("other words here", "more words here", "further words here", "new words here")
    made = returned(best_of(scorer, passage, texts, lambda canvas: iter(()), 0))  # type: ignore[arg-type,return-value]
    assert (made.text, made.others) == (texts[0], texts[1:3])


class Ear(Parrot):
    """An engine that hears which register is asked for, and finds every token of a text so likely in it, in nats."""

    loud: dict[str, float]
    low: dict[str, float]

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        heard = self.loud if "Make it loud" in self.tokenizer.decode(cache) else self.low
        return [[heard.get(self.tokenizer.decode(row), -1.0)] * len(row) for row in rows]


nats = st.floats(-9, 0)


@given(nats, nats, nats, st.floats(0, 4))
def test_of_texts_alike_in_the_register_the_one_less_likely_in_the_other_is_better(
    here: float, there: float, elsewhere: float, contrast: float
) -> None:
    """By the contrast times the difference, for each token; what is told apart are the register's own words."""
    engine = Ear(Letters(), canvas_length=240, context_length=1600)
    engine.loud, engine.low = {"one": here, "two": here}, {"one": there, "two": elsewhere}
    scorer, _ = judged("was", engine)
    scorer = replace(scorer, contrast=contrast)
    one, two = scorer.told_apart([scorer.row("one"), scorer.row("two")])
    assert one == pytest.approx([here + contrast * (here - there)] * 4)
    assert two == pytest.approx([here + contrast * (here - elsewhere)] * 4)
    first, second = returned(scorer.judged(["one", "two"]))
    assert first.score - second.score == pytest.approx(contrast * (elsewhere - there))
    assert first.likeness == pytest.approx(second.likeness)


some_units = st.lists(st.sampled_from(["we're", " late", " again", ",", " lol", " don't"]), min_size=1).map(
    lambda parts: units_of("".join(parts).strip())
)


@given(some_units, st.data())
def test_a_fill_is_its_changes(units: tuple[Unit, ...], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(units)))
    place = slice(start, data.draw(st.integers(start, len(units))))
    fill = " ".join(data.draw(st.lists(st.sampled_from(["we", "are", "late,", "again"]), max_size=5)))
    whole, *parts = [*changes(units, place, fill, 7)] or [None]
    if whole is None:
        assert fill.split() == [unit.text for unit in units[place]]
        return
    assert not any(a.overlaps(b) for a, b in combinations(parts, 2))
    assert changed(units, parts).split() == changed(units, [whole]).split()
    assert changed(units, [whole]).startswith(joined(units[:start]).rstrip())


def test_words_before_the_first_one_have_a_blank_behind_them() -> None:
    units = units_of("come again")
    (_, *parts) = changes(units, slice(0, 1), "please come", 7)
    assert changed(units, parts) == "please come again"


def test_changes_are_made_that_are_better_and_others_not() -> None:
    engine = Listener(Letters())
    engine.likes = {"late": -1.0, "are": 1.0, "again": 2.0, "not": 0.5}
    scorer, passage = judged("we r late lol", engine)
    proposed = [
        Change(start=a, end=b, text=text) for a, b, text in ((1, 2, "are"), (2, 3, "again"), (1, 3, "late late"))
    ]
    proposed += [Change(start=3, end=4, text="not"), *omissions(passage.units, slice(2, 4))]
    assert changed(passage.units, returned(adopted(scorer, passage, proposed))) == "we are again lol"
    assert returned(adopted(scorer, passage, [])) == ()


def test_of_changes_in_one_place_the_best_is_made_and_no_other() -> None:
    engine = Listener(Letters())
    engine.likes = {"are": 2.0, "be": 1.0}
    scorer, passage = judged("we r late", engine)
    both = [Change(start=1, end=2, text=text) for text in ("be", "are")]
    assert changed(passage.units, returned(adopted(scorer, passage, both))) == "we are late"


def test_changes_that_are_sound_by_themselves_are_not_made_together_where_that_is_not() -> None:
    engine = Listener(Letters())
    engine.likes = {"so": 1.0}
    scorer, passage = judged("we are late", engine)
    together = [Change(start=1, end=1, text="so"), Change(start=1, end=2, text="so are")]
    assert changed(passage.units, returned(adopted(scorer, passage, together))) == "we so are late"


def test_those_words_are_freed_first_that_disagree_the_most() -> None:
    units = units_of("we `x` r late", [(3, 6)])
    disagreement = [1.0, 9.0, 5.0, 2.0, 4.0]  # the second is held, the last is the end
    found = [freed(units, disagreement, strength) for strength in (0.25, 0.5, 0.75, 1.0)]
    assert found == [{2}, {2, 4}, {2, 3, 4}, {0, 2, 3, 4}]


class Scribe(Parrot):
    """An engine whose encoder writes its phrase once, whatever it has read, and notes where that is its first word."""

    def following(self, cache: object) -> mx.array:
        if isinstance(cache, tuple):
            self.prompts.append(cache)
        return super().following(cache)

    def after(self, length: int) -> int:
        phrase = self.tokenizer.encode(self.phrase)
        return phrase[length] if length < len(phrase) else END


def test_what_the_encoder_writes_is_proposed_where_words_are_free() -> None:
    units = units_of("we r late lol")
    everywhere = set(text_changes(units, ["we are late."], frozenset(range(5))))
    assert {(change.start, change.end, change.text) for change in everywhere} == {
        *((0, 4, "we are late."), (1, 4, "are late.")),
    }
    found = set(text_changes(units, ["we are late."], frozenset({1, 2, 3})))
    assert found == {change for change in everywhere if change.start}
    assert not set(text_changes(units, ["we are late."], frozenset({0, 1})))


def test_texts_are_drawn_each_once_and_the_first_is_the_likeliest() -> None:
    class Undecided(Scribe):
        def following(self, cache: object) -> mx.array:
            return super().following(cache) / 30  # nearly all letters are as likely

    engine = Undecided(Letters(), "we are late.")
    scorer, _ = judged("we r late", engine)
    first, *others = returned(written(scorer))
    assert first == "we are late."
    assert len({first, *others}) == TEXTS
    assert (first, *others) == returned(written(scorer))
    for text in others:
        assert len(text) <= 1.5 * len("we r late") + 4.5


def test_a_text_ends_where_the_encoder_ends_it() -> None:
    class Talker(Scribe):
        def following(self, cache: object) -> mx.array:
            """What comes next by far, and else an x."""
            x = mx.arange(self.vocab_size) == self.tokenizer.encode("x")[0]
            return mx.maximum(super().following(cache), mx.where(x, 15.0, 0.0))

    scorer, _ = judged("we r late and more of it", Talker(Letters(), "we are late."))
    assert returned(written(scorer)) == ("we are late.",)


def test_for_several_candidates_the_encoder_writes_once() -> None:
    once, thrice = (Scribe(Letters(), "we are late.", canvas_length=240, context_length=1600) for _ in range(2))
    run("we r late lol", manner(), once, rewrite=rewrite)
    run("we r late lol", manner(candidates=3), thrice, rewrite=rewrite)
    assert len(once.prompts) == 1 + 1  # and a batch of canvases
    assert len(thrice.prompts) == 1 + 3


@given(st.text(alphabet="ab1 .`", max_size=30), st.text(alphabet="abc1 .`", max_size=30), st.sets(st.integers(0, 20)))
def test_what_the_encoder_writes_changes_no_word_that_is_not_free(text: str, phrase: str, free: set[int]) -> None:
    units = units_of(text.strip())
    free = {place for place in free if place <= len(units)}
    for change in text_changes(units, [phrase], frozenset(free)):
        assert set(range(change.start, change.end)) <= free
        assert changed(units, [change]).startswith(joined(units[: change.start]).strip())


def restyled(text: str, phrase: str, likes: float = 0.0, **options: object) -> tuple[str, bool]:
    """A text whose encoder writes a phrase, and finds each token of all else so likely; and whether canvases were."""

    class Writer(Scribe):
        def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
            return [[likes if self.tokenizer.decode(row).startswith(phrase) else -1.0] * len(row) for row in rows]

    engine = Writer(Letters(), phrase, canvas_length=240, context_length=1600)
    events, result = run(text, manner(**options), engine, rewrite=rewrite)
    return result.text, any(isinstance(event, CanvasStart) for event in events)


def test_what_the_encoder_writes_stands_for_a_passage_where_it_is_sound_and_better() -> None:
    assert restyled("we r late lol.", "we are late.", strength=1.0) == ("we are late.", False)
    assert restyled("we r late lol.", "we are late.", likes=-2.0, strength=1.0)[1]  # it is worse
    assert restyled("we r late lol.", "we are not late.", strength=1.0)[1]  # it is not sound
    assert restyled("we r late lol 7.", "we are late.", strength=1.0)[1]  # it lacks what is held


def test_it_changes_no_more_words_than_the_strength_allows() -> None:
    """Marks and capitals do not count."""
    assert restyled("we r late lol.", "We are late!", strength=0.5) == ("We are late!", False)
    assert restyled("we r late lol.", "We are late!", strength=0.4)[1]


def test_of_the_texts_that_are_better_than_the_passage_that_comes_first_which_is_most_like_it() -> None:
    class Sorter(Parrot):
        """It likes `so`, and not `very`."""

        def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
            found = []
            for row in rows:
                text = self.tokenizer.decode(row)
                likely = -1.0 + 0.3 * len(re.findall("so", text)) - 0.5 * len(re.findall("very", text))
                found.append([likely] * len(row))
            return found

    scorer, passage = judged("we r late lol", Sorter(Letters()))
    texts = ["we are so late", "we are so, so late", "we are very late"]
    expected = ("we are so, so late", "we are so late")
    for order in (texts, texts[::-1]):
        assert returned(whole(scorer, passage, order)) == expected


def test_a_text_that_lacks_what_is_held_does_not_stand_for_a_passage() -> None:
    scorer, passage = judged("we *r* late lol", Listener(Letters(), likes={"are": 1.0}))
    assert any(unit.held for unit in passage.units)
    assert returned(whole(scorer, passage, ["we are late"])) == ()
    assert returned(whole(scorer, passage, ["we *are* late"])) == ("we *are* late",)


def test_what_is_little_like_the_passage_does_not_stand_for_it() -> None:
    class Sure(Parrot):
        each = ALIKE / 2 + 0.01  # of all tokens

        def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
            return [[self.each] * len(row) for row in rows]

    scorer, passage = judged("we r late lol", Sure(Letters()))
    assert returned(whole(scorer, passage, ["we are late."])) == ("we are late.",)
    Sure.each -= 0.02
    assert not returned(whole(scorer, passage, ["we are late."]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("come asap, ASAP", "come at once, At once"),
        ("Asap\n means  now", "At once\n means  now"),
        ("asaps, an asap; `asap`", "asaps, an at once; `asap`"),
        ("see  you", "goodbye"),
    ],
)
def test_an_example_is_said_wherever_its_words_stand(text: str, shown: str) -> None:
    spans = kept_spans(text)
    assert as_shown(text, spans, [("asap", "at once"), ("see you", "goodbye"), ("at once", "never")]) == shown
    assert as_shown(text, spans, []) == text


def test_an_example_applies_right_beside_what_is_kept() -> None:
    """Only words that share a character with it stay."""
    text = "go (asap) now"
    for span in ((0, 4), (8, 9)):
        assert as_shown(text, (span,), [("asap", "at once")]) == "go (at once) now"
    for span in ((0, 5), (7, 9)):
        assert as_shown(text, (span,), [("asap", "at once")]) == text


def test_what_an_example_says_is_kept() -> None:
    _, result = run("Come to us asap.", manner(strength=1.0, examples=(("asap", "at once"),)), rewrite=rewrite)
    assert "at once" in result.text


words = st.lists(st.sampled_from([*"ab1.,!*_`[](", "word", "other", "it's", " ", "  ", "https://a.b", "`a b`"])).map(
    "".join
)


@given(words, st.booleans())
def test_units_are_the_text(text: str, markup: bool) -> None:
    text = text.strip()
    spans = kept_spans(text)
    units = units_of(text, spans, markup=markup)
    assert joined(units) == text
    kept = [text[start:end] for start, end in spans]
    held = "".join(unit.whole if unit.held else " " for unit in units)
    assert all(part in held for part in kept if " " not in part)
    assert not any(re.search(r"[*_`\[\]]", unit.text) for unit in units if not unit.held and markup)


def test_what_stresses_words_in_a_plain_text_is_held() -> None:
    units = units_of("I *really* mean _all of it_, ~~no~~ 3 * 4 * 5.", markup=False)
    assert [unit.text for unit in units if unit.held and unit.text not in ",."] == ["*", "*", "_", "_", "~~", "~~"]


@given(words, st.integers(1, 30))
def test_passages_are_the_text(text: str, most: int) -> None:
    spans = kept_spans(text)
    parts = list(passages(text, spans, len, most))
    assert "".join(parts) == text
    start = 0
    for part in parts[:-1]:
        start += len(part)
        assert not any(a < start < b for a, b in spans)


def test_passages_are_whole_sentences_where_these_fit() -> None:
    text = "One two. Three four! Five six seven eight nine. Ten."
    assert list(passages(text, (), len, 21)) == ["One two. Three four! ", "Five six seven eight ", "nine. Ten."]
    assert list(passages(text, (), len, 100)) == [text]


@pytest.mark.parametrize(
    ("kept", "parts"),
    [
        ((0, 3), ["日本語", "文章です"]),
        ((3, 7), ["日本語", "文章です"]),
        ((0, 4), ["日本語文", "章です"]),
        ((2, 4), ["日本語文", "章です"]),
    ],
)
def test_a_passage_may_end_right_where_what_is_kept_begins_or_ends(kept: tuple[int, int], parts: list[str]) -> None:
    assert list(passages("日本語文章です", [kept], len, 4)) == parts


@given(st.text(alphabet="ab ", max_size=20), st.lists(st.floats(-9, 9), min_size=25, max_size=25))
def test_what_is_freed_at_one_strength_is_freed_at_every_larger_one(text: str, numbers: list[float]) -> None:
    units = units_of(text.strip())
    sets = [freed(units, numbers, strength / 10) for strength in range(11)]
    assert all(less <= more for less, more in pairwise(sets))
    assert (len(sets[0]), len(sets[10])) == (0, len(units) + 1)


def test_canvases_of_one_strength_come_first_at_every_larger_one() -> None:
    def begun(strength: float) -> list[tuple[str, str]]:
        events, _ = run("Some words to say and more of them.\n", manner(strength=strength), rewrite=rewrite)
        steps = [event for event in events if isinstance(event, Step) and event.step == 1]
        held = ["".join(" _"[free] for free in step.free) for step in steps]
        return [(mask.rstrip(), repr(step.input[: len(mask.rstrip())])) for step, mask in zip(steps, held, strict=True)]

    gradual = [begun(strength) for strength in (0.2, 0.4, 0.5, 1)]
    assert [len(canvases) for canvases in gradual] == [3, 6, 9, 15]
    assert gradual[1][:3] == gradual[0]
    assert gradual[2][:6] == gradual[3][:6] == gradual[1]
    free = [mask.count("_") for mask, _ in gradual[3][::3]]
    assert free == sorted(free)


def test_a_fill_takes_the_blank_of_the_words_before_it() -> None:
    assert fitted(" but slow", " ", "good") == " but slow"
    assert fitted(", but slow", " ", "good") == ", but slow"
    assert fitted("but  slow\n", " ", "good") == " but slow"
    assert fitted(" but", "", "**") == "but"
    assert fitted(" The", "", "") == "The"
    assert fitted("  ", " ", "good") == ""


def test_a_fill_of_a_script_without_blanks_has_none_before_it() -> None:
    units = units_of("我们去公园")
    assert changed(units, [Change(start=1, end=1, text="吧")]) == "我们去公园吧"


WITHOUT_BLANKS = {
    "Chinese": "我们今天去公园散步吧，那里的花开得很漂亮。",
    "Japanese": "今日は公園へ散歩に行きましょう。花がとてもきれいです！",
    "Thai": "วันนี้เราไปเดินเล่นที่สวนสาธารณะกันเถอะดอกไม้สวยมาก",
    "Khmer": "ថ្ងៃនេះយើងទៅដើរលេងនៅសួនច្បារ។",
    "Burmese": "ဒီနေ့ကျွန်တော်တို့ပန်းခြံကိုသွားကြမယ်။",
    "one word": "донау",
    "emoji": "👩\u200d👩\u200d👧🇩🇪👍🏽",
}


@pytest.mark.parametrize("unit", WITHOUT_BLANKS.values(), ids=WITHOUT_BLANKS.keys())
def test_text_without_blanks_is_rewritten_or_left_and_the_rest_comes(unit: str) -> None:
    text = f"Some words, {unit * 12} and more.\n\nOther words to say.\n"
    engine = Parrot(Letters(), canvas_length=90, context_length=900)
    _, result = run(text, manner(strength=1.0), engine, rewrite=rewrite)
    assert len(result.fills) == 2
    assert result.document.text == text
    assert engine.prompts != []


class Bytes(Letters):
    """A tokenizer that knows ASCII only, and spells all else."""

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(10 + byte % 190 for byte in text.encode())


@pytest.mark.parametrize("text", ["ในวันนี้อากาศดีมากเราจึงไปเที่ยวสวนสาธารณะกัน" * 10, "今天天气很好，我们去公园玩。" * 30])
def test_no_time_is_spent_on_a_script_that_the_model_has_no_words_in(text: str) -> None:
    engine = Parrot(Bytes(), canvas_length=240, context_length=1600)
    _, result = run(f"{text}\n\nOther words to say.\n", manner(strength=1.0), engine, rewrite=rewrite)
    first, *others = result.fills
    assert (first.text, first.steps, first.skipped) == (first.old, 0, True)
    assert first.faults == ("this model has no words in its script; another may, see `dg models`",)
    assert [bool(block.steps) for block in others] == [True]


@pytest.mark.parametrize("unit", WITHOUT_BLANKS.values(), ids=WITHOUT_BLANKS.keys())
def test_passages_without_blanks_are_short_and_part_no_letter(unit: str) -> None:
    text = unit * 40
    parts = list(passages(text, (), len, 30))
    assert "".join(parts) == text
    assert max(map(len, parts)) <= 30
    for part in parts[1:]:
        assert unicodedata.category(part[0])[0] != "M"
        assert part[0] not in "\u200d🏽។။。！，"
    flags = "🇩🇪" * 40
    assert all(len(part) % 2 == 0 for part in passages(flags, (), len, 7))


def test_sentences_end_in_every_script() -> None:
    assert list(passages("我去。「好！」他说？是…", (), len, 5)) == ["我去。", "「好！」", "他说？是…"]
    assert list(passages("मैं जाता हूँ। वह आता है।", (), len, 15)) == ["मैं जाता हूँ। ", "वह आता है।"]
    assert list(passages("هل تأتي؟ نعم سآتي.", (), len, 10)) == ["هل تأتي؟ ", "نعم سآتي."]


@given(st.text(alphabet="我。，ab กำ\u0301\u200d👩「」", max_size=60), st.integers(1, 9), st.data())
def test_passages_of_any_script_are_the_text(text: str, most: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    kept = [(start, data.draw(st.integers(start, len(text))))]
    parts = list(passages(text, kept, len, most))
    assert "".join(parts) == text
    cut = 0
    for part in parts[:-1]:
        cut += len(part)
        assert not kept[0][0] < cut < kept[0][1]
        assert text[cut] not in "\u0301\u200d"
        assert text[cut - 1] != "\u200d"
        assert not text[cut].isspace()  # it would be lost: a rewriting begins with a word


def test_what_has_no_place_to_be_cut_is_left_and_said() -> None:
    text = f"Other words go to «{'b ' * 200}» of it.\n\nSome words to say.\n"
    _, result = run(text, manner(), Parrot(Letters(), canvas_length=90, context_length=900))
    assert f"«{'b ' * 200}»" in result.text
    assert result.text.endswith("SOME WORDS TO SAY.\n")
    glued = manner(keep=(re.compile("x+"),))
    _, result = run(f"Some words of «{'b' * 20}»!—x{'x' * 90}—so it is.\n", glued, Parrot(Letters(), canvas_length=90))
    assert "x" * 91 in result.text


def test_names_are_kept_wherever_they_stand() -> None:
    text = "hey bob, can you tell maria to come?\n\nso Maria said that maria and BOB know.\n"
    _, result = run(text, manner())
    assert result.text == "HEY bob, CAN YOU TELL maria TO COME?\n\nSO Maria SAID THAT maria AND BOB KNOW.\n"


def test_in_a_stream_names_are_known_from_what_was_read() -> None:
    parts = ["tell maria to come.\n", "\n", "so Maria came here.\n", "\n", "then maria went off.\n"]
    _, result = run(parts, manner(), at_once=False)
    assert result.text == "TELL MARIA TO COME.\n\nSO Maria CAME HERE.\n\nTHEN maria WENT OFF.\n"


def test_a_letter_shows_names_in_its_headers() -> None:
    text = "From: Anna Lee <al@b.c>\nTo: bob@b.c\n\nSo anna said that it is so.\n"
    parts: list[Part] = []
    for _ in restyle(session(), chunks([text], "text"), manner(), parts.append, at_once=True, rewrite=louder):
        pass
    assert "SO anna SAID" in Restyled.of(parts).text


THREE = "{}\n\n    code it is\n\n- {}\n\n{}\n".format(*PARAGRAPHS[:2], PARAGRAPHS[3])


def in_two_ways(session: Session, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
    """Louder, or as a title; for the second paragraph nothing. What is drawn once more is another."""
    yield from ()
    if "more" in passage.text:
        return Rewritten(text=passage.text, cost=Cost(steps=1))
    drawn = "".join(chr(ord("a") + digit) for digit in map(int, str(*session.draws.noise(1, [Site(0, 0)]))))
    return Rewritten(text=passage.text.upper(), others=(f"{drawn} {passage.text}",), cost=Cost(steps=1))


def decided(*decisions: Decision, text: str = THREE) -> tuple[list[Offer], Restyled, Totals]:
    """What was offered, and what came of decisions about it."""
    waiting = list(decisions)
    offers: list[Offer] = []

    def choose(offer: Offer) -> Decision:
        offers.append(offer)
        return waiting.pop(0)

    parts: list[Part] = []
    lines = chunks([text], "markdown")
    totals = returned(restyle(session(), lines, manner(), parts.append, rewrite=in_two_ways, choose=choose))
    assert not waiting
    return offers, Restyled.of(parts), totals


def test_what_is_chosen_stands_in_a_paragraphs_place() -> None:
    offers, result, _ = decided(1, 0)
    assert [offer.hole for offer in offers] == [1, 3]  # nobody is asked about what nothing better was found for
    assert offers[0].fills[0].old == PARAGRAPHS[0]
    assert result.text == f"{offers[0].fills[1].text}\n\n    code it is\n\n- one more of them\n\nTHEN IT ENDS\n"
    assert result.fills[0].others[0].text == "SOME WORDS TO SAY HERE\n"


def test_taking_the_best_of_the_rest_asks_no_more_and_is_what_comes_unasked() -> None:
    _, unasked = run(THREE, manner(), rewrite=in_two_ways)
    offers, result, _ = decided(Verdict.REST)
    assert len(offers) == 1
    assert result == unasked


def test_stopping_leaves_this_one_and_all_that_follow() -> None:
    offers, result, totals = decided(0, Verdict.STOP)
    assert len(offers) == 2
    assert result.text == THREE.replace(PARAGRAPHS[0], PARAGRAPHS[0].upper())
    assert totals.stopped
    _, result, totals = decided(Verdict.STOP)
    assert result.text == THREE
    assert (totals.blocks, totals.kept, totals.left) == (3, 3, 0)


def test_what_is_kept_is_no_fault() -> None:
    _, result, totals = decided(Verdict.SKIP, 0)
    assert result.text == THREE.replace("then it ends", "THEN IT ENDS")
    assert (totals.kept, totals.left, totals.stopped) == (1, 0, False)


def test_others_come_from_other_noise_and_before_those_that_were_there() -> None:
    offers, result, _ = decided(Verdict.AGAIN, Verdict.AGAIN, 0, 0)
    assert [len(offer.fills) for offer in offers] == [2, 3, 4, 2]
    assert offers[2].fills[1:] == tuple(replace(fill, steps=3) for fill in offers[1].fills)
    assert result.fills[0].text == f"{offers[2].fills[0].text}\n"
    assert result.fills[0].steps == 3


def test_going_back_decides_anew_and_reads_nothing_again() -> None:
    offers, result, totals = decided(0, Verdict.BACK, Verdict.BACK, Verdict.SKIP, 0)
    assert [offer.hole for offer in offers] == [1, 3, 1, 1, 3]
    assert offers[2] == offers[0]
    assert result.text == THREE.replace("then it ends", "THEN IT ENDS")
    assert totals.steps_used == 3


def test_words_of_a_persons_own_are_offered_first_when_they_come_back() -> None:
    offers, result, _ = decided("mine", Verdict.BACK, 0, 0)
    assert [fill.text for fill in offers[2].fills] == ["mine", *(fill.text for fill in offers[0].fills)]
    assert result.fills[0].text == "mine\n"
    offers, _, _ = decided(offers[0].fills[0].old, Verdict.BACK, 0, 0)
    assert offers[2] == offers[0]


def test_words_of_a_persons_own_are_laid_out_as_the_paragraph_was() -> None:
    text = "- a line that is wrapped\n  by hand, and words of\n  the same\n"
    _, result, _ = decided("mine is another text,\nas long as it was before", text=text)
    assert result.text == "- mine is another text,\n  as long as it was\n  before\n"
    assert result.fills[0].writer is None


def test_words_that_break_a_structure_are_held_against_no_later_paragraph() -> None:
    text = "- some words to say here\n- then it ends\n"  # in one list
    _, result, _ = decided("", 0, text=text)
    assert result.text == "- \n- THEN IT ENDS\n"


@given(st.lists(st.sampled_from([0, 1, Verdict.SKIP, Verdict.BACK, Verdict.AGAIN, "# own", "- [x](", ""]), max_size=8))
def test_whatever_is_decided_the_text_around_stays(decisions: list[Decision]) -> None:
    waiting = [*decisions, *[Verdict.STOP] * 9]
    _, result = run(THREE, manner(), rewrite=in_two_ways, choose=lambda _: waiting.pop(0))
    assert "\n\n    code it is\n\n- one more of them\n\n" in result.text
    assert result.document.text == THREE
