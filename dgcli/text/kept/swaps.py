"""Signs that a rewrite puts one thing in the place of another: a person, a time, an amount, the opposite (in English).

Words of one kind stand together, words for the same thing on one line's part between bars. A rewrite that loses a thing
and gains another of its kind says something else; one that only loses or gains one may say it in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KINDS = (
    "i me my mine myself im ive lemme gimme | we us our ours ourselves let's lets | you your yours yourself yourselves"
    " u ur ya y'all yall | he him his himself | she her hers herself | they them their theirs themselves em",
    "mother mom mum mommy mama | father dad papa daddy | brother bro | sister sis | son | daughter | wife | husband"
    " | uncle | aunt | niece | nephew | cousin | grandmother grandma granny | grandfather grandpa",
    "man men guy guys boy boys | woman women girl girls",
    "doctor doc doctors physician | nurse nurses | teacher teachers | lawyer lawyers | police cops | landlord"
    " | neighbor neighbors | boss manager supervisor | student students | dentist | driver | waiter | plumber",
    "morning | noon afternoon | evening tonight tonite | midnight",
    "summer | winter | autumn",
    "january jan | february feb | march | april | may | june | july | august aug | september sept | october oct"
    " | november nov | december dec",
    "monday mon | tuesday tues | wednesday weds | thursday thurs | friday fri | saturday sat | sunday sun",
    "before b4 prior until | after afterwards following",
    "last previous ago past | next coming upcoming",
    "yesterday | today tonight now currently immediately | tomorrow tmrw later soon",
    "early earlier | late later delayed",
    "minute minutes min mins | hour hours hr hrs | day days | week weeks wk | month months | year years yr",
    "first | second | third | fourth | last",
    "north northern | south southern | east eastern | west western",
    "left | right",
    "all every everybody everyone everything entire entirely whole each | most majority mostly | half | some somebody"
    " someone several few couple | one once single | little small | many lots tons loads plenty hundreds thousands"
    " dozens dozen",
    "more | less fewer",
    "little small tiny | large big huge great lot lots tons",
    "larger bigger greater taller longer | smaller shorter",
    "better | worse",
    "always | sometimes occasionally | often usually | seldom rarely | never",
    "up rise rises rose risen rising increase increased | down fall falls fell fallen decrease decreased",
    "remember remembered | forget forgot forgotten",
    "accept accepted yes approved | decline declined refuse refused reject rejected",
    "pass passed | fail failed flunked",
    "win won | lose lost",
    "open opened opens | close closed closes shut",
    "buy bought purchase purchased | sell sold sells",
    "lend lent loaned | borrow borrowed",
    "well | badly poorly",
    "good great excellent awesome | bad poor terrible awful",
    "love loved like liked enjoy enjoyed | hate hated dislike disliked",
    "happy glad pleased satisfied delighted | sad unhappy sorry angry dissatisfied",
    "hot warm | cold cool chilly",
    "easy simple | hard difficult",
    "cheap inexpensive | expensive pricey costly",
    "begin begins began start starts started | end ends ended stop stopped",
    "inside | outside",
    "above | below",
    "red | blue | green | yellow | black | white | brown | pink | purple | gray grey | orange",
    "breakfast | lunch | dinner supper | dessert | salad | soup",
    "coffee | tea | beer | wine | water | juice | milk",
    "bread | cheese | butter | sugar | salt | pepper | flour | rice | eggs | nuts",
    "arm arms | leg legs | hand hands | foot feet | head | back | knee | finger | ear | eye eyes | shoulder",
    "cat cats kitten | dog dogs puppy | horse horses | bird birds | fish | cow cows | whale whales | wolf wolves",
    "car cars | bus | train | plane flight | bike bicycle | boat ship | truck | taxi cab",
    "kitchen | bedroom | bathroom restroom | garage | basement | garden | office",
    "door doors | window windows | roof | wall walls | floor",
    "phone telephone cell | computer laptop | printer copier | camera | radio | television tv",
    "piano | violin | guitar | drums | flute",
)
_FALSE_FRIENDS = re.compile(
    r"\bno one\b|\bright (?:now|away|here|there)\b|\ba little\b(?= bit)|\bin (?:order|fact|general|addition)\b"
    r"|\b(?:don't|dont|do not|never) forget\b|\b(?:at|in) the end\b|\bfirst of all\b"
    r"|\bgood (?:morning|afternoon|evening|night|day)\b|\bmay\b(?! \d)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_OPPOSED = ("un", "in", "im", "il", "ir", "dis", "non")
_SHORTEST = 4  # letters of a word that becomes its opposite by one of these


def _things() -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for kind, things in enumerate(_KINDS):
        for number, words in enumerate(things.split("|")):
            for word in words.split():
                found.setdefault(word, []).append((kind, number))
    return found


_THINGS = _things()


def swaps(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Words of a text and the words for something else of their kind that a rewrite of it has instead."""
    old, new = _words(before), _words(after)
    for one, other in ((old, new), (new, old)):
        for word in one.keys() - other.keys():
            opposite = next((prefix + word for prefix in _OPPOSED if prefix + word in other.keys() - one.keys()), "")
            if opposite and len(word) >= _SHORTEST:
                yield (word, opposite) if one is old else (opposite, word)
    lost, gained = (_by_kind(one, other) for one, other in ((old, new), (new, old)))
    yield from ((lost[kind], gained[kind]) for kind in lost.keys() & gained.keys())


def _words(text: str) -> dict[str, str]:
    """The words of a text as they are known here → as they are written."""
    text = _FALSE_FRIENDS.sub(" ", text.replace("’", "'"))
    found = {}
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        found[word if word in _THINGS else word.partition("'")[0]] = word
    return found


def _by_kind(one: dict[str, str], other: dict[str, str]) -> dict[int, str]:
    """Kind → a word of `one` for a thing of that kind that `other` has no word for."""
    there = {thing for word in other for thing in _THINGS.get(word, ())}
    return {thing[0]: word for known, word in one.items() for thing in _THINGS.get(known, ()) if thing not in there}
