"""Signs that a rewrite is none of its source, beside the facts: negations, swaps, length, stutters, oaths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from dgcli.text.kept.swaps import swaps
from dgcli.text.scripts import SPACELESS, scripts

_NEGATION = re.compile(
    r"n['’]t\b|\b(?:do|does|did|ca|wo|is|are|was|were|has|have|had|could|would|should|ai)nt\b|\bnot\b(?! only\b)"
    r"|\bcannot\b|\bno\b|\b(?:never|none|nothing|nobody|nowhere|neither|without|nope|nah|dunno|idk|unable|impossible)\b"
    r"|\bw/o\b|(?:\b(?:is|are|am|was|were|run|ran|running)|['’](?:s|re|m)) (?:out of|outta)\b"
    r"(?! (?:the|order|office|town|here|work|date)\b)"
    r"|\b(?:forg[eo]t(?:s|ting|ten)?|fail(?:s|ed|ing)?|neglect(?:s|ed|ing)?|refus(?:e[sd]?|ing))\b",  # to: did not
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(  # though it looks like one
    r"\b(?:no (?:doubt|joke|kidding|worries|problem|prob|big deal|time)|oh no|why (?:not|don['’]?t)"
    r"|can['’]?t (?:wait|complain|thank)|(?:don['’]?t|do not|never) forget)\b",
    re.IGNORECASE,
)
_SWEARING = re.compile(
    r"\b(?:(?:bull)?shit\w*|f+u+ck\w*|motherf\w+|(?:god)?damn(?:ed|it)?|crap(?:py)?|bitch\w*|bastards?|ass(?:hole)?s?"
    r"|dumbass|piss(?:ed|es|ing)?|dicks?|cunts?|sluts?|whores?|bollocks|wank\w*|arse(?:hole)?s?|wtf|lmf?ao|stfu|omfg)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_COUNTED = re.compile(rf"[{SPACELESS}]|(?:(?![{SPACELESS}])\w)+(?:['’-](?:(?![{SPACELESS}])\w)+)*")
_IN_A_ROW = r"\w+(?:['’-]\w+){0,3}"  # a word; bounded, as it is tried at each place within a longer one
_TWICE = re.compile(rf"\b({_IN_A_ROW}(?: +{_IN_A_ROW}){{0,5}}) +[\[(*_“\"]{{0,3}}\1\b(?!['’-])", re.IGNORECASE)
_OVER_AND_OVER = re.compile(r"\b([^\W\d_]+)((?: +\1\b)+)(?!['’-])", re.IGNORECASE)
_STUCK = 3  # words that are the one before them; less may be laughter, or "had had"
_LOOP = 8  # runs of three words, at least, of which less than half are different
_LETTERS_TWICE = re.compile(r"([^\W\d_]{4,20})\1")  # in a word: `acceptableable`; three may be: `singing`
_LETTERS = re.compile(r"[^\W\d_]{6,}")
_NO_STUTTERS = frozenset(
    ("murmur", "bonbon", "cancan", "couscous", "pompom", "tartar", "beriberi", "tomtom", "hotshot", "hotshots")
)
_THREE_WORDS = re.compile(
    rf"(?<![\w'’-])(?=({_WORD.pattern}(?: {_WORD.pattern},?|, {_WORD.pattern}) {_WORD.pattern})\b)"
)
_PAIRED = re.compile(r"[()\[\]{}\"“”„«»‹›「」『』《》]")
_FACE = re.compile(r"[:;=8][-o^']?[()\[\]{}]+|[()\[\]]{1,9}[-o^']?[:;=8](?!\w)|<3")
_MARKS_IN_A_ROW = re.compile(r"[.,;:!?…]{2,}")
SHORTEST, LONGEST = 0.4, 2.5  # times the words of the source
_WORDS_TO_SPARE = 4  # that a short text may gain or lose beyond that


def doubts(before: str, after: str) -> tuple[str, ...]:
    """Signs that a rewrite does not say what its source says, for a person to read; none is no proof."""
    found = []
    old, new = negations(before), negations(after)
    if old != new:
        found.append(f"it says no {new} times instead of {old}")
    found += [f"it says {other!r} instead of {word!r}" for word, other in swaps(before, after)]
    length, longer = len(_COUNTED.findall(before)), len(_COUNTED.findall(after))
    if longer < SHORTEST * length - _WORDS_TO_SPARE or longer > LONGEST * length + _WORDS_TO_SPARE or not longer:
        found.append(f"it has {longer} words instead of {length}")
    if more := stutters(after) - stutters(before):
        found.append(f"it stutters at {min(more)!r}")
    if more := swearing(after) - swearing(before):
        found.append(f"it swears ({min(more)!r})")
    if _paired(before) != _paired(after):
        found.append("it has other brackets or quotation marks")
    if longer and scripts(before) != scripts(after):
        found.append("it is written in other scripts")
    return tuple(found)


def swearing(text: str) -> set[str]:
    """Words that nobody wants put into their mouth, in English."""
    return {word.lower() for word in _SWEARING.findall(text)}


def _paired(text: str) -> Counter[str]:
    """Its brackets and quotation marks, without those that are faces."""
    return Counter(_PAIRED.findall(_FACE.sub("", text)))


def stutters(text: str) -> set[str]:
    """What stands twice in a row: words, letters within a word (`bandband`), and several marks as they are."""
    words = {match[1].lower() for match in _TWICE.finditer(text)}
    return words | set(_doubled(text)) | set(_MARKS_IN_A_ROW.findall(text))


def _doubled(text: str) -> Iterator[str]:
    """Words that are three letters or more twice, and what has four or more twice in a row."""
    for match in _LETTERS.finditer(text.lower()):
        word = match.group()
        half, odd = divmod(len(word), 2)
        if word not in _NO_STUTTERS and ((not odd and word[:half] == word[half:]) or _LETTERS_TWICE.search(word)):
            yield word


def said_again(*texts: str) -> set[str]:
    """What stands more than once in these texts, by three words with one comma at most (as Paulus and others, 2017)."""
    said = Counter(match[1].replace(",", "").lower() for text in texts for match in _THREE_WORDS.finditer(text))
    return {words for words, count in said.items() if count > 1}


def babbles(text: str) -> bool:
    """Whether it is stuck: words that say the one before them again, or in the main the same three words."""
    if sum(len(match[2].split()) for match in _OVER_AND_OVER.finditer(text)) >= _STUCK:
        return True
    runs = [match[1].replace(",", "").lower() for match in _THREE_WORDS.finditer(text)]
    return len(runs) >= _LOOP and 2 * len(set(runs)) < len(runs)


def negations(text: str) -> int:
    """How often a text says no, in English: `can't`, `cannot`, `not possible` and `impossible` count the same."""
    return len(_NEGATION.findall(_NO_NEGATION.sub(" ", text)))
