"""Where code is: marks there are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.code import code_ranges, html_code, range_at

CODE = {
    "ticks": "a `M` b",
    "two ticks": "a ``M ` `` b",
    "ticks over lines": "a `b\nM` c",
    "a fence": "a\n```\nM\n```\nb",
    "a fence that is not closed": "a\n\n~~~~ python\nM\n",
    "a fence in a list": "- a\n\n  ```\n  M\n  ```\n",
    "a fence in a quotation": "> ```\n> M\n> ```\n",
    "an indented block": "a\n\n    M\n",
    "a block behind a tab": "a\n\n\tM\n",
    "an indented block in a list": "- a\n\n      M\n",
    "an indented block in a quotation": "> a\n>\n>     M\n",
    "an indented block under a heading": "Title\n===\n\n    M\n",
    "an item that is a block": "-     M\n",
    "a comment": "a <!-- M --> b",
    "a comment over blank lines": "<!--\n\nM\n\n--> b",
    "a comment that is not closed": "<!--\n\nM",
    "pre": "<pre>\nM\n\nb</pre>",
    "pre behind a blank line": "<div>\n\n<PRE class='x'>\n\nM\n\n</PRE>\n</div>",
    "code": "a <code>b M</code> c",
    "what a wiki shows as it stands": "a <nowiki>M</nowiki> b",
    "kbd": "a <kbd>M</kbd>",
    "script": "<script>\n\nlet a = M;\n</script>",
    "style": "<style>M</style>",
    "textarea": "- <textarea>\n  M\n  </textarea>",
    "a comment in a quotation": "> <!-- a\n> M -->",
    "an instruction": "<?php M ?>",
    "a comment of MDX": "a {/* M */} b",
    "a cell": "| a | b |\n|---|---|\n| `M` | c |",
    "code in a note": "!!! note\n\n    a\n\n    ```\n    M\n    ```\n",
    "a block in a note": "!!! note\n\n    a\n\n        M\n",
    "a block behind front matter": "---\na: b\n---\n\n    M\n",
    "a block between rules": "---\n\n    M\n\n---\n",
}
WORDS = {
    "a paragraph": "a M b",
    "a lone tick": "a ` M b",
    "ticks of two paragraphs": "a ` b\n\nM ` c",
    "ticks of two items": "- a ` b\n- M ` c",
    "an escaped tick": "a \\`M` b",
    "an item's second paragraph": "1. a\n\n    M\n",
    "an item in an item": "- a\n    - b\n\n        M\n",
    "a line that goes on": "a\n    M\n",
    "HTML": "<div>\n    M\n</div>",
    "an attribute": "<a title='M'>b</a>",
    "behind a comment": "<!-- a --> M",
    "behind pre": "<pre>a</pre>\n\nM",
    "a comment in ticks": "`<!--` M",
    "a tag in ticks": "use `<pre>` M",
    "an escaped tag": "use \\<pre> M",
    "a tag's name alone": "use <preM",
    "front matter": "---\na: |\n\n    M\n---\n",
    "front matter of TOML": "+++\na = 1\n\n    M\n+++\n",
    "a note": "!!! note\n\n    M\n",
    "a tab": '=== "A"\n\n    a\n\n    M\n',
    "a footnote": "[^1]: a\n\n    M\n",
    "a definition": "a\n\n:   b\n\n    M\n",
}


def is_code(text: str, ranges: list[tuple[int, int]]) -> bool:
    return range_at(text.index("M"), ranges) is not None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", CODE.values(), ids=CODE)
def test_what_is_code_in_markdown(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    assert is_code(text, code_ranges(text))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
def test_what_are_words_in_markdown(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    assert not is_code(text, code_ranges(text))


def test_mdx_has_no_indented_code() -> None:
    text = "<A>\n\n    M `b`\n\n</A>\n"
    assert is_code(text, code_ranges(text))
    assert [text[start:end] for start, end in code_ranges(text, indented=False)] == ["`b`"]


def test_what_is_code_in_html() -> None:
    for text in ("<p>`M`</p>", "<p>\n\n    M</p>", "<pre>a</pre>M", "<predicate>M"):
        assert not is_code(text, html_code(text))
    for text in ("<pre>\n\nM</pre>", "<!-- M -->", "<Script a='b'>M</script>", "\\<!--M-->", "<code>M"):
        assert is_code(text, html_code(text))


@given(
    st.one_of(
        st.text(alphabet="`~ \n\ta[]?\\\r", max_size=60),
        st.lists(st.sampled_from([*"`>- \n\r", "\n\n    ", "<!--", "-->", "<pre>", "</pre>", "!!! a\n"])).map("".join),
    )
)
def test_code_ranges_are_in_order_and_apart(text: str) -> None:
    for ranges in (code_ranges(text), html_code(text)):
        end = 0
        for start, stop in ranges:
            assert end <= start < stop <= len(text)
            end = stop
