"""Fills that the encoder writes from the left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from dgcli.diffusion import Site
from dgcli.events import CanvasStart, Doing, Trial
from dgcli.platform.backend import mx
from dgcli.settings import HoleSettings
from dgcli.tasks.engine import JUDGED_AT_ONCE, Session
from dgcli.tasks.infill.continuations import CLEARLY, CUTS, JUDGED, continuations
from dgcli.tasks.infill.hole import Hole
from dgcli.tasks.infill.infill import infill
from dgcli.tasks.infill.layout import Gap, lay_out_gap
from dgcli.text.marks import find_marks
from tests.fakes import Letters, Parrot, Spaced, finished
from tests.tasks.test_hole import session as of_a_hole

Rows = tuple[tuple[int, ...], ...]
TOLD = "Once upon a time there was a cat that sat down on the mat and slept for a while."


@dataclass
class Teller(Parrot):
    """Its encoder goes on with what is `told`, and expects an end after `ended` above all. It likes what is told."""

    told: str = TOLD
    ended: str = " down"
    phrase: str = "x"

    def encode_rows(
        self, rows: Sequence[Sequence[int]], cache: Rows | tuple[int, ...], continued: Sequence[int] | None = None
    ) -> Rows:
        before = (
            [cache] * len(rows)
            if cache and isinstance(cache[0], int)
            else [cache[row] for row in continued or range(len(cache))]
        )
        return tuple((*old, *row) for old, row in zip(before, rows, strict=True))  # type: ignore[misc]

    def following(self, cache: Rows | tuple[int, ...]) -> mx.array:
        rows = [cache] if isinstance(cache[0], int) else cache
        return mx.array([self._next(self.tokenizer.decode(row)) for row in rows])  # type: ignore[arg-type]

    def _next(self, text: str) -> list[float]:
        logits = [0.0] * self.vocab_size
        place = len(text)
        logits[self.tokenizer.encode(self.told[place])[0]] = 40.0
        if text.endswith(self.ended):
            logits[self.tokenizer.encode(".")[0]] = 30.0
        return logits

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        words = [self.tokenizer.decode(row).strip(" .") for row in rows]
        return [[0.0 if one and one in self.told else -9.0] * len(row) for one, row in zip(words, rows, strict=True)]


def session(engine: Parrot, *, count: int = 3) -> Session:
    return replace(of_a_hole(engine), holes=HoleSettings(continuations=count, bare=True))


def written(
    engine: Teller, left: str, *, most: int, right: str = ".", forbidden: frozenset[int] = frozenset()
) -> list[str]:
    encode = engine.tokenizer.encode
    behind = encode(".")[0]
    task = continuations(
        session(engine), encode(left), behind, right, forbidden=forbidden, first_canvas=0, most=most, texts=range(3)
    )
    _, found = finished(task)
    return [engine.tokenizer.decode(one) for one in found]


def test_a_continuation_is_cut_where_what_is_behind_the_hole_follows_best() -> None:
    """And where it ends next best; the same text is no further candidate."""
    first, *others = written(Teller(Letters()), "Once upon a time there was a cat that", most=20)
    assert first == " sat down"
    assert len(others) == CUTS - 1


@pytest.mark.parametrize("most", [6, 7, 11])
def test_a_continuation_ends_with_a_whole_word(most: int) -> None:
    for text in written(Teller(Letters(), ended="nowhere"), "Once upon a time", most=most):
        assert text.split() == TOLD[len("Once upon a time") :].split()[: len(text.split())]


def read_first(engine: Teller, text: str) -> list[tuple[int, ...]]:
    """What the encoder has read where it is asked what comes next first, in a run over a text."""
    read: list[tuple[int, ...]] = []
    engine.following = lambda cache: read.append(cache) or Teller.following(engine, cache)  # type: ignore
    one = session(engine)
    one = replace(one, holes=replace(one.holes, suffix=4))
    list(infill(one, find_marks(text, "x")))
    return [each for each in read if each and isinstance(each[0], int)]


def test_the_encoder_writes_after_it_has_read_what_follows() -> None:
    engine = Teller(Letters(), canvas_length=96)
    found = read_first(engine, "One [[?]] two.")
    assert [engine.tokenizer.decode(ids[1:]) for ids in found] == ["One", "two.\n\nOne"]
    _, read = read_first(engine, "One [[? a hint]] two.")
    assert re.fullmatch(r"two\..*a hint.*One", engine.tokenizer.decode(read[1:]), re.DOTALL)


def test_half_of_the_texts_are_written_so_and_people_see_all_of_them_counted() -> None:
    one = session(Drifter(Letters(), canvas_length=96), count=5)
    one = replace(one, holes=replace(one.holes, suffix=4))
    events, _ = finished(infill(one, find_marks("One [[?]] two.", "x")))
    written = [event for event in events if isinstance(event, Trial) and event.doing is Doing.WRITING]
    assert {trial.count for trial in written} == {5}
    first, second = ([trial.which for trial in written if (trial.which > 3) is late] for late in (False, True))
    assert [trial.which for trial in written] == [*first, *second]
    assert first
    assert second


def test_where_nothing_follows_there_is_nothing_to_lead_up_to() -> None:
    engine = Teller(Letters(), canvas_length=96)
    assert [engine.tokenizer.decode(ids[1:]) for ids in read_first(engine, "One [[?]]")] == ["One"]


def test_people_see_each_token_as_it_is_written_and_then_the_texts_that_are_judged() -> None:
    document = find_marks("Once upon a time there was a cat that [[?]].", "x")
    events, _ = finished(infill(session(Teller(Letters(), canvas_length=96)), document))
    trials = [event for event in events if isinstance(event, Trial)]
    written = [trial for trial in trials if trial.doing is Doing.WRITING]
    assert [len(trial.text) for trial in written] == list(range(1, len(written) + 1))
    judged = trials[len(written) :]
    assert {trial.doing for trial in judged} == {Doing.JUDGING}
    assert [trial.which for trial in judged] == list(range(1, judged[0].count + 1, JUDGED_AT_ONCE))


@pytest.mark.parametrize(("ahead", "which"), [(CLEARLY - 0.1, 1), (CLEARLY + 0.1, 2)])
def test_of_texts_on_their_way_another_is_shown_where_it_is_clearly_likelier(ahead: float, which: int) -> None:
    a, b = Letters().encode("ab")

    class Second:
        """The second text has the likelier letter, and the others the other one."""

        def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> list[int]:
            return [b, a, b]

    engine = Teller(Letters())
    engine._next = lambda text: [ahead * (token == a) for token in range(engine.vocab_size)]  # type: ignore[method-assign]
    asked = replace(session(engine), draws=Second())  # type: ignore[arg-type]
    first = next(continuations(asked, (a,), b, "b", texts=range(3), forbidden=frozenset(), first_canvas=0, most=3))
    assert first == Trial(text="ba"[which - 1], doing=Doing.WRITING, which=which, count=3)


@pytest.mark.parametrize(
    ("right", "longest"), [(" and slept.", 18), (", it is said.", 18), (" Then it slept.", 40), (".", 40)]
)
def test_a_text_that_has_ended_a_sentence_goes_on_only_where_that_may_end(right: str, longest: int) -> None:
    """No fill is cut behind that end, and nothing is read for what would be written there."""
    engine = Teller(
        Letters(), told="The cat sat down all day. Then it went away and slept, and that was all.", ended=""
    )
    task = continuations(
        session(engine),
        engine.tokenizer.encode("The cat"),
        5,
        right,
        texts=range(3),
        forbidden=frozenset(),
        first_canvas=0,
        most=40,
    )
    trials, found = finished(task)
    assert all((". " in engine.tokenizer.decode(fill)) <= (longest == 40) for fill in found)
    assert len(trials) == longest + 1


def test_no_whole_word_is_no_continuation() -> None:
    assert written(Teller(Letters(), told="a" * 99), "aaa", most=5) == []


def test_what_no_fill_may_hold_is_not_written() -> None:
    encode = Letters().encode
    (text, *_) = written(Teller(Letters()), "Once upon a time", most=9, forbidden=frozenset(encode("w")))
    assert "w" not in text


class Drifter(Teller):
    """It goes on with letters and spaces, some likelier than others; an end is expected after a `z`."""

    likely = {"a": 0.0, "b": 0.2, "c": 0.4, "d": 0.6, "z": 0.1, " ": 1.0}  # noqa: RUF012

    def _next(self, text: str) -> list[float]:
        logits = [-30.0] * self.vocab_size
        for letter, logit in self.likely.items():
            logits[self.tokenizer.encode(letter)[0]] = logit
        logits[self.tokenizer.encode(".")[0]] = 4.0 if text.endswith("z") else -9.0
        return logits


@pytest.mark.parametrize(
    ("count", "written", "given"),
    [(12, range(12), JUDGED), (64, range(64), 32), (64, range(32), 16), (64, range(48, 64), 8)],
)
def test_of_many_cuts_the_likeliest_are_given_the_best_first(count: int, written: range, given: int) -> None:
    """Of two as long the one that what is behind follows, or with more of what is likely."""
    engine = Drifter(Letters())
    encode = engine.tokenizer.encode
    one, before, end = session(engine, count=count), encode("a"), encode(".")[0]
    task = continuations(one, before, end, ".", texts=written, forbidden=frozenset({end}), first_canvas=0, most=6)
    _, found = finished(task)
    texts = [engine.tokenizer.decode(each) for each in found]
    assert len(texts) == len(set(texts)) == given
    for length in {len(text) for text in texts}:
        ranks = [
            (text.endswith("z"), round(sum(engine.likely[letter] for letter in text), 6))
            for text in texts
            if len(text) == length and "z" not in text[:-1]  # what follows one is less likely for the end it expects
        ]
        assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(("left", "parted"), [("It was a ", True), ("It was a", False)])
def test_what_is_written_goes_on_with_no_word_from_which_a_blank_parts_it(left: str, parted: bool) -> None:
    """Whatever the encoder likes better."""
    engine = Drifter(Spaced())
    one, gap = session(engine, count=24), Gap(left=left, right=".")
    here = Hole(one, gap, lay_out_gap(gap, one.chat, engine.canvas_length, engine.context_length), 1, 1, 0)
    _, found = finished(here.write(0, 1, 5))
    assert all(engine.tokenizer.decode(each.ids).startswith(" ") for each in found) is parted


@pytest.mark.parametrize(("count", "canvases"), [(0, 5), (3, 1)])
def test_the_middle_length_alone_is_denoised_where_the_encoder_writes(count: int, canvases: int) -> None:
    document = find_marks("Once upon a time there was a cat that [[?]].", "x")
    events, result = finished(infill(session(Teller(Letters(), canvas_length=96), count=count), document))
    starts = [event for event in events if isinstance(event, CanvasStart)]
    assert len(starts) // (1 + result.fills[0].again) == canvases


@pytest.mark.parametrize(("count", "writer"), [(0, "denoiser"), (3, "encoder")])
def test_the_better_of_both_fills_a_hole(count: int, writer: str) -> None:
    document = find_marks("Once upon a time there was a cat that [[?]].", "x")
    _, result = finished(infill(session(Teller(Letters(), canvas_length=96), count=count), document))
    assert result.fills[0].writer == writer
    assert ("sat down" in result.text) == (count > 0)


def test_random_numbers_are_those_of_no_canvas_beside_it() -> None:
    """Each further round of a hole draws other ones, and each share of its texts."""
    engine = Teller(Letters(), told="", ended="")
    engine._next = lambda text: [0.0] * engine.vocab_size  # type: ignore[method-assign]
    encode = engine.tokenizer.encode
    before, behind = encode("a"), encode(".")[0]
    again, *rounds = [
        finished(
            continuations(
                session(engine), before, behind, ".", texts=texts, forbidden=frozenset(), first_canvas=first, most=9
            )
        )[1]
        for first, texts in ((0, range(3)), (0, range(3)), (1, range(3)), (2, range(2)), (2, range(2, 3)))
    ]
    assert again == rounds[0]
    assert all(not set(a) & set(b) for a, b in pairwise(rounds))


def test_a_fill_that_a_person_wrote_or_left_has_no_writer() -> None:
    _, result = finished(infill(session(Teller(Letters())), find_marks("A [[?]] b.", "x"), choose=lambda offer: "mine"))
    assert result.fills[0].writer is None
    assert replace(result.fills[0], skipped=True, tokens=4).writer is None
