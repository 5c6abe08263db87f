"""Fills by an encoder that was taught to write what stands between two texts, and to say where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from dgcli.checkpoint.suffix_first import LEFT, RIGHT, Marks, suffix_first, wish
from dgcli.diffusion import Site
from dgcli.platform.backend import mx
from dgcli.settings import HoleSettings
from dgcli.tasks.engine import Infiller, Session
from dgcli.tasks.infill.between import written_between
from dgcli.tasks.infill.infill import infill
from dgcli.text.marks import find_marks
from tests.fakes import Letters, Parrot, finished
from tests.tasks.test_hole import session as of_a_hole

Rows = tuple[tuple[int, ...], ...]
MARKS = Marks(begin=1, prefix=7, wish=8, end=9)


@dataclass
class Scribe(Parrot):
    """Its encoder writes ` short` and then the end, whatever it has read, and notes that."""

    says: str = " short"
    phrase: str = "x"

    def encode_rows(
        self,
        rows: Sequence[Sequence[int]],
        cache: tuple[int, ...] | tuple[tuple[int, ...], ...],
        continued: Sequence[int] | None = None,
    ) -> object:
        before = (
            [()] * len(rows) if isinstance(cache[0], int) else [cache[row] for row in continued or range(len(cache))]
        )
        return tuple((*old, *row) for old, row in zip(before, rows, strict=True))  # type: ignore[misc]

    def following(self, cache: Rows | tuple[int, ...]) -> mx.array:
        if isinstance(cache[0], int):
            self.prompts.append(cache)  # type: ignore[arg-type]
            rows: Sequence[Sequence[int]] = [()]
        else:
            rows = cache  # type: ignore[assignment]
        return mx.array([self._next(len(row)) for row in rows])

    def _next(self, place: int) -> list[float]:
        text = [*self.tokenizer.encode(self.says), MARKS.end]
        return [40.0 * (token == text[min(place, len(text) - 1)]) for token in range(self.vocab_size)]

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        said = self.tokenizer.encode(self.says)
        return [[0.0 if tuple(row[: len(said)]) == said else -9.0] * len(row) for row in rows]


@dataclass
class Told:
    """Draws that write the texts they are told, by the row, and note the canvases that they are asked for."""

    texts: Sequence[Sequence[int]]
    canvases: list[tuple[int, ...]] = field(default_factory=list)

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> list[int]:
        self.canvases.append(tuple(site.canvas for site in sites))
        texts = [self.texts[site.canvas % len(self.texts)] for site in sites]
        return [text[min(site.position, len(text) - 1)] for text, site in zip(texts, sites, strict=True)]


def session(engine: Scribe) -> Session:
    holes = HoleSettings(continuations=3, bare=True)
    return replace(of_a_hole(engine), holes=holes, infiller=Infiller(engine, MARKS))


def test_what_follows_is_read_first_and_what_precedes_last() -> None:
    assert suffix_first(MARKS, [11, 12], [21, 22]) == (1, 21, 22, 7, 11, 12)
    assert suffix_first(MARKS, [11, 12], [21, 22], [31]) == (1, 21, 22, 7, 31, 8, 11, 12)


def test_the_nearest_of_a_long_text_is_read() -> None:
    left, right = list(range(1000, 1000 + 2 * LEFT)), list(range(2000, 2000 + 2 * RIGHT))
    found = suffix_first(MARKS, left, right)
    assert found[1 : 1 + RIGHT] == tuple(right[:RIGHT])
    assert found[-LEFT:] == tuple(left[-LEFT:])
    assert len(found) == LEFT + RIGHT + 2


@pytest.mark.parametrize(
    ("hint", "words", "said"),
    [("", None, ""), ("a cat", None, "a cat"), ("", 4, "4 words"), ("a cat", 4, "a cat; 4 words")],
)
def test_a_wish_says_what_the_mark_says(hint: str, words: int | None, said: str) -> None:
    assert wish(hint, words) == said


@pytest.mark.parametrize("most", [3, 6, 20])
def test_a_fill_ends_where_its_infiller_ends_it_or_where_it_has_to(most: int) -> None:
    engine = Scribe(Letters())
    task = written_between(session(engine), (1, 7, 50), forbidden=engine.tokenizer.control, first_canvas=0, most=most)
    _, found = finished(task)
    assert [engine.tokenizer.decode(one) for one in found] == [" short"[:most]]


def told(texts: Sequence[str], *, says: str = " short", most: int = 6, round: int = 0) -> tuple[list[str], Told]:
    """The fills where the draws write `texts`, `.` being the end, and the infiller thinks `says` likeliest."""
    engine = Scribe(Letters(), says=says)
    encode, decode = engine.tokenizer.encode, engine.tokenizer.decode
    draws = Told([[MARKS.end if letter == "." else encode(letter)[0] for letter in text] for text in texts])
    asked = replace(session(engine), draws=draws)  # type: ignore[arg-type]
    _, fills = finished(written_between(asked, (1, 7, 50), forbidden=(), first_canvas=round, most=most))
    return [decode(fill) for fill in fills], draws


@pytest.mark.parametrize(
    ("texts", "fills"),
    [
        (["?", "ab.cd", "c."], [" short", "ab", "c"]),  # nothing behind an end
        (["?", "ab.", "ab."], [" short", "ab"]),  # each once
        (["?", ".", "ab."], [" short", "ab"]),  # none that is empty
        (["?", "abcdefgh", "ab."], [" short", "ab"]),  # none that is cut
    ],
)
def test_fills_are_whole_and_differ_and_the_first_is_the_likeliest(texts: list[str], fills: list[str]) -> None:
    assert told(texts, most=7)[0] == fills


def test_fills_are_cut_where_none_has_ended() -> None:
    assert told(["?", "abcd", ".ab"], says="long words", most=3)[0] == ["lon", "abc"]


def test_no_more_is_written_when_all_fills_have_ended() -> None:
    assert len(told(["?", "abc.", "."], says="ab", most=20)[1].canvases) == len("abc.")


def test_no_two_rounds_draw_the_same_choices() -> None:
    drawn = [canvas for number in range(3) for canvas in told(["?", "a.", "b."], round=number)[1].canvases[0]]
    assert len(set(drawn)) == len(drawn)


def test_a_hole_is_filled_by_the_infiller_that_has_read_both_sides() -> None:
    engine = Scribe(Letters())
    document = find_marks("One [[?~3 two]] three.", "x")
    _, result = finished(infill(session(engine), document))
    assert result.text == "One short three."
    assert result.fills[0].writer == "encoder"
    encode = engine.tokenizer.encode
    assert suffix_first(MARKS, encode("One"), encode(" three."), encode(" two; 3 words")) in engine.prompts


def test_where_nothing_follows_there_is_nothing_to_lead_up_to() -> None:
    """Then the encoder goes on with the text as it is."""
    engine = Scribe(Letters())
    list(infill(session(engine), find_marks("One [[?]]", "x")))
    assert not any(MARKS.prefix in prompt for prompt in engine.prompts)
