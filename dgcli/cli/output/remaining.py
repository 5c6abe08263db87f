"""`dg infill --check`: the marks that are left in files, as compilers and linters list places."""

from __future__ import annotations

from collections.abc import Iterable

from dgcli.cli import reading
from dgcli.cli.holes import HoleChoice
from dgcli.platform.environment import visible
from dgcli.text.document import line_and_column
from dgcli.text.marks import NoMarkError


def remaining(sources: Iterable[reading.Source], choice: HoleChoice) -> list[str]:
    """`FILE:LINE:COLUMN: MARK` of each, in order.

    Raises:
        InputError: a mark is not closed, or its length makes no sense.
    """
    lines = []
    for source in sources:
        try:
            document = choice.document(source)
        except NoMarkError:
            continue
        for span in document.spans:
            line, column = line_and_column(source.text, span.start)
            mark = " ".join(source.text[span.start : span.end].split())
            lines.append(visible(f"{source.name}:{line}:{column}: {mark}") + "\n")
    return lines
