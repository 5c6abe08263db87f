"""Whether a fill may stand where it lands. Its characters: `places`; what is left if it may not: `mending`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import filterfalse
from typing import Any

from dgcli.text.syntax.balance import balances
from dgcli.text.syntax.columns import Room, room_in
from dgcli.text.syntax.kinds import Kind, lexer_named, lexer_of
from dgcli.text.syntax.messages import lacking, signs
from dgcli.text.syntax.named import begins_otherwise, is_between_tags, never_in
from dgcli.text.syntax.parsers import Entry, entries, opening_quote, roles
from dgcli.text.syntax.places import LINE_OF_COMMENT, NEVER, Place, Sight, place_in_code, place_of
from dgcli.text.syntax.prose import LANGUAGES, between_words, may_stand_alone
from dgcli.text.syntax.within import part_at

OTHER = "\ue000"  # stands for a mark that is not filled; no text has it
_STAND_INS = (("word", "other"), ("1", "2"))  # a harmless word, or a value; each twice, to see where it stands
_LARGEST = 50_000  # characters of a file that is parsed as a whole
_WINDOW = 8_000  # on each side of a hole in Markdown, of which a part can be parsed
_NEAR = 400  # in which a fill might make a mark together with the text
_MARKDOWN_SIGNS = re.compile(r"[^\w \n.,;:!?'’\"“”„«»()…%‰§°/–—-]")
_DIALECT_SIGNS = re.compile(r"%%|\(\(|::|:[\w+-]+:|\(\d+\)!")
_NUMBER = re.compile(r"[-+]?[\d.,]+%?")
_HARMLESS = re.compile(r"[A-Za-z0-9 ,.]*")  # whatever the quotation marks or the comment around
_ENDS_OF_HEREDOCS = re.compile(r"<<[-~<]?[ \t]*[\"']?(\w+)")
_ENDS_OF_COMMENTS = ("*/", "/*", "*)", "(*", "-}", "{-", "-->", "<!--", "|#", "#|", "#>", "<#", "?>")
_MARKDOWNS = (Kind.MARKDOWN, Kind.MDX)
_WITH_MESSAGES = (Kind.JSON, Kind.JSON_LINES, Kind.YAML, Kind.TOML, Kind.XML, Kind.SETTINGS, Kind.CSV)
_GLUED = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://\S*\Z|\S.*(?<=[\s(])[@#][\w/-]*\Z")  # an address, a name, a tag
_RAW = ("html_block", "html_inline")


@dataclass(frozen=True)
class Surroundings:
    """Where a fill lands. Newlines are `\\n`; other marks of the text are `OTHER`."""

    kind: Kind
    name: str  # of the file
    left: str
    right: str
    old: str = ""  # the text in place of which it comes, if it is one
    inline: bool = True  # it stays in its line
    marker: re.Pattern[str] = re.compile(r"(?!)")
    language: str = ""  # of a program within a file of another kind
    never: str = ""  # characters that would end that

    def narrowed(self) -> Surroundings:
        """The surroundings as far as they are of one kind: the head of a Markdown file is YAML."""
        part = part_at(self.kind, self.name, self.left, self.right)
        return self if part is None else replace(self, **vars(part))

    @cached_property
    def place(self) -> Place:
        """Where in the file that is."""
        place = self._place
        glued = " \n" if not place.code and _GLUED.search(self.left.rpartition("\n")[2][-_NEAR:]) else ""
        return replace(place, never=self._in_message(place.never) + self.never + never_in(self.name, self.left) + glued)

    def _in_message(self, never: str) -> str:
        """`never` with what begins a placeholder, or without where the translation of a catalogue lacks some."""
        if self.kind is Kind.MESSAGES:
            return re.sub("[%{}]", "", never) if lacking(self.left, self.right) else never
        if self.kind not in _WITH_MESSAGES:
            return never
        return never + signs(self.left.rpartition("\n")[2] + OTHER + self.right.partition("\n")[0])

    @cached_property
    def _place(self) -> Place:
        if self._lexer is not None:
            role = self._role
            if role == "." and is_between_tags(self.name, self.left):
                return Place("the text between tags", "{}<>")
            quote = opening_quote(self.left, self._roles[: len(self.left)]) if role == "s" else ""
            return place_in_code(role, quote, formatted=role == "s" and len(quote) < 3)
        if self._is_plain:
            return Place(self.kind.value)
        base = self._base
        if base is None and self.kind in (Kind.PYTHON, Kind.CODE):
            return place_in_code("s", "", formatted=True)  # nobody knows
        if base is None:
            return place_of(self.kind, Sight(self.left, self.right, None))
        return place_of(self.kind, Sight(self.left, self.right, base.seen, base.own))

    @cached_property
    def _room(self) -> Room | None:
        return room_in(self.kind, self.left, self.right, OTHER)

    def padded(self, fill: str) -> str:
        """`fill` without blanks that would be a part of a value, and with those that a drawn table needs behind it."""
        fill = fill.lstrip(" ") if self.place.bare else fill
        return fill if self._room is None else self._room.padded(fill)

    def fault(self, fill: str) -> str:
        """What `fill` breaks, as the end of a sentence that begins with it; empty if nothing."""
        beside = self.left[-1:] + fill + self.right[:1]
        if any(each in beside for each in NEVER):
            return "has double brackets or a code fence"
        if self._makes_a_mark(fill):
            return "makes another mark"
        if self._room is not None and not self._room.holds(fill):
            return "does not fit into its column"
        if not balances(fill, self.left, self.right):
            return "has a bracket or a quotation mark without its other half"
        return self._unfit(fill) or self._ending(fill) or self._misread(fill) or self._marked_up(fill)

    def _ending(self, fill: str) -> str:
        """Whether a string or a comment of a program would end elsewhere."""
        if self._lexer is None or (self._is_harmless(fill) and "<<" not in self.left):
            return ""
        beside = self.left[-1:] + fill + self.right[:1]
        if self._role == "s" and fill.strip() in _ENDS_OF_HEREDOCS.findall(self.left):
            return "ends the text that it stands in"
        if self._role == "c" and any(each in beside for each in _ENDS_OF_COMMENTS):
            return "ends the comment that it stands in"
        return "" if self._keeps_roles(fill) else "changes what is a comment or a string"

    def _is_harmless(self, fill: str) -> bool:
        """Whether it is but words in a string or a comment of a program."""
        return self._lexer is not None and not self.place.code and bool(_HARMLESS.fullmatch(fill))

    def _unfit(self, fill: str) -> str:
        """What characters of it mean something in this place."""
        place = self.place
        if found := next((character for character in fill if character in place.never), ""):
            return f"has {found!r}, which means something in {place.name}"
        if place.ascii and (found := next((character for character in fill if not character.isascii()), "")):
            return f"has {found!r}, which is written otherwise in {place.name}"
        if fill[:1] and fill[0] in place.first and not _NUMBER.fullmatch(fill):
            return f"begins with {fill[0]!r}, which means something in {place.name}"
        if begins_otherwise(self.name, self.left, fill):
            return f"has a line that begins something in {place.name}"
        if self.kind is Kind.MESSAGES and (lost := lacking(self.left + fill, self.right)):
            return f"lacks {lost}, which its message has"
        return ""

    def _makes_a_mark(self, fill: str) -> bool:
        before = self.left[-_NEAR:]
        text = before + fill + self.right[:_NEAR]
        start, end = len(before), len(before) + len(fill)
        return any(match.start() < end and match.end() > start for match in self.marker.finditer(text) if match.group())

    def _misread(self, fill: str) -> str:
        """What the parser of the file says, if it could read it before."""
        base = None if self._stays_plain(fill) or self._is_harmless(fill) else self._base
        if base is None:
            return ""
        try:
            seen = self._parsed(fill, base.word)
        except ValueError:
            return f"breaks the file as {self.kind.value}"
        if not fill.strip(" ") or self.place.code or base.same(seen) or (not self.inline and base.same_around(seen)):
            return ""
        if self.old and [name for name, _ in seen] == [name for name, _ in self._parsed(self.old, base.word)]:
            return ""
        return f"changes the structure of the file as {self.kind.value}"

    def _marked_up(self, fill: str) -> str:
        """What there is between words that no parser sees."""
        base = self._marks
        if base is None or self._stays_plain(fill) or not fill.strip(" "):
            return ""
        seen = self._between_words(fill, base.word)
        if base.same(seen):
            return ""
        own_paragraph = not self.inline and not base.own
        if own_paragraph and [*filterfalse(may_stand_alone, seen)] == [*filterfalse(may_stand_alone, base.seen)]:
            return ""
        return f"has what is markup in {self.place.name}"

    def _stays_plain(self, fill: str) -> bool:
        return (
            self._is_plain
            and not _MARKDOWN_SIGNS.search(fill)
            and "\n" not in fill
            and "_" not in fill
            and not _DIALECT_SIGNS.search(self.left[-1:] + fill + self.right[:1])
        )

    @cached_property
    def _marks(self) -> _Base | None:
        """What is markup with a harmless word in place of the fill; None where that is not looked for."""
        if self.kind not in LANGUAGES or self.place.code or self._place is LINE_OF_COMMENT:
            return None
        word, other = _STAND_INS[0]
        one, two = (self._between_words(each, word) for each in (word, other))
        own = tuple(index for index, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1])
        return _Base(one, own, word)

    def _between_words(self, fill: str, word: str) -> tuple[Entry, ...]:
        left, right = self._window
        if self.kind not in _MARKDOWNS:
            left, right = _last(left), _first(right)
        return between_words(self.kind, (left + fill + right).replace(OTHER, word))

    @cached_property
    def _window(self) -> tuple[str, str]:
        """The lines around a hole, as many as can be parsed in no time."""
        left, right = self.left, self.right
        if len(left) > _WINDOW:
            left = left[-_WINDOW:].partition("\n")[2]
        if len(right) > _WINDOW:
            right = right[:_WINDOW].rpartition("\n")[0]
        return left, right

    @cached_property
    def _is_plain(self) -> bool:
        """Whether a fill comes behind words, in a paragraph of Markdown that is nothing but words.

        This is the usual case, and it needs no parser, which takes a while to import.
        """
        left, right = _last(self.left[-_NEAR:]), _first(self.right[:_NEAR])
        line = self.left.rpartition("\n")[2]
        return (
            self.kind is Kind.MARKDOWN
            and self.inline
            and max(len(left), len(right)) < _NEAR
            and any(map(str.isalpha, line))
            and not _MARKDOWN_SIGNS.search(left + right)
            and "_" not in left + right
        )

    @cached_property
    def _base(self) -> _Base | None:
        """What the parser sees with a harmless word in place of the fill; None if it cannot read that."""
        for word, other in _STAND_INS:
            try:
                one, two = self._parsed(word, word), self._parsed(other, word)
            except ValueError:
                continue
            own = [index for index, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]]
            return _Base(one, tuple(own), word) if one else None
        return None

    def _parsed(self, fill: str, word: str) -> tuple[Entry, ...]:
        """What the parser sees with `fill`, and `word` in place of other marks."""
        left, right = self._window if self.kind in _MARKDOWNS else (self.left, self.right)
        if len(left) + len(right) > _LARGEST:
            raise ValueError("it is too long")
        return entries(self.kind, (left + fill + right).replace(OTHER, word)) or ()

    @cached_property
    def _lexer(self) -> Any:
        known = self.kind in (Kind.PYTHON, Kind.CODE) and len(self.left) + len(self.right) <= _LARGEST
        return (lexer_named(self.language) if self.language else lexer_of(self.name)) if known else None

    @cached_property
    def _roles(self) -> str:
        return roles(self._lexer, self.left + _STAND_INS[0][0] + self.right)

    @property
    def _role(self) -> str:
        """Of the hole itself."""
        return self._roles[len(self.left) : len(self.left) + 1]

    def _keeps_roles(self, fill: str) -> bool:
        found = roles(self._lexer, self.left + fill + self.right)
        before, behind = len(self.left), len(self.right)
        own = found[before : len(found) - behind]
        return (
            found[:before] == self._roles[:before]
            and found[len(found) - behind :] == self._roles[len(self._roles) - behind :]
            and (self.place.code or own == self._role * len(own))
        )


@dataclass(frozen=True)
class _Base:
    """What a parser saw with a harmless word in place of a fill."""

    seen: tuple[Entry, ...]
    own: tuple[int, ...]  # the entries that have this word
    word: str

    def same(self, seen: tuple[Entry, ...]) -> bool:
        """Whether all else is the same."""
        return len(seen) == len(self.seen) and all(
            one == other or (index in self.own and one[0] == other[0])
            for index, (one, other) in enumerate(zip(self.seen, seen, strict=True))
        )

    def same_around(self, seen: tuple[Entry, ...]) -> bool:
        """Whether a paragraph of its own became others, without HTML, and all else is the same."""
        if len(self.own) != 1 or self.seen[self.own[0]] != ("text", self.word):
            return False
        before, behind = self.own[0] - 1, len(self.seen) - self.own[0] - 2
        if before < 0 or self.seen[before][0] != "paragraph_open" or self.seen[before + 2][0] != "paragraph_close":
            return False
        inside = seen[before : len(seen) - behind]
        return (
            len(inside) > 0
            and seen[:before] == self.seen[:before]
            and seen[len(seen) - behind :] == self.seen[len(self.seen) - behind :]
            and not any(name in _RAW for name, _ in inside)
        )


def _last(text: str) -> str:
    """The last paragraph of a text."""
    return text.rpartition("\n\n")[2]


def _first(text: str) -> str:
    return text.partition("\n\n")[0]
