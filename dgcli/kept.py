"""What a rewrite has to keep: links, code, numbers, what the user names; and signs that it says something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from dgcli.errors import UsageError

_IN_BRACKETS = r"\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
_URL_END = r"[^\s<>\"`]*[^\s<>\"`.,;:!?'’”)\]}*_~]"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+\d{4}\b)?"
# In this order: what is found by one is not looked into by those behind it.
_PATTERNS = (
    r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",  # inline code
    rf"!\[[^\[\]\n]*\]{_IN_BRACKETS}",  # images, whole
    r"\[\^[^\]\s]+\]:?",  # footnote marks
    rf"\]{_IN_BRACKETS}",  # where links lead
    r"\[[^\[\]\n]+\]\[\]|\]\[[^\[\]\n]+\]",  # or name what leads there
    r"(?<!\])\[[^\[\]\n]+\](?![(\[])",  # or are its name; task marks
    r"</?[A-Za-z][^<>]*>|<!--.{0,2000}?-->",  # HTML
    r"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>|<[\w.+-]{1,64}@[\w.-]+>",  # addresses in angle brackets
    r"<\|[^\s<>]{1,64}>",  # and names of control tokens, such as <|turn>
    rf"\b(?:https?|ftp|file|ssh|git)://{_URL_END}|\bwww\.{_URL_END}",
    r"(?:\bmailto:)?\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+\b",  # mail addresses
    r"\$\$.{1,2000}?\$\$|\\\(.{1,2000}?\\\)|(?<![\w$])\$(?![\s\d])[^$\n]*(?<!\s)\$(?![\w$])",  # formulas
    r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|\{[#.:][^{}\n]*\}",  # templates, attributes
    r"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);",  # entities
    rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}|\b{_MONTH}\s+{_DAY}\b{_YEAR}|\b{_MONTH}\s+\d{{4}}\b",  # dates
    r"\b(?:0[xX](?=[0-9A-Fa-f])|[A-Za-z]+\d)\w*(?:\.\d+)*",  # names with digits
    r"(?:[$€£¥₹]\s?)?(?:(?<![\w)])[-−+±])?\d+(?:[.,:/–'’\u00a0\u202f-]\d+)*(?:\s?[%‰€£¥₹])?",  # numbers, times, amounts
)
_KEPT = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.DOTALL)

_NEGATION = re.compile(
    r"n['’]t\b|\bnot\b(?! only\b)|\bcannot\b|\bno\b(?! doubt\b)|\b(?:never|none|nothing|nobody|nowhere|neither|without"
    r"|unable|impossible)\b",
    re.IGNORECASE,
)
_LINE_END = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_TWICE = re.compile(rf"\b({_WORD.pattern}(?: +{_WORD.pattern}){{0,5}}) +\1\b(?!['’-])", re.IGNORECASE)
_THREE_WORDS = re.compile(
    rf"(?<![\w'’-])(?=({_WORD.pattern}(?: {_WORD.pattern},?|, {_WORD.pattern}) {_WORD.pattern})\b)"
)
_MARKS_IN_A_ROW = re.compile(r"[.,;:!?…]{2,}")
SHORTEST, LONGEST = 0.4, 2.5  # times the words of the source
_WORDS_TO_SPARE = 4  # that a short text may gain or lose beyond that


def kept_spans(text: str, named: Sequence[re.Pattern[str]] = ()) -> list[tuple[int, int]]:
    """Where the strings that have to be kept are: characters from and to, in order and apart from each other."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(match.span() for match in _matches(text, named)):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def kept_strings(text: str, named: Sequence[re.Pattern[str]] = ()) -> Counter[str]:
    """Every string of `text` that has to be kept, and how often: what is found by itself, and matches of `named`.

    Line ends in them count as blanks.
    """
    return Counter(_LINE_END.sub(" ", match.group()) for match in _matches(text, named))


def lost(before: Counter[str], after: Counter[str]) -> tuple[str, ...]:
    """Strings that a rewrite has dropped or made up, each once: the dropped ones first, in the order of the text."""
    return tuple(dict.fromkeys([*(before - after), *(after - before)]))


def doubts(before: str, after: str) -> tuple[str, ...]:
    """Signs that a rewrite does not say what its source says, for a person to read; none is no proof."""
    found = []
    old, new = negations(before), negations(after)
    if old != new:
        found.append(f"it says no {new} times instead of {old}")
    length, longer = len(_WORD.findall(before)), len(_WORD.findall(after))
    if longer < SHORTEST * length - _WORDS_TO_SPARE or longer > LONGEST * length + _WORDS_TO_SPARE or not longer:
        found.append(f"it has {longer} words instead of {length}")
    if more := stutters(after) - stutters(before):
        found.append(f"it stutters at {min(more)!r}")
    return tuple(found)


def stutters(text: str) -> set[str]:
    """What stands twice in a row: words, and several marks as they are."""
    words = {match[1].lower() for match in _TWICE.finditer(text)}
    return words | set(_MARKS_IN_A_ROW.findall(text))


def said_again(*texts: str) -> set[str]:
    """What stands more than once in these texts, by three words with one comma at most (as Paulus and others, 2017)."""
    said = Counter(match[1].replace(",", "").lower() for text in texts for match in _THREE_WORDS.finditer(text))
    return {words for words, count in said.items() if count > 1}


def negations(text: str) -> int:
    """How often a text says no, in English: `can't`, `cannot`, `not possible` and `impossible` count the same."""
    return len(_NEGATION.findall(text))


def compile_named(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """The regular expressions of `--keep`.

    Raises:
        UsageError: one of them is none.
    """
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            raise UsageError(
                f"{pattern!r} of --keep is not a regular expression ({error}).", r"Escape brackets, as in '\[TODO\]'."
            ) from error
    return tuple(compiled)


def _matches(text: str, named: Sequence[re.Pattern[str]]) -> Iterator[re.Match[str]]:
    yield from _KEPT.finditer(text)
    for pattern in named:
        yield from (match for match in pattern.finditer(text) if match.group())
