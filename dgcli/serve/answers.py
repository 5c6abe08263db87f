"""What runs come to, as the JSON that `--json` prints, and as values again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.infill.filled import Fill, Infilled
from dgcli.tasks.restyle.restyled import Block
from dgcli.text.document import Document, Span


class Edited(Protocol):
    """A document with its spans filled."""

    @property
    def text(self) -> str: ...
    @property
    def fills(self) -> Sequence[Fill]: ...
    @property
    def steps_used(self) -> int: ...
    @property
    def converged(self) -> bool: ...


def edited_json(
    name: str, document: Document, result: Edited, *, seed: int, seconds: float, model: str
) -> dict[str, Any]:
    """A changed document; `name` is that of its file."""
    return {
        "file": name,
        "text": result.text,
        "spans": [_span(fill, document) for fill in result.fills],
        "seed": seed,
        "steps_used": result.steps_used,
        "converged": result.converged,
        "stop_reason": stop_reason(result),
        "tokens": sum(fill.tokens for fill in result.fills),
        "seconds": round(seconds, 3),
        "model": model,
    }


def generated_json(result: Generated, *, seed: int, seconds: float, model: str) -> dict[str, Any]:
    """A text that was written."""
    return {
        "text": result.text,
        "spans": [],
        "seed": seed,
        "steps_used": result.steps_used,
        "converged": result.converged,
        **passes(result),
        "stop_reason": result.stop_reason,
        "tokens": result.tokens,
        "seconds": round(seconds, 3),
        "model": model,
    }


def stop_reason(result: Edited) -> str:
    """Why the steps of a document ended."""
    return "settled" if result.converged else "steps"


def passes(result: Generated) -> dict[str, Any]:
    """How much came of how many passes of the model, and whether it was asked twice."""
    found = {"tokens_per_pass": round(result.tokens_per_pass, 3), "drafting_steps": result.drafting_steps}
    return found | ({"again": True} if result.again else {})


def _span(fill: Fill, document: Document) -> dict[str, Any]:
    return {
        "start": fill.span.start,
        "end": fill.span.end,
        "line": document.line_of(fill.span),
        "old": fill.old,
        **fill_json(fill),
        **({"tried_again": fill.again} if fill.again else {}),
        **({"alternatives": [fill_json(other) for other in fill.others]} if fill.others else {}),
    }


def fill_json(fill: Fill) -> dict[str, Any]:
    """What stands in a hole now."""
    return {
        "new": fill.text,
        "length": fill.tokens,
        "score": round(fill.score, 4),
        "converged": fill.converged,
        **({} if fill.writer is None else {"writer": fill.writer}),
        **({"skipped": True} if fill.skipped else {}),
        **({"fault": fill.fault} if fill.fault else {}),
    }


def block_json(block: Block) -> dict[str, Any]:
    """A paragraph of a restyled text, as soon as it is done."""
    return {
        "start": block.span.start,
        "end": block.span.end,
        "line": block.line,
        "old": block.old,
        **fill_json(block),
        "steps": block.steps,
        "faults": list(block.faults),
        "alternatives": [fill_json(other) for other in block.others],
    }


def infilled_of(value: Mapping[str, Any], document: Document) -> Infilled:
    """The values of a filled document. Raises KeyError, TypeError or ValueError where they are none."""
    fills = [_fill_of(span, each) for span, each in zip(document.spans, value["spans"], strict=True)]
    return Infilled(text=value["text"], fills=tuple(fills), steps_used=value["steps_used"])


def block_of(value: Mapping[str, Any]) -> Block:
    """A paragraph of a restyled text. Raises as `infilled_of`."""
    span = Span(start=value["start"], end=value["end"])
    fill = _fill_of(span, value)
    block = Block(
        **{**vars(fill), "others": ()},
        line=value["line"],
        steps=value["steps"],
        faults=tuple(value["faults"]),
    )
    others = tuple(replace(block, **_new(each)) for each in value["alternatives"])
    return replace(block, others=others)


def generated_of(value: Mapping[str, Any]) -> Generated:
    """A text that was written; its ids stay with the model. Raises as `infilled_of`."""
    return Generated(
        **{key: value[key] for key in ("text", "tokens", "steps_used", "drafting_steps", "converged", "stop_reason")},
        ids=(),
        again=value.get("again", False),
    )


def _fill_of(span: Span, value: Mapping[str, Any]) -> Fill:
    place = replace(span, start=value["start"], end=value["end"])
    fill = Fill(span=place, old=value["old"], again=value.get("tried_again", 0), **_new(value))
    others = tuple(replace(fill, again=0, **_new(each)) for each in value.get("alternatives", ()))
    return replace(fill, others=others)


def _new(value: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a hole, of `fill_json`; which canvas it comes from is not told, only whether it is one."""
    return {
        "text": value["new"],
        "tokens": value["length"],
        "score": value["score"],
        "converged": value["converged"],
        "canvas": 0 if value.get("writer") == "denoiser" else None,
        "skipped": value.get("skipped", False),
        "fault": value.get("fault", ""),
    }
