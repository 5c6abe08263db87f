"""Formats that are neither Markdown nor plain text: only words change, whatever the new ones are."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import takewhile
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.text.blocks import Prose, chunks, pieces, same_structure
from dgcli.text.blocks.layout import marks_in
from dgcli.text.blocks.readers import READERS
from tests.documents import WORDS

SENTENCE = "amber birch cedar delta ember"
PAGE = (
    "<p>{}</p>\n",
    "<p>{}\n   and <b>on</b>\n   &amp; on</p>\n",
    "<ul>\n<li>{}<li>{} &nbsp; x\n</ul>\n",
    '<dd title="a > b"><a href=x>{}</a><br>{}</dd>\n',
    "<div>{}<p>{}<table><tr><td>{}</table></div>\n",
    "<p>see <code>{0}</code> {0}</p>\n",
)
PAGE_LEFT = (
    "<script>var x = '<p>" + SENTENCE + "</p>';\n\nif (x) {}</script>\n",
    "<style>p {content: 'x y z words'}</style>\n",
    "<pre>" + SENTENCE + " <b>" + SENTENCE + "</b></pre>\n",
    "<textarea>" + SENTENCE + "</textarea>\n",
    "<!-- " + SENTENCE + " <p> -->\n",
    "<p>" + SENTENCE + "<!-- " + SENTENCE + " --></p>\n",
    "<h2>" + SENTENCE + "</h2>\n",
    "<nav><p>" + SENTENCE + "</p></nav>\n",
    '<?php if ($a->b) { echo "' + SENTENCE + '"; } ?>\n',
    "<% if a > b %>" + "<%= 'amber birch cedar > delta' %>\n",
    '<p translate="no">' + SENTENCE + "</p>\n",
    "<svg><text>" + SENTENCE + "</text></svg>\n",
    "<button>" + SENTENCE + "</button>\n",
    "<p><b>From:</b> Amber Birch of cedar<br><b>Sent:</b> Monday delta ember</p>\n",
    "<div>On 3/6/24 10:11, Amber Birch of cedar wrote:</div>\n",
    "<p>Sent from my amber birch cedar</p>\n",
    '<div class="gmail_quote"><p>' + SENTENCE + "</p></div>\n",
    "<head><title>" + SENTENCE + "</title></head>\n",
)
SUBTITLES = (
    "{n}\n00:00:01,000 --> 00:00:02,000\n{}\n\n",
    "{n}\r\n00:00:01,000 --> 00:00:02,000 X1:1 X2:3\r\n<i>{}\r\n{}</i>\r\n\r\n",
    "00:01.000 --> 00:02.500 align:start\n- {}\n- {}\n\n",
    "00:01.000 --> 00:02.500\n<v Bob>{}\n<v.loud Ann>{}\n\n",
    "name of it\n00:01.000 --> 00:02.500\n<v Bob Smith>{}\n{}\n{}\n\n",
    "{n}\n00:00:01,000 --> 00:00:02,000\n{{\\an8}}BOB: {} [sighs]\n\n",
)
SUBTITLES_LEFT = (
    "WEBVTT " + SENTENCE + "\n\n",
    "NOTE " + SENTENCE + "\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\n" + SENTENCE + "\nwww.example.org\n\n",
    "NOTE\n" + SENTENCE + "\n\n",
    "STYLE\n::cue { color: red }\n\n",
    SENTENCE + "\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\n<i>Subtitles by amber birch cedar\n" + SENTENCE + "</i>\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\n- Sous-titrage : amber birch cedar delta\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\n" + SENTENCE + "\nat www.example.org of it\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\nDownloaded from amber birch cedar\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\n♪ " + SENTENCE + " ♪\n\n",
    "00:01.000 --> 00:02.000\n00:03.000 --> 00:04.000\n" + SENTENCE + "\n\n",  # two cues, and no blank line between
    "7\nname\n00:00:01,000 --> 00:00:02,000\n" + SENTENCE + "\n\n",
    "7\n00:00:01,000 --> 00:00:02,000\n<i>" + SENTENCE + "\n{y:i}" + SENTENCE + "\n\n",  # lines that begin differently
)
LATEX = (
    "{}\n{} \\emph{{so}} it is~\\cite{{a,b}} with $x = 1$\n\n",
    "\\section{{Some amber birch cedar}}\n{}\n\\label{{sec:x}}\n\n",
    "\\begin{{itemize}}\n  \\item {}\n    {}\n  \\item[a] {}\n\\end{{itemize}}\n\n",
    "Caf\\'e {} ``{}'' 50\\% --- \\footnote{{{} \\ref{{x}}}}\n\n",
    "{} 5\\,km {} 7~cm\n\n",
    "\\begin{{frame}}[fragile]{{Amber birch}}\n  {}\n\\end{{frame}}\n\n",
    "\\begin{{letter}}{{Amber Birch}}\n\\opening{{Dear Amber,}}\n\n{}\n\\closing{{Yours,}}\n\\end{{letter}}\n\n",
    "{} \\verb|{}| {} \\lstinline!a b!\n\n",
)
LATEX_LEFT = (
    "\\begin{equation}\n" + SENTENCE + "\n\n" + SENTENCE + "\n\\end{equation}\n\n",
    "\\begin{verbatim}\n" + SENTENCE + "\n\\end{verbatim}\n\n",
    "\\begin{quote}\n" + SENTENCE + "\n\n" + SENTENCE + "\n\\end{quote}\n\n",
    SENTENCE + " \\url{http://a.b/%20c} " + SENTENCE + "\n\n",
    "\\newcommand{\\x}{\n" + SENTENCE + "\n\n" + SENTENCE + "\n}\n\n",
    "% " + SENTENCE + "\n\n",
    SENTENCE + " % " + SENTENCE + "\n" + SENTENCE + "\n\n",
    "\\[\n" + SENTENCE + "\n\\]\n\n",
    SENTENCE + " \\\\\n" + SENTENCE + "\n\n",
    SENTENCE + " & " + SENTENCE + "\n\n",
)
RST = (
    "{}\n{} **so** `it <http://a.b>`_ is :ref:`x y <z>` and ``a b``\n\n",
    "- {}\n  {}\n- {}\n\n",
    "#. {}\n#. {}\n\n",
)
RST_LEFT = (
    "Amber birch cedar\n=================\n\n",
    "=================\nAmber birch cedar\n=================\n\n",
    ".. note:: " + SENTENCE + "\n\n   " + SENTENCE + "\n\n",
    ".. code-block:: python\n   :linenos:\n\n   " + SENTENCE + "\n\n   - " + SENTENCE + "\n\n",
    ":param str name: " + SENTENCE + "\n:returns: " + SENTENCE + "\n\n",
    SENTENCE + "::\n\n   " + SENTENCE + "\n\n",
    "::\n\n> " + SENTENCE + "\n\n",
    SENTENCE + "\n   " + SENTENCE + "\n\n",
    "| " + SENTENCE + "\n| " + SENTENCE + "\n\n",
    "+----+----+\n| amber birch cedar | delta |\n+----+----+\n\n",
    "=====  =====\n1      amber birch cedar\n\n2      amber birch cedar\n=====  =====\n\n",
    ".. _a: http://b.c\n.. [1] " + SENTENCE + "\n.. |x| replace:: " + SENTENCE + "\n\n",
    ">>> " + SENTENCE + "\n" + SENTENCE + "\n\n",
    "-a  " + SENTENCE + "\n--all=x  " + SENTENCE + "\n\n",
)
ORG = (
    "* TODO Amber birch cedar :tag:\n{}\n{} *so it* [[http://a.b][is as it]] is =a b= and ~c d~\n\n",
    "- {}\n  {}\n- [ ] {}\n- birch :: {}\n\n",
    "#+begin_center\n{}\n#+end_center\n\n",
    "[fn:1] {}\n\n",
)
ORG_LEFT = (
    "#+TITLE: " + SENTENCE + "\n\n",
    "#+begin_src x\n" + SENTENCE + "\n\n" + SENTENCE + "\n#+end_src\n\n",
    "#+BEGIN_VERSE\n" + SENTENCE + "\n#+END_VERSE\n\n",
    "#+begin_quote\n" + SENTENCE + "\n\n" + SENTENCE + "\n#+end_quote\n\n",
    ":PROPERTIES:\n:ID: " + SENTENCE + "\n:END:\n\n",
    ":NOTES:\n" + SENTENCE + "\n:END:\n\n",
    "| " + SENTENCE + " | x |\n\n",
    ": " + SENTENCE + "\n\n",
    "# " + SENTENCE + "\n\n",
    "SCHEDULED: <2024-01-01 Mon> " + SENTENCE + "\n\n",
    "\\begin{align}\n" + SENTENCE + "\n\\end{align}\n\n",
)
ASCIIDOC = (
    "{}\n{} *so it* link:a.html[is as it] is `a b` and {{name}} <<x,y z>>\n\n",
    "* {}\n{}\n** {}\n. {}\n\n",
    "NOTE: {}\n\n",
    "[NOTE]\n====\n{}\n====\n\n",
    ".Amber birch cedar\n*****\n{}\n\n{}\n*****\n\n",
)
ASCIIDOC_LEFT = (
    "= Amber birch cedar\nAmber Birch <a@b.c>\n:toc: left of birch cedar\n\n",
    "[source,python]\n----\n" + SENTENCE + "\n\n" + SENTENCE + "\n----\n\n",
    "....\n" + SENTENCE + "\n\n" + SENTENCE + "\n....\n\n",
    "[verse, x y]\n____\n" + SENTENCE + "\n\n" + SENTENCE + "\n____\n\n",
    "[source]\n" + SENTENCE + "\n\n",
    "Amber birch cedar\n-----------------\n\n",
    ".Amber birch cedar\n* " + SENTENCE + "\n\n",
    "// " + SENTENCE + "\n\n",
    "////\n" + SENTENCE + "\n\n" + SENTENCE + "\n////\n\n",
    "|===\n|amber birch cedar |x\n\n|amber birch cedar |x\n|===\n\n",
    "amber:: " + SENTENCE + "\n\n",
    " " + SENTENCE + "\n\n",
    SENTENCE + " +\n" + SENTENCE + "\n\n",
    "* " + SENTENCE + "\n+\n" + SENTENCE + "\n\n",
    "include::amber birch cedar[]\n\n",
    '"' + SENTENCE + '"\n-- Amber Birch, of cedar\n\n',
    "* " + SENTENCE + "\n+\n--\n" + SENTENCE + "\n--\n\n",
)
MEDIAWIKI = (
    "{}\n{} ''so it'' [[is|as it]]s is<ref name=a>amber {{{{birch}}}}</ref> and {{{{b|c}}}} [https://a.b c d]\n\n",
    "{{{{Amber|birch cedar}}}}\n{}\n\n",
    "== Amber birch cedar ==\n{}\n* {}\n** {}\n# {}\n",
)
MEDIAWIKI_LEFT = (
    "{{Amber birch\n| a = " + SENTENCE + " {{b}}\n" + SENTENCE + "\n\n" + SENTENCE + "\n}}\n",
    "{| class=x\n! " + SENTENCE + "\n|-\n| " + SENTENCE + "\n\n" + SENTENCE + "\n|}\n",
    ": " + SENTENCE + "\n",
    "; amber : " + SENTENCE + "\n",
    " " + SENTENCE + "\n\n",
    SENTENCE + " ~~~~\n",
    SENTENCE + " [[User:Amber|Amber]] 10:11, 3 June 2024 (UTC)\n",
    "<!-- " + SENTENCE + " -->\n",
    "[[Category:Amber birch cedar]]\n",
    "[[File:a.png|thumb|" + SENTENCE + "]]\n",
    "<syntaxhighlight lang=x>\n" + SENTENCE + "\n\n" + SENTENCE + "\n</syntaxhighlight>\n",
    "<!-- " + SENTENCE + "\n\n" + SENTENCE + " -->\n",
    "#REDIRECT [[Amber birch cedar]]\n",
    SENTENCE + "\nand so it is<ref>" + SENTENCE + "\n" + SENTENCE + "</ref>\n\n",
)
GEMTEXT = (
    "{}\n{}\n",
    "=> gemini://a.b/c {}\n* {}\n",
)
GEMTEXT_LEFT = (
    "# " + SENTENCE + "\n",
    "> " + SENTENCE + "\n",
    "=> gemini://amber.birch/cedar\n",
    "```amber birch cedar\n" + SENTENCE + "\n\n# " + SENTENCE + "\n```\n",
)
FRAGMENTS = {
    "mediawiki": (MEDIAWIKI, MEDIAWIKI_LEFT),
    "gemtext": (GEMTEXT, GEMTEXT_LEFT),
    "html": (PAGE, PAGE_LEFT),
    "subtitles": (SUBTITLES, SUBTITLES_LEFT),
    "latex": (LATEX, LATEX_LEFT),
    "rst": (RST, RST_LEFT),
    "org": (ORG, ORG_LEFT),
    "asciidoc": (ASCIIDOC, ASCIIDOC_LEFT),
}
_ODD = [
    *("<", ">", "&", "'", '"', "<b>", "</p>", "&lt;", "<!--", "-->", "<?", "%>", "{{", "`", "``", "*", "**", "_", "x_"),
    *("|", "::", "..", ":", "-", "1.", "#.", "=", "==", "+", "\\", "\\x", "{", "}", "$", "%", "~", "^", "#", "[", "]"),
    *("[[", "]]", "//", ".x", ":a:", "\\begin{x}", "\\end{document}", "#+end_src", "----", "....", "<<<", "♪", "|==="),
    *("{\\an8}", "00:00:01,000", "NOTE", "WEBVTT", ":::", "||"),
]


def restyled(text: str, format: Any, rewrite: Callable[[Prose], str]) -> str:
    """The text with new words wherever they are taken, as the command has it."""
    result = ""
    for chunk in chunks([text], format):
        for piece in pieces(chunk):
            if not isinstance(piece, Prose):
                result += piece
                continue
            new = rewrite(piece)
            after = piece.rewritten(new)
            result += after if piece.keeps(new) and same_structure(chunk, after) else piece.source
    return result


def prose(text: str, format: Any) -> list[Prose]:
    found = (piece for chunk in chunks([text], format) for piece in pieces(chunk))
    return [piece for piece in found if isinstance(piece, Prose)]


def louder(prose: Prose) -> str:
    """Other words of other lengths, and what stands between words as it was."""
    assert prose.marks is not None
    text, result, end = prose.text, "", 0
    for start, stop in [*(match.span() for match in prose.marks.finditer(text)), (len(text), len(text))]:
        words = re.sub(r"[a-z]{3,}", lambda match: WORDS[len(match[0]) % 3].upper(), text[end:start])
        result, end = result + words + text[start:stop], stop
    return result


def documents(format: str) -> st.SearchStrategy[tuple[str, list[tuple[str, bool]]]]:
    """Documents of fragments, each with whether it holds prose."""
    touched, left = FRAGMENTS[format]
    words = st.lists(st.sampled_from(WORDS), min_size=4, max_size=9).map(" ".join)
    prose = st.builds(
        lambda form, texts, number: form.format(*texts, n=number),
        st.sampled_from(touched),
        st.lists(words, min_size=4, max_size=4),
        st.integers(1, 999),
    )
    fragments = st.one_of(st.tuples(prose, st.just(True)), st.tuples(st.sampled_from(left), st.just(False)))
    return st.lists(fragments, min_size=1, max_size=7).map(lambda parts: ("".join(text for text, _ in parts), parts))


@pytest.mark.parametrize("format", READERS)
@settings(max_examples=50)
@given(data=st.data())
def test_the_pieces_are_the_text(format: Any, data: st.DataObject) -> None:
    text = data.draw(
        st.lists(st.sampled_from([*_ODD, " ", "\n", "\n\n", "\r\n", "\t", *WORDS]), max_size=60).map("".join)
    )
    found = [piece for chunk in chunks([text], format) for piece in pieces(chunk)]
    assert "".join(piece if isinstance(piece, str) else piece.source for piece in found) == text
    for piece in found:
        assert isinstance(piece, str) or piece.rewritten(piece.text) == piece.source


@pytest.mark.parametrize("format", READERS)
@settings(max_examples=50)
@given(data=st.data())
def test_what_is_no_prose_stays_byte_for_byte_between_new_words(format: Any, data: st.DataObject) -> None:
    text, parts = data.draw(documents(format))
    after = restyled(text, format, louder)
    assert (after != text) == any(is_prose for _, is_prose in parts)
    for fragment in (fragment for fragment, is_prose in parts if not is_prose):
        assert fragment in after
        after = after[after.index(fragment) + len(fragment) :]


@pytest.mark.parametrize("format", READERS)
@settings(max_examples=50)
@given(data=st.data(), dice=st.randoms(use_true_random=False))
def test_lines_may_end_in_several_ways_and_new_ones_end_as_theirs_do(
    format: Any, data: st.DataObject, dice: Random
) -> None:
    """A paragraph whose own lines do may be left."""
    text, _ = data.draw(documents(format))
    text, often = text.replace("\r\n", "\n"), dice.random()
    mixed = re.sub("\n", lambda _: "\r\n" if dice.random() < often else "\n", text)
    known = {piece.text for piece in prose(text, format)}
    for piece in prose(mixed, format):
        assert piece.text in known
        after = piece.rewritten(louder(piece))
        assert set(re.findall("\r?\n", after)) <= set(re.findall("\r?\n", piece.source))
        assert after.endswith(piece.end)


@pytest.mark.parametrize("format", READERS)
@settings(max_examples=50)
@given(data=st.data())
def test_words_that_would_be_markup_are_not_taken(format: Any, data: st.DataObject) -> None:
    """Whatever a model proposes, the text that comes out has the pieces and the marks that it had."""
    text, _ = data.draw(documents(format))
    words = st.lists(st.sampled_from([*_ODD, *WORDS]), min_size=1, max_size=8).map(" ".join)
    after = restyled(text, format, lambda _: data.draw(words))
    assert beside_words(format, after) == beside_words(format, text)


@pytest.mark.parametrize("format", [format for format in READERS if format != "subtitles"])
@pytest.mark.parametrize("rule", ["---", "+++", ";;;"])
def test_front_matter_passes_through_in_any_format(format: Any, rule: str) -> None:
    head = f"{rule}\ntitle: {SENTENCE}\ntext: >\n  {SENTENCE}\n\n  {SENTENCE}\n{rule}\n"
    for mark in ("", "\ufeff"):
        found = [piece for chunk in chunks([f"{mark}{head}\n{SENTENCE}\n"], format) for piece in pieces(chunk)]
        assert "".join(takewhile(lambda piece: isinstance(piece, str), found)).startswith(mark + head)


@pytest.mark.parametrize("format", [format for format in READERS if format not in ("subtitles", "html")])
def test_lines_with_keys_pass_through_in_any_format(format: Any) -> None:
    """At the head of a text, where they may go on in further lines, and in it."""
    lines = f"Amber: {SENTENCE}\nBirch-Cedar: {SENTENCE}\n"
    head = f"{lines}Delta: {SENTENCE}\n  {SENTENCE}\n"
    found = prose(f"{head}\n{SENTENCE}\n\n{lines}\n{SENTENCE}\n", format)
    assert [piece.text for piece in found] == [SENTENCE, SENTENCE]


def beside_words(format: Any, text: str) -> list[Any]:
    found: list[Any] = []
    for piece in (piece for chunk in chunks([text], format) for piece in pieces(chunk)):
        if isinstance(piece, str):
            found.append(piece)
        else:
            assert piece.marks is not None
            found.append((piece.first, piece.end, *marks_in(piece.marks, piece.text)))
    return found


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("latex", "\\documentclass{article}\n\\title{Some words}\n" + SENTENCE + "\n\\begin{document}\n"),
        ("org", "* " + SENTENCE + "\n"),
        ("asciidoc", "= " + SENTENCE + "\n"),
        ("rst", ".. " + SENTENCE + "\n"),
        ("subtitles", "NOTE " + SENTENCE + "\n00:01.000 --> 00:02.000\n" + SENTENCE + "\n"),
        ("html", "<title>" + SENTENCE + "</title>"),
    ],
)
def test_a_byte_order_mark_hides_nothing(format: Any, text: str) -> None:
    assert restyled("\ufeff" + text, format, louder) == "\ufeff" + text


@settings(max_examples=50)
@given(data=st.data())
def test_a_page_has_the_tags_that_it_had(data: st.DataObject) -> None:
    text, _ = data.draw(documents("html"))
    assert tags(restyled(text, "html", louder)) == tags(text)


def tags(page: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            found.append(("start", self.get_starttag_text() or ""))

        def handle_endtag(self, tag: str) -> None:
            found.append(("end", tag))

        def handle_entityref(self, name: str) -> None:
            found.append(("entity", name))

        def handle_comment(self, data: str) -> None:
            found.append(("comment", data))

    parser = Parser(convert_charrefs=False)
    parser.feed(page)
    parser.close()
    return found


@settings(max_examples=50)
@given(data=st.data())
def test_a_cue_has_the_number_the_times_and_as_many_lines_as_it_had(data: st.DataObject) -> None:
    text, _ = data.draw(documents("subtitles"))
    after = restyled(text, "subtitles", lambda prose: f"{prose.text} {data.draw(st.sampled_from(WORDS))}")
    before, now = text.splitlines(), after.splitlines()
    assert len(before) == len(now)
    for old, new in zip(before, now, strict=True):
        assert old == new or not re.search(r"-->|^\d+$|^$", old)


def test_what_one_speaker_says_is_one_piece_on_as_many_lines() -> None:
    text = (
        "7\n00:00:01,000 --> 00:00:02,000\nBOB: amber birch\ncedar delta\n- ember amber\nbirch cedar\ndelta ember\n\n"
    )
    found = [piece for chunk in chunks([text], "subtitles") for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert [piece.source for piece in found] == [
        "BOB: amber birch\ncedar delta\n",
        "- ember amber\nbirch cedar\ndelta ember\n",
    ]
    assert [piece.rewritten("one two three four") for piece in found] == [
        "BOB: one two\nthree four\n",
        "- one two\nthree\nfour\n",
    ]


def test_a_sentence_that_begins_behind_a_command_of_latex_passes_through_as_a_whole() -> None:
    text = (
        "\\paragraph{A title.} These words go on behind the title of it\nand go on here in a second line, which\n"
        "is long enough.\n\n\\section{Some words}\nthese are words of a paragraph.\n"
    )
    found = [piece for chunk in chunks([text], "latex") for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert [piece.source for piece in found] == ["these are words of a paragraph.\n"]


def test_a_line_of_gemtext_and_an_item_of_a_wiki_are_paragraphs_by_themselves() -> None:
    text = f"* {SENTENCE}\n{SENTENCE}\n{SENTENCE}\n"
    for format, lines in (("gemtext", 3), ("mediawiki", 2)):
        found = [piece for chunk in chunks([text], format) for piece in pieces(chunk) if isinstance(piece, Prose)]
        assert len(found) == lines


def test_each_item_of_latex_is_a_paragraph_however_it_begins() -> None:
    items = [
        f"\\item {SENTENCE}\n",
        f"\\item<2-> {SENTENCE}\n",
        f"\\item[a] {SENTENCE}\n",
        f"\\item\\emph{{b}} {SENTENCE}\n",
    ]
    assert [piece.source for piece in prose("".join(items), "latex")] == items


def test_headings_of_a_page_are_prose_where_that_is_asked_for() -> None:
    text = "<h1>amber birch cedar</h1>"
    assert not any(isinstance(piece, Prose) for chunk in chunks([text], "html") for piece in pieces(chunk))
    found = [piece for chunk in chunks([text], "html", headings=True) for piece in pieces(chunk)]
    assert [piece.text for piece in found if isinstance(piece, Prose)] == ["amber birch cedar"]


@pytest.mark.parametrize("opening", ["<!--", "<a href='", "<code>", "{%", "<?", "\\("])
def test_a_page_that_opens_again_and_again_is_read_in_time(opening: str) -> None:
    """What has no end passes through, and is not looked for from every place."""
    text = f"<p>{SENTENCE}</p>" + f"{opening} amber " * 20_000
    started = time.process_time()
    found = [piece for chunk in chunks([text], "html") for piece in pieces(chunk)]
    assert "".join(piece if isinstance(piece, str) else piece.source for piece in found) == text
    assert time.process_time() - started < 20


@pytest.mark.parametrize("name", ["x.tex", "x.rst", "x.org", "x.adoc", "x.html", "x.srt"])
@pytest.mark.parametrize("letter", ["a", "你", "a:", "_", "0"])
def test_a_word_of_any_length_takes_no_time(name: str, letter: str) -> None:
    """In scripts without blanks a paragraph is one."""
    times = "1\n00:00:01,000 --> 00:00:02,000\n" if name == "x.srt" else ""
    start = time.process_time()
    for chunk in chunks([f"{times}Some words to say {letter * (16_000 // len(letter))}\n"], name=name):
        list(pieces(chunk))
    assert time.process_time() - start < 3  # hundredths of a second; where each letter is a new start, half a minute
