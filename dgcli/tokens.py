"""Text to token ids and back. Text is only ever text here: control tokens are reached by name and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer as Backend

from dgcli.errors import ModelError
from dgcli.utf8 import Pieces

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_NEWLINE = re.compile(r"[\n\r\v\f\x85\u2028\u2029]|<0x0[A-Da-d]>")
THOUGHT_OPEN, THOUGHT_CLOSE, TURN_CLOSE = "<|channel>", "<channel|>", "<turn|>"


class Tokenizer(Protocol):
    """What tasks need of a tokenizer; tests give a smaller one."""

    @property
    def control(self) -> frozenset[int]: ...
    @property
    def line_breaking(self) -> frozenset[int]: ...
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
    files flag as special too, plus the ids that the checkpoint's configuration names.
    """

    backend: Backend
    control: frozenset[int]

    @classmethod
    def load(cls, folder: Path, control: Iterable[int] = ()) -> FileTokenizer:
        """Read `folder/tokenizer.json`; `control` are ids that the checkpoint's other files call control tokens.

        Raises:
            ModelError: the file is missing or is no tokenizer.
        """
        path = folder / "tokenizer.json"
        try:
            backend = Backend.from_file(str(path))
        except Exception as error:  # `tokenizers` raises bare Exception for every fault
            reason = "is missing" if not path.is_file() else f"cannot be read as a tokenizer ({error})"
            raise ModelError(f"{path} {reason}.", "Fetch the model again, or choose another one with -m.") from error
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = True  # in a text, "<eos>" is five characters
        special = {
            token_id
            for token_id, token in backend.get_added_tokens_decoder().items()
            if token.special and not _BYTE.fullmatch(token.content)
        }
        named = {token_id for token_id in control if not _BYTE.fullmatch(backend.id_to_token(token_id) or "")}
        return cls(backend=backend, control=frozenset(special | named))

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of a text. Names of control tokens in it are plain characters."""
        ids = tuple(self.backend.encode(text, add_special_tokens=False).ids)
        if self.control.isdisjoint(ids):
            return ids
        # A vocabulary may reach a control token by merges: then its name is cut in two and the halves encoded apart.
        match = self._control_pattern.search(text)
        if match is None or len(match.group()) == 1:
            return tuple(token for token in ids if token not in self.control)
        cut = match.start() + 1
        return self.encode(text[:cut]) + self.encode(text[cut:])

    def encode_template(self, text: str) -> tuple[int, ...]:
        """Ids of a rendered chat template, in which the names of control tokens are control tokens."""
        ids: list[int] = []
        start = 0
        for match in self._control_pattern.finditer(text):
            ids += self.encode(text[start : match.start()])
            token_id = self.named(match.group())
            assert token_id is not None  # the pattern is made of names that have an id
            ids.append(token_id)
            start = match.end()
        return (*ids, *self.encode(text[start:]))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`, without control tokens and ids that have no token. Broken UTF-8 becomes U+FFFD."""
        return self.backend.decode([token for token in ids if token not in self.control], skip_special_tokens=False)

    @cached_property
    def pieces(self) -> Pieces:
        """The text of each id by itself. A character spread over several byte tokens stands at the first of them."""
        return Pieces(self.piece)

    def piece(self, token: int) -> str | int:
        """The text of one id, or the value of a byte token: what a character is put together from."""
        match = _BYTE.fullmatch(self.backend.id_to_token(token) or "")
        return int(match.group(1), 16) if match else self.decode((token,))

    def named(self, name: str) -> int | None:
        """The id of a token by its exact name, or None."""
        token: int | None = self.backend.token_to_id(name)
        return token

    def head(self, text: str, limit: int) -> str:
        """The longest beginning of `text` of at most `limit` tokens."""
        offsets = self.backend.encode(text, add_special_tokens=False).offsets
        return text if len(offsets) <= limit else text[: offsets[limit][0]] if limit > 0 else ""

    def tail(self, text: str, limit: int) -> str:
        """The longest end of `text` of at most `limit` tokens."""
        offsets = self.backend.encode(text, add_special_tokens=False).offsets
        return text if len(offsets) <= limit else text[offsets[-limit][0] :] if limit > 0 else ""

    @cached_property
    def line_breaking(self) -> frozenset[int]:
        """Ids whose text would begin a new line."""
        return frozenset(token_id for piece, token_id in self.backend.get_vocab().items() if _NEWLINE.search(piece))

    @cached_property
    def _control_pattern(self) -> re.Pattern[str]:
        names = [name for token_id in self.control if (name := self.backend.id_to_token(token_id))]
        return re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or r"(?!)")


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
