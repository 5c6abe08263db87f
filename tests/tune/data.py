"""A person's data, made up, and how a model of single letters is asked."""

from __future__ import annotations

import json
from pathlib import Path

from dgcli.checkpoint.chat_template import Chat
from dgcli.settings import HoleSettings
from dgcli.tune.data.asking import Asking
from tests.fakes import Letters

CHAT = Chat(tokenizer=Letters(), before=(2, 5), after=(6, 5))
RELEASED = Asking(chat=CHAT, holes=HoleSettings(), canvas_length=256)
BARE = Asking(chat=CHAT, holes=HoleSettings(continuations=4, bare=True, left=4, right=20), canvas_length=96)

PLACES = ("the quay", "the old mill", "a field of oats", "the north road", "her garden", "the ferry")
DEEDS = ("walked to", "saw smoke above", "lost a glove near", "slept within sight of", "drew", "never went back to")


def sentence(number: int) -> str:
    return f"On day {number} she {DEEDS[number % 6]} {PLACES[number // 6 % 6]}, and wrote to nobody."


def page(number: int, sentences: int = 12) -> str:
    """Paragraphs of four sentences."""
    lines = [sentence(number * sentences + each) for each in range(sentences)]
    return "\n\n".join(" ".join(lines[start : start + 4]) for start in range(0, sentences, 4)) + "\n"


def folder_of_texts(folder: Path, count: int = 10) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:02}.md").write_text(f"# Day {number}\n\n{page(number)}\n```\ncode = {number}\n```\n")
    return folder


def file_of_pairs(path: Path, count: int = 40, register: str | None = "ship's log") -> Path:
    named = {} if register is None else {"register": register}
    lines = [{"source": sentence(number), "target": f"Day {number}. No letters.", **named} for number in range(count)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path
