"""A `tokenizer.json` as `tokenizers` opens it, after a look at what it would do: some can bring a process down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Backend

from dgcli.checkpoint.reading import read_at_most
from dgcli.errors import ModelError

_KNOWN = {
    *("BPE", "Replace", "Split", "Sequence", "ByteFallback", "Fuse", "TemplateProcessing"),
    *("ByteLevel", "Digits"),  # of a Llama that was taught to denoise
}
_LARGEST = 64 * 2**20  # bytes of a tokenizer; that of the release has 33 MB
_LARGEST_GROWTH = 64  # characters that one may become
ADVICE = "Fetch the model again, or choose another one with <model>."


def open_backend(path: Path) -> Backend:
    """Read a file whose parts are those that DiffusionGemma's has.

    Raises:
        ModelError: it is missing, is not a tokenizer, or is of another kind.
    """
    with panics(path):
        backend = Backend.from_buffer(_read(path))
    _check_parts(path, backend)
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True  # in a text, "<eos>" is five characters
    return backend


def _check_parts(path: Path, backend: Backend) -> None:
    """A text and its tokens may not grow without bound where characters are replaced, nor a search take for ever."""
    for part in (backend.normalizer, backend.decoder):
        state = {} if part is None else json.loads(part.__getstate__())
        if prod(len(each.get("content", "")) + 1 for each in _parts(state)) > _LARGEST_GROWTH:
            raise ModelError(f"{path} is not a tokenizer for text: it replaces single characters by many.", ADVICE)
        if any("Regex" in each.get("pattern", ()) for each in _parts(state)):
            raise ModelError(f"{path} is a tokenizer of another kind: it replaces by regular expressions.", ADVICE)


def _parts(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A part of a tokenizer, and the parts inside it."""
    yield state
    for inside in (*state.get("normalizers", ()), *state.get("decoders", ())):
        yield from _parts(inside)


def _read(path: Path) -> bytes:
    """The bytes of a tokenizer whose parts are those that DiffusionGemma's has; others can bring `tokenizers` down."""
    try:
        data = read_at_most(path, _LARGEST, ADVICE)
    except FileNotFoundError:
        raise ModelError(f"{path} is missing.", ADVICE) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read as a tokenizer ({error.strerror}).", ADVICE) from error
    if unknown := _types(path, data) - _KNOWN:
        names = ascii(", ".join(sorted(unknown)))[1:-1][:60]
        raise ModelError(f"{path} is a tokenizer of another kind: it has parts of type {names}.", ADVICE)
    return data


def _types(path: Path, data: bytes) -> set[str]:
    """Every `type` in a file, however it is spelled, and of one that is there twice both. Nothing else is kept."""
    found: set[str] = set()

    def look(pairs: list[tuple[str, Any]]) -> None:
        found.update(value for key, value in pairs if key == "type" and isinstance(value, str))

    try:
        json.loads(data.decode("utf-8"), object_pairs_hook=look)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as a tokenizer ({str(error)[:80]}).", ADVICE) from error
    return found


@contextmanager
def panics(path: Path | None = None) -> Iterator[None]:
    """`tokenizers` raises bare Exception for every fault, and something that is not an Exception where it gives up."""
    try:
        yield
    except BaseException as error:
        if type(error) not in (Exception, ValueError) and type(error).__name__ != "PanicException":
            raise
        problem = f"{path} cannot be read as a tokenizer" if path else "The model's tokenizer fails on this text"
        raise ModelError(f"{problem} ({error}).", ADVICE) from error
