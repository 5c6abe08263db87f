from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.errors import InputError, PromiseBrokenError, UsageError
from dgcli.text.document import Document, Span, check_promise, decode, splice
from dgcli.text.marks import compile_pattern, find_marks


@pytest.mark.parametrize(
    ("mark", "hint", "words"),
    [
        ("[[?]]", "", None),
        ("[[? why it matters]]", "why it matters", None),
        ("[[?~20]]", "", 20),
        ("[[?~20 a transition]]", "a transition", 20),
        ("[[? a hint\n   over lines ]]", "a hint over lines", None),
        ("[[?~many words]]", "~many words", None),
        ("[[? [brackets] and $x]]", "[brackets] and $x", None),
    ],
)
def test_marks(mark: str, hint: str, words: int | None) -> None:
    document = find_marks(f"Before {mark} after.", "x")
    assert document.spans == (Span(start=7, end=7 + len(mark), hint=hint, words=words),)


def test_several_marks_and_a_literal_one() -> None:
    text = "[[?]][[?]] \\[[?]] and \\[[? none"
    assert [(span.start, span.end) for span in find_marks(text, "x").spans] == [(0, 5), (5, 10)]


@pytest.mark.parametrize("text", ["", "no marks", "[?]]", "[[ ? ]]", "\\[[?]]", "\\[[?"])
def test_a_text_without_marks_is_unusable(text: str) -> None:
    with pytest.raises(InputError, match="no mark"):
        find_marks(text, "x")


@pytest.mark.parametrize(
    ("length", "said", "advice"),
    [
        ("0", "0 words", "at least one"),
        ("100001", "more than 100,000 words", "fewer"),
        ("9" * 40, "more than 100,000 words", "fewer"),
    ],
)
def test_a_length_that_makes_no_sense_is_refused_with_the_line_and_what_to_write(
    length: str, said: str, advice: str
) -> None:
    with pytest.raises(InputError) as refused:
        find_marks(f"a\nb [[?~{length}]]", "notes")
    assert refused.value.problem == f"The mark in line 2 of notes asks for {said}."
    assert refused.value.advice == f"Ask for {advice}, as in [[?~20]]."


def test_another_marker() -> None:
    document = find_marks("a TODO(a reason) b", "x", compile_pattern(r"TODO\((?P<hint>[^)]*)\)", "--marker"))
    assert document.spans[0].hint == "a reason"
    with pytest.raises(UsageError):
        compile_pattern("[", "--marker")


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(InputError, match="byte 2 cannot be read") as refused:
        decode(b"ab\xff", "x")
    assert "iconv" in refused.value.advice


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\x7fELF\2\1\1\0\0\xb0", b"\0\0\0\x18ftyp\xa9"])
def test_what_is_no_text_is_called_so_and_not_to_be_converted(data: bytes) -> None:
    with pytest.raises(InputError) as refused:
        decode(data, "x")
    assert "is not a text" in refused.value.problem
    assert "iconv" not in refused.value.advice


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-32", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"])
@pytest.mark.parametrize("text", ["Some words [[?]] of it.\r\n\nMore", "Ein schöner Satz – [[?]]", "Hi\n"])
@pytest.mark.parametrize("cut", [0, 1])
def test_a_text_in_a_wider_encoding_is_named_and_can_be_converted(encoding: str, text: str, cut: int) -> None:
    """In ASCII it would be valid UTF-8: letters with NULs between them. Half a character may be missing at its end."""
    data = text.encode(encoding)
    with pytest.raises(InputError) as refused:
        decode(data[: len(data) - cut], "x")
    assert refused.value.problem == f"x is {encoding}, not UTF-8."
    assert f"`iconv -f {encoding} -t UTF-8`" in refused.value.advice


@pytest.mark.parametrize(
    "text", ["", "a", "a\0b", "words\0\0\0\0\0\0\0\0 of a log", "\0" * 40, "日本語", "\ufeffWords", "éàü"]
)
def test_a_text_with_nul_or_letters_of_several_bytes_is_in_no_wider_encoding(text: str) -> None:
    assert decode(text.encode(), "x") == text


texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["\r\n", "\ufeff", " \t\n", "e\u0301", "👩‍👩‍👧", "שלום", "<eos>", "\\[[?]]", "[[?", "]]"]
)


@settings(max_examples=500)
@given(st.lists(texts, min_size=2, max_size=6), st.data())
def test_outside_the_holes_every_byte_stays(parts: list[str], data: st.DataObject) -> None:
    mark = data.draw(st.sampled_from(["[[?]]", "[[?~3]]", "[[? hint\r\n]]"]))
    source = mark.join(parts).encode()
    try:
        document = find_marks(decode(source, "x"), "x")
    except InputError:
        return
    fills = [data.draw(texts) for _ in document.spans]
    result = splice(document, fills)
    # Undo the fills from the right: what is left has to be the source.
    undone, shift = result, sum(map(len, fills)) - sum(span.end - span.start for span in document.spans)
    for span, fill in zip(reversed(document.spans), reversed(fills), strict=True):
        shift -= len(fill) - (span.end - span.start)
        start = span.start + shift
        assert undone[start : start + len(fill)] == fill
        undone = undone[:start] + document.text[span.start : span.end] + undone[start + len(fill) :]
    assert undone.encode() == source


def test_a_broken_promise_is_noticed() -> None:
    document = find_marks("one [[?]] two", "x")
    check_promise(document, ["1"], "one 1 two")
    for broken in ("one 1 twO", "one 1 two ", "onE 1 two", "one 1two"):
        with pytest.raises(PromiseBrokenError):
            check_promise(document, ["1"], broken)


def test_spans_stay_apart() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        Document(text="abcdef", spans=(Span(start=0, end=3), Span(start=2, end=4)))


@pytest.mark.parametrize(
    ("text", "newline"),
    [
        ("a\r\n_\n", "\n"),
        ("a\n_ b\r\nc\n", "\r\n"),
        ("a\n\r\n_", "\r\n"),
        ("a\r_", "\r"),
        ("_\rb\n", "\r"),
        ("a_b", "\n"),
    ],
)
def test_a_hole_has_the_line_end_of_its_own_line_or_of_the_one_before(text: str, newline: str) -> None:
    place = text.index("_")
    assert Document(text=text, spans=()).newline_at(Span(start=place, end=place + 1)) == newline
