"""Casual words as one would like to read them: spelt out, with capitals and marks, and still casual."""

from __future__ import annotations

import re

from dgcli.text.habits import as_written

_SHORT = dict(
    pair.split("=")
    for line in (
        "u=you r=are y=why n=and b4=before 2nite=tonight tmrw=tomorrow pls=please plz=please thx=thanks gr8=great",
        "til=till w/=with w/o=without em=them cuz=because cause=because coz=because msg=message ppl=people",
        "bday=birthday wknd=weekend wanna=want_to gonna=going_to gotta=have_to outta=out_of lemme=let_me gimme=give_me",
        "dunno=don't_know kinda=kind_of sorta=sort_of ya=you urself=yourself idk=I_don't_know btw=by_the_way",
        "ty=thank_you tbh=to_be_honest fyi=just_so_you_know asap=as_soon_as_you_can",
        "im=I'm ive=I've ill=I'll id=I'd dont=don't cant=can't wont=won't didnt=didn't doesnt=doesn't isnt=isn't",
        "wasnt=wasn't couldnt=couldn't arent=aren't havent=haven't whats=what's thats=that's theres=there's",
        "lets=let's hes=he's shes=she's youre=you're theyre=they're weve=we've",
    )
    for pair in line.split()
)
_YOU_ARE = {"late", "right", "welcome", "free", "sure", "ready", "done", "home", "back", "good", "so", "not", "the"}
_NOTHING = re.compile(r"(?i)\s*\b(?:lol|lmao|haha+|omg|smh)\b[,!.]*|\s*[:;]-?[()D]")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9']*(?:/o?)?")


def tidied(casual: str, formal: str) -> str:
    """A casual text, spelt out, with the capitals and the last mark of the formal text that says the same."""
    text = _NOTHING.sub("", casual).strip(" ,")
    text = re.sub(r"(?i)\bur\b(?= (\w+))", lambda m: "you're" if _are(m[1]) else "your", text)
    text = _WORD.sub(lambda word: _SHORT.get(word[0].lower(), word[0]).replace("_", " "), text)
    return as_written(formal, text)


def _are(word: str) -> bool:
    return word.endswith("ing") or word in _YOU_ARE
