"""OpenAI's doors: completions, which take a suffix, and chat; and that of Mercury and Mistral for gaps, as the first.

A canvas is not written from left to right, so that a stream has its text in one piece, at the end. What is sampled is
the checkpoint's own affair: temperature and the like are accepted and change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dgcli.errors import ArgumentError
from dgcli.serve.doors import Asked, Door
from dgcli.serve.gaps import (
    FILLS,
    NULL,
    SEED,
    STOP,
    STREAM,
    TEXT,
    TOKENS,
    head,
    job_between,
    most_of,
    seed_of,
    stops_of,
    usage,
    written,
)
from dgcli.serve.jobs import GenerateJob, Run
from dgcli.serve.runs import Ran
from dgcli.serve.schema import check, either, flag, listed, shaped, text, whole

_DONE = "[DONE]"
_OPTIONS = either(shaped({"include_usage": either(flag(), NULL)}, others=True), NULL)
_COMPLETION = {
    "prompt": either(TEXT, listed(TEXT, 1, 1)),
    "suffix": either(TEXT, NULL),
    "max_tokens": TOKENS,
    "stop": STOP,
    "seed": SEED,
    "n": FILLS,
    "echo": either(flag(), NULL),
    "stream": STREAM,
    "stream_options": _OPTIONS,
}
_PART = shaped({"type": text(20), "text": TEXT}, "type", others=True)
_MESSAGE = shaped(
    {"role": text(20), "content": either(TEXT, listed(_PART, 1_000), NULL)}, "role", "content", others=True
)
_CHAT = {
    "messages": listed(_MESSAGE, 1_000, 1),
    "max_tokens": TOKENS,
    "max_completion_tokens": TOKENS,
    "stop": STOP,
    "seed": SEED,
    "n": either(whole(1, 1), NULL),
    "stream": STREAM,
    "stream_options": _OPTIONS,
}
COMPLETION = shaped(_COMPLETION, "prompt", others=True)
CHAT = shaped(_CHAT, "messages", others=True)


def _complete(value: Any) -> Asked:
    check(value, COMPLETION)
    prompt = value["prompt"] if isinstance(value["prompt"], str) else value["prompt"][0]
    job = job_between(prompt, value.get("suffix") or "", seed=seed_of(value), alternatives=value.get("n") or 1)
    most, stops = most_of(value, "max_tokens"), stops_of(value)
    before = prompt if value.get("echo") else ""

    def answer(ran: Ran | None) -> dict[str, Any]:
        assert ran is not None
        texts = written(ran, most, stops)
        choices = [
            {"index": index, "text": before + each.text, "logprobs": None, "finish_reason": each.finish_reason}
            for index, each in enumerate(texts)
        ]
        return {**head("text_completion", "cmpl", ran), "choices": choices, "usage": usage(ran, texts)}

    def chunks(ran: Ran | None) -> list[dict[str, Any]]:
        return _parts(answer(ran), value)

    return Asked(job=job, answer=answer, stream=bool(value.get("stream")), chunks=chunks, end=_DONE)


def _fill(value: Any) -> Asked:
    """As `_complete`. Mercury's clients read a `text`, Mistral's what a chat would answer: a choice has both."""
    asked = _complete(value)

    def answer(ran: Ran | None) -> dict[str, Any]:
        return _said(asked.answer(ran), "message")

    def chunks(ran: Ran | None) -> list[dict[str, Any]]:
        assert asked.chunks is not None
        return [_said(each, "delta") for each in asked.chunks(ran)]

    return replace(asked, answer=answer, chunks=chunks)


def _said(made: Any, key: str) -> dict[str, Any]:
    choices = [{**each, key: {"role": "assistant", "content": each["text"]}} for each in made["choices"]]
    return {**made, "choices": choices}


def _parts(whole_answer: Mapping[str, Any], value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An answer in chunks, one for each choice, and one with the tokens where that is asked for."""
    shared = {key: whole_answer[key] for key in whole_answer if key not in ("choices", "usage")}
    chunks = [{**shared, "choices": [choice]} for choice in whole_answer["choices"]]
    if (value.get("stream_options") or {}).get("include_usage"):
        chunks.append({**shared, "choices": [], "usage": whole_answer["usage"]})
    return chunks


def chat_chunks(whole_answer: Mapping[str, Any], value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An answer of a chat in chunks: the message, that it has ended, and the tokens where that is asked for."""
    choice = whole_answer["choices"][0]
    said = {"index": 0, "delta": choice["message"], "logprobs": None, "finish_reason": None}
    ended = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": choice["finish_reason"]}
    return _parts({**whole_answer, "object": "chat.completion.chunk", "choices": [said, ended]}, value)


def _chat(value: Any) -> Asked:
    check(value, CHAT)
    most, stops = most_of(value, "max_tokens", "max_completion_tokens"), stops_of(value)
    if most == 0:
        raise ArgumentError("An answer of no tokens was asked for.", "Ask for at least one.")
    job = GenerateJob(prompt=prompt_of(value["messages"]), max_tokens=most, run=Run(seed=seed_of(value)))

    def answer(ran: Ran | None) -> dict[str, Any]:
        assert ran is not None
        texts = written(ran, most, stops)
        message = {"role": "assistant", "content": texts[0].text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": texts[0].finish_reason}
        return {**head("chat.completion", "chatcmpl", ran), "choices": [choice], "usage": usage(ran, texts)}

    def chunks(ran: Ran | None) -> list[dict[str, Any]]:
        return chat_chunks(answer(ran), value)

    return Asked(job=job, answer=answer, stream=bool(value.get("stream")), chunks=chunks, end=_DONE)


def prompt_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """Messages as one request: what the system says, what was said before, and the last message.

    Raises:
        ArgumentError: there is something else than text.
    """
    said = [(str(each["role"]), _content(each["content"])) for each in messages]
    rules = [content for role, content in said if role in ("system", "developer")]
    turns = [(role, content) for role, content in said if role not in ("system", "developer")]
    before = [f"{role.capitalize()}: {content}" for role, content in turns[:-1]]
    return "\n\n".join(part for part in (*rules, *before, *(content for _, content in turns[-1:])) if part)


def _content(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if any(part["type"] != "text" for part in content):
        raise ArgumentError("A message has a part that is not text.", "Send parts of type `text`.")
    return "\n".join(part.get("text", "") for part in content)


DOORS = (
    Door(
        path="/v1/completions",
        says="Write what stands between a prompt and a suffix.",
        schema=COMPLETION,
        ask=_complete,
    ),
    Door(
        path="/v1/fim/completions",
        says="As /v1/completions, as Mercury and Mistral have it.",
        schema=COMPLETION,
        ask=_fill,
    ),
    Door(path="/v1/chat/completions", says="Answer messages.", schema=CHAT, ask=_chat),
)
