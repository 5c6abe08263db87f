"""What two texts have to have in common: kept strings, numbers however they are written, days, months, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.text.kept.names import names_in_sentences
from dgcli.text.kept.spans import matches, on_one_line

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS = "january february april june july august september october november december"  # may and march are words
_VALUES = {
    **{word: value for value, word in enumerate(_SMALL.split(" "))},
    **{word: 10 * value for value, word in enumerate(_TENS.split(" "), 2)},
    **{"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9},
}
_NUMBER = f"(?:{'|'.join(_VALUES)})"
_SPELLED = re.compile(rf"\b{_NUMBER}(?:(?:[ -]| and ){_NUMBER})*\b", re.IGNORECASE)
_SAME = {
    **{word: word for word in f"{_DAYS} {_MONTHS} today tomorrow yesterday noon midnight".split(" ")},
    **{word: f"{value}th" for value, word in enumerate(_ORDINALS.split(" "), 3)},
    **{"third": "3rd", "half": "½", "twice": "2", "tmrw": "tomorrow", "tmr": "tomorrow", "tomoz": "tomorrow"},
    **{"tues": "tuesday", "weds": "wednesday", "thur": "thursday", "thurs": "thursday", "fri": "friday"},
}
_DATED = re.compile(rf"\b(?:{'|'.join(_SAME)})\b", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"\d+|\d{1,3}(?:,\d{3})+")
_BUCKS = re.compile(r"\bbucks?\b", re.IGNORECASE)
_ANY_WORD = re.compile(r"\w+")


def facts(text: str, named: Sequence[re.Pattern[str]] = ()) -> Counter[str]:
    """The kept strings of a text, its spelled numbers, days and months, and how often.

    `two` is the same as `2`, `friday` as `Friday`, `third` as `3rd`.
    """
    found: Counter[str] = Counter()
    text = _BUCKS.sub("dollars", text)
    rest = list(text)
    for match in matches(text, named):
        string = on_one_line(match.group()).removesuffix(".")  # that of `3 p.m.` may end the sentence, too
        if match.lastgroup == "capitals" and (_DATED.fullmatch(string) or _SPELLED.fullmatch(string)):
            continue  # `FRIDAY` is a day
        found[string.replace(",", "") if _PLAIN_NUMBER.fullmatch(string) else string] += 1
        rest[match.start() : match.end()] = "\n" * len(match.group())
    words = "".join(rest)
    found.update(_spelled(words))
    found.update(_SAME[match.group().lower()] for match in _DATED.finditer(words))
    return found


def lost(before: Counter[str], after: Counter[str]) -> tuple[str, ...]:
    """Strings that a rewrite has dropped or made up, each once: the dropped ones first, in the order of the text."""
    return tuple(dict.fromkeys([*(before - after), *(after - before)]))


@dataclass(frozen=True)
class Facts:
    """What a text says that a rewriting of it has to say, no more and no less."""

    counts: Counter[str]
    words: frozenset[str]  # casefolded
    named: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, text: str, named: Sequence[re.Pattern[str]] = ()) -> Facts:
        return cls(facts(text, named), frozenset(_ANY_WORD.findall(text.casefold())), tuple(named))

    def changed_in(self, after: str) -> tuple[str, ...]:
        """The facts that a rewriting has dropped or made up, and the names that it has made up.

        A word that stands in the text may have capitals in the rewriting (`PDF`, `Maria`).
        """
        counts = facts(after, self.named)
        for word in [word for word in self.counts - counts if word.islower()]:  # `omar` may become `Omar`
            for capital in (word.capitalize(), word.title()):
                moved = min(self.counts[word] - counts[word], counts[capital] - self.counts[capital])
                if moved > 0:
                    counts[capital] -= moved
                    counts[word] += moved
        same = {word for word in counts.keys() - self.counts.keys() if word.isupper() and self._has(word)}
        made_up = (name for name in names_in_sentences(after) if not self._has(name))
        return tuple(dict.fromkeys([*(word for word in lost(self.counts, counts) if word not in same), *made_up]))

    def _has(self, word: str) -> bool:
        return self.words.issuperset(_ANY_WORD.findall(word.casefold()))


def _spelled(text: str) -> Iterator[str]:
    """The numbers that stand in words, in digits. `one` by itself is none: it is a pronoun as often."""
    for match in _SPELLED.finditer(text):
        words = re.findall(r"[a-z]+", match.group().lower())
        yield from (str(value) for value in _values([_VALUES[word] for word in words if word != "and"]) if value != 1)


def _values(parts: Sequence[int]) -> Iterator[int]:
    """`20, 5` is 25, `2, 100, 5` is 205; `2, 3` are two numbers."""
    whole = group = 0
    last = 0
    for place, value in enumerate(parts):
        if place and value >= 1000 and last < value:
            whole, group = whole + (group or 1) * value, 0
        elif place and value >= 12 and value in (12, 100) and 0 < group < 100:
            group *= value
        elif place and (last >= 100 or (20 <= last < 100 and value < 10)) and value < 100:
            group += value
        else:
            if place:
                yield whole + group
            whole, group = (value, 0) if value >= 1000 else (0, value)
        last = value
    yield whole + group
