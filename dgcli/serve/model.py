"""A model to run on, in this process or in that of a server: whoever uses one need not know which it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from dgcli.checkpoint.pieces import Piece, Pieces
from dgcli.events import Show
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.infill.filled import Infilled
from dgcli.tasks.restyle.restyled import Totals, Write
from dgcli.text.document import Document
from dgcli.text.marks import MARK

if TYPE_CHECKING:  # who has a server imports no model
    from dgcli.engine.loading import LoadedModel
    from dgcli.profiles import Command, ProfileName
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.text.blocks.formats import Format


class Model(Protocol):
    """What runs can be made with: a `LocalModel`, or a `dgcli.serve.client.Client`. As in `dgcli.api`."""

    def infill(
        self,
        document: Document,
        *,
        seed: int,
        profile: ProfileName,
        steps: int | None = None,
        marker: re.Pattern[str] = MARK,
        alternatives: int = 1,
        strength: float = 1.0,
        name: str = "",
        only: Collection[int] | None = None,
        show: Show | None = None,
    ) -> Infilled: ...

    def restyle_lines(
        self,
        lines: Iterable[str],
        manner: Manner,
        write: Write,
        *,
        seed: int,
        format: Format = "auto",
        name: str = "",
        at_once: bool = False,
        only: tuple[int, int] | None = None,
        profile: ProfileName,
        steps: int | None = None,
        show: Show | None = None,
    ) -> Totals: ...

    def generate(
        self,
        prompt: str,
        *,
        seed: int,
        max_tokens: int,
        profile: ProfileName,
        steps: int | None = None,
        show: Show | None = None,
    ) -> Generated: ...

    def close(self) -> None:
        """End what is done in another process, from any thread: whoever waits for it gets ServerGoneError."""
        ...

    def hardly_known(self, text: str) -> bool:
        """Whether a text is hardly in a language that the model knows."""
        ...

    def header(self, command: Command, seed: int, profile: ProfileName, steps: int | None) -> Mapping[str, Any]:
        """What a run is recorded with, but for names of the model."""
        ...

    def head_seconds(self) -> float:
        """Seconds that the head takes for one position."""
        ...

    @property
    def piece(self) -> Piece:
        """The text of an id."""
        ...

    @property
    def pieces(self) -> Pieces:
        """One text for each id of a row."""
        ...

    @property
    def answer_length(self) -> int:
        """Tokens of an answer, at most, where nobody says how many."""
        ...


@dataclass(frozen=True)
class LocalModel:
    """A model that is loaded in this process."""

    loaded: LoadedModel

    def infill(self, document: Document, **settings: Any) -> Infilled:
        """`dgcli.api.infill`; here alone, somebody may `choose`."""
        from dgcli import api

        return api.infill(self.loaded, document, **settings)

    def restyle_lines(self, lines: Iterable[str], manner: Manner, write: Write, **settings: Any) -> Totals:
        """`dgcli.api.restyle_lines`."""
        from dgcli import api

        return api.restyle_lines(self.loaded, lines, manner, write, **settings)

    def generate(self, prompt: str, **settings: Any) -> Generated:
        """`dgcli.api.generate`."""
        from dgcli import api

        return api.generate(self.loaded, prompt, **settings)

    def close(self) -> None:
        """Nothing is done elsewhere; a run here ends where its `show` raises."""

    def hardly_known(self, text: str) -> bool:
        """`dgcli.tasks.language`, with the model's tokenizer."""
        from dgcli.tasks.language import hardly_known

        return hardly_known(text, self.loaded.tokenizer)

    def header(self, command: Command, seed: int, profile: ProfileName, steps: int | None) -> Mapping[str, Any]:
        """What a run is recorded with, but for names of the model."""
        from dgcli import api

        writing = self.loaded.writing if command == "generate" else None
        steps = steps if writing is None else steps or api.DRAFT_STEPS
        return {
            "command": command,
            "seed": seed,
            "settings": api.settings_for(self.loaded, profile, steps).described(),
            **({"writing": asdict(writing)} if writing is not None else {}),
            "vocab_size": self.loaded.vocab_size,
            "canvas_length": self.loaded.canvas_length,
        }

    def head_seconds(self) -> float:
        """Seconds that the head takes for one position, as measured now."""
        return self.loaded.head_seconds()

    @property
    def piece(self) -> Piece:
        """The text of an id."""
        return self.loaded.tokenizer.piece

    @property
    def pieces(self) -> Pieces:
        """One text for each id of a row."""
        return self.loaded.tokenizer.pieces

    @property
    def answer_length(self) -> int:
        """Tokens of an answer, at most, where nobody says how many."""
        return self.loaded.answer_length
