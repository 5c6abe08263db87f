"""The encoder as the judge of rewritings: what each part of the score is for, with an encoder that is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from dgcli.events import Trial
from dgcli.settings import HoleSettings
from dgcli.tasks.engine import JUDGED_AT_ONCE, Session
from dgcli.tasks.restyle.manner import ANSWER, Manner
from dgcli.tasks.restyle.passage import units_of
from dgcli.tasks.restyle.score import ANY, BACK, CONTRAST, Judged, Scorer
from tests.fakes import Letters, Parrot, finished, session_of

PASSAGE, LOUD, LOW = "we r late lol", "Make it loud.", "Make it low."
TEXT = "we are late."


@dataclass
class Hearsay(Parrot):
    """An engine whose encoder finds a text so likely after a request: nats a token by what the two hold."""

    after: Mapping[tuple[str, str], float] = field(default_factory=dict)  # type: ignore[assignment]

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        request = self.tokenizer.decode(cache)
        found = []
        for row in rows:
            text = self.tokenizer.decode(row)
            told = [nats for (asked, said), nats in self.after.items() if asked in request and said == text]
            found.append([sum(told) - 1.0] * len(row))
        return found


def judge(after: Mapping[tuple[str, str], float], unlike: str = LOW, **weights: float) -> Scorer:
    engine = Hearsay(Letters(), after=after)
    session = session_of(engine)
    return Scorer(session=session, text=PASSAGE, manner=Manner(register=LOUD, unlike=unlike), **weights)


def judged(scorer: Scorer) -> Judged:
    """What the encoder finds of TEXT."""
    _, (found,) = finished(scorer.judged([TEXT]))
    return found


def test_a_text_that_is_likelier_after_the_request_is_better() -> None:
    assert judged(judge({(LOUD, TEXT): 0.5})).score > judged(judge({})).score


def test_a_text_that_the_passage_can_be_told_from_is_better() -> None:
    """The passage is read as what the text becomes in the register that words are told from."""
    for back in (BACK, 0.0, 2.0):
        before, after = (judged(judge(found, back=back)).score for found in ({}, {(f"{LOW}\n\n{TEXT}", PASSAGE): 0.5}))
        assert after - before == pytest.approx(back * 0.5)


def test_a_text_of_the_other_register_is_worse() -> None:
    """What is as likely after the request for the register that words are told from tells nothing of the one asked."""
    length, of_passage = len(TEXT) + 1, len(PASSAGE) + 1
    for contrast in (CONTRAST, 0.0, 2.0):
        before, after = (judged(judge(found, contrast=contrast)).score for found in ({}, {(LOW, TEXT): 0.5}))
        assert before - after == pytest.approx(contrast * 0.5 * length / of_passage)
        wanted = judged(judge({(LOUD, TEXT): 0.5}, contrast=contrast)).score
        assert wanted - before == pytest.approx((1 + contrast) * 0.5 * length / of_passage)


def test_where_no_register_is_named_words_are_told_from_any() -> None:
    assert judged(judge({(ANY, TEXT): 0.5}, unlike="")).score < judged(judge({}, unlike="")).score


def test_likeness_is_of_the_text_after_the_passage_and_of_the_passage_after_the_text() -> None:
    plain = judged(judge({}))
    assert plain.likeness == pytest.approx(-2.0)
    for after in ({(LOUD, TEXT): 0.5}, {(TEXT, PASSAGE): 0.5}):
        found = judged(judge(after))
        assert found.likeness == pytest.approx(-1.5)
    other = judged(judge({(LOW, TEXT): 0.5}))
    assert other.likeness == pytest.approx(plain.likeness)


def test_each_pass_over_several_texts_shows_one_of_them() -> None:
    texts = [f"{number}" for number in range(JUDGED_AT_ONCE + 1)]
    events, found = finished(judge({}).judged(texts))
    told = [1, 2, JUDGED_AT_ONCE + 1, *range(1, len(texts) + 1)]
    assert [event.which for event in events if isinstance(event, Trial)] == told
    assert len(found) == len(texts)


def test_units_disagree_that_the_request_makes_less_likely_than_the_other_register() -> None:
    class Words(Hearsay):
        def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
            """`lol` is unlikely in what is asked for, and likely in the other register."""
            (row,) = rows
            text = self.tokenizer.decode(row)
            found = [-1.0] * len(row)
            start = text.index("lol")
            found[start : start + 3] = [-3.0 if LOUD in self.tokenizer.decode(cache) else -0.5] * 3
            return [found]

    units = units_of(PASSAGE)
    plain = judge({})
    session = plain.session
    found = Scorer(
        session=Session(**{**vars(session), "engine": Words(Letters())}), text=PASSAGE, manner=plain.manner
    ).disagreements(units)
    assert len(found) == len(units) + 1
    assert found == pytest.approx([2.0, 2.0, 5.0, 1.0 + 3 * (3.0 + CONTRAST * 2.5), 1.0])


def test_the_answer_is_asked_for_alone_unless_the_model_was_trained_on_brief_requests() -> None:
    """Which a checkpoint says that reads no request where it fills holes."""
    plain = judge({})
    brief = replace(plain, session=replace(plain.session, holes=HoleSettings(bare=True)))
    read = plain.session.chat.tokenizer.decode
    assert read(brief.prompt) == read(plain.prompt).replace(f"{ANSWER} ", "") != read(plain.prompt)
    assert f"Rewrite this text. {LOUD}\n\n{PASSAGE}" in read(brief.prompt)
