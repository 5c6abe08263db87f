"""Prose of HTML: the words of paragraphs, list items and cells; tags, entities and all else stay where they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from dgcli.text.blocks.layout import ParagraphLine, Prose, even, laid_out, marks_in
from dgcli.text.blocks.lines import split_lines
from dgcli.text.blocks.replies import is_attribution, is_header, is_sent_from


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Elements whose own words are prose.
_PROSE = _HEADINGS | _names("p li dd figcaption caption td div section article main details aside body center")
_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark q s samp small span strike strong"
    " sub sup time tt u var wbr"
)
# Nothing in these is prose: programs, forms, words of others, what belongs to a page and not to its text.
_CLOSED = _names(
    "script style pre textarea title template svg math button select form fieldset nav iframe noscript object canvas"
    " audio video blockquote xmp listing plaintext noembed noframes address header footer menu dialog"
)
# Classes and names that mail programs give to what others wrote, and to signatures.
_OF_MAIL = _names(
    "notranslate gmail_quote gmail_attr gmail_signature moz-cite-prefix moz-signature yahoo_quoted protonmail_quote"
    " divRplyFwdMsg OutlookMessageHeader"
)
_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_ENDS_ITSELF = {  # elements whose end tag may be left out, and what ends them then
    "p": _PROSE | _names("blockquote ul ol dl dt table pre form hr header footer nav address fieldset tr th"),
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "tr": frozenset({"tr", "tbody", "tfoot"}),
    "head": _PROSE,
}
# Programs and templates within a page, which a parser of HTML takes for text or for tags that end too early.
_FOREIGN = re.compile(
    r"<%.*?(?:%>|\Z)|<\?.*?(?:\?>|\Z)|\{%.{0,300}?%\}|\{\{.{0,300}?\}\}|\{#.{0,300}?#\}|\$\{[^{}]{0,300}\}"
    r"|\\\(.{0,300}?\\\)|\\\[.{0,300}?\\\]|\$\$.{0,300}?\$\$",
    re.DOTALL,
)
_OPENS = re.compile(r"<[/!?A-Za-z]")
_LONGEST = 20_000  # characters of a paragraph
_TAG = r"<[/!?A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_MARKS = re.compile(
    rf"<(?P<kept>code|kbd|samp|tt|var|q|cite)\b[^<>]*>.{{0,500}}?</(?P=kept)\s*>|{_FOREIGN.pattern}|{_TAG}"
    r"|(?:(?<![^\W_])[^\W_]+)?&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]\w*);?[^\W_]*|[<>&]",
    re.DOTALL | re.IGNORECASE,
)
_Kind = Literal["start", "end", "text", "other"]


@dataclass(frozen=True)
class _Part:
    """A tag, a comment or some text, as a parser finds it."""

    kind: _Kind
    name: str  # of the element
    source: str
    untouched: bool = False  # the element says that it is not to be translated, or is somebody else's


def read(lines: Iterable[str], headings: bool) -> Iterator[str | Prose]:
    """The pieces of a page, which is read to its end before."""
    elements = _Elements(_PROSE if headings else _PROSE - _HEADINGS)
    run: list[_Part] = []
    for part in _parts("".join(lines)):
        inline = part.name in _INLINE and not part.untouched and not elements.are_closed
        if inline or part.kind in ("text", "other"):
            run.append(part)
            continue
        yield from _words(run, prose=elements.are_prose)
        run = []
        yield part.source
        if part.kind == "start":
            elements.open(part)
        else:
            elements.close(part.name)
    yield from _words(run, prose=elements.are_prose)


class _Elements:
    """The elements that are open."""

    def __init__(self, prose: frozenset[str]) -> None:
        self._prose = prose
        self._open: list[tuple[str, bool]] = [("body", False)]  # a part of a page may have none

    @property
    def are_closed(self) -> bool:
        """Whether nothing is prose here, whatever is opened."""
        return self._open[-1][1]

    @property
    def are_prose(self) -> bool:
        """Whether words are prose here."""
        return self._open[-1][0] in self._prose and not self.are_closed

    def open(self, part: _Part) -> None:
        if part.name in _VOID:
            return
        while len(self._open) > 1 and part.name in _ENDS_ITSELF.get(self._open[-1][0], ()):
            self._open.pop()
        closed = self._open[-1][1] or part.untouched or part.name in _CLOSED
        self._open.append((part.name, closed))

    def close(self, name: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place][0] == name:
                del self._open[place:]
                return


def _words(run: Sequence[_Part], *, prose: bool) -> Iterator[str | Prose]:
    """Text and the inline tags in it; what stands before the first word and behind the last is apart."""
    source = "".join(part.source for part in run)
    if not prose or not source.strip() or any(part.kind == "other" for part in run):
        yield from [source] if source else []
        return
    start, end = len(source) - len(source.lstrip()), len(source.rstrip())
    if start:
        yield source[:start]
    yield _paragraph(source[start:end])
    if source[end:]:
        yield source[end:]


def _paragraph(source: str) -> str | Prose:
    rows = []
    for line in split_lines(source):
        words = line.strip(" \t\r\n")
        start = line.find(words)
        rows.append(ParagraphLine(line[:start], words, line[start + len(words) :]))
    text = " ".join(row.words for row in rows)
    if (
        len(source) > _LONGEST or not even(rows) or marks_in(_MARKS, text) != marks_in(_MARKS, source)
    ):  # a tag is on several lines
        return source
    bare = re.sub(_TAG, "", text)
    if is_header(bare) or is_attribution([bare]) or is_sent_from(bare):
        return source
    return laid_out(rows, markdown=False, marks=_MARKS)


def _parts(text: str) -> Iterator[_Part]:
    """A page in parts; together they are the page."""
    from html.parser import HTMLParser  # takes a while, and few texts need it

    hidden = _FOREIGN.sub(lambda match: re.sub(r"[^\n]", "x", match[0]), text)
    end = _end_of_markup(hidden)
    starts = [0, *accumulate(len(line) for line in hidden.split("\n"))]
    found: list[tuple[int, _Kind, str, bool]] = [(0, "other", "", False)]

    class Parser(HTMLParser):
        def note(self, kind: _Kind, name: str = "", untouched: bool = False) -> None:
            line, column = self.getpos()
            found.append((starts[line - 1] + line - 1 + column, kind, name, untouched))

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            values = dict(attrs)
            named = {*(values.get("class") or "").split(), values.get("id")}
            untouched = values.get("translate") == "no" or not named.isdisjoint(_OF_MAIL)
            self.note("start", tag, untouched)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.handle_starttag(tag, attrs)

        def handle_endtag(self, tag: str) -> None:
            self.note("end", tag)

        def handle_data(self, data: str) -> None:
            self.note("text")

        def handle_entityref(self, name: str) -> None:
            self.note("text")

        def handle_charref(self, name: str) -> None:
            self.note("text")

        def handle_comment(self, data: str) -> None:
            self.note("other")

        def handle_decl(self, decl: str) -> None:
            self.note("other")

        unknown_decl = handle_pi = handle_comment

    parser = Parser(convert_charrefs=False)
    parser.feed(hidden[:end])
    parser.close()
    found += [(end, "other", "", False), (len(text), "other", "", False)]
    for (place, kind, name, untouched), (after, *_) in pairwise(found):
        if place < after:
            yield _Part(kind, name, text[place:after], untouched)


def _end_of_markup(text: str) -> int:
    """Where nothing begins any more that also ends, which a parser would look for again and again."""
    comment = text.find("<!--", text.rfind("-->") + 1)
    tag = _OPENS.search(text, text.rfind(">") + 1)
    return min(comment if comment >= 0 else len(text), tag.start() if tag else len(text))
