"""Messages in parts: which of them hold text that may be rewritten as it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.text.blocks.replies import fields, is_mbox_line

_BOUNDARY = re.compile(r"--\S")
_TELLS = re.compile(r"content-(?:type|transfer-encoding|disposition)\s*:", re.IGNORECASE | re.MULTILINE)
_PLAIN = ("", "7bit", "8bit")


@dataclass(frozen=True)
class Message:
    """The parts that a text is in, from the outside in, and whether what stands here passes through."""

    boundaries: tuple[str, ...] = ()
    passes: bool = False
    signed: int = 0  # how many boundaries, from the outside, a signature is about; all that they hold passes through

    def part(self, line: str) -> Message | None:
        """The message behind a line that is a boundary of it; None for any other line."""
        if not self.boundaries or not line.startswith("--"):
            return None
        mark = line.rstrip()[2:]
        for depth in range(len(self.boundaries), 0, -1):
            if mark == self.boundaries[depth - 1]:
                return Message(self.boundaries[:depth], 0 < self.signed <= depth, min(self.signed, depth))
            if mark == f"{self.boundaries[depth - 1]}--":
                rest = self.boundaries[: depth - 1]
                return Message(rest, True, self.signed if self.signed < depth else 0)
        return None

    def below(self, head: Sequence[str]) -> Message:
        """The message below a paragraph, which tells what follows if it is the head of a message or of a part."""
        while head and (is_mbox_line(head[0]) or _BOUNDARY.match(head[0])):
            head = head[1:]
        source = "".join(head)
        if self.passes or not _TELLS.search(source) or fields(head) < len([line for line in head if line.strip()]):
            return self
        from email.parser import HeaderParser  # takes a while, and only such a message needs it

        message = HeaderParser().parsestr(source)
        boundary = message.get_boundary()
        if message.get_content_maintype() == "multipart" and boundary:
            inside = (*self.boundaries, boundary)
            signed = message.get_content_subtype() in ("signed", "encrypted")
            return Message(inside, True, self.signed or (len(inside) if signed else 0))
        encoding = str(message.get("content-transfer-encoding", "")).strip().lower()
        readable = (
            message.get_content_type() == "text/plain"
            and message.get_content_disposition() != "attachment"
            and encoding in _PLAIN
        )
        return Message(self.boundaries, not readable, self.signed)
