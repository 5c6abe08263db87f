"""What doors that speak another program's language have in common: a gap between two texts, and what stands in it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from dgcli.serve.jobs import LONGEST_TEXT, InfillJob, Run
from dgcli.serve.runs import Ran
from dgcli.serve.schema import Schema, either, flag, listed, text, whole
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.infill.filled import Infilled
from dgcli.text.document import Document, Span

NULL: Schema = {"type": "null"}
SEED = either(whole(-1, 2**64 - 1), NULL)
FILLS = either(whole(1, 16), NULL)  # how many, where they are to differ
TOKENS = either(whole(-1, 2**31 - 1), NULL)
STOP = either(text(1_000), listed(text(1_000), 32), NULL)
STREAM = either(flag(), NULL)
TEXT = text(LONGEST_TEXT)


@dataclass(frozen=True)
class Written:
    """A text that is answered with, and why it ends."""

    text: str
    tokens: int
    ending: str
    """`stop`: by itself; `length`: at the most tokens; or the string that it was cut before."""

    @property
    def finish_reason(self) -> str:
        """As OpenAI says it."""
        return "length" if self.ending == "length" else "stop"


def seed_of(value: Mapping[str, Any]) -> int | None:
    """The seed of a request; where it is missing or -1, none."""
    seed = value.get("seed")
    return None if seed in (None, -1) else int(seed)


def stops_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The strings before which an answer ends."""
    stops = value.get("stop") or ()
    return tuple(each for each in ([stops] if isinstance(stops, str) else stops) if each)


def most_of(value: Mapping[str, Any], *names: str) -> int | None:
    """The most tokens of an answer; where none of the names says, or one says -1, none."""
    given = next((value[name] for name in names if value.get(name) is not None), -1)
    return None if given < 0 else int(given)


def job_between(before: str, behind: str, *, seed: int | None, alternatives: int = 1, name: str = "") -> InfillJob:
    """Fill the gap between two texts. `name` is that of the file, whatever its folder."""
    gap = Span(start=len(before), end=len(before))
    return InfillJob(
        document=Document(text=before + behind, spans=(gap,)),
        alternatives=alternatives,
        name=PurePath(name).name[:255],
        run=Run(seed=seed),
    )


def written(ran: Ran, most: int | None, stops: Sequence[str]) -> list[Written]:
    """What a run came to: of a gap its fills, the best first, else the text; each with its end."""
    if isinstance(ran.result, Infilled):
        fill = ran.result.fills[0]
        return [_ended(ran, each.text, each.tokens, most, stops) for each in (fill, *fill.others)]
    assert isinstance(ran.result, Generated)
    made = _ended(ran, ran.result.text, ran.result.tokens, most, stops)
    return [made if made.ending != "stop" else Written(made.text, made.tokens, ran.result.stop_reason)]


def _ended(ran: Ran, content: str, tokens: int, most: int | None, stops: Sequence[str]) -> Written:
    ending = "stop"
    if most is not None and tokens > most:
        ids = ran.tokenizer.encode(content)
        content, tokens, ending = ran.tokenizer.decode(ids[:most]), most, "length"
    found = [(content.index(stop), stop) for stop in stops if stop in content]
    if found:
        place, ending = min(found)
        content = content[:place]
    return Written(content, tokens, ending)


def usage(ran: Ran, texts: Sequence[Written]) -> dict[str, int]:
    """Tokens, as OpenAI counts them."""
    made = sum(each.tokens for each in texts)
    return {"prompt_tokens": ran.read, "completion_tokens": made, "total_tokens": ran.read + made}


def head(kind: str, prefix: str, ran: Ran) -> dict[str, Any]:
    """What OpenAI's answers begin with, and the seed."""
    return {
        "id": f"{prefix}-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": ran.model,
        "seed": ran.seed,
    }
