"""One mark of a document is broken: never does a character outside well-formed marks change."""

from __future__ import annotations

import os
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.text.code import code_ranges
from dgcli.text.document import splice
from dgcli.text.marks import find_marks
from tests.broken_marks import broken_documents, is_whole

MANY = int(os.environ.get("DG_BROKEN_MARKS", "300"))


@settings(max_examples=MANY)
@given(broken_documents(), st.sampled_from(["words", "Markdown", "code"]), st.booleans())
def test_nothing_but_whole_marks_is_replaced(text: str, kind: str, in_code: bool) -> None:
    """Read as a text, as Markdown, or as a program."""
    code = {"words": [], "Markdown": code_ranges(text), "code": [(0, len(text))]}[kind]
    try:
        document = find_marks(text, "x", code=code, in_code=in_code or kind == "code")
    except InputError:
        return
    outside, end = [], 0
    for span in document.spans:
        assert is_whole(text[span.start : span.end])
        assert text[max(span.start - 1, 0) : span.start] != "\\"
        if kind == "code":
            assert not re.search(r"[\r\n]", text[span.start : span.end])
        outside.append(text[end : span.start])
        end = span.end
    filled = splice(document, ["(fill)"] * len(document.spans))
    assert filled == "(fill)".join([*outside, text[end:]])
    assert kind == "code" or all(
        any(start <= opening.start() < stop for start, stop in [*code, *((s.start, s.end) for s in document.spans)])
        for opening in re.finditer(r"(?<!\\)\[\[\?", text)
    )  # in words, none that is open is passed over


@settings(max_examples=MANY)
@given(broken_documents())
def test_a_whole_mark_is_found_in_words(text: str) -> None:
    """No rule is so strict that it takes a whole mark between words for a broken one."""
    whole = "Before [[? a hint [b] over\r\nlines]] after."
    try:
        document = find_marks(f"{text}\n\n{whole}", "x")
    except InputError:  # the other one is still broken
        return
    assert document.text[document.spans[-1].start : document.spans[-1].end] == whole[7:-7]
