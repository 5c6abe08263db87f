from __future__ import annotations

import re

import pytest

from dgcli.errors import InputError, UsageError
from dgcli.text.code import code_ranges
from dgcli.text.document import Document, Span
from dgcli.text.marks import (
    LARGEST,
    check_sizes,
    choose_lines,
    choose_matches,
    choose_span,
    compile_pattern,
    find_marks,
    look_for_marks,
)

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


def test_an_empty_text_has_one_line() -> None:
    assert choose_lines("", "x", "1", "").spans == (Span(start=0, end=0),)
    with pytest.raises(InputError, match="no line 2"):
        choose_lines("", "x", "2", "")


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


def holes(document: Document) -> list[str]:
    return [document.text[span.start : span.end] for span in document.spans]


@pytest.mark.parametrize(
    ("mark", "hint"),
    [
        ("[[? as in a[b[0]] ]]", "as in a[b[0]]"),
        ("[[? as in a[b[0]]]]", "as in a[b[0]]"),
        ("[[? see [x](y) ]]", "see [x](y)"),
        ("[[? [one] and [two]]]", "[one] and [two]"),
        ("[[? from \\[0 to 1) ]]", "from [0 to 1)"),
        ("[[? a\\\\b ]]", "a\\\\b"),
        ("[[? over\nlines\r\nof\rall kinds ]]", "over lines of all kinds"),
        ("[[?]]", ""),
    ],
)
def test_a_mark_goes_to_the_end_that_its_brackets_have(mark: str, hint: str) -> None:
    """Balanced brackets are part of a hint, and nothing of the mark is left behind."""
    for around in ("{}", "a {} b [c] ]] d", "[{}](e)", "[[{}]]", "{} [[?]]"):
        document = find_marks(around.format(mark), "x")
        assert holes(document)[0] == mark
        assert document.spans[0].hint == hint


def test_a_hint_in_a_quotation_goes_on_in_it() -> None:
    (span,) = find_marks("> A [[? hint\n> > of words\r\n> all ]] b.", "x").spans
    assert span.hint == "hint > of words all"


BREAKS = {
    "a blank line": "[[? one\n\ntwo ]]",
    "one with blanks": "[[? one\n \t\u3000\ntwo ]]",
    "one of CRLF": "[[? one\r\n\r\ntwo ]]",
    "one of CR": "[[? one\r\rtwo ]]",
    "one in a quotation": "> [[? one\n> \n> two ]]",
    "a quotation that begins": "[[? one\n> two ]]",
    "another mark": "[[? one [[?]] two ]]",
    "a link": "[[? one [[two]] ]]",
    "no end": "[[? one",
    "half an end": "[[? one] two ]]",
    "nothing but half an end": "[[?] one",
    "a bracket that nothing closes": "[[? one [two ]]",
    "an item": "[[? one\n- two ]]",
    "a number": "[[? one\n2. two ]]",
    "a heading": "[[? one\n## two ]]",
    "a row": "[[? one\n| two ]]",
    "a fence": "[[? one\n```\ntwo ]]",
    "a rule": "[[? one\n---\ntwo ]]",
    "a hint of a book's length": f"[[? {'word ' * 5_000}]]",
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_a_mark_that_is_not_closed_is_an_error_that_says_where(broken: str) -> None:
    """In words, one broken mark stops the run: what stands behind it may be text or hint, and nobody knows which."""
    column = broken.index("[[?") + 3
    with pytest.raises(InputError, match=rf"line 3, column {column} of notes is not closed"):
        find_marks(f"One [[?]].\r\n\r\n{broken.replace('[[?', 'x [[?', 1)} [[Page]] end.", "notes")


@pytest.mark.parametrize(
    "line",
    [
        'P = re.compile(r"[[?]+x")',
        "if [[ ? ]]; then",
        "ls [[?]*",
        ":in $ [[?name ?age]]",
        "x = [[?a, 1], [?b, 2]]",
        "# [[? open",
        "/[[?!]]/",
    ],
)
def test_in_code_what_is_no_whole_mark_in_one_line_is_code(line: str) -> None:
    text = f"{line}\r\n# [[? why]] and [[?~3]][[?]]\r\nmore ]] [[? a\r\nb]]"
    document = find_marks(text, "x.py", code=[(0, len(text))])
    assert holes(document) == ["[[? why]]", "[[?~3]]", "[[?]]"]
    assert document.passed == tuple(match.start() for match in re.finditer(r"\[\[\?(?! why|~3|\]\]\s|\]\]\[)", text))


MARKDOWN = """\
A [[?]] and `code [[? in it]]` here, `[[?` too.

```python
x = [[?]]
```

    indented [[?]]

After ``two ` ticks [[?]]`` [[?~3]] end, a lone ` tick [[? last]].
"""


def test_marks_in_code_count_only_when_asked() -> None:
    code = code_ranges(MARKDOWN)
    outside = find_marks(MARKDOWN, "x", code=code, in_code=False)
    assert holes(outside) == ["[[?]]", "[[?~3]]", "[[? last]]"]
    assert len(outside.passed) == 5
    inside = find_marks(MARKDOWN, "x", code=code)
    assert len(inside.spans) == 7
    assert [MARKDOWN[start - 1 : start + 4] for start in inside.passed] == ["`[[?`"]
    with pytest.raises(InputError, match="inside code"):
        find_marks("`[[?]]`", "x", code=[(0, 7)], in_code=False)
    with pytest.raises(InputError, match="no mark"):
        find_marks("`[[?`", "x", code=[(0, 5)], in_code=False)


def test_a_mark_is_not_closed_by_what_is_in_code_or_behind_it() -> None:
    for text in ("[[? one <!-- two]] -->", "[[? one `two]]`"):
        with pytest.raises(InputError, match="not closed"):
            find_marks(text, "x", code=code_ranges(text))
    text = "`[[? a` b ]] [[?]]"
    assert holes(find_marks(text, "x", code=code_ranges(text))) == ["[[?]]"]


def test_a_marker_that_is_a_comment_is_not_in_it() -> None:
    text = "One <!-- TODO: two --> three, <!-- no TODO: x -->."
    for pattern in ("<!-- TODO: (?P<hint>.*?) -->", "TODO: .*? -->|<!-- TODO.*?-->"):
        document = find_marks(text, "x", compile_pattern(pattern, "--marker"), code=code_ranges(text), in_code=False)
        assert holes(document) == ["<!-- TODO: two -->"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_expressions_know_lines_as_grep_does(newline: str) -> None:
    """`.` stops at a line's end, `^` and `$` are a line's edges, whatever ends it; `(?s)` is for more."""
    text = newline.join(["one two", "two one", "", "one", "end"])
    for pattern, found in {
        "one.+": ["one two"],
        "^one.*$": ["one two", "one"],
        "one$": ["one", "one"],
        "n.$": ["ne", "ne", "nd"],
        "two\\ntwo": [f"two{newline}two"],
        "(?s)two.*end": [newline.join(["two", "two one", "", "one", "end"])],
    }.items():
        assert holes(choose_matches(text, "x", compile_pattern(pattern, "--match"), "", None)) == found
        assert holes(find_marks(text, "x", compile_pattern(pattern, "--marker"))) == found


def test_no_match_runs_over_a_blank_line_unasked() -> None:
    text = "# One\r\n\t\r\nTODO(two\r\n\r\nthree) four."
    for pattern in (r"TODO\([^)]*\)", r"[^.]*four[^.]*\.", r"\s+"):
        for choose in (find_marks, lambda *given: choose_matches(*given, "", None)):
            with pytest.raises(InputError, match=r"line [13], column \d+ of x runs over a blank line"):
                choose(text, "x", compile_pattern(pattern, "--marker"))
    assert holes(find_marks(text, "x", compile_pattern(r"(?s)TODO\([^)]*\)", "--marker"))) == [text[10:-6]]


@pytest.mark.parametrize("pattern", ["_*", "(___)?", "^", "$", ".*", "x*|y", "", "(?:)", "a{0}"])
def test_an_expression_that_can_match_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="where there is nothing"):
        compile_pattern(pattern, "--marker")


@pytest.mark.parametrize("pattern", [r"\b", "(?=o)", "(?<=o)", r"\Bn*"])
def test_a_match_of_nothing_is_refused(pattern: str) -> None:
    compiled = compile_pattern(pattern, "--match")
    with pytest.raises(InputError, match="matches nothing at line 1, column"):
        find_marks("two one", "x", compiled)
    with pytest.raises(InputError, match="matches nothing at line 1, column"):
        choose_matches("two one", "x", compiled, "", None)


@pytest.mark.parametrize("pattern", ["[", "a{99999999999999999999}", "x(?s).", "(" * 5_000])
def test_what_is_no_expression(pattern: str) -> None:
    with pytest.raises(UsageError, match="not a regular expression"):
        compile_pattern(pattern, "--marker")


def test_a_hole_larger_than_a_hint_is_refused() -> None:
    fits = f"[[? {'x' * (LARGEST - 6)}]]"
    check_sizes(find_marks(fits, "x"), "x")
    document = find_marks(f"a\n {fits.replace('x', 'xx', 1)}", "x")
    with pytest.raises(InputError, match="line 2, column 2 of x would remove 2001 characters"):
        check_sizes(document, "x")


EXPRESSIONS = [
    'x = re.compile(r"[[?]]+")',
    "x = re.split('[[?]]', y)",
    "x = rb'^[[?]]$'",
    "const x = /a[[?]]/g;",
    "if (y.match(/[[?]]/)) {}",
    'new RegExp("[[?]]")',
    "grep -q '[[?]]' x",
    "ls | sed 's/[[?]]//'",
    'regexp.MustCompile(`a`); regexp.Compile("[[?]]")',
    'let x = Regex::new(r#"[[?]]"#);',
]
CODE_MARKS = [
    'x = "[[?]]"',
    "x = 1  # [[?]]",
    '    r"""[[?]]"""',
    'x = re.compile(r"[[? a pattern]]")',
    "y = a / [[?]] / b",
    "# grep '[[?]]'",
    "// see a/b [[?]]",
    'f("no match", [[?]])',
    "<a href='/x/[[?]]'>",
    "x = [[?]]",
]


@pytest.mark.parametrize("line", EXPRESSIONS)
def test_in_a_program_a_set_of_characters_is_no_mark(line: str) -> None:
    text = f"{line}\n# [[? a note]]\n"
    document = find_marks(text, "x", code=[(0, len(text))])
    assert [text[span.start : span.end] for span in document.spans] == ["[[? a note]]"]
    assert document.passed == (line.index("[[?"),)
    with pytest.raises(InputError, match=r"no mark to fill; what looks like one at line 1, column \d+ is code"):
        find_marks(line, "x", code=[(0, len(line))])


@pytest.mark.parametrize("line", CODE_MARKS)
def test_in_a_program_all_else_is_a_mark(line: str) -> None:
    assert len(find_marks(line, "x", code=[(0, len(line))]).spans) == 1


@pytest.mark.parametrize("half", ["[? a hint]]", "[?]]", "[?~2 x]]"])
def test_a_mark_without_its_first_bracket_is_named_and_stays(half: str) -> None:
    text = f"One\r\n{half} two [[?]] three."
    document = find_marks(text, "x")
    assert document.halves == (5,)
    assert len(document.spans) == 1
    with pytest.raises(InputError, match="what begins at line 2, column 1 lacks a bracket"):
        find_marks(text[: text.index("[[?")], "x")
    assert find_marks(f"`{half}` [[?]]", "x", code=[(0, len(half) + 2)]).halves == ()


def test_what_is_a_mark_is_found_beside_what_is_not_closed() -> None:
    """And `find_marks`, which refuses such a text, names the first of these."""
    text = "One [[? two.\r\n\r\nThree [[?~2]] and [?four]] `[[? x]]`\r\n\r\n[[?~0]] [[? five"
    code = code_ranges(text)
    found = look_for_marks(text, "x", code=code, in_code=False)
    assert [text[span.start : span.end] for span in found.spans] == ["[[?~2]]", "[[?~0]]"]
    assert [text[start : start + 9] for start in found.unclosed] == ["[[? two.\r", "[[? five"]
    assert [text[start : start + 9] for start in found.halves] == ["[?four]] "]
    assert [text[start : start + 8] for start in found.passed] == ["[[? x]]`"]
    with pytest.raises(InputError, match=r"line 1, column 5 of x is not closed"):
        find_marks(text, "x", code=code, in_code=False)
