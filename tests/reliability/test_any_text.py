"""Whatever dialect a text is in: a rewrite changes words of prose, and a fill its hole, and nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli.events import Event
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.passage import Passage, joined
from dgcli.tasks.restyle.restyle import restyle
from dgcli.tasks.restyle.restyled import Part, Restyled
from dgcli.tasks.restyle.select import Rewritten
from dgcli.text.blocks import chunks
from dgcli.text.document import splice
from dgcli.text.kept import kept_strings, lost
from dgcli.text.marks import find_marks
from tests.cli.conftest import Dg
from tests.reliability.fragments import COMMON, HEADS, MAIL, MARKDOWN, MDX, PROSE, SIGNATURES, TRAILERS, Fragment
from tests.tasks.test_restyle import session

MANNER = Manner(register="formal", strength=1.0)
SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pe", "ra")


def other_words(session: Session, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
    """A way to rewrite that puts another word, longer or shorter, in the place of every word that is not held."""
    yield from ()
    numbers = count(len(passage.text))

    def other(match: re.Match[str]) -> str:
        number = next(numbers)
        return "".join(SYLLABLES[(3 * number + 7 * place) % 10] for place in range(2 + number % 4))  # none twice

    words = [
        unit if unit.held else replace(unit, text=re.sub(r"[^\W\d_]+", other, unit.text)) for unit in passage.units
    ]
    return Rewritten(text=joined(words))


def rewritten(text: str, name: str) -> Restyled:
    parts: list[Part] = []
    for _ in restyle(session(), chunks([text], name=name), MANNER, parts.append, rewrite=other_words):
        pass
    return Restyled.of(parts)


def holds(fragments: Sequence[Fragment], text: str) -> None:
    """All that is not prose stands in the text, in order."""
    place = 0
    for fragment in fragments:
        for fixed in fragment.fixed:
            found = text.find(fixed, place)
            assert found >= 0, f"{fixed!r} of {fragment.text!r} is gone from {text[place:]!r}"
            place = found + len(fixed)


def check(fragments: Sequence[Fragment], name: str) -> None:
    text = "\n".join(fragment.text for fragment in fragments)
    result = rewritten(text, name)
    holds(fragments, result.text)
    assert not lost(kept_strings(text), kept_strings(result.text))


def mixed(*kinds: Sequence[Fragment], head: Sequence[Fragment] = (), end: Sequence[Fragment] = ()) -> st.SearchStrategy:
    """Texts of prose between fragments of some kinds, with a head or an end or without."""
    body = st.lists(st.sampled_from([fragment for kind in (PROSE, PROSE, *kinds) for fragment in kind]), max_size=6)
    body = body.filter(_indented_text_is_code)
    heads = st.sampled_from([(), *((one,) for one in head)])
    ends = st.sampled_from([(), *((one,) for one in end)])
    return st.tuples(heads, body, ends).map(lambda parts: [*parts[0], *parts[1], *parts[2]])


def _indented_text_is_code(fragments: Sequence[Fragment]) -> bool:
    """Below a list, a note or the like it is a part of that."""
    return all(before in PROSE for before, one in pairwise([PROSE[0], *fragments]) if one.text.startswith("    "))


@given(mixed(MARKDOWN, head=HEADS))
def test_markdown_changes_in_its_prose_alone(fragments: list[Fragment]) -> None:
    check(fragments, "page.md")


@given(mixed(COMMON, MDX, head=HEADS[:1]))
def test_mdx_changes_in_its_prose_alone(fragments: list[Fragment]) -> None:
    check(fragments, "page.mdx")


@given(mixed(MAIL, end=(TRAILERS, *SIGNATURES)))
def test_letters_and_commits_change_in_their_prose_alone(fragments: list[Fragment]) -> None:
    check([Fragment("‹the subject of it all, which is a line›\n"), *fragments], "letter.txt")


@given(mixed(MARKDOWN, MAIL, end=(TRAILERS, *SIGNATURES)))
def test_a_pipe_changes_in_its_prose_alone(fragments: list[Fragment]) -> None:
    check(fragments, "")


@pytest.mark.parametrize("name", ["page.md", "letter.txt", ""])
def test_prose_is_rewritten_in_every_reading(name: str) -> None:
    """That nothing else changes would hold for a tool that does nothing."""
    for fragment in PROSE:
        assert rewritten(fragment.text, name).text != fragment.text


@given(mixed(MARKDOWN, MAIL), st.randoms(use_true_random=False))
def test_a_fill_changes_its_mark_alone(fragments: list[Fragment], dice: random.Random) -> None:
    parts = [part for fragment in fragments for part in (fragment.text, "\n")] or ["words\n"]
    place = dice.randrange(len(parts) + 1)
    text = "".join(parts[:place]) + "Some words [[? a hint of words]] behind them.\n\n" + "".join(parts[place:])
    document = find_marks(text, "page.md", in_code=False)
    before, after = text.split("[[? a hint of words]]")
    assert splice(document, ["a fill"]) == f"{before}a fill{after}"


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mixed(MARKDOWN, MAIL, head=HEADS, end=(TRAILERS, *SIGNATURES)), st.sampled_from(["markdown", "text", "auto"]))
def test_a_rewrite_by_noise_ends_well(dg: Dg, fragments: list[Fragment], reading: str) -> None:
    """A random model writes noise; what comes out is still the text in its dialect, and the exit code one of ours."""
    text = "\n".join(fragment.text for fragment in fragments)
    arguments = (
        "restyle",
        "--register",
        "formal",
        "--format",
        reading,
        "--strength",
        "1",
        "--steps",
        "2",
        "--seed",
        "1",
    )
    done = dg(*arguments, stdin=text.encode())
    assert done.code in (0, 5), done.stderr
    if reading == "auto":
        holds(fragments, done.text)
