from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import InputError, UsageError
from dgcli.marks import choose_lines, choose_matches, choose_span, code_ranges, find_marks

TEXT = "one\r\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [("1", "one"), ("2", "two"), ("1-2", "one\r\ntwo"), ("2-3", "two\nthree"), ("3", "three"), ("1-3", TEXT[:-1])],
)
def test_lines(lines: str, chosen: str) -> None:
    (span,) = choose_lines(TEXT, "x", lines, " a\nhint ").spans
    assert TEXT[span.start : span.end] == span.old == chosen
    assert span.hint == "a hint"


def test_the_last_line_without_a_newline() -> None:
    assert choose_lines("a\nb", "x", "2", "").spans[0].old == "b"
    assert choose_lines("a", "x", "1", "").spans[0].old == "a"


@pytest.mark.parametrize("lines", ["0", "2-1", "x", "1-", "-1", "1,2", ""])
def test_what_are_no_lines(lines: str) -> None:
    with pytest.raises(UsageError):
        choose_lines(TEXT, "x", lines, "")


@pytest.mark.parametrize("lines", ["4", "2-9", "1-4"])
def test_lines_beyond_the_end(lines: str) -> None:
    with pytest.raises(InputError, match="has no line"):
        choose_lines(TEXT, "x", lines, "")


def test_matches() -> None:
    text = "cat Cat cat"
    assert [s.start for s in choose_matches(text, "x", re.compile("cat"), "", None).spans] == [0, 8]
    assert [s.start for s in choose_matches(text, "x", re.compile("cat"), "", 1).spans] == [0]
    with pytest.raises(InputError, match="matches 'dog'"):
        choose_matches(text, "x", re.compile("dog"), "", None)


def test_span() -> None:
    assert choose_span("abcdef", "x", "2:4", "").spans[0].old == "cd"
    for wrong in ("4", "a:b", "-1:2"):
        with pytest.raises(UsageError):
            choose_span("abcdef", "x", wrong, "")
    for outside in ("2:7", "4:2"):
        with pytest.raises(InputError):
            choose_span("abcdef", "x", outside, "")


MARKDOWN = """\
A [[?]] and `code [[? in it]]` here.

```python
x = [[?]]
```

    indented [[?]]

After ``two ` ticks [[?]]`` [[?~3]] end, a lone ` tick [[? last]].
"""


def test_marks_in_code_count_only_when_asked() -> None:
    inside = find_marks(MARKDOWN, "x")
    outside = find_marks(MARKDOWN, "x", in_code=False)
    assert len(inside.spans) == 7
    assert [MARKDOWN[span.start : span.end] for span in outside.spans] == ["[[?]]", "[[?]]", "[[?~3]]", "[[? last]]"]
    with pytest.raises(InputError, match="inside code"):
        find_marks("`[[?]]`", "x", in_code=False)


@given(st.text(alphabet="`~ \n\ta[]?\\\r", max_size=60))
def test_code_ranges_are_in_order_and_apart(text: str) -> None:
    end = 0
    for start, stop in code_ranges(text):
        assert end <= start < stop <= len(text)
        end = stop
