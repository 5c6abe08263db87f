"""Mercury's door for edits: a file with a part of it that may be edited, and a cursor, in a message with tags.

The gap at the cursor is filled; what stands around it stays. Snippets and the history of edits are not read.
"""

from __future__ import annotations

import re
from typing import Any

from dgcli.errors import ArgumentError
from dgcli.serve.doors import Asked, Door
from dgcli.serve.gaps import head, job_between, most_of, seed_of, stops_of, usage, written
from dgcli.serve.openai import CHAT, chat_chunks, prompt_of
from dgcli.serve.runs import Ran
from dgcli.serve.schema import check

_FILE = ("<|current_file_content|>", "<|/current_file_content|>")
_EDITED = ("<|code_to_edit|>", "<|/code_to_edit|>")
_CURSOR = "<|cursor|>"
_PATH = re.compile(r"\s*current_file_path:[^\S\n]*([^\n]*)\n")


def _ask(value: Any) -> Asked:
    check(value, CHAT)
    asked = prompt_of(value["messages"][-1:])
    _, content, _ = _between(asked, *_FILE)
    path = _PATH.match(content)
    before, edited, behind = _between(content[path.end() :] if path else content, *_EDITED)
    edited = edited.removeprefix("\n").removesuffix("\n")
    left, cursor, right = edited.partition(_CURSOR)
    if not cursor:
        raise ArgumentError(f"There is no {_CURSOR} in what is to be edited.", "Put one where text is missing.")
    name = path[1].strip() if path else ""
    job = job_between(before + left, right + behind, seed=seed_of(value), name=name)
    most, stops = most_of(value, "max_tokens", "max_completion_tokens"), stops_of(value)

    def answer(ran: Ran | None) -> dict[str, Any]:
        assert ran is not None
        texts = written(ran, most, stops)
        message = {"role": "assistant", "content": f"```\n{left}{texts[0].text}{right}\n```"}
        choice = {"index": 0, "message": message, "finish_reason": texts[0].finish_reason}
        return {**head("chat.completion", "edit", ran), "choices": [choice], "usage": usage(ran, texts)}

    def chunks(ran: Ran | None) -> list[dict[str, Any]]:
        return chat_chunks(answer(ran), value)

    return Asked(job=job, answer=answer, stream=bool(value.get("stream")), chunks=chunks, end="[DONE]")


def _between(content: str, opening: str, closing: str) -> tuple[str, str, str]:
    """What stands before, within and behind a pair of tags. Raises ArgumentError where one is missing."""
    before, opened, rest = content.partition(opening)
    within, closed, behind = rest.rpartition(closing)
    if not (opened and closed):
        raise ArgumentError(f"The message has no {opening} with a {closing} behind it.", "Send the file between them.")
    return before, within, behind


DOORS = (Door(path="/v1/edit/completions", says="Fill the gap at a cursor, as Mercury has it.", schema=CHAT, ask=_ask),)
