"""llama.cpp's door for gaps, as llama.vim and llama.vscode ask there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dgcli.serve.doors import Asked, Door
from dgcli.serve.gaps import (
    FILLS,
    NULL,
    SEED,
    STOP,
    STREAM,
    TEXT,
    TOKENS,
    Written,
    job_between,
    most_of,
    seed_of,
    stops_of,
    written,
)
from dgcli.serve.runs import Ran
from dgcli.serve.schema import check, either, listed, shaped, text

INFILL = shaped(
    {
        "input_prefix": TEXT,
        "input_suffix": TEXT,
        "prompt": either(TEXT, NULL),
        "n_predict": TOKENS,
        "n_cmpl": FILLS,
        "stop": STOP,
        "seed": SEED,
        "stream": STREAM,
        "response_fields": either(listed(text(200), 100), NULL),
    },
    "input_prefix",
    "input_suffix",
    others=True,
)


def _ask(value: Any) -> Asked:
    """`prompt` is the text of the line before the cursor; what comes with `input_extra` is not read.

    Editors ask for no tokens to have a text read ahead: there is nothing to do then. Where several fills are asked for,
    the answer is a list.
    """
    check(value, INFILL)
    before = value["input_prefix"] + (value.get("prompt") or "")
    most, stops, seed, count = most_of(value, "n_predict"), stops_of(value), seed_of(value), value.get("n_cmpl") or 1
    job = None if most == 0 else job_between(before, value["input_suffix"], seed=seed, alternatives=count)
    fields = value.get("response_fields") or ()

    def chunks(ran: Ran | None) -> list[dict[str, Any]]:
        made = [Written("", 0, "length")] if ran is None else written(ran, most, stops)
        return [chosen(_answer(ran, most, index, each), fields) for index, each in enumerate(made)]

    def answer(ran: Ran | None) -> dict[str, Any] | list[dict[str, Any]]:
        return chunks(ran) if count > 1 else chunks(ran)[0]

    return Asked(job=job, answer=answer, stream=bool(value.get("stream")), chunks=chunks)


def _answer(ran: Ran | None, most: int | None, index: int, made: Written) -> dict[str, Any]:
    content, tokens, ending = made.text, made.tokens, made.ending
    read, ms = (0, 0.0) if ran is None else (ran.read, 1000 * ran.seconds)
    return {
        "index": index,
        "content": content,
        "tokens": [],
        "stop": True,
        "stop_type": {"length": "limit", "stop": "eos"}.get(ending, "word"),
        "stopping_word": "" if ending in ("length", "stop") else ending,
        "model": "" if ran is None else ran.model,
        "tokens_predicted": tokens,
        "tokens_evaluated": read,
        "tokens_cached": 0,
        "truncated": False,
        "has_new_line": "\n" in content,
        "generation_settings": {"seed": 0 if ran is None else ran.seed, "n_predict": -1 if most is None else most},
        "timings": {  # one pass reads and writes: all of the time is that of writing
            "prompt_n": read,
            "prompt_ms": 0.0,
            "prompt_per_token_ms": 0.0,
            "prompt_per_second": 0.0,
            "predicted_n": tokens,
            "predicted_ms": round(ms, 3),
            "predicted_per_token_ms": round(ms / max(tokens, 1), 3),
            "predicted_per_second": round(1000 * tokens / ms, 3) if ms else 0.0,
        },
    }


def chosen(answer: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """The fields that are asked for, each by its path, such as `timings/prompt_n`; all where none is."""
    if not fields:
        return dict(answer)
    found: dict[str, Any] = {}
    for path in fields:
        value: Any = answer
        for key in path.split("/"):
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            found[path] = value
    return found


DOORS = (
    Door(
        path="/infill",
        says="Write what stands between two texts, as llama.cpp has it.",
        schema=INFILL,
        ask=_ask,
        answer={"type": ["object", "array"]},
    ),
)
