"""The checkpoint's chat template: how a request becomes the prompt ids that precede the model's turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dgcli.errors import ModelError
from dgcli.tokens import Tokenizer

_SLOT = "\ue000request\ue001"  # private-use characters: no template contains them, and trimming leaves them alone


@dataclass(frozen=True)
class Chat:
    """What stands before and after a request in the prompt, rendered once with a placeholder.

    The request itself never passes through the template, so nothing in it can act as markup or as a control token.
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
        source, path = _template_source(folder)
        text = _render(source, path, _special_names(folder))
        if text.count(_SLOT) != 1:
            raise ModelError(
                f"The chat template in {path} does not repeat a user's message exactly once.",
                "Choose a checkpoint with a chat template for DiffusionGemma.",
            )
        before, after = text.split(_SLOT)
        return cls(
            tokenizer=tokenizer,
            before=tokenizer.encode_template(before),
            after=tokenizer.encode_template(after),
        )

    def prompt(self, request: str) -> tuple[int, ...]:
        """Prompt ids for one request, up to where the model's turn begins."""
        return (*self.before, *self.tokenizer.encode(request.strip()), *self.after)


class _Generation(Extension):
    """`{% generation %} … {% endgeneration %}` marks the model's own words for training: passed through here."""

    tags = {"generation"}  # noqa: RUF012  (Jinja reads a class attribute)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _render(source: str, path: Path, special: dict[str, str]) -> str:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
    )

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    environment.globals["raise_exception"] = raise_exception
    try:
        return environment.from_string(source).render(
            messages=[{"role": "user", "content": _SLOT}], add_generation_prompt=True, **special
        )
    except Exception as error:  # a template is a program from elsewhere: whatever it does is the template's fault
        raise ModelError(
            f"The chat template in {path} cannot be rendered ({error}).", "Fetch the model again, or choose another."
        ) from error


def _template_source(folder: Path) -> tuple[str, Path]:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8", errors="replace"), path
    path = folder / "tokenizer_config.json"
    template = _json_object(path).get("chat_template")
    if not isinstance(template, str):
        raise ModelError(
            f"{folder} has no chat_template.jinja.", "Fetch the model again: without its template it cannot be asked."
        )
    return template, path


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
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON ({error}).", "Fetch the model again.") from error
    return value if isinstance(value, dict) else {}
