"""Text to token ids and back. Text is only ever text here: control tokens are reached by name and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from tokenizers import Encoding
from tokenizers import Tokenizer as Backend

from dgcli.checkpoint.pieces import Pieces, is_unicode
from dgcli.checkpoint.tokenizer_file import ADVICE, open_backend, panics
from dgcli.errors import InputError, ModelError
from dgcli.platform.arguments import check_whole

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_NEWLINE = re.compile(r"[\n\r\v\f\x85\u2028\u2029]|<0x0[A-Da-d]>")
_NAME = re.compile(r"[<\[]\S+[>\]]")  # as control tokens are written: <eos>, <|im_end|>, [SEP]
_UNUSED = "<unused{}>"  # names of ids that a vocabulary has in reserve, numbered from 0
_LONGEST_GAP = 256  # numbers that may be missing in a row: some of these ids were given other names later
_LARGEST_ID = 2**32 - 1
_PLAIN = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))  # bytes that stand for themselves
_OTHERS = (byte for byte in range(256) if byte not in _PLAIN)  # and those that characters from 256 on stand for
_BYTE_OF = {chr(byte): byte for byte in _PLAIN} | {chr(256 + place): byte for place, byte in enumerate(_OTHERS)}
_LONGEST_TOKEN = 1000  # characters; a canvas of longer ones could fill the memory
THOUGHT_OPEN, THOUGHT_CLOSE, TURN_CLOSE = "<|channel>", "<channel|>", "<turn|>"


class Tokenizer(Protocol):
    """What tasks need of a tokenizer, as `FileTokenizer` does it; tests give a smaller one."""

    @property
    def control(self) -> frozenset[int]: ...
    @property
    def unused(self) -> frozenset[int]: ...
    @property
    def line_breaking(self) -> frozenset[int]: ...
    @property
    def spaced(self) -> frozenset[int]: ...
    def holding(self, strings: Collection[str]) -> frozenset[int]: ...
    def encode(self, text: str) -> tuple[int, ...]: ...
    def encode_template(self, text: str) -> tuple[int, ...]: ...
    def decode(self, ids: Sequence[int]) -> str: ...
    def named(self, name: str) -> int | None: ...
    def head(self, text: str, limit: int) -> str: ...
    def tail(self, text: str, limit: int) -> str: ...


@dataclass(frozen=True)
class FileTokenizer:
    """A `tokenizer.json`, read through `tokenizers`.

    `control` are the ids that steer the model: the special tokens of the file, but not its byte tokens, which some
    files flag as special too, those that are in reserve (`<unused7>`), plus the ids that the checkpoint's configuration
    names. Of these, ordinary words and signs end an answer, as it says, but stay text elsewhere.
    """

    backend: Backend
    control: frozenset[int]
    size: int
    """Of the model's vocabulary: a file may know more tokens, and none of them may reach the model."""

    @classmethod
    def load(cls, folder: Path, control: Iterable[int] = (), size: int = 2**31) -> FileTokenizer:
        """Read `folder/tokenizer.json`; `control` are ids that the checkpoint's other files call control tokens.

        Raises:
            ModelError: the file is missing, is not a tokenizer, or is of another kind than DiffusionGemma's.
        """
        backend = open_backend(folder / "tokenizer.json")
        added = backend.get_added_tokens_decoder()
        special = {token_id for token_id, token in added.items() if token.special}
        named = {token_id for token_id in control if token_id in added or _NAME.fullmatch(_name(backend, token_id))}
        known = {token_id for token_id in special | named if not _BYTE.fullmatch(_name(backend, token_id))}
        control = known | _in_reserve(backend)
        return cls(backend=backend, control=frozenset(token_id for token_id in control if token_id < size), size=size)

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of a text. Names of control tokens in it are plain characters.

        Raises:
            InputError: there is half a character in it.
        """
        parts = self._encoded_apart(text)
        return tuple(token for _, ids, _ in parts for token in ids if token not in self.control)

    def encode_template(self, text: str) -> tuple[int, ...]:
        """Ids of a rendered chat template, in which the names of control tokens are control tokens."""
        ids: list[int] = []
        start = 0
        for match in self._control_pattern.finditer(text):
            token_id = self.named(match.group())
            if token_id is None:  # the pattern has names that look reserved and are not
                continue
            ids += self.encode(text[start : match.start()])
            ids.append(token_id)
            start = match.end()
        return (*ids, *self.encode(text[start:]))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`, without control tokens and ids that have no token. Broken UTF-8 becomes U+FFFD.

        Raises:
            ArgumentError: one cannot be an id.
        """
        for token in ids:
            check_whole("A token", token, 0, _LARGEST_ID)
        if any(len(self.backend.id_to_token(token) or "") > _LONGEST_TOKEN for token in ids):
            raise ModelError(f"The tokenizer has a token of more than {_LONGEST_TOKEN} characters.", ADVICE)
        with panics():
            return self.backend.decode([token for token in ids if token not in self.control], skip_special_tokens=False)

    @cached_property
    def pieces(self) -> Pieces:
        """The text of each id by itself. A character spread over several byte tokens stands at the first of them."""
        return Pieces(self.piece)

    def piece(self, token: int) -> str | bytes:
        """The text of one id, or its bytes where they are not whole characters."""
        name = _name(self.backend, token)
        if match := _BYTE.fullmatch(name):
            return bytes([int(match.group(1), 16)])
        raw = self._raw(name) if token not in self.control else None
        if raw is None:
            return self.decode((token,))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw

    def named(self, name: str) -> int | None:
        """The id of a token by its exact name, or None."""
        token: int | None = self.backend.token_to_id(name)
        return None if token is None or token >= self.size else token

    def head(self, text: str, limit: int) -> str:
        """The longest beginning of `text` of at most `limit` tokens."""
        offsets = self._offsets(text)
        return text if len(offsets) <= limit else text[: offsets[limit][0]] if limit > 0 else ""

    def tail(self, text: str, limit: int) -> str:
        """The longest end of `text` of at most `limit` tokens."""
        offsets = self._offsets(text)
        return text if len(offsets) <= limit else text[offsets[-limit][0] :] if limit > 0 else ""

    @cached_property
    def unused(self) -> frozenset[int]:
        """Ids that the vocabulary has in reserve: no text has them, and no model was taught to write them."""
        return frozenset(_in_reserve(self.backend)) & self.control

    @cached_property
    def line_breaking(self) -> frozenset[int]:
        """Ids whose text would begin a new line."""
        vocabulary = self.backend.get_vocab().items()
        return frozenset(token for name, token in vocabulary if token < self.size and _NEWLINE.search(self._text(name)))

    @cached_property
    def spaced(self) -> frozenset[int]:
        """Ids whose text begins with a blank or a new line. Others go on with the word before them."""
        return frozenset(token for token, text in self._texts.items() if text[:1].isspace())

    def _text(self, name: str) -> str:
        raw = None if name.isascii() else self._raw(name)
        return name if raw is None else raw.decode(errors="ignore")

    def _raw(self, name: str) -> bytes | None:
        """The bytes of a token of a byte-level vocabulary, which stand there as characters; None of another."""
        try:
            return bytes(map(_BYTE_OF.__getitem__, name)) if self._is_byte_level else None
        except KeyError:
            return None

    @cached_property
    def _is_byte_level(self) -> bool:
        decoder = self.backend.decoder
        return decoder is not None and json.loads(decoder.__getstate__()).get("type") == "ByteLevel"

    def holding(self, strings: Collection[str]) -> frozenset[int]:
        """Ids whose text has one of `strings` in it. The vocabulary is searched once for the same ones."""
        key = frozenset(strings)
        if (known := self._known_holding.get(key)) is None:
            wanted = re.compile("|".join(map(re.escape, key)) or r"(?!)")
            known = frozenset(token for token, text in self._texts.items() if wanted.search(text))
            self._known_holding[key] = known
        return known

    @cached_property
    def _known_holding(self) -> dict[frozenset[str], frozenset[int]]:
        return {}

    @cached_property
    def _texts(self) -> dict[int, str]:
        """The text of each id, as far as it is text by itself."""
        texts = {}
        for name, token in self.backend.get_vocab().items():
            byte = _BYTE.fullmatch(name)
            if token < self.size:
                texts[token] = chr(int(byte[1], 16)) if byte and byte[1] < "8" else self._text(name).replace("▁", " ")
        return texts

    def _offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Where the tokens of `encode` stand in a text: characters from and to."""
        return [
            (start + first, start + last)
            for start, ids, found in self._encoded_apart(text)
            for token, (first, last) in zip(ids, found.offsets, strict=True)
            if token not in self.control
        ]

    def _encoded_apart(self, text: str) -> Iterator[tuple[int, list[int], Encoding]]:
        """A text in parts that are encoded apart: where each begins, its ids, and all else that is known of it.

        A vocabulary may reach a control token by merges: then names are cut in two and the halves encoded apart.
        """
        parts = [(0, text)]
        while parts:
            start, part = parts.pop()
            found = self._encoded(part)
            ids: list[int] = found.ids
            names = () if self.control.isdisjoint(ids) else self._control_pattern.finditer(part)
            if cuts := [match.start() + 1 for match in names if len(match.group()) > 1]:
                parts += ((start + a, part[a:b]) for a, b in reversed([*pairwise((0, *cuts, len(part)))]))
            else:
                self._check(ids)
                yield start, ids, found

    def _check(self, ids: Sequence[int]) -> None:
        if max(ids, default=0) >= self.size:
            raise ModelError(
                f"The tokenizer has a token {max(ids)}, but the model only has those below {self.size}.",
                "Its tokenizer.json is that of another model: fetch the model again.",
            )

    def _encoded(self, text: str) -> Encoding:
        if not is_unicode(text):
            raise InputError(
                "The text has half a character (a lone surrogate), which no file can hold.", "Take it out."
            )
        with panics():
            return self.backend.encode(text, add_special_tokens=False)

    @cached_property
    def _control_pattern(self) -> re.Pattern[str]:
        listed = self.control - self.unused  # of the others there may be thousands
        names = [name for token_id in listed if (name := self.backend.id_to_token(token_id))]
        patterns = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
        patterns += [_UNUSED.format(r"\d+")] if self.unused else []
        return re.compile("|".join(patterns) or r"(?!)")


def _name(backend: Backend, token: int) -> str:
    return backend.id_to_token(token) or ""


def _in_reserve(backend: Backend) -> set[int]:
    """Ids by the name of `_UNUSED`. The vocabulary is asked for each; a list of all of it takes a second."""
    found: set[int] = set()
    number = last = 0
    while number - last < _LONGEST_GAP:
        if (token := backend.token_to_id(_UNUSED.format(number))) is not None:
            found.add(token)
            last = number
        number += 1
    return found


def without_thoughts(ids: Sequence[int], tokenizer: Tokenizer) -> tuple[int, ...]:
    """`ids` without the thought channel: from its opening token to its closing one, or to the end."""
    opening, closing = tokenizer.named(THOUGHT_OPEN), tokenizer.named(THOUGHT_CLOSE)
    kept: list[int] = []
    inside = False
    for token in ids:
        if token == opening:
            inside = True
        elif token == closing:
            inside = False
        elif not inside:
            kept.append(token)
    return tuple(kept)
