"""What a client asks of a server: frozen values, and the JSON that they travel as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from dgcli.errors import ArgumentError
from dgcli.profiles import Command, ProfileName
from dgcli.serve.schema import Schema, check, flag, listed, one_of, shaped, share, text, whole
from dgcli.text.document import Document, Span
from dgcli.text.marks import MARK, MOST_WORDS, check_sizes, compile_pattern, find_marks
from dgcli.text.suffixes import WRITTEN

if TYPE_CHECKING:  # what a client imports is to be little
    from dgcli.text.blocks.formats import Format

FORMATS = ("auto", *WRITTEN)
LONGEST_TEXT = 4_000_000  # characters of a document; larger ones are worked on without a server
_LONGEST_PATTERN = 2_000
_NAME = text(255, description="The name of the file, which tells its kind. No file is opened.")
_RUN = {
    "seed": whole(0, 2**64 - 1, description="The same seed gives the same text; a new one where there is none."),
    "profile": one_of(*get_args(ProfileName), description="What is worth more, time or quality."),
    "steps": whole(1, 2**31 - 1, description="Denoising steps of a canvas at most."),
    "stream": flag(description="Answer with server-sent events: queued, run, part, result, error."),
    "events": flag(description="With `stream`: canvases and steps, too, as a recording has them."),
}
INFILL: Schema = shaped(
    {
        "text": text(LONGEST_TEXT, description="The whole document."),
        "spans": listed(
            shaped(
                {
                    "start": whole(0, LONGEST_TEXT),
                    "end": whole(0, LONGEST_TEXT),
                    "hint": text(10_000, description="What it should say."),
                    "words": whole(1, MOST_WORDS, description="About how many words."),
                    "rewrite": flag(description="What stands there is rewritten; else it is a mark."),
                },
                "start",
                "end",
            ),
            10_000,
        ),
        "only": listed(whole(0, 9_999), 10_000),
        "marker": text(_LONGEST_PATTERN, description="A regular expression: what marks a hole in place of [[?]]."),
        "name": _NAME,
        "alternatives": whole(1, 99, description="So many fills are looked for."),
        "strength": share(description="How much of rewritten text may change."),
        **_RUN,
    },
    "text",
)
RESTYLE: Schema = shaped(
    {
        "text": text(LONGEST_TEXT, description="The whole text."),
        "register": text(2_000, description="A name that `dg registers` lists, or any words."),
        "description": text(10_000, description="What the model is told of the register, in place of its name."),
        "unlike": text(10_000, description="With `description`: that of the register that its words are told from."),
        "strength": share(description="How much may change."),
        "examples": listed(listed(text(1_000), 2, 2), 100),
        "keep": listed(text(_LONGEST_PATTERN), 100),
        "headings": flag(description="Rewrite headings, too."),
        "candidates": whole(1, 99, description="Rewrite each passage so often, and take the best."),
        "format": one_of(*FORMATS, description="How the text is read."),
        "name": _NAME,
        "only": listed(whole(0, LONGEST_TEXT), 2, 2),
        "at_once": flag(description="Names that stand far behind are known from the beginning."),
        **_RUN,
    },
    "text",
)
GENERATE: Schema = shaped(
    {
        "prompt": text(LONGEST_TEXT, description="What to write."),
        "max_tokens": whole(1, 2**31 - 1, description="Tokens to write at most."),
        **_RUN,
    },
    "prompt",
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a job is run, whatever it is."""

    seed: int | None = None
    """None: the server takes a new one, and says which."""
    profile: ProfileName | None = None
    """None: that of the command that does the same."""
    steps: int | None = None
    stream: bool = False
    events: bool = False

    def to_json(self) -> dict[str, Any]:
        """Without what is left to the server."""
        return {key: value for key, value in vars(self).items() if value is not None and value is not False}

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Run:
        return cls(**{key: value[key] for key in _RUN if key in value})


@dataclass(frozen=True, kw_only=True)
class InfillJob:
    """Fill the holes of a document."""

    document: Document
    marker: re.Pattern[str] = MARK
    name: str = ""
    alternatives: int = 1
    strength: float = 1.0
    only: tuple[int, ...] | None = None
    """The holes to fill, counted from 0; None: all."""
    run: Run = Run()
    command: ClassVar[Command] = "infill"

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.document.text,
            "spans": [_span(each) for each in self.document.spans],
            **({} if self.marker is MARK else {"marker": self.marker.pattern}),
            **({"name": PurePath(self.name).name} if self.name else {}),
            "alternatives": self.alternatives,
            "strength": self.strength,
            **({} if self.only is None else {"only": self.only}),
            **self.run.to_json(),
        }

    @classmethod
    def of_json(cls, value: Any) -> InfillJob:
        """Raises UsageError where it is none, and InputError where no marks are in it."""
        check(value, INFILL)
        content, marker = value["text"], MARK
        if "marker" in value:
            marker = compile_pattern(value["marker"], "marker")
        if "spans" in value:
            document = Document(text=content, spans=tuple(_span_of(each, content) for each in value["spans"]))
        else:
            document = find_marks(content, "The text", marker)
            check_sizes(document, "the text")
        return cls(
            document=document,
            marker=marker,
            name=value.get("name", ""),
            alternatives=value.get("alternatives", 1),
            strength=value.get("strength", 1.0),
            only=tuple(value["only"]) if "only" in value else None,
            run=Run.of_json(value),
        )


def _span(span: Span) -> dict[str, Any]:
    return {
        "start": span.start,
        "end": span.end,
        **({"hint": span.hint} if span.hint else {}),
        **({} if span.words is None else {"words": span.words}),
        **({"rewrite": True} if span.old else {}),
    }


def _span_of(value: Mapping[str, Any], content: str) -> Span:
    start, end = value["start"], value["end"]
    return Span(
        start=start,
        end=end,
        hint=value.get("hint", ""),
        words=value.get("words"),
        old=content[start:end] if value.get("rewrite") else "",
    )


@dataclass(frozen=True, kw_only=True)
class RestyleJob:
    """Rewrite the prose of a text in another register."""

    text: str
    register: str = ""
    """A name, or any words; unused where there is a description."""
    description: str = ""
    unlike: str = ""
    strength: float = 0.8
    examples: tuple[tuple[str, str], ...] = ()
    keep: tuple[str, ...] = ()
    headings: bool = False
    candidates: int = 1
    format: Format = "auto"
    name: str = ""
    only: tuple[int, int] | None = None
    """A stretch of the text, characters from and to: what it does not touch passes through; None: all of it."""
    at_once: bool = True
    run: Run = Run()
    command: ClassVar[Command] = "restyle"

    def to_json(self) -> dict[str, Any]:
        settings = {key: value for key, value in vars(self).items() if value and key not in ("run", "name", "strength")}
        name = {"name": PurePath(self.name).name} if self.name else {}
        return {
            **settings,
            **name,
            "text": self.text,
            "strength": self.strength,
            "at_once": self.at_once,
            **self.run.to_json(),
        }

    @classmethod
    def of_json(cls, value: Any) -> RestyleJob:
        """Raises UsageError where it is none."""
        check(value, RESTYLE)
        if not value.get("register", "").strip() and not value.get("description", "").strip():
            raise ArgumentError("The request names no register.", "Give it as `register`, such as formal.")
        given = {key: value[key] for key in value if key not in _RUN}
        given["examples"] = tuple((source, target) for source, target in value.get("examples", ()))
        given["keep"] = tuple(value.get("keep", ()))
        if "only" in value:
            given["only"] = tuple(value["only"])
        return cls(**given, run=Run.of_json(value))


@dataclass(frozen=True, kw_only=True)
class GenerateJob:
    """Write from a prompt."""

    prompt: str
    max_tokens: int | None = None
    run: Run = Run()
    command: ClassVar[Command] = "generate"

    def to_json(self) -> dict[str, Any]:
        most = {} if self.max_tokens is None else {"max_tokens": self.max_tokens}
        return {"prompt": self.prompt, **most, **self.run.to_json()}

    @classmethod
    def of_json(cls, value: Any) -> GenerateJob:
        """Raises UsageError where it is none."""
        check(value, GENERATE)
        return cls(prompt=value["prompt"], max_tokens=value.get("max_tokens"), run=Run.of_json(value))


Job = InfillJob | RestyleJob | GenerateJob
