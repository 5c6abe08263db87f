"""Which part of a document `dg infill` is to fill: its marks, or text chosen by options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.cli import reading
from dgcli.errors import UsageError
from dgcli.text.code_by_name import code_of
from dgcli.text.document import Document, line_and_column
from dgcli.text.marks import MARK, check_sizes, choose_lines, choose_matches, choose_span, compile_pattern, find_marks


@dataclass(frozen=True)
class HoleChoice:
    """What is a hole: marks, or text chosen by one of --lines, --match and --span."""

    lines: str | None
    match: re.Pattern[str] | None
    span: str | None
    count: int | None
    hint: str
    marker: re.Pattern[str]
    in_code: bool
    any_size: bool

    @classmethod
    def of(
        cls,
        lines: str | None,
        match: str | None,
        span: str | None,
        *,
        count: int | None,
        hint: str | None,
        strength: float | None,
        marker: str | None,
        in_code: bool,
        any_size: bool,
    ) -> HoleChoice:
        ways = {"--lines": lines, "--match": match, "--span": span}
        chosen = [name for name, value in ways.items() if value is not None]
        if len(chosen) > 1:
            raise UsageError(f"{' and '.join(chosen)} were both given.", "Choose text in one way.")
        if count is not None and match is None:
            raise UsageError("--count was given without --match.", "It limits the matches of --match.")
        if hint is not None and not chosen:
            raise UsageError(
                "--hint was given without --lines, --match or --span.", "Write the hint into the mark: [[? a hint]]."
            )
        if strength is not None and not chosen:
            raise UsageError(
                "--strength was given without --lines, --match or --span.",
                "It says how much of the chosen text may change; a mark holds no text.",
            )
        return cls(
            lines=lines,
            match=None if match is None else compile_pattern(match, "--match"),
            span=span,
            count=count,
            hint=hint or "",
            marker=MARK if marker is None else compile_pattern(marker, "--marker"),
            in_code=in_code,
            any_size=any_size,
        )

    def document(self, source: reading.Source) -> Document:
        """The source with its holes.

        Raises:
            InputError: it has none, a mark is not closed, or a hole would remove more than a hint's worth of text.
        """
        document = self._found(source)
        if not self.any_size:
            check_sizes(document, source.name)
        return document

    def found(self, document: Document, source: reading.Source) -> str | None:
        """What a person is told of the holes that were looked for: how many there are, and what was not taken."""
        if self.lines is not None or self.span is not None:
            return None
        one, several = ("match", "matches") if self.match is not None else ("mark", "marks")
        count, passed = len(document.spans), document.passed
        told = f"{source.name} has {count} {one if count == 1 else several}"
        if len(passed) == 1:
            told += f"; what is in code in line {self._line(document, passed)} is left as it is"
        elif passed:
            told += (
                f"; {len(passed)} that are in code, from line {self._line(document, passed)} on, are left as they are"
            )
        if document.halves:
            told += f"; what begins with [? in line {self._line(document, document.halves)} lacks a bracket and is none"
        return f"{told}."

    @staticmethod
    def _line(document: Document, places: Sequence[int]) -> int:
        return line_and_column(document.text, places[0])[0]

    def _found(self, source: reading.Source) -> Document:
        if self.lines is not None:
            return choose_lines(source.text, source.name, self.lines, self.hint)
        if self.match is not None:
            return choose_matches(source.text, source.name, self.match, self.hint, self.count)
        if self.span is not None:
            return choose_span(source.text, source.name, self.span, self.hint)
        code, every_line = code_of(source.text, "" if source.path == reading.STDIN else source.name)
        return find_marks(source.text, source.name, self.marker, code=code, in_code=self.in_code or every_line)
