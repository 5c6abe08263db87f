"""The checkpoint's chat template: how a request becomes the prompt ids that precede the model's turn."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgcli.checkpoint.pieces import is_unicode
from dgcli.checkpoint.reading import read_at_most
from dgcli.checkpoint.tokenizer import THOUGHT_CLOSE, THOUGHT_OPEN, Tokenizer
from dgcli.errors import ModelError
from dgcli.platform.sandbox import render

_LARGEST = 16 * 2**20  # bytes of a file; those of the release have a few thousand
_SLOT = "\ue000request\ue001"  # private-use characters: no template contains them, and trimming leaves them alone
NO_THOUGHT = f"{THOUGHT_OPEN}thought\n{THOUGHT_CLOSE}"  # what a model writes that answers without thinking
_CONTROL = re.compile(r"<\|?\w+\|?>")  # names of control tokens, such as `<turn|>`


@dataclass(frozen=True)
class Rendered:
    """What a template puts before and after a request."""

    before: str
    after: str
    thinks: bool = False  # it knows of the channel of thoughts

    @property
    def without_thought(self) -> str:
        """What stands after a request, and that nothing was thought, whether the template says so itself or not.

        Newer templates leave it to the model to say so, which has no place for that where its text is held. A thought
        behind whose end a turn ends is that of an earlier one.
        """
        _, opened, thought = self.after.rpartition(THOUGHT_OPEN)
        _, closed, behind = thought.rpartition(THOUGHT_CLOSE)
        if not opened or (closed and _CONTROL.search(behind)):
            return self.after + NO_THOUGHT
        return self.after if closed else self.after + THOUGHT_CLOSE


@dataclass(frozen=True)
class Chat:
    """What stands before and after a request in the prompt, rendered once with a placeholder.

    The request itself never passes through the template, so nothing in it can act as markup or as a control token.
    Where the template and the tokenizer know of thoughts, an empty one stands at the end: none is asked for anywhere.
    """

    tokenizer: Tokenizer
    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def load(cls, folder: Path, tokenizer: Tokenizer) -> Chat:
        """Render the template of the checkpoint in `folder`.

        Raises:
            ModelError: there is no template, or it does not render one request as it is.
        """
        return cls.of(rendered_template(folder), tokenizer)

    @classmethod
    def of(cls, rendered: Rendered, tokenizer: Tokenizer) -> Chat:
        """What `rendered_template` gave, in tokens."""
        knows = rendered.thinks and tokenizer.control.issuperset(map(tokenizer.named, (THOUGHT_OPEN, THOUGHT_CLOSE)))
        return cls(
            tokenizer=tokenizer,
            before=tokenizer.encode_template(rendered.before),
            after=tokenizer.encode_template(rendered.without_thought if knows else rendered.after),
        )

    def prompt(self, request: str) -> tuple[int, ...]:
        """Prompt ids for one request, up to where the model's turn begins."""
        return (*self.before, *self.tokenizer.encode(request.strip()), *self.after)


def rendered_template(folder: Path) -> Rendered:
    """What the template of the checkpoint in `folder` puts before and after a request, where no thinking is asked for.

    Raises:
        ModelError: there is no template, or it does not render one request as it is.
    """
    source, path = _template_source(folder)
    request = {"messages": [{"role": "user", "content": _SLOT}], "add_generation_prompt": True}
    try:
        text = render(source, {**request, "enable_thinking": False, **_special_names(folder)})
    except ValueError as error:
        raise ModelError(
            f"The chat template in {path} cannot be rendered ({error}).",
            "Fetch the model again, or choose another.",
        ) from error
    if text.count(_SLOT) != 1:
        problem = "does not repeat a user's message exactly once"
    elif not is_unicode(text):
        problem = "writes halves of characters (lone surrogates)"
    else:
        before, after = text.split(_SLOT)
        return Rendered(before, after, thinks=THOUGHT_OPEN in source and THOUGHT_CLOSE in source)
    raise ModelError(
        f"The chat template in {path} {problem}.", "Choose a checkpoint with a chat template for DiffusionGemma."
    )


def _template_source(folder: Path) -> tuple[str, Path]:
    """The text of the template and the file that it is in: its own, a processor's, or the tokenizer's settings."""
    path = folder / "chat_template.jinja"
    if (found := _read(path)) is not None:
        return found.decode("utf-8-sig", errors="replace"), path
    for path in (folder / "chat_template.json", folder / "tokenizer_config.json"):
        if (template := _json_object(path).get("chat_template")) is not None:
            return _one_template(template, path), path
    raise ModelError(
        f"{folder} has no chat_template.jinja.", "Fetch the model again: without its template it cannot be asked."
    )


def _one_template(found: object, path: Path) -> str:
    """A template, or of several with names the default one, as transformers takes them; others are for tools."""
    named = found
    if isinstance(found, list):
        named = {str(each.get("name")): each.get("template") for each in found if isinstance(each, dict)}
    if isinstance(named, dict):
        found = next(iter(named.values())) if len(named) == 1 else named.get("default")
    if not isinstance(found, str):
        raise ModelError(
            f"{path} has no chat template called default, nor a single one.",
            "Choose a checkpoint with a chat template for DiffusionGemma.",
        )
    return found


def _special_names(folder: Path) -> dict[str, str]:
    """`bos_token` and its like, by name, as templates expect them."""
    names: dict[str, str] = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    for name, value in _json_object(folder / "tokenizer_config.json").items():
        if name in names:
            content = value.get("content") if isinstance(value, dict) else value
            if isinstance(content, str):
                names[name] = content
    return names


def _json_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads((_read(path) or b"{}").decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON ({error}).", "Fetch the model again.") from error
    return value if isinstance(value, dict) else {}


def _read(path: Path) -> bytes | None:
    """What is in a file of the checkpoint; None where there is none."""
    try:
        data = read_at_most(path, _LARGEST, "Fetch the model again, or choose another.")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from error
    return data
