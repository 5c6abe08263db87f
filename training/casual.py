"""Casual versions of plain sentences, made by rules: contractions, text-speak, everyday words, dropped marks."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

_SENTENCE = re.compile(
    r"(?<![^\s\"“])[A-Z][^.!?\"“”():;\[\]]{8,110}(?<!\b[A-Z])(?<!\b[MD]r)(?<!\bMrs)[.!?](?=[\s\"”]|$)"
)
_CONTRACTED = re.compile(r"\w['’](?:m|re|ve|ll|d|t|s)\b|\b(?:gonna|wanna|thou|thee|thy|hath)\b", re.I)
_PARTICIPLE = r"(?= (?:been|had|seen|done|made|got|gone|come|found|never|already|always|just|not|\w+ed)\b)"
_FEWEST, _MOST = 4, 18  # words of a sentence
_WORTH = 0.18  # share of the words that are to change at least

# What is found in a plain sentence → what stands there in a casual one.
_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\b[Ii]n my opinion,?", ("imo",)),
    (r"\b[Ii] do not know\b", ("idk", "i dunno", "I don't know")),
    (r"\bas soon as possible\b", ("asap",)),
    (r"\bat (?:the|this) moment\b|\bat present\b|\bcurrently\b", ("rn", "right now")),
    (r"\bI am\b", ("I'm", "im", "i'm")),
    (r"\b(I|[Yy]ou|[Ww]e|[Tt]hey) have" + _PARTICIPLE, (r"\1've",)),
    (r"\b([Yy]ou|[Ww]e|[Tt]hey) are\b", (r"\1're", r"\1're", r"\1 r")),
    (r"\b([Hh]e|[Ss]he|[Ii]t|[Tt]hat|[Tt]here|[Ww]hat|[Ww]ho|[Ww]here|[Hh]ere|[Hh]ow) is\b", (r"\1's", r"\1s")),
    (r"\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he|[Ii]t|[Tt]hat) will\b(?! not)", (r"\1'll",)),
    (r"\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he) would\b(?! not)", (r"\1'd",)),
    (
        r"\b([Dd]o|[Dd]oes|[Dd]id|[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Cc]ould|[Ww]ould|[Ss]hould|[Hh]ave|[Hh]as|[Hh]ad) not\b",
        (r"\1n't", r"\1n't", r"\1nt"),
    ),
    (r"\b([Cc])an ?not\b", (r"\1an't", r"\1ant")),
    (r"\b([Ww])ill not\b", (r"\1on't",)),
    (r"^Let us\b", ("Let's", "lets")),
    (r"\b(?:am|are|is) going to(?= [a-z]+)", ("gonna",)),
    (r"\bwants? to\b", ("wanna",)),
    (r"\b(?:have|need|has) to\b|\bmust\b", ("gotta", "have to")),
    (r"\b[Ii]t is (?:not )?(?:necessary|required) (?:that|to)\b", ("gotta",)),
    (r"\b[Bb]ecause\b", ("cause", "'cause", "bc", "cuz")),
    (r"\b[Pp]lease\b", ("pls", "plz")),
    (r"\b[Tt]hank you(?: very much)?\b", ("thx", "thanks", "thanks a lot", "ty")),
    (r"\b[Yy]ou\b", ("u",)),
    (r"\b[Yy]our\b", ("ur", "your")),
    (r"\bwith\b", ("w/", "with")),
    (r"\b(?:very|extremely|quite)\b", ("super", "really", "pretty")),
    (r"\b(?:rather|somewhat|slightly)\b", ("kinda", "kind of", "sort of", "a bit")),
    (r"\b[Cc]hildren\b", ("kids",)),
    (r"\b[Cc]hild\b", ("kid",)),
    (r"\bman\b", ("guy", "dude")),
    (r"\bmen\b|\bpersons\b", ("guys",)),
    (r"\bthings\b|\bbelongings\b|\bmaterials?\b", ("stuff",)),
    (r"\b(?:excellent|wonderful|marvellous|splendid)\b", ("awesome", "great", "amazing", "cool")),
    (r"\b(?:delighted|pleased|glad)\b", ("happy", "super happy", "stoked")),
    (r"\b(?:many|numerous)\b", ("a lot of", "tons of", "a bunch of", "loads of", "lots of")),
    (r"\bseveral\b", ("a few", "a couple of", "some")),
    (r"\b[Pp]erhaps\b", ("maybe",)),
    (r"\b[Yy]es\b", ("yeah", "yep")),
    (r"^However, (\w)", (r"but \1",)),
    (r"^Therefore, (\w)|^Thus, (\w)", (r"so \1",)),
    (r"\breceive\b|\bobtain\b|\bacquire\b", ("get",)),
    (r"\breceived\b|\bobtained\b", ("got",)),
    (r"\brequires\b", ("needs",)),
    (r"\brequire\b", ("need",)),
    (r"\bpurchase\b", ("buy", "grab")),
    (r"\bpurchased\b", ("bought",)),
    (r"\b(begin|commence)\b", ("start",)),
    (r"\b(began|commenced)\b", ("started",)),
    (r"\binform\b", ("tell", "let")),
    (r"\binformed\b", ("told",)),
    (r"\bassist(?:ance)?\b", ("help", "help out")),
    (r"\battempt\b", ("try",)),
    (r"\bdiscuss\b", ("talk about", "chat about")),
    (r"\bconsider\b", ("think about",)),
    (r"\bdifficult\b", ("hard", "tough", "tricky")),
    (r"\bfoolish\b|\bunwise\b", ("silly", "stupid")),
    (r"\bangry\b", ("mad", "pissed")),
    (r"\bfrightened\b|\bafraid\b", ("scared", "freaked out")),
    (r"\bsufficient\b", ("enough",)),
    (r"\breturn(ed)?\b", ("come back",)),
    (r"\bdepart\b", ("head out", "take off")),
    (r"\barrived\b", ("showed up", "got here")),
    (r"\bimmediately\b|\bat once\b", ("right away", "asap")),
    (r"\bcorrect\b", ("right",)),
    (r"\bassured?ly\b|\bcertainly\b|\bof course\b", ("for sure", "sure")),
    (r"\bphotograph\b|\bimage\b", ("pic",)),
    (r"\bto(?:morrow)\b", ("tmrw", "tomorrow")),
    (r"\bmother\b", ("mom",)),
    (r"\bfather\b", ("dad",)),
    (r"\bbefore\b", ("b4", "before")),
)
_COMPILED = tuple((re.compile(found), casual) for found, casual in _RULES)
_OPENERS = (
    "hey ",
    "hey, ",
    "so ",
    "well ",
    "ok so ",
    "anyway ",
    "anyway, ",
    "tbh ",
    "btw ",
    "honestly ",
    "yeah ",
    "oh ",
)
_CLOSERS = (" lol", " haha", " tbh", " btw", " :)", " ok", " thx", " you know", "!!")
_APPLIED = 0.75  # share of the rules that are used where they may be


def made_casual(texts: Iterable[str], seed: int = 0) -> Iterator[tuple[str, str]]:
    """Casual and plain: sentences of `texts` in which much can be said more casually, and their casual versions."""
    rng = random.Random(seed)
    for text in texts:
        for sentence in _SENTENCE.findall(" ".join(text.split())):
            words = len(sentence.split())
            if not _FEWEST <= words <= _MOST or _CONTRACTED.search(sentence):
                continue
            casual, changes = _reworded(sentence, rng)
            if changes >= _WORTH * words:
                yield _loosened(casual, rng), sentence


def _reworded(sentence: str, rng: random.Random) -> tuple[str, int]:
    """A sentence with casual words, and how many places of it that changed."""
    changes = 0
    for found, casual in _COMPILED:
        if rng.random() < _APPLIED:
            sentence, count = found.subn(rng.choice(casual), sentence)
            changes += count
    return sentence, changes


def _loosened(sentence: str, rng: random.Random) -> str:
    """A sentence with fewer capitals and marks, and now and then with what people put around it."""
    if rng.random() < 0.4:
        sentence = sentence.lower()
    elif rng.random() < 0.6:
        sentence = sentence[0].lower() + sentence[1:]
    if sentence[-1] == "." and rng.random() < 0.7:
        sentence = sentence[:-1]
    if rng.random() < 0.3:
        sentence = sentence.replace(",", "")
    if rng.random() < 0.3:
        sentence = sentence.replace("'", "")
    if rng.random() < 0.2:
        sentence = rng.choice(_OPENERS) + sentence[0].lower() + sentence[1:]
    if rng.random() < 0.12:
        sentence = sentence.rstrip(".") + rng.choice(_CLOSERS)
    return sentence
