"""Which part of a document `dg infill` is to fill: its marks, or text chosen by options."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dgcli.cli import files
from dgcli.document import Document
from dgcli.errors import UsageError
from dgcli.marks import MARK, choose_lines, choose_matches, choose_span, compile_marker, find_marks

_MARKDOWN = {".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"}


@dataclass(frozen=True)
class Choice:
    """What is a hole: marks, or text chosen by one of --lines, --match and --span."""

    lines: str | None
    match: re.Pattern[str] | None
    span: str | None
    count: int | None
    hint: str
    marker: re.Pattern[str]
    in_code: bool

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
    ) -> Choice:
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
                "It says how much of chosen text may change; a mark holds no text.",
            )
        return cls(
            lines=lines,
            match=None if match is None else compile_marker(match),
            span=span,
            count=count,
            hint=hint or "",
            marker=MARK if marker is None else compile_marker(marker),
            in_code=in_code,
        )

    def document(self, source: files.Source) -> Document:
        """The source with its holes.

        Raises:
            InputError: it has none.
        """
        if self.lines is not None:
            return choose_lines(source.text, source.name, self.lines, self.hint)
        if self.match is not None:
            return choose_matches(source.text, source.name, self.match, self.hint, self.count)
        if self.span is not None:
            return choose_span(source.text, source.name, self.span, self.hint)
        markdown = source.path == files.STDIN or source.path.suffix.lower() in _MARKDOWN
        return find_marks(source.text, source.name, self.marker, in_code=self.in_code or not markdown)
