"""Examples of rewriting for the encoder: requests as `dg restyle` makes them, and the text that answers each.

From pairs written for the purpose (`everyday.tsv` in casual and formal words, `letters.tsv` of longer texts and
`manners.tsv` in all registers, the patterns of `training/messages.toml`), and from pairs of a folder that `Pairs`
describes. What is casual in `everyday.tsv` is as people type; as an answer it is tidied (`training.patch.tidy`).
"""

from __future__ import annotations

import csv
import json
import lzma
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.tokenizer import Tokenizer
from dgcli.tasks.infill.layout import end_tokens
from dgcli.tasks.restyle.manner import rewrite_request
from dgcli.tasks.restyle.registers import read_registers
from training.messages import messages
from training.patch.examples import PAD
from training.patch.tidy import tidied

HERE = Path(__file__).parent
SHARES = {
    **{"letters": 0.5, "everyday": 0.32, "manners": 0.06, "patterns": 0.03, "templates": 0.04, "rules": 0.03},
    "plain": 0.02,
}
TO_CASUAL = 0.16  # of the pairs of casual and formal texts
IN_A_ROW = 0.06  # two such pairs, as one text
WITH_EXAMPLE, WITH_BEFORE = 0.05, 0.04  # requests that have an example, or the text before
AS_IT_IS = 0.05  # formal texts that are to be formal
HELD_OUT = 17  # one of so many everyday pairs and letters is not trained on
LONGEST = 130  # characters of a text, but for letters
CONTEXT = 40  # tokens of what stands before
POOL = 6  # batches that are drawn together, and sorted by length

NAMES = (
    *("Sam", "Anna", "Tom", "Maria", "Chen", "Priya", "Julia", "Omar", "Ben", "Lucy", "Ivan", "Grace", "Kofi", "Mia"),
    *("Jonas", "Fatima", "Pete", "Linda", "Carlos", "Aisha", "Marek", "Nina", "Hugo", "Rosa", "Dan", "Yuki", "Alex"),
)
DAYS = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Thursday", "Friday"),
    *("May 3", "June 12", "the 5th", "the 21st", "October 9"),
)
TIMES = ("9", "noon", "3 pm", "10:30", "7:15", "8 am", "2:45 pm", "half past four", "6", "11 am")


@dataclass(frozen=True)
class Rewrite:
    """A text, the same in a register, and what the model is told about that."""

    source: str
    target: str
    register: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A passage to be rewritten, and how."""

    text: str
    register: str  # described
    before: str = ""  # the text before it; `dg` no longer shows it, but the adapter that is shipped has seen some
    examples: tuple[tuple[str, str], ...] = ()

    def request(self, tokenizer: Tokenizer) -> str:
        """The user's turn, with the nearest tokens of what stands before."""
        request = rewrite_request(self.text, self.register, self.examples)
        if before := tokenizer.tail(self.before, CONTEXT).strip():
            asked = request.removesuffix(f"\n\n{self.text}")
            return f"{asked}\nIt follows this text: {before}\n\n{self.text}"
        return request


@dataclass(frozen=True)
class Rows:
    """Requests that begin alike, and their answers; [B, L] is what stands behind the common beginning."""

    prefix: np.ndarray  # [1, P]
    tokens: np.ndarray  # [B, L], padded
    target: np.ndarray  # [B, L], the token to be predicted at each place
    counts: np.ndarray  # [B, L], whether that is a token of the answer


@dataclass(frozen=True)
class Pairs:
    """What examples are drawn from."""

    kinds: Mapping[str, Sequence[Rewrite]]  # by the names of `SHARES`, both sides as they are
    descriptions: Mapping[str, str]  # of the registers with a name

    @classmethod
    def read(cls, folder: Path, *, held_out: bool = False) -> Pairs:
        """The pairs of this folder, and those of `folder` that may be trained on.

        `folder` has `synth_casual_formal.train.jsonl.xz`, JSON lines with `casual`, `formal`, `license` and `ops`, and
        `plain_before_after.tsv.xz`, passages before and after they were made plain.
        """
        everyday, letters = (
            [row for number, row in enumerate(_own(name)) if (number % HELD_OUT == 0) == held_out]
            for name in ("everyday.tsv", "letters.tsv")
        )
        written = {
            "everyday": [Rewrite(row["casual"], row["formal"], "formal") for row in everyday],
            "letters": [Rewrite(row["source"], row["target"], row["register"]) for row in letters],
        }
        if held_out:
            return cls(written, _descriptions())
        templates, rules = _by_rules(folder / "synth_casual_formal.train.jsonl.xz")
        plain = _table(lzma.decompress((folder / "plain_before_after.tsv.xz").read_bytes()).decode())
        kinds = {
            "manners": [Rewrite(row["source"], row["target"], row["register"]) for row in _own("manners.tsv")],
            "patterns": [Rewrite(*pair, "formal") for pair in messages(40)],
            "templates": templates,
            "rules": rules,
            "plain": [Rewrite(row["before"], row["after"], "plain") for row in plain],
        }
        short = {kind: [each for each in found if _fits(each)] for kind, found in kinds.items()}
        return cls(written | short, _descriptions())

    def draw(self, rng: random.Random) -> tuple[Rewrite, Asked]:
        """A rewrite, and how it is asked for."""
        kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
        way = rng.random()
        loose = way >= TO_CASUAL  # a casual text that is read may be as anybody writes it
        one = self._one(kind, rng, loose=loose)
        if kind == "letters":
            return one, self._asked(one)
        if one.register == "formal" and rng.random() < IN_A_ROW:
            more = self._one(kind, rng, loose=loose)
            end = "" if one.source[-1] in ".!?" else rng.choice((".", ",", "", "."))
            one = Rewrite(f"{one.source}{end} {more.source}", f"{one.target} {more.target}", one.register)
        if one.register == "formal" and not loose:
            one = Rewrite(one.target, tidied(one.source, one.target), "casual")
        elif one.register == "formal" and way > 1 - AS_IT_IS:
            one = Rewrite(one.target, one.target, "formal")
        examples: tuple[tuple[str, str], ...] = ()
        if rng.random() < WITH_EXAMPLE:
            other = self._one("everyday", rng, loose=loose)
            if one.register == "casual":
                examples = ((other.target, tidied(other.source, other.target)),)
            elif one.register == "formal":
                examples = ((other.source, other.target),)
        before = (
            self._one("everyday", rng, loose=False).target
            if one.register == "formal" and rng.random() < WITH_BEFORE
            else ""
        )
        return one, self._asked(one, before, examples)

    def held_out(self, kind: str) -> list[tuple[Rewrite, Asked]]:
        """Every pair of a kind once, in the register that it was written for."""
        rng = random.Random(0)
        found = [_filled(one, rng, lower=False) for one in self.kinds[kind]]
        return [(one, self._asked(one)) for one in found]

    def _asked(self, one: Rewrite, before: str = "", examples: tuple[tuple[str, str], ...] = ()) -> Asked:
        register = self.descriptions.get(one.register, one.register)
        return Asked(text=one.source, register=register, before=before, examples=examples)

    def _one(self, kind: str, rng: random.Random, *, loose: bool) -> Rewrite:
        one = _filled(rng.choice(self.kinds[kind]), rng, lower=kind != "letters" and loose and rng.random() < 0.5)
        if kind == "everyday" and loose:
            return Rewrite(_loosened(one.source, rng), one.target, one.register)
        return one


def batches(pairs: Pairs, chat: Chat, rng: random.Random, rows: int) -> list[Rows]:
    """Some batches of one drawing, each of examples that are nearly as long."""
    drawn = [pairs.draw(rng) for _ in range(rows * POOL)]
    found = sorted(
        (passage.register, len(sum(asked, ())), asked)
        for one, passage in drawn
        for asked in [_tokens(one, passage, chat)]
    )
    made = [collated([asked for *_, asked in found[at : at + rows]]) for at in range(0, len(found), rows)]
    rng.shuffle(made)
    return made


def held_out_rows(pairs: Pairs, kind: str, chat: Chat, rows: int) -> list[Rows]:
    """All that is held out of a kind."""
    drawn = sorted((_tokens(*one, chat) for one in pairs.held_out(kind)), key=lambda row: len(row[0]) + len(row[1]))
    return [collated(drawn[start : start + rows]) for start in range(0, len(drawn), rows)]


def collated(rows: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Rows:
    """Rows of request and answer; what all requests begin with is kept apart."""
    shortest = min(len(asked) for asked, _ in rows) - 1
    first = rows[0][0]
    common = next((at for at in range(shortest) if any(asked[at] != first[at] for asked, _ in rows)), shortest)
    length = max(len(asked) + len(answer) for asked, answer in rows) - common - 1
    tokens = np.full((len(rows), length + 1), PAD, np.int64)
    counts = np.zeros((len(rows), length), bool)
    for number, (asked, answer) in enumerate(rows):
        row = (*asked[common:], *answer)
        tokens[number, : len(row)] = row
        counts[number, len(asked) - common - 1 : len(row) - 1] = True
    return Rows(np.array([first[:common]], np.int64), tokens[:, :-1], tokens[:, 1:], counts)


def _tokens(one: Rewrite, passage: Asked, chat: Chat) -> tuple[tuple[int, ...], tuple[int, ...]]:
    close, _ = end_tokens(chat.tokenizer)
    asked = chat.prompt(passage.request(chat.tokenizer))
    return asked, (*chat.tokenizer.encode(one.target), close)


def _descriptions() -> dict[str, str]:
    return {name: register.description for name, register in read_registers().items()}


def _fits(one: Rewrite) -> bool:
    return max(len(one.source), len(one.target)) <= LONGEST


def _own(name: str) -> list[dict[str, str]]:
    """The pairs of a file of this folder."""
    return _table((HERE / name).read_text(encoding="utf-8"))


def _table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def _by_rules(file: Path) -> tuple[list[Rewrite], list[Rewrite]]:
    """Casual texts made by patterns, and those made by rules from texts that are free of share-alike."""
    templates, rules = [], []
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in islice(lines, None):
            pair = json.loads(line)
            if not pair["license"].startswith(("CC0", "public domain", "CC-BY-4.0")):
                continue
            one = Rewrite(pair["casual"], pair["formal"], "formal")
            if "template" in pair["ops"]:
                templates.append(one)
            elif len(pair["ops"]) >= 4 and len(pair["formal"]) <= 80:
                rules.append(one)
    return templates, rules


def _filled(one: Rewrite, rng: random.Random, *, lower: bool) -> Rewrite:
    """Slots for names, days, times and numbers filled, alike on both sides; `lower`: the source has no capitals."""
    if "{" not in one.source:
        return one
    name, name2 = rng.sample(NAMES, 2)
    values = {"name": name, "name2": name2, "day": rng.choice(DAYS), "time": rng.choice(TIMES)}
    values["n"] = str(rng.choice((3, 5, 8, 12, 15, 20, 25, 40, 50, 60, 150, 300)))
    if one.source.count("{n}") and rng.random() < 0.5:
        values["n"] = str(rng.randint(2, 99))
    said = dict(values)
    if lower:
        said |= {slot: values[slot].lower() for slot in ("name", "name2", "day")}
    return Rewrite(_with(one.source, said.__getitem__), _with(one.target, values.__getitem__), one.register)


def _with(text: str, value: Callable[[str], str]) -> str:
    for slot in ("name2", "name", "day", "time", "n"):
        text = text.replace(f"{{{slot}}}", value(slot))
    return text


_LOOSER = ((" you ", " u "), (" u ", " you "), ("please", "pls"), ("pls", "please"), ("ur ", "your "), ("'", ""))


def _loosened(text: str, rng: random.Random) -> str:
    """A casual text as somebody else may write it: with other marks, capitals and short forms."""
    for old, new in _LOOSER:
        if rng.random() < 0.2:
            text = text.replace(old, new)
    if rng.random() < 0.3:
        text = text[0].upper() + text[1:]
    if text[-1].isalnum() and rng.random() < 0.3:
        text += rng.choice((".", "!", "!!", " :)", " lol", "..."))
    elif text[-1] == "?" and rng.random() < 0.15:
        text = text[:-1]
    return text
