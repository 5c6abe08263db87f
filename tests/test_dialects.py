"""What the dialects of Markdown have on lines of its own stays there, byte for byte."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.text.blocks import Chunk, Prose, chunks, pieces, same_structure
from dgcli.text.blocks.dialects import marks
from tests.dialects import FRONTS, PIECES, PROGRAMS
from tests.documents import WORDS

_ODD = (
    "=== %% %%x {{ }} {% %} :: a:: ::: /// !!! ??? | a. (a) (1) A. - # #tag ~ : $$ \\[ @a [[a]] {x} ^a == ++ ✅ *[A]:"
)
ODD = _ODD.split(" ")
NAME = "x.md"


def restyled(text: str, dice: random.Random, words: Sequence[str] = WORDS, name: str = NAME, **options: Any) -> str:
    """The text with each paragraph in other words, as far as the structure allows it."""
    result = ""
    for chunk in chunks([text], name=name):
        after = ""
        for piece in pieces(chunk, **options):
            new = " ".join(dice.choice(words) for _ in range(dice.randint(1, 25)))
            taken = isinstance(piece, Prose) and piece.keeps(new)
            after += piece if isinstance(piece, str) else piece.rewritten(new) if taken else piece.source
        result += after if same_structure(chunk, after) else chunk.text
    return result


def prose(text: str, name: str = NAME) -> list[str]:
    found = (piece for chunk in chunks([text], name=name) for piece in pieces(chunk))
    return [piece.text for piece in found if isinstance(piece, Prose)]


def in_order(wanted: Iterable[str], lines: Iterable[str]) -> bool:
    """Whether all wanted lines are among the lines, in this order."""
    rest = iter(lines)
    return all(any(line == one for line in rest) for one in wanted)


def written(piece: Sequence[tuple[bool, str]], before: str = "") -> list[tuple[bool, str]]:
    return [(stays, (before + line).rstrip(" ") if not line else before + line) for stays, line in piece]


# --- Lines of their own


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece[0][1][:30])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_of_their_own_stay_byte_for_byte(piece: list[tuple[bool, str]], newline: str) -> None:
    text = newline.join(["# Some head", "", *(line for _, line in piece), "", "Some words at the end of it.", ""])
    for seed in range(5):
        result = restyled(text, random.Random(seed))
        assert in_order((line for stays, line in piece if stays), result.split(newline))
        assert result.split(newline)[-2] != "Some words at the end of it."  # what is behind is read again


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece[0][1][:30])
def test_words_that_may_change_are_found(piece: list[tuple[bool, str]]) -> None:
    found = " ".join(prose("# Some head\n\n" + "\n".join(line for _, line in piece) + "\n"))
    for stays, line in piece:
        words = line.strip(" >~:-")
        assert (words in found) != stays or not words


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(PIECES), st.sampled_from(["", "", "> ", "  "])),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_documents_of_all_dialects_change_in_words_only(
    parts: list[tuple[list[tuple[bool, str]], str]], dice: random.Random, odd: bool
) -> None:
    lines = [entry for piece, before in parts for entry in [*written(piece, before), (True, "")]]
    text = "# Some head\n\n" + "\n".join(line for _, line in lines)
    result = restyled(text, dice, WORDS + ODD * odd, headings=False)
    assert marks(result) == marks(text)
    assert in_order((line for stays, line in lines if stays and line), result.split("\n"))


@given(st.lists(st.sampled_from([*ODD, *WORDS, *WORDS, "\n", "\n", "\n\n", "\n    ", "\n> ", "\n- "])), st.randoms())
def test_heaps_of_marks_raise_nothing_and_stay(parts: list[str], dice: random.Random) -> None:
    text = " ".join(parts)
    for name in (NAME, "x.mdx", ""):
        result = restyled(text, dice, WORDS + ODD, name)
        found = list(chunks([text], name=name))
        if all(chunk.format == "markdown" for chunk in found):
            assert marks(result, is_mdx=name == "x.mdx") == marks(text, is_mdx=name == "x.mdx")


# --- Leads and trails


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("a. words of an item\nb. words of the next\n", "a. ", "\n"),
        ("(a) words of an item\n(b) words of the next\n", "(a) ", "\n"),
        ("iv) words of an item\nv) words of the next\n", "iv) ", "\n"),
        ("Step 1: words of a step\nStep 2: words of the next\n", "Step 1: ", "\n"),
        ("**Step 1:** words of a step\n**Step 2:** words of the next\n", "**Step 1:** ", "\n"),
        ("Day 1 - words of a day\nDay 2 - words of the next\n", "Day 1 - ", "\n"),
        ("(ref:name) words of a caption\n\n(ref:other) words of the next\n", "(ref:name) ", "\n"),
        ("07:30 words of a day\n08:15 words of the next\n", "07:30 ", "\n"),
        ("(@) words of an example\n(@name) words of the next\n", "(@) ", "\n"),
        ("#. words of an item\n#. words of the next\n", "#. ", "\n"),
        ("A.  words of an item\nB.  words of the next\n", "A.  ", "\n"),
        ("• words of an item\n• words of the next\n", "• ", "\n"),
        ("✅ words of an item\n⚠️ words of the next\n", "✅ ", "\n"),
        ("1️⃣ words of an item\n2️⃣ words of the next\n", "1️⃣ ", "\n"),
        (":tada: words of an item\n\nwords of the next\n", ":tada: ", "\n"),
        ("[^1]: words of a note\n[^2]: words of the next\n", "[^1]: ", "\n"),
        ("- [/] words of a task\n- [-] words of the next\n", "- [/] ", "\n"),
        ("- [x] words of a task\n      - words of its part\n", "- [x] ", "\n"),
        ("- [x] words of a task\n      - [^1]: words of a note\n", "- [x] ", "\n"),
        ("- TODO [#A] words of a task\n- DONE words of the next\n", "- TODO [#A] ", "\n"),
        ("words of a quotation ^name-of-it\nwords of the next\n", "", " ^name-of-it\n"),
        ("words with attributes {.class #id}\nwords of the next\n", "", " {.class #id}\n"),
        (
            "- [ ] words of a task 📅 2024-01-02 🔁 every week\n- words of it\n",
            "- [ ] ",
            " 📅 2024-01-02 🔁 every week\n",
        ),
        ("words of a note #tag #other/tag\nwords of the next\n", "", " #tag #other/tag\n"),
        ("words of a line<br/>\nwords of the next\n", "", "<br/>\n"),
    ],
)
def test_what_stands_before_and_behind_the_words_of_a_line(text: str, first: str, end: str) -> None:
    found = [piece for chunk in chunks([text], name=NAME) for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert len(found) == 2
    assert (found[0].first, found[0].end) == (first, end)
    long = " ".join(WORDS * 2)
    assert found[0].rewritten(long) == f"{first}{long}{end}"


def test_a_name_at_the_start_of_a_line_is_no_item() -> None:
    assert len(prose("The words of it were written by\nA. Lovelace, who was there first\n")) == 1
    assert len(prose("- The words of it were written in\n      1842. She was there first\n")) == 1


# --- What slips through is refused


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('=== "One of words"\n    words of it\n', '=== "One of words" words of it\n'),
        ("a. some words\nb. more words\n", "a. some words b. more words\n"),
        ("some words ^name\nmore words\n", "some words ^name more words\n"),
        ("key:: some words\nmore words\n", "key:: more words\nmore words\n"),
        ("some words\n%% more words %%\n", "some words %% other words %%\n"),
        ("> [!note] some words\n> more words\n", "> [!note] some words more words\n"),
        ("Term of it\n: some words\n", "Term of it : some words\n"),
        ("some words and more\n", "some words\n: and more\n"),
        ("some words and more\n", "%% words and more\n"),
        ("see [[some words]] there\n", "see [[other words]] there\n"),
        ("as [@key2020, p. 3] says\n", "as [@key2021, p. 3] says\n"),
        ("some ==words== of it\n", "some ==words of it\n"),
        ("{>> some words <<} of it\n", "{>> other words <<} of it\n"),
        ("Key: some words\nOther: words\n", "| Key: some words Other: words\n"),
    ],
)
def test_a_change_that_a_dialect_sees_is_refused(before: str, after: str) -> None:
    assert not same_structure(Chunk(text=before, format="markdown"), after)


# --- What a text begins with


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_front_matter_passes_through(front: str, mark: str) -> None:
    front = mark + front.format("some words of a title")
    text = f"{front}\nSome words of the text.\n"
    assert prose(text) == ["Some words of the text."]
    assert restyled(text, random.Random(1)).startswith(front)


@pytest.mark.parametrize("front", FRONTS[:4])
def test_front_matter_may_be_long(front: str) -> None:
    lines = "\n".join(f"key{number}: some words of a value\n" for number in range(500))
    assert prose(f"{front.format(lines)}\nSome words of the text.\n") == ["Some words of the text."]


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nSome words of a paragraph.\n",
        "---\nSome words of a paragraph.\n",
        "{some} words of a paragraph.\n",
        "Note: these are some words of a sentence.\n",
        "Some words: and more of them,\nwhich go on here. And on.\n",
        "%\n\nSome words of a paragraph.\n",
    ],
)
def test_what_looks_like_front_matter_is_none(text: str) -> None:
    assert len(prose(text)) == 1


# --- MDX


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_in_mdx_pass_through(program: str) -> None:
    text = f"# Some head\n\n{program}\n\nSome words behind it, of several.\n"
    assert prose(text, "x.mdx") == ["Some words behind it, of several."]


@settings(max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(PROGRAMS), st.just("Some words of a paragraph.")), max_size=8), st.randoms())
def test_a_document_in_mdx_keeps_its_programs(parts: list[str], dice: random.Random) -> None:
    result = restyled("\n\n".join(parts) + "\n", dice, name="x.mdx")
    place = 0
    for part in parts:
        if part in PROGRAMS:
            place = result.index(part, place) + len(part)


def test_words_in_elements_of_mdx_may_change_where_they_are_paragraphs() -> None:
    assert prose("<Tabs\n  a={1}\n>\n\nSome words of it here.\n\n</Tabs>\n", "x.mdx") == ["Some words of it here."]


@pytest.mark.parametrize("label", ["**scope:** ", "__Some scope__: ", "**Two words:** "])
def test_what_a_paragraph_is_about_stays(label: str) -> None:
    """In bold before a colon, in lists and elsewhere; what is bold in a sentence may change."""
    for before in ("", "- ", "1. ", "> [!note]\n> "):
        result = restyled(f"# Some head\n\n{before}{label}words of it go on here\n", random.Random(1))
        assert f"\n{before}{label}" in result
        assert "words of it" not in result
    assert prose(f"So are some words {label.strip()} of it\n") == [f"So are some words {label.strip()} of it"]
