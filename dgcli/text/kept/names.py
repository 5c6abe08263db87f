"""Names of people, places and things: what a text shows to be one, wherever else it stands in it, in whatever case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.text.kept.name_words import AND, GOES_ON, GREETINGS, NO_NAMES, OPENINGS, TITLES, WORDS_TOO
from dgcli.text.sign_offs import SIGN_OFFS, WITH_NAME

_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽΆΈ-ΏΑ-ΡΣ-ΫЀ-Я]"
# Compiled where they are used first: an infill needs none of them.
_HEADER = r"(?im)^[> \t]*(?:from|to|cc|bcc|sender|reply-to|von|an|de|à|para|da|van|aan):[ \t]*(.+)$"
_GREETED = (
    rf"(?i)(?:^|(?<=[.!?\n])[ \t]*)[>\s\"“„'*_-]*{GREETINGS}[ ,]+"
    rf"(?P<words>{_WORD}\.?(?:(?: | ?[&/+] ?){_WORD}\.?){{0,4}})"
    r"(?P<end>\s*(?:[,!.:;?)…–—]|-+\s|$))?"
)
# On a line of its own, which is too short to be prose.
_SALUTATION = (
    rf"(?im)^[>\s\"“„'*_-]*{GREETINGS}[ ,]+(?P<words>{_WORD}\.?(?:(?: | ?[&/+] ?){_WORD}\.?){{0,4}})[ \t]*"
    r"(?P<end>[,!:–—-])\s*$"
)
_SIGNED = (
    rf"(?im)(?:^|(?<=[.!?\n]))[>\s]*(?:{SIGN_OFFS}|{WITH_NAME})"
    rf"(?:\s*[,!.–—-]+\s*|\s+)(?P<words>{_WORD}\.?(?: {_WORD}\.?){{0,2}})\s*$"
)
_DASHED = rf"(?:^|(?<=[.!?)\n])\s?)[>\s]*[-–—~]{{1,2}} ?(?P<words>{_WORD}(?: {_WORD})?)\s*\Z"
_THANKED = (
    r"(?i)\b(?:thanks|thank you|thx|ty|congrats|congratulations|cheers|well done|happy birthday"
    rf"|(?:good|nice) (?:job|work)|(?:sorry|bye|welcome|yes|no|ok|okay|please|pls|love you|miss you),),?"
    rf" (?P<words>{_WORD})(?=\s*(?:[,!.]|$))"
)
_TITLED = rf"\b(?i:{TITLES})\b\.? (?P<words>{_WORD}(?: {_CAPITAL}[\w'’-]*)*)"
_TITLED_IN_CAPITALS = (
    r"\b(?:Sir|Lady|Lord|Captain|Sgt|Rev|Father|Sister|Aunt|Uncle|Auntie|Don|Saint|St)\.? "
    rf"(?P<words>{_CAPITAL}[\w'’-]+)"
)
_NAME = rf"{_CAPITAL}(?:['’]{_CAPITAL})?[^\W\d_]+(?:['’-][^\W\d_]+)*"
_WITHIN = r"(?:(?<=[^\W_] )|(?<=[,;&] )|(?<=[^\W_] [*_(\[]))"  # a sentence
_IN_SENTENCE = rf"{_WITHIN}(?P<word>{_NAME})"
_BETWEEN = (
    r"(?:v[ao]n|der|den|de|del|della|delle|dei|degli|des|di|da|dos|das|do|du|la|le|ter|ten|zu|zur|bin|ibn|al|el|af|av)"
)
# Of several words: `Ada Lovelace`, `New York`, `van der Berg`.
_FULL_NAME = (
    rf"(?<![\w'’.-])(?:(?P<within>{_WITHIN})(?:{_BETWEEN} )*)?{_NAME}(?: (?:{_BETWEEN} |of (?:the )?)*{_NAME})*"
)
# Where a sentence might begin as well: `Present: Ada, Bob`.
_LISTED = rf"(?:(?<=: )|\A(?={_NAME}(?:(?:,| and| &|;) {_NAME})+\Z))(?P<words>{_NAME})(?=(?:,| and| &|;) {_CAPITAL})"
_ANY_WORD = re.compile(_WORD)
_POSSESSIVE = re.compile(r"['’]s?$")
_MOST = 500  # names that are looked for


@dataclass(frozen=True)
class Names:
    """The names that a text has shown so far.

    A text that comes as a stream is known up to the paragraph at hand.
    """

    in_any_case: frozenset[str] = frozenset()  # casefolded
    as_written: frozenset[str] = frozenset()  # words that may well be none: headings, German nouns, `Will`

    def __or__(self, other: Names) -> Names:
        return Names(self.in_any_case | other.in_any_case, self.as_written | other.as_written)

    @classmethod
    def of(cls, text: str) -> Names:
        """What the words of a paragraph show: who is greeted, thanked or titled, who signs; capitals in a sentence."""
        told, capitals = list(_told(text)), list(names_in_sentences(text))
        if _is_capitalised(text):
            return cls._sorted(told) | cls(as_written=frozenset([*capitals, *_full_names(text)]))
        return cls._sorted([*told, *capitals]) | cls(as_written=frozenset(_full_names(text)))

    @classmethod
    def beside(cls, text: str) -> Names:
        """What a part that is no prose shows: the headers of a letter, who is greeted, and who signs it."""
        found = [re.sub(r"<[^>]*>|\S+@\S+", " ", match[1]) for match in re.finditer(_HEADER, text)]
        found += [match["words"] for match in re.finditer(_SIGNED, text)]
        greeted = [name for match in re.finditer(_SALUTATION, text) for name in _greeted(match)]
        return cls._sorted([*greeted, *(word for words in found for word in _names(words))])

    @classmethod
    def _sorted(cls, names: Sequence[str]) -> Names:
        words = frozenset(name for name in names if name.casefold() in WORDS_TOO)
        return cls(frozenset(name.casefold() for name in names if name not in words), words)

    def pattern(self) -> re.Pattern[str] | None:
        """What finds them, with a title before them; None where there are none."""
        either, exact = (
            "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))[:_MOST]))
            for names in (self.in_any_case, self.as_written)
        )
        ways = [*([exact] if exact else []), *([f"(?i:{either})"] if either else [])]  # names of several words first
        return re.compile(rf"(?<!\w)(?:(?i:{TITLES})\b\.? )?(?:{'|'.join(ways)})(?!\w)") if ways else None


def names_in_sentences(text: str) -> Iterator[str]:
    """Words with a capital that do not begin a sentence."""
    for match in re.finditer(_IN_SENTENCE, text):
        word = _POSSESSIVE.sub("", match["word"])
        if word.casefold() not in NO_NAMES and not word.isupper():
            yield from _without_titles(word)


def _full_names(text: str) -> Iterator[str]:
    """Names of several words. Of those that begin a sentence, the first word may be none of the name."""
    for match in re.finditer(_FULL_NAME, text):
        words = match[0].split(" ")
        if match["within"] is None and (words[0].casefold() in OPENINGS or words[0].endswith("ly")):
            del words[0]
        if len(words) > 1 and words[-1].casefold() not in NO_NAMES:
            yield " ".join(words)


def _told(text: str) -> Iterator[str]:
    for match in re.finditer(_GREETED, text):
        yield from _greeted(match)
    for pattern in (_SIGNED, _DASHED, _THANKED, _LISTED, _TITLED, _TITLED_IN_CAPITALS):
        for match in re.finditer(pattern, text):
            yield from _names(match["words"])


def _greeted(match: re.Match[str]) -> Iterator[str]:
    """Who is greeted: all words up to a mark, or the first one where a sentence goes on behind it."""
    words = _without_titles(match["words"])
    titled = len(words) < len(_ANY_WORD.findall(match["words"]))
    whole = [word for word in words if word.casefold() not in AND]
    if match["end"] and all(map(_may_be_name, whole)):
        yield from (word for word in whole if len(word) > 1)
        return
    goes_on = titled or (words[1:] and words[1].casefold() in GOES_ON)
    if words and _may_be_name(words[0]) and (words[0][0].isupper() or goes_on):
        yield words[0]
        if words[1:] and words[0][0].isupper() and words[1][0].isupper() and _may_be_name(words[1]):
            yield words[1]


def _may_be_name(word: str) -> bool:
    return word.casefold() not in NO_NAMES or (word[0].isupper() and word.casefold() in WORDS_TOO)


def _without_titles(words: str) -> list[str]:
    return [word for word in _ANY_WORD.findall(words) if not re.fullmatch(TITLES, word, re.IGNORECASE)]


def _names(words: str) -> Iterator[str]:
    """The words that may be names; none if there is one among them that is not."""
    found = _without_titles(words)
    if all(map(_may_be_name, found)):
        yield from (word for word in found if len(word) > 1)


def _is_capitalised(text: str) -> bool:
    """Whether capitals show little in a paragraph: a title, or a language that writes nouns with them."""
    words = _ANY_WORD.findall(text)[1:]
    return len(words) > 2 and 5 * sum(word[0].isupper() for word in words) > 2 * len(words)
