"""What a model writes into a text holds nothing that steers a terminal or is no character, whatever the task."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import pytest

from dgcli.tasks.engine import Session
from dgcli.tasks.generate.generate import generate
from dgcli.tasks.infill.infill import infill
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.passage import Passage
from dgcli.tasks.restyle.propose import _alone, proposed, written
from dgcli.tasks.restyle.score import Scorer
from dgcli.text.marks import find_marks
from dgcli.text.punctuation import printable
from tests.fakes import Letters, Parrot, finished, session_of

STEERING = "\x1b[2J\x00\x07\x9b31m\x7f\u202e\u2066\ufffd"


class Steering(Letters):
    """A tokenizer whose every token has something of that kind."""

    def decode(self, ids: Sequence[int]) -> str:
        return STEERING.join(super().decode(ids))


def session() -> Session:
    engine = Parrot(Steering(), canvas_length=240, context_length=1600)
    return session_of(engine)


def generated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    _, end = finished(generate(session(), "x", 20))
    return [end.text]


def filled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    _, end = finished(infill(session(), find_marks("One [[?~2]] two.", "x"), alternatives=3))
    return [each.text for fill in end.fills for each in (fill, *fill.others)]


def proposals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is proposed for a passage: texts of the encoder, and changes by the denoiser."""
    manner = Manner(register="x", strength=1)
    passage = Passage.of("Some words to say.", manner)
    scorer = Scorer(session=session(), text=passage.text, manner=manner)
    _, texts = finished(written(scorer))
    _, (changes, _) = finished(proposed(scorer, passage, (), 0))
    return [*texts, *(change.text for change in changes)]


WORK: dict[str, Callable[[pytest.MonkeyPatch], list[str]]] = {
    "an answer": generated,
    "fills": filled,
    "rewritings": proposals,
}


def is_plain(text: str) -> bool:
    steers = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    return not steers and not set(text) & set(STEERING[-3:])


@pytest.mark.parametrize("work", WORK)
def test_nothing_that_is_no_text_is_written(work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = WORK[work](monkeypatch)
    assert any(texts)
    assert all(map(is_plain, texts))
    for module in ("tasks.generate.generate", "text.seams", "tasks.restyle.propose"):
        monkeypatch.setattr(f"dgcli.{module}.printable", lambda text, newline="\n": text)
    assert not all(map(is_plain, WORK[work](monkeypatch)))  # else this shows nothing


def test_what_is_text_stays() -> None:
    for text in ("a\tb\nc", "नमस्ते 👩‍👩‍👧 שלום\u200f, a\u00a0b", "e\u0301 日本"):
        assert printable(text) == text
    assert printable("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"
    assert printable("a\r\nb", " ") == "a b"


def test_what_nobody_sees_is_left_out_but_for_what_makes_a_character_of_several() -> None:
    scotland = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    for text in (scotland, "می\u200cروم", "👨\u200d👩\u200d👧", "❤\ufe0f", "ไทย\u200bไทย", "co\u00adop"):
        assert printable(text) == text
    hidden = "".join(chr(0xE0000 + ord(character)) for character in "obey")
    assert printable(f"a{hidden}b \u3164c\ue000d\U000f0000") == "ab cd"


@pytest.mark.parametrize(
    ("written_", "passage", "text"),
    [
        ("Here is the rewritten text: We are late.", "we r late.", "We are late."),
        ('"We are late."', "we r late.", "We are late."),
        ('"We are late."', '"we r late."', '"We are late."'),
        ("Here is the text: it is late.", "here is the text: its late", "Here is the text: it is late."),
    ],
)
def test_what_is_said_about_a_rewriting_is_no_part_of_it(written_: str, passage: str, text: str) -> None:
    assert _alone(written_, passage) == text
