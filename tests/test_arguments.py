"""The Python interface called wrongly: always a DgError that says so, before any work is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import dgcli
from dgcli.diffusion import PhiloxDraws, denoise
from dgcli.errors import DgError
from dgcli.events import Canvas
from dgcli.platform.backend import mx
from dgcli.settings import DenoiseSettings
from dgcli.text.document import Document, Span
from tests.checkpoints import TINY

NAN = float("nan")
TEXT, WORDS = "One two [[?]] three.", "Some words to say."
HALF = "one \ud83d two"  # half a character
FEW = {"seed": 1, "steps": 1}


@pytest.fixture(scope="module")
def model() -> dgcli.LoadedModel:
    return dgcli.load(TINY)


@pytest.fixture(scope="module")
def cache(model: dgcli.LoadedModel) -> Any:
    return model.encode([5, 6, 7])


COMMON: dict[str, list[Any]] = {
    "seed": [-1, 2**64, NAN, "1", None, 1.5, True],
    "steps": [0, -1, NAN, "2", 1.5],
    "profile": ["no", "", None, 3, []],
}
SHARES = [-0.1, 1.1, NAN, float("inf"), "x", None]
COUNTS = [0, -1, NAN, "2", None, 1.5, True]
TASKS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, list[Any]]]] = {
    "generate": (dgcli.generate, ("x",), {"max_tokens": COUNTS}),
    "infill": (
        dgcli.infill,
        (TEXT,),
        {
            "alternatives": COUNTS,
            "strength": SHARES,
            "marker": ["x", None, re.compile(b"x")],
            "choose": [lambda offer: 99, lambda offer: -1, lambda offer: None],
        },
    ),
    "restyle": (
        dgcli.restyle,
        (WORDS, "formal"),
        {
            "strength": SHARES,
            "candidates": COUNTS,
            "format": ["no", "", None, 3, []],
            "keep": [["("], "abc", [3], None],
            "examples": [[("a",)], ["ab"], [(1, 2)], [(HALF, "a")], None],
        },
    ),
}
OPTIONS = [(task, name, value) for task, (_, _, own) in TASKS.items() for name in own for value in own[name]]
OPTIONS += [(task, name, value) for task in TASKS for name in COMMON for value in COMMON[name]]


@pytest.mark.parametrize(("task", "name", "value"), OPTIONS)
def test_an_option_that_means_nothing(model: dgcli.LoadedModel, task: str, name: str, value: Any) -> None:
    work, given, _ = TASKS[task]
    with pytest.raises(DgError):
        work(model, *given, **{**FEW, name: value})


@pytest.mark.parametrize("value", [None, 3, b"x", HALF])
@pytest.mark.parametrize("place", ["prompt", "document", "text", "register"])
def test_what_is_no_text(model: dgcli.LoadedModel, place: str, value: Any) -> None:
    work: dict[str, Callable[[], Any]] = {
        "prompt": lambda: dgcli.generate(model, value, **FEW),
        "document": lambda: dgcli.infill(model, value if value != HALF else f"{HALF}[[?]]", **FEW),
        "text": lambda: dgcli.restyle(model, value, "formal", **FEW),
        "register": lambda: dgcli.restyle(model, WORDS, value, **FEW),
    }
    with pytest.raises(DgError):
        work[place]()


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_a_prompt_that_says_nothing(model: dgcli.LoadedModel, value: str) -> None:
    with pytest.raises(DgError, match="empty"):
        dgcli.generate(model, value, **FEW)


IDS: list[Any] = [[-1], [10**6], [2**40], [2**70], [1.5], ["a"], [True], [NAN], [[1, 2], [3]], [[[1]]], None, 3, "abc"]
IDS += [mx.array([1.5]), mx.array(3), mx.zeros((1, 1, 1), dtype=mx.int32), mx.array([416]), mx.array([True])]


@pytest.mark.parametrize("ids", IDS, ids=lambda ids: repr(ids)[:20])
def test_ids_that_the_model_has_not(model: dgcli.LoadedModel, cache: Any, ids: Any) -> None:
    """They would read memory that is not the model's."""
    for work in (model.encode, lambda ids: model.denoise(ids, cache), lambda ids: model.score(ids, cache)):
        with pytest.raises(DgError):
            work(ids)


def predicted(model: dgcli.LoadedModel, cache: Any, canvas: Canvas, **draws: int) -> list[Any]:
    drawn = PhiloxDraws(**{"seed": 1, "vocab_size": model.vocab_size, **draws})
    return list(denoise(model.predictor(cache), canvas, DenoiseSettings().with_steps(1), drawn))


CALLS: dict[str, Callable[[dgcli.LoadedModel, Any], Any]] = {
    "a canvas that is too long": lambda model, cache: predicted(model, cache, Canvas.blank(model.canvas_length + 1)),
    "one to denoise": lambda model, cache: model.denoise([1] * (model.canvas_length + 1), cache),
    "one with nothing": lambda model, cache: model.denoise([], cache),
    "a canvas of less than nothing": lambda model, cache: Canvas.blank(-1),
    "a canvas that no machine holds": lambda model, cache: Canvas.blank(2**40),
    "tokens that are none": lambda model, cache: model.tokenizer.decode([1, -1]),
    "tokens that none can be": lambda model, cache: model.tokenizer.decode([2**40]),
    "no list of adapters": lambda model, cache: dgcli.load(TINY, adapters=3),  # type: ignore[arg-type]
    "a canvas with another's tokens": lambda model, cache: predicted(
        model, cache, Canvas(tokens=(model.vocab_size, 1), free=(False, True))
    ),
    "a canvas of letters": lambda model, cache: Canvas(tokens=("a", 1), free=(False, True)),  # type: ignore[arg-type]
    "a token below 0": lambda model, cache: Canvas(tokens=(-1,), free=(False,)),
    "too few flags": lambda model, cache: Canvas(tokens=(1, 2), free=(False,)),
    "too few tokens": lambda model, cache: Canvas.blank(3).filled([1]),
    "noise of another model": lambda model, cache: predicted(model, cache, Canvas.blank(30), vocab_size=2**20),
    "noise of none": lambda model, cache: predicted(model, cache, Canvas.blank(3), vocab_size=0),
    "no cache": lambda model, cache: model.encode([1], 3),  # type: ignore[arg-type]
    "nothing before": lambda model, cache: model.score([1], model.encode([])),
    "chunks of nothing": lambda model, cache: model.encode([1], chunk=0),
    "places outside": lambda model, cache: model.denoise([1, 2], cache, None, [2]),
    "places before": lambda model, cache: model.denoise([1, 2], cache, None, [-1]),
    "logits of another canvas": lambda model, cache: model.denoise([1, 2], cache, mx.zeros((3, model.vocab_size))),
    "logits of another model": lambda model, cache: model.denoise([1, 2], cache, mx.zeros((2, 3))),
    "no rows": lambda model, cache: model.head_seconds(0),
    "a span outside": lambda model, cache: Document(text="abc", spans=(Span(start=1, end=9),)),
    "no path": lambda model, cache: dgcli.load(None),  # type: ignore[arg-type]
    "adapters in a text": lambda model, cache: dgcli.load(TINY, adapters="abc"),
    "an adapter that is none": lambda model, cache: dgcli.load(TINY, adapters=[3]),  # type: ignore[list-item]
    "an adapter of no name": lambda model, cache: dgcli.load(TINY, adapters=["a\0b=1"]),
    "no context": lambda model, cache: dgcli.load(TINY, context=0),
    "a cache in a number": lambda model, cache: dgcli.load(TINY, cache=3),  # type: ignore[arg-type]
    "a folder of no name": lambda model, cache: dgcli.load("a\0b"),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_means_nothing(model: dgcli.LoadedModel, cache: Any, call: str) -> None:
    with pytest.raises(DgError):
        CALLS[call](model, cache)
