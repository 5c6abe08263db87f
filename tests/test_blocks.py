from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dgcli.text.blocks import Chunk, Prose, chunks, pieces, same_structure, structure
from dgcli.text.kept import kept_spans, kept_strings, lost
from tests.documents import WORDS, documents

GOLDEN = Path(__file__).parent / "golden" / "constructs.md"
_ODD = "1. 2) # ## - * + > *x y* _z_ ` ``` ~~~ <b> </b> <!-- | --- === [foo] [x](y) ![ ~~ \\ &amp; a_b :"
ODD = _ODD.split(" ")
FORMATS = ("markdown", "text", "auto")


def prose(text: str, format: str = "markdown", **options: Any) -> list[Prose]:
    return [piece for chunk in chunks([text], format) for piece in pieces(chunk, **options) if isinstance(piece, Prose)]


def one(text: str, format: str = "markdown") -> Prose:
    (found,) = prose(text, format)
    return found


def restyled(text: str, rewrite: Callable[[str], str], format: str = "markdown", headings: bool = False) -> str:
    """The text with each block rewritten whose structure allows it, as the command does."""
    result = []
    for chunk in chunks([text], format):
        after = ""
        for piece in pieces(chunk, headings=headings):
            if isinstance(piece, Prose) and piece.keeps(new := rewrite(piece.text)):
                after += piece.rewritten(new)
            else:
                after += piece if isinstance(piece, str) else piece.source
        assert same_structure(chunk, after)
        result.append(after)
    return "".join(result)


def words_of(piece: Prose, laid_out: str) -> str:
    """The words of a paragraph that was laid out, on one line again."""
    first, *others = laid_out.removesuffix(piece.end).split(piece.newline)
    assert first.startswith(piece.first)
    assert all(line.startswith(piece.rest) for line in others)
    return " ".join([first.removeprefix(piece.first), *(line.removeprefix(piece.rest) for line in others)])


def other_words(text: str) -> str:
    """Other words of other lengths, but for what has to be kept."""
    spans = [*kept_spans(text), (len(text), len(text))]
    result, end = "", 0
    for start, stop in spans:
        result += re.sub(r"[A-Za-z]{2,}", _other, text[end:start]) + text[start:stop]
        end = stop
    return result


def _other(match: re.Match[str]) -> str:
    word = WORDS[len(match[0]) * 7 % len(WORDS)]
    return word.capitalize() if match[0][0].isupper() else word


# --- What goes in comes out


@given(st.text(alphabet="ab \t\n\r>-*#`~<!|=+.1[]:\\$\ufeff\u2028\x0c\0", max_size=120), st.lists(st.integers(0, 120)))
@pytest.mark.parametrize("format", FORMATS)
def test_the_pieces_are_the_text_in_whatever_parts_it_comes(format: Any, text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    parts = [text[start:end] for start, end in pairwise(places)]
    found = list(chunks(parts, format))
    assert found == list(chunks([text], format))
    assert "".join(chunk.text for chunk in found) == text
    every = [piece for chunk in found for piece in pieces(chunk, headings=True)]
    assert "".join(piece if isinstance(piece, str) else piece.source for piece in every) == text


@given(st.text(alphabet="ab \t\n>-*#`<|=+.1:%{\u2028", max_size=60))
@example("Dear Tom,\n\nSome words of it.\n")
@example("> Some words of it.\n")
@example("- Some words of it.\n")
@pytest.mark.parametrize("format", FORMATS)
def test_a_byte_order_mark_changes_nothing_but_that_it_stands_there(format: Any, text: str) -> None:
    mark, *others = chunks(["\ufeff" + text], format)
    assert (mark.text, mark.untouched) == ("\ufeff", True)
    assert others == list(chunks([text], format))


def with_ends(text: str, dice: random.Random) -> str:
    """The text with some of its lines, or all, ending in another way."""
    often = dice.random()
    return re.sub("\n", lambda _: "\r\n" if dice.random() < often else "\n", text.replace("\r\n", "\n"))


@settings(max_examples=50)
@given(documents(), st.randoms(use_true_random=False))
@pytest.mark.parametrize("format", FORMATS)
def test_lines_may_end_in_several_ways_and_new_ones_end_as_theirs_do(
    format: Any, text: str, dice: random.Random
) -> None:
    known = [piece.text for piece in prose(text.replace("\r\n", "\n"), format)]
    for piece in prose(with_ends(text, dice), format):
        assert piece.text in known
        ends = set(re.findall("\r?\n", piece.source.removesuffix(piece.end))) or {piece.newline}
        longer = piece.rewritten(f"{piece.text} {' '.join(WORDS * 4)}")
        assert set(re.findall("\r?\n", longer.removesuffix(piece.end))) <= ends
        assert longer.endswith(piece.end)


def test_a_chunk_comes_as_soon_as_its_last_line() -> None:
    read: list[str] = []

    def lines() -> Iterator[str]:
        for line in ("Some words\n", "of one paragraph.\n", "\n", "- an item\n", "\n", "  more\n"):
            read.append(line)
            yield line

    seen = [(chunk.text, len(read)) for chunk in chunks(lines(), "markdown")]
    assert seen == [("Some words\nof one paragraph.\n\n", 3), ("- an item\n\n", 5), ("  more\n", 6)]


@pytest.mark.parametrize(("opening", "closing"), [("```", "```"), ("<!--", "-->"), ("words", "words")])
def test_what_never_ends_passes_through_and_is_not_held(opening: str, closing: str) -> None:
    line = "several words in a line that goes on and on\n"
    found = list(
        chunks([f"{opening}\n", *[line] * 10_000, f"{closing}\n", "\n", "Some words behind it.\n"], "markdown")
    )
    assert max(len(chunk.text) for chunk in found) < 101_000
    assert [piece for chunk in found[:-1] for piece in pieces(chunk) if isinstance(piece, Prose)] == []
    assert isinstance(next(pieces(found[-1])), Prose)


@pytest.mark.parametrize("opening", ["```", "<!-- a comment", "%%", "$$", "{% raw %}"])
def test_what_is_never_closed_is_named_if_there_are_words_behind_it(opening: str) -> None:
    text = f"Some words to say.\n\n{opening}\nsome words\n\nand others\n"
    assert [chunk.left for chunk in chunks([text]) if chunk.left] == [f"what begins with “{opening}” is never closed"]
    for closed in (f"{opening}\nsome words\n", "Some words to say.\n\nAnd others.\n", "```\na\n\nb\n```\n\nWords.\n"):
        assert [chunk.left for chunk in chunks([closed]) if chunk.left] == []


def test_prose_that_is_left_for_its_length_is_named_once() -> None:
    line = "- several words in a line that goes on and on\n"
    found = [chunk.left for chunk in chunks([line * 9000, "\n", "Some words.\n"])]
    assert [left for left in found if left] == ["it goes on for more than 100,000 characters without a blank line"]
    for other in ("```\n" + line * 5000 + "```\n", "0123456789,0123456789\n" * 9000):
        assert not any(chunk.left for chunk in chunks([other]))


# --- Markdown: only words change


@settings(max_examples=50)
@given(st.data())
def test_any_words_leave_the_structure_as_it_was(data: st.DataObject) -> None:
    text = data.draw(documents())
    dice = data.draw(st.randoms(use_true_random=False))
    vocabulary = WORDS + ODD * data.draw(st.integers(0, 1))

    def rewrite(_: str) -> str:
        return " ".join(dice.choice(vocabulary) for _ in range(dice.randint(1, 25)))

    result = restyled(text, rewrite, headings=True)
    assert structure(result) == structure(text)


@settings(max_examples=50)
@given(documents())
@example("- [x] - ## amber amber amber ##\n      - [^1]: amber amber amber")
def test_a_document_keeps_all_but_its_words(text: str) -> None:
    for piece in prose(text, headings=True):
        new = other_words(piece.text)
        assert kept_strings(new) == kept_strings(piece.text)
        if piece.keeps(new):
            result = words_of(piece, piece.rewritten(new))
            assert result.replace("\\", "").split() == new.replace("\\", "").split()
            assert kept_strings(result) == kept_strings(new)
    result = restyled(text, other_words, headings=True)
    assert structure(result) == structure(text)


@given(
    st.lists(st.sampled_from([*ODD, *WORDS, "\n", "\n", "\n\n", "  \n", "    ", "\t", "word of", "\r\n", "-- \n"])),
    st.randoms(),
)
def test_heaps_of_markup_keep_their_structure(parts: list[str], dice: random.Random) -> None:
    text = " ".join(parts).replace("\n ", "\n")
    result = restyled(
        text, lambda _: " ".join(dice.choice(ODD + WORDS) for _ in range(dice.randint(1, 12))), headings=True
    )
    assert structure(result) == structure(text)


def test_every_construct() -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    for source in (text, text.replace("\n", "\r\n"), "\ufeff" + text.partition("---\n\n")[2]):
        found = prose(source, headings=True)
        assert all(piece.keeps(other_words(piece.text)) for piece in found)
        result = restyled(source, other_words, headings=True)
        assert structure(result) == structure(source)
        assert result.count("\r\n") in (0, result.count("\n"))
        assert not result.endswith("\n")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: words of front matter\n\nmore: words here\n---\n",
        "+++\ntitle = 'words of front matter'\n+++\n",
        "```\nwords in a fence\n\nand more of them\n```\n",
        "    words that are indented code\n",
        "| words in | a table row |\n|---|---|\n| words in | a table row |\n",
        "<div>\nwords in some HTML\n</div>\n",
        "<!-- words\n\nof a comment that goes on -->\n",
        "[label]: https://example.com 'words of a title'\n",
        "![words of an image](image.png)\n",
        "`code of several words`\n",
        "# A heading of words\n",
        "A heading of words\n===\n",
        "$$\nwords of a formula\n$$\n",
        "::: mermaid\nwords of a directive\n:::\n",
        "-- \nwords of a signature\n\nand more words of it\n",
        "Two words\n",
        "> ```\n> words of quoted code\n>\n> and more of them\n> ```\n",
        "- item\n\n      words of code in an item\n",
    ],
)
def test_what_is_no_prose(text: str) -> None:
    assert prose(text) == []


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("Words of one paragraph\nand its second line\n", "", ""),
        ("- words of an item\n  and its second line\n", "- ", "  "),
        ("1. - words of an item\n", "1. - ", "     "),
        ("> [!note]\n> - words of an item\n", "> - ", ">   "),
        ("- [ ] words of a task\n", "- [ ] ", "      "),
        ("[^1]: words of a footnote\n", "[^1]: ", "      "),
        (":param str name: words of a field\n", ":param str name: ", "                 "),
        ("p(class). words of Textile\n", "p(class). ", "          "),
        ("2.1 words of a clause\n", "2.1 ", "    "),
        ("> [!note]\n> words of a callout\n> and its second line\n", "> ", "> "),
    ],
)
def test_what_stands_before_the_words(text: str, first: str, rest: str) -> None:
    piece = one(text)
    assert (piece.first, piece.rest) == (first, rest)
    assert piece.text.startswith(("words", "Words"))


@pytest.mark.parametrize(
    "text", ["a\0b and more. #\n", "# a\0b #\n", "> a\0 #\n", "one\ntwo\0\n===\n", "- a #\n  \0 #\n"]
)
@pytest.mark.parametrize("headings", [True, False])
def test_a_character_that_the_parser_replaces_leaves_its_passage_alone(text: str, headings: bool) -> None:
    for around in ("{}", "Words before.\n\n{}", "{}\nWords behind.\n"):
        whole = around.format(text)
        for chunk in chunks([whole], format="markdown"):
            found = list(pieces(chunk, headings=headings))
            assert "".join(piece if isinstance(piece, str) else piece.source for piece in found) == chunk.text
            assert not any("\0" in piece.text for piece in found if not isinstance(piece, str))


def test_headings_are_prose_when_asked_for() -> None:
    assert [piece.text for piece in prose("# A heading of words #\n\nAnother one here\n---\n", headings=True)] == [
        "A heading of words",
        "Another one here",
    ]
    long = " ".join(WORDS * 3)
    (heading,) = prose(f"{'word ' * 15}and\nmore of it\n\n# A heading of words #\n", headings=True)[1:]
    assert heading.rewritten(long) == f"# {long} #\n"


def test_a_paragraph_in_an_item_or_quotation_that_began_earlier() -> None:
    text = (
        "1. > [!note]\n   > - the first paragraph of it\n   >\n   >   the second paragraph of it\n\n"
        "   the third one, of the item\n"
    )
    assert [piece.first for piece in prose(text)] == ["   > - ", "   >   ", "   "]
    deep = "- an item\n\n  - in an item\n\n    - in an item\n\n      and a paragraph of the innermost\n"
    assert prose(deep)[-1].text == "and a paragraph of the innermost"
    assert prose("an item\n\n      and something after it, of several words\n") == []


# --- Layout


def test_lines_are_wrapped_to_the_width_they_had() -> None:
    piece = one("> [!note]\r\n> - these are words of an item that\r\n>   goes on for two lines\r\n")
    result = piece.rewritten(" ".join(WORDS))
    assert result.endswith("\r\n")
    assert result.count("\n") == result.count("\r\n") > 2
    assert max(map(len, result.split("\r\n"))) <= len("> - these are words of an item that")
    assert {line[:4] for line in result.split("\r\n")[1:-1]} == {">   "}


def test_one_line_stays_one_line_unless_others_are_wrapped() -> None:
    long = " ".join(WORDS)
    assert one("Some words of one line.").rewritten(long) == long
    wrapped = (
        "These are words of a paragraph that is wrapped to some sixty\ncolumns, as one can see.\n\nSome more words.\n"
    )
    assert max(map(len, prose(wrapped)[1].rewritten(long).splitlines())) <= 60


def test_a_sentence_on_each_line() -> None:
    piece = one("This is a sentence.\nThis is another one, and longer than the first.\nAnd one more.\n")
    assert (
        piece.rewritten("One here. Two there, e.g. that one! Three.")
        == "One here.\nTwo there, e.g. that one!\nThree.\n"
    )


def test_scripts_without_blanks_have_words_too() -> None:
    for text in ("今天天气很好。", "你好吗？我很好。", "今日は雨です。", "ไปกินข้าวกันเถอะนะ", "དེ་རིང་གནམ་གཤིས་ཡག་པོ་འདུག"):
        assert one(text).text == text
    for label in ("目录", "田中様", "买牛奶", "ชื่อ", "图 1"):
        assert prose(label) == []


@pytest.mark.parametrize("format", ["markdown", "text"])
def test_chinese_is_wrapped_between_any_two_letters_and_has_no_blanks_where_lines_met(format: str) -> None:
    line = "今天天气很好，我们去公园玩，然后去吃饭，再去看电影，最后回家休息，明天再去上班，希望以后还有这样的机会，大"
    piece = one(f"{line}\n家都开心。\n", format)
    assert piece.text == f"{line}家都开心。"
    lines = piece.rewritten("我们用Python写了一个「脚本」，" * 12).splitlines()
    assert "".join(lines) == "我们用Python写了一个「脚本」，" * 12
    assert len(lines) > 2
    assert max(map(len, lines)) <= len(line) + 1
    assert not any(line.startswith(("，", "」", "ython")) or line.endswith("「") for line in lines)


def test_a_sentence_on_each_line_in_chinese() -> None:
    piece = one("这是第一句话，很短。\n这是第二句话，比第一句长得多。\n还有一句。\n")
    assert piece.rewritten("一个在这里。两个在那里！三个。") == "一个在这里。\n两个在那里！\n三个。\n"


def test_short_lines_that_begin_with_capitals_stay_apart() -> None:
    text = "Roses of some are red,\nViolets of some are blue,\nSugar of some is sweet.\n"
    assert [piece.source for piece in prose(text)] == text.splitlines(keepends=True)
    assert len(prose("Some words of one line here\nand of another one of it\n")) == 1


@pytest.mark.parametrize("format", ["markdown", "text"])
def test_lines_of_notes_stay_apart_however_long_they_are(format: str) -> None:
    """Each begins with a capital, few other words have one, and not all of them are full."""
    text = (
        "Call the plumber of the house about the sink\nWrite to Tom about the trip to the sea, he wants to know\n"
        "Ask for the ladder of the house, we need it\n"
    )
    assert [piece.source for piece in prose(text, format)] == text.splitlines(keepends=True)
    narrow = "2 cups of some flour\na pinch of some salt\nbutter for the pan\n"
    assert len(prose(narrow, "text")) == 3


@pytest.mark.parametrize("format", ["markdown", "text"])
def test_two_blanks_between_sentences_stay_two(format: str) -> None:
    """Where the paragraph has them everywhere; no line ends in blanks, and what is short for a word ends nothing."""
    (piece,) = prose("Some words are here.  They go on and on for long\nto the end of it, and that is all.\n", format)
    words = "Words are now here. Mr. Brown has said them all. But not to you! They go on"
    result = piece.rewritten(words)
    assert result == "Words are now here.  Mr. Brown has said them\nall.  But not to you!  They go on\n"
    (single,) = prose("Some words are here. They go on and on for long\nto the end of it.\n", format)
    assert "  " not in single.rewritten(words)


def test_entries_of_a_calendar_stay_apart() -> None:
    text = "Mo 3.6. some words of a day, and some more of them\nTu 4.6. other words of the next day\n"
    assert len(prose(text, "text")) == 2
    assert prose("Mo 3.6.  some words of a day\nTu 4.6.  other words of it\n", "text") == []


def test_lines_that_hold_sentences_stay_apart() -> None:
    """Also where one of them holds several, so that no line is one sentence."""
    text = "**May I bring a dog?**\nYes, you may do that. It has to be small.\n"
    assert [piece.source for piece in prose(text)] == text.splitlines(keepends=True)


def test_short_lines_with_hard_breaks_that_are_no_sentences_are_set() -> None:
    assert prose("an old and silent pond  \na frog jumps into it  \nand silence again\n") == []
    assert prose("Ada Lovelace of London\\\n12 Mill Lane of it\\\nLondon in some words\n") == []
    assert len(prose("We went there then.  \nWe saw all of it.  \nAnd we came back.\n")) == 3


def test_hard_breaks_part_a_paragraph() -> None:
    first, second = prose("the first line of it.  \nthe second line of it.\\\n*two words*\n")
    assert (first.rewritten("other words"), second.rewritten("and others")) == ("other words  \n", "and others\\\n")
    assert prose("the first *line of it  \nthe second* line of it\n") == []


@pytest.mark.parametrize(
    "word", ["1.", "#", "-", "*", "+", ">", "---", "===", "```", "~~~", "<div>", "12)", "[a]:", "|"]
)
def test_a_word_that_would_open_a_block(word: str) -> None:
    text = "some words of one paragraph\nand its second line, which\nis like the first one\n"
    for words in (f"{word} at the start of it", f"{'and then some words ' * 3}{word} more of it", f"in the end {word}"):
        result = restyled(text, lambda _, words=words: words)
        assert structure(result) == structure(text)
        assert result != text or word == "|"


def test_markup_that_would_change_is_refused_or_escaped() -> None:
    plain = one("some words of one paragraph\n")
    assert plain.rewritten("some *more* words") == "some \\*more\\* words\n"
    assert plain.keeps("some *more* words")
    marked = one("some *words* and `code` of [one paragraph](target)\n")
    assert marked.keeps("*other* and `code` of [two](target)")
    for refused in ("other words", "*other `code` [two](target)", "*o* `cod` [t](target)", "*o* `code` [t](other)"):
        assert not marked.keeps(refused)


@given(st.text(max_size=80), st.sampled_from(FORMATS))
def test_its_own_words_give_its_source(text: str, format: Any) -> None:
    for piece in prose(f"Some words and {text}\n\nand more of them", format, headings=True):
        assert piece.rewritten(piece.text) == piece.source
        assert piece.keeps(piece.text)
        assert not piece.keeps("")


# --- Plain text


LETTER = """\
From: Mary <mary@example.com>
Subject: Our meeting
  that never ends

Dear John,
I am writing to you about the meeting that we had last week, because
there are several things that I would like to discuss with you soon.
Best regards,
Mary of the Mill

On Monday John wrote:
> We should meet again some time this year, I have been thinking about
> it for quite a while.
>> Inner words that were quoted
>> and went on there.

 - one item of the list, and it
   goes on there
 - another item of the list

Name      Age   City of residence
Bob       12    Paris in the spring

    some code here that is indented

--\x20
Mary of the Mill

Some more words.
"""


def test_a_letter() -> None:
    found = prose(LETTER, "text")
    assert [(piece.first, piece.text[:12]) for piece in found] == [
        ("", "I am writing"),
        (" - ", "one item of "),
        (" - ", "another item"),
    ]
    assert found[0].text.endswith("with you soon.")
    result = restyled(LETTER, other_words, "text")
    assert [line for line in LETTER.splitlines() if line not in result.splitlines()] == [
        line for piece in found for line in piece.source.splitlines()
    ]
    assert max(map(len, result.splitlines())) <= 78


def test_where_no_paragraph_is_wrapped_none_becomes_so() -> None:
    """Though it is a short one that grows."""
    long, short = "The car is in the garage, so I cannot come on Tuesday, as we had said that I would.", "It is broken."
    text = f"Hi Dana,\n\n{long}\n\n{short} It will be back soon.\n"
    result = restyled(text, lambda words: f"{words} " + "And that is all. " * 9, "text")
    assert len([line for line in result.splitlines() if line]) == 3


def test_lines_that_end_on_purpose_stay_apart() -> None:
    assert len(prose("Roses are red in spring\nViolets are blue in spring\nSugar is sweet\n", "text")) == 3
    assert len(prose(f"{'long words ' * 15}\n{'long words ' * 15}\n", "text")) == 2


def test_a_letter_with_soft_line_ends_keeps_them() -> None:
    piece = one("These are words of a flowed paragraph that goes \non for more than one line.\n", "text")
    assert piece.rewritten(" ".join(WORDS)).splitlines()[0].endswith(" ")


def test_words_that_would_be_a_mark_are_refused_in_plain_text() -> None:
    piece = one("Some words of one paragraph.", "text")
    assert piece.keeps("*Other* words # of `it")
    assert piece.rewritten("*Other* words # of `it") == "*Other* words # of `it"
    assert not piece.keeps("> other words")
    assert not piece.keeps("- other words")


# --- Which of the two


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Some plain words.\n", "x.md", "markdown"),
        ("# Some words\n", "x.txt", "text"),
        ("# Some words\n", "-", "markdown"),
        ("Some `code` here.\n", "", "markdown"),
        ("Dear John,\n", "", "text"),
        ("From: me@example.com\nSubject: words\n", "", "text"),
        ("---\ntitle: words\n---\n", "", "markdown"),
        ("Some plain words.\n", "", "text"),
    ],
)
def test_auto(text: str, name: str, expected: str) -> None:
    assert [chunk.format for chunk in chunks([text], "auto", name)][-1] == expected


def test_auto_goes_by_what_a_chunk_shows_and_else_by_those_before() -> None:
    formats = [chunk.format for chunk in chunks(["Some words.\n\n## More\n\nWords.\n\nDear John,\n"])]
    assert formats == ["text", "markdown", "markdown", "text"]
    text = "Dear John,\n\n## More\n\nWords.\n"
    assert [chunk.format for chunk in chunks([text])] == ["text", "markdown", "text"]


def test_a_chunk_can_be_made_by_hand() -> None:
    chunk = Chunk(text="Some words of it.\n", format="markdown")
    assert [type(piece) for piece in pieces(chunk)] == [Prose]
    assert same_structure(chunk, "Other words.\n")
    assert not same_structure(chunk, "# Other words.\n")


# --- What has to be kept, in bulk


def test_kept_strings_in_bulk() -> None:
    dice, count = random.Random(7), int(os.environ.get("DG_SENTENCES", "500"))
    text = "\n\n".join(_sentence_with_kept(dice, number) for number in range(count))
    blocks = prose(text)
    changed = 0
    for piece in blocks:
        new = _careless(dice, piece.text)
        if lost(kept_strings(piece.text), kept_strings(new)) or not piece.keeps(new):
            continue  # the block stays as it was
        changed += 1
        assert not lost(kept_strings(piece.source), kept_strings(piece.rewritten(new)))
    assert len(blocks) == count
    assert changed >= 0.8 * len(blocks)


def _sentence_with_kept(dice: random.Random, number: int) -> str:
    kept = [
        f"https://example.com/{dice.choice(WORDS)}/{number}?q={dice.choice(WORDS)}_{number}&x=1#top",
        f"`{dice.choice(WORDS)}_{number}({dice.choice(WORDS)})`",
        f"{number},{dice.randint(100, 999)}.{dice.randint(0, 99):02}",
        f"[{dice.choice(WORDS)}](../{dice.choice(WORDS)}_{number}.md)",
        f"{dice.choice(WORDS)}@example.com",
        f"${number}",
        f"{dice.randint(1, 28)} May {dice.randint(1990, 2030)}",
        f"{dice.randint(0, 23)}:{dice.randint(10, 59)}",
    ]
    words = [dice.choice(WORDS) for _ in range(dice.randint(8, 40))]
    for string in dice.sample(kept, dice.randint(1, 3)):
        words.insert(dice.randrange(len(words)), string)
    text = " ".join(words).capitalize() + "."
    return "\n".join(re.findall(r".{1,70}(?: |$)", text)) if dice.random() < 0.5 else text


def _careless(dice: random.Random, text: str) -> str:
    """Other words, and now and then a kept string that is damaged."""
    new = other_words(text)
    return re.sub(r"\d", "0", new) if dice.random() < 0.1 else new
